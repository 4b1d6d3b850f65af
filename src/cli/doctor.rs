//! `pj doctor`: which lines of defence hold here, and why not; with `--selftest` the main job on a real tree. Changes
//! nothing of the user's.

pub(in crate::cli) mod beast;
mod checks;
mod selftest;
mod stage;

use serde::Serialize;

use super::out::Out;
use super::table::Tone;
use crate::error::{Error, Result};
use crate::exit;
pub(in crate::cli) use checks::beside;
use checks::{Check, Holds};
use selftest::Found;

/// What to look at.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also wrap a tree that will not go, close its terminal, kill its guards, and report who survived
    #[arg(long)]
    selftest: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    version: &'static str,
    checks: &'a [Check],
    selftest: Option<&'a Found>,
}

/// Looks, and tells.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let checks = checks::all();
    if !out.json {
        checks.iter().for_each(|c| show(c, out));
    }
    let found = if args.selftest { Some(test()) } else { None };
    // What was found is told even when the test could not be played.
    let (found, failed) = match found {
        Some(Err(e)) => (None, Some(e)),
        Some(Ok(found)) => (Some(found), None),
        None => (None, None),
    };
    if out.json {
        let (schema, version) = ("pj.doctor/1", env!("CARGO_PKG_VERSION"));
        out.value(&Answer { schema, version, checks: &checks, selftest: found.as_ref() });
    } else if let Some(found) = &found {
        tell(found, out);
    }
    if let Some(e) = failed {
        return Err(e);
    }
    let is_broken = checks.iter().any(|c| c.holds == Holds::Broken);
    // The selftest plays in a home of its own: it answers for itself.
    Ok(match found {
        Some(found) if found.passed => exit::DONE,
        None if !is_broken => exit::DONE,
        _ => exit::FAILED,
    })
}

fn test() -> Result<Found> {
    let missing = |name: &str| Error::new("play the selftest", format!("{name} is not beside pj")).hint("./install.sh");
    let wrap = beside("pj-wrap").ok_or_else(|| missing("pj-wrap"))?;
    let sweep = beside("pj-sweep").ok_or_else(|| missing("pj-sweep"))?;
    selftest::run(&wrap, &sweep)
}

fn show(c: &Check, out: &mut Out) {
    let (mark, tone) = match c.holds {
        Holds::Yes => ("yes", Tone::Plain),
        Holds::No => ("no", Tone::Warn),
        Holds::Broken => ("NO", Tone::Warn),
        Holds::Note => ("-", Tone::Dim),
    };
    out.line(tone, &format!("{mark:<4} {:<11} {}", c.name, c.says));
    if let Some(hint) = &c.hint {
        out.line(Tone::Plain, &format!("{:17}hint: {hint}", ""));
    }
}

fn tell(found: &Found, out: &mut Out) {
    for act in &found.acts {
        let held = act.bystander_lives && act.survivors().count() == 0;
        let (mark, tone) = if held { ("ok", Tone::Plain) } else { ("NO", Tone::Warn) };
        out.line(tone, &format!("{mark:<4} {}", act.text()));
    }
    let verdict = if found.passed { "passed: nothing survived, no bystander was touched" } else { "FAILED" };
    out.line(Tone::Head, &format!("selftest {verdict} ({} ms)", found.ms));
}
