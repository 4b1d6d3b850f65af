//! From a record to facts: what the kernel says now about the processes that it names. Signals nobody.

use super::judge::{Fact, Facts, SessionFact};
use crate::process::{Identity, Look, Looks};
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

/// The facts of one job, as they are now.
pub fn gather(job: &Job, said: &Said) -> Facts {
    seen(job, said, &mut Looks::default())
}

/// The facts of one job among many: nobody is looked at twice, and no front that decides nothing.
pub fn seen(job: &Job, said: &Said, looks: &mut Looks) -> Facts {
    let guard = fact(job.guard.as_ref(), looks);
    let session = session(job, said, looks);
    let front = match &job.front {
        Some(front) if guard.lives() && session != SessionFact::None && front.is_of_here() => Fact::Unasked,
        front => fact(front.as_ref(), looks),
    };
    let adopted = job.is_adopted().then(|| fact(job.root.as_ref(), looks));
    let born = job.guard.as_ref().or(job.root.as_ref());
    let other_boot = born.is_some_and(|i| !os::boot_id().is_empty() && i.boot != os::boot_id());
    Facts { guard, front, adopted, session, keep: job.keep.is_some(), other_boot, all: said.all }
}

fn fact(who: Option<&Identity>, looks: &mut Looks) -> Fact {
    match who.map_or(Look::Gone, |who| looks.at(who)) {
        Look::Lives(stat) if stat.is_stopped() => Fact::Stopped,
        Look::Lives(_) => Fact::Runs,
        Look::Gone => Fact::Gone,
        Look::Elsewhere => Fact::Elsewhere,
    }
}

fn session(job: &Job, said: &Said, looks: &mut Looks) -> SessionFact {
    let owner = match (&job.owner.session, job.owner.policy) {
        (Some(owner), Policy::Session) => owner,
        _ => return terminal_of_front(job, looks),
    };
    if said.session.as_ref().is_some_and(|s| *s == owner.key()) {
        return SessionFact::Said;
    }
    match looks.at(owner) {
        Look::Lives(stat) if stat.tty_dev == job.owner.tty_dev => SessionFact::Alive,
        Look::Lives(_) => SessionFact::TerminalGone,
        Look::Gone => SessionFact::ShellGone,
        Look::Elsewhere => SessionFact::Elsewhere,
    }
}

/// Without a session, a front that has lost the terminal it was started on.
fn terminal_of_front(job: &Job, looks: &mut Looks) -> SessionFact {
    let had = job.owner.tty_dev;
    match job.front.as_ref().map(|front| looks.at(front)) {
        Some(Look::Lives(stat)) if had != 0 && stat.tty_dev != had => SessionFact::TerminalGone,
        _ => SessionFact::None,
    }
}
