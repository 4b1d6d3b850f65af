//! Reading and writing records: claim an id, publish once by rename, read with full validation, prune.

mod gone;
mod keep;
mod read;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::{Job, Place, Session};
use crate::sys::file;

pub use gone::{
    forget_cgroups, forget_claims, remove_census, remove_cgroup, remove_claim, remove_job, remove_logs, remove_session,
    remove_socket,
};
pub use keep::{kept, put_keep};
#[cfg(any(test, fuzzing))]
pub(crate) use read::understand_both;
pub use read::{Finding, Records, all_ahead, job, jobs, session, sessions};

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
    crate::sys::hook!(JobConcludes);
    if renew_job(place, job).is_err()
        && let Ok(text) = text_of(job)
    {
        let over = std::fs::OpenOptions::new().write(true).open(place.job(job.id));
        let _ = over.and_then(|mut f| {
            f.write_all(text.as_bytes())?;
            f.set_len(text.len() as u64)
        });
    }
    crate::sys::hook!(JobConcluded);
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

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "store_bytes_tests.rs"]
mod bytes_tests;
