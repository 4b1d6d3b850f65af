//! What a terminal is sent that comes later: the modes that the program has armed, and the last lines that it wrote. What a
//! full-screen program shows it paints again by itself when the size changes.

use std::collections::VecDeque;

use super::modes::{Armed, Tracker};
use super::replies;

/// How much is kept.
const TAIL: usize = 32 * 1024;
/// Texts to the terminal that do something beside the screen: a clipboard, a notification, a terminal's own commands.
const ACTS: &[&[u8]] = &[b"9;", b"52;", b"99;", b"777;", b"1337;"];

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
        let mut out = if self.is_full_screen() { Vec::new() } else { quiet(&self.last_lines(usize::from(rows))) };
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

/// Without what must not happen a second time: a question, whose answer would be typed into the job, a bell, a clipboard.
fn quiet(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while !rest.is_empty() {
        let (one, after) = rest.split_at(if rest[0] == 0x1b { sequence(rest) } else { 1 });
        if !disturbs(one) {
            out.extend_from_slice(one);
        }
        rest = after;
    }
    out
}

/// How long the escape sequence is that this begins with; all of it where it does not end.
fn sequence(text: &[u8]) -> usize {
    let end = |of: Option<usize>| of.map_or(text.len(), |at| at + 1);
    let position = |from: usize, is: &dyn Fn(usize) -> bool| (from..text.len()).find(|at| is(*at));
    match text.get(1) {
        Some(b'[') => end(position(2, &|at| matches!(text[at], 0x40..=0x7e))),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            end(position(2, &|at| text[at] == 0x07 || (text[at] == b'\\' && text[at - 1] == 0x1b)))
        }
        Some(_) => 2,
        None => 1,
    }
}

fn disturbs(one: &[u8]) -> bool {
    match one {
        [0x05 | 0x07] | [0x1b, b'Z'] => true,
        [0x1b, b'[', params @ .., last] => {
            let intro = params.first().copied().filter(|b| matches!(b, b'<'..=b'?' | b'!'));
            let params = if intro.is_some() { &params[1..] } else { params };
            replies::asked_by_csi(intro.unwrap_or(0), params, *last).is_some()
        }
        [0x1b, kind @ (b']' | b'P' | b'_'), text @ ..] => {
            let text = text.strip_suffix(b"\x07").or_else(|| text.strip_suffix(b"\x1b\\")).unwrap_or(text);
            let acts = *kind == b']' && ACTS.iter().any(|act| text.starts_with(act));
            acts || replies::asked_by_text(*kind, text).is_some()
        }
        _ => false,
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

    #[test]
    fn nothing_is_asked_or_rung_a_second_time() {
        for (wrote, again) in [
            ("a\x1b[6nb\x1b[cc\x1b[>cd\x1b[?ue\x1b[?2026$pf", "abcdef"),
            ("\x1b]11;?\x07a\x1b]52;c;eA==\x1b\\b\x1bP+q544e\x1b\\c\x07\x05d", "abcd"),
            (
                "\x1b[1;31mred\x1b[0m\x1b]0;title\x07\x1b]8;;x\x1b\\l\x1b(B",
                "\x1b[1;31mred\x1b[0m\x1b]0;title\x07\x1b]8;;x\x1b\\l\x1b(B",
            ),
            ("half\x1b[3", "half\x1b[3"),
            ("half\x1b", "half\x1b"),
        ] {
            assert_eq!(after(wrote.as_bytes(), 24), again);
        }
    }
}
