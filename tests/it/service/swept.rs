//! What the daemon ends, and when: all of it by events, since its clock is set to an hour.

use super::{daemon, kill_guards, rests, settled, start, wrapped, wrapped_with};
use crate::harness::{Hook, Id, Job, LONG, Mode, Roster, Shell, Term, World, eventually, holds, within};
use crate::stage::{ANY, Stage};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::time::{Duration, Instant};

/// Jobs that were there before it and jobs that came after it; guards killed one after the other.
#[test]
fn a_tree_whose_guards_were_killed_is_swept_without_a_poll() {
    let world = World::new();
    let (before, first) = wrapped(&world, "before", "brood --only plain,deaf,setsid,daemon");
    let one = start(&world);
    let (after, second) = wrapped(&world, "after", "brood --only plain,deaf,setsid,daemon");
    for (job, roster) in [(&before, &first), (&after, &second)] {
        kill_guards(job, roster);
        roster.gone();
        job.record_gone();
    }
    rests(one);
    let events = fs::read_to_string(world.state().join("events.jsonl")).unwrap_or_default();
    assert!(!events.contains("daemon.warns"), "{events}");
    daemon(&world, &["stop"]).go().code(0);
    assert!(!one.alive());
}

/// Where it may open too few files to watch everybody, it looks by itself instead, and keeps those that it needs for that.
#[test]
fn one_that_may_open_few_files_looks_by_itself() {
    let world = World::new();
    world.sh("ulimit -n 24; exec pj daemon start").env("PJ_SWEEP_INTERVAL", "1h").go().code(0);
    for name in ["one", "two"] {
        let (job, roster) = wrapped(&world, name, "plain");
        kill_guards(&job, &roster);
        roster.gone();
        job.record_gone();
    }
    let events = fs::read_to_string(world.state().join("events.jsonl")).unwrap_or_default();
    assert!(events.contains("daemon.warns"), "{events}");
}

/// The shell, both guards and the terminal at once.
#[test]
fn a_session_that_is_killed_with_its_guards_is_swept_and_forgotten() {
    let mut stage = Stage::set(ANY);
    start(&stage.world);
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon-env");
    let known: Vec<Id> = stage.roster.steady().iter().map(|one| one.id).collect();
    job.census_names(&known);
    assert_eq!(stage.world.sessions().len(), 1);
    let all = [job.guard(), job.front(), stage.term.id()];
    all.iter().for_each(|one| assert!(one.signal(libc::SIGSTOP)));
    all.iter().for_each(|one| assert!(one.kill()));
    stage.roster.gone();
    job.record_gone();
    holds("the session is forgotten", || stage.world.sessions().is_empty());
}

/// While a guard lives and works it is left to itself, with the command and after it.
#[test]
fn a_living_guard_is_nobody_elses_business() {
    let mut stage = Stage::set(ANY);
    let one = start(&stage.world);
    let (job, beast) = stage.start("plain");
    rests(one);
    assert!(beast.alive() && job.guards().len() == 2);
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    rests(one);
    let events = fs::read_to_string(stage.world.state().join("events.jsonl")).unwrap_or_default();
    assert!(!events.contains("sweep."), "its guard has ended it, and nobody else: {events}");
}

/// A stopped guard whose session is over cannot act; nobody waits for it.
#[test]
fn the_tree_of_a_stopped_guard_goes_with_its_session() {
    let mut stage = Stage::set(crate::harness::Cell { mode: Mode::Direct, ..ANY });
    start(&stage.world);
    let (job, _) = stage.start("brood --only plain,deaf,setsid");
    job.guards().iter().for_each(|one| assert!(one.signal(libc::SIGSTOP)));
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
}

/// A guard that was stopped, and is killed while a sweep ends what is below it: that is no less the job's for being
/// orphaned.
#[test]
fn a_guard_that_is_killed_under_a_sweep() {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon");
    let (guard, front) = (job.guard(), job.front());
    assert!(guard.signal(libc::SIGSTOP));
    holds("the guard is stopped", || guard.state() == Some('T'));
    assert!(front.kill());
    holds("the front is gone", || !front.alive());
    let run = stage.world.sweep(&["--all", "--yes", "--grace", "2s"]);
    let sweep = std::thread::spawn(move || run.go());
    holds("the sweep has begun", || !stage.roster.ready("plain").alive());
    assert!(stage.roster.ready("deaf").alive(), "it has not ended yet");
    assert!(guard.kill());
    sweep.join().expect("it ends").code(0);
    stage.roster.gone();
    job.record_gone();
}

/// Ten that end in one instant, each deaf for its whole grace: one after the other they would take ten.
#[test]
fn ten_sessions_that_end_at_once_are_ended_side_by_side() {
    let world = World::new();
    start(&world);
    let jobs: Vec<(Job, Roster)> = (0..10).map(|n| wrapped(&world, &format!("job{n}"), "deaf")).collect();
    for (job, roster) in &jobs {
        let known: Vec<Id> = roster.steady().iter().map(|one| one.id).collect();
        job.census_names(&known);
    }
    let guards: Vec<Id> = jobs.iter().flat_map(|(job, _)| [job.guard(), job.front()]).collect();
    guards.iter().for_each(|one| assert!(one.signal(libc::SIGSTOP)));
    let began = Instant::now();
    guards.iter().for_each(|one| assert!(one.kill()));
    let all_gone = || jobs.iter().all(|(_, roster)| roster.alive().is_empty());
    holds("all trees are gone", all_gone);
    assert!(began.elapsed() < Duration::from_secs(8), "one after the other: {:?}", began.elapsed());
    jobs.iter().for_each(|(job, _)| job.record_gone());
}

/// Killed in the middle of a grace, it has lost nothing: all is on record.
#[test]
fn what_one_had_begun_the_next_one_ends() {
    let world = World::new();
    let mut one = start(&world);
    let (job, roster) = wrapped(&world, "subject", "brood --only plain,deaf,setsid,daemon");
    let plain = roster.ready("plain");
    kill_guards(&job, &roster);
    for _ in 0..3 {
        holds("the plain one is gone", || !plain.alive());
        assert!(one.kill());
        holds("the daemon is gone", || !one.alive());
        one = start(&world);
    }
    roster.gone();
    job.record_gone();
}

/// More than the settings allow at once: the rest is told, not ended.
#[test]
fn a_mistake_in_many_jobs_is_stopped_short() {
    let world = World::new();
    let jobs: Vec<(Job, Roster)> = (0..3).map(|n| wrapped(&world, &format!("job{n}"), "plain")).collect();
    jobs.iter().for_each(|(job, roster)| kill_guards(job, roster));
    daemon(&world, &["start"]).env("PJ_SWEEP_MAX_KILLS", "2").go().code(0);
    let living = || jobs.iter().filter(|(_, roster)| !roster.alive().is_empty()).count();
    holds("two are ended", || living() == 1);
    rests(settled(&world));
    assert_eq!(living(), 1, "the third is left");
    let events = fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    assert_eq!(events.matches("sweep.stopped").count(), 1, "{events}");
    world.sweep(&[]).go().code(0);
    holds("a sweep by hand ends it", || living() == 0);
}

/// A sweep by cron beside it: whoever comes second leaves it to the first.
#[test]
fn a_sweep_beside_it_does_no_harm() {
    let world = World::new();
    let one = start(&world);
    for round in 0..3 {
        let (job, roster) = wrapped(&world, &format!("job{round}"), "brood --only plain,deaf,setsid");
        kill_guards(&job, &roster);
        for _ in 0..3 {
            world.sweep(&["-q"]).go().code(0);
        }
        roster.gone();
        job.record_gone();
    }
    assert!(one.alive());
    world.sweep(&[]).go().code(0).silent();
}

/// The directory goes, and another comes; a place of its own for one shell, too.
#[test]
fn places_that_come_and_go_are_seen() {
    let world = World::new();
    let one = start(&world);
    // The daemon may be putting something there just now.
    holds("its place is removed", || fs::remove_dir_all(world.state()).is_ok());
    let other = world.path("other");
    fs::DirBuilder::new().mode(0o700).create(&other).expect("a directory");
    let (job, roster) = wrapped(&world, "first", "brood --only plain,setsid");
    kill_guards(&job, &roster);
    roster.gone();
    job.record_gone();
    assert_eq!(settled(&world), one, "it has its place again");
    // Another state directory, of which the default one knows.
    let roster =
        wrapped_with(&world, "elsewhere", "brood --only plain,setsid", |run| run.env("XDG_STATE_HOME", &other));
    let find = || crate::harness::job::all(&other.join("pj")).into_iter().next();
    let job = eventually("its record", find);
    kill_guards(&job, &roster);
    roster.gone();
    job.record_gone();
}

/// Nobody is ended on settings that are not understood; it stays, says so, and goes on when they are right again.
#[test]
fn settings_that_are_wrong_end_nobody() {
    let world = World::new();
    let path = world.home().join(".config/pj/config.toml");
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    let write = |text: &str| {
        fs::write(&path, text).expect("a config");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    };
    write("[sweep]\nmax_kills = 'all'\n");
    let one = start(&world);
    let (job, roster) = wrapped(&world, "subject", "plain");
    kill_guards(&job, &roster);
    rests(one);
    assert!(roster.alive().len() == 1 && one.alive());
    world.pj(&["daemon", "status"]).go().code(0).says("it ends nobody").says("config.toml:2");
    let log = fs::read_to_string(world.state().join("daemon.log")).expect("a log");
    assert!(log.contains("nobody is ended until that is right"), "{log}");
    write("[sweep]\nmax_kills = 5\n");
    world.pj(&["daemon", "reload"]).go().code(0);
    roster.gone();
    job.record_gone();
    assert_eq!(settled(&world), one, "the same process");
}

/// A registered shell whose terminal closes is watched without a job of its own.
#[test]
fn a_shell_that_ends_without_a_job_is_forgotten() {
    let world = World::new();
    start(&world);
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    holds("it is registered", || world.sessions().len() == 1);
    term.close();
    let gone = || world.sessions().is_empty().then_some(());
    assert!(within(LONG, gone).is_some());
}

/// Whoever ended it: what a guard has written down is told as well, with the clock far away.
#[test]
fn who_wants_it_is_told_what_a_guard_has_ended() {
    let world = World::new();
    let tell = world.script("tell", &format!("#!/bin/sh\ncat >> {}\n", world.text("told")));
    let tell = tell.to_string_lossy().into_owned();
    daemon(&world, &["start"]).env("PJ_NOTIFY_COMMAND", &tell).go().code(0);
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    let roster = world.roster("subject");
    term.line(&format!("pj-wrap --name subject --grace 1s beast {} brood --only deaf,setsid", roster.path().display()));
    roster.ready("brood");
    let job = world.job("subject");
    term.close();
    roster.gone();
    job.record_gone();
    let told = || fs::read_to_string(world.path("told")).unwrap_or_default();
    holds("it was told", || told().contains("\"kind\":\"job.ended\"") && told().contains("\"by\":\"guard\""));
}

/// By the rules, and by the clock: the only thing that the daemon does by it.
#[test]
fn strays_are_looked_for_where_there_are_rules() {
    let world = World::new();
    let path = world.home().join(".config/pj/config.toml");
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    // This one, by its roster: other tests' beasts are strays, too.
    let only = world.text("stray.roster");
    let rule = format!("[[strays.rule]]\nname = 'dancer'\nargv = '^{only}$'\nkill = true\norphan = false\n");
    fs::write(&path, format!("[strays]\ngrace = '0s'\ninterval = '1s'\n{rule}")).expect("a config");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    let roster = world.roster("stray");
    // Of no session and no job, adopted by whoever adopts orphans here.
    world.sh(&format!("setsid beast {} deaf &", roster.path().display())).start();
    roster.ready("deaf");
    let one = start(&world);
    roster.gone();
    let events = fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    assert!(events.contains("stray.ended") && one.alive(), "{events}");
}
