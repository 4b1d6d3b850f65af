//! `pj stats`.

use super::out::Out;
use crate::error::{Error, Result};

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Does it.
pub(super) fn run(_args: &Args, _out: &mut Out) -> Result<i32> {
    Err(Error::usage("pj stats is being built"))
}
