//! `events.jsonl`: what happened and why, one JSON line each, for people and for later commands. Never read to decide
//! anything about a process.
//!
//! Whoever adds a line may begin a new file: a large one, or one of another day, is renamed to `events-MS.jsonl`. Nobody
//! waits for a lock, and two who rename at once lose nothing. What is older than a user wants is taken away by [`tidy`].

mod tail;

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Job, Place};
use crate::process::Identity;
use crate::process::describe::{self, escape};
use crate::sys::{Pid, clock, file, os};
pub use tail::Tail;

/// What every line begins with.
pub const SCHEMA: &str = "pj.event/1";
/// Of which a file of events is full.
const FULL: u64 = 1 << 20;
/// A file whose first line is older is full, too: so what is old can be taken away by the file.
const DAY_MS: u64 = 86_400_000;

/// RFC 3339, UTC, whole seconds.
pub fn rfc3339(epoch_ms: u64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(epoch_ms);
    humantime::format_rfc3339_seconds(at).to_string()
}

/// Now, as records write it.
pub fn now() -> String {
    rfc3339(clock::epoch_ms())
}

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `pj.event/1`
    pub schema: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// `job.ended`, `stray.ended`, `port.freed`, `sweep.findings` …
    pub kind: String,
    /// The job, where it is one's.
    pub job: Option<u64>,
    /// The session, `PID-START`, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// For people; nothing in it can move a cursor.
    pub text: String,
    /// Where somebody was ended, or should have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
}

/// Who was ended by whom, by which rule, and with what result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// What of us ended it: `guard`, `sweep`, `clean`, `port` …
    pub by: String,
    /// The process that stood at the top.
    pub pid: Option<Pid>,
    /// Its command line, escaped.
    pub command: String,
    /// How long it had lived, in seconds.
    pub age: Option<u64>,
    /// Why: the rule's name, as a dry run and `pj why` print it.
    pub rule: String,
    /// How it was proven that this is who was meant.
    pub proof: String,
    /// The last signal that was needed: `HUP`, `TERM` or `KILL`; empty where none was sent.
    pub signal: String,
    /// `ended`, `left` (somebody lives who should not), `refused` or `gone` (it had ended by itself).
    pub result: String,
    /// Processes that were signalled and are gone.
    pub ended: usize,
    /// Those of them that went only by KILL.
    pub forced: usize,
    /// Bytes of memory that they held, shared ones counted for each.
    pub freed: u64,
    /// Who lives on and should not, and who was left alone on purpose.
    pub left: Vec<Left>,
}

/// Somebody who lives on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Process number.
    pub pid: Pid,
    /// The kernel's short name, escaped.
    pub name: String,
    /// Why it lives.
    pub reason: String,
}

impl Event {
    /// Something that happens now.
    pub fn new(kind: &str, text: &str) -> Event {
        let (schema, kind) = (SCHEMA.to_owned(), kind.to_owned());
        Event { schema, at: now(), kind, text: escape(text), ..Event::default() }
    }

    /// When it was: milliseconds since the epoch. `None` where that is no date.
    pub fn ms(&self) -> Option<u64> {
        ms(&self.at)
    }

    /// Is it something that a person should look at: somebody lives who should not, or nothing more was done?
    pub fn is_bad(&self) -> bool {
        let left = |audit: &Audit| matches!(audit.result.as_str(), "left" | "refused");
        self.audit.as_ref().is_some_and(left) || self.kind.starts_with("sweep.") || self.kind == "job.failed"
    }
}

impl Audit {
    /// Of a job that was ended by this rule.
    pub fn of_job(job: &Job, by: &str, rule: &str, proof: &str) -> Audit {
        let (by, rule, proof) = (by.to_owned(), rule.to_owned(), proof.to_owned());
        let root = job.root.as_ref().filter(|root| root.is_of_here());
        let age = root.map(|root| os::age_ms(root.start) / 1000);
        let command = describe::command_line(&job.argv);
        Audit { by, rule, proof, age, command, pid: job.root.as_ref().map(|root| root.pid), ..Audit::default() }
    }

    /// With what came of it: how many are gone, how many of them only by KILL, the bytes that they held, and who lives
    /// on; `fails`: somebody of those should not.
    pub fn came<'a>(
        mut self,
        (ended, forced, freed): (usize, usize, u64),
        left: impl Iterator<Item = (Pid, &'a str, &'a str)>,
        fails: bool,
    ) -> Audit {
        (self.ended, self.forced, self.freed) = (ended, forced, freed);
        self.left = left.map(|(pid, name, why)| Left { pid, name: name.to_owned(), reason: escape(why) }).collect();
        self.result = if fails {
            "left"
        } else if ended > 0 {
            "ended"
        } else {
            "gone"
        }
        .to_owned();
        self
    }
}

/// Puts down that a job's tree was ended, and how: `text` is for people.
pub fn ended(place: &Place, job: &Job, audit: Audit, text: &str) {
    let session = job.owner.session.as_ref().map(Identity::key);
    put(place, &Event { job: Some(job.id), session, audit: Some(audit), ..Event::new("job.ended", text) });
}

/// Adds an event of which there is no more to say.
pub fn add(place: &Place, kind: &str, job: Option<u64>, text: String) {
    put(place, &Event { job, ..Event::new(kind, &text) });
}

/// Adds an event. A full disk loses the event, nothing else.
pub fn put(place: &Place, event: &Event) {
    let Ok(mut line) = serde_json::to_string(event) else { return };
    line.push('\n');
    let Ok(mut f) = file::append_private(&place.events()) else { return };
    if is_full(&f) && is_still(&f, place) {
        let full = place.root().join(format!("events-{}.jsonl", clock::epoch_ms()));
        // Whoever has it open goes on in it; whoever comes later finds none, and makes one.
        if std::fs::rename(place.events(), full).is_ok() {
            match file::append_private(&place.events()) {
                Ok(new) => f = new,
                Err(_) => return,
            }
        }
    }
    // One write: lines of two writers do not mix.
    let _ = f.write_all(line.as_bytes());
}

/// Large, or begun on another day?
fn is_full(f: &File) -> bool {
    let mut head = [0u8; 96];
    let len = f.metadata().map_or(0, |m| m.len());
    if len == 0 || len >= FULL {
        return len > 0;
    }
    let read = f.read_at(&mut head, 0).unwrap_or_default();
    begun(&head[..read]).is_some_and(|at| clock::epoch_ms().saturating_sub(at) > DAY_MS)
}

/// When the first line was written.
fn begun(head: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(head).ok()?;
    ms(text.split_once("\"at\":\"")?.1.split_once('"')?.0)
}

fn ms(date: &str) -> Option<u64> {
    let at = humantime::parse_rfc3339(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(at.as_millis()).ok()
}

/// Is this the file that has the name, or has somebody begun another meanwhile?
fn is_still(f: &File, place: &Place) -> bool {
    let (ours, named) = (f.metadata(), std::fs::symlink_metadata(place.events()));
    matches!((ours, named), (Ok(a), Ok(b)) if a.dev() == b.dev() && a.ino() == b.ino())
}

/// All files of events, oldest first; the last is the one that is written.
pub fn files(place: &Place) -> Vec<PathBuf> {
    let mut full: Vec<(u64, PathBuf)> = std::fs::read_dir(place.root())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| {
            let ms = e.file_name().to_str()?.strip_prefix("events-")?.strip_suffix(".jsonl")?.parse().ok()?;
            Some((ms, e.path()))
        })
        .collect();
    full.sort_unstable();
    full.into_iter().map(|(_, path)| path).chain([place.events()]).collect()
}

/// Takes away the full files in which nothing is younger than this.
pub fn tidy(place: &Place, retention: Duration) {
    for path in files(place) {
        let written = std::fs::symlink_metadata(&path).and_then(|m| m.modified()).ok();
        let age = written.and_then(|at| at.elapsed().ok());
        if path != place.events() && age.is_some_and(|age| age > retention) {
            // Lost: it is taken away another time.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_tells_when_it_was_and_cannot_move_a_cursor() {
        let audit = Audit { by: "sweep".into(), pid: Some(7), freed: 3, ..Audit::default() };
        let event = Event { job: Some(1), audit: Some(audit), ..Event::new("job.ended", "a\u{9b}2J\u{1b}b") };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.chars().any(char::is_control), "{line}");
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
        let at = begun(line.as_bytes()).unwrap();
        assert!(clock::epoch_ms().abs_diff(at) < 5_000);
        let old = r#"{"schema":"pj.event/1","at":"2026-01-01T00:00:00Z","kind":"x","job":null,"text":"y"}"#;
        assert_eq!(serde_json::from_str::<Event>(old).unwrap().text, "y");
    }
}
