//! A job as its record on disk tells it.

use super::eventually::{eventually, holds};
use super::proc::{self, Id};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// One record, as it was when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) json: Value,
}

/// Every record in a state directory that parses.
pub(crate) fn all(state: &Path) -> Vec<Job> {
    let entries = fs::read_dir(state.join("jobs")).into_iter().flatten().flatten().map(|entry| entry.path());
    let records = entries.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let read = |path: PathBuf| {
        let json = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        Some(Job { path, json })
    };
    records.filter_map(read).collect()
}

/// Wait for the record of the job with this name.
pub(crate) fn named(state: &Path, name: &str) -> Job {
    let find = || all(state).into_iter().find(|job| job.json["name"] == name || job.json["tags"][0] == name);
    eventually(&format!("a job named {name} in {}", state.display()), find)
}

impl Job {
    pub(crate) fn id(&self) -> u64 {
        self.json["id"].as_u64().expect("a job's id")
    }

    /// The identity in this field, if it is not null.
    pub(crate) fn identity(&self, field: &str) -> Option<Id> {
        let of = &self.json[field];
        Some(Id { pid: i32::try_from(of["pid"].as_i64()?).ok()?, start: of["start"].as_u64()? })
    }

    pub(crate) fn front(&self) -> Id {
        self.identity("front").expect("a front in the record")
    }

    pub(crate) fn guard(&self) -> Id {
        self.identity("guard").expect("a guard in the record")
    }

    /// The record as it is now.
    pub(crate) fn again(&self) -> Option<Job> {
        let json = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        Some(Job { path: self.path.clone(), json })
    }

    /// The job's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        self.path.with_extension("")
    }

    /// Wait until the census names all of these.
    pub(crate) fn census_names(&self, members: &[Id]) {
        let path = self.dir().join("members");
        let missing = || {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let words: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
            let named = |id: &Id| words.contains(&id.pid.to_string().as_str());
            members.iter().filter(|id| id.alive() && !named(id)).map(|id| id.pid).collect::<Vec<_>>()
        };
        holds(&format!("the census {} names everybody, missing {:?}", path.display(), missing()), || {
            missing().is_empty()
        });
    }

    /// SIGKILL guard and front in one instant, so that neither acts on the other's end. The guard first: without its front it
    /// leads an orphaned group, and one that is stopped the kernel would let go on (setpgid(2)). In a terminal, or `led`.
    pub(crate) fn kill_guards(&self) {
        let mut both = self.guards();
        both.reverse();
        assert!(!both.is_empty() && both.iter().all(|one| one.signal(libc::SIGSTOP)), "there is a guard");
        assert!(both.iter().all(|one| one.kill()), "neither has acted");
        holds("front and guard are gone", || both.iter().all(|one| !one.alive()));
    }

    /// The same once the census names all of these: a sweep must find them by it.
    pub(crate) fn lose_guards(&self, members: &[Id]) {
        self.census_names(members);
        self.kill_guards();
    }

    /// The record and the directory are gone, or will be in a moment.
    pub(crate) fn record_gone(&self) {
        let (record, dir) = (&self.path, self.dir());
        holds(&format!("{} and its directory are gone", record.display()), || !record.exists() && !dir.exists());
    }

    /// Front and guard, checked by their names.
    pub(crate) fn guards(&self) -> Vec<Id> {
        let both = [self.identity("front"), self.identity("guard")];
        let living = both.into_iter().flatten().filter(|id| id.alive());
        living.filter(|id| matches!(proc::stat(id.pid), Some(one) if one.comm.starts_with("pj-"))).collect()
    }
}
