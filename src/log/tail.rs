//! Where to begin: the last lines, or a time. Opens no part that is not needed.

use std::io;

use super::part::{self, Opened, Part};
use super::reader::{Position, Reader};
use super::{Stream, index};

/// Bytes that are looked at once, from the end.
const BLOCK: u64 = 64 << 10;

impl Reader {
    /// Where the last `count` lines before `end` begin, of the streams that are wanted. A last line without its end is one.
    pub fn last_lines(&self, count: u64, end: Position, wants: impl Fn(Stream) -> bool) -> io::Result<Position> {
        if count == 0 {
            return Ok(end);
        }
        let mut search = Search { left: count, is_last: true, wants };
        let oldest = self.files.list()?.oldest();
        for number in (oldest..=end.part).rev() {
            match part::open(&self.files, number)? {
                Opened::Part(mut part) => {
                    let len = if number == end.part { end.at } else { part.len()? };
                    if let Some(at) = search.part(&mut part, len)? {
                        return Ok(Position { part: number, at });
                    }
                }
                // Removed since: what follows it is all that there is.
                Opened::Gone(next) => return Ok(Position { part: next, at: 0 }),
                Opened::NotYet => {}
            }
        }
        Ok(Position { part: oldest, at: 0 })
    }

    /// Where the first byte is that was written at this time or later.
    pub fn since(&self, epoch_ms: u64) -> io::Result<Position> {
        let list = self.files.list()?;
        let mut number = list.oldest();
        while number <= list.current() {
            match part::open(&self.files, number)? {
                Opened::Part(part) => {
                    if let Some(at) = first_since(&part, epoch_ms) {
                        return Ok(Position { part: number, at });
                    }
                    number += 1;
                }
                Opened::Gone(next) => number = next,
                Opened::NotYet => break,
            }
        }
        self.end()
    }
}

fn first_since(part: &Part, epoch_ms: u64) -> Option<u64> {
    let marks = part.index.marks();
    if marks.is_empty() {
        return part.modified_ms().is_none_or(|at| at >= epoch_ms).then_some(0);
    }
    // The bytes of a mark may be a little younger than it.
    marks.iter().find(|mark| mark.epoch_ms + index::STEP_MS > epoch_ms).map(|mark| mark.at)
}

struct Search<W> {
    left: u64,
    /// Nothing was seen yet: the end of the last line begins no other.
    is_last: bool,
    wants: W,
}

impl<W: Fn(Stream) -> bool> Search<W> {
    /// Where the last line begins that is still wanted, if it begins here.
    fn part(&mut self, part: &mut Part, len: u64) -> io::Result<Option<u64>> {
        let mut block = Vec::new();
        let mut end = len;
        while end > 0 {
            let begin = (end - 1) / BLOCK * BLOCK;
            read_block(part, &mut block, begin, end)?;
            if let Some(at) = self.block(part, &block, begin) {
                return Ok(Some(at));
            }
            end = begin;
        }
        Ok(None)
    }

    fn block(&mut self, part: &Part, block: &[u8], begin: u64) -> Option<u64> {
        let mut end = block.len();
        while end > 0 {
            let (mark, _) = part.index.at(begin + end as u64 - 1);
            let first = mark.map_or(0, |mark| mark.at.saturating_sub(begin) as usize).min(end - 1);
            if (self.wants)(mark.map_or(Stream::Terminal, |mark| mark.stream)) {
                for n in (first..end).rev() {
                    let ends = block[n] == b'\n' && !std::mem::take(&mut self.is_last);
                    self.is_last = false;
                    self.left -= u64::from(ends);
                    if self.left == 0 {
                        return Some(begin + n as u64 + 1);
                    }
                }
            }
            end = first;
        }
        None
    }
}

/// Reads a part's bytes from `begin` to `end`, as far as they are there.
fn read_block(part: &mut Part, block: &mut Vec<u8>, begin: u64, end: u64) -> io::Result<()> {
    block.resize((end - begin) as usize, 0);
    let mut len = 0;
    while len < block.len() {
        match part.read_at(&mut block[len..], begin + len as u64)? {
            0 => break,
            n => len += n,
        }
    }
    block.truncate(len);
    Ok(())
}
