//! What `pj keep` said of a job that runs: a file of its own beside the job's record, which the guard writes from memory.
//!
//! By uid: what was said of one job is not said of a later one that has its number.

use std::io::{self, Write};

use crate::record::{Job, Place};
use crate::sys::{self, file};

/// More is no such file.
const MOST: usize = 256;

/// May the job outlive its session, as was said after it had begun? `None`: nothing was said since.
pub fn kept(place: &Place, job: &Job) -> Option<bool> {
    let mut own = file::Own::open(&place.keep(job.id)).ok().filter(|own| own.uid == sys::euid())?;
    let mut buf = Vec::new();
    let text = own.read(&mut buf, MOST).ok()?;
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    match (lines.next()? == job.uid, lines.next()) {
        (true, Some("on")) => Some(true),
        (true, Some("off")) => Some(false),
        _ => None,
    }
}

/// Says so, whole or not at all.
pub fn put_keep(place: &Place, job: &Job, on: bool) -> io::Result<()> {
    match file::claim_dir(&place.job_dir(job.id)) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    let to = place.keep(job.id);
    let beside = to.with_extension("new");
    let text = format!("{}\n{}\n", job.uid, if on { "on" } else { "off" });
    let written = file::create_private(&beside).and_then(|mut f| f.write_all(text.as_bytes()));
    let done = written.and_then(|()| std::fs::rename(&beside, &to));
    if done.is_err() {
        let _ = std::fs::remove_file(beside);
    }
    done
}
