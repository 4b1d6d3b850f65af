//! Ending a tree (DESIGN §5): who is in it, who is protected, which signal when, and what is left.
//!
//! Reads no records and knows no sessions: whoever calls says whose children are members. Nobody is signalled whose
//! place in the tree was not verified in the same breath.

pub mod ending;
pub mod engine;
pub mod ladder;
pub mod protect;
pub mod real;
pub mod report;
pub mod tree;

pub use ending::{Ending, Whom, own_line};
pub use engine::{Engine, Round, Subject};
pub use ladder::Cause;
pub use report::{Report, Survivor};
pub use tree::Roots;

use crate::sys::signal::Signal;
use crate::sys::{Pid, Stat};

/// The few questions and the one act that ending a tree needs of a kernel; one real, one scripted for tests.
pub trait Kernel {
    /// One process now.
    fn stat(&mut self, pid: Pid) -> Option<Stat>;
    /// Has this number still the process that had it with this start time, and would that take a signal from us?
    fn reaches(&mut self, pid: Pid, start: u64) -> bool;
    /// Adds the numbers of a process's children.
    fn children(&mut self, of: &Stat, out: &mut Vec<Pid>);
    /// What protection is decided on; its unit only `with_unit`.
    fn traits(&mut self, of: &Stat, with_unit: bool) -> protect::Traits;
    /// Signals exactly the process that `member` describes, or nobody.
    fn send(&mut self, member: &Stat, sig: Signal) -> Sent;
    /// Ourselves.
    fn me(&self) -> Pid;
}

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Delivered.
    Done,
    /// It had ended, or the number is somebody else's now.
    Gone,
    /// The kernel refuses: another user's.
    Refused,
}

#[cfg(test)]
mod plan_tests;
