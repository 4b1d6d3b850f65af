//! The writing end, in the guard. Never fails, never waits for anything but the disk, never panics: what cannot be written
//! is lost, counted, and told; writing goes on when there is room again. What is bounded stays so: a log that cannot be
//! rotated loses bytes, it does not grow.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::files::Files;
use super::index::{Entry, LEN, STEP_MS, header};
use super::pack::Packer;
use super::part::{self, Opened};
use super::{Limits, Stream};
use crate::error::plain;
use crate::sys::file;

/// Bytes that the log keeps free on a disk that it has filled: a job's record and its exit code need room too.
const ROOM: usize = 16 << 10;

/// One job's log.
#[derive(Debug)]
pub struct Writer {
    files: Files,
    limits: Limits,
    /// What is there was looked at, with the first byte.
    known: bool,
    /// `log`, with its number and length.
    current: Option<File>,
    number: u64,
    len: u64,
    /// Bytes before it.
    base: u64,
    index: Option<File>,
    index_len: u64,
    /// The last record: its stream and time. `None`: the next byte needs one.
    mark: Option<(Stream, u64)>,
    /// The disk was full: each write first sees that there is room beyond it.
    is_full: bool,
    /// Lost since the last record.
    missed: u64,
    lost: Option<String>,
    /// Rotated parts that are not packed, oldest first.
    raw: Vec<u64>,
    packer: Option<Packer>,
    written_at: Option<u64>,
}

impl Writer {
    /// The log in `dir`, which is `jobs/<id>/`: made, 0700, with the first byte. What is in it already is gone on with.
    pub fn new(dir: &Path, limits: Limits) -> Writer {
        let limits = Limits { max_size: limits.max_size.max(1), keep: limits.keep.max(1), ..limits };
        Writer {
            files: Files::of(dir),
            limits,
            known: false,
            current: None,
            number: 1,
            len: 0,
            base: 0,
            index: None,
            index_len: 0,
            mark: None,
            is_full: false,
            missed: 0,
            lost: None,
            raw: Vec::new(),
            packer: None,
            written_at: None,
        }
    }

    /// Writes what the command wrote.
    pub fn write(&mut self, stream: Stream, bytes: &[u8], epoch_ms: u64) {
        let mut rest = bytes;
        if !rest.is_empty() {
            self.written_at = Some(epoch_ms);
        }
        while !rest.is_empty() {
            let (index_len, missed) = (self.index_len, self.missed);
            match self.write_some(stream, rest, epoch_ms) {
                Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    // A record without its bytes is written over by the next.
                    if index_len >= LEN as u64 {
                        self.index_len = index_len.min(self.index_len);
                    }
                    self.missed = missed.saturating_add(rest.len() as u64);
                    self.mark = None;
                    self.is_full |= matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
                    self.give_room();
                    self.lost.get_or_insert_with(|| plain(&e).to_lowercase());
                    return;
                }
            }
        }
    }

    /// Why some of the log was lost, once some was: the first reason.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// When the command last wrote something, kept or lost, in milliseconds since the epoch.
    pub fn written_at(&self) -> Option<u64> {
        self.written_at
    }

    /// Is there a rotated part still to be packed?
    pub fn has_work(&self) -> bool {
        self.packer.is_some() || (self.limits.compress && !self.raw.is_empty())
    }

    /// Packs one piece of one part: a few milliseconds.
    pub fn work(&mut self) {
        if self.packer.is_none() {
            // The newest: under a flood the oldest would be gone before it is packed.
            let Some(number) = self.raw.pop().filter(|_| self.limits.compress) else { return };
            self.packer = Packer::start(&self.files, number).ok();
        }
        let Some(packer) = &mut self.packer else { return };
        match packer.step(&self.files) {
            Ok(false) => {}
            Ok(true) => self.packer = None,
            // It stays as it is: packed or not, it can be read.
            Err(_) => {
                let _ = std::fs::remove_file(self.files.half(packer.number()));
                self.packer = None;
            }
        }
    }

    fn write_some(&mut self, stream: Stream, bytes: &[u8], epoch_ms: u64) -> io::Result<usize> {
        self.open()?;
        if self.len >= self.limits.max_size || self.index_len > self.limits.max_size.max(64 * LEN as u64) {
            self.rotate()?;
            self.open()?;
        }
        if self.is_full {
            self.take_room()?;
        }
        self.put_mark(stream, epoch_ms);
        let room = usize::try_from(self.limits.max_size - self.len).unwrap_or(usize::MAX);
        let Some(current) = &mut self.current else { return Err(io::ErrorKind::NotFound.into()) };
        let written = current.write(&bytes[..bytes.len().min(room)])?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.len += written as u64;
        crate::sys::hook!(LogWritten);
        if self.is_full {
            self.give_room();
        }
        Ok(written)
    }

    /// Takes the room that is not the log's to fill.
    fn take_room(&self) -> io::Result<()> {
        let taken = file::create_private(&self.files.room()).and_then(|mut room| room.write_all(&[0; ROOM]));
        taken.inspect_err(|_| self.give_room())
    }

    fn give_room(&self) {
        // It may not be there.
        let _ = std::fs::remove_file(self.files.room());
    }

    /// Opens `log`, and before the first byte looks at what another guard has left.
    fn open(&mut self) -> io::Result<()> {
        if self.current.is_some() {
            return Ok(());
        }
        if !self.known {
            match file::claim_dir(self.files.dir()) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => {}
            }
            self.look()?;
            self.known = true;
        }
        // A directory that is removed under a job is not made again: its log is not wanted.
        let current = file::append_private(&self.files.current())?;
        self.len = current.metadata()?.len();
        self.current = Some(current);
        // A full disk costs the log, not the room that is kept: then there is none, and each write sees to it.
        self.is_full = self.take_room().is_err();
        Ok(())
    }

    fn look(&mut self) -> io::Result<()> {
        let list = self.files.list()?;
        self.number = list.current();
        // Of both the packed one is whole: it appeared by a rename.
        for number in &list.packed {
            let _ = std::fs::remove_file(self.files.raw(*number));
        }
        list.half.iter().for_each(|number| drop(std::fs::remove_file(self.files.half(*number))));
        if !list.has_current && self.number > 1 {
            // It was killed just after the rename.
            if let Ok(Opened::Part(part)) = part::open(&self.files, self.number - 1) {
                self.base = part.index.base().unwrap_or(0).saturating_add(part.len()?);
            }
        }
        self.raw = list.raw.into_iter().filter(|number| !list.packed.contains(number)).collect();
        Ok(())
    }

    /// The record before the bytes that it is about. Without one they are written all the same, and their time is unknown.
    fn put_mark(&mut self, stream: Stream, epoch_ms: u64) {
        let is_due = |(last, at): (Stream, u64)| last != stream || epoch_ms.abs_diff(at) >= STEP_MS;
        if !self.mark.is_none_or(is_due) {
            return;
        }
        let mut records = Vec::with_capacity(2 * LEN);
        if self.missed > 0 {
            records.extend(Entry::Lost(self.missed).to_bytes(epoch_ms));
        }
        records.extend(Entry::From { at: self.len, stream }.to_bytes(epoch_ms));
        self.mark = None;
        if self.open_index().is_err() {
            return;
        }
        // At its place, not at the end: what was cut off by a full disk is written over.
        if self.index.as_ref().is_some_and(|index| index.write_all_at(&records, self.index_len).is_ok()) {
            self.index_len += records.len() as u64;
            self.missed = 0;
            self.mark = Some((stream, epoch_ms));
        }
    }

    fn open_index(&mut self) -> io::Result<()> {
        if self.index.is_some() {
            return Ok(());
        }
        let index = file::update_private(&self.files.index(self.number))?;
        let mut first = [0; LEN];
        self.index_len = index.metadata()?.len() / LEN as u64 * LEN as u64;
        if self.len > 0 && self.index_len > 0 && index.read_exact_at(&mut first, 0).is_ok() {
            self.base = u64::from_le_bytes(first[8..].try_into().unwrap_or_default());
        } else {
            index.set_len(0)?;
            index.write_all_at(&header(self.base), 0)?;
            self.index_len = LEN as u64;
        }
        self.index = Some(index);
        Ok(())
    }

    /// The rename is the one step: before it the bytes are `log`, after it `log.N`.
    fn rotate(&mut self) -> io::Result<()> {
        crate::sys::hook!(LogRotates);
        match std::fs::rename(self.files.current(), self.files.raw(self.number)) {
            // Somebody has taken it away: another is begun, if the directory is still there.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
            Ok(()) => self.raw.push(self.number),
        }
        crate::sys::hook!(LogRotated);
        self.current = None;
        self.index = None;
        self.mark = None;
        self.base = self.base.saturating_add(self.len);
        self.len = 0;
        self.index_len = 0;
        self.number += 1;
        self.prune();
        Ok(())
    }

    /// Removes what is more than is kept.
    fn prune(&mut self) {
        let Ok(list) = self.files.list() else { return };
        let first = self.number.saturating_sub(u64::from(self.limits.keep));
        let is_old = |number: &u64| *number < first;
        if self.packer.as_ref().is_some_and(|packer| is_old(&packer.number())) {
            self.packer = None;
        }
        [list.parts, list.index, list.half].into_iter().flatten().filter(is_old).for_each(|n| self.files.remove(n));
        self.raw.retain(|number| !is_old(number));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.give_room();
    }
}
