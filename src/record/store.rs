//! Reading and writing records: claim an id, publish once by rename, read with full validation, prune.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{Job, Place, Session, job, session};
use crate::process::describe::{escape, is_written};
use crate::sys::file::{self, Dir, Own};
use crate::sys::{self, cgroup, os};

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
    records(&place.jobs())
}

/// All sessions' records of a place, oldest first.
pub fn sessions(place: &Place) -> Records<Session> {
    records(&place.sessions())
}

/// One job's record, if it can be used.
pub fn job(place: &Place, id: u64) -> Option<Job> {
    Reader::new().read(file::Own::open(&place.job(id)), &id.to_string()).ok()
}

/// The session record of a shell, if there is a usable one.
pub fn session(place: &Place, shell: &crate::process::Identity) -> Option<Session> {
    Reader::new().read(file::Own::open(&place.session(shell)), &shell.key()).ok()
}

fn records<T: Recorded>(path: &Path) -> Records<T> {
    let mut found = Records { good: Vec::new(), findings: Vec::new() };
    let Ok(mut dir) = Dir::open(path) else { return found };
    let mut names: Vec<(Order, OsString)> = Vec::new();
    dir.each_name(|name| names.extend(stem(name).map(|stem| (order(stem), name.to_owned()))));
    // A usable record is what its name says: sorted by name, by what is in it.
    names.sort_unstable();
    found.good.reserve(names.len());
    let mut reader = Reader::new();
    for (_, name) in names {
        let stem = String::from_utf8_lossy(stem(&name).unwrap_or_default());
        match reader.read(dir.open_own(&name), &stem) {
            Ok(record) => found.good.push(record),
            Err(Bad::NotYet | Bad::Elsewhere) => {}
            Err(Bad::Finding(why)) => found.findings.push(Finding { path: path.join(&name), why }),
        }
    }
    found
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

/// Reads records, one after the other: there may be a thousand.
struct Reader {
    uid: u32,
    buf: Vec<u8>,
}

impl Reader {
    fn new() -> Reader {
        Reader { uid: sys::euid(), buf: Vec::new() }
    }

    fn read<T: Recorded>(&mut self, opened: io::Result<Own>, stem: &str) -> Result<T, Bad> {
        let mut f = match opened {
            Ok(opened) => opened,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Bad::NotYet),
            Err(e) => return Err(Bad::Finding(format!("it cannot be opened: {}", crate::error::plain(&e)))),
        };
        if f.uid != self.uid {
            return Err(Bad::Finding("it belongs to another user".into()));
        }
        let text = match f.read(&mut self.buf, MOST + 1) {
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
        let record: T = understand(text, stem).map_err(Bad::Finding)?;
        if record.machine() != os::machine_id() {
            return Err(Bad::Elsewhere);
        }
        Ok(record)
    }
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

/// Claims the next free id by making the file that its record is written into, starting at the hint in `seq`. The job's
/// directory is made with its first census: a job that is over before has cost the disk one file.
pub fn claim_id(place: &Place) -> io::Result<u64> {
    let hint: u64 = std::fs::read_to_string(place.seq()).ok().and_then(|s| s.trim().parse().ok()).unwrap_or(1);
    let mut id = hint.max(1);
    loop {
        match file::claim_file(&place.claim(id)) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                id += 1;
                continue;
            }
            Err(e) => return Err(e),
        }
        // Asked after the claim was made: whoever had the id before us has renamed his claim to his record by now. A census
        // that a removal has still to take away is not ours either.
        if [place.job(id), place.job_dir(id)].iter().any(|p| p.symlink_metadata().is_ok()) {
            let _ = std::fs::remove_file(place.claim(id));
            id += 1;
            continue;
        }
        crate::sys::hook!(StoreClaimed);
        return Ok(id);
    }
}

/// Takes back a claim of which nothing will come.
pub fn remove_claim(place: &Place, id: u64) {
    let _ = std::fs::remove_file(place.claim(id));
}

/// Moves the hint past an id. Losing it costs a few more tries, nothing else.
pub fn pass_id(place: &Place, id: u64) {
    let _ = std::fs::write(place.seq(), format!("{}\n", id + 1));
}

/// Writes a new job's record into its claim, which becomes the record: whole or not at all. No fsync: a record is worth
/// nothing after a crash of the machine. A claim that a sweep has taken away is not made anew, since the id may be
/// another's by now.
pub fn publish_job(place: &Place, job: &Job) -> io::Result<()> {
    let claim = place.claim(job.id);
    // One that is run again has its record, and nobody else can claim its number.
    if job.is_background() && self::job(place, job.id).is_some_and(|old| old.uid == job.uid) {
        return put_job(place, job);
    }
    put(file::open_private(&claim), &claim, &place.job(job.id), text_of(job)?.as_bytes())
}

/// Writes a job's record anew, whole or not at all: beside, then renamed.
pub fn put_job(place: &Place, job: &Job) -> io::Result<()> {
    let to = place.job(job.id);
    let beside = to.with_extension("new");
    put(file::create_private(&beside), &beside, &to, text_of(job)?.as_bytes())
}

/// The same for a guard, whose job may have been forgotten meanwhile (`pj rm --force`): it is not put on record again, and
/// never over a job that has its number now.
pub fn renew_job(place: &Place, job: &Job) -> io::Result<()> {
    let is_forgotten = place.job(job.id).symlink_metadata().is_err();
    if is_forgotten || self::job(place, job.id).is_some_and(|now| now.uid != job.uid) {
        return Ok(());
    }
    put_job(place, job)
}

/// The same for the last word on a job: where there is no room for another file, it is written over the one that is there,
/// which a reader might see half written, and which would else never say how the job ended.
pub fn conclude_job(place: &Place, job: &Job) {
    if renew_job(place, job).is_ok() {
        return;
    }
    let Ok(text) = text_of(job) else { return };
    let over = std::fs::OpenOptions::new().write(true).open(place.job(job.id));
    let _ = over.and_then(|mut f| {
        f.write_all(text.as_bytes())?;
        f.set_len(text.len() as u64)
    });
}

/// One line: half as long as with a line for each field, and a sweep may read a thousand.
fn text_of(job: &Job) -> io::Result<String> {
    Ok(serde_json::to_string(job).map_err(io::Error::other)? + "\n")
}

/// Writes the census of a job whole or not at all.
pub fn put_members(place: &Place, id: u64, text: &str) -> io::Result<()> {
    let to = place.members(id);
    let beside = to.with_extension("new");
    let file = match file::create_private(&beside) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            file::claim_dir(&place.job_dir(id))?;
            file::create_private(&beside)
        }
        other => other,
    };
    put(file, &beside, &to, text.as_bytes())
}

/// Takes the census of a job away of which nobody is left.
pub fn remove_census(place: &Place, id: u64) {
    let _ = std::fs::remove_file(place.members(id));
    // Where nothing else is in it.
    let _ = std::fs::remove_dir(place.job_dir(id));
}

/// Writes a session's record, for shells that could not do it with a builtin.
pub fn put_session(place: &Place, session: &Session) -> io::Result<()> {
    let to = place.session(&session.identity);
    let text = serde_json::to_string(session).map_err(io::Error::other)? + "\n";
    let beside = to.with_extension("new");
    put(file::create_private(&beside), &beside, &to, text.as_bytes())
}

fn put(file: io::Result<File>, beside: &Path, to: &Path, text: &[u8]) -> io::Result<()> {
    crate::sys::hook!(StoreWrites);
    let written = file.and_then(|mut f| f.write_all(text));
    crate::sys::hook!(StoreWritten);
    let done = written.and_then(|()| std::fs::rename(beside, to));
    if done.is_err() {
        let _ = std::fs::remove_file(beside);
    }
    crate::sys::hook!(StoreRenamed);
    done
}

/// Takes a job's record and directory away: the record first, so that nobody sees a job without its census.
pub fn remove_job(place: &Place, id: u64) {
    crate::sys::hook!(StoreRemoves);
    let record = place.job(id);
    // Not there: a claim that never became a record, or what a removal left that was cut short.
    if std::fs::remove_file(&record).is_err() {
        let _ = std::fs::remove_file(place.claim(id));
        let _ = std::fs::remove_file(record.with_extension("new"));
    }
    crate::sys::hook!(StoreRecordRemoved);
    let dir = place.job_dir(id);
    // A short job has no directory: no census was written.
    if std::fs::remove_file(dir.join("members")).is_ok() || dir.symlink_metadata().is_ok() {
        let _ = std::fs::remove_file(dir.join("members.new"));
        // Only when nothing else is in it.
        let _ = std::fs::remove_dir(dir);
    }
    crate::sys::hook!(StoreRemoved);
}

/// Takes a job's cgroup away. While somebody is left in it, word of it is left for later sweeps.
pub fn remove_cgroup(place: &Place, group: &str) {
    let (path, _) = job::group(group);
    if let (false, Some(name)) = (cgroup::remove(path), path.file_name()) {
        let words = place.cgroups();
        let _ = file::make_private_dir(&words);
        let _ = std::os::unix::fs::symlink(path, words.join(name));
    }
}

/// Takes away the cgroups of ended jobs that nobody is left in.
pub fn forget_cgroups(place: &Place) {
    for entry in std::fs::read_dir(place.cgroups()).into_iter().flatten().flatten() {
        let word = entry.path();
        let Ok(path) = std::fs::read_link(&word) else { continue };
        if path.file_name() == word.file_name() && cgroup::remove(&path) {
            let _ = std::fs::remove_file(&word);
        }
    }
}

/// Takes a session's record away.
pub fn remove_session(place: &Place, session: &Session) {
    let _ = std::fs::remove_file(place.session(&session.identity));
}

/// Takes away claims of ids that never became a record: whoever made them was killed before it wrote one; and what else a
/// record that is gone has left. A claim younger than a minute may still become a record.
pub fn forget_claims(place: &Place) {
    let Ok(entries) = std::fs::read_dir(place.jobs()) else { return };
    let mut unborn = false;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some((id, is_claim)) = name.to_str().and_then(claimed) else { continue };
        if !is_claim && place.job(id).symlink_metadata().is_ok() {
            continue;
        }
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| m.elapsed().ok());
        if age.is_none_or(|a| a <= Duration::from_secs(60)) {
            continue;
        }
        if is_claim {
            unborn = true;
            let _ = std::fs::remove_file(entry.path());
        } else {
            remove_job(place, id);
        }
    }
    if unborn {
        cgroup::remove_unused();
    }
}

/// The id that a file in `jobs/` is of, if that is not a record, and whether it is a claim or half a record.
fn claimed(name: &str) -> Option<(u64, bool)> {
    let claim = name.strip_suffix(".claim").or_else(|| name.strip_suffix(".new"));
    claim.unwrap_or(name).parse().ok().map(|id| (id, claim.is_some()))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "store_bytes_tests.rs"]
mod bytes_tests;
