//! Who is in a job's cgroup and is left alone, and what a cgroup must not do to anybody.

use super::{DIRECT, dir, is_inside, is_possible, read, write};
use crate::harness::{Id, Job, eventually, holds};
use crate::stage::Stage;
use std::fs;

/// Who may end somebody: the guard, or a sweep after both guards were killed.
fn ended_by(guards: bool, stage: &mut Stage, job: &Job) -> String {
    if guards {
        stage.term.close();
        stage.roster.gone();
        holds("the guard has left", || job.guards().is_empty());
        return fs::read_to_string(stage.world.state().join("events.jsonl")).unwrap_or_default();
    }
    job.kill_guards();
    let said = stage.world.sweep(&[]).go().code(0).text();
    stage.roster.gone();
    said
}

/// Kept: alive, running, told; and the cgroup goes with the last of them.
fn is_left(stage: &Stage, job: &Job, one: Id, said: &str, why: &str) {
    assert!(said.contains(&one.pid.to_string()) && said.contains(why), "it is told: {said:?}");
    assert!(one.alive() && is_inside(job, one), "it lives where it was");
    assert_eq!(read(job, "cgroup.freeze"), "0\n", "and is not frozen");
    job.record_gone();
    let word = stage.world.state().join("cgroups");
    assert_eq!(fs::read_dir(&word).map_or(0, Iterator::count), 1, "word of the cgroup is left");
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(dir(job).exists());
    one.kill();
    holds("it is gone", || !one.alive());
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(!dir(job).exists(), "the sweep has taken the cgroup away");
    assert_eq!(fs::read_dir(&word).map_or(0, Iterator::count), 0);
}

#[test]
fn who_is_kept_lives_on_in_it() {
    for guards in [true, false] {
        if !is_possible() {
            return;
        }
        let mut stage = Stage::set(DIRECT);
        let kept = stage.world.bystanders("kept");
        let script = format!(
            "PJ_KEEP=1 beast {} deaf & beast {} brood --only deaf,daemon-env",
            kept.path().display(),
            stage.roster.path().display()
        );
        stage.term.line(&format!("pj-wrap --direct --name subject --grace 1s sh -c '{script}'"));
        stage.roster.ready("brood");
        let (job, one) = (stage.world.job("subject"), kept.ready("deaf"));
        let said = ended_by(guards, &mut stage, &job);
        is_left(&stage, &job, one, &said, "PJ_KEEP");
    }
}

/// Whoever has the right to can put anybody into anybody's cgroup: not born there is not ours.
#[test]
fn a_stranger_who_was_moved_into_it_is_spared() {
    for guards in [true, false] {
        if !is_possible() {
            return;
        }
        let mut stage = Stage::set(DIRECT);
        let (job, _) = stage.start("brood --only deaf,daemon-env");
        let roster = stage.world.bystanders("stranger");
        stage.world.sh(&format!("exec beast {} deaf", roster.path().display())).start();
        let stranger = roster.ready("deaf");
        write(&job, "cgroup.procs", &stranger.pid.to_string());
        let said = ended_by(guards, &mut stage, &job);
        is_left(&stage, &job, stranger, &said, "not provably born there");
    }
}

/// Another job's member, an orphan like ours: the marker tells.
#[test]
fn another_jobs_member_who_was_moved_into_it_is_spared() {
    if !is_possible() {
        return;
    }
    let mut stage = Stage::set(DIRECT);
    let (job, _) = stage.start("brood --only deaf");
    let other = stage.world.bystanders("other");
    let script = format!("setsid -f beast {} deaf; sleep 60", other.path().display());
    stage.world.led(&format!("pj-wrap --name other --keep sh -c '{script}'")).start();
    let orphan = other.ready("deaf");
    let held = stage.world.job("other");
    held.kill_guards();
    write(&job, "cgroup.procs", &orphan.pid.to_string());
    let said = ended_by(false, &mut stage, &job);
    assert!(orphan.alive() && said.contains(&orphan.pid.to_string()), "{said}");
    orphan.kill();
    holds("it is gone", || !orphan.alive());
    stage.world.sweep(&["--all", "--yes"]).go();
    assert!(!dir(&job).exists() && !dir(&held).exists());
}

/// One that a program of the job made in it: nobody looks into that, so there is no stroke, and the walk does it.
#[test]
fn a_cgroup_in_the_cgroup() {
    if !is_possible() {
        return;
    }
    let mut stage = Stage::set(DIRECT);
    let (job, _) = stage.start("brood --only deaf,setsid");
    let inner = dir(&job).join("inner");
    fs::create_dir(&inner).expect("a cgroup in it");
    let one = stage.roster.ready("deaf");
    fs::write(inner.join("cgroup.procs"), one.pid.to_string()).expect("one moves there");
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    fs::remove_dir(&inner).expect("nobody is in it");
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(!dir(&job).exists());
}

/// Whoever was killed while it held the cgroup could not thaw it: the next one does, or nobody would hear what he is
/// asked.
#[test]
fn a_frozen_one_is_thawed_before_anybody_is_asked() {
    if !is_possible() {
        return;
    }
    let stage = Stage::set(DIRECT);
    let line = stage.wrapped("brood --only polite,restorer").replace("--grace 1s", "--grace 1h");
    stage.term.line(&line);
    stage.roster.ready("brood");
    let job = stage.world.job("subject");
    write(&job, "cgroup.freeze", "1");
    eventually("it is frozen", || read(&job, "cgroup.events").contains("frozen 1").then_some(()));
    job.kill_guards();
    stage.world.sweep(&[]).go().code(0);
    assert!(stage.roster.happened("restorer", "restored"));
    stage.roster.gone();
    job.record_gone();
}
