//! From a record to facts: what the kernel says now about the processes that it names. Signals nobody.

use std::time::{Duration, SystemTime};

use super::idle;
use super::judge::{Act, Fact, Facts, Over, SessionFact, judge};
use crate::config::{Log, Settings};
use crate::process::{Identity, Look, Looks};
use crate::record::job::{Policy, State};
use crate::record::{Job, Place, store};
use crate::sys::{clock, os};

/// How long a guard may take to begin with an end that is due.
const LATE_MS: u64 = 5_000;

/// What a caller may say about sessions.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// This session, `PID-START`, counts as over.
    pub session: Option<String>,
    /// Every job is to end.
    pub all: bool,
    /// How long the record of a background job stays after its end; `None`: as where nothing is set.
    pub retention: Option<Duration>,
    /// After how long a silence of its terminal a wrapped command ends though its session lives; `None`: never.
    pub idle: Option<Duration>,
}

impl Said {
    /// What is set, and nothing else.
    pub fn set(settings: &Settings) -> Said {
        Said { retention: Some(settings.log.retention), idle: settings.sweep.idle, ..Said::default() }
    }
}

/// The facts of one job, as they are now.
pub fn gather(place: &Place, job: &Job, said: &Said) -> Facts {
    seen(place, job, said, &mut Looks::default())
}

/// The facts of one job among many: nobody is looked at twice, and no front that decides nothing.
pub fn seen(place: &Place, job: &Job, said: &Said, looks: &mut Looks) -> Facts {
    let over = over(place, job, said);
    let guard = fact(job.guard.as_ref(), looks);
    // What is kept for how it ended is left alone whatever has become of its session, and there may be thousands.
    let session = if over == Some(Over::Kept) { SessionFact::None } else { session(job, said, looks) };
    let front = match &job.front {
        Some(front) if guard.lives() && session != SessionFact::None && said.idle.is_none() && front.is_of_here() => {
            Fact::Unasked
        }
        front => fact(front.as_ref(), looks),
    };
    let adopted = job.is_adopted().then(|| fact(job.root.as_ref(), looks));
    let born = job.guard.as_ref().or(job.root.as_ref());
    let other_boot = born.is_some_and(|i| !os::boot_id().is_empty() && i.boot != os::boot_id());
    let mut facts = Facts {
        guard,
        front,
        adopted,
        session,
        background: job.is_background(),
        over,
        waits: job.waits_until.is_some_and(|until| until == 0 || clock::epoch_ms() < until.saturating_add(LATE_MS)),
        keep: job.keep.is_some(),
        other_boot,
        all: said.all,
        idle: false,
    };
    facts.idle = said
        .idle
        .is_some_and(|least| front == Fact::Runs && silence(place, job, looks).is_some_and(|silence| silence >= least));
    // There may be a thousand jobs: whether somebody has said so since is asked only where it changes something.
    if facts.keep || judge(&facts).act != Act::Leave {
        facts.keep = store::kept(place, job).unwrap_or(facts.keep);
    }
    facts
}

/// How long nothing has gone through its terminal at the least, while the machine was awake. The times of a terminal are
/// times of day, which go on in a suspended machine, and jump: nobody is ended for a night's sleep, or for a clock.
fn silence(place: &Place, job: &Job, looks: &mut Looks) -> Option<Duration> {
    let age = Duration::from_millis(os::age_ms(job.root.as_ref()?.start));
    let began = humantime::parse_rfc3339_weak(&job.created_at).ok()?;
    let jumped = SystemTime::now().duration_since(began).ok()?.saturating_sub(age);
    Some(idle(place, job, looks)?.saturating_sub(jumped).saturating_sub(clock::suspended()))
}

/// Of a background job that is over: is its record still wanted?
fn over(place: &Place, job: &Job, said: &Said) -> Option<Over> {
    if !job.is_background() || job.state != State::Exited {
        return None;
    }
    let ended = match &job.exit {
        Some(exit) => humantime::parse_rfc3339_weak(&exit.at).ok(),
        // Nobody knows: when that was written down.
        None => std::fs::metadata(place.job(job.id)).and_then(|m| m.modified()).ok(),
    };
    let age = ended.and_then(|at| SystemTime::now().duration_since(at).ok());
    let is_old = age.is_some_and(|age| age > said.retention.unwrap_or_else(|| Log::default().retention));
    Some(if is_old { Over::Old } else { Over::Kept })
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
