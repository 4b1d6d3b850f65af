//! From a record to facts: what the kernel says now about the processes that it names. Signals nobody.

use super::judge::{Fact, Facts, SessionFact};
use crate::process::{Identity, Life};
use crate::record::Job;
use crate::record::job::Policy;
use crate::sys::os;

/// What a caller may say about sessions.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// This session, `PID-START`, counts as over.
    pub session: Option<String>,
    /// Every job is to end.
    pub all: bool,
}

/// The facts of one job.
pub fn gather(job: &Job, said: &Said) -> Facts {
    let (guard, front) = (fact(job.guard.as_ref()), fact(job.front.as_ref()));
    let born = job.guard.as_ref().or(job.root.as_ref());
    let other_boot = born.is_some_and(|i| !os::boot_id().is_empty() && i.boot != os::boot_id());
    Facts { guard, front, session: session(job, said), keep: job.keep.is_some(), other_boot, all: said.all }
}

fn fact(who: Option<&Identity>) -> Fact {
    let Some(who) = who else { return Fact::Gone };
    match who.life() {
        Life::Gone => Fact::Gone,
        Life::Elsewhere => Fact::Elsewhere,
        Life::Alive(handle) => match os::stat(who.pid) {
            Some(s) if who.is(&s) && s.is_stopped() => Fact::Stopped,
            Some(s) if who.is(&s) => Fact::Runs,
            Some(_) if still_lives(handle) => Fact::Elsewhere,
            _ => Fact::Gone,
        },
    }
}

/// Its handle says that it lives and its start time that it is another: start times are counted from another boot here,
/// in a time namespace (`time_namespaces(7)`), and not for us to compare.
fn still_lives(handle: Option<os::Handle>) -> bool {
    handle.is_some_and(|h| !h.has_ended())
}

fn session(job: &Job, said: &Said) -> SessionFact {
    let owner = match (&job.owner.session, job.owner.policy) {
        (Some(owner), Policy::Session) => owner,
        _ => return terminal_of_front(job),
    };
    if said.session.as_ref().is_some_and(|s| *s == owner.key()) {
        return SessionFact::Said;
    }
    match owner.life() {
        Life::Gone => SessionFact::ShellGone,
        Life::Elsewhere => SessionFact::Elsewhere,
        Life::Alive(handle) => match os::stat(owner.pid) {
            Some(s) if owner.is(&s) && s.tty_dev == job.owner.tty_dev => SessionFact::Alive,
            Some(s) if owner.is(&s) => SessionFact::TerminalGone,
            Some(_) if still_lives(handle) => SessionFact::Elsewhere,
            _ => SessionFact::ShellGone,
        },
    }
}

/// Without a session, a front that has lost the terminal it was started on.
fn terminal_of_front(job: &Job) -> SessionFact {
    let front = job.front.as_ref().filter(|f| f.life().is_alive()).and_then(|f| os::stat(f.pid).filter(|s| f.is(s)));
    match front {
        Some(s) if job.owner.tty_dev != 0 && s.tty_dev != job.owner.tty_dev => SessionFact::TerminalGone,
        _ => SessionFact::None,
    }
}
