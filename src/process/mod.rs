//! Processes as facts: who is who, one snapshot of all, what a person calls them. Never signals anybody.

pub mod describe;
pub mod identity;
pub mod select;
pub mod table;

pub use identity::{Identity, Life, Look, Looks};
pub use table::Table;

use std::ffi::CStr;

use crate::sys::{Pid, os};

/// How a job's marker begins in an environment.
pub const MARK: &str = "PJ_JOB=";

/// Does the environment that a process was started with hold exactly this `NAME=value`? Evidence, not authority
/// (LAWS L47); whoever asks makes sure that the number is still the same process's.
pub fn carries(pid: Pid, line: &str) -> bool {
    os::environ(pid).is_ok_and(|env| lines(&env).any(|l| l == line.as_bytes()))
}

/// The lines of an environment: by NULs, as the library finds them, many bytes at once.
pub fn lines(mut env: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let line = CStr::from_bytes_until_nul(env).map_or(env, CStr::to_bytes);
        let is_line = !env.is_empty();
        env = env.get(line.len() + 1..).unwrap_or_default();
        is_line.then_some(line)
    })
}

#[cfg(test)]
mod text_tests;
