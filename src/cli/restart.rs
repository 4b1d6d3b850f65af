//! `pj restart`: has the guard of a background job end what runs and run the command again; a job that has ended is started
//! anew under its id. Signals nobody itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::gather::{Books, Health, Held};
use super::hail::{Heed, hail};
use super::out::Out;
use super::pick::{self, Which};
use super::run::{is_taken, limits, variables};
use super::stop::{self, PAST_GRACE, worse};
use super::{add, locked};
use crate::error::{Error, Result};
use crate::exit;
use crate::guard::background::{self, Spec};
use crate::guard::protocol::Ask;
use crate::kill::Cause;
use crate::process::Identity;
use crate::record::event::{Event, Tail};
use crate::record::job::{Policy, State};
use crate::record::{Job, store};
use crate::sys::{clock, fd};

/// Between two looks at the record.
const STEP_MS: i32 = 20;

/// What to run again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// How long to wait at most, such as 10s [default: the job's grace and 3s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
}

/// One after the other.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let jobs = pick::pick("restart", &args.which, &books, out)?;
    let (mut code, is_one) = (exit::DONE, jobs.len() == 1);
    for held in jobs {
        let one = match restart(held, args.timeout, out) {
            Ok(pid) => {
                let pid = pid.map_or(String::new(), |pid| format!(", pid {pid}"));
                out.note(&format!("restarted {}{pid}", pick::label(&held.record)));
                exit::DONE
            }
            Err(e) => {
                out.error(&e);
                match e.exit_code() {
                    // As pj run says it.
                    exit::NOT_FOUND | exit::NOT_EXECUTABLE if !is_one => exit::FAILED,
                    code => code,
                }
            }
        };
        code = if is_one { one } else { worse(code, one) };
    }
    Ok(code)
}

fn error(job: &Job, why: &str) -> Error {
    Error::new(format!("restart {}", pick::label(job)), why)
}

/// Answers the new process.
fn restart(held: &Held<Job>, timeout: Option<Duration>, out: &mut Out) -> Result<Option<i32>> {
    let job = &held.record;
    if !job.is_background() {
        let why = if job.is_adopted() { "it was adopted, and pj did not start it" } else { "its terminal started it" };
        return Err(error(job, why).code(exit::REFUSED));
    }
    let until = clock::now() + timeout.unwrap_or(Duration::from_millis(job.grace_ms) + PAST_GRACE);
    let guard = job.guard.as_ref().map_or(Health::Gone, Health::of);
    match guard {
        Health::Elsewhere => Err(error(job, "it is in another pid namespace").code(exit::REFUSED)),
        Health::Gone => anew(held, out),
        Health::Alive | Health::Stopped if job.state == State::Exited => {
            // It has its last words still to take in.
            let handle = job.guard.as_ref().and_then(|g| g.life().handle());
            match handle.is_none_or(|handle| stop::wait(&handle, until)) {
                true => anew(held, out),
                false => Err(error(job, "its guard does not end").code(exit::TIMED_OUT)),
            }
        }
        Health::Alive | Health::Stopped => ask(held, until),
    }
}

/// Has its guard run it again, and waits until it has.
fn ask(held: &Held<Job>, until: Instant) -> Result<Option<i32>> {
    let job = &held.record;
    let mut events = Tail::at_end(&held.place);
    let Some(socket) = &job.socket else {
        return Err(error(job, "its guard could not make a socket").code(exit::REFUSED));
    };
    match hail(Path::new(socket), Ask::Restart, until) {
        Heed::Granted => {}
        Heed::Refused(why) => return Err(error(job, &why).code(exit::REFUSED)),
        Heed::Silent => return Err(error(job, "its guard does not answer").code(exit::TIMED_OUT)),
        Heed::Absent => return Err(error(job, "its guard has just gone").code(exit::NOTHING)),
    }
    loop {
        let now = store::job(&held.place, job.id).filter(|now| now.uid == job.uid);
        let Some(now) = now else { return Err(error(job, "it has been forgotten").code(exit::NOTHING)) };
        if now.state == State::Exited || now.guard.as_ref().is_none_or(|g| g.life().is_gone()) {
            let why = said(held, &mut events).unwrap_or_else(|| "it has ended".to_owned());
            return Err(error(job, &why));
        }
        if now.restarts > job.restarts && now.state == State::Running {
            return Ok(now.root.map(|root| root.pid));
        }
        if clock::now() >= until {
            return Err(error(job, "it is still ending").code(exit::TIMED_OUT));
        }
        let _ = fd::poll::<0>(&[], STEP_MS);
    }
}

/// Why it could not be run again, in its guard's words.
fn said(held: &Held<Job>, events: &mut Tail) -> Option<String> {
    let is_ours = |e: &Event| e.kind == "job.failed" && e.job == Some(held.record.id);
    events.read().into_iter().rfind(is_ours).map(|e| e.text)
}

/// Starts a job that is over, as it was started before.
fn anew(held: &Held<Job>, out: &mut Out) -> Result<Option<i32>> {
    let (place, mut job) = (&held.place, held.record.clone());
    if job.state != State::Exited {
        // Its guard was killed: what it left behind ends first.
        let grace = Duration::from_millis(job.grace_ms);
        let began = clock::now();
        let done = stop::end(place, &job, Cause::Stop, grace);
        if !matches!(done, stop::Done::Gone(_) | stop::Done::NotRunning) {
            let code = stop::tell("stop", "stopped", &job, &done, began, out);
            return Err(error(&job, "what is left of it has not ended").code(code));
        }
    }
    let lock = locked::take(place)?;
    job = store::job(place, job.id)
        .filter(|now| now.uid == job.uid)
        .ok_or_else(|| error(&held.record, "it has been forgotten").code(exit::NOTHING))?;
    if job.state != State::Exited {
        return Err(error(&job, "somebody else has just started it").code(exit::REFUSED));
    }
    let spec = spec(&job)?;
    if let Some(name) = &job.name
        && let Some(taken) = add::named(name, &Books::read())
    {
        return Err(is_taken(name, taken.record.id));
    }
    let started = background::start(spec, place);
    drop(lock);
    match started {
        Ok((id, warning)) => {
            warning.iter().for_each(|lost| out.warn(lost));
            Ok(store::job(place, id).and_then(|now| now.root).map(|root: Identity| root.pid))
        }
        Err(e) => {
            // How it ended before stays known.
            if store::job(place, job.id).is_none() {
                let _ = store::put_job(place, &job);
            }
            Err(e)
        }
    }
}

/// What the record says of how it was started.
fn spec(job: &Job) -> Result<Spec> {
    let Some(background) = job.background.clone() else { return Err(error(job, "it says not how it is run")) };
    let lost = |text: &String| text.contains('\u{fffd}');
    if job.argv.iter().any(lost) || job.cwd.iter().any(lost) {
        let why = "its command has bytes that are not UTF-8, and the record does not hold them";
        return Err(error(job, why).hint("pj run it anew").code(exit::REFUSED));
    }
    let files: Vec<PathBuf> = background.env_files.iter().map(PathBuf::from).collect();
    let settings = crate::config::load().settings;
    Ok(Spec {
        command: job.argv.iter().map(OsString::from).collect(),
        name: job.name.clone(),
        tags: job.tags.clone(),
        groups: job.groups.clone(),
        keep: job.keep.clone(),
        with_session: job.owner.policy == Policy::Session,
        cwd: job.cwd.as_ref().map(PathBuf::from).unwrap_or_default(),
        env: variables(&files, &background.env, background.pipe)?,
        background,
        grace: Some(Duration::from_millis(job.grace_ms)),
        cgroup: (settings.wrap.cgroup, settings.wrap.scope),
        log: limits(&settings),
        again: Some(job.clone()),
    })
}
