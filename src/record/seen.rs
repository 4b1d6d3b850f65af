//! When somebody of a job was last seen alive, by whoever looked: all of one place in one file, since guards write their
//! jobs' records from memory and would write over it. A hint for people, never proof: one that is lost or broken is
//! begun anew, and a place that cannot be written costs this alone.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Place;
use crate::sys::{self, file};

/// The schema that this version writes.
const SCHEMA: &str = "pj.seen/1";
/// The largest file that is read.
const MOST: usize = 64 << 20;
/// Who began to write this long ago has died over it.
const STALE: Duration = Duration::from_secs(60);

/// Milliseconds since the epoch, by the jobs' uids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(pub BTreeMap<String, u64>);

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    jobs: BTreeMap<String, u64>,
}

impl Seen {
    /// Reads it; what cannot be used says nothing.
    pub fn read(place: &Place) -> Seen {
        let read = || {
            let mut own = file::Own::open(&place.seen()).ok().filter(|own| own.uid == sys::euid())?;
            let mut buf = Vec::new();
            let file: File = serde_json::from_slice(own.read(&mut buf, MOST).ok()?).ok()?;
            (file.schema == SCHEMA).then_some(Seen(file.jobs))
        };
        read().unwrap_or_default()
    }

    /// Writes it, whole or not at all. Waits for nobody: where another writes, his will do.
    pub fn write(self, place: &Place) -> io::Result<()> {
        let (to, beside) = (place.seen(), place.seen().with_extension("new"));
        if let Err(e) = file::claim_file(&beside) {
            let age = beside.symlink_metadata()?.modified()?.elapsed().unwrap_or_default();
            return if age > STALE { std::fs::remove_file(beside) } else { Err(e) };
        }
        let text = serde_json::to_string(&File { schema: SCHEMA.to_owned(), jobs: self.0 }).map_err(io::Error::other);
        let written = text.and_then(|text| file::open_private(&beside)?.write_all((text + "\n").as_bytes()));
        let done = written.and_then(|()| std::fs::rename(&beside, &to));
        if done.is_err() {
            let _ = std::fs::remove_file(beside);
        }
        done
    }
}
