//! The reading end: the bytes of a log in order, over rotated and packed parts, each once, while the writer goes on. What
//! was removed before it could be read is told. Changes nothing and takes no lock.

use std::io;
use std::path::Path;

use super::Stream;
use super::files::Files;
use super::part::{self, Opened, Part};

/// Bytes that are read at once.
const READ: usize = 64 << 10;

/// A place in a log: a part, and a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub(super) part: u64,
    pub(super) at: u64,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// Bytes of one stream, and when they were written, where that is known.
    Bytes {
        /// To which stream.
        stream: Stream,
        /// Milliseconds since the epoch.
        epoch_ms: Option<u64>,
        /// What.
        bytes: &'a [u8],
    },
    /// So many bytes could not be written here.
    Lost(u64),
    /// What comes here was removed before it was read: how many bytes, where that is known.
    Gone(Option<u64>),
    /// Nothing more now. Later there may be.
    End,
}

/// A log that is read.
#[derive(Debug)]
pub struct Reader {
    pub(super) files: Files,
    at: Position,
    until: Option<Position>,
    part: Option<Part>,
    /// Bytes before `at`, over all parts.
    before: Option<u64>,
    buf: Vec<u8>,
    used: usize,
    filled: usize,
    /// The mark whose loss has been told.
    told: Option<u64>,
}

impl Reader {
    /// Reads the log in `dir` from its oldest byte on. A log that is not there yet is an empty one.
    pub fn open(dir: &Path) -> io::Result<Reader> {
        let files = Files::of(dir);
        let at = Position { part: files.list()?.oldest(), at: 0 };
        let before = (at == Position { part: 1, at: 0 }).then_some(0);
        let (part, told) = (None, None);
        Ok(Reader { files, at, until: None, part, before, buf: vec![0; READ], used: 0, filled: 0, told })
    }

    /// Has the job in `dir` a log?
    pub fn exists(dir: &Path) -> bool {
        Files::of(dir).list().is_ok_and(|list| list.has_current || !list.parts.is_empty())
    }

    /// Where the log ends now.
    pub fn end(&self) -> io::Result<Position> {
        let list = self.files.list()?;
        let mut end = Position { part: list.current(), at: 0 };
        match part::open(&self.files, end.part)? {
            Opened::Part(part) => end.at = part.len()?,
            Opened::Gone(next) => end.part = next,
            Opened::NotYet => {}
        }
        Ok(end)
    }

    /// Where it is read next.
    pub fn position(&self) -> Position {
        self.at
    }

    /// Reads from here on.
    pub fn seek(&mut self, to: Position) {
        self.at = to;
        (self.part, self.before, self.used, self.filled) = (None, None, 0, 0);
    }

    /// Reads to here, and nothing that is written later.
    pub fn stop_at(&mut self, end: Position) {
        self.until = Some(end);
    }

    /// The next bytes, or what there is instead.
    pub fn read(&mut self) -> io::Result<Next<'_>> {
        loop {
            if self.used < self.filled {
                return Ok(self.take());
            }
            if self.until.is_some_and(|end| self.at >= end) {
                return Ok(Next::End);
            }
            if self.part.is_none() {
                match part::open(&self.files, self.at.part)? {
                    Opened::NotYet => return Ok(Next::End),
                    Opened::Gone(next) => return self.pass_over(next),
                    Opened::Part(part) => {
                        self.before = part.index.base().map(|base| base.saturating_add(self.at.at)).or(self.before);
                        self.part = Some(part);
                        self.told = None;
                    }
                }
            }
            if !self.fill()? {
                return Ok(Next::End);
            }
        }
    }

    /// Fills the buffer, or goes on to the next part; `false`: there is nothing more now.
    fn fill(&mut self) -> io::Result<bool> {
        let Some(part) = &mut self.part else { return Ok(false) };
        // Asked before the last read, so that nothing comes in between.
        let limit = match self.until.filter(|end| end.part == self.at.part) {
            Some(end) => usize::try_from(end.at.saturating_sub(self.at.at)).unwrap_or(READ).min(READ),
            None => READ,
        };
        let mut len = part.read_at(&mut self.buf[..limit], self.at.at)?;
        if len == 0 {
            if !part.is_closed(&self.files)? {
                return Ok(false);
            }
            len = part.read_at(&mut self.buf[..limit], self.at.at)?;
        }
        if len == 0 {
            self.at = Position { part: self.at.part + 1, at: 0 };
            self.part = None;
            return Ok(true);
        }
        // After the bytes: their records were written before them.
        part.index.refresh();
        (self.used, self.filled) = (0, len);
        Ok(true)
    }

    /// A piece of the buffer that is all of one stream and time.
    fn take(&mut self) -> Next<'_> {
        let index = self.part.as_ref().map(|part| &part.index);
        let (mark, next) = index.map_or((None, None), |index| index.at(self.at.at));
        if let Some(mark) = mark.filter(|m| m.at == self.at.at && m.lost > 0 && self.told != Some(m.at)) {
            self.told = Some(mark.at);
            return Next::Lost(mark.lost);
        }
        let ready = self.filled - self.used;
        let len = next.map_or(ready, |next| usize::try_from(next - self.at.at).map_or(ready, |n| n.min(ready)));
        let from = self.used;
        self.used += len;
        self.at.at += len as u64;
        self.before = self.before.map(|before| before + len as u64);
        let bytes = &self.buf[from..from + len];
        let stream = mark.map_or(Stream::Terminal, |mark| mark.stream);
        Next::Bytes { stream, epoch_ms: mark.map(|mark| mark.epoch_ms), bytes }
    }

    /// Parts were removed that had not been read.
    fn pass_over(&mut self, mut next: u64) -> io::Result<Next<'_>> {
        let mut gone = None;
        // More may be removed under the look.
        let part = loop {
            match part::open(&self.files, next)? {
                Opened::Gone(later) => next = later,
                Opened::Part(part) => break Some(part),
                Opened::NotYet => break None,
            }
        };
        if let Some(part) = &part {
            gone = part.index.base().zip(self.before).map(|(base, before)| base.saturating_sub(before));
            self.before = part.index.base();
        }
        self.at = Position { part: next, at: 0 };
        (self.part, self.told) = (part, None);
        Ok(Next::Gone(gone))
    }
}
