//! Those that are born faster than a walk counts them: fork bombs, and walkers that are somebody else every 20 ms.

use super::{COUNT, DIRECT, dir, is_possible, without};
use crate::harness::shells::skip;
use crate::harness::{eventually, holds, proc};
use crate::stage::Stage;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A fork bomb that its user's limit holds, while its terminal closes or after both guards were killed.
fn bomb(most: usize, cgroup: bool, guards: bool) {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    // A user of each bomb's own, or they would share the limit; root is under none.
    let user = 1_900_000_000 + std::process::id() % 10_000 * 1000 + number;
    let mut stage = Stage::set(DIRECT);
    if !cgroup {
        without(&mut stage);
    }
    let (job, _) = stage.start(&format!("bomb {user} {most}"));
    assert_eq!(!job.json["cgroup"].is_null(), cgroup);
    let uid = format!("Uid:\t{user}\t");
    let count = || proc::all().iter().filter(|one| proc::contains(&proc::file(one.pid, "status"), &uid)).count();
    holds("the bomb has gone off", || count() >= most / 2);
    let (since, mut sweeps) = (Instant::now(), 0);
    if guards {
        stage.term.close();
    } else {
        job.kill_guards();
        // Without one a sweep may come to its end before the bomb does; what it says then brings the next one.
        let done = eventually("a sweep finishes it", || {
            sweeps += 1;
            let done = stage.world.sweep(&[]).go();
            (done.status.success() || cgroup).then_some(done)
        });
        done.code(0);
    }
    holds("all of it is gone", || count() == 0);
    let (took, what) = (since.elapsed(), if guards { "terminal closed" } else { "both killed, sweep" });
    eprintln!("bomb of {most}, {what}, cgroup {cgroup}, {sweeps} sweeps: gone after {took:?}, with a grace of 1 s");
    stage.roster.gone();
    job.record_gone();
    if cgroup {
        holds("the cgroup is gone", || !dir(&job).exists());
    }
}

fn bombs(cgroup: bool) {
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        skip("only root can put another user under a limit");
        return;
    }
    for most in [200, 400] {
        bomb(most, cgroup, true);
        bomb(most, cgroup, false);
    }
}

#[test]
fn fork_bombs_with() {
    if is_possible() {
        bombs(true);
    }
}

#[test]
fn fork_bombs_without() {
    bombs(false);
}

/// Eight of them, each a new process in a new session every 20 ms, and nobody but the sweep to end them.
fn walkers(cgroup: bool, env: &str) {
    let mut stage = Stage::set(DIRECT);
    if !cgroup {
        without(&mut stage);
    }
    let roster = stage.roster.path().display().to_string();
    let script =
        format!("for i in 1 2 3 4 5 6 7 8; do {env} $(command -v beast) {roster} walker & done; wait; exec sleep 60");
    stage.term.line(&format!("pj-wrap --direct --name subject --grace 1s sh -c '{script}'"));
    let job = stage.world.job("subject");
    holds("they walk", || stage.roster.members().len() > 40);
    job.kill_guards();
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
    job.record_gone();
}

#[test]
fn eight_walkers_whose_guards_are_killed_with() {
    if is_possible() {
        walkers(true, "");
    }
}

#[test]
fn eight_walkers_whose_guards_are_killed_without() {
    walkers(false, "");
}

/// No session, no census, no marker names them: only where they were born.
#[test]
fn eight_walkers_that_nothing_else_proves() {
    if is_possible() {
        walkers(true, "env -i");
    }
}
