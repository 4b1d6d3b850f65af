//! One daemon a user: how it comes and goes, who it is, and that nobody else is taken for it.

use super::{daemon, kill_guards, running, settled, start, status, wrapped};
use crate::harness::{Id, World, cmd, holds, proc};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

fn lock(world: &World) -> PathBuf {
    world.state().join("daemon.lock")
}

#[test]
fn it_starts_tells_and_stops() {
    let world = World::new();
    world.pj(&["daemon", "status"]).go().code(3).stdout("stopped\n");
    assert_eq!(status(&world)["running"], json!(false));
    daemon(&world, &["stop"]).go().code(0).says("no daemon runs");
    daemon(&world, &["reload"]).go().code(3).says("none runs");
    let one = start(&world);
    let stat = one.stat().expect("it lives");
    assert_eq!((stat.comm.as_str(), stat.session), ("pj-daemon", one.pid), "in a session of its own");
    assert_eq!(fs::read_link(format!("/proc/{}/cwd", one.pid)).expect("a directory"), PathBuf::from("/"));
    for n in 0..2 {
        assert_eq!(fs::read_link(format!("/proc/{}/fd/{n}", one.pid)).expect("open"), PathBuf::from("/dev/null"));
    }
    world.pj(&["daemon", "status"]).go().code(0).says("running: process").never_says("not this one");
    let told = status(&world);
    assert!(told["is_this"] == json!(true) && told["pid"] == json!(one.pid) && told["config"].is_null(), "{told}");
    daemon(&world, &["start"]).go().code(0).says("runs already");
    daemon(&world, &["run"]).go().code(6).says("one runs already").says("pj daemon status");
    daemon(&world, &["restart"]).go().code(0);
    let two = settled(&world);
    assert!(two != one && !one.alive());
    daemon(&world, &["start", "--force"]).go().code(0);
    let three = settled(&world);
    assert!(three != two && !two.alive());
    daemon(&world, &["stop"]).go().code(0).stdout("");
    assert!(!three.alive());
    world.pj(&["daemon", "status"]).go().code(3);
}

/// In the foreground: TERM and INT end it, HUP and `reload` have it begin anew, without losing its place.
#[test]
fn signals_end_it_or_have_it_begin_anew() {
    let world = World::new();
    for end in [libc::SIGTERM, libc::SIGINT] {
        let (mut child, one) = daemon(&world, &["run"]).start();
        holds("it runs", || running(&world) == Some(one));
        let sign = fs::read_to_string(lock(&world)).expect("a sign");
        for word in [libc::SIGHUP, libc::SIGUSR1, libc::SIGHUP] {
            fs::write(lock(&world), sign.replace("\"version\":\"", "\"version\":\"old ")).expect("written over");
            // As one might by mistake: twice.
            assert!(one.signal(word) && one.signal(word));
            holds("it says anew who it is", || status(&world)["is_this"] == json!(true));
        }
        // The second word may still be under way.
        holds("it has its place", || running(&world) == Some(one));
        let (job, roster) = wrapped(&world, &format!("job{end}"), "plain");
        kill_guards(&job, &roster);
        roster.gone();
        job.record_gone();
        assert!(one.signal(end));
        assert!(cmd::wait(&mut child, "the daemon").success());
    }
}

/// A child that ends while it executes itself anew, of which nobody tells it a second time.
#[test]
fn whom_it_had_before_it_began_anew_it_takes_the_end_of() {
    let world = World::new();
    let tell = world.script("tell", "#!/bin/sh\nexec sleep 1000\n").to_string_lossy().into_owned();
    daemon(&world, &["start"]).env("PJ_NOTIFY_COMMAND", &tell).env("PJ_NOTIFY_TIMEOUT", "1h").go().code(0);
    let one = running(&world).expect("a daemon");
    let (job, roster) = wrapped(&world, "subject", "plain");
    kill_guards(&job, &roster);
    let children = || {
        let text = proc::file(one.pid, &format!("task/{}/children", one.pid));
        String::from_utf8_lossy(&text)
            .split_whitespace()
            .filter_map(|pid| Id::of(pid.parse().ok()?))
            .collect::<Vec<_>>()
    };
    holds("somebody is told", || !children().is_empty());
    roster.gone();
    job.record_gone();
    assert!(one.signal(libc::SIGSTOP));
    holds("it is stopped", || one.state() == Some('T'));
    assert!(children().into_iter().all(Id::kill));
    assert!(one.signal(libc::SIGUSR1) && one.signal(libc::SIGCONT));
    holds("nobody is left of them", || children().is_empty());
    assert!(one.alive());
}

/// Killed, it leaves a file and no lock; stopped, it leaves both.
#[test]
fn one_that_was_killed_or_stopped_is_replaced() {
    let world = World::new();
    let one = start(&world);
    assert!(one.kill());
    holds("it is gone", || !one.alive());
    assert!(lock(&world).exists());
    world.pj(&["daemon", "status"]).go().code(3);
    let two = start(&world);
    assert!(two.signal(libc::SIGSTOP));
    holds("it is stopped", || two.state() == Some('T'));
    // It is continued, and hears the word.
    daemon(&world, &["stop"]).go().code(0);
    assert!(!two.alive());
    daemon(&world, &["start", "--force"]).go().code(0);
    daemon(&world, &["stop"]).go().code(0);
}

/// Whatever the file says: who does not hold the lock is not signalled, and who holds it and is not named neither.
#[test]
fn a_stranger_in_the_file_is_never_signalled() {
    let world = World::new();
    let one = start(&world);
    let roster = world.bystanders("stranger");
    world.sh(&format!("exec beast {} signals 99", roster.path().display())).start();
    let stranger = roster.ready("signals");
    let mut sign: serde_json::Value = serde_json::from_slice(&fs::read(lock(&world)).expect("a sign")).expect("JSON");
    let (mine, old) = (sign.clone(), sign["ino"].take());
    (sign["pid"], sign["start"]) = (json!(stranger.pid), json!(stranger.start));
    fs::write(lock(&world), sign.to_string()).expect("written over");
    for verb in [&["stop"][..], &["restart", "--force"], &["start", "--force"], &["reload"], &["run", "--force"]] {
        daemon(&world, verb).go().code(6).says("is not who that names");
    }
    world.pj(&["daemon", "status"]).go().code(3).says("is not who that names");
    // The holder is named, with another start.
    let mut other = mine.clone();
    (other["start"], other["ino"]) = (json!(1), json!(null));
    fs::write(lock(&world), other.to_string()).expect("written over");
    daemon(&world, &["stop"]).go().code(6);
    assert!(one.alive() && stranger.alive() && roster.events("signals").is_empty());
    fs::write(lock(&world), mine.to_string()).expect("written over");
    assert_eq!(mine["ino"], old);
    daemon(&world, &["stop"]).go().code(0);
    // Nobody holds the lock: the stranger is nobody's daemon.
    fs::write(lock(&world), sign.to_string()).expect("written over");
    daemon(&world, &["stop"]).go().code(0).says("no daemon runs");
    let two = start(&world);
    assert!(two.alive() && stranger.alive() && roster.events("signals").is_empty());
    stranger.kill();
}

/// Two that are started in one instant: one stays.
#[test]
fn of_many_that_start_at_once_one_stays() {
    let world = World::new();
    let runs: Vec<_> = (0..6).map(|_| daemon(&world, &["run"]).start()).collect();
    let living = || runs.iter().map(|(_, id)| *id).filter(|id| id.alive()).collect::<Vec<Id>>();
    holds("one is left", || living().len() == 1 && running(&world) == Some(living()[0]));
    daemon(&world, &["stop"]).go().code(0);
    for (mut child, _) in runs {
        cmd::wait(&mut child, "a daemon");
    }
}

/// Typed inside a wrapped job it is none of the job's: it stays when that ends, and is marked by nobody.
#[test]
fn one_that_is_started_inside_a_job_outlives_it() {
    let world = World::new();
    let script = "pj daemon start; pj run --name beside true";
    world.wrap(&["--on-exit", "end", "--name", "outer", "sh", "-c", script]).go().code(0);
    let one = settled(&world);
    assert!(!proc::mentions(one.pid, "PJ_JOB=") && !proc::mentions(one.pid, "PJ_SESSION="));
    holds("the job is over", || world.jobs().iter().all(|job| job.json["name"] != "outer"));
    assert!(one.alive(), "the daemon goes on");
}
