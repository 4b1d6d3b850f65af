//! There are no cgroups here: none is ever made, and none that a record names is ever found.

use std::io;
use std::path::Path;

use super::Pid;
use super::spawn::Fork;

/// Never one.
#[derive(Debug)]
pub enum Cgroup {}

/// No path is one's.
pub fn is_path(_: &Path) -> bool {
    false
}

impl Cgroup {
    /// Refuses.
    pub fn make(_: &str) -> io::Result<(Cgroup, String)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Finds none.
    pub fn of(_: Pid, _: &str) -> Option<Cgroup> {
        None
    }

    /// Finds none.
    pub fn open(_: &Path, _: u64) -> Option<Cgroup> {
        None
    }

    /// Of none.
    pub fn path(&self) -> &Path {
        match *self {}
    }

    /// Of none.
    pub fn id(&self) -> u64 {
        match *self {}
    }

    /// Of none.
    pub fn fork(&self) -> io::Result<Fork> {
        match *self {}
    }

    /// Of none.
    pub fn inside(&self) -> io::Result<Vec<Pid>> {
        match *self {}
    }

    /// Of none.
    pub fn has_others(&self) -> bool {
        match *self {}
    }

    /// Of none.
    pub fn freeze(&self) -> Option<Frozen<'_>> {
        match *self {}
    }

    /// Of none.
    pub fn thaw(&self) {
        match *self {}
    }
}

/// Never one.
#[derive(Debug)]
pub struct Frozen<'a>(&'a Cgroup);

impl Frozen<'_> {
    /// Of none.
    pub fn kill(&self) -> io::Result<()> {
        match *self.0 {}
    }
}

/// Nothing is there to be taken away.
pub fn remove(_: &Path) -> bool {
    true
}

/// Nothing is there to be taken away.
pub fn remove_unused() {}

/// Nothing.
pub fn remove_of(_: &str) {}
