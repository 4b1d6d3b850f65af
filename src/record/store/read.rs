//! Reading records with full validation: what a file says counts only when it is whole, ours, of this machine, and is
//! what its name says. Anything else is told, never acted on.

use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::process::describe::{escape, is_written};
use crate::record::{Job, Place, Session, job, session};
use crate::sys::file::{Dir, Opener, Own};
use crate::sys::{self, hands, os};

/// The largest record that is read; ours are below 16 KiB but for a long command line.
const MOST: usize = 4 << 20;

/// A file that cannot be used: reported, never acted on, never rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// What a directory of records holds.
#[derive(Debug)]
pub struct Records<T> {
    /// The ones that can be used, by file name.
    pub good: Vec<T>,
    /// The ones that cannot.
    pub findings: Vec<Finding>,
}

/// Why a file gave no record.
enum Bad {
    /// It is not there, or not yet: nothing to say.
    NotYet,
    /// It was written on another machine.
    Elsewhere,
    Finding(String),
}

/// What both kinds of record must tell before anything in them counts.
trait Recorded: DeserializeOwned {
    fn machine(&self) -> &str;
    fn sound(&self, stem: &str) -> Result<(), String>;
}

impl Recorded for Job {
    fn machine(&self) -> &str {
        &self.machine
    }
    fn sound(&self, stem: &str) -> Result<(), String> {
        if !is_written(stem, format_args!("{}", self.id)) {
            return Err("its id is not its file's name".into());
        }
        self.is_sound()
    }
}

impl Recorded for Session {
    fn machine(&self) -> &str {
        &self.machine
    }
    fn sound(&self, stem: &str) -> Result<(), String> {
        if self.schema != session::SCHEMA {
            return Err(format!("its schema is '{}', this version knows '{}'", self.schema, session::SCHEMA));
        }
        if !self.identity.has_key(stem) || self.identity.pid <= 0 || self.identity.boot.is_empty() {
            return Err("its shell is not its file's name".into());
        }
        Ok(())
    }
}

/// All jobs' records of a place, by id.
pub fn jobs(place: &Place) -> Records<Job> {
    records(&place.jobs(), |names, read, take| take(read(names)))
}

/// All sessions' records of a place, oldest first.
pub fn sessions(place: &Place) -> Records<Session> {
    records(&place.sessions(), |names, read, take| take(read(names)))
}

/// The same of both, the files read ahead by other threads where there are many: for `pj`, never for a sweep.
pub fn all_ahead(place: &Place) -> (Records<Job>, Records<Session>) {
    let jobs = records(&place.jobs(), |names, read, take| hands::ahead(names, read, take));
    (jobs, records(&place.sessions(), |names, read, take| hands::ahead(names, read, take)))
}

/// One job's record, if it can be used.
pub fn job(place: &Place, id: u64) -> Option<Job> {
    read(&place.job(id), &id.to_string()).ok()
}

/// The session record of a shell, if there is a usable one.
pub fn session(place: &Place, shell: &crate::process::Identity) -> Option<Session> {
    read(&place.session(shell), &shell.key()).ok()
}

/// A record's file, and where it stands among the others.
type Name = (Order, OsString);

fn records<T: Recorded>(
    path: &Path,
    each: impl FnOnce(&[Name], &(dyn Fn(&[Name]) -> Files + Sync), &mut dyn FnMut(Files)),
) -> Records<T> {
    let mut found = Records { good: Vec::new(), findings: Vec::new() };
    let Ok(mut dir) = Dir::open(path) else { return found };
    let mut names: Vec<Name> = Vec::new();
    dir.each_name(|name| names.extend(stem(name).map(|stem| (order(stem), name.to_owned()))));
    // A usable record is what its name says: sorted by name, by what is in it.
    names.sort_unstable();
    found.good.reserve(names.len());
    let (opener, mut left) = (dir.opener(), names.iter());
    let read = |names: &[Name]| Files::read(opener, names);
    let mut take = |files: Files| {
        for (text, (_, name)) in files.texts.into_iter().zip(&mut left) {
            let stem = String::from_utf8_lossy(stem(name).unwrap_or_default());
            match text.and_then(|at| record(&files.bytes[at], &stem)) {
                Ok(record) => found.good.push(record),
                Err(Bad::NotYet | Bad::Elsewhere) => {}
                Err(Bad::Finding(why)) => found.findings.push(Finding { path: path.join(name), why }),
            }
        }
    };
    each(&names, &read, &mut take);
    found
}

/// Some records' files as they were read.
struct Files {
    bytes: Vec<u8>,
    /// Of each file, where its text is.
    texts: Vec<Result<Range<usize>, Bad>>,
}

impl Files {
    fn read(dir: Opener, names: &[Name]) -> Files {
        let mut files = Files { bytes: Vec::new(), texts: Vec::with_capacity(names.len()) };
        let (uid, mut buf) = (sys::euid(), Vec::new());
        for (_, name) in names {
            let text = fetch(dir.open_own(name), uid, &mut buf).map(|text| {
                let from = files.bytes.len();
                files.bytes.extend_from_slice(text);
                from..files.bytes.len()
            });
            files.texts.push(text);
        }
        files
    }
}

/// What a record is called, without the end of its file's name; `None` for other files.
fn stem(name: &OsStr) -> Option<&[u8]> {
    name.as_bytes().strip_suffix(b".json").filter(|stem| !stem.is_empty())
}

/// A job's id, or a shell's start and pid.
type Order = (u64, u64);

/// Where a record stands among the others, by its file's name; names of no record's come last.
fn order(stem: &[u8]) -> Order {
    let number = |text: &str| text.parse().ok();
    let read = |stem: &str| match stem.split_once('-') {
        Some((pid, start)) => Some((number(start)?, number(pid)?)),
        None => Some((number(stem)?, 0)),
    };
    std::str::from_utf8(stem).ok().and_then(read).unwrap_or((u64::MAX, u64::MAX))
}

/// One record alone.
fn read<T: Recorded>(path: &Path, stem: &str) -> Result<T, Bad> {
    let mut buf = Vec::new();
    record(fetch(Own::open(path), sys::euid(), &mut buf)?, stem)
}

/// A file's text, if it is one of ours.
fn fetch(opened: io::Result<Own>, uid: u32, buf: &mut Vec<u8>) -> Result<&[u8], Bad> {
    let mut f = match opened {
        Ok(opened) => opened,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Bad::NotYet),
        Err(e) => return Err(Bad::Finding(format!("it cannot be opened: {}", crate::error::plain(&e)))),
    };
    if f.uid != uid {
        return Err(Bad::Finding("it belongs to another user".into()));
    }
    let text = match f.read(buf, MOST + 1) {
        Ok(text) => text,
        Err(e) => return Err(Bad::Finding(format!("it cannot be read: {}", crate::error::plain(&e)))),
    };
    let age = || f.modified().ok().and_then(|m| m.elapsed().ok());
    if text.is_empty() && age().is_none_or(|a| a < Duration::from_secs(2)) {
        return Err(Bad::NotYet);
    }
    if text.len() > MOST {
        return Err(Bad::Finding("it is too large for a record".into()));
    }
    Ok(text)
}

/// The record that a text is, if it is of this machine.
fn record<T: Recorded>(text: &[u8], stem: &str) -> Result<T, Bad> {
    let record: T = understand(text, stem).map_err(Bad::Finding)?;
    if record.machine() != os::machine_id() {
        return Err(Bad::Elsewhere);
    }
    Ok(record)
}

/// A sound record of this name, or what is wrong with it, fit to be shown.
fn understand<T: Recorded>(text: &[u8], stem: &str) -> Result<T, String> {
    let read = || {
        let text = std::str::from_utf8(text).map_err(|_| "it is not a whole record: not UTF-8".to_owned())?;
        let record: T = serde_json::from_str(text).map_err(|e| explain(text, &e))?;
        record.sound(stem).map(|()| record)
    };
    // What the file says of itself may be in it.
    read().map_err(|why| escape(&why))
}

/// What [`jobs`] and [`sessions`] make of a file's bytes, for those who throw bytes at it.
#[cfg(any(test, fuzzing))]
pub(crate) fn understand_both(text: &[u8], stem: &str) -> (Result<Job, String>, Result<Session, String>) {
    (understand(text, stem), understand(text, stem))
}

/// A newer schema is said as that, not as the first field that is missing.
fn explain(text: &str, e: &serde_json::Error) -> String {
    #[derive(serde::Deserialize)]
    struct Head {
        schema: String,
    }
    match serde_json::from_str::<Head>(text) {
        Ok(h) if ![job::SCHEMA, session::SCHEMA].contains(&&*h.schema) => {
            format!("its schema '{}' is unknown to this version", h.schema)
        }
        _ => format!("it is not a whole record: {e}"),
    }
}
