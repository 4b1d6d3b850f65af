//! What the command has asked the user's terminal and has not been answered yet: so that an answer which comes when the
//! command is gone is not typed into the shell's prompt. Knows shapes, never meanings; changes no byte on its way.
//!
//! A terminal answers in order. An answer therefore settles every older question too: those it does not understand.

use std::time::{Duration, Instant};

/// A question older than this is one that the terminal does not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// More than this many open questions are not remembered one by one.
const MOST: usize = 32;
/// Longer than the part of any sequence that tells its shape.
const HEAD: usize = 64;

/// The shape of an answer: the last byte of a CSI sequence, the second byte of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(u8);

/// The answer to this CSI sequence of the command's, if it is a question.
pub fn asked_by_csi(intro: u8, params: &[u8], last: u8) -> Option<Shape> {
    let first = || std::str::from_utf8(params.split(|&b| b == b';').next()?).ok()?.parse::<u16>().ok();
    let shape = match (intro, last) {
        // Where is the cursor? Are you well? Dark or light?
        (0 | b'?', b'n') if first() == Some(6) => b'R',
        (0 | b'?', b'n') => b'n',
        // Who are you: primary, secondary, tertiary attributes, version.
        (0, b'c') => b'c',
        (b'>', b'c') => b'C',
        (b'=', b'c') => b'P',
        (b'>', b'q') => b'P',
        // Which keyboard flags, which mode, which size?
        (b'?', b'u') => b'u',
        (0 | b'?', b'p') if params.ends_with(b"$") => b'y',
        (0, b't') if matches!(first(), Some(11 | 13..=16 | 18 | 19)) => b't',
        (0, b't') if matches!(first(), Some(20 | 21)) => b']',
        _ => return None,
    };
    Some(Shape(shape))
}

/// The answer to this OSC, DCS or APC text of the command's, if it is a question: a colour, a capability, a picture.
pub fn asked_by_text(intro: u8, head: &[u8]) -> Option<Shape> {
    let asks = match intro {
        b']' => head.ends_with(b";?"),
        b'P' => head.starts_with(b"+q") || head.starts_with(b"$q"),
        b'_' => head.starts_with(b"G") && head.windows(3).any(|w| w == b"a=q"),
        _ => false,
    };
    asks.then_some(Shape(intro))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Ground,
    Escape,
    Csi,
    Text(u8),
    TextEscape(u8),
}

/// What a byte of input has turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Perhaps an answer, not complete yet.
    Open,
    /// The last byte of an answer.
    Answer,
    /// A key.
    Key,
}

/// Open questions, and the input as far as it has been read.
#[derive(Debug, Default)]
pub struct Replies {
    open: Vec<Shape>,
    asked: Option<Instant>,
    at: At,
    head: Vec<u8>,
}

impl Replies {
    /// The command has asked.
    pub fn ask(&mut self, shapes: impl Iterator<Item = Shape>, now: Instant) {
        for shape in shapes {
            self.asked = Some(now);
            if self.open.len() < MOST {
                self.open.push(shape);
            }
        }
    }

    /// Is an answer still to be expected?
    pub fn are_due(&self, now: Instant) -> bool {
        !self.open.is_empty() && self.asked.is_some_and(|at| now < at + PATIENCE)
    }

    /// Input on its way to the command.
    pub fn read(&mut self, bytes: &[u8]) {
        // The common case: keys, and nobody has asked.
        if self.open.is_empty() && self.at == At::Ground {
            return;
        }
        for &b in bytes {
            self.byte(b);
        }
    }

    /// The next byte of input.
    pub fn byte(&mut self, b: u8) -> Input {
        let (at, input) = match (self.at, b) {
            (At::Text(intro), 0x07) | (At::TextEscape(intro), b'\\') => (At::Ground, self.settle(Shape(intro))),
            (At::Text(intro), 0x1b) => (At::TextEscape(intro), Input::Open),
            (At::Text(intro), _) => (At::Text(intro), Input::Open),
            (_, 0x1b) => (At::Escape, Input::Open),
            (At::Escape, b'[') => {
                self.head.clear();
                (At::Csi, Input::Open)
            }
            (At::Escape, b']' | b'P' | b'_') => (At::Text(b), Input::Open),
            (At::Csi, 0x20..=0x3f) => {
                if self.head.len() < HEAD {
                    self.head.push(b);
                }
                (At::Csi, Input::Open)
            }
            (At::Csi, last) => (At::Ground, self.csi(last)),
            _ => (At::Ground, Input::Key),
        };
        self.at = at;
        input
    }

    fn csi(&mut self, last: u8) -> Input {
        let shape = match (self.head.first(), last) {
            (Some(b'?'), b'c' | b'u') | (Some(_), b'n' | b't') => last,
            (Some(b'>'), b'c') => b'C',
            (Some(b'?' | b'0'..=b'9'), b'R') => last,
            (Some(_), b'y') if self.head.ends_with(b"$") => last,
            _ => return Input::Key,
        };
        self.settle(Shape(shape))
    }

    /// Nobody asked: then it is somebody's key, however it looks.
    fn settle(&mut self, shape: Shape) -> Input {
        match self.open.iter().position(|&one| one == shape) {
            Some(n) => {
                self.open.drain(..=n);
                Input::Answer
            }
            None => Input::Key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::modes::Tracker;
    use super::*;

    fn asked(output: &str) -> Replies {
        let mut tracker = Tracker::default();
        output.as_bytes().iter().for_each(|b| tracker.read(&[*b]));
        let mut replies = Replies::default();
        replies.ask(tracker.questions(), Instant::now());
        replies
    }

    #[test]
    fn every_question_is_settled_by_its_answer() {
        for (question, answer) in [
            ("\x1b[6n", "\x1b[24;80R"),
            ("\x1b[?6n", "\x1b[?24;80R"),
            ("\x1b[5n", "\x1b[0n"),
            ("\x1b[?996n", "\x1b[?997;1n"),
            ("\x1b[c", "\x1b[?62;4c"),
            ("\x1b[0c", "\x1b[?62;4c"),
            ("\x1b[>c", "\x1b[>1;4000;0c"),
            ("\x1b[?u", "\x1b[?1u"),
            ("\x1b[?2026$p", "\x1b[?2026;2$y"),
            ("\x1b[>q", "\x1bP>|kitty(0.1)\x1b\\"),
            ("\x1b[14t", "\x1b[4;480;800t"),
            ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
            ("\x1b]10;?\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\x07"),
            ("\x1bP+q544e\x1b\\", "\x1bP1+r544e=78\x1b\\"),
            ("\x1b_Gi=1,a=q;AAAA\x1b\\", "\x1b_Gi=1;OK\x1b\\"),
        ] {
            let mut replies = asked(question);
            assert!(replies.are_due(Instant::now()), "{question:?} is a question");
            let (last, before) = answer.as_bytes().split_last().unwrap();
            before.iter().for_each(|b| assert_eq!(replies.byte(*b), Input::Open, "{answer:?}"));
            assert_eq!(replies.byte(*last), Input::Answer, "{answer:?}");
            assert!(!replies.are_due(Instant::now()), "{answer:?} settles {question:?}");
        }
    }

    #[test]
    fn what_is_no_question_awaits_nothing() {
        for output in
            ["text", "\x1b[2J\x1b[1;31m", "\x1b]0;what?\x07", "\x1b[>1u", "\x1b[<u", "\x1b[!p", "\x1b[8;24;80t"]
        {
            assert!(!asked(output).are_due(Instant::now()), "{output:?}");
        }
    }

    /// Those that the terminal does not understand are not waited for, once it has answered a later one.
    #[test]
    fn an_answer_settles_older_questions() {
        let mut replies = asked("\x1b[?u\x1b]11;?\x07\x1b[c");
        replies.read(b"keys\x1b[A\x1b[?62c");
        assert!(!replies.are_due(Instant::now()));
        let mut replies = asked("\x1b[6n\x1b[c");
        replies.read(b"\x1b[1;1R");
        assert!(replies.are_due(Instant::now()));
    }

    #[test]
    fn a_key_is_a_key() {
        for keys in ["a", "\x1bx", "\x1b[A", "\x1bOP", "\x1b[97;5u", "\x1b[<0;1;1M", "\x1b[I", "\x1b[1;2S"] {
            let mut replies = asked("\x1b[c");
            let all: Vec<Input> = keys.bytes().map(|b| replies.byte(b)).collect();
            assert!(all.contains(&Input::Key) && !all.contains(&Input::Answer), "{keys:?}: {all:?}");
        }
    }

    #[test]
    fn old_questions_are_given_up() {
        let replies = asked("\x1b[c");
        assert!(!replies.are_due(Instant::now() + PATIENCE));
    }
}
