//! `pj keep`: says of jobs that live that they may outlive their session, or may not. Leaves word beside the record, where
//! guard and sweep read it when it matters; asks no guard, so that one that is stopped need not answer.

use super::gather::Books;
use super::locked;
use super::out::Out;
use super::pick::{self, Many};
use super::stop;
use super::wanted::Narrow;
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::Looks;
use crate::record::{Job, Place, living, store};

/// Which jobs.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    #[command(flatten)]
    many: Many,
    /// They end with their session again, whatever was said at their start
    #[arg(long)]
    off: bool,
}

/// Says so of each.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let jobs = pick::pick_any("keep", &args.words, &args.many, &books, out)?;
    Ok(stop::each(&jobs, out, |held| {
        keep(&held.place, &held.record, !args.off)?;
        Ok(format!("{} {}", pick::label(&held.record), what(&held.record, args.off)))
    }))
}

/// What that means for it.
fn what(job: &Job, off: bool) -> &'static str {
    match (off, job.owner.session.is_some() || job.front.is_some()) {
        (true, true) => "ends with its session",
        (true, false) => "has no session to end with: it stays until it is stopped",
        (false, true) => "may outlive its session",
        (false, false) => "may stay, and what it leaves behind may too",
    }
}

fn keep(place: &Place, job: &Job, on: bool) -> Result<()> {
    let doing = || format!("keep {}", pick::label(job));
    // Else a removal might take place between our look and our word.
    let _lock = locked::take(place)?;
    let now = store::job(place, job.id).filter(|now| now.uid == job.uid);
    if !now.is_some_and(|now| living::lives(place, &now, &mut Looks::default())) {
        return Err(Error::new(doing(), "it is not running").code(exit::NOTHING));
    }
    store::put_keep(place, job, on).doing(doing)
}
