//! Background jobs: what they write, and how that is read.

/// `pj log`.
mod log;
