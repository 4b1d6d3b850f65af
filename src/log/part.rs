//! One part of a log, open for reading: `log`, raw or packed. The writer rotates, packs and removes meanwhile; whoever
//! holds a part open reads it to its end.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use super::files::Files;
use super::index::Index;
use super::pack::{Packed, read_full};

/// How often the files may change under one look; each time the writer has filled a part or more.
const TRIES: usize = 16;

/// An open part.
#[derive(Debug)]
pub(super) struct Part {
    source: Source,
    /// It is `log`, as far as we know: more may come.
    is_current: bool,
    pub(super) index: Index,
}

#[derive(Debug)]
enum Source {
    Raw(File),
    Packed(Packed),
}

/// What became of opening one.
#[derive(Debug)]
pub(super) enum Opened {
    Part(Part),
    /// It was removed; the next that is there.
    Gone(u64),
    NotYet,
}

/// Opens the part of this number.
pub(super) fn open(files: &Files, number: u64) -> io::Result<Opened> {
    let part = |source, is_current| {
        let mut index = Index::of(files.index(number));
        index.refresh();
        Opened::Part(Part { source, is_current, index })
    };
    let mut seen_gone = false;
    for _ in 0..TRIES {
        if let Some(raw) = there(File::open(files.raw(number)))? {
            return Ok(part(Source::Raw(raw), false));
        }
        if let Some(packed) = there(File::open(files.packed(number)))? {
            return Ok(part(Source::Packed(Packed::open(packed)?), false));
        }
        let current = there(File::open(files.current()))?;
        let list = files.list()?;
        match number.cmp(&list.current()) {
            std::cmp::Ordering::Less => {
                let next = list.parts.iter().copied().find(|n| *n > number).unwrap_or_else(|| list.current());
                // A listing may miss a file that was renamed under it: believed when it says so again.
                if std::mem::replace(&mut seen_gone, true) {
                    return Ok(Opened::Gone(next));
                }
            }
            std::cmp::Ordering::Greater => return Ok(Opened::NotYet),
            // What was opened as `log` is this part unless it had been rotated by then, and if so it is there now.
            std::cmp::Ordering::Equal if is_there(files, number) => {}
            std::cmp::Ordering::Equal => {
                return Ok(current.map_or(Opened::NotYet, |raw| part(Source::Raw(raw), true)));
            }
        }
    }
    Ok(Opened::NotYet)
}

/// Raw first: it goes after the packed one has come.
fn is_there(files: &Files, number: u64) -> bool {
    files.raw(number).exists() || files.packed(number).exists()
}

fn there(opened: io::Result<File>) -> io::Result<Option<File>> {
    match opened {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

impl Part {
    /// Reads from byte `at` on; 0 where nothing more is there now.
    pub(super) fn read_at(&mut self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        match &mut self.source {
            Source::Raw(file) => read_full(file, buf, at),
            Source::Packed(packed) => packed.read_at(buf, at),
        }
    }

    /// How many bytes it has now.
    pub(super) fn len(&self) -> io::Result<u64> {
        match &self.source {
            Source::Raw(file) => Ok(file.metadata()?.len()),
            Source::Packed(packed) => Ok(packed.len()),
        }
    }

    /// When it was last written to, where only the file system can tell.
    pub(super) fn modified_ms(&self) -> Option<u64> {
        let Source::Raw(file) = &self.source else { return None };
        let at = file.metadata().ok()?.modified().ok()?;
        Some(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis() as u64)
    }

    /// Is nothing more written to it? Read once more after the first yes: what came before it must not be missed.
    pub(super) fn is_closed(&mut self, files: &Files) -> io::Result<bool> {
        let Source::Raw(file) = &self.source else { return Ok(true) };
        if self.is_current {
            let own = file.metadata()?;
            let now = std::fs::metadata(files.current());
            self.is_current = now.is_ok_and(|now| (now.dev(), now.ino()) == (own.dev(), own.ino()));
        }
        Ok(!self.is_current)
    }
}
