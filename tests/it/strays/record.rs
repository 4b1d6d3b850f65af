//! What is on record between two runs: first sightings, the processor time then, and who comes back.

use super::scene::{RULE, Scene, executed, is};
use crate::harness::{Id, eventually, holds};
use serde_json::Value;
use std::fs;

fn file(scene: &Scene) -> std::path::PathBuf {
    scene.world.state().join("strays.json")
}

fn read(scene: &Scene) -> Value {
    serde_json::from_str(&fs::read_to_string(file(scene)).expect("sightings")).expect("JSON")
}

#[test]
fn the_grace_is_counted_from_the_first_sighting_on_record() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '1h'\n{RULE}")) else { return };
    let stray = scene.stray();
    assert_eq!(scene.verdict(stray), is("wait", "seen-once"));
    assert_eq!(scene.verdict(stray), is("wait", "grace"));
    scene.pj(&["clean", "--unattended"]).code(0).silent();
    assert!(stray.alive());
    let mut seen = read(&scene);
    assert_eq!((&seen["seen"][0]["pid"], &seen["seen"][0]["passes"]), (&stray.pid.into(), &3.into()), "{seen}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file(&scene)).expect("a file").permissions());
    assert_eq!(mode & 0o777, 0o600);
    // An hour ago.
    let first = seen["seen"][0]["first"].as_u64().expect("a time");
    seen["seen"][0]["first"] = Value::from(first - 3_600_000);
    fs::write(file(&scene), seen.to_string()).expect("sightings");
    assert_eq!(scene.verdict(stray), is("end", "stray"));
    // Another boot's numbers mean nothing here.
    let text = read(&scene).to_string();
    let boot = seen["boot"].as_str().expect("a boot");
    fs::write(file(&scene), text.replace(boot, "00000000-0000-0000-0000-000000000000")).expect("sightings");
    assert_eq!(scene.verdict(stray), is("wait", "seen-once"));
    fs::write(file(&scene), &text).expect("sightings");
    scene.pj(&["clean", "--unattended", "-q"]).code(0);
    assert!(!stray.alive());
    scene.pj(&["scan"]).code(0);
    assert_eq!(read(&scene)["seen"], Value::Array(Vec::new()), "of who has gone nothing is kept");
}

#[test]
fn what_cannot_be_read_is_told_and_nobody_is_ended_on_it() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
    let stray = scene.stray();
    scene.pj(&["scan"]).code(0);
    let good = fs::read_to_string(file(&scene)).expect("sightings");
    for bad in ["", "{", &good.replace("pj.strays.seen/1", "pj.strays.seen/9")] {
        fs::write(file(&scene), bad).expect("sightings");
        for words in [&["scan"][..], &["clean"], &["clean", "-y"], &["clean", "--unattended", "-q"]] {
            scene.pj(words).code(5).says("strays.json").says("hint: look at it");
        }
        assert_eq!(fs::read_to_string(file(&scene)).expect("the file"), bad);
    }
    fs::write(file(&scene), &good).expect("sightings");
    // Whom an unreadable record owns nobody knows.
    let record = scene.world.state().join("jobs/7.json");
    fs::write(&record, "{").expect("a record");
    scene.pj(&["clean", "--unattended"]).code(5).says("jobs/7.json");
    assert!(stray.alive());
    fs::remove_file(record).expect("the record");
    scene.pj(&["clean", "--unattended"]).code(0);
    assert!(!stray.alive());
}

#[test]
fn a_rule_may_want_age_and_idleness() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}min_age = '1h'\n")) else { return };
    let stray = scene.stray();
    assert_eq!(scene.verdict(stray), is("leave", "young"));
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}idle = '1h'\n"));
    for _ in 0..2 {
        assert_eq!(scene.verdict(stray), is("leave", "busy"));
    }
    let mut seen = read(&scene);
    assert_eq!(seen["seen"][0]["first"], Value::Null, "it is none yet: {seen}");
    let still = seen["seen"][0]["still"].as_u64().expect("a time");
    seen["seen"][0]["still"] = Value::from(still - 3_600_000);
    fs::write(file(&scene), seen.to_string()).expect("sightings");
    assert_eq!(scene.verdict(stray), is("wait", "seen-once"));
    assert_eq!(scene.row(stray).expect("a row")["idle_s"].as_u64().map(|s| s >= 3600), Some(true));
    stray.kill();
}

/// It has no terminal any more and turns in a circle.
#[test]
fn who_spins_is_shown_to_spin() {
    let Some(scene) = Scene::set(RULE) else { return };
    scene.world.script("spinner", "#!/bin/sh\nwhile :; do :; done\n");
    scene.settings(&RULE.replace("strayling", "spinner"));
    scene.leave("spinner & echo $! > stray.pid");
    let stray = scene.orphan("stray");
    let row = eventually("it is seen to spin", || scene.row(stray).filter(|row| row["spinning"] == true));
    assert!(row["evidence"].to_string().contains("spinning"), "{row}");
    // Each look tells of the time since the one before it, in which a busy machine may have given it little.
    holds("people are told too", || scene.pj(&["scan"]).code(0).text().contains("wait, spins"));
    stray.kill();
}

/// One who begins another when he is asked to end, and is gone before anybody looks: what is said to be done is done, or the
/// other is named.
#[test]
fn who_is_born_while_the_others_end_is_ended_or_told() {
    let Some(scene) = Scene::set(RULE) else { return };
    let forks = "trap 'sleep 613 & echo $! > born.pid; exit' HUP TERM";
    scene.world.script("forker", &format!("#!/bin/sh\n{forks}\nwhile :; do sleep 0.1 & wait; done\n"));
    scene.settings(&format!("[strays]\ngrace = '0s'\n{}", RULE.replace("strayling", "forker")));
    scene.leave("forker & echo $! > stray.pid");
    let stray = scene.orphan("stray");
    assert_eq!(scene.verdict(stray), is("wait", "seen-once"));
    let done = scene.pj(&["clean", "--unattended"]);
    assert!(!stray.alive());
    let said = done.text() + &done.err;
    let number = || fs::read_to_string(scene.world.home().join("born.pid")).ok()?.trim().parse::<i32>().ok();
    let left = Id::of(eventually("it has begun another", number));
    let is_told = |id: Id| done.status.code() == Some(5) && said.contains(&format!("sleep ({})", id.pid));
    assert!(left.is_none_or(|id| is_told(id) || !id.alive()), "{:?}: {said}", done.status);
    left.map(Id::kill);
}

/// A supervisor of somebody's: after the third time it is named, and no longer fought.
#[test]
fn who_is_started_again_each_time_is_no_longer_fought() {
    let Some(scene) = Scene::set(RULE) else { return };
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}orphan = false\n"));
    scene.world.script("watcher", "#!/bin/sh\nwhile :; do strayling 600 & echo $! > now.pid; wait; sleep 0.05; done\n");
    scene.leave("echo $$ > watcher.pid; exec watcher");
    let watcher = scene.left("watcher");
    let mut last: Option<Id> = None;
    for _ in 0..3 {
        let now = eventually("it is there", || Some(scene.left("now")).filter(|id| Some(*id) != last && id.alive()));
        executed(now);
        scene.pj(&["scan"]).code(0);
        scene.pj(&["clean", "--unattended", "-q"]).code(0);
        assert!(!now.alive());
        last = Some(now);
    }
    let now = eventually("it is back", || Some(scene.left("now")).filter(|id| Some(*id) != last && id.alive()));
    executed(now);
    for _ in 0..2 {
        assert_eq!(scene.verdict(now), is("leave", "comes-back"));
        scene.pj(&["clean", "--unattended", "-q"]).code(0);
    }
    let reason = scene.row(now).expect("a row")["reason"].to_string();
    assert!(reason.contains("3 times") && reason.contains(&format!("watcher ({})", watcher.pid)), "{reason}");
    assert!(now.alive() && watcher.alive());
    assert_eq!((scene.events("stray.ended").len(), scene.events("stray.refused").len()), (3, 1), "said once");
    watcher.kill();
    now.kill();
}

/// Look by look, each a process of its own: what was seen by one is known to the next.
#[test]
fn the_service_ends_them_by_itself() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\ninterval = '1s'\n{RULE}")) else { return };
    let stray = scene.stray();
    let (mut child, service) = scene.world.pj(&["daemon", "run"]).start();
    holds("the service has ended it", || !stray.alive());
    let other = scene.stray();
    holds("and the next one", || !other.alive());
    holds("both are told of", || scene.events("stray.ended").len() == 2);
    assert!(service.signal(libc::SIGTERM));
    let _ = child.wait();
}
