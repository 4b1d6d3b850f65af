//! `pj sessions end ID`: stops the session's jobs as `pj stop` does, then asks its shell to hang up, and looks whether
//! it has. Signals one process only, the shell, through a handle that was verified; insists on nothing.

use std::time::Duration;

use super::facts::{self, Facts};
use super::{End, choose};
use crate::cli::gather::{Books, Held};
use crate::cli::out::Out;
use crate::cli::{pick, stop};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::process::{Identity, Life};
use crate::record::{Job, Session, store};
use crate::sys::os::Handle;
use crate::sys::{self, clock, os, signal};

/// A shell that is asked to hang up saves its history and goes in milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends one.
pub(super) fn run(args: &End, books: &Books, out: &mut Out) -> Result<i32> {
    let records = choose::choose(&args.which.id, books)?;
    let Some(f) = facts::look(books, records.iter().copied().take(1)).pop() else { return Ok(exit::NOTHING) };
    let s = &f.held.record;
    let jobs = jobs(&f, out);
    if f.fate.died().is_some() && jobs.is_empty() {
        let e = Error::new(format!("end {}", label(s)), format!("it is over: {}", f.fate.word()));
        return Err(e.hint(format!("pj sessions forget {}", s.identity.key())).code(exit::NOTHING));
    }
    allowed(args, &f, books, out)?;
    // Its end may hang up our own terminal; somebody has to see it through.
    let _ = signal::ignore(signal::HUP);
    let began = clock::now();
    let code = stop::all(&jobs, args.timeout, out);
    if code != exit::DONE {
        let e = Error::new(format!("end {}", label(s)), "its jobs have not ended; its shell was not asked");
        return Err(e.hint(format!("pj sessions show {}", s.identity.key())).code(code));
    }
    if f.fate.is_alive() {
        hang_up(s, args.timeout.unwrap_or(PATIENCE))?;
    }
    for held in records {
        store::remove_session(&held.place, &held.record);
    }
    let ms = clock::now().saturating_duration_since(began).as_millis();
    let how = if f.fate.is_alive() { "its shell has gone" } else { f.fate.word() };
    out.note(&format!("ended {} in {ms} ms: {} of its jobs stopped, {how}", label(s), jobs.len()));
    Ok(exit::DONE)
}

fn label(s: &Session) -> String {
    format!("session {} ({})", s.identity.key(), s.shell)
}

/// Those that end with the session. A kept one is to stay; the one that we run in ends when its shell does.
fn jobs<'a>(f: &Facts<'a>, out: &mut Out) -> Vec<&'a Held<Job>> {
    let mut found = Vec::new();
    for job in &f.jobs {
        if let Some(why) = &job.record.keep {
            out.note(&format!("{} is left alone: it is to outlive its session ({why})", pick::label(&job.record)));
        } else if pick::is_around(&job.record) {
            out.note(&format!("{} ends with its shell: this runs in it", pick::label(&job.record)));
        } else {
            found.push(*job);
        }
    }
    found
}

/// What must be so before anybody is asked to go.
fn allowed(args: &End, f: &Facts, books: &Books, out: &mut Out) -> Result<()> {
    let who = &f.held.record.identity;
    let refuse = |why: &str| Error::new(format!("end {}", label(&f.held.record)), why).code(exit::REFUSED);
    if f.fate == super::fate::Fate::Elsewhere {
        return Err(refuse("it is in another pid namespace: not ours to judge"));
    }
    if f.fate.is_alive() && os::user(who.pid) != Some(sys::euid()) {
        return Err(refuse("its shell runs as another user now"));
    }
    // By the kernel's word: any shell above us takes us with it, whatever stands between.
    let is_above = pick::ancestors().any(|a| who.is(&a));
    if is_above || f.is_self {
        let sure = args.yes || (out.can_ask() && out.ask("this runs in that session: end it?"));
        let hint = format!("pj sessions end -y {}", who.key());
        return if sure { Ok(()) } else { Err(refuse("this runs in it").hint(hint)) };
    }
    if !args.any_session && pick::is_foreign(who, books) {
        let hint = format!("pj sessions end --any-session {}", who.key());
        return Err(refuse("it is another session than that of the job that this runs in").hint(hint));
    }
    Ok(())
}

/// Sends HUP, and CONT to a stopped shell so that it can take it, and waits for its end.
fn hang_up(s: &Session, patience: Duration) -> Result<()> {
    let fail = |why: &str| Error::new(format!("end {}", label(s)), why);
    let handle = match held(&s.identity)? {
        // Ended meanwhile: with its last job, or by itself.
        None => return Ok(()),
        Some(handle) => handle,
    };
    if !s.is_alive() {
        return Ok(());
    }
    handle.send(signal::HUP).map_err(|e| fail(&plain(&e)))?;
    if os::stat(s.identity.pid).is_some_and(|now| s.identity.is(&now) && now.is_stopped()) {
        handle.send(signal::CONT).map_err(|e| fail(&plain(&e)))?;
    }
    if stop::wait(&handle, clock::now() + patience) {
        return Ok(());
    }
    let why = format!("it was asked to hang up and is still there after {} s", patience.as_secs());
    Err(fail(&why).hint("close its terminal").code(exit::TIMED_OUT))
}

fn held(who: &Identity) -> Result<Option<Handle>> {
    match who.life() {
        Life::Gone => Ok(None),
        Life::Alive(Some(handle)) => Ok(Some(handle)),
        Life::Alive(None) | Life::Elsewhere => {
            let e =
                Error::new(format!("end session {}", who.key()), "its shell cannot be held, so it is not signalled");
            Err(e.code(exit::REFUSED))
        }
    }
}
