//! `pj daemon`: the sweep that stays, run, started, stopped and asked for.
//!
//! Never: signals anybody but the process of whom the kernel says that it holds the daemon's lock, by its full identity.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Subcommand;
use serde::Serialize;

use super::out::Out;
use super::table::Tone;
use crate::config as settings;
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::record::Place;
use crate::sweep::daemon::{self, Found, READY, Sign, find, own_exe};
use crate::sys::fd::{self, Ask};
use crate::sys::os::Handle;
use crate::sys::signal::{self, Signal};
use crate::sys::{clock, file};

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Be the daemon, in the foreground: Ctrl-C ends it
    Run(Run),
    /// Start it in the background, and return when it is ready
    Start(How),
    /// End it, and return when it has ended
    Stop(Patience),
    /// Stop it, if it runs, and start it
    Restart(How),
    /// Have it read its settings anew, and execute itself anew
    Reload,
    /// Tell whether it runs: exit code 3 if not
    Status,
}

#[derive(Debug, clap::Args)]
struct Run {
    #[command(flatten)]
    how: How,
    #[arg(long, hide = true)]
    started: bool,
}

#[derive(Debug, clap::Args)]
struct How {
    /// End one that runs already: TERM, and KILL if it does not go
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    patience: Patience,
}

#[derive(Debug, clap::Args)]
struct Patience {
    /// How long to wait for it
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::cli::wanted::time)]
    timeout: Duration,
}

/// After KILL.
const AT_ONCE: Duration = Duration::from_secs(5);
/// Between two looks at a lock whose holder has not said yet who he is.
const STEP_MS: i32 = 5;

/// Does it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    match &args.verb {
        Verb::Run(run) => {
            if run.how.force {
                stop(true, run.how.patience.timeout)?;
            }
            daemon::run(run.started)
        }
        Verb::Start(how) => start(how, out),
        Verb::Stop(patience) => {
            match stop(false, patience.timeout)? {
                Some(pid) => out.note(&format!("daemon {pid} has ended")),
                None => out.note("no daemon runs"),
            }
            Ok(exit::DONE)
        }
        Verb::Restart(how) => {
            stop(how.force, how.patience.timeout)?;
            start(how, out)
        }
        Verb::Reload => reload(),
        Verb::Status => Ok(status(out)),
    }
}

/// Who runs. One who has just taken the lock is given the time to say who he is.
fn who(place: &Place) -> Result<Option<Sign>> {
    let until = clock::now() + Duration::from_secs(1);
    loop {
        match find(place) {
            Found::Nobody => return Ok(None),
            Found::Runs(sign) => return Ok(Some(*sign)),
            Found::Somebody { pid } if clock::now() >= until => {
                let path = place.daemon_lock();
                let cause = format!("process {pid} holds {}, and is not who that names", path.display());
                return Err(Error::new("tell which process is the daemon", cause).code(exit::REFUSED));
            }
            Found::Somebody { .. } => {
                let _ = fd::poll::<0>(&[], STEP_MS);
            }
        }
    }
}

/// Ends the one that runs, if one does; answers its number.
fn stop(force: bool, patience: Duration) -> Result<Option<i32>> {
    let Some(sign) = who(&Place::current()?)? else { return Ok(None) };
    let pid = sign.who.pid;
    // Verified after it was opened: the signal reaches this process or nobody.
    let Some(handle) = sign.who.life().handle() else { return Ok(Some(pid)) };
    let doing = || format!("end daemon {pid}");
    send(&handle, signal::TERM).doing(doing)?;
    send(&handle, signal::CONT).doing(doing)?;
    if has_ended(&handle, patience) {
        return Ok(Some(pid));
    }
    if force {
        send(&handle, signal::KILL).doing(doing)?;
        if has_ended(&handle, AT_ONCE) {
            return Ok(Some(pid));
        }
    }
    let cause = format!("it is still there after {}", humantime::format_duration(patience));
    Err(Error::new(doing(), cause).hint("pj daemon restart --force").code(exit::TIMED_OUT))
}

/// Ends whichever runs, for one that the system starts.
pub(super) fn make_way() -> Result<()> {
    stop(true, AT_ONCE).map(drop)
}

/// Does it run, or will it in a moment?
pub(super) fn is_there() -> bool {
    let until = clock::now() + AT_ONCE;
    loop {
        let is_there = Place::current().is_ok_and(|place| matches!(find(&place), Found::Runs(_)));
        if is_there || clock::now() >= until {
            return is_there;
        }
        // The lock tells nobody that it was taken.
        let _ = fd::poll::<0>(&[], STEP_MS);
    }
}

/// Starts it, for one that the system does not start by itself at once.
pub(super) fn begin(out: &mut Out) -> Result<i32> {
    start(&How { force: false, patience: Patience { timeout: 2 * AT_ONCE } }, out)
}

/// One that has gone meanwhile needs no signal.
fn send(handle: &Handle, sig: Signal) -> std::io::Result<()> {
    handle.send(sig).or_else(|e| if handle.has_ended() { Ok(()) } else { Err(e) })
}

fn has_ended(handle: &Handle, patience: Duration) -> bool {
    use std::os::fd::AsFd;
    let until = clock::now() + patience;
    loop {
        let now = clock::now();
        if handle.has_ended() || now >= until {
            return handle.has_ended();
        }
        let ask = [Ask { fd: Some(handle.as_fd()), read: true, write: false }];
        let _ = fd::poll(&ask, clock::timeout_until(Some(until), now));
    }
}

fn start(how: &How, out: &mut Out) -> Result<i32> {
    let place = Place::current()?;
    if how.force {
        stop(true, how.patience.timeout)?;
    } else if let Some(sign) = who(&place)? {
        out.note(&format!("daemon {} runs already", sign.who.pid));
        return Ok(exit::DONE);
    }
    place.make()?;
    let path = place.daemon_log();
    let log = file::create_private(&path).doing(|| format!("make {}", path.display()))?;
    let exe = own_exe();
    let mut command = Command::new(&exe);
    if let Some(file) = settings::chosen() {
        command.arg("--config").arg(file);
    }
    // Of no job's and of no session's, wherever this is typed.
    command.args(["daemon", "run", "--started"]).env_remove("PJ_JOB").env_remove("PJ_SESSION");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().doing(|| format!("run {}", exe.display()))?;
    let until = clock::now() + how.patience.timeout;
    if is_ready(&mut child, until) {
        out.note(&format!("daemon {} runs", child.id()));
        return Ok(exit::DONE);
    }
    let said = std::fs::read_to_string(&path).unwrap_or_default();
    match child.try_wait() {
        Ok(Some(status)) => {
            if let Ok(Some(sign)) = who(&place) {
                out.note(&format!("daemon {} was quicker", sign.who.pid));
                return Ok(exit::DONE);
            }
            let said = said.trim().strip_prefix("pj: ").unwrap_or("it has ended").to_owned();
            Err(Error::said(&said).code(status.code().unwrap_or(exit::FAILED)))
        }
        _ => {
            let cause = format!("it is not ready after {}", humantime::format_duration(how.patience.timeout));
            Err(Error::new("start the daemon", cause).hint("pj daemon status").code(exit::TIMED_OUT))
        }
    }
}

/// Waits for its word.
fn is_ready(child: &mut Child, until: Instant) -> bool {
    use std::os::fd::AsFd;
    let Some(mut from) = child.stdout.take() else { return false };
    let mut heard = Vec::new();
    loop {
        let now = clock::now();
        let ask = [Ask { fd: Some(from.as_fd()), read: true, write: false }];
        let ready = fd::poll(&ask, clock::timeout_until(Some(until), now)).unwrap_or_default();
        if ready[0].readable || ready[0].hung_up {
            let mut buf = [0; 64];
            match from.read(&mut buf) {
                Ok(0) | Err(_) => {
                    // It has closed our pipe without a word: it has ended, or is about to.
                    let _ = child.wait();
                    return false;
                }
                Ok(n) => heard.extend_from_slice(&buf[..n]),
            }
        }
        if heard.ends_with(READY.as_bytes()) {
            return true;
        }
        if clock::now() >= until {
            return false;
        }
    }
}

fn reload() -> Result<i32> {
    let Some(sign) = who(&Place::current()?)? else {
        let e = Error::new("reload the daemon", "none runs").hint("pj daemon start");
        return Err(e.code(exit::NOTHING));
    };
    let doing = || format!("signal daemon {}", sign.who.pid);
    let sent = sign.who.life().handle().map(|handle| send(&handle, signal::USR1));
    sent.unwrap_or_else(|| Err(std::io::ErrorKind::NotFound.into())).doing(doing)?;
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct Status {
    schema: &'static str,
    running: bool,
    pid: Option<i32>,
    since: Option<String>,
    version: Option<String>,
    /// The file that it was started from.
    exe: Option<String>,
    /// That file is the one that asks.
    is_this: bool,
    /// What is wrong with the settings: then nobody is ended.
    config: Option<String>,
}

fn status(out: &mut Out) -> i32 {
    let found = Place::current().and_then(|place| who(&place));
    let (sign, odd) = match found {
        Ok(sign) => (sign, None),
        Err(e) => (None, Some(e)),
    };
    let config = settings::load().wrong.first().map(ToString::to_string);
    let is_this = sign.as_ref().is_some_and(|s| s.exe == own_exe() && s.version == env!("CARGO_PKG_VERSION"));
    let status = Status {
        schema: "pj.daemon-status/1",
        running: sign.is_some(),
        pid: sign.as_ref().map(|s| s.who.pid),
        since: sign.as_ref().map(|s| s.started_at.clone()),
        version: sign.as_ref().map(|s| s.version.clone()),
        exe: sign.as_ref().map(|s| s.exe.to_string_lossy().into_owned()),
        is_this,
        config,
    };
    if let Some(e) = odd {
        out.error(&e);
    }
    if out.json {
        out.value(&status);
    } else {
        tell(&status, out);
    }
    if status.running { exit::DONE } else { exit::NOTHING }
}

fn tell(status: &Status, out: &mut Out) {
    let (Some(pid), Some(since), Some(version), Some(exe)) = (status.pid, &status.since, &status.version, &status.exe)
    else {
        return out.line(Tone::Plain, "stopped");
    };
    out.line(Tone::Plain, &format!("running: process {pid} since {since}, version {version}, {exe}"));
    if !status.is_this {
        out.note(&format!("that is not this one, {}\nhint: pj daemon restart", own_exe().display()));
    }
    if let Some(wrong) = &status.config {
        out.warn(&format!("it ends nobody: {wrong}"));
    }
}
