//! Asking the system's own commands, each for a bounded time.
//!
//! Never: through a shell; with the terminal's input.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::{Doing, Error, Result};
use crate::sys::clock;
use crate::sys::fd::{self, Ask};
use crate::sys::os::Handle;

/// Longer than a manager takes that has to end what runs.
const MOST: Duration = Duration::from_secs(60);

/// What a command said.
pub(super) struct Said {
    pub(super) is_done: bool,
    pub(super) out: Vec<u8>,
    pub(super) err: String,
}

/// Is there a command of this name?
pub(in crate::cli) fn has(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
}

/// Runs one to its end. Its words are in English.
pub(super) fn ask(words: &[String], input: &[u8]) -> Result<Said> {
    let doing = || format!("run {}", words.join(" "));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().doing(doing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it says so by its exit code.
        let _ = stdin.write_all(input);
    }
    // Our own child, not waited for: the number is its own.
    let handle = Handle::open(child.id().cast_signed()).ok();
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let until = clock::now() + MOST;
    loop {
        let now = clock::now();
        let asks = [
            Ask { fd: stdout.as_ref().map(AsFd::as_fd), read: true, write: false },
            Ask { fd: stderr.as_ref().map(AsFd::as_fd), read: true, write: false },
            Ask { fd: handle.as_ref().map(AsFd::as_fd), read: true, write: false },
        ];
        let ready = fd::poll(&asks, clock::timeout_until(Some(until), now)).unwrap_or_default();
        let heard = |r: fd::Ready| r.readable || r.hung_up;
        if heard(ready[0]) && !take(stdout.as_mut(), &mut out) {
            stdout = None;
        }
        if heard(ready[1]) && !take(stderr.as_mut(), &mut err) {
            stderr = None;
        }
        if (stdout.is_none() && stderr.is_none()) || (ready[2].readable && !heard(ready[0]) && !heard(ready[1])) {
            break;
        }
        if clock::now() >= until {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::new(doing(), "it does not come to an end").code(crate::exit::TIMED_OUT));
        }
    }
    let status = child.wait().doing(doing)?;
    let err = String::from_utf8_lossy(&err).trim().to_owned();
    Ok(Said { is_done: status.success(), out, err })
}

/// Answers whether there may be more.
fn take(from: Option<&mut impl Read>, into: &mut Vec<u8>) -> bool {
    let mut buf = [0; 4096];
    match from.map(|f| f.read(&mut buf)) {
        Some(Ok(n)) if n > 0 => {
            into.extend_from_slice(&buf[..n]);
            true
        }
        _ => false,
    }
}
