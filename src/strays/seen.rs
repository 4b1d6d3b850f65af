//! What is on record of strays between two looks: `strays.json` in the state directory. A grace that is counted in memory
//! begins anew with every restart, and one look alone proves little; so what was seen is written down, whole or not at
//! all, and of who has gone nothing is kept.
//!
//! A file that cannot be used is a finding: nobody is ended on it, and it is not written over.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::again::Ended;
use crate::process::Identity;
use crate::record::Place;
use crate::sys::{self, Pid, file, os};

/// The schema that this version writes.
const SCHEMA: &str = "pj.strays.seen/1";
/// The largest file that is read.
const MOST: usize = 16 << 20;

/// One process that a rule names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Process number.
    pub pid: Pid,
    /// Start time.
    pub start: u64,
    /// The rule, with all that decides: a rule that was changed has seen nobody.
    pub rule: String,
    /// When it was first seen as a stray, in milliseconds since the epoch; `None`: it is not one, or not yet.
    pub first: Option<u64>,
    /// In how many runs it was seen as one since.
    pub passes: u32,
    /// The processor time that it and all below it had used, in milliseconds.
    pub cpu: u64,
    /// Since when that has been so.
    pub still: u64,
    /// When it was last looked at, and what it had used then.
    pub last: u64,
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    schema: String,
    /// Start times are of this boot.
    boot: String,
    /// Numbers are of this pid namespace.
    ns: u64,
    /// Who was seen.
    pub seen: Vec<Sighting>,
    /// Who was ended, and may come back.
    #[serde(default)]
    pub ended: Vec<Ended>,
}

/// Why there are no sightings.
#[derive(Debug)]
pub struct Unusable {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

impl Sightings {
    fn blank() -> Sightings {
        let (schema, boot) = (SCHEMA.to_owned(), os::boot_id().to_owned());
        Sightings { schema, boot, ns: os::pid_namespace(), ..Sightings::default() }
    }

    /// What is on record; nothing where there is no file, or one of another boot or namespace, whose numbers mean nothing here.
    pub fn read(place: &Place) -> Result<Sightings, Unusable> {
        let path = place.strays();
        let bad = |why: String| Unusable { path: place.strays(), why };
        let mut own = match file::Own::open(&path) {
            Ok(own) => own,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Sightings::blank()),
            Err(e) => return Err(bad(crate::error::plain(&e))),
        };
        if own.uid != sys::euid() || own.mode & 0o022 != 0 {
            return Err(bad("it is not ours alone".to_owned()));
        }
        let mut bytes = Vec::new();
        let text = own.read(&mut bytes, MOST).map_err(|e| bad(crate::error::plain(&e)))?;
        let found: Sightings = serde_json::from_slice(text).map_err(|e| bad(format!("it cannot be read: {e}")))?;
        if found.schema != SCHEMA {
            let schema = crate::process::describe::escape(&found.schema);
            return Err(bad(format!("its schema is '{schema}', not {SCHEMA}")));
        }
        let is_ours = !found.boot.is_empty() && found.boot == os::boot_id() && found.ns == os::pid_namespace();
        Ok(if is_ours { found } else { Sightings::blank() })
    }

    /// Reads, changes and writes it while nobody else does.
    pub fn change<T>(place: &Place, change: impl FnOnce(&mut Sightings) -> T) -> Result<T, Unusable> {
        let bad = |e: io::Error| Unusable { path: place.strays(), why: crate::error::plain(&e) };
        let _lock = lock(place).map_err(bad)?;
        let mut found = Sightings::read(place)?;
        let before = found.clone();
        let done = change(&mut found);
        if found != before {
            found.write(place).map_err(bad)?;
        }
        Ok(done)
    }

    fn write(&self, place: &Place) -> io::Result<()> {
        let (to, beside) = (place.strays(), place.strays().with_extension("new"));
        let mut text = serde_json::to_string(self).map_err(io::Error::other)? + "\n";
        if text.len() > MOST {
            // Arguments may be of any length. Who comes back is the less to lose; what nobody could read is not written.
            let rest = Sightings { ended: Vec::new(), ..self.clone() };
            text = serde_json::to_string(&rest).map_err(io::Error::other)? + "\n";
        }
        if text.len() > MOST {
            return Err(io::Error::other("it would be too large to be read again"));
        }
        let written = file::create_private(&beside).and_then(|mut f| f.write_all(text.as_bytes()));
        let done = written.and_then(|()| std::fs::rename(&beside, &to));
        if done.is_err() {
            let _ = std::fs::remove_file(beside);
        }
        done
    }

    /// What is on record of this process under this rule.
    pub fn of(&self, pid: Pid, start: u64, rule: &str) -> Option<&Sighting> {
        self.seen.iter().find(|s| (s.pid, s.start) == (pid, start) && s.rule == rule)
    }

    /// A pass: these are there now, and everybody else is forgotten. A clock that was set back makes nobody older.
    pub fn pass(&mut self, now: u64, there: &[Now]) {
        let mut seen = Vec::with_capacity(there.len());
        for one in there {
            let known = self.of(one.pid, one.start, &one.rule).cloned();
            let mut next = known.clone().unwrap_or(Sighting {
                pid: one.pid,
                start: one.start,
                rule: one.rule.clone(),
                cpu: one.cpu,
                still: now,
                ..Sighting::default()
            });
            if next.cpu != one.cpu || next.still > now {
                (next.cpu, next.still) = (one.cpu, now);
            }
            (next.first, next.passes) = match (one.is_stray, next.first) {
                (true, Some(first)) => (Some(first.min(now)), next.passes.saturating_add(1)),
                (true, None) => (Some(now), 1),
                (false, _) => (None, 0),
            };
            next.last = now;
            seen.push(next);
        }
        self.seen = seen;
        self.ended.retain(|one| one.is_wanted(now));
    }
}

/// One process as a pass finds it.
#[derive(Clone, Debug)]
pub struct Now {
    /// Process number.
    pub pid: Pid,
    /// Start time.
    pub start: u64,
    /// The rule's text.
    pub rule: String,
    /// Is it a stray by that rule?
    pub is_stray: bool,
    /// Processor time, in milliseconds.
    pub cpu: u64,
}

/// The lock, as long as it is held. It is another file, since the one that is written is renamed.
fn lock(place: &Place) -> io::Result<File> {
    let lock = file::append_private(&place.strays_lock())?;
    file::lock(&lock, true)?;
    Ok(lock)
}

/// Does this process live, as it is known here?
pub(super) fn lives(pid: Pid, start: u64) -> bool {
    os::stat(pid).and_then(|stat| Identity::from_stat(&stat, None)).is_some_and(|now| now.start == start)
}

#[cfg(test)]
#[path = "seen_tests.rs"]
mod tests;
