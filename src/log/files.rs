//! The names of a log's files and which of them are there. Reads no file.

use std::io;
use std::path::{Path, PathBuf};

/// The directory of one job.
#[derive(Clone, Debug)]
pub(super) struct Files {
    dir: PathBuf,
}

/// What is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Rotated parts, packed or not: oldest first, each once.
    pub(super) parts: Vec<u64>,
    /// Those of which the raw bytes are there.
    pub(super) raw: Vec<u64>,
    /// Those that are packed.
    pub(super) packed: Vec<u64>,
    /// Packed parts in the making.
    pub(super) half: Vec<u64>,
    /// Parts that have an index.
    pub(super) index: Vec<u64>,
    /// Is `log` there?
    pub(super) has_current: bool,
}

impl Files {
    pub(super) fn of(dir: &Path) -> Files {
        Files { dir: dir.to_owned() }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn current(&self) -> PathBuf {
        self.dir.join("log")
    }

    pub(super) fn raw(&self, number: u64) -> PathBuf {
        self.dir.join(format!("log.{number}"))
    }

    pub(super) fn packed(&self, number: u64) -> PathBuf {
        self.dir.join(format!("log.{number}.zst"))
    }

    pub(super) fn half(&self, number: u64) -> PathBuf {
        self.dir.join(format!("log.{number}.zst.new"))
    }

    pub(super) fn index(&self, number: u64) -> PathBuf {
        self.dir.join(format!("log.{number}.index"))
    }

    /// What keeps some room free.
    pub(super) fn room(&self) -> PathBuf {
        self.dir.join("log.room")
    }

    /// Every file of a part that is no longer kept.
    pub(super) fn remove(&self, number: u64) {
        for path in [self.half(number), self.packed(number), self.raw(number), self.index(number)] {
            // What is not there need not go, and what cannot go is tried again with the next part.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Looks; a directory that is not there has nothing in it.
    pub(super) fn list(&self) -> io::Result<Listing> {
        let mut found = Listing::default();
        let entries = match std::fs::read_dir(&self.dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix("log")) else { continue };
            let (number, end) = match rest.strip_prefix('.') {
                None if rest.is_empty() => {
                    found.has_current = true;
                    continue;
                }
                None => continue,
                Some(rest) => rest.split_once('.').unwrap_or((rest, "")),
            };
            // As it would be written, and so that there is a next.
            let Some(n) = number.parse::<u64>().ok().filter(|n| *n < u64::MAX && n.to_string() == number) else {
                continue;
            };
            match end {
                "" => found.raw.push(n),
                "zst" => found.packed.push(n),
                "zst.new" => found.half.push(n),
                "index" => found.index.push(n),
                _ => {}
            }
        }
        found.parts = [&found.raw[..], &found.packed[..]].concat();
        found.parts.sort_unstable();
        found.parts.dedup();
        found.raw.sort_unstable();
        Ok(found)
    }
}

impl Listing {
    /// The number of `log`, whether it is there or not.
    pub(super) fn current(&self) -> u64 {
        let newest = self.index.iter().max().copied().unwrap_or(1);
        self.parts.last().map_or(newest, |last| newest.max(last + 1)).max(1)
    }

    /// The number of the oldest part that can be read; of an empty log that of `log`.
    pub(super) fn oldest(&self) -> u64 {
        self.parts.first().copied().unwrap_or_else(|| self.current())
    }
}
