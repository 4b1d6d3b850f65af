//! `pj rm`: forgets jobs. Takes records away and ends nobody: what lives goes on, so a living job is forgotten only with
//! `--force`, and then its guard alone knows of it.

use super::gather::{Books, Held};
use super::locked;
use super::out::Out;
use super::pick::{self, Many};
use super::stop;
use super::wanted::Narrow;
use crate::error::{Error, Result};
use crate::exit;
use crate::process::Looks;
use crate::record::{Job, Labels, Place, living, store};

/// What to forget.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    #[command(flatten)]
    many: Many,
    /// Living jobs too: they go on, and nothing ends them when their guard dies
    #[arg(long)]
    force: bool,
    /// Their logs too; with ids alone also of jobs that were removed before
    #[arg(long)]
    logs: bool,
}

/// Forgets them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    if args.logs && logs_of_nobody(&args.words, &books, out)? {
        return Ok(exit::DONE);
    }
    let jobs = pick::pick_any("rm", &args.words, &args.many, &books, out)?;
    Ok(stop::each(&jobs, out, |held| {
        forget(held, args.force)?;
        let pid = held.record.root.as_ref().map_or(String::new(), |r| format!(", pid {}", r.pid));
        Ok(format!("removed {}{pid}{}", pick::label(&held.record), log(args, held)))
    }))
}

/// What becomes of its log. One that stays has no name any more, so its number is said.
fn log(args: &Args, held: &Held<Job>) -> String {
    let id = held.record.id;
    if args.logs {
        let is_gone = store::remove_logs(&held.place, id) > 0;
        return if is_gone { ", with its log".to_owned() } else { String::new() };
    }
    let stays = held.place.job_dir(id).join("log").metadata().is_ok();
    if stays { format!("; its log stays: pj rm --logs {id}") } else { String::new() }
}

/// The logs of jobs that are on record no more, where all words are ids of such. Answers whether they are.
fn logs_of_nobody(words: &Narrow, books: &Books, out: &mut Out) -> Result<bool> {
    let ids: Option<Vec<u64>> = words.selectors.iter().map(|word| word.parse().ok()).collect();
    let is_on_record = |id: &u64| books.jobs.iter().any(|j| j.record.id == *id);
    let Some(ids) = ids.filter(|ids| !ids.is_empty() && !ids.iter().any(is_on_record)) else { return Ok(false) };
    let mut found = false;
    for place in Place::all().iter().filter(|place| place.check().is_ok()) {
        for &id in &ids {
            // A record that cannot be read is one, and so is one that is being written.
            let is_somebodys = [place.job(id), place.claim(id)].iter().any(|p| p.symlink_metadata().is_ok());
            if !is_somebodys && store::remove_logs(place, id) > 0 {
                out.note(&format!("removed the log of {id}"));
                found = true;
            }
        }
    }
    Ok(found)
}

fn forget(held: &Held<Job>, force: bool) -> Result<()> {
    let (job, place) = (&held.record, &held.place);
    let doing = || format!("remove {}", pick::label(job));
    let _lock = locked::take(place)?;
    // Its number may be another's by now.
    let Some(now) = store::job(place, job.id).filter(|now| now.uid == job.uid) else { return Ok(()) };
    let lives = living::lives(place, &now, &mut Looks::default());
    if !force && lives {
        let e = Error::new(doing(), "it lives").hint(format!("pj stop {}", job.id));
        return Err(e.code(exit::REFUSED));
    }
    now.cgroup.iter().for_each(|group| store::remove_cgroup(place, group));
    store::remove_job(place, job.id);
    if !lives {
        store::remove_socket(&now.uid);
    }
    // Labels that cannot be read are told by who reads them; of a job that is gone they say nothing.
    if let Ok(mut labels) = Labels::read(place)
        && labels.0.remove(&job.uid).is_some()
    {
        let _ = labels.write(place);
    }
    Ok(())
}
