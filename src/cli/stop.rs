//! `pj stop`: asks the guard of each job to end its tree, and waits until it has. Where nobody guards any more, the
//! sweep ends it. Signals no member of a tree itself.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::gather::{Books, Health, Held};
use super::out::Out;
use super::pick::{self, Which};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::kill::{Cause, Report, Survivor};
use crate::process::{Identity, Life, Looks};
use crate::record::event::{Event, Tail};
use crate::record::job::State;
use crate::record::{Job, Place, living, store};
use crate::sweep;
use crate::sys::fd::{self, Ask};
use crate::sys::os::Handle;
use crate::sys::{clock, signal};

/// Past the grace: a guard tries KILL for two seconds before it gives up.
pub(super) const PAST_GRACE: Duration = Duration::from_secs(3);

/// What to stop.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// How long to wait at most, such as 10s [default: the job's grace and 3s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
}

/// What became of one job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Its tree is gone; what was left alone on purpose is told.
    Gone(String),
    /// Some of it could not be ended.
    Left(Vec<Survivor>),
    /// It is still being ended.
    Late,
    /// The guard cannot be reached.
    Failed(String),
    /// Nobody of it lives, and nobody was asked for anything.
    NotRunning,
    /// Not ours to judge.
    Refused(&'static str),
}

/// Stops them all at the same time, and waits for each.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let jobs = pick::pick("stop", &args.which, &books, out)?;
    Ok(all(&jobs, args.timeout, out))
}

/// Stops these; the code of the one that went worst.
pub(super) fn all(jobs: &[&Held<Job>], timeout: Option<Duration>, out: &mut Out) -> i32 {
    let began = clock::now();
    let mut asked: Vec<Asked> = jobs.iter().map(|job| Asked::new(job)).collect();
    let mut code = exit::DONE;
    for one in &mut asked {
        let done = one.finish(began, timeout);
        code = worse(code, tell("stop", "stopped", &one.job.record, &done, began, out));
    }
    code
}

/// A job on its way out.
struct Asked<'a> {
    job: &'a Held<Job>,
    /// Who was asked; `None`: nobody guards it, or there is nothing left to ask for.
    guard: Option<std::result::Result<Handle, String>>,
    /// The events that come from here on.
    events: Tail,
}

impl<'a> Asked<'a> {
    fn new(job: &'a Held<Job>) -> Asked<'a> {
        let events = Tail::at_end(&job.place);
        let asked = guard(&job.record).filter(|_| job.record.state != State::Exited);
        let guard = asked.map(|handle| match handle.send(signal::TERM) {
            Ok(()) => Ok(handle),
            Err(e) => Err(plain(&e)),
        });
        Asked { job, guard, events }
    }

    /// Waits for the guard's end, and looks at what it left.
    fn finish(&mut self, began: Instant, timeout: Option<Duration>) -> Done {
        let job = &self.job.record;
        let grace = Duration::from_millis(job.grace_ms);
        match &self.guard {
            Some(Err(why)) => return Done::Failed(why.clone()),
            Some(Ok(handle)) if !wait(handle, began + timeout.unwrap_or(grace + PAST_GRACE)) => {
                // It had time enough, and waits for something itself: a command that was stopped before its exec.
                let now = store::job(&self.job.place, job.id).filter(|now| now.uid == job.uid && timeout.is_none());
                return now.map_or(Done::Late, |now| end(&self.job.place, &now, Cause::Stop, grace));
            }
            Some(Ok(_)) | None => {}
        }
        match store::job(&self.job.place, job.id).filter(|now| now.uid == job.uid) {
            None => Done::Gone(self.told()),
            // It had ended before.
            Some(_) if job.state == State::Exited => Done::NotRunning,
            Some(now) if now.state == State::Exited => Done::Gone(self.told()),
            // Nobody guards it, or the guard was killed while it worked, or could not end all: without a descriptor to
            // spare it sees nobody.
            Some(now) => end(&self.job.place, &now, Cause::Stop, grace),
        }
    }

    /// What the guard told about those that it left alone.
    fn told(&mut self) -> String {
        let is_ours = |e: &Event| e.kind == "job.ended" && e.job == Some(self.job.record.id);
        let told = self.events.read().into_iter().rfind(is_ours);
        told.filter(|e| e.audit.as_ref().is_some_and(|a| !a.left.is_empty())).map(|e| e.text).unwrap_or_default()
    }
}

/// Who ends a job's tree when told to: its guard, else its front; nobody who is stopped.
fn guard(job: &Job) -> Option<Handle> {
    let ready = |i: &Identity| match (Health::of(i), i.life()) {
        (Health::Alive, Life::Alive(handle)) => handle,
        _ => None,
    };
    job.guard.as_ref().and_then(ready).or_else(|| {
        // A front beside a stopped guard would only pass it on.
        let alone = job.guard.as_ref().is_none_or(|g| Health::of(g) == Health::Gone);
        job.front.as_ref().filter(|_| alone).and_then(ready)
    })
}

/// Waits until a process has ended; `false` when the deadline comes first.
pub(super) fn wait(handle: &Handle, deadline: Instant) -> bool {
    loop {
        if handle.has_ended() {
            return true;
        }
        let now = clock::now();
        if now >= deadline {
            return false;
        }
        let ask = [Ask { fd: Some(handle.as_fd()), read: true, write: false }];
        if fd::poll(&ask, clock::timeout_until(Some(deadline), now)).is_err() {
            return handle.has_ended();
        }
    }
}

/// Has the sweep end a job that nobody guards, or at once.
pub(super) fn end(place: &Place, job: &Job, cause: Cause, grace: Duration) -> Done {
    let mut named = [&job.guard, &job.front, &job.root, &job.owner.session].into_iter().flatten();
    let said = sweep::facts::Said { all: true, ..sweep::facts::Said::default() };
    let facts = sweep::facts::gather(place, job, &said);
    if facts.over.is_some() {
        return Done::NotRunning;
    }
    if facts.other_boot {
        sweep::over::conclude(place, job);
        return Done::Gone("the machine has been restarted since".to_owned());
    }
    if named.any(|i| Health::of(i) == Health::Elsewhere) {
        return Done::Refused("it is in another pid namespace: not ours to judge");
    }
    if job.is_adopted() && !living::lives(place, job, &mut Looks::default()) {
        return Done::NotRunning;
    }
    done(&sweep::act::end_job(place, job, cause, grace))
}

/// A report of the sweep as an outcome.
fn done(report: &Report) -> Done {
    match (&report.survivors, &report.kept) {
        (left, _) if !left.is_empty() => Done::Left(left.clone()),
        (_, kept) if !kept.is_empty() => Done::Gone(report.text()),
        _ => Done::Gone(String::new()),
    }
}

/// Says what became of a job and answers the exit code for it.
pub(super) fn tell(verb: &str, past: &str, job: &Job, done: &Done, began: Instant, out: &mut Out) -> i32 {
    let label = pick::label(job);
    match done {
        Done::Gone(told) => {
            let ms = clock::now().saturating_duration_since(began).as_millis();
            out.note(&format!("{past} {label} in {ms} ms{}{told}", if told.is_empty() { "" } else { ": " }));
            exit::DONE
        }
        Done::Left(survivors) => {
            let names: Vec<String> =
                survivors.iter().map(|s| format!("{} ({}): {}", s.name, s.pid, s.reason)).collect();
            let names = if names.is_empty() { "its record says so".to_owned() } else { names.join("; ") };
            out.error(&Error::new(format!("{verb} all of {label}"), names).hint("pj list"));
            exit::PARTLY
        }
        Done::Late => {
            out.error(
                &Error::new(format!("wait for {label}"), "it is still ending").hint(format!("pj kill {}", job.id)),
            );
            exit::TIMED_OUT
        }
        Done::NotRunning => {
            let e = Error::new(format!("{verb} {label}"), "it is not running").hint(format!("pj rm {}", job.id));
            out.error(&e);
            exit::NOTHING
        }
        Done::Refused(why) => {
            out.error(&Error::new(format!("{verb} {label}"), why));
            exit::REFUSED
        }
        Done::Failed(why) => {
            out.error(&Error::new(format!("{verb} {label}"), why));
            exit::FAILED
        }
    }
}

/// Does this to each job, and says what came of it; the code of the one that went worst.
pub(super) fn each(jobs: &[&Held<Job>], out: &mut Out, mut verb: impl FnMut(&Held<Job>) -> Result<String>) -> i32 {
    let mut code = exit::DONE;
    for held in jobs {
        match verb(held) {
            Ok(done) => out.note(&done),
            Err(e) => {
                out.error(&e);
                code = worse(code, e.exit_code());
            }
        }
    }
    code
}

/// Of two exit codes the one that says more.
pub(super) fn worse(a: i32, b: i32) -> i32 {
    use exit::{DONE, FAILED, NOTHING, PARTLY, REFUSED, TIMED_OUT};
    let weight = |code| [DONE, NOTHING, FAILED, TIMED_OUT, REFUSED, PARTLY].iter().position(|&c| c == code);
    if weight(b) > weight(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_code_wins() {
        assert_eq!(worse(exit::DONE, exit::PARTLY), exit::PARTLY);
        assert_eq!(worse(exit::PARTLY, exit::TIMED_OUT), exit::PARTLY);
        assert_eq!(worse(exit::DONE, exit::DONE), exit::DONE);
    }

    #[test]
    fn a_report_is_an_outcome() {
        let s = Survivor { pid: 5, start: 1, name: "x".into(), reason: "because".into() };
        assert_eq!(done(&Report::default()), Done::Gone(String::new()));
        assert!(
            matches!(done(&Report { kept: vec![s.clone()], ..Report::default() }), Done::Gone(t) if t.contains("x (5)"))
        );
        assert_eq!(done(&Report { survivors: vec![s.clone()], ..Report::default() }), Done::Left(vec![s]));
    }
}
