//! Processes as facts: who is who, one snapshot of all, what a person calls them. Never signals anybody.

pub mod describe;
pub mod identity;
pub mod select;
pub mod table;

pub use identity::{Identity, Life};
pub use table::Table;

use crate::sys::{Pid, os};

/// How a job's marker begins in an environment.
pub const MARK: &str = "PJ_JOB=";

/// Does the environment that a process was started with hold exactly this `NAME=value`? Evidence, not authority
/// (LAWS L47); whoever asks makes sure that the number is still the same process's.
pub fn carries(pid: Pid, line: &str) -> bool {
    os::environ(pid).is_ok_and(|env| env.split(|&b| b == 0).any(|l| l == line.as_bytes()))
}

#[cfg(test)]
mod text_tests;
