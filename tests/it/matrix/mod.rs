//! Every fault of the table, times every way to survive, in both modes and under each shell: all of ours is gone,
//! nobody else is touched.

/// The stage and its bystanders.
pub(crate) mod scene;

/// Faults of the session: its terminal, its shell.
mod session;

/// Faults of pj itself: front, guard, both.
mod guards;
