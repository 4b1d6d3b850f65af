//! Many processes and some directories behind one descriptor: what may be asked, and what is told. All of it is a hint; who has
//! ended, and what is new, the caller finds out.

use super::Pid;

#[cfg_attr(target_os = "linux", path = "linux_watch.rs")]
#[cfg_attr(target_os = "macos", path = "macos_watch.rs")]
mod watch_os;

pub use watch_os::Watch;

/// What is told of a path. Where its notes have no names (macOS), anything new in a directory is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of a directory: a file in it whose name ends in `.json` is new, or was written.
    Records,
    /// Of a directory: there is a new name in it.
    Names,
    /// Of a file: it was written to.
    Text,
}

/// What has happened since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Numbers of processes that have ended. They are no longer watched.
    pub ended: Vec<Pid>,
    /// Something about a path that is watched.
    pub changed: bool,
}
