//! `pj reset --confirm RESET`: puts the records of all jobs aside, into a directory of their own below the state directory,
//! and begins with id 1. Deletes nothing, forgets no session, and does nothing while a job lives.

use std::path::Path;
use std::time::Duration;

use super::gather::{Books, Held};
use super::out::Out;
use super::{locked, pick, stop};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::Looks;
use crate::record::{Job, Place, event, living, store};

/// How sure somebody is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The word RESET
    #[arg(long, value_name = "WORD", required = true, value_parser = word)]
    confirm: String,
    /// Stop the jobs that live
    #[arg(long)]
    stop: bool,
    /// How long to wait for each at most, such as 10s
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time, requires = "stop")]
    timeout: Option<Duration>,
}

fn word(text: &str) -> std::result::Result<String, String> {
    if text == "RESET" { Ok(text.to_owned()) } else { Err("type --confirm RESET".into()) }
}

/// Resets the state directory that new jobs are recorded in.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let place = Place::current()?;
    place.make()?;
    if args.stop {
        let books = Books::read();
        let live = alive(&books, &place);
        if let Some(around) = live.iter().find(|j| pick::is_around(&j.record)) {
            let e = Error::new("reset", format!("this runs in job {}", around.record.id));
            return Err(e.hint("run it from another terminal").code(exit::REFUSED));
        }
        match stop::all(&live, args.timeout, out) {
            exit::DONE => {}
            code => return Err(Error::new("reset", "not all jobs have ended").hint("pj list --alive").code(code)),
        }
    }
    let _lock = locked::take(&place)?;
    let books = Books::read();
    let live = alive(&books, &place);
    if !live.is_empty() {
        let names: Vec<String> = live.iter().map(|j| pick::label(&j.record)).collect();
        let e = Error::new("reset", format!("these jobs live: {}", names.join(", ")));
        return Err(e.hint("pj reset --confirm RESET --stop").code(exit::REFUSED));
    }
    let aside = place.root().join(format!("reset-{}", event::now().replace(':', "")));
    let moved = put_aside(&place, &books, &aside)?;
    out.note(&format!("{moved} jobs are on record in {} alone", aside.display()));
    Ok(exit::DONE)
}

fn alive<'a>(books: &'a Books, place: &Place) -> Vec<&'a Held<Job>> {
    let mut looks = Looks::default();
    let here = books.jobs.iter().filter(|j| *j.place == *place);
    here.filter(|j| living::lives(&j.place, &j.record, &mut looks)).collect()
}

/// Moves file by file: the record of a job that begins meanwhile stays, and its id is not given again.
fn put_aside(place: &Place, books: &Books, aside: &Path) -> Result<usize> {
    let to = Place::at(aside);
    to.make()?;
    // Two in one second share a directory: nothing there is written over.
    let place_for = |path: &Path| {
        let inside = path.strip_prefix(place.root()).unwrap_or(path);
        let first = aside.join(inside);
        let next = |n: u32| first.with_file_name(format!("{}.{n}", first.file_name().unwrap_or_default().display()));
        std::iter::once(first.clone()).chain((2..).map(next)).find(|p| p.symlink_metadata().is_err()).unwrap_or(first)
    };
    let mv = |path: &Path| match path.symlink_metadata() {
        Ok(_) => std::fs::rename(path, place_for(path)).doing(|| format!("move {}", path.display())),
        Err(_) => Ok(()),
    };
    let mut moved = 0;
    for job in books.jobs.iter().filter(|j| *j.place == *place).map(|j| &j.record) {
        // The record first, so that nobody sees a job without its census.
        mv(&place.job(job.id))?;
        mv(&place.job_dir(job.id))?;
        job.cgroup.iter().for_each(|group| store::remove_cgroup(place, group));
        moved += 1;
    }
    for finding in books.findings.iter().filter(|f| f.path.starts_with(place.jobs()) || f.path == place.labels()) {
        mv(&finding.path)?;
    }
    for path in event::files(place).into_iter().chain([place.labels(), place.seq()]) {
        mv(&path)?;
    }
    Ok(moved)
}
