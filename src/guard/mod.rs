//! `pj-wrap`: the terminal parent and subreaper of one command (DESIGN §2).
//!
//! Two processes: the [`front`] is the shell's job and has the terminal plane; the guard ([`supervisor`]) is the parent
//! of the command and has the supervision plane. No threads, no async, one poll loop each. After the command has started
//! no error is a way out of a loop, and nothing of ours costs the command.
//!
//! # Start, and why it is safe to be killed anywhere in it
//!
//! 1. All signals are blocked. Nothing has been made.
//! 2. The id is claimed (an empty file, which becomes the record; a sweep takes it away), the pseudo terminal opened.
//! 3. The front forks the guard. Both are subreapers, one above the other.
//! 4. The guard forks the command, which waits on the go pipe. The guard alone has its other end: if the guard dies the
//!    command reads end of file and leaves by itself, having run nothing.
//! 5. The guard writes **one** record with all identities into the claim, and renames it once.
//! 6. The go byte. From here on the record tells a sweep everything that it needs.
//! 7. The command execs; front and guard let go of every descriptor of the user's and loop.

pub mod args;
pub mod background;
pub mod birth;
pub mod census;
pub mod clients;
pub mod control;
pub mod detach;
pub mod front;
pub mod launch;
pub mod machine;
pub mod modes;
mod name;
pub mod owner;
pub mod pipes;
pub mod profile;
pub mod protocol;
pub mod relay;
pub mod replay;
pub mod replies;
pub mod scope;
pub mod screen;
pub mod settings;
pub mod start;
pub mod supervisor;
pub mod terminal;

use std::ffi::{CString, OsString};
use std::io::Write;
use std::path::PathBuf;

use crate::error::{Error, plain};
use crate::kill::{Cause, Report};
use crate::process::MARK;
use crate::process::describe::escape;
use crate::record::event::Audit;
use crate::record::{Job, Place, event, store};
use crate::sys::spawn::{self, Prepared};
use crate::{exit, sys};

/// Entry point of `pj-wrap`.
pub fn main() {
    crate::sys::hook!(FrontBegun);
    spawn::leave(wrap(std::env::args_os().skip(1)));
}

/// Does what these words ask `pj-wrap` for. Answers only where there is nothing to guard.
pub fn wrap(words: impl IntoIterator<Item = OsString>) -> i32 {
    match args::parse(words) {
        Ok(args::Parsed::Say(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            exit::DONE
        }
        Ok(args::Parsed::Run(args)) => start::run(args),
        Err(e) => {
            say(&e);
            e.exit_code()
        }
    }
}

/// One message on stderr. Ignored where there is no stderr: it never costs the command.
pub(crate) fn say(e: &Error) {
    let _ = std::io::stderr().write_all(format!("pj: {e}\n").as_bytes());
}

/// Execs and, since that failed, says why and answers the exit code of DESIGN §7.
fn exec_or_say(prepared: &Prepared, command: &std::ffi::OsStr, env: &[CString]) -> i32 {
    crate::sys::hook!(CommandExecs);
    let (code, error) = why_not(&prepared.exec(env), command);
    say(&error);
    code
}

/// Why a command could not be executed, and the exit code of DESIGN §7 for that.
fn why_not(e: &std::io::Error, command: &std::ffi::OsStr) -> (i32, Error) {
    let name = escape(&command.to_string_lossy());
    let code = if e.kind() == std::io::ErrorKind::NotFound { exit::NOT_FOUND } else { exit::NOT_EXECUTABLE };
    let mut error = Error::new(format!("run {name}"), plain(e));
    if code == exit::NOT_FOUND && !name.contains('/') {
        error = Error::new(format!("run {name}"), "command not found")
            .hint(format!("if {name} is an alias or a function of your shell: type {name}, and give pj what it runs"));
    } else if PathBuf::from(command).is_dir() {
        error = Error::new(format!("run {name}"), "it is a directory");
    }
    (code, error)
}

/// Our environment with `PJ_JOB` and `PJ_SESSION` as given, or taken out: what was there was another job's.
fn environment(marker: Option<&str>, session: Option<&str>) -> Vec<CString> {
    let ours =
        |line: &CString| line.as_bytes().starts_with(MARK.as_bytes()) || line.as_bytes().starts_with(b"PJ_SESSION=");
    let mut env: Vec<CString> = spawn::environ().into_iter().filter(|line| !ours(line)).collect();
    for (name, value) in [("PJ_JOB", marker), ("PJ_SESSION", session)] {
        env.extend(value.and_then(|v| CString::new(format!("{name}={v}")).ok()));
    }
    env
}

/// Is process `pid` below `top`?
fn is_below(pid: sys::Pid, top: sys::Pid) -> bool {
    let mut next = pid;
    for _ in 0..256 {
        if next == top {
            return true;
        }
        match sys::os::stat(next) {
            Some(stat) if stat.ppid > 1 => next = stat.ppid,
            _ => return false,
        }
    }
    false
}

/// Tells of an ending, and takes the record away unless a later sweep still needs it. Answers whether it did.
fn conclude(place: &Place, id: u64, group: Option<&str>, report: &Report) -> bool {
    let done = report.survivors.is_empty();
    if done {
        if let Some(group) = group {
            store::remove_cgroup(place, group);
        }
        store::remove_job(place, id);
    }
    done
}

/// Puts down who was ended, and why. Of a command that left nobody behind there is nothing to say.
fn tell_ended(place: &Place, job: &Job, by: &str, why: Why, report: &Report) {
    if !report.is_silent() {
        let audit = Audit::of_job(job, by, why.rule, "proven: below the job's guard");
        let left = !report.survivors.is_empty();
        let came = audit.came(report.counts(), report.left(), left);
        event::ended(place, job, Audit { signal: report.signal(why.cause, why.stop), ..came }, &report.text());
    }
}

/// Why a tree is ended.
#[derive(Clone, Copy, Debug)]
struct Why {
    /// In one word, for people and scripts.
    rule: &'static str,
    /// What it was to the ladder, and the signal of a stop.
    cause: Cause,
    stop: sys::signal::Signal,
}

/// Leaves as the command did: with its code, or by its signal without a core file (LAWS L25).
fn leave_as(change: sys::spawn::Change) -> ! {
    crate::sys::hook!(FrontLeft);
    match change {
        spawn::Change::Killed(sig, _) => {
            sys::signal::die_of(sig);
            spawn::leave(128 + sig)
        }
        spawn::Change::Exited(code) => spawn::leave(code),
        spawn::Change::Stopped(_) | spawn::Change::Continued => spawn::leave(exit::WRAP_FAILED),
    }
}
