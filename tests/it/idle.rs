//! What is told of a job at rest: how long nothing has gone through its terminal, who has ended in it and is not reaped,
//! what its processes hold.

use crate::harness::{Cell, Mode, World, holds};
use crate::stage::{ANY, Stage};

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
