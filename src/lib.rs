//! pj: what a terminal started ends with it.
//!
//! A map of the house, top to bottom; imports run downwards only (`tests/it/layers.rs` enforces it):
//!
//! * [`cli`] the `pj` binary: parse, ask the layers below, print;
//! * [`guard`] `pj-wrap`: the PTY parent and subreaper of one command · [`sweep`] `pj-sweep`: the last line · [`ports`] who
//!   listens where · [`strays`] whom no record owns and a rule names;
//! * [`kill`] ending a tree · [`record`] the files that tell a later sweep what was ours · [`log`] a job's output ·
//!   [`config`] the user's file · [`notify`] who is told;
//! * [`process`] identity, tables, selectors: pure · [`sys`] the kernel: the only home of `unsafe`;
//! * [`error`], [`exit`] the floor.

pub mod cli;
pub mod config;
pub mod error;
pub mod exit;
pub mod guard;
pub mod kill;
pub mod log;
pub mod notify;
pub mod ports;
pub mod process;
pub mod record;
pub mod strays;
pub mod sweep;
pub mod sys;

/// Readers of bytes that others wrote, for `fuzz/`; in no build but a fuzzer's.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
