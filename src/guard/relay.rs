//! One pump: bytes from one descriptor to another through a bounded buffer, neither side ever waited on (LAWS L19).
//! Serves terminal ↔ master in the front and master → terminal in the guard.

use std::io;
use std::os::fd::BorrowedFd;

use crate::sys::fd;

/// Holds at most this much; a full buffer stops the reading, so that a slow terminal slows the program, as it would
/// without us.
const CAPACITY: usize = 64 * 1024;
/// How much of that is written to at first: as much as a terminal gives to one read. Most jobs never need more.
const FIRST: usize = 4 * 1024;

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// This many bytes, now the last ones in the buffer.
    Some(usize),
    /// Nothing for now, or no room.
    Nothing,
    /// Closed: end of file, or EIO of a terminal whose other side is gone (LAWS L18).
    Closed,
}

/// Bytes on their way.
#[derive(Debug)]
pub struct Pump {
    buf: Vec<u8>,
    from: usize,
    to: usize,
}

impl Pump {
    /// An empty one. All of its room is asked for now, before a terminal is touched, and none of it is written to, which is
    /// what costs memory and time, before it is needed.
    pub fn new() -> Pump {
        Pump { buf: Vec::with_capacity(CAPACITY), from: 0, to: 0 }
    }

    /// Is there room for more?
    pub fn has_room(&self) -> bool {
        self.to < self.buf.len().max(FIRST) || self.from > 0
    }

    /// Is nothing waiting?
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    /// Throws away what is waiting: there is nobody left to write it to.
    pub fn clear(&mut self) {
        (self.from, self.to) = (0, 0);
    }

    /// The last `n` bytes that came in.
    pub fn last(&self, n: usize) -> &[u8] {
        &self.buf[self.to - n..self.to]
    }

    /// Reads once.
    pub fn fill(&mut self, fd: BorrowedFd) -> Filled {
        if self.from > 0 && (self.from == self.to || self.to == self.buf.len()) {
            self.buf.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        if self.buf.is_empty() {
            self.buf.resize(FIRST, 0);
        }
        if self.to == self.buf.len() {
            return Filled::Nothing;
        }
        match fd::read(fd, &mut self.buf[self.to..]) {
            Ok(0) => Filled::Closed,
            Ok(n) => {
                self.to += n;
                if self.to == self.buf.len() {
                    // There was more.
                    self.buf.resize((2 * self.to).min(CAPACITY), 0);
                }
                Filled::Some(n)
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Filled::Nothing,
            Err(_) => Filled::Closed,
        }
    }

    /// Writes what the other side takes now; false when it is gone.
    pub fn drain(&mut self, fd: BorrowedFd) -> bool {
        while self.from < self.to {
            match fd::write(fd, &self.buf[self.from..self.to]) {
                Ok(n) => self.from += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
        self.clear();
        true
    }
}

impl Default for Pump {
    fn default() -> Pump {
        Pump::new()
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn it_takes_memory_for_what_it_carries_and_no_more_than_its_bound() {
        let (from, into) = fd::socket_pair().unwrap();
        let (out, end) = fd::socket_pair().unwrap();
        let text: Vec<u8> = (0..3 * CAPACITY).map(|at| (at % 251) as u8).collect();
        let (mut pump, mut sent, mut came) = (Pump::new(), 0, Vec::new());
        assert!(pump.buf.is_empty());
        while came.len() < text.len() {
            // Some of it goes on at once, some has to wait.
            while pump.has_room() {
                sent += fd::send(into.as_fd(), &text[sent..text.len().min(sent + 3000)]).unwrap_or(0);
                if !matches!(pump.fill(from.as_fd()), Filled::Some(_)) {
                    break;
                }
                assert!(pump.buf.len() <= CAPACITY);
            }
            assert!(pump.drain(out.as_fd()));
            let mut buf = [0; 5000];
            while let Ok(n) = fd::read(end.as_fd(), &mut buf) {
                came.extend_from_slice(&buf[..n]);
            }
        }
        assert_eq!(came, text);
        assert!(pump.is_empty());
        assert_eq!(pump.buf.len(), CAPACITY);
    }
}
