//! Exit codes of `pj` and `pj-sweep` (DESIGN §7). `pj-wrap` has the command's own, and these three of its own.

/// Done, or nothing to do.
pub const DONE: i32 = 0;
/// It failed.
pub const FAILED: i32 = 1;
/// Wrong usage or configuration.
pub const USAGE: i32 = 2;
/// Nothing matched, or not running.
pub const NOTHING: i32 = 3;
/// Several match where one is needed.
pub const SEVERAL: i32 = 4;
/// Partly done: survivors or findings are listed.
pub const PARTLY: i32 = 5;
/// Refused: protected, or not proven ours.
pub const REFUSED: i32 = 6;
/// Timed out.
pub const TIMED_OUT: i32 = 7;
/// `pj-wrap`: wrong usage, or the fork failed.
pub const WRAP_FAILED: i32 = 125;
/// `pj-wrap`: the command is there and cannot be executed.
pub const NOT_EXECUTABLE: i32 = 126;
/// `pj-wrap`: there is no such command.
pub const NOT_FOUND: i32 = 127;
