//! Logs line by line, of several jobs in the order of their times. A line is one stream's: the two pipes of a job do not
//! break each other's lines.

use std::collections::VecDeque;

use super::plain::Plain;
use super::source::{Came, Source};
use crate::cli::out::Out;
use crate::log::Stream;

/// A longer line is two.
const MOST: usize = 256 << 10;

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// When it began, where that is known.
    pub(super) epoch_ms: Option<u64>,
    pub(super) stream: Stream,
    pub(super) text: Vec<u8>,
}

/// A stream's line in the making.
#[derive(Debug)]
struct Begun {
    line: Line,
    plain: Option<Plain>,
}

/// The lines of one job.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    pub(super) source: Source<'a>,
    begun: [Begun; 3],
    ready: VecDeque<Line>,
}

impl<'a> Lines<'a> {
    /// `colors`: kept or not; `None`: the bytes as they are.
    pub(super) fn new(source: Source<'a>, colors: Option<bool>) -> Lines<'a> {
        let begun = [Stream::Terminal, Stream::Out, Stream::Err].map(|stream| Begun {
            line: Line { epoch_ms: None, stream, text: Vec::new() },
            plain: colors.map(Plain::new),
        });
        Lines { source, begun, ready: VecDeque::new() }
    }

    /// Reads until a line is whole, or nothing more is there now. When the next line that is whole began.
    fn next_at(&mut self, out: &mut Out) -> Option<u64> {
        while self.ready.is_empty() {
            let (begun, ready) = (&mut self.begun, &mut self.ready);
            let came =
                self.source.read(out, |stream, epoch_ms, bytes| begun[stream as usize].add(epoch_ms, bytes, ready));
            if came == Came::Nothing {
                return None;
            }
        }
        // Of an unknown time: before what is known.
        self.ready.front().map(|line| line.epoch_ms.unwrap_or(0))
    }

    /// What is left of lines without an end.
    pub(super) fn finish(&mut self) {
        self.begun.iter_mut().filter(|begun| !begun.line.text.is_empty()).for_each(|begun| begun.end(&mut self.ready));
    }
}

impl Begun {
    fn add(&mut self, epoch_ms: Option<u64>, bytes: &[u8], ready: &mut VecDeque<Line>) {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            if self.line.text.is_empty() {
                self.line.epoch_ms = epoch_ms;
            }
            self.line.text.extend(piece);
            if piece.ends_with(b"\n") || self.line.text.len() > MOST {
                self.end(ready);
            }
        }
    }

    fn end(&mut self, ready: &mut VecDeque<Line>) {
        let mut text = std::mem::take(&mut self.line.text);
        if let Some(plain) = &mut self.plain {
            let is_whole = text.ends_with(b"\n");
            let mut shown = Vec::with_capacity(text.len());
            plain.feed(&text, &mut shown);
            if !is_whole {
                plain.finish(&mut shown);
            } else if !shown.ends_with(b"\n") {
                // The end of the line was inside of something that is not shown.
                plain.pause(&mut shown);
                if shown.is_empty() {
                    return;
                }
            }
            text = shown;
        }
        text.pop_if(|b| *b == b'\n');
        ready.push_back(Line { text, ..self.line })
    }
}

/// Gives each line that is whole now to `show`, the earliest first, with the number of its job.
pub(super) fn drain(all: &mut [Lines], out: &mut Out, mut show: impl FnMut(usize, Line, &mut Out)) -> bool {
    let mut any = false;
    while !out.is_broken() {
        let times = all.iter_mut().enumerate().filter_map(|(n, lines)| Some((lines.next_at(out)?, n)));
        let Some((_, first)) = times.min() else { break };
        if let Some(line) = all[first].ready.pop_front() {
            show(first, line, out);
            any = true;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_do_not_break_each_others_lines() {
        let mut ready = VecDeque::new();
        let begun =
            |stream| Begun { line: Line { epoch_ms: None, stream, text: vec![] }, plain: Some(Plain::new(false)) };
        let (mut one, mut two) = (begun(Stream::Out), begun(Stream::Err));
        one.add(Some(1), b"a", &mut ready);
        two.add(Some(2), b"\x1b[1mx\x1b[", &mut ready);
        one.add(Some(3), b"b\nc", &mut ready);
        two.add(Some(4), b"0m\n\n", &mut ready);
        one.end(&mut ready);
        let lines: Vec<_> =
            ready.iter().map(|l| (l.epoch_ms, l.stream, std::str::from_utf8(&l.text).unwrap())).collect();
        let wanted = [(1, Stream::Out, "ab"), (2, Stream::Err, "x"), (4, Stream::Err, ""), (3, Stream::Out, "c")];
        assert_eq!(lines, wanted.map(|(at, stream, text)| (Some(at), stream, text)));
    }
}
