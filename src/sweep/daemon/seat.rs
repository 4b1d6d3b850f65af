//! One daemon a user: a lock that the kernel holds for exactly one process, and in its file who that is.
//!
//! Never: believes the file alone. Who is told to go is the process of whom the kernel says that it holds the lock, and the
//! file its full identity; where they differ nobody is signalled.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Doing, Result};
use crate::process::Identity;
use crate::record::{Place, event};
use crate::sys::{self, file, os};

/// Who has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    /// `pj.daemon/1`
    pub schema: String,
    /// The process.
    #[serde(flatten)]
    pub who: Identity,
    /// What it was built as.
    pub version: String,
    /// The file that it was started from.
    pub exe: PathBuf,
    /// RFC 3339, UTC.
    pub started_at: String,
}

/// What is to be found where the lock is.
#[derive(Debug)]
pub enum Found {
    /// No daemon.
    Nobody,
    /// This one, and it is alive.
    Runs(Box<Sign>),
    /// Somebody has the lock, and is not who the file says, or cannot be seen from here: nobody to signal.
    Somebody {
        /// The number that the kernel gives; 0 for one in another pid namespace.
        pid: sys::Pid,
    },
}

/// The lock, ours until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    lock: File,
    place: Place,
}

impl Seat {
    /// Takes it, and says who we are; `None`: another has it.
    pub(super) fn take(place: &Place, exe: PathBuf) -> Result<Option<Seat>> {
        place.make()?;
        let path = place.daemon_lock();
        let doing = || format!("lock {}", path.display());
        let lock = file::append_private(&path).doing(doing)?;
        if !file::hold(&lock).doing(doing)? {
            return Ok(None);
        }
        let seat = Seat { lock, place: place.clone() };
        seat.sign(exe);
        Ok(seat.is_still().then_some(seat))
    }

    /// Lost on a full disk: then we work, and nobody can ask for us by the file.
    fn sign(&self, exe: PathBuf) {
        let Some(who) = Identity::of(sys::pid()) else { return };
        let (schema, version) = ("pj.daemon/1".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let sign = Sign { schema, who, version, exe, started_at: event::now() };
        if let (Ok(()), Ok(text)) = (self.lock.set_len(0), serde_json::to_string(&sign)) {
            let _ = (&self.lock).write_all((text + "\n").as_bytes());
        }
    }

    /// Is the file that we have locked the one that others would lock?
    pub(super) fn is_still(&self) -> bool {
        // Never opened a second time: closing that would give the lock back.
        let named = std::fs::symlink_metadata(self.place.daemon_lock());
        matches!((self.lock.metadata(), named), (Ok(a), Ok(b)) if a.dev() == b.dev() && a.ino() == b.ino())
    }
}

/// Who has it now? For everybody but the daemon itself.
pub fn find(place: &Place) -> Found {
    let path = place.daemon_lock();
    let (Ok(()), Ok(lock)) = (place.check(), file::open_plain(&path).map(File::from)) else { return Found::Nobody };
    // A lock that cannot be asked for is one that nobody could take.
    let Ok(Some(pid)) = file::holder(&lock) else { return Found::Nobody };
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    match serde_json::from_str::<Sign>(&text) {
        Ok(sign) if sign.who.pid == pid && sign.who.life().is_alive() => Found::Runs(Box::new(sign)),
        _ => Found::Somebody { pid },
    }
}

/// Our own program by its absolute path, which stays right when another is put in its place.
pub fn own_exe() -> PathBuf {
    let exe = std::env::current_exe().or_else(|e| os::exe(sys::pid()).ok_or(e)).unwrap_or_else(|_| "pj".into());
    // What Linux says of a file that was replaced since: the new one has the old one's name.
    match exe.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
        Some(path) if !exe.exists() => path.into(),
        _ => exe,
    }
}
