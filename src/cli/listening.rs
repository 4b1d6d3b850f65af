//! Which job listens on a port (`:3000`), and who does if it is nobody's. Looks only.

use super::gather::{Books, Held};
use crate::error::{Doing, Result};
use crate::ports::{self, Chain, Listener};
use crate::process::Identity;
use crate::process::describe::escape;
use crate::record::{Job, members};
use crate::sys::Pid;

/// The jobs of which a member listens there, each once.
pub(super) fn jobs(port: u16, books: &Books) -> Result<Vec<&Held<Job>>> {
    let mut found: Vec<&Held<Job>> = Vec::new();
    for chain in chains(port)?.1 {
        let job = heir(&chain, books);
        if let Some(job) = job.filter(|job| !found.iter().any(|other| std::ptr::eq(*job, *other))) {
            found.push(job);
        }
    }
    Ok(found)
}

/// What to say, and what to type, of a port that no job listens on: the first who does.
pub(super) fn stranger(port: u16, books: &Books) -> Option<(String, String)> {
    let (listeners, chains) = chains(port).ok()?;
    let is_strangers = |c: &&Chain| heir(c, books).is_none();
    let Some(first) = chains.iter().find(is_strangers).map(Chain::process) else {
        // Seen by the kernel alone: another user's, or another namespace's.
        let user = listeners.first()?.uid;
        return chains.is_empty().then(|| {
            (
                format!(": a process of user {user} that cannot be seen listens on port {port}"),
                format!("sudo ss -ltnp sport = :{port}"),
            )
        });
    };
    let who = format!("{} ({})", first.pid, escape(&first.name()));
    Some((format!(": process {who} listens on port {port}, which is no job's"), format!("pj why {}", first.pid)))
}

/// The job that a process belongs to.
pub(super) fn heir<'b>(chain: &Chain, books: &'b Books) -> Option<&'b Held<Job>> {
    ports::heir(chain, &books.jobs, |held| &held.record, census)
}

/// Who listens there, and those of them that can be seen, with their parents.
fn chains(port: u16) -> Result<(Vec<Listener>, Vec<Chain>)> {
    let doing = || format!("find out who listens on port {port}");
    let there = ports::on(port).doing(doing)?;
    let mut pids: Vec<Pid> = ports::holders(&there).doing(doing)?.iter().map(|h| h.pid).collect();
    pids.dedup();
    // Whoever has the number when his parents were read must be the one who listens.
    let still = |pid: &Pid| Chain::of(*pid).filter(|_| !ports::of(&[*pid], &there).is_empty());
    Ok((there.clone(), pids.iter().filter_map(still).collect()))
}

fn census(held: &Held<Job>) -> Vec<Identity> {
    let job = &held.record;
    if job.is_adopted() && !job.tree {
        return Vec::new();
    }
    let text = std::fs::read_to_string(held.place.members(job.id)).unwrap_or_default();
    members::read(&text).into_iter().map(|m| m.identity).collect()
}
