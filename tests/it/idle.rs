//! What is told of a job at rest: how long nothing has gone through its terminal, who has ended in it and is not reaped,
//! what its processes hold.

use crate::harness::{Cell, Id, Mode, World, holds};
use crate::stage::{ANY, Stage};
use std::fs;

/// The names that `pj list` gives, of these jobs.
fn named(world: &World, args: &[&str]) -> Vec<String> {
    let done = world.pj(&[&["list", "--json"], args].concat()).go();
    if done.status.code() == Some(3) {
        return Vec::new();
    }
    let jobs = done.code(0).json()["jobs"].as_array().cloned().unwrap_or_default();
    jobs.iter().map(|job| job["name"].as_str().unwrap_or("?").to_owned()).collect()
}

/// By the times of the device and of the log, as `touch` sets them: nobody waits for hours.
#[test]
fn jobs_are_selected_by_how_long_their_terminal_has_been_silent() {
    let world = World::new();
    for name in ["busy", "quiet"] {
        world.pj(&["run", "-q", "--name", name, "sh", "-c", "tty; exec sleep 1000"]).go().code(0);
    }
    world.pj(&["run", "-q", "--pipe", "--name", "piped", "sleep", "1000"]).go().code(0);
    let said = || world.pj(&["log", "quiet"]).go().text();
    holds("it says which terminal it has", || said().starts_with("/dev/"));
    let tty = said().trim().to_owned();
    let id = world.job("quiet").id();
    let log = world.state().join(format!("jobs/{id}/log"));
    assert_eq!(named(&world, &["--idle-for", "1h"]), [""; 0]);
    world.sh(&format!("touch -d '3 hours ago' {tty} {}", log.display())).go().code(0);
    assert_eq!(named(&world, &["--idle-for", "2h"]), ["quiet"]);
    assert_eq!(named(&world, &["--idle-for", "4h"]), [""; 0]);
    let shown = world.pj(&["show", "quiet"]).go().code(0).text();
    assert!(shown.lines().any(|line| line.starts_with("idle") && line.contains("3h")), "{shown}");
    // Something goes through it: it is idle no more.
    world.pj(&["send", "quiet", "x"]).go().code(0);
    holds("what was typed counts", || named(&world, &["--idle-for", "2h"]).is_empty());
    world.pj(&["stop", "--all", "--idle-for", "0s"]).go().code(0);
    assert_eq!(named(&world, &["--alive"]), [""; 0]);
}

/// Nothing has gone through this one's terminal for so long, says its device.
fn falls_silent(world: &World, beast: Id) {
    let tty = std::fs::read_link(format!("/proc/{}/fd/0", beast.pid)).expect("its terminal");
    world.sh(&format!("touch -d '3 hours ago' {}", tty.display())).go().code(0);
}

/// Off where nothing is said. Then what is silent ends though its shell lives, by its own guard, and the events tell why.
#[test]
fn a_sweep_ends_what_is_silent_where_it_is_told_to() {
    for mode in [Mode::Pty, Mode::Direct] {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let (job, beast) = stage.start("brood --only plain,setsid");
        let sweep = |args: &[&str], idle: &str| stage.world.sweep(args).env("PJ_SWEEP_IDLE", idle).go().code(0).text();
        assert!(sweep(&["-n"], "2h").contains("session-alive"), "{mode:?}: it has only begun");
        falls_silent(&stage.world, beast);
        for (idle, rule) in [("0s", "session-alive"), ("4h", "session-alive"), ("2h", "idle: nothing has gone through")]
        {
            assert!(sweep(&["-n"], idle).contains(rule), "{mode:?}, {idle}");
        }
        let why = stage.world.pj(&["why", &beast.pid.to_string()]).env("PJ_SWEEP_IDLE", "2h").go().code(0).text();
        assert!(why.contains("sweep.idle") && why.contains("would  end"), "{why}");
        assert_eq!(sweep(&[], "4h"), "");
        assert!(beast.alive() && job.guard().alive());
        // A clock that has jumped since it began says nothing of how long it was silent.
        let (record, date) = (fs::read_to_string(&job.path).expect("a record"), job.json["created_at"].clone());
        let early = record.replace(date.as_str().expect("a date"), "2001-01-01T00:00:00Z");
        fs::write(&job.path, early).expect("an early record");
        assert!(sweep(&["-n"], "2h").contains("session-alive"), "{mode:?}: the clock has jumped");
        fs::write(&job.path, record).expect("the record");
        sweep(&[], "2h");
        stage.roster.gone();
        stage.term.expect("ready> ");
        let events = stage.world.pj(&["events", "--kind", "job.idle"]).go().code(0).text();
        assert_eq!(events.matches("sweep.idle").count(), 1, "{events}");
        job.record_gone();
    }
}

/// The daemon does it by its clock. A time that is no silence at all is a mistake, on which nobody is ended.
#[test]
fn the_daemon_ends_what_is_silent_and_a_moment_is_none() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("brood --only plain,setsid");
    falls_silent(&stage.world, beast);
    let sweep = stage.world.sweep(&[]).env("PJ_SWEEP_IDLE", "5s").go().code(2);
    sweep.says("PJ_SWEEP_IDLE").says("a minute at least");
    let daemon = |idle: &str| {
        let run = stage.world.pj(&["daemon", "start", "--force"]).env("PJ_SWEEP_INTERVAL", "1s");
        run.env("PJ_SWEEP_IDLE", idle).go().code(0);
    };
    daemon("5s");
    assert!(beast.alive() && job.guard().alive());
    daemon("2h");
    stage.roster.gone();
    job.record_gone();
    stage.world.pj(&["daemon", "stop"]).go().code(0);
}

/// What was put aside is not forgotten, and what may outlive its session is nobody's to end.
#[test]
fn a_sweep_spares_what_is_suspended_or_kept_however_silent_it_is() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("brood --only plain");
    stage.raw();
    let spared = |stage: &Stage, rule: &str| {
        falls_silent(&stage.world, beast);
        let sweep = |args: &[&str]| stage.world.sweep(args).env("PJ_SWEEP_IDLE", "2h").go().code(0).text();
        assert!(sweep(&["-n"]).contains(rule), "{rule}: {}", sweep(&["-n"]));
        assert_eq!(sweep(&[]), "");
        assert!(beast.alive() && job.guard().alive() && job.front().alive());
    };
    stage.suspend(&job, beast);
    spared(&stage, "session-alive");
    stage.term.line("fg");
    holds("it goes on", || beast.state() != Some('T'));
    stage.world.pj(&["keep", "subject"]).go().code(0);
    spared(&stage, "keep");
    stage.world.pj(&["stop", "subject"]).go().code(0);
    stage.roster.gone();
}

/// Zombies are told with the parent that does not reap them, and count as nobody.
#[test]
fn who_is_not_reaped_is_told_with_who_should() {
    let world = World::new();
    let lazy = "import os,time\nfor n in range(3):\n  if os.fork()==0: os._exit(0)\ntime.sleep(1000)";
    world.pj(&["run", "-q", "--name", "lazy", "python3", "-c", lazy]).go().code(0);
    holds("they have ended", || {
        let job = world.pj(&["show", "lazy", "--json"]).go().code(0).json()["jobs"][0].clone();
        let zombies = job["zombies"].as_array().cloned().unwrap_or_default();
        let parent = &job["members"][0]["pid"];
        zombies.len() == 3
            && zombies.iter().all(|z| &z["parent"] == parent)
            && job["members"].as_array().unwrap().len() == 1
    });
    world.pj(&["show", "lazy"]).go().code(0).says("does not reap them");
    world.pj(&["stop", "lazy"]).go().code(0);
}

#[test]
fn a_dry_run_tells_what_each_holds_and_for_how_long() {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let (job, _) = stage.start("brood --only plain,setsid");
    stage.kill_both(&job);
    let json = stage.world.sweep(&["-n", "--json"]).go().code(0).json();
    let all = json["jobs"][0]["processes"].as_array().expect("processes").clone();
    assert!(all.len() >= 2 && all.iter().all(|p| p["memory"].as_u64() > Some(10_000)), "{json}");
    assert!(all.iter().all(|p| p["age_seconds"].as_u64() < Some(120)), "{json}");
    let text = stage.world.sweep(&["-n"]).go().code(0).text();
    assert!(text.contains("processes\tin all\t"), "{text}");
    stage.world.sweep(&["--grace", "100ms"]).go().code(0).says(" freed");
    stage.roster.gone();
}
