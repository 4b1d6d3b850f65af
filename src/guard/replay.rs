//! What a terminal is sent that comes later: the modes that the program has armed, and the last lines that it wrote. What a
//! full-screen program shows it paints again by itself when the size changes.

use std::collections::VecDeque;

use super::modes::{Armed, Tracker};

/// How much is kept.
const TAIL: usize = 32 * 1024;

/// The last that a job wrote.
#[derive(Debug, Default)]
pub struct Replay {
    tail: VecDeque<u8>,
    tracker: Tracker,
}

impl Replay {
    /// Of a job that has armed this, and whose words so far are not known.
    pub fn of(armed: Armed) -> Replay {
        Replay { tracker: Tracker::from(armed), ..Replay::default() }
    }

    /// Has nothing been written, as far as is known here?
    pub fn is_empty(&self) -> bool {
        self.tail.is_empty()
    }

    /// The next piece of what it writes.
    pub fn read(&mut self, bytes: &[u8]) {
        self.tracker.read(bytes);
        // Nobody is there to answer.
        drop(self.tracker.questions());
        let bytes = &bytes[bytes.len().saturating_sub(TAIL)..];
        let over = (self.tail.len() + bytes.len()).saturating_sub(TAIL);
        self.tail.drain(..over);
        self.tail.extend(bytes);
    }

    /// Is an alternate screen shown?
    pub fn is_full_screen(&self) -> bool {
        self.tracker.armed().is_full_screen()
    }

    /// What a terminal of so many rows is sent first.
    pub fn bytes(&self, rows: u16) -> Vec<u8> {
        let mut out = if self.is_full_screen() { Vec::new() } else { self.last_lines(usize::from(rows)) };
        out.extend(self.tracker.armed().redo());
        out
    }

    /// The last lines, from the beginning of one: what is cut in the middle would be shown as something else.
    fn last_lines(&self, rows: usize) -> Vec<u8> {
        let mut starts = self.tail.iter().enumerate().rev().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1);
        let from = match starts.nth(rows.max(1) - 1) {
            Some(start) => start,
            None if self.tail.len() < TAIL => 0,
            None => self.tail.iter().position(|b| *b == b'\n').map_or(self.tail.len(), |i| i + 1),
        };
        self.tail.iter().skip(from).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8], rows: u16) -> String {
        let mut replay = Replay::default();
        text.chunks(7).for_each(|piece| replay.read(piece));
        String::from_utf8(replay.bytes(rows)).unwrap()
    }

    #[test]
    fn a_terminal_that_comes_later_gets_the_last_lines_and_the_modes() {
        assert_eq!(after(b"one\r\ntwo\r\n$ ", 24), "one\r\ntwo\r\n$ ");
        assert_eq!(after(b"one\r\ntwo\r\n$ ", 2), "two\r\n$ ");
        assert_eq!(after(b"\x1b[?2004h$ ", 24), "\x1b[?2004h$ \x1b[?2004h");
        // A full screen is painted by whoever made it.
        assert_eq!(after(b"text\r\n\x1b[?1049h\x1b[?25l~\r\n~", 24), "\x1b[?1049h\x1b[?25l");
        let long = "x".repeat(100) + "\r\n";
        let said = after(long.repeat(1000).as_bytes(), u16::MAX);
        assert!(said.len() <= TAIL && said.starts_with('x') && said.ends_with('\n') && said.len().is_multiple_of(102));
        assert_eq!(after("x".repeat(TAIL + 1).as_bytes(), 24), "");
    }
}
