//! `events.jsonl`: what happened, one JSON line each, for people and later commands. Never read to decide anything.

use std::io::Write;

use serde::Serialize;

use super::Place;
use crate::sys::{clock, file};

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
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    /// `pj.event/1`
    pub schema: &'a str,
    /// RFC 3339, UTC.
    pub at: String,
    /// `job.ended`, `sweep.finding` …
    pub kind: &'a str,
    /// The job, where it is one's.
    pub job: Option<u64>,
    /// For people.
    pub text: String,
}

/// Adds an event. A full disk loses the event, nothing else.
pub fn add(place: &Place, kind: &str, job: Option<u64>, text: String) {
    let event = Event { schema: "pj.event/1", at: now(), kind, job, text };
    let Ok(mut line) = serde_json::to_string(&event) else { return };
    line.push('\n');
    if let Ok(mut f) = file::append_private(&place.events()) {
        // One write: lines of two writers do not mix.
        let _ = f.write_all(line.as_bytes());
    }
}
