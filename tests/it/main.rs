//! The integration tests: one binary, real ptys, real shells, real SIGKILL, and `/proc` as the witness.
//!
//! Linux only: they read `/proc`. `cargo test` builds the beasts, the processes that try to stay.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)]

/// The house: worlds, terminals, rosters, waiting.
mod harness;
/// One wrapped job in one terminal.
mod stage;

/// The harness checked against bare commands, without pj.
mod house;
/// The import rule, read from the source.
mod layers;

/// Programs that show everything.
mod programs;

/// Every fault × every way to survive.
mod matrix;

/// The terminal, case by case: bare and wrapped are the same.
mod cases;

/// Those whom nothing may touch.
mod bystanders;
/// What happened, and who is told.
mod events;
/// Many of everything.
mod growth;
/// Jobs at rest.
mod idle;
/// pj never costs the command.
mod never_costs;
/// What lingers holds nothing of the user's open.
mod nothing_hangs;
/// The grace of known programs.
mod profile;

/// What looks like ours and is not.
mod apart;

/// The third line: a cgroup of the job's own.
mod cgroup;
/// What is set for good, and what a wrong file costs.
mod config;

/// What Tab does.
mod completions;
/// Numbers that are used again at once, and strangers on them.
mod hunt;
/// `./install.sh`, all but the build.
mod install;
/// What `pj sessions` makes of odd files.
mod session_records;
/// `pj sessions`: what it tells, whom it ends.
mod sessions;
/// The line in the rc file.
mod shell_hooks;

/// Background jobs.
mod jobs;

/// Ports: who holds them, and that they are free.
mod ports;
/// Adopted processes, and the records as a registry.
mod registry;

/// What no job owns.
mod strays;
/// The last line of defence.
mod sweep;
/// The verbs of `pj`.
mod verbs;

/// The weight of the release binaries.
mod budget;
/// The daemon, and what the system starts it with.
mod service;

// What is generated and checked in.
mod generated;
