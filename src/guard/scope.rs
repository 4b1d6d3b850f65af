//! A transient scope of the systemd user manager: a cgroup for the command where we may make none ourselves, and only
//! when the user asked for one (DESIGN §2, third line). The manager's files there are the user's own, so that freezing
//! and killing need nothing more of it; it takes the scope away when nobody is in it.
//!
//! Asked on the manager's own socket, as `systemd-run --user` does: one D-Bus message, some milliseconds, no program in
//! between that could hang or be taken for the command's.
//!
//! Never: longer than [`PATIENCE`]; asks a manager that has not just answered, lest it do it long after.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::sys::cgroup::Cgroup;
use crate::sys::{self, Pid, clock, fd, file, peer};

/// How long a command may wait for its scope.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether it is there, should the manager not say so.
const LOOK_MS: i32 = 20;
/// A message that is longer is not one of those that are awaited.
const LONGEST: usize = 1 << 20;

/// Puts a process, which shall not run yet, into a scope for the job of this ULID. After an error, the manager may still
/// do it.
pub fn enter(uid: &str, pid: Pid) -> io::Result<Cgroup> {
    let until = clock::now() + PATIENCE;
    let unit = format!("pj-{uid}.scope");
    let mut manager = Manager::open(until)?;
    let mut call = b"BEGIN\r\n".to_vec();
    call.extend(start_unit(&unit, pid as u32));
    manager.say(&call)?;
    loop {
        if let Some(group) = Cgroup::of(pid, &unit) {
            return Ok(group);
        }
        let Some(message) = manager.message(until)? else { continue };
        let is_over = message.kind() == 4 && message.names("JobRemoved") && message.names(&unit);
        if message.kind() == 3 {
            return Err(io::Error::other(message.first()));
        } else if is_over && !message.names("done") {
            return Err(io::Error::other("the user manager could not move the command there"));
        }
    }
}

/// Does a user manager answer?
pub fn answers() -> io::Result<()> {
    Manager::open(clock::now() + PATIENCE).map(drop)
}

/// A line to the user manager.
struct Manager {
    line: OwnedFd,
    /// Heard, and not yet understood.
    heard: Vec<u8>,
}

impl Manager {
    /// Connects, and says who we are.
    fn open(until: Instant) -> io::Result<Manager> {
        let none = || io::Error::new(io::ErrorKind::NotFound, "no systemd user manager is here");
        let dir = file::env_dir("XDG_RUNTIME_DIR").ok_or_else(none)?;
        let line = peer::open(&dir.join("systemd/private")).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => none(),
            _ => e,
        })?;
        let mut manager = Manager { line, heard: Vec::new() };
        let user: String = sys::euid().to_string().bytes().map(|digit| format!("{digit:02x}")).collect();
        manager.say(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())?;
        while !manager.heard.ends_with(b"\r\n") {
            manager.hear(until)?;
        }
        let is_ok = std::mem::take(&mut manager.heard).starts_with(b"OK ");
        if is_ok { Ok(manager) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    /// Says all of it at once: it is less than any socket's buffer.
    fn say(&self, bytes: &[u8]) -> io::Result<()> {
        match fd::send(self.line.as_fd(), bytes) {
            Ok(n) if n == bytes.len() => Ok(()),
            Ok(_) => Err(io::ErrorKind::WriteZero.into()),
            Err(e) => Err(hung_up(e)),
        }
    }

    /// Waits a little for more.
    fn hear(&mut self, until: Instant) -> io::Result<()> {
        let now = clock::now();
        if now >= until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the user manager does not answer"));
        }
        let ask = [fd::Ask { fd: Some(self.line.as_fd()), read: true, write: false }];
        fd::poll(&ask, clock::timeout_until(Some(until), now).min(LOOK_MS))?;
        let mut buf = [0; 4096];
        match fd::read(self.line.as_fd(), &mut buf) {
            Ok(0) => Err(hung_up(io::ErrorKind::BrokenPipe.into())),
            Ok(n) => {
                self.heard.extend_from_slice(&buf[..n]);
                Ok(())
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(e) => Err(hung_up(e)),
        }
    }

    /// The next message, if it has come in a little while.
    fn message(&mut self, until: Instant) -> io::Result<Option<Message>> {
        if Message::length(&self.heard).is_none_or(|len| len > self.heard.len()) {
            self.hear(until)?;
        }
        let Some(len) = Message::length(&self.heard) else { return Ok(None) };
        if len > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if len > self.heard.len() {
            return Ok(None);
        }
        let rest = self.heard.split_off(len);
        Ok(Some(Message(std::mem::replace(&mut self.heard, rest))))
    }
}

fn hung_up(e: io::Error) -> io::Error {
    match e.kind() {
        kind @ (io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
            io::Error::new(kind, "the user manager hung up")
        }
        _ => e,
    }
}

/// One message of the manager's, whole.
struct Message(Vec<u8>);

impl Message {
    fn number(bytes: &[u8], at: usize) -> Option<usize> {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if bytes[0] == b'B' { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) } as usize)
    }

    /// How long the message is that begins here: 16 bytes, the header's fields up to a multiple of 8, the body.
    fn length(bytes: &[u8]) -> Option<usize> {
        let (fields, body) = (Message::number(bytes, 12)?, Message::number(bytes, 4)?);
        Some(fields.checked_next_multiple_of(8)?.saturating_add(body).saturating_add(16))
    }

    /// 2: answer, 3: error, 4: signal.
    fn kind(&self) -> u8 {
        self.0[1]
    }

    /// Is this string in it?
    fn names(&self, text: &str) -> bool {
        let wanted = [text.as_bytes(), b"\0"].concat();
        self.0.windows(wanted.len()).any(|at| at == wanted)
    }

    /// The string that the body begins with: of an error, what to tell people.
    fn first(&self) -> String {
        let body = self.0.len() - Message::number(&self.0, 4).unwrap_or(0);
        let len = Message::number(&self.0, body).unwrap_or(0);
        let text = self.0.get(body + 4..(body + 4).saturating_add(len)).unwrap_or_default();
        crate::process::describe::escape(&String::from_utf8_lossy(text))
    }
}

/// A message in the making: each value begins at a multiple of its own size.
#[derive(Default)]
struct Wire(Vec<u8>);

impl Wire {
    fn pad(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, n: u32) {
        self.pad(4);
        self.0.extend(n.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend([text.as_bytes(), b"\0"].concat());
    }

    fn signature(&mut self, text: &str) {
        self.0.push(text.len() as u8);
        self.0.extend([text.as_bytes(), b"\0"].concat());
    }

    fn array(&mut self, align: usize, fill: impl FnOnce(&mut Wire)) {
        self.number(0);
        let len = self.0.len() - 4;
        self.pad(align);
        let start = self.0.len();
        fill(self);
        let n = (self.0.len() - start) as u32;
        self.0[len..len + 4].copy_from_slice(&n.to_le_bytes());
    }
}

/// The call of StartTransientUnit: `ssa(sv)a(sa(sv))`.
fn start_unit(unit: &str, pid: u32) -> Vec<u8> {
    let mut body = Wire::default();
    body.text(unit);
    body.text("fail");
    body.array(8, |w| {
        w.text("CollectMode");
        w.signature("s");
        w.text("inactive-or-failed");
        w.pad(8);
        w.text("PIDs");
        w.signature("au");
        w.array(4, |w| w.number(pid));
    });
    body.array(8, |_| {});
    // Little endian, a call, no flags, version 1; the body's length, our first serial.
    let mut call = Wire(vec![b'l', 1, 0, 1]);
    call.number(body.0.len() as u32);
    call.number(1);
    call.array(8, |w| {
        let fields = [
            (1, "o", "/org/freedesktop/systemd1"),
            (2, "s", "org.freedesktop.systemd1.Manager"),
            (3, "s", "StartTransientUnit"),
            (6, "s", "org.freedesktop.systemd1"),
        ];
        for (code, kind, value) in fields {
            w.pad(8);
            w.0.push(code);
            w.signature(kind);
            w.text(value);
        }
        w.pad(8);
        w.0.push(8);
        w.signature("g");
        w.signature("ssa(sv)a(sa(sv))");
    });
    call.pad(8);
    call.0.extend(body.0);
    call.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_the_length_that_it_says_and_each_value_its_place() {
        let call = start_unit("pj-0123.scope", 77);
        assert_eq!(Message::length(&call), Some(call.len()));
        let message = Message(call);
        assert_eq!((message.kind(), message.first().as_str()), (1, "pj-0123.scope"));
        assert!(message.names("StartTransientUnit") && !message.names("StartTransient"));
        let end = message.0.len();
        assert_eq!(message.0[end - 16..], [4, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..]);
    }

    #[test]
    fn half_a_message_and_an_odd_one_are_borne() {
        assert_eq!(Message::length(b"l\x03\0\x01"), None);
        for body in [&[][..], &[9], &[9, 0, 0, 0], &[255; 8]] {
            let head = [b'l', 3, 0, 1, body.len() as u8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
            let odd = [&head, body].concat();
            assert_eq!(Message::length(&odd), Some(odd.len()));
            assert_eq!(Message(odd).first(), "");
        }
    }
}
