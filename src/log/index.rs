//! The index of one part: records of 16 bytes, described in the module above. Believes no record that does not check.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::Stream;

/// Bytes of a record.
pub(super) const LEN: usize = 16;
/// Within this time after a record its bytes may have been written.
pub(super) const STEP_MS: u64 = 100;

const MAGIC: &[u8; 8] = b"pj.log/1";
const LOST: u8 = 3;

/// The first record.
pub(super) fn header(base: u64) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..].copy_from_slice(&base.to_le_bytes());
    bytes
}

fn base(bytes: &[u8; LEN]) -> Option<u64> {
    let (magic, value) = bytes.split_at(8);
    (magic == MAGIC).then(|| u64::from_le_bytes(value.try_into().unwrap_or_default()))
}

/// Any other record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// From byte `at` on it is this stream.
    From { at: u64, stream: Stream },
    /// So many bytes were lost.
    Lost(u64),
}

impl Entry {
    pub(super) fn to_bytes(self, epoch_ms: u64) -> [u8; LEN] {
        let (kind, value) = match self {
            Entry::From { at, stream: Stream::Terminal } => (0, at),
            Entry::From { at, stream: Stream::Out } => (1, at),
            Entry::From { at, stream: Stream::Err } => (2, at),
            Entry::Lost(bytes) => (LOST, bytes),
        };
        let mut bytes = [0; LEN];
        bytes[..6].copy_from_slice(&epoch_ms.to_le_bytes()[..6]);
        bytes[6] = kind;
        bytes[8..].copy_from_slice(&value.to_le_bytes());
        bytes[7] = check(&bytes);
        bytes
    }

    /// The record and its time; `None` if it does not check.
    fn read(bytes: &[u8; LEN]) -> Option<(Entry, u64)> {
        if bytes[7] != check(bytes) {
            return None;
        }
        let number = |part: &[u8]| part.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b));
        let at = number(&bytes[8..]);
        let entry = match bytes[6] {
            0 => Entry::From { at, stream: Stream::Terminal },
            1 => Entry::From { at, stream: Stream::Out },
            2 => Entry::From { at, stream: Stream::Err },
            LOST => Entry::Lost(at),
            _ => return None,
        };
        Some((entry, number(&bytes[..6])))
    }
}

fn check(bytes: &[u8; LEN]) -> u8 {
    bytes.iter().enumerate().filter(|(n, _)| *n != 7).fold(0x5a, |sum, (_, b)| sum ^ b)
}

/// From here on it is this stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: u64,
    pub(super) epoch_ms: u64,
    pub(super) stream: Stream,
    /// Bytes that were lost before it.
    pub(super) lost: u64,
}

/// What is known of a part so far.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    file: Option<File>,
    read: u64,
    base: Option<u64>,
    marks: Vec<Mark>,
    lost: u64,
}

impl Index {
    /// Of this file, which may not be there yet.
    pub(super) fn of(path: PathBuf) -> Index {
        Index { path, file: None, read: 0, base: None, marks: Vec::new(), lost: 0 }
    }

    /// Reads what has been added. An index that cannot be read is one that says nothing.
    pub(super) fn refresh(&mut self) {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let mut buf = [0u8; 1024 * LEN];
        loop {
            let Some(file) = &self.file else { return };
            let len = match file.read_at(&mut buf, self.read) {
                Ok(n) => n / LEN * LEN,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            let (records, _) = buf[..len].as_chunks::<LEN>();
            if records.is_empty() {
                return;
            }
            records.iter().for_each(|record| self.add(record));
        }
    }

    fn add(&mut self, record: &[u8; LEN]) {
        self.read += LEN as u64;
        if self.read == LEN as u64 {
            self.base = base(record);
            return;
        }
        match Entry::read(record) {
            Some((Entry::From { at, stream }, epoch_ms)) => {
                let mut lost = std::mem::take(&mut self.lost);
                while let Some(later) = self.marks.pop_if(|last| last.at >= at) {
                    lost += later.lost;
                }
                self.marks.push(Mark { at, epoch_ms, stream, lost });
            }
            Some((Entry::Lost(bytes), _)) => self.lost = self.lost.saturating_add(bytes),
            None => {}
        }
    }

    /// How many bytes of the log came before this part.
    pub(super) fn base(&self) -> Option<u64> {
        self.base
    }

    /// All that is known.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What is known of a byte, and where the next mark is.
    pub(super) fn at(&self, at: u64) -> (Option<Mark>, Option<u64>) {
        let next = self.marks.partition_point(|mark| mark.at <= at);
        (next.checked_sub(1).map(|n| self.marks[n]), self.marks.get(next).map(|mark| mark.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(records: &[[u8; LEN]]) -> Index {
        let mut index = Index::of(PathBuf::new());
        records.iter().for_each(|record| index.add(record));
        index
    }

    #[test]
    fn records_are_read_as_written_and_no_others() {
        for entry in [Entry::From { at: u64::MAX, stream: Stream::Err }, Entry::Lost(7)] {
            let bytes = entry.to_bytes(1_795_000_000_123);
            assert_eq!(Entry::read(&bytes), Some((entry, 1_795_000_000_123)));
            for n in 0..LEN {
                let mut other = bytes;
                other[n] ^= 4;
                assert_eq!(Entry::read(&other), None);
            }
        }
        assert_eq!(base(&header(77)), Some(77));
        assert_eq!(base(&[0; LEN]), None);
    }

    #[test]
    fn the_later_record_is_right() {
        let from = |at, stream, ms| Entry::From { at, stream }.to_bytes(ms);
        let mut bad = from(6, Stream::Err, 3);
        bad[0] ^= 1;
        let records = [
            header(10),
            from(0, Stream::Out, 1),
            from(5, Stream::Err, 2),
            bad,
            Entry::Lost(9).to_bytes(3),
            from(5, Stream::Out, 4),
            from(8, Stream::Err, 5),
        ];
        let index = index(&records);
        let mark = |at, epoch_ms, stream, lost| Mark { at, epoch_ms, stream, lost };
        assert_eq!(index.base(), Some(10));
        assert_eq!(index.at(4), (Some(mark(0, 1, Stream::Out, 0)), Some(5)));
        assert_eq!(index.at(7), (Some(mark(5, 4, Stream::Out, 9)), Some(8)));
        assert_eq!(index.at(900), (Some(mark(8, 5, Stream::Err, 0)), None));
        assert_eq!(Index::of(PathBuf::new()).at(0), (None, None));
    }
}
