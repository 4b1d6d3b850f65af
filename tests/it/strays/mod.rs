//! `pj scan` and `pj clean`. Every rule here names programs of the test's own world and no others: this machine may run
//! anybody's.

/// What a person is asked, and what is refused.
mod asked;
/// Processes as people leave them, and those that must be spared.
mod real;
/// What is on record between two runs.
mod record;
/// One scene for all.
mod scene;
/// Who adopts an orphan, and what that proves.
mod under;
