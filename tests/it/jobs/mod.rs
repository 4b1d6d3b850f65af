//! Background jobs: what they write, and how that is read.

/// `pj log`.
mod log;
/// The logs of jobs that run.
mod log_run;
