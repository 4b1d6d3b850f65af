//! The tags and groups that were given to jobs after they had begun, all of one place in one file: whoever changes those of
//! several jobs does so by one rename, and no guard, which writes its job's record from memory, writes over them.
//!
//! By uid, never by id: what was said of one job is not said of a later one. Read to tell and to select, never to end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{Job, Place};
use crate::sys::{self, file};

/// The schema that this version writes.
const SCHEMA: &str = "pj.labels/1";
/// The largest file that is read.
const MOST: usize = 64 << 20;

/// What one job is labelled with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its tags.
    pub tags: Vec<String>,
    /// Its groups.
    pub groups: Vec<String>,
}

/// The labels of a place, by the jobs' uids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(pub BTreeMap<String, Label>);

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    jobs: BTreeMap<String, Label>,
}

impl Labels {
    /// Reads them; none were given yet where there is no file.
    pub fn read(place: &Place) -> Result<Labels, String> {
        let mut own = match file::Own::open(&place.labels()) {
            Ok(own) => own,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Labels::default()),
            Err(e) => return Err(format!("it cannot be opened: {}", crate::error::plain(&e))),
        };
        if own.uid != sys::euid() {
            return Err("it belongs to another user".into());
        }
        let mut buf = Vec::new();
        let text =
            own.read(&mut buf, MOST + 1).map_err(|e| format!("it cannot be read: {}", crate::error::plain(&e)))?;
        let file: File = serde_json::from_slice(text).map_err(|e| format!("it is not a whole file of labels: {e}"))?;
        if file.schema != SCHEMA {
            return Err(format!("its schema is '{}', this version knows '{SCHEMA}'", file.schema));
        }
        Ok(Labels(file.jobs))
    }

    /// Writes them all, whole or not at all. Only under the place's lock.
    pub fn write(self, place: &Place) -> io::Result<()> {
        let to = place.labels();
        let beside = to.with_extension("new");
        let file = File { schema: SCHEMA.to_owned(), jobs: self.0 };
        let text = serde_json::to_string(&file).map_err(io::Error::other)? + "\n";
        let written = file::create_private(&beside).and_then(|mut f| f.write_all(text.as_bytes()));
        let done = written.and_then(|()| std::fs::rename(&beside, &to));
        if done.is_err() {
            let _ = std::fs::remove_file(beside);
        }
        done
    }

    /// The job with what it was given since.
    pub fn put_on(&self, job: &mut Job) {
        if let Some(label) = self.0.get(&job.uid) {
            job.tags.clone_from(&label.tags);
            job.groups.clone_from(&label.groups);
        }
    }
}
