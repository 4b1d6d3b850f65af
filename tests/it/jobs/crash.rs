//! Guards and clients that are killed or stopped while nobody expects it. The crash matrix (`tests/crash/`) does it at each
//! named point; here are the states that last.

use super::{run, script};
use crate::harness::{Hook, Job, Shell, Term, World, holds};

/// The state of the only job, as one call says.
fn state(world: &World) -> String {
    let row = world.pj(&["list", "--format", "jsonl"]).go().code(0).json();
    row["state"].as_str().expect("a state").to_owned()
}

/// How often it has run.
fn runs(world: &World) -> usize {
    std::fs::read_to_string(world.path("runs")).unwrap_or_default().lines().count()
}

/// A job that has failed once and rests for longer than any test.
fn resting(world: &World) -> Job {
    let again = ["--restart", "always", "--backoff", "1000s"];
    let fails = format!("echo . >>{}; exit 3", world.text("runs"));
    let job = script(world, &again, &fails);
    holds("it rests", || state(world) == "resting");
    job
}

#[test]
fn a_job_whose_guard_is_killed_between_two_runs_is_lost_and_not_run_again() {
    for verb in [&["pj-sweep"][..], &["pj", "stop", "subject"]] {
        let world = World::new();
        let job = resting(&world);
        assert!(job.guard().kill());
        holds("the guard is gone", || !job.guard().alive());
        assert_eq!(state(&world), "lost");
        world.sh(&verb.join(" ")).go().code(0);
        let job = job.again().expect("its record");
        assert_eq!((&job.json["state"], &job.json["socket"]), (&"exited".into(), &serde_json::Value::Null));
        // The code of the last run, which its guard lived to see.
        assert_eq!((job.json["exit"]["code"].as_i64(), state(&world).as_str()), (Some(3), "failed"));
        assert_eq!(std::fs::read_dir(world.path("run/pj")).expect("the sockets").count(), 0);
        assert_eq!(runs(&world), 1);
    }
}

#[test]
fn a_lost_job_that_is_forgotten_leaves_no_socket() {
    let world = World::new();
    let job = resting(&world);
    assert!(job.guard().kill());
    holds("the guard is gone", || !job.guard().alive());
    world.pj(&["rm", "-q", "--logs", "subject"]).go().code(0);
    assert_eq!(std::fs::read_dir(world.path("run/pj")).expect("the sockets").count(), 0);
    assert_eq!(std::fs::read_dir(world.state().join("jobs")).expect("the records").count(), 0);
}

#[test]
fn a_client_that_is_killed_costs_the_job_nothing() {
    let world = World::new();
    let job = script(&world, &[], "echo here; read x; exit $x");
    let mut term = Term::shell(&world, Shell::Bash, Hook::No);
    term.line("pj attach subject");
    term.expect("here");
    let is = |one: &crate::harness::proc::Stat| one.comm == "pj" && crate::harness::proc::mentions(one.pid, "attach\0");
    let client = world.ours().into_iter().find(is).expect("pj attach").id();
    assert!(client.kill());
    holds("it is gone", || !client.alive());
    assert_eq!(state(&world), "running");
    // Nobody is attached any more: the next one is the only one.
    world.pj(&["send", "subject", "7", "--key", "Enter"]).go().code(0);
    holds("it leaves with what it was told", || job.again().is_some_and(|now| now.json["exit"]["code"] == 7));
}

#[test]
fn a_stopped_guard_is_listed_as_such_and_stop_takes_over() {
    let world = World::new();
    let roster = world.roster("tree");
    let brood =
        ["beast", &roster.path().display().to_string(), "brood", "--only", "polite,deaf,setsid"].map(str::to_owned);
    let words: Vec<&str> = ["--grace", "300ms"].into_iter().chain(brood.iter().map(String::as_str)).collect();
    let job = run(&world, &words);
    roster.ready("brood");
    assert!(job.guard().signal(libc::SIGSTOP));
    let guard = || world.pj(&["list", "--format", "jsonl"]).go().code(0).json()["guard"]["state"].clone();
    holds("its guard is stopped", || guard() == "stopped");
    assert_eq!(state(&world), "running");
    world.pj(&["stop", "subject"]).go().code(0);
    roster.gone();
    assert!(!job.guard().alive());
    let exit = job.again().expect("its record").json["exit"].clone();
    assert!(exit["code"].is_i64() || exit["signal"].is_i64(), "its guard has gone on to say how it ended: {exit}");
    assert_eq!(std::fs::read_dir(world.path("run/pj")).expect("the sockets").count(), 0);
}

#[test]
fn the_command_has_ended_whatever_its_stopped_guard_has_on_record() {
    let world = World::new();
    let job = script(&world, &[], "read x");
    assert!(job.guard().signal(libc::SIGSTOP));
    let root = job.identity("root").expect("a command");
    assert!(root.kill());
    holds("it is a zombie", || !root.alive());
    assert_eq!(state(&world), "lingering");
    world.pj(&["stop", "subject"]).go().code(0);
    assert_eq!(state(&world), "killed");
}
