//! Whole sessions with the agents people run, in real terminals, against a model server on loopback that this binary
//! brings along. Run by `just agents`, which installs them; never by a plain `cargo test`.
//!
//! Linux only: the harness reads `/proc`.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)]

#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/harness/mod.rs"]
mod harness;

/// The table of agents.
mod agent;
/// Every kind of close.
mod close;
/// One agent in one terminal.
mod desk;
/// Bare and wrapped, compared.
mod feel;
/// The model server.
mod mock;

/// The same tests for each agent of the table.
macro_rules! agents {
    ($($name:ident $table:ident;)*) => {$(
        mod $name {
            use crate::agent::{$table, is_here};
            use crate::close::{Close, leaves_nothing};

            #[test]
            fn looks_and_feels_as_without_us() {
                if is_here(&$table) {
                    crate::feel::same(&$table);
                }
            }

            crate::closes! { $table:
                terminal_closed Terminal, shell_killed Shell, front_killed Front, guard_killed Guard,
                pane_killed Pane, both_guards_killed BothGuards, left_and_exited Exit, suspended_and_exited Stopped,
            }
        }
    )*};
}

macro_rules! closes {
    ($table:ident: $($test:ident $close:ident,)*) => {$(
        #[test]
        fn $test() {
            if is_here(&$table) {
                leaves_nothing(&$table, Close::$close);
            }
        }
    )*};
}

pub(crate) use closes;

agents! {
    claude CLAUDE;
    codex CODEX;
    gemini GEMINI;
}

#[test]
fn claude_s_background_agents_outlive_the_terminal() {
    if agent::is_here(&agent::CLAUDE) {
        close::background_agents(&agent::CLAUDE);
    }
}

#[test]
fn codex_without_its_daemon_leaves_nothing() {
    if agent::is_here(&agent::CODEX_ALONE) {
        close::leaves_nothing(&agent::CODEX_ALONE, close::Close::Terminal);
    }
}
