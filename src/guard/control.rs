//! What front and guard tell each other: versioned frames of one size over the socket pair. A later client (`pj attach`)
//! speaks the same. End of file is an event of its own, not a frame.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::sys::signal::Signal;
use crate::sys::spawn::Change;
use crate::sys::tty::{MODES_LEN, Modes};
use crate::sys::{Pid, clock, fd};

use super::modes::Armed;

/// First byte of every frame.
const VERSION: u8 = 1;
/// Length of every frame.
pub(crate) const LEN: usize = 96;
/// How long a frame that must arrive may wait for room.
const ROOM: Duration = Duration::from_secs(1);

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Guard: the command is process `pid`, started at `start`.
    Started {
        /// Its number.
        pid: Pid,
        /// Its start time.
        start: u64,
    },
    /// Guard: the command was stopped by this signal.
    Stopped {
        /// Which.
        sig: Signal,
        /// The how-manieth stop this is.
        nth: u32,
    },
    /// Guard: the command has ended; nothing that it wrote comes after this.
    Exited(Change),
    /// Guard: let go of the master.
    CloseMaster,
    /// Front: give the command (or its whole group) this signal.
    Forward {
        /// Which.
        sig: Signal,
        /// To its group.
        group: bool,
    },
    /// Front: end the tree.
    Stop,
    /// Front: let the command go on, in the terminal's foreground or not.
    Continue {
        /// In the foreground.
        foreground: bool,
        /// The stop that this answers: a later one is not undone by it.
        nth: u32,
    },
    /// Front: these modes were on the user's terminal before it was made raw.
    Raw(Modes),
    /// Front: what the command has armed in the user's terminal so far.
    Armed(Armed),
    /// Front: I know how the command ended, and leave with its status. End of file without it: I was killed.
    Leaving,
}

impl Frame {
    pub(crate) fn encode(&self) -> [u8; LEN] {
        let mut b = [0u8; LEN];
        b[0] = VERSION;
        let mut put = |kind: u8, a: i64, c: i64| {
            b[1] = kind;
            b[8..16].copy_from_slice(&a.to_le_bytes());
            b[16..24].copy_from_slice(&c.to_le_bytes());
        };
        match self {
            Frame::Started { pid, start } => put(1, i64::from(*pid), *start as i64),
            Frame::Stopped { sig, nth } => put(2, i64::from(*sig), i64::from(*nth)),
            Frame::Exited(Change::Killed(sig, core)) => put(4, i64::from(*sig), i64::from(*core)),
            Frame::Exited(Change::Exited(code)) => put(3, i64::from(*code), 0),
            // Not an end: never sent.
            Frame::Exited(Change::Stopped(_) | Change::Continued) => put(0, 0, 0),
            Frame::CloseMaster => put(5, 0, 0),
            Frame::Forward { sig, group } => put(6, i64::from(*sig), i64::from(*group)),
            Frame::Stop => put(7, 0, 0),
            Frame::Continue { foreground, nth } => put(8, i64::from(*foreground), i64::from(*nth)),
            Frame::Armed(armed) => put(10, i64::from(armed.bits()), i64::from(armed.kitty())),
            Frame::Leaving => put(11, 0, 0),
            Frame::Raw(modes) => {
                put(9, 0, 0);
                b[8..8 + MODES_LEN].copy_from_slice(&modes.to_bytes());
            }
        }
        b
    }

    pub(crate) fn decode(b: &[u8; LEN]) -> Option<Frame> {
        if b[0] != VERSION {
            return None;
        }
        let at = |i: usize| i64::from_le_bytes(b[i..i + 8].try_into().unwrap_or([0; 8]));
        let (a, c) = (at(8), at(16));
        Some(match b[1] {
            1 => Frame::Started { pid: a as Pid, start: c as u64 },
            2 => Frame::Stopped { sig: a as Signal, nth: c as u32 },
            3 => Frame::Exited(Change::Exited(a as i32)),
            4 => Frame::Exited(Change::Killed(a as Signal, c != 0)),
            5 => Frame::CloseMaster,
            6 => Frame::Forward { sig: a as Signal, group: c != 0 },
            7 => Frame::Stop,
            8 => Frame::Continue { foreground: a != 0, nth: c as u32 },
            9 => Frame::Raw(Modes::from_bytes(b[8..8 + MODES_LEN].try_into().ok()?)),
            10 => Frame::Armed(Armed::from_parts(a as u32, c as u16)),
            11 => Frame::Leaving,
            _ => return None,
        })
    }
}

/// One end of the line. Neither side ever waits on it, but for a last word.
#[derive(Debug)]
pub struct Line {
    fd: OwnedFd,
    incoming: Vec<u8>,
    outgoing: VecDeque<u8>,
    closed: bool,
}

/// What a read brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A frame.
    Frame(Frame),
    /// Nothing more for now.
    Nothing,
    /// The other side is gone. Told once.
    Gone,
}

impl Line {
    /// Over one end of a non-blocking socket pair.
    pub fn new(fd: OwnedFd) -> Line {
        Line { fd, incoming: Vec::with_capacity(LEN * 8), outgoing: VecDeque::new(), closed: false }
    }

    /// To poll for reading; `None` once the other side is gone.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        (!self.closed).then(|| self.fd.as_fd())
    }

    /// Is something waiting to be written?
    pub fn wants_write(&self) -> bool {
        !self.closed && !self.outgoing.is_empty()
    }

    /// Sends a frame, now or when there is room. To nobody it is lost.
    pub fn tell(&mut self, frame: &Frame) {
        if !self.closed {
            self.outgoing.extend(frame.encode());
            self.flush();
        }
    }

    /// Sends our last word. It must not be lost to a line that happens to be full, so that one may wait for room: the
    /// other side has just spoken, so it reads.
    pub fn tell_last(&mut self, frame: &Frame) {
        crate::sys::hook!(FrontFinishes);
        self.tell(frame);
        let until = clock::now() + ROOM;
        while self.wants_write() && clock::now() < until {
            let ask = fd::Ask { fd: self.fd(), read: false, write: true };
            let _ = fd::poll(&[ask], clock::timeout_until(Some(until), clock::now()));
            self.flush();
        }
        crate::sys::hook!(FrontLeaves);
    }

    /// Writes what is waiting.
    pub fn flush(&mut self) {
        while !self.outgoing.is_empty() {
            let (head, _) = self.outgoing.as_slices();
            match fd::send(self.fd.as_fd(), head) {
                Ok(n) => drop(self.outgoing.drain(..n)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => return self.outgoing.clear(),
            }
        }
    }

    /// The next frame. A frame of another version or kind is passed over.
    pub fn hear(&mut self) -> Heard {
        loop {
            while self.incoming.len() >= LEN {
                let frame: [u8; LEN] = self.incoming[..LEN].try_into().unwrap_or([0; LEN]);
                self.incoming.drain(..LEN);
                if let Some(f) = Frame::decode(&frame) {
                    return Heard::Frame(f);
                }
            }
            if self.closed {
                return Heard::Nothing;
            }
            let mut buf = [0u8; LEN * 8];
            match fd::read(self.fd.as_fd(), &mut buf) {
                Ok(0) => {
                    self.closed = true;
                    return Heard::Gone;
                }
                Ok(n) => self.incoming.extend_from_slice(&buf[..n]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Heard::Nothing,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.closed = true;
                    return Heard::Gone;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_comes_back_as_it_was() {
        let frames = [
            Frame::Started { pid: 42, start: u64::MAX },
            Frame::Stopped { sig: 20, nth: 3 },
            Frame::Exited(Change::Exited(255)),
            Frame::Exited(Change::Killed(11, true)),
            Frame::CloseMaster,
            Frame::Forward { sig: 2, group: true },
            Frame::Stop,
            Frame::Continue { foreground: true, nth: 7 },
            Frame::Armed(Armed::from_parts(5, 0x0102)),
            Frame::Leaving,
        ];
        for f in frames {
            assert_eq!(Frame::decode(&f.encode()), Some(f));
        }
        let mut other = Frame::Stop.encode();
        other[0] = 2;
        assert_eq!(Frame::decode(&other), None);
    }

    #[test]
    fn what_was_said_before_the_end_is_heard_before_the_end() {
        let (a, b) = fd::socket_pair().unwrap();
        let (mut a, mut b) = (Line::new(a), Line::new(b));
        a.tell(&Frame::Stop);
        a.tell(&Frame::Exited(Change::Exited(3)));
        drop(a);
        assert_eq!(b.hear(), Heard::Frame(Frame::Stop));
        assert_eq!(b.hear(), Heard::Frame(Frame::Exited(Change::Exited(3))));
        assert_eq!(b.hear(), Heard::Gone);
        assert_eq!(b.hear(), Heard::Nothing);
    }

    #[test]
    fn the_last_word_waits_until_there_is_room() {
        let (a, b) = fd::socket_pair().unwrap();
        let (mut a, mut b) = (Line::new(a), Line::new(b));
        while !a.wants_write() {
            a.tell(&Frame::Stop);
        }
        let reader = std::thread::spawn(move || {
            let mut heard = Vec::new();
            while heard.last() != Some(&Heard::Gone) {
                heard.push(b.hear());
            }
            heard
        });
        a.tell_last(&Frame::Leaving);
        assert!(!a.wants_write());
        drop(a);
        let heard = reader.join().unwrap();
        assert_eq!(heard.iter().rfind(|h| matches!(h, Heard::Frame(_))), Some(&Heard::Frame(Frame::Leaving)));
    }
}
