//! A sweep takes its time: what it has seen when it began may be otherwise before it is done.

use super::abandoned;
use crate::harness::{Cell, Hook, Id, Mode, Shell, Term, cmd, holds};
use crate::stage::{ANY, Stage};

/// A sweep that takes over for a stopped guard goes by who is below it. When that guard is killed meanwhile nobody is
/// below it any more, and all of them live.
#[test]
fn a_stopped_guard_that_is_killed_while_a_sweep_is_at_it() {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon");
    let known: Vec<Id> = stage.roster.steady().iter().map(|one| one.id).collect();
    job.census_names(&known);
    job.guards().iter().for_each(|one| assert!(one.signal(libc::SIGSTOP)));
    let (mut child, _) = stage.world.sweep(&["--all", "--yes", "--grace", "3s"]).start();
    holds("it has begun", || !stage.roster.ready("plain").alive());
    assert!(job.guard().kill() && stage.roster.ready("deaf").alive());
    assert!(cmd::wait(&mut child, "the sweep").success());
    stage.roster.gone();
    job.record_gone();
}

/// A sweep waits for a guard that may hear of its session's end later than it does. What is said of the job meanwhile counts:
/// that it is kept, or waits to be taken back.
#[test]
fn a_job_that_is_kept_while_a_sweep_waits_for_its_guard() {
    let (stage, _) = abandoned();
    let term = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
    let roster = stage.world.roster("kept");
    term.line(&format!("pj-wrap --name kept beast {} deaf", roster.path().display()));
    let (kept, shell) = (roster.ready("deaf"), term.id());
    let over = format!("{}-{}", shell.pid, shell.start);
    let (mut child, _) = stage.world.sweep(&["--grace", "5s", "--session", &over]).start();
    holds("it has judged all of them", || !stage.roster.ready("plain").alive());
    stage.world.pj(&["keep", "kept"]).go().code(0);
    assert!(cmd::wait(&mut child, "the sweep").success());
    stage.roster.gone();
    assert!(kept.alive() && stage.world.job("kept").guard().alive());
    stage.world.pj(&["kill", "kept"]).go().code(0);
    roster.gone();
}
