//! Where a process comes from: is the session that it was started in over, and who has adopted it? Pure: one table.
//!
//! A child is in its parent's kernel session, or leads one of its own. So one that leads none, and whose parent is in
//! another session, has been *adopted*, by init or by a subreaper, whatever its parent's number or name is; or its parent
//! has left their session itself, as daemons do after they have forked. An adopter who is no service manager must
//! therefore be older than the session. That its
//! session is over is said by the kernel: nobody lives who has the session's number and leads it. A number that is
//! still a session's is given to nobody else while a member lives; that the leader is the older one is looked at too.

use crate::process::Table;
use crate::process::describe::escape;
use crate::sys::{Pid, Stat};

/// The kernel session of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// It has a terminal and somebody leads it.
    Lives(Pid),
    /// Somebody leads it, without a terminal: a daemon's, or of one who has left his terminal's session.
    Bare(Pid),
    /// Its leader is dead and its terminal gone.
    Over,
    /// Its leader is outside our pid namespace.
    Unseen,
}

/// What is known of where a process comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its session is over, and who adopted it is outside any session.
    pub is_orphan: bool,
    /// Whose living session it is in or below.
    pub live: Option<String>,
    /// All of it in words.
    pub evidence: Vec<String>,
}

/// The session of this process.
pub fn session(table: &Table, stat: &Stat) -> Session {
    let lives = |s: &&Stat| s.sid == s.pid && !s.is_dead();
    if stat.sid <= 0 {
        // Of one that we cannot see we see the terminal at least.
        return if stat.tty_dev != 0 { Session::Lives(stat.pid) } else { Session::Unseen };
    }
    let leader = table.get(stat.sid).filter(lives).filter(|leader| leader.start <= stat.start);
    match leader {
        Some(leader) if leader.tty_dev != 0 => Session::Lives(leader.pid),
        Some(leader) => Session::Bare(leader.pid),
        None if stat.tty_dev != 0 => {
            let on_it = table.iter().filter(lives).find(|s| s.tty_dev == stat.tty_dev);
            on_it.map_or(Session::Over, |leader| Session::Lives(leader.pid))
        }
        None => Session::Over,
    }
}

/// Who adopts orphans by trade: above it is the system.
pub fn is_manager(stat: &Stat) -> bool {
    let name = stat.name();
    stat.pid == 1 || ["systemd", "launchd", "init", "(systemd)"].contains(&name.as_str())
}

/// Was `one` there before the session of `child`, as their numbers tell? Numbers are given out in order and begin anew at
/// the top: those above the child's are of the round before.
fn is_older(one: &Stat, child: &Stat) -> bool {
    let born = |pid: Pid| (pid <= child.pid, pid);
    born(one.pid) < born(child.sid)
}

fn called(stat: &Stat) -> String {
    format!("{} ({})", escape(&stat.name()), stat.pid)
}

/// What has become of its session and its terminal, in words.
fn past(table: &Table, stat: &Stat, its: &Session) -> Vec<String> {
    let name = |pid: Pid| table.get(pid).map_or_else(|| pid.to_string(), called);
    let session = match its {
        Session::Lives(leader) => format!("session {}: led by {}, on a terminal that lives", stat.sid, name(*leader)),
        Session::Bare(leader) if *leader == stat.pid => {
            "session: it leads one of its own, without a terminal; which one it left is not known".to_owned()
        }
        Session::Bare(leader) => format!("session {}: led by {}, without a terminal", stat.sid, name(*leader)),
        Session::Over => format!("session {}: over, its leader is dead", stat.sid),
        Session::Unseen => "session: its leader is outside this pid namespace".to_owned(),
    };
    let terminal = match (stat.tty_dev, its) {
        (_, Session::Lives(_)) => "terminal: there",
        (0, _) => "terminal: none",
        _ => "terminal: gone, nobody leads a session on it",
    };
    vec![session, terminal.to_owned()]
}

/// Where it comes from.
pub fn origin(table: &Table, stat: &Stat) -> Origin {
    let mut found = Origin::default();
    let its = session(table, stat);
    let name = |pid: Pid| table.get(pid).map_or_else(|| pid.to_string(), called);
    found.evidence = past(table, stat, &its);
    let line = table.ancestors(stat.pid);
    let is_whole = line.last().map_or(stat.ppid, |top| top.ppid) == 0;
    found.live = std::iter::once(stat).chain(line.iter().copied()).find_map(|one| match session(table, one) {
        Session::Lives(leader) if one.pid == stat.pid => Some(format!("its session lives: {} leads it", name(leader))),
        Session::Lives(leader) => {
            Some(format!("{} above it is in the session of {}, which lives", called(one), name(leader)))
        }
        _ => None,
    });
    let above = line.iter().position(|a| a.sid != stat.sid || a.pid == 1);
    let Some(adopter) = above.map(|at| line[at]) else {
        found.evidence.push("parent: not to be seen".to_owned());
        return found;
    };
    let through = match above {
        Some(0) | None => String::new(),
        Some(at) => format!("{} above it ", called(line[at - 1])),
    };
    let kind = match adopter {
        one if one.pid == 1 => "init",
        one if is_manager(one) => "a service manager",
        _ => "a subreaper",
    };
    let is_others = its == Session::Over && adopter.sid != stat.sid;
    let is_adopted = is_others && (is_manager(adopter) || is_older(adopter, stat));
    found.evidence.push(match (&found.live, is_adopted) {
        _ if is_others && !is_adopted => {
            format!("{through}below {}, younger than that session, which may have left it", called(adopter))
        }
        (Some(live), true) => format!("{through}adopted by {}, {kind}, but {live}", called(adopter)),
        (None, true) => format!("{through}adopted by {}, {kind} outside any session", called(adopter)),
        (_, false) => format!("{through}below {}", called(adopter)),
    });
    // Nobody above it is in a session that lives, up to the first process.
    found.is_orphan = is_adopted && found.live.is_none() && is_whole;
    found
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
