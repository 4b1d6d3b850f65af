//! What a guard and its clients tell each other over the job's socket: one JSON object a line (`docs/PROTOCOL.md`).
//!
//! Both sides read what anybody may have written: a line that is too long, is not JSON or is of another version ends the
//! connection, and nothing else.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sys::tty::Size;
use crate::sys::{fd, peer};

/// The version that is spoken here.
pub const VERSION: u32 = 1;
/// The longest line, its end not counted.
pub const MOST: usize = 16 * 1024;
/// What may wait to be sent to one who does not read.
const BACKLOG: usize = 64 * 1024;

/// A terminal's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimensions {
    /// Rows of characters.
    pub rows: u16,
    /// Columns of characters.
    pub cols: u16,
    /// Pixels across, 0 when unknown.
    #[serde(default)]
    pub width: u16,
    /// Pixels down, 0 when unknown.
    #[serde(default)]
    pub height: u16,
}

impl From<Size> for Dimensions {
    fn from(s: Size) -> Dimensions {
        Dimensions { rows: s.rows, cols: s.cols, width: s.width, height: s.height }
    }
}

impl From<Dimensions> for Size {
    fn from(d: Dimensions) -> Size {
        Size { rows: d.rows, cols: d.cols, width: d.width, height: d.height }
    }
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// Are you there?
    Ping,
    /// This terminal is to be the job's: its keys, its size, what the job writes.
    Attach,
    /// Only what the job writes.
    Watch,
    /// A descriptor whose bytes go to the job as if they were typed.
    Send,
    /// The end of what is typed.
    Eof,
    /// The terminal has another size.
    Resize,
    /// A command that was stopped may go on.
    Continue,
    /// End what runs, and run the command again.
    Restart,
}

/// One line from a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// [`VERSION`]
    pub pj: u32,
    /// What is asked for.
    #[serde(rename = "do")]
    pub ask: Ask,
    /// With [`Ask::Attach`] and [`Ask::Resize`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Dimensions>,
}

impl Request {
    /// One in our version.
    pub fn new(ask: Ask) -> Request {
        Request { pj: VERSION, ask, size: None }
    }
}

/// What a guard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// What was asked for is done, or begun. With a descriptor, where one was asked for.
    Ok,
    /// It is not; the connection ends.
    Error,
    /// The command was stopped.
    Stopped,
    /// The command has ended, and all that it wrote has been sent.
    Exited,
    /// This client is attached no more.
    Detached,
}

/// One line from a guard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// [`VERSION`]
    pub pj: u32,
    /// What it is about.
    pub is: Said,
    /// With [`Said::Ok`]: the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u64>,
    /// With [`Said::Ok`]: has the job a terminal?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<bool>,
    /// With [`Said::Error`] and [`Said::Detached`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// With [`Said::Exited`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// With [`Said::Exited`] and [`Said::Stopped`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// With [`Said::Exited`]: is there a core file?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<bool>,
}

impl Answer {
    /// One in our version that says nothing more.
    pub fn new(is: Said) -> Answer {
        Answer { pj: VERSION, is, job: None, terminal: None, why: None, code: None, signal: None, core: None }
    }

    /// That, and why.
    pub fn because(is: Said, why: impl Into<String>) -> Answer {
        Answer { why: Some(why.into()), ..Answer::new(is) }
    }
}

/// What a look at a connection brought.
#[derive(Debug)]
pub enum Heard<T> {
    /// A line, and a descriptor if one came with it.
    Line(T, Option<OwnedFd>),
    /// Nothing more for now.
    Nothing,
    /// The other side has gone. Told once and more.
    Gone,
    /// What came is none of this protocol: why, fit to be sent back.
    Broken(String),
}

/// One end of a connection. Never waits.
#[derive(Debug)]
pub struct Wire {
    line: OwnedFd,
    incoming: Vec<u8>,
    outgoing: VecDeque<u8>,
    /// A descriptor that goes with the next byte.
    passing: Option<OwnedFd>,
    passed: Option<OwnedFd>,
    gone: bool,
}

impl Wire {
    /// Over a connected, non-blocking stream socket.
    pub fn new(line: OwnedFd) -> Wire {
        Wire { line, incoming: Vec::new(), outgoing: VecDeque::new(), passing: None, passed: None, gone: false }
    }

    /// To poll; `None` once the other side has gone.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        (!self.gone).then(|| self.line.as_fd())
    }

    /// Is something waiting to be sent?
    pub fn wants_write(&self) -> bool {
        !self.gone && !self.outgoing.is_empty()
    }

    /// Sends a line, now or when there is room. One who does not read for too long has gone.
    pub fn tell(&mut self, line: &impl Serialize) {
        let Ok(mut text) = serde_json::to_vec(line) else { return };
        text.push(b'\n');
        self.gone |= self.outgoing.len() + text.len() > BACKLOG;
        if !self.gone {
            self.outgoing.extend(text);
            self.flush();
        }
    }

    /// The same with a descriptor. Only as the first thing that is sent: it goes with the next byte.
    pub fn tell_with(&mut self, line: &impl Serialize, passed: OwnedFd) {
        self.passing = Some(passed);
        self.tell(line);
    }

    /// Sends what is waiting.
    pub fn flush(&mut self) {
        while !self.gone && !self.outgoing.is_empty() {
            let (head, _) = self.outgoing.as_slices();
            let sent = match &self.passing {
                Some(passed) => peer::send_with(self.line.as_fd(), head, passed.as_fd()),
                None => fd::send(self.line.as_fd(), head),
            };
            match sent {
                Ok(n) => {
                    self.passing = None;
                    drop(self.outgoing.drain(..n));
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.gone = true,
            }
        }
    }

    /// Nothing more is said or heard.
    pub fn end(&mut self) {
        self.flush();
        self.gone = true;
    }

    /// Is there a line that came already?
    pub fn has_line(&self) -> bool {
        self.incoming.contains(&b'\n')
    }

    /// The next line.
    pub fn hear<T: DeserializeOwned>(&mut self) -> Heard<T> {
        loop {
            let end = self.incoming.iter().position(|&b| b == b'\n');
            if let Some(end) = end.filter(|&end| end <= MOST) {
                let line: Vec<u8> = self.incoming.drain(..=end).collect();
                return match understand(&line) {
                    Ok(said) => Heard::Line(said, self.passed.take()),
                    Err(why) => Heard::Broken(why),
                };
            }
            if self.incoming.len() > MOST {
                return Heard::Broken(format!("a line is at most {MOST} bytes long"));
            }
            if self.gone {
                return Heard::Gone;
            }
            let mut buf = [0; 4096];
            match peer::receive(self.line.as_fd(), &mut buf) {
                Ok((0, _)) => self.gone = true,
                Ok((n, passed)) => {
                    self.incoming.extend_from_slice(&buf[..n]);
                    self.passed = passed.or(self.passed.take());
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Heard::Nothing,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.gone = true,
            }
        }
    }
}

/// A line of either side, of our version, or why it is none.
pub(crate) fn understand<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Head {
        pj: u32,
    }
    match serde_json::from_slice::<Head>(line) {
        Ok(head) if head.pj != VERSION => Err(format!("version {} is not spoken here, but {VERSION}", head.pj)),
        Ok(_) => serde_json::from_slice(line).map_err(|e| not_understood(&e)),
        Err(e) => Err(not_understood(&e)),
    }
}

/// It quotes what was sent: no more of that than fits into an answer.
fn not_understood(e: &serde_json::Error) -> String {
    format!("it is not understood: {}", e.to_string().chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wires() -> (Wire, Wire) {
        let (a, b) = fd::socket_pair().unwrap();
        (Wire::new(a), Wire::new(b))
    }

    #[test]
    fn lines_and_descriptors_arrive_as_they_were_sent() {
        let (mut a, mut b) = wires();
        let (read, write) = fd::pipe().unwrap();
        a.tell_with(&Answer { job: Some(12), ..Answer::new(Said::Ok) }, write);
        a.tell(&Answer::because(Said::Detached, "it was \"taken\"\n"));
        let Heard::Line(Answer { job: Some(12), .. }, Some(passed)) = b.hear() else { panic!("a line and a pipe") };
        fd::write(passed.as_fd(), b"x").unwrap();
        assert_eq!(fd::read(read.as_fd(), &mut [0; 2]).unwrap(), 1);
        let Heard::Line(Answer { why: Some(why), .. }, None) = b.hear() else { panic!("a line") };
        assert_eq!(why, "it was \"taken\"\n");
        assert!(matches!(b.hear::<Answer>(), Heard::Nothing));
        drop(a);
        assert!(matches!(b.hear::<Answer>(), Heard::Gone));
    }

    #[test]
    fn what_is_none_of_it_is_said_to_be_broken_and_never_more() {
        let long = [vec![b'['; MOST + 1], b"\n".to_vec()].concat();
        let quoted = format!("{{\"pj\":1,\"do\":\"{}\"}}\n", "\\u0001".repeat(2000)).into_bytes();
        for (sent, why) in [
            (&b"{\"pj\":2,\"do\":\"ping\"}\n"[..], "version 2 is not spoken here, but 1"),
            (b"{\"pj\":1,\"do\":\"dance\"}\n", "it is not understood: unknown variant"),
            (b"{\"do\":\"ping\"}\n", "it is not understood: missing field `pj`"),
            (b"\xff\n", "it is not understood"),
            (&quoted, "it is not understood: unknown variant"),
            (b"\n", "it is not understood"),
            (&long, "a line is at most 16384 bytes long"),
        ] {
            let (a, mut b) = wires();
            let mut sent = sent;
            // As much as fits: the rest of what is too long is not waited for.
            while let Ok(n @ 1..) = fd::send(a.line.as_fd(), sent) {
                sent = &sent[n..];
            }
            let Heard::Broken(said) = b.hear::<Request>() else { panic!("{why}") };
            assert!(said.starts_with(why), "{said}");
            assert!(serde_json::to_vec(&Answer::because(Said::Error, said)).unwrap().len() < MOST);
        }
    }

    #[test]
    fn one_who_does_not_read_has_gone() {
        let (mut a, b) = wires();
        for _ in 0..100_000 {
            a.tell(&Answer::new(Said::Stopped));
        }
        assert!(a.fd().is_none() && a.outgoing.len() <= BACKLOG);
        drop(b);
    }
}
