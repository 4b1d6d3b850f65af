//! Whose job a process belongs to: its own line of parents against what is on record, by identity. Judges for selectors
//! and for what is told; whoever ends somebody proves it anew.

use crate::process::Identity;
use crate::record::Job;
use crate::sys::{Pid, Stat, os};

/// A process and its parents, nearest first, as they are now.
#[derive(Clone, Debug)]
pub struct Chain(Vec<Stat>);

impl Chain {
    /// Reads it; `None` when there is no such process.
    pub fn of(pid: Pid) -> Option<Chain> {
        Chain::by(pid, &mut os::stat)
    }

    /// The same where somebody has looked already.
    pub fn by(pid: Pid, stat: &mut dyn FnMut(Pid) -> Option<Stat>) -> Option<Chain> {
        let first = stat(pid)?;
        Some(Chain(std::iter::successors(Some(first), |s| stat(s.ppid)).take(256).collect()))
    }

    /// The process and its parents, nearest first.
    pub fn line(&self) -> &[Stat] {
        &self.0
    }

    /// The process itself.
    pub fn process(&self) -> &Stat {
        &self.0[0]
    }

    /// How far above the process this one stands; the process itself is 0.
    fn height(&self, who: &Identity) -> Option<usize> {
        self.0.iter().position(|s| who.is_here(s))
    }

    /// The same of whom a job's record names: its guard, which has nobody below it but the job, its process, and what is
    /// below that. An adopted process may stand alone.
    fn height_in(&self, job: &Job) -> Option<usize> {
        let root = job.root.as_ref().and_then(|r| self.height(r));
        let root = root.filter(|&h| h == 0 || !job.is_adopted() || job.tree);
        root.into_iter().chain(job.guard.as_ref().and_then(|g| self.height(g))).min()
    }
}

/// Which of these jobs the process belongs to: the nearest above it, where one job runs in another. Only where no
/// record names anybody of its line, the census of each is asked for: a process that was seen in a tree, and what is
/// below it.
pub fn heir<'j, T>(
    chain: &Chain,
    jobs: &'j [T],
    job: impl Fn(&T) -> &Job,
    census: impl Fn(&T) -> Vec<Identity>,
) -> Option<&'j T> {
    let named = jobs.iter().filter_map(|one| Some((chain.height_in(job(one))?, one)));
    let found = named.min_by_key(|(height, _)| *height).or_else(|| {
        let seen = |one| census(one).iter().filter_map(|who| chain.height(who)).min();
        jobs.iter().filter_map(|one| Some((seen(one)?, one))).min_by_key(|(height, _)| *height)
    });
    found.map(|(_, one)| one)
}
