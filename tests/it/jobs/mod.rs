//! Background jobs: what they write, and how that is read.

/// How they begin, run again and end.
mod lifecycle;
/// `pj log`.
mod log;
/// The logs of jobs that run.
mod log_run;
/// What is done to them.
mod verbs;
