//! How the file is replaced: as a whole or not at all, through a link to where it leads, with the mode it had.
//!
//! Never: empties it on the way, overwrites what somebody else has just written, or writes into another user's home.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::load::contents;
use crate::error::{Doing, Error, Result};
use crate::process::describe::escape;
use crate::sys::{self, file};

/// `write PATH`, for errors.
fn writing(path: &Path) -> String {
    format!("write {}", escape(&path.to_string_lossy()))
}

/// Where the file really is: what it is a link to stays a link.
fn target(path: &Path) -> Result<PathBuf> {
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            return Err(Error::new(writing(path), "it is a link that leads nowhere"));
        }
        Err(_) => path.to_owned(),
    };
    let users = |p: &Path| file::owner_and_mode(p).is_ok_and(|(uid, _)| uid != 0);
    if sys::euid() == 0 && real.ancestors().any(users) {
        return Err(Error::new(writing(path), "it is another user's, or lies in his directory"));
    }
    Ok(real)
}

/// A copy beside the file with another text, for us alone; the caller takes it away. `what` tells it from others of ours.
pub(super) fn copy(path: &Path, what: &str, text: &str) -> Result<PathBuf> {
    let real = target(path)?;
    let dir = real.parent().unwrap_or(Path::new("/"));
    file::make_private_dir(dir).doing(|| writing(path))?;
    let copy = dir.join(format!(".config.{what}.{}.toml", sys::pid()));
    // One of a process of our number that was killed.
    let _ = fs::remove_file(&copy);
    let write = || {
        file::claim_file(&copy)?;
        let mut open = file::open_private(&copy)?;
        open.write_all(text.as_bytes())?;
        open.sync_all()
    };
    write().doing(|| writing(path)).inspect_err(|_| drop(fs::remove_file(&copy)))?;
    Ok(copy)
}

/// Puts a new text in the place of `old`, which is what the file said when it was read.
pub(super) fn replace(path: &Path, old: Option<&str>, new: &str) -> Result<()> {
    let real = target(path)?;
    let copy = copy(path, "new", new)?;
    let swap = || -> Result<()> {
        if contents(path)?.as_deref() != old {
            return Err(Error::new(writing(path), "it has been changed just now").hint("once more"));
        }
        if let Ok((_, mode)) = file::owner_and_mode(&real) {
            fs::set_permissions(&copy, Permissions::from_mode(mode & 0o777)).doing(|| writing(path))?;
        }
        fs::rename(&copy, &real).doing(|| writing(path))
    };
    swap().inspect_err(|_| drop(fs::remove_file(&copy)))
}
