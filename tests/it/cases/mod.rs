//! The terminal, case by case. A test is named by its case's number and sentence; `docs/TERMINAL.md` is the list, and
//! says what cannot hold in which mode, and why. Each case is tried in pty and in direct mode; what a bare command does
//! is the expectation.

/// One story played bare, in pty mode and in direct mode, and compared.
mod seen;

/// Whom a guard cannot end at once, and who is not its to end.
mod beyond;
/// Exit codes and deaths by signal.
mod exit_status;
/// What the command is given.
mod given;
/// Ctrl-Z, `fg`, `bg`, `&`.
mod job_control;
/// Modes and armed features after any end.
mod modes;
/// What is sent to the front.
mod signals;
/// The window's size and the terminal's modes.
mod size;
/// Bytes in and out, pipes, ends of file.
mod streams;

/// Signals, sizes and modes, compared.
mod compared;
/// Job control as people and scripts use it, compared.
mod jobs_compared;
/// Keys, answers and the terminal's name.
mod keys;
/// The list and the tests name the same cases.
mod list;
/// Orphans: reaped, spared, ended.
mod orphans;
/// Slow readers, pagers, foreign terminals.
mod plumbing;
