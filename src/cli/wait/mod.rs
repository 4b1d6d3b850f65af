//! `pj wait`: until jobs have ended, and then their exit code; or until they write nothing, write something, listen. Waits on
//! the guard's end in the kernel; what nobody tells is looked for in steps. Changes nothing.

mod sign;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::gather::{Books, Held};
use super::out::Out;
use super::wanted::{Narrow, Wanted};
use super::{pick, stop};
use crate::error::{Error, Result};
use crate::exit;
use crate::process::{Identity, Life};
use crate::record::job::State;
use crate::record::{Job, store};
use crate::sys::os::Handle;
use crate::sys::{clock, fd};
use sign::{Sign, Watch};

/// Between two looks at what nobody tells.
const STEP: Duration = Duration::from_millis(50);
/// Without a bound.
const LONG: Duration = Duration::from_secs(3600);

/// For whom, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    /// exit, idle TIME, port [NUMBER] or log PATTERN [default: exit]
    #[arg(long = "for", value_names = ["WHAT", "ARG"], num_args = 1..=2)]
    what: Vec<String>,
    /// How long to wait at most, such as 30s
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
}

/// Waits for all of them: the first code that is not 0, by id.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let (sign, rest) = sign::read(&args.what)?;
    let mut words = args.words.clone();
    words.selectors.extend(rest);
    if words.is_empty() {
        return Err(Error::usage("wait for what? a job's id or name, or another selector").hint("pj list"));
    }
    let books = Books::read();
    let mut found = Wanted::read(&words, &books)?.of(&books);
    if found.is_empty() {
        return Err(words.nothing(&books));
    }
    found.sort_by_key(|held| held.record.id);
    let until = args.timeout.map(|t| clock::now() + t);
    let mut code = exit::DONE;
    for held in found {
        let one = Waiting { held, until }.wait(&sign, out).unwrap_or_else(|e| {
            out.error(&e);
            e.exit_code()
        });
        code = if code == exit::DONE { one } else { code };
    }
    Ok(code)
}

/// Somebody who waits for a job.
struct Waiting<'a> {
    held: &'a Held<Job>,
    until: Option<Instant>,
}

impl Waiting<'_> {
    fn wait(&self, sign: &Sign, out: &mut Out) -> Result<i32> {
        if let Sign::Exit = sign {
            return self.end(out);
        }
        let mut watch = Watch::new(sign, self.held, &self.label())?;
        loop {
            // Run again meanwhile, it has another guard. Asked first: what it did before its end counts.
            let job = self.now().unwrap_or_else(|| self.held.record.clone());
            let has_ended = !self.is_there(&job);
            if watch.is_given(self.held) {
                return Ok(exit::DONE);
            }
            if has_ended {
                let why = format!("it has ended before {}", sign.text());
                return Err(self.error(&why).code(exit::NOTHING));
            }
            self.pause(&job, Some(STEP), &sign.text())?;
        }
    }

    /// Until nobody guards it any more, and then how it ended.
    fn end(&self, out: &mut Out) -> Result<i32> {
        let first = &self.held.record;
        let mut job = first.clone();
        while self.is_there(&job) {
            self.pause(&job, None, "its end")?;
            // Run again meanwhile, it has another guard.
            let Some(now) = self.now() else { break };
            job = now;
        }
        let exit = self.now().unwrap_or(job).exit.map(|e| (e.code, e.signal));
        Ok(match exit {
            Some((Some(code), _)) => code,
            Some((None, Some(sig))) => 128 + sig,
            _ => {
                let why = match () {
                    () if first.is_adopted() => "it was adopted: its exit code is its parent's to know",
                    () if first.is_background() => "its guard was killed: nobody knows how it ended",
                    () => "it has ended, and its own terminal was told how",
                };
                out.warn(&format!("{}: {why}", self.label()));
                exit::FAILED
            }
        })
    }

    fn now(&self) -> Option<Job> {
        store::job(&self.held.place, self.held.record.id).filter(|now| now.uid == self.held.record.uid)
    }

    /// Is anybody there whose end is the job's?
    fn is_there(&self, job: &Job) -> bool {
        job.state != State::Exited && lives(whose(job)).is_some()
    }

    /// Waits for the job's end, but not for longer than this, nor than we may.
    fn pause(&self, job: &Job, most: Option<Duration>, what: &str) -> Result<()> {
        let now = clock::now();
        if self.until.is_some_and(|at| now >= at) {
            return Err(self.error(&format!("no sign of {what} in time")).code(exit::TIMED_OUT));
        }
        let left = self.until.map_or(LONG, |at| at.saturating_duration_since(now));
        match lives(whose(job)) {
            Some(Some(handle)) => drop(stop::wait(&handle, now + most.unwrap_or(LONG).min(left))),
            // Who cannot be waited on is looked at now and then.
            _ => {
                let ms = most.unwrap_or(STEP).min(left).as_millis();
                let _ = fd::poll::<0>(&[], i32::try_from(ms).unwrap_or(i32::MAX).max(1));
            }
        }
        Ok(())
    }

    fn label(&self) -> String {
        pick::label(&self.held.record)
    }

    fn error(&self, why: &str) -> Error {
        Error::new(format!("wait for {}", self.label()), why)
    }
}

/// Whose end is the job's: its guard's, or its front's where that is gone; an adopted job has its process alone.
fn whose(job: &Job) -> Option<&Identity> {
    if job.is_adopted() {
        return job.root.as_ref();
    }
    let guard = job.guard.as_ref();
    guard.filter(|g| lives(Some(g)).is_some()).or(job.front.as_ref()).or(guard)
}

/// Does it live, and is there something to wait on?
fn lives(who: Option<&Identity>) -> Option<Option<Handle>> {
    match who?.life() {
        Life::Alive(handle) => Some(handle),
        Life::Elsewhere => Some(None),
        Life::Gone => None,
    }
}

/// Where a job's log is.
fn log_of(held: &Held<Job>) -> PathBuf {
    held.place.job_dir(held.record.id)
}
