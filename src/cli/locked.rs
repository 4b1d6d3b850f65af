//! One `pj` at a time changes what is on record about jobs: their names, tags, and which processes are adopted. Guards
//! need it for nothing that they do, so that nobody who holds it can keep a job from ending.

use std::fs::File;
use std::time::Duration;

use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::record::Place;
use crate::sys::{clock, fd, file};

/// It is held for milliseconds; whoever has it for longer is stopped.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const STEP_MS: i32 = 5;

/// Takes the lock of a place, until the file is dropped.
pub(super) fn take(place: &Place) -> Result<File> {
    let path = place.books_lock();
    let doing = || format!("lock {}", path.display());
    let lock = file::append_private(&path).doing(doing)?;
    let until = clock::now() + PATIENCE;
    while !file::lock(&lock, false).doing(doing)? {
        if clock::now() >= until {
            let hint = format!("fuser {}", path.display());
            return Err(Error::new(doing(), "another pj holds it").hint(hint).code(exit::TIMED_OUT));
        }
        // The kernel tells nobody when a lock is given back.
        let _ = fd::poll::<0>(&[], STEP_MS);
    }
    Ok(lock)
}
