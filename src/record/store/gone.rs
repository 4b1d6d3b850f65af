//! Taking records away, with what belongs to them: each step may be the last one, and what it leaves is found by a later
//! sweep.

use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use crate::record::{Place, Session, job, place};
use crate::sys::{cgroup, file, peer};

/// What is younger may still become something.
const YOUNG: Duration = Duration::from_secs(60);

/// Takes back a claim of which nothing will come.
pub fn remove_claim(place: &Place, id: u64) {
    let _ = std::fs::remove_file(place.claim(id));
}

/// Takes the census of a job away of which nobody is left, and what a guard that was killed in the middle of something has
/// left beside it.
pub fn remove_census(place: &Place, id: u64) {
    let members = place.members(id);
    for left in [members.with_extension("new"), members.with_file_name("log.room"), members] {
        let _ = std::fs::remove_file(left);
    }
    // Where nothing else is in it.
    let _ = std::fs::remove_dir(place.job_dir(id));
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
        for left in ["members.new", "keep", "keep.new", "log.room"] {
            let _ = std::fs::remove_file(dir.join(left));
        }
        // Only when nothing else is in it: a log stays.
        let _ = std::fs::remove_dir(dir);
    }
    crate::sys::hook!(StoreRemoved);
}

/// Takes the log of a job away, whether its record is there or not. Answers how many files it had.
pub fn remove_logs(place: &Place, id: u64) -> usize {
    let dir = place.job_dir(id);
    let Ok(entries) = std::fs::read_dir(&dir) else { return 0 };
    let logs = entries.flatten().filter(|e| e.file_name().as_bytes().starts_with(b"log"));
    let gone = logs.filter(|e| std::fs::remove_file(e.path()).is_ok()).count();
    let _ = std::fs::remove_dir(dir);
    gone
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

/// Takes a session's record away. Answers whether it was there, and is no more.
pub fn remove_session(place: &Place, session: &Session) -> bool {
    std::fs::remove_file(place.session(&session.identity)).is_ok()
}

/// Takes away claims of ids that never became a record: whoever made them was killed before it wrote one; and what else a
/// record that is gone has left. A claim younger than [`YOUNG`] may still become a record.
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
        if age.is_none_or(|a| a <= YOUNG) {
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
        remove_unused_sockets();
    }
}

/// Takes away the socket of a job whose guard is gone: by its name, never by the path on record, which is only what somebody
/// wrote.
pub fn remove_socket(uid: &str) {
    if let Ok(sockets) = place::sockets_there() {
        let _ = std::fs::remove_file(sockets.join(uid));
    }
}

/// Takes away sockets that nobody listens on any more: a guard that was killed before its record named it leaves one.
fn remove_unused_sockets() {
    for entry in place::sockets_there().and_then(std::fs::read_dir).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| m.elapsed().ok());
        // Between its making and the first that it takes in, nobody listens either.
        if entry.file_name().len() == place::UID && age.is_some_and(|a| a > YOUNG) && peer::is_left(&entry.path()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The id that a file in `jobs/` is of, if that is not a record, and whether it is a claim or half a record.
fn claimed(name: &str) -> Option<(u64, bool)> {
    let claim = name.strip_suffix(".claim").or_else(|| name.strip_suffix(".new"));
    claim.unwrap_or(name).parse().ok().map(|id| (id, claim.is_some()))
}
