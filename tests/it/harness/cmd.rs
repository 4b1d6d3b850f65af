//! Running one program to its end: what it printed, how it ended. Silence is the default expectation.

use super::eventually::LONG;
use super::proc::{self, Id};
use super::raw;
use super::world::World;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A program about to run, in a session of its own without a terminal, with pipes for all three descriptors.
pub(crate) struct Run {
    pub(crate) command: Command,
    what: String,
    input: Vec<u8>,
}

/// How it ended.
pub(crate) struct Done {
    what: String,
    pub(crate) status: ExitStatus,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Run {
    pub(crate) fn new(world: &World, program: &str, args: &[&str]) -> Run {
        let path = super::world::bin().join(program);
        let mut command = if path.is_file() { Command::new(path) } else { Command::new(program) };
        command.args(args).env_clear().envs(world.env()).current_dir(world.home());
        raw::lead_session(&mut command, false);
        Run { command, what: format!("{program} {}", args.join(" ")), input: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Run {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn input(mut self, bytes: &[u8]) -> Run {
        self.input = bytes.to_vec();
        self
    }

    /// Start with these signals ignored, these blocked, these descriptors closed.
    pub(crate) fn dispose(mut self, ignored: &[i32], blocked: &[i32], closed: &[i32]) -> Run {
        raw::dispose(&mut self.command, ignored.to_vec(), blocked.to_vec(), closed.to_vec());
        self
    }

    /// Start it and leave it running; its output goes nowhere.
    pub(crate) fn start(mut self) -> (Child, Id) {
        let command = self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", self.what));
        let id = Id::of(child.id().cast_signed()).expect("a child's identity");
        (child, id)
    }

    /// Run it to its end, and until nobody holds its output open.
    pub(crate) fn go(mut self) -> Done {
        let began = Instant::now();
        let command = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", self.what));
        let (mut stdin, input) = (child.stdin.take().expect("a pipe"), std::mem::take(&mut self.input));
        std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let out = collect(child.stdout.take().expect("a pipe"));
        let err = collect(child.stderr.take().expect("a pipe"));
        let status = wait(&mut child, &self.what);
        let held = |_| panic!("{}: it has ended ({status}), but its output is held open", self.what);
        let out = out.recv_timeout(LONG).unwrap_or_else(held);
        let err = err.recv_timeout(LONG).unwrap_or_else(held);
        let err = String::from_utf8_lossy(&err).into_owned();
        Done { what: self.what, status, out, err, took: began.elapsed() }
    }
}

fn collect(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Wait for a child with a deadline.
pub(crate) fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let fd = raw::pidfd(child.id().cast_signed()).expect("a pidfd of our own child");
    let ended = proc::wait_readable(&fd, LONG + Duration::from_secs(5));
    if !ended {
        let _ = child.kill();
    }
    let status = child.wait().expect("our own child");
    assert!(ended, "{what}: did not end");
    status
}

impl Done {
    fn all(&self) -> String {
        let out = String::from_utf8_lossy(&self.out);
        format!("{}\n  status: {}\n  stdout: {out:?}\n  stderr: {:?}", self.what, self.status, self.err)
    }

    pub(crate) fn code(self, code: i32) -> Done {
        assert_eq!(self.status.code(), Some(code), "{}", self.all());
        self
    }

    /// Died of this signal, without a core.
    pub(crate) fn signal(self, signal: i32) -> Done {
        assert_eq!(self.status.signal(), Some(signal), "{}", self.all());
        assert!(!self.status.core_dumped(), "dumped a core: {}", self.all());
        self
    }

    pub(crate) fn stdout(self, text: &str) -> Done {
        assert_eq!(String::from_utf8_lossy(&self.out), text, "{}", self.all());
        self
    }

    pub(crate) fn stderr(self, text: &str) -> Done {
        assert_eq!(self.err, text, "{}", self.all());
        self
    }

    pub(crate) fn says(self, text: &str) -> Done {
        assert!(self.text().contains(text), "does not say {text:?}: {}", self.all());
        self
    }

    pub(crate) fn never_says(self, text: &str) -> Done {
        assert!(!self.text().contains(text), "says {text:?}: {}", self.all());
        self
    }

    /// Nothing on stdout, nothing on stderr.
    pub(crate) fn silent(self) -> Done {
        self.stdout("").stderr("")
    }

    /// Exactly one line on stderr, from pj.
    pub(crate) fn one_line(self) -> Done {
        let one = self.err.lines().count() == 1 && self.err.starts_with("pj: ");
        assert!(one, "not one line of pj's on stderr: {}", self.all());
        self
    }

    pub(crate) fn text(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.out), self.err)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("not JSON: {error}: {}", self.all()))
    }
}
