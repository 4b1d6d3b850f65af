//! A line to the guard of a job: which job is meant, where its socket is, and what it says first (`docs/PROTOCOL.md`).
//! What stands in the way is told in words: it has ended, it is adopted, it has a terminal of its own.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use super::gather::{Books, Health, Held};
use super::out::Out;
use super::pick;
use super::wanted::{Narrow, Wanted};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::guard::protocol::{Answer, Heard, Request, Said, Wire};
use crate::record::job::Exit;
use crate::record::{Job, store};
use crate::sys::fd::{self, Ask};
use crate::sys::{clock, peer};

/// After so long without an answer we say what we wait for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries where the queue of those who wait for the guard is full: that cannot be polled for.
const AGAIN_MS: i32 = 50;

/// A connection on which a request was granted.
pub(super) struct Line {
    pub(super) wire: Wire,
    /// What came with the answer.
    pub(super) stream: Option<OwnedFd>,
    /// Has the job a terminal?
    pub(super) terminal: bool,
}

/// The one job that is meant. Of several with one name the living one is; we are not in it ourselves.
pub(super) fn one<'a>(verb: &str, selector: &str, books: &'a Books) -> Result<&'a Held<Job>> {
    let words = Narrow::of(&[selector]);
    let mut found = Wanted::read(&words, books)?.of(books);
    if found.len() > 1 {
        let lives = |j: &Held<Job>| j.record.guard.as_ref().is_some_and(|g| Health::of(g) != Health::Gone);
        let living: Vec<_> = found.iter().copied().filter(|j| lives(j)).collect();
        found = if living.len() == 1 { living } else { found };
    }
    match found[..] {
        [] => Err(words.nothing(books)),
        [job] if pick::is_around(&job.record) => {
            let e = Error::new(format!("{verb} {}", pick::label(&job.record)), "it is the job that this runs in");
            Err(e.hint("run it from another terminal").code(exit::REFUSED))
        }
        [job] => Ok(job),
        _ => {
            let names: Vec<String> = found.iter().map(|j| pick::label(&j.record)).collect();
            let all = format!("{} jobs match: {}", found.len(), names.join(", "));
            let hint = format!("pj {verb} {}", found[0].record.id);
            Err(Error::usage(all).hint(hint).code(exit::SEVERAL))
        }
    }
}

/// Asks the guard of this job, and waits for its first answer. Who is kept waiting is told why.
pub(super) fn ask(
    verb: &str,
    held: &Held<Job>,
    request: &Request,
    until: Option<Instant>,
    out: &mut Out,
) -> Result<Line> {
    let mut wait = Wait { verb, held, until, told: clock::now() + PATIENCE, silent: false, out };
    let line = wait.connect()?;
    let mut wire = Wire::new(line);
    wire.tell(request);
    loop {
        match wire.hear::<Answer>() {
            Heard::Line(Answer { is: Said::Ok, terminal, .. }, stream) => {
                return Ok(Line { wire, stream, terminal: terminal == Some(true) });
            }
            Heard::Line(answer, _) => {
                let why = answer.why.unwrap_or_else(|| "its guard does not want to".to_owned());
                return Err(wait.error(&why).code(exit::REFUSED));
            }
            Heard::Broken(why) => return Err(wait.error(&format!("what its guard says is odd: {why}"))),
            Heard::Gone => return Err(absent(verb, held)),
            Heard::Nothing => {
                let ask = [Ask { fd: wire.fd(), read: true, write: wire.wants_write() }];
                let _ = fd::poll(&ask, wait.at_most(None)?);
                wire.flush();
            }
        }
    }
}

/// Somebody who waits for a guard.
struct Wait<'a> {
    verb: &'a str,
    held: &'a Held<Job>,
    until: Option<Instant>,
    told: Instant,
    /// It was told already.
    silent: bool,
    out: &'a mut Out,
}

impl Wait<'_> {
    fn error(&self, why: &str) -> Error {
        Error::new(format!("{} {}", self.verb, pick::label(&self.held.record)), why)
    }

    fn connect(&mut self) -> Result<OwnedFd> {
        let Some(path) = &self.held.record.socket else { return Err(absent(self.verb, self.held)) };
        loop {
            match peer::open(Path::new(path)) {
                Ok(line) => return Ok(line),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    let _ = fd::poll(&[] as &[Ask; 0], self.at_most(Some(AGAIN_MS))?);
                }
                Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                    return Err(absent(self.verb, self.held));
                }
                Err(e) => return Err(self.error(&plain(&e))),
            }
        }
    }

    /// For how long to poll; says what we wait for when that is due.
    fn at_most(&mut self, most: Option<i32>) -> Result<i32> {
        let now = clock::now();
        if self.until.is_some_and(|at| now >= at) {
            return Err(self.error("its guard does not answer").code(exit::TIMED_OUT));
        }
        if now >= self.told && !std::mem::replace(&mut self.silent, true) {
            let stopped = self.held.record.guard.as_ref().is_some_and(|g| Health::of(g) == Health::Stopped);
            let why = if stopped { "its guard is stopped" } else { "as many are connected to it as can be" };
            self.out.note(&format!("{} is waited for: {why}", pick::label(&self.held.record)));
        }
        let told = Some(self.told).filter(|_| !self.silent);
        let ms = clock::timeout_until([told, self.until].into_iter().flatten().min(), now);
        Ok(most.map_or(ms, |most| if ms < 0 { most } else { ms.min(most) }))
    }
}

/// Why nobody listens for this job.
fn absent(verb: &str, held: &Held<Job>) -> Error {
    // It may have ended while we came.
    let now = store::job(&held.place, held.record.id).filter(|now| now.uid == held.record.uid);
    let job = now.as_ref().unwrap_or(&held.record);
    let name = pick::label(job);
    let guarded = job.guard.as_ref().is_some_and(|g| Health::of(g) != Health::Gone);
    let refused = |why: &str| Error::new(format!("{verb} {name}"), why).code(exit::REFUSED);
    match &job.exit {
        Some(end) if !guarded || job.socket.is_none() => {
            Error::usage(format!("{name} {}", end.text())).hint(format!("pj log {}", job.id)).code(exit::NOTHING)
        }
        _ if job.is_adopted() => refused("it was adopted: there is no guard to ask"),
        _ if !guarded => Error::usage(format!("the guard of {name} is gone")).hint("pj list").code(exit::NOTHING),
        _ if job.is_background() => refused("its guard could not make a socket"),
        _ => refused("it is in the foreground of its own terminal")
            .hint("pj-wrap --reattach 30s COMMAND waits for pj attach when its terminal closes"),
    }
}

/// How a command ended, as a shell has it.
pub(super) fn code(end: &Exit) -> i32 {
    end.code.unwrap_or_else(|| end.signal.map_or(exit::FAILED, |sig| 128 + sig))
}
