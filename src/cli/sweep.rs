//! `pj sweep`: the same as `pj-sweep`, for who has only `pj` at hand.

use std::ffi::OsString;

use super::out::Out;

/// `pj-sweep`'s own flags, passed on as they are.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    /// Flags of pj-sweep: see pj-sweep --help
    #[arg(value_name = "FLAGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(super) words: Vec<OsString>,
}

/// Sweeps.
pub(super) fn run(args: Args, out: &Out) -> i32 {
    let mut words = args.words;
    // Global flags are pj's to read and the sweep's to obey.
    if out.quiet && !words.iter().any(|w| w == "-q") {
        words.insert(0, "-q".into());
    }
    if out.json && !words.iter().any(|w| w == "--json") {
        words.insert(0, "--json".into());
    }
    crate::sweep::run(words)
}
