//! Whose is a process, once both guards of its job are gone (DESIGN §5 "Proof"). Only what a record, the census, a
//! session of the job's own or the marker proves; never a name.

use crate::kill::protect::{Protect, Traits};
use crate::kill::real::{self, Real};
use crate::kill::{Kernel, Sent};
use crate::process::{self, Identity, Table};
use crate::record::members::{self, Member};
use crate::record::{Job, Place, Session};
use crate::sys::cgroup::Cgroup;
use crate::sys::{self, Pid, Stat, os, signal};

/// How well a process is known to be a job's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The record or the census names it.
    Recorded,
    /// It is in a kernel session or process group that the job made, with a recorded process in it.
    Session,
    /// It is below one of those.
    Below,
    /// It was born in the job's own cgroup.
    Inside,
    /// The job's marker is in its environment.
    Marked,
}

impl Proof {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Proof::Recorded => "proven: the job's record names it",
            Proof::Session => "proven: it is in a kernel session of the job's own, with a recorded process",
            Proof::Below => "proven: it is below a process of the job",
            Proof::Inside => "proven: it was born in the job's own cgroup",
            Proof::Marked => "marked: the job's marker is in its environment",
        }
    }
}

/// Everything in `table` that is provably `job`'s.
pub struct Evidence<'a> {
    job: &'a Job,
    census: Vec<Member>,
    /// Live, registered shells: never ended on a marker alone.
    shells: &'a [Session],
    protect: Protect,
    group: Option<Cgroup>,
}

impl<'a> Evidence<'a> {
    /// Reads the census of a job.
    pub fn new(place: &Place, job: &'a Job, shells: &'a [Session]) -> Evidence<'a> {
        let is_one = job.is_adopted() && !job.tree;
        let census = match is_one {
            true => String::new(),
            false => std::fs::read_to_string(place.members(job.id)).unwrap_or_default(),
        };
        let group = job.open_cgroup();
        Evidence { job, census: members::read(&census), shells, protect: Protect::chosen(), group }
    }

    /// The recorded identities that live.
    pub fn recorded(&self) -> Vec<Stat> {
        let named = self.job.root.iter().chain(self.census.iter().map(|m| &m.identity));
        let mut found: Vec<Stat> = Vec::new();
        for who in named {
            if who.life().is_alive() {
                let stat = os::stat(who.pid).filter(|s| who.is(s) && !s.is_dead());
                found.extend(stat.filter(|s| !found.iter().any(|f| f.pid == s.pid)));
            }
        }
        found
    }

    /// Does a session or group of this number belong to the job? Its number was a recorded process of the job that led
    /// it; and while a recorded process is still in it, the number cannot have changed hands (LAWS L45).
    fn leads(&self, number: Pid, of: impl Fn(&Member) -> Pid) -> bool {
        let guard = self.job.guard.as_ref().is_some_and(|g| g.pid == number);
        let pty = self.job.terminal == crate::record::job::Terminal::Pty;
        (guard && pty) || self.census.iter().any(|m| m.identity.pid == number && of(m) == number)
    }

    /// All of it, with the proof of each, guards excluded. `table` was read a moment ago.
    pub fn find(&self, table: &Table) -> Vec<(Stat, Proof)> {
        if self.job.is_adopted() {
            return self.find_adopted(table);
        }
        let mut found: Vec<(Stat, Proof)> = Vec::new();
        let recorded = self.recorded();
        let sids: Vec<Pid> = recorded.iter().map(|s| s.sid).filter(|&n| self.leads(n, |m| m.sid)).collect();
        let groups: Vec<Pid> = recorded.iter().map(|s| s.pgid).filter(|&n| self.leads(n, |m| m.pgid)).collect();
        found.extend(recorded.iter().map(|s| (*s, Proof::Recorded)));
        let mut add = |stat: &Stat, proof: Proof, is_proven: &dyn Fn(&Stat) -> bool| {
            let is_new = !stat.is_dead() && !self.is_excluded(stat) && !found.iter().any(|(f, _)| f.pid == stat.pid);
            if is_new && is_proven(stat) {
                found.push((*stat, proof));
            }
        };
        let in_session = |stat: &Stat| sids.contains(&stat.sid) || groups.contains(&stat.pgid);
        table.iter().filter(|s| in_session(s)).for_each(|stat| add(stat, Proof::Session, &|_| true));
        let inside = || self.group.as_ref()?.inside().ok();
        let numbers = inside().unwrap_or_default();
        let those: Vec<Stat> = numbers.into_iter().filter_map(os::stat).collect();
        // Asked again after: now each is inside who then had the number, or has ended.
        let born = self.born_in(&those, &inside().unwrap_or_default(), &recorded);
        born.iter().for_each(|stat| add(stat, Proof::Inside, &|_| true));
        let line = Job::marker_line(&self.job.marker);
        table.marked(&line, self.since()).for_each(|stat| add(stat, Proof::Marked, &|stat| self.is_marked(stat)));
        let roots: Vec<Pid> = found.iter().map(|(s, _)| s.pid).collect();
        for stat in table.below(&roots) {
            if !stat.is_dead() && !self.is_excluded(stat) && !found.iter().any(|(f, _)| f.pid == stat.pid) {
                found.push((*stat, Proof::Below));
            }
        }
        found
    }

    /// The same of an adopted job: its process, and of a tree whoever was below it when it was adopted, is in a kernel session
    /// that one of them leads, or is below one of these. No process groups: a pipeline's other end may be in one. And no
    /// registered shell, with whatever is below it: that is a terminal of its own.
    fn find_adopted(&self, table: &Table) -> Vec<(Stat, Proof)> {
        let shells = self.shells_inside(table);
        let spared: Vec<Pid> = shells.iter().copied().chain(table.below(&shells).iter().map(|s| s.pid)).collect();
        let recorded = self.recorded();
        let mut found: Vec<(Stat, Proof)> = recorded.iter().map(|s| (*s, Proof::Recorded)).collect();
        if self.job.tree {
            let sids: Vec<Pid> = recorded.iter().map(|s| s.sid).filter(|&n| self.leads(n, |m| m.sid)).collect();
            let beside = table.iter().filter(|s| sids.contains(&s.sid)).map(|s| (*s, Proof::Session));
            found.extend(beside);
            let roots: Vec<Pid> = found.iter().map(|(s, _)| s.pid).collect();
            found.extend(table.below(&roots).into_iter().map(|s| (*s, Proof::Below)));
        }
        let mut seen: Vec<Pid> = Vec::new();
        found.retain(|(s, _)| {
            let is_out = s.is_dead() || self.is_excluded(s) || spared.contains(&s.pid) || seen.contains(&s.pid);
            seen.push(s.pid);
            !is_out
        });
        found
    }

    /// The registered shells that may be below an adopted process. The one that it was started from is not: all of the job
    /// is below that.
    fn shells_inside(&self, table: &Table) -> Vec<Pid> {
        let (root, since) = self.job.root.as_ref().map_or((0, 0), |r| (r.pid, r.start));
        let above: Vec<Pid> = table.ancestors(root).iter().map(|s| s.pid).collect();
        let inside = self.shells.iter().map(|s| &s.identity).filter(|s| s.start >= since && !above.contains(&s.pid));
        inside.map(|s| s.pid).collect()
    }

    /// Nobody who is older than the job's first run got the marker from it. All runs are the guard's children.
    fn since(&self) -> u64 {
        let first = if self.job.restarts == 0 { &self.job.root } else { &self.job.guard };
        first.as_ref().map_or(0, |first| first.start)
    }

    /// Ourselves, pid 1, and the guards, which are ended last and by their own identities.
    fn is_excluded(&self, stat: &Stat) -> bool {
        let guards = [&self.job.guard, &self.job.front];
        stat.pid <= 1 || stat.pid == sys::pid() || guards.into_iter().flatten().any(|g| g.is(stat))
    }

    /// Stops every process that carries the marker, in the moment in which it is found. Answers who was stopped; those in
    /// `known` are not stopped again.
    pub fn freeze_marked(&self, kernel: &mut Real, known: &[(Pid, u64)]) -> Vec<(Pid, u64)> {
        self.each_marked(known, &mut |stat| kernel.send(stat, signal::STOP) == Sent::Done)
    }

    /// May anybody be there who carries the marker, besides `known`? No is certain: see [`any_now`].
    pub fn sees_marked(&self, known: &[(Pid, u64)]) -> bool {
        let is_one = |pid: Pid| self.marked(pid, known).is_some() && os::Handle::is_leader(pid);
        // An adopted job's marker was never handed to anybody.
        !self.job.is_adopted() && (0..LOOKS).find_map(|_| any_now(&is_one)).unwrap_or(true)
    }

    /// Everybody who carries the marker and whom `takes` takes, newest first, each looked at in the moment in which it is
    /// found: one that forks and dies every few milliseconds is gone before a whole table has been read.
    fn each_marked(&self, known: &[(Pid, u64)], takes: &mut dyn FnMut(&Stat) -> bool) -> Vec<(Pid, u64)> {
        let mut pids = Vec::with_capacity(512);
        // An adopted job's marker was never handed to anybody.
        if self.job.is_adopted() || os::all(&mut pids).is_err() {
            return Vec::new();
        }
        oldest_first(&mut pids, os::newest());
        let found = pids.into_iter().rev().filter_map(|pid| self.marked(pid, known));
        found.filter(|stat| takes(stat)).map(|stat| (stat.pid, stat.start)).collect()
    }

    /// Who has this number, if he carries the marker, is none of `known`, and nobody is to leave him alone.
    fn marked(&self, pid: Pid, known: &[(Pid, u64)]) -> Option<Stat> {
        let stat = os::stat(pid)?;
        let is_out = stat.is_dead()
            || stat.start < self.since()
            || known.contains(&(stat.pid, stat.start))
            || self.is_excluded(&stat)
            || !self.is_marked(&stat);
        let kept = || self.protect.reason(&real::traits(pid), self.job.unit.as_deref(), false).is_some();
        (!is_out && !kept()).then_some(stat)
    }

    /// Who of `those` was born in the job's cgroup, which holds `inside`. Somebody who was moved there was not, and is a
    /// stranger to us, with all below him: older than the command, or another job's, or his parent is outside and does not
    /// adopt orphans. Whoever is the parent of a recorded process now does.
    pub fn born_in(&self, those: &[Stat], inside: &[Pid], recorded: &[Stat]) -> Vec<Stat> {
        let (mut found, since) = (Vec::new(), self.job.root.as_ref().map_or(u64::MAX, |root| root.start));
        let mut left: Vec<&Stat> = those.iter().filter(|s| inside.contains(&s.pid) && s.start >= since).collect();
        left.retain(|s| !s.is_dead() && !self.is_excluded(s) && !self.is_anothers(s));
        let adopters: Vec<Pid> = recorded.iter().map(|s| s.ppid).collect();
        let adopts = |pid: Pid| !inside.contains(&pid) && (adopters.contains(&pid) || adopts(pid));
        loop {
            let before = left.len();
            left.retain(|s| {
                let born = found.iter().any(|f: &Stat| f.pid == s.ppid) || adopts(s.ppid);
                found.extend(born.then_some(**s));
                !born
            });
            if left.len() == before {
                return found;
            }
        }
    }

    /// Is it a shell of somebody's, or does it carry the marker of another job?
    fn is_anothers(&self, stat: &Stat) -> bool {
        let mine = Job::marker_line(&self.job.marker);
        let other = |line: &[u8]| line.starts_with(b"PJ_JOB=") && line != mine.as_bytes();
        self.shells.iter().any(|s| s.identity.is(stat))
            || os::environ(stat.pid).is_ok_and(|env| process::lines(&env).any(other))
    }

    fn is_marked(&self, stat: &Stat) -> bool {
        let carries = process::carries(stat.pid, &Job::marker_line(&self.job.marker));
        if !carries || self.shells.iter().any(|s| s.identity.is(stat)) {
            return false;
        }
        // The environment was read from whoever had the number: is that still the one?
        let Some(now) = os::stat(stat.pid).filter(|now| now.start == stat.start) else { return false };
        // Up to whoever adopts orphans: above that is the system, not the one who started it.
        let mut next = now.ppid;
        for _ in 0..256 {
            let Some(above) = os::stat(next).filter(|a| a.pid > 1) else { break };
            let traits = real::traits(above.pid);
            if is_reaper(&traits) {
                break;
            }
            if self.protect.reason(&traits, None, false).is_some() {
                return false;
            }
            next = above.ppid;
        }
        true
    }
}

/// In the order in which they were born. Numbers begin anew at the top of their range (32,768 on small machines): those
/// above the last one given out are of the round before.
fn oldest_first(pids: &mut [Pid], newest: Option<Pid>) {
    let newest = newest.unwrap_or(Pid::MAX);
    pids.sort_unstable_by_key(|&pid| (pid <= newest, pid));
}

/// How often everybody is looked at before it is said that somebody may be there, and how often those born meanwhile.
const LOOKS: usize = 3;
const BIRTHS: usize = 1_000;

/// Is anybody such a one? Numbers are looked at in the order in which they were given out, and those given out meanwhile
/// after them, until there is none: whoever has ended when his number's turn comes can have left only somebody whose turn
/// is still to come. So nobody can step aside, however slow we are. `None`: they began anew meanwhile, or nobody can look.
/// Where the kernel does not say which was the last (macOS), it is one look.
fn any_now(is_one: &dyn Fn(Pid) -> bool) -> Option<bool> {
    let (mut last, mut pids) = (os::newest(), Vec::with_capacity(512));
    os::all(&mut pids).ok()?;
    oldest_first(&mut pids, last);
    if pids.into_iter().any(is_one) {
        return Some(true);
    }
    for _ in 0..BIRTHS {
        let (Some(before), Some(now)) = (last, os::newest()) else { return Some(false) };
        if now == before {
            return Some(false);
        }
        if now < before {
            return None;
        }
        if (before + 1..=now).any(is_one) {
            return Some(true);
        }
        last = Some(now);
    }
    None
}

fn adopts(pid: Pid) -> bool {
    // A guard adopts too: that of a job in which ours was started.
    pid == 1 || os::stat(pid).is_some_and(|s| s.comm.starts_with(b"pj-") || is_reaper(&real::traits(pid)))
}

/// Adopts other people's orphans: a service manager or a container's supervisor.
fn is_reaper(t: &Traits) -> bool {
    ["systemd", "init", "containerd-shim", "conmon"].iter().any(|n| t.comm.starts_with(n))
}

/// Is this one of those whom `identity` names?
pub fn names(identity: Option<&Identity>, pid: Pid) -> bool {
    identity.is_some_and(|i| i.pid == pid && i.life().is_alive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_come_first_also_after_the_numbers_have_begun_anew() {
        let ordered = |newest| {
            let mut pids = [1, 300, 310, 900, 31_000, 32_700];
            oldest_first(&mut pids, newest);
            pids
        };
        assert_eq!(ordered(Some(310)), [900, 31_000, 32_700, 1, 300, 310]);
        assert_eq!(ordered(Some(32_767)), [1, 300, 310, 900, 31_000, 32_700]);
        assert_eq!(ordered(None), [1, 300, 310, 900, 31_000, 32_700]);
    }

    /// Who is born while everybody is looked at is looked at too.
    #[test]
    #[cfg(target_os = "linux")]
    fn nobody_is_born_past_a_look() {
        let born = std::cell::RefCell::new(None::<std::process::Child>);
        let is_born = |pid: Pid| {
            let mut born = born.borrow_mut();
            let one = born.get_or_insert_with(|| std::process::Command::new("true").spawn().expect("true starts"));
            one.id().cast_signed() == pid
        };
        assert_eq!((0..LOOKS).find_map(|_| any_now(&is_born)), Some(true));
        assert!(born.take().is_some_and(|mut one| one.wait().is_ok()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_says_which_number_was_the_last() {
        assert!(os::newest().is_some_and(|pid| pid > 0));
    }
}
