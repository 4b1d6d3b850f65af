//! `pj detach`: runs a command apart from everything that this terminal ends: in a kernel session of its own, of no job's,
//! and marked as one that is to stay. Nobody guards it and nothing records it.

use std::ffi::OsString;

use serde::Serialize;

use super::out::Out;
use super::table::Tone;
use crate::error::Result;
use crate::exit;
use crate::guard::detach;

/// What to run.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The command; the first word that is no option begins it
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    pid: i32,
}

/// Starts it, and prints its number.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let pid = detach::start(&args.command)?;
    if out.json {
        out.value(&Answer { schema: "pj.detach/1", pid });
    } else {
        out.line(Tone::Plain, &pid.to_string());
    }
    Ok(exit::DONE)
}
