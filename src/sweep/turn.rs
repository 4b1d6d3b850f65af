//! One sweep at a time. Whoever works says in the lock's file who he is, so that one that somebody stopped, and that would
//! keep every later one from its work, can be continued.
//!
//! Never: continues anybody but the one whose full identity stands there, in a directory that is ours alone; ends anybody.

use std::fs::File;
use std::io::Write;

use super::act;
use crate::error::{Doing, Result};
use crate::process::Identity;
use crate::record::Place;
use crate::sys::{self, apart, file, os, signal};

/// How many seconds a sweep after a shell waits for its turn.
const TURN: u32 = 60;

/// Whose turn it is.
pub(super) enum Turn {
    /// Ours, until the file is dropped.
    Ours(File),
    /// Another sweep's.
    Anothers {
        /// It was stopped, and goes on now.
        continued: bool,
    },
}

/// Takes the lock. Who comes after a shell waits for his turn: the other one began when this shell still lived.
pub(super) fn take(wait: bool) -> Result<Turn> {
    let place = Place::current()?;
    place.make()?;
    let path = place.lock();
    // On a disk without room for a file the directory is locked, by whoever finds it like that.
    let lock = file::append_private(&path)
        .or_else(|_| File::open(place.root()))
        .doing(|| format!("open {}", path.display()))?;
    let doing = || format!("lock {}", path.display());
    if !file::lock(&lock, false).doing(doing)? {
        let continued = go_on(&place);
        if !wait {
            return Ok(Turn::Anothers { continued });
        }
        apart::end_after(TURN);
        file::lock(&lock, true).doing(doing)?;
        apart::live_on();
    }
    sign(&lock);
    Ok(Turn::Ours(lock))
}

/// Writes who we are. Lost on a full disk, or where the directory is locked: then nobody can continue us.
fn sign(mut lock: &File) {
    let text = Identity::of(sys::pid()).and_then(|me| serde_json::to_string(&me).ok());
    if let (Ok(()), Some(text)) = (lock.set_len(0), text) {
        let _ = lock.write_all(text.as_bytes());
    }
}

/// Continues the one who has the lock, if he is stopped. Answers whether.
fn go_on(place: &Place) -> bool {
    let text = std::fs::read_to_string(place.lock()).unwrap_or_default();
    let Ok(who) = serde_json::from_str::<Identity>(&text) else { return false };
    os::stat(who.pid).is_some_and(|stat| stat.is_stopped()) && act::send(Some(&who), signal::CONT)
}
