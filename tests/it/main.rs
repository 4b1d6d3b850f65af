//! The integration tests: one binary, real ptys, real shells, real SIGKILL, and `/proc` as the witness.
//!
//! Linux only: they read `/proc`. `cargo test` builds the beasts, the processes that try to stay.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)]

/// The house: worlds, terminals, rosters, waiting.
mod harness;
/// The harness checked against bare commands, without pj.
mod house;
/// The import rule, read from the source.
mod layers;
/// Every fault × every way to survive.
mod matrix;
