//! Whose a job is, and whether we are inside one already: from the kernel, never from the environment alone
//! (DESIGN §4). A tmux server hands its first shell's `PJ_SESSION` to every later pane.

use crate::kill::protect::Protect;
use crate::kill::real;
use crate::process::Identity;
use crate::record::job::{Owner, Policy};
use crate::record::{Place, Session, store};
use crate::sys::{self, Dev, Pid, Stat, os};

/// Our ancestors, nearest first.
fn ancestors() -> impl Iterator<Item = Stat> {
    std::iter::successors(os::stat(sys::ppid()), |below| os::stat(below.ppid)).take(256)
}

/// Our own identity, of what was just read: nobody else can have our number.
pub fn identity(me: &Stat) -> Option<Identity> {
    Identity::from_stat(me, os::Handle::open(me.pid).ok().and_then(|handle| handle.inode()))
}

/// The nearest ancestor with a session record that still says the truth about it and is about our own kernel session;
/// else our kernel session's leader; else nobody.
pub fn find(place: Option<&Place>, me: Option<&Stat>) -> Owner {
    let (sid, tty_dev) = me.map_or((sys::sid(), 0), |s| (s.sid, s.tty_dev));
    let mut leader = None;
    let registered = place.and_then(|place| {
        let next = me.map_or_else(sys::ppid, |s| s.ppid);
        registered(place, sid, tty_dev, next, &mut leader)
    });
    // 0: the leader is outside our pid namespace; 1 and ourselves: nobody to outlive.
    let unseen = || if sid > 1 && sid != sys::pid() { Identity::of(sid) } else { None };
    let session = registered.or(leader).or_else(unseen);
    let policy = if session.is_some() { Policy::Session } else { Policy::None };
    Owner { session, sid, tty_dev, policy }
}

/// The registered shell of this kernel session that is `next`, or else above it; and the session's leader, if it was met
/// on the way.
fn registered(place: &Place, sid: Pid, tty_dev: Dev, mut next: Pid, leader: &mut Option<Identity>) -> Option<Identity> {
    for _ in 0..256 {
        // A hold first, if it will be wanted: what is read after is about whom it holds.
        let hold = (next == sid).then(|| os::Handle::open(next).ok()).flatten();
        let above = os::stat(next)?;
        if above.sid == sid && above.tty_dev == tty_dev {
            let session = Identity::from_stat(&above, None).and_then(|shell| store::session(place, &shell));
            let is_its = |s: &Session| s.sid == sid && s.tty_dev == tty_dev && s.identity.life().is_alive();
            if let Some(session) = session.filter(is_its) {
                return Some(session.identity);
            }
        }
        // Nobody above the leader of our kernel session can be in it.
        if above.pid == sid {
            *leader = Identity::from_stat(&above, hold.and_then(|h| h.inode())).filter(|_| sid > 1);
            return None;
        }
        next = above.ppid;
    }
    None
}

/// Without a terminal nothing hangs up, so somebody else is watched too: whoever started us, where there is no session to
/// wait for; and the sshd above the session's leader, which is all that ends when `ssh host 'a; pj-wrap b'` is cut off
/// (LAWS L66). Not any parent of a leader: a script under setsid outlives who started it on purpose.
pub fn watched_parent(owner: &Owner) -> Option<Identity> {
    if owner.tty_dev != 0 {
        return None;
    }
    let parent = match &owner.session {
        None => sys::ppid(),
        Some(leader) => {
            let above = os::stat(leader.pid).filter(|s| leader.is(s)).and_then(|s| os::stat(s.ppid))?;
            if above.name().starts_with("sshd") { above.pid } else { return None }
        }
    };
    if parent > 1 { Identity::of(parent) } else { None }
}

/// Are we inside a job already? `PJ_JOB` is a hint; what counts is that its guard is our ancestor, by identity, and
/// that nobody between us and it is left alone (a pane of a tmux server that was born in a job is a terminal anew).
pub fn is_inside_a_job(place: Option<&Place>) -> bool {
    let (Some(place), Ok(marker)) = (place, std::env::var("PJ_JOB")) else { return false };
    let Some(id) = marker.split('.').next().and_then(|id| id.parse().ok()) else { return false };
    let Some(job) = store::job(place, id).filter(|j| j.marker == marker) else { return false };
    let Some(guard) = job.guard.filter(|g| g.life().is_alive()) else { return false };
    let line: Vec<Stat> = ancestors().collect();
    let Some(at) = line.iter().position(|a| guard.is(a)) else { return false };
    let protect = Protect::chosen();
    let is_root = |pid: Pid| job.root.as_ref().is_some_and(|r| r.pid == pid);
    !line[..at].iter().any(|a| protect.reason(&real::traits(a.pid), None, is_root(a.pid)).is_some())
}
