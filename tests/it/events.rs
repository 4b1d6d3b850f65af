//! `pj events`, `pj stats` and `[notify]`: what happened is on record, with why; nobody's command line can forge a line of
//! it; and who wants to be told is, in his time.

use crate::harness::{Cell, Mode, Run, World, eventually, holds};
use crate::stage::{ANY, Stage};
use serde_json::Value;
use std::fs;

/// All events of one kind, as `pj events --json` gives them.
fn events(world: &World, kind: &str) -> Vec<Value> {
    let text = world.pj(&["events", "--json", "--kind", kind]).go().code(0).stderr("").text();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A job whose guards were both killed, which a sweep has to end.
fn abandoned() -> Stage {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let (job, _) = stage.start("brood --only plain,deaf,setsid");
    stage.kill_both(&job);
    stage
}

#[test]
fn a_closed_terminal_is_told_with_who_was_ended_by_which_rule_and_what_it_held() {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("brood --only plain,deaf,setsid");
    let id = job.id();
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    let told = eventually("it is told", || events(&stage.world, "job.ended").pop());
    let audit = &told["audit"];
    assert_eq!((told["job"].as_u64(), told["schema"].as_str()), (Some(id), Some("pj.event/1")), "{told}");
    assert!(told["session"].as_str().is_some_and(|key| key.contains('-')), "{told}");
    for (key, value) in
        [("by", "guard"), ("rule", "session-over"), ("proof", "proven: below the job's guard"), ("result", "ended")]
    {
        assert_eq!(audit[key], value, "{told}");
    }
    // One of them hears nothing but KILL.
    assert_eq!(audit["signal"], "KILL", "{told}");
    assert!(audit["command"].as_str().is_some_and(|c| c.starts_with("beast ")), "{told}");
    assert!(audit["pid"].as_u64().is_some() && audit["age"].as_u64().is_some(), "{told}");
    assert!(audit["ended"].as_u64() >= Some(3) && audit["forced"].as_u64() >= Some(1), "{told}");
    assert!(audit["freed"].as_u64() > Some(100_000), "{told}");
    let stats = stage.world.pj(&["stats", "--json"]).go().code(0).json();
    assert_eq!((&stats["schema"], &stats["sessions"], &stats["jobs"]), (&"pj.stats/1".into(), &1.into(), &1.into()));
    assert_eq!((&stats["freed"], &stats["processes"]), (&audit["freed"], &audit["ended"]), "{stats}");
    assert_eq!(stats["by_rule"]["session-over"]["ended"], 1, "{stats}");
    let said = stage.world.pj(&["stats"]).env("LC_ALL", "C").go().code(0).stderr("").text();
    assert!(said.contains("session-over") && said.contains("####") && said.is_ascii(), "{said}");
    let said = stage.world.pj(&["stats"]).env("LC_ALL", "C.UTF-8").go().code(0).text();
    assert!(said.contains('█'), "{said}");
}

#[test]
fn a_command_line_forges_no_line_and_moves_no_cursor() {
    let world = World::new();
    let forged = "x\n{\"schema\":\"pj.event/1\",\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"job.ended\"}\n\u{1b}[2J\u{9b}1m\u{202e}";
    world.pj(&["run", "-q", "--name", "liar", "sleep", "1000", forged]).go();
    world.pj(&["run", "-q", "--name", "mean", "sh", "-c", "sleep 1000; exit 3", forged]).go().code(0);
    world.pj(&["stop", "mean"]).go().code(0);
    let all = eventually("both are told", || {
        let text = world.pj(&["events", "--json"]).go().code(0).stderr("").text();
        (text.lines().count() == 2).then_some(text)
    });
    assert!(!all.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{all}");
    let said = world.pj(&["events"]).go().code(0).stderr("").text();
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said}");
    let raw = fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    assert!(raw.lines().count() == 2 && !raw.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{raw}");
}

#[test]
fn what_is_followed_goes_on_in_the_next_file_and_what_is_no_event_is_passed_over() {
    let world = World::new();
    world.pj(&["run", "-q", "--wait", "true"]).go().code(0);
    let file = world.state().join("events.jsonl");
    let first = eventually("it is told", || fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n')));
    fs::write(&file, format!("{first}no event\n{}\n", "x".repeat(1 << 20))).expect("a long file");
    let shown = world.text("shown");
    let (mut follower, _) = world.sh(&format!("exec pj events -f > {shown} 2> {shown}.err")).start();
    let sees = |word: &str| holds(word, || fs::read_to_string(&shown).is_ok_and(|text| text.contains(word)));
    sees("job 1");
    let said = format!("{shown}.err");
    holds("it says what it passed over", || fs::read_to_string(&said).is_ok_and(|t| t.contains("2 lines of events")));
    // The next one finds a full file, and the one after that a new one.
    world.pj(&["run", "-q", "--wait", "sh", "-c", "exit 3"]).go().code(3);
    world.pj(&["run", "-q", "--wait", "sh", "-c", "exit 4"]).go().code(4);
    sees("has exited with 3");
    sees("has exited with 4");
    follower.kill().expect("our child");
    follower.wait().expect("our child");
    let files = || fs::read_dir(world.state()).expect("a directory").flatten().map(|e| e.file_name());
    let full = files().filter(|name| name.to_string_lossy().starts_with("events-")).count();
    assert_eq!(full, 1, "{:?}", files().collect::<Vec<_>>());
    for (args, wanted) in [
        (&["--kind", "job"][..], &[1, 2, 3][..]),
        (&["-n", "1"], &[3]),
        (&["--job", "2"], &[2]),
        (&["--since", "2020-01-01"], &[1, 2, 3]),
        (&["--since", "2999-01-01"], &[]),
        (&["--kind", "jo"], &[]),
    ] {
        let text = world.pj(&[&["events", "--json"], args].concat()).go().code(0).says("2 lines of events").text();
        let shown = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()?["job"].as_u64());
        assert_eq!(shown.collect::<Vec<_>>(), wanted, "{args:?}: both files");
    }
}

/// In its time: a command that never ends is given up, and costs the sweep no more than that.
#[test]
fn who_wants_to_be_told_of_a_sweep_is() {
    let stage = abandoned();
    let told = stage.world.text("told");
    let script = format!("cat > {told}; echo \"$@\" > {told}.words; sleep 1000");
    let path = stage.world.script("tell", &format!("#!/bin/sh\n{script}\n"));
    let desktop = stage.world.script("notify-send", &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {told}.desktop\n"));
    assert!(desktop.exists());
    let sweep = stage.world.sweep(&["--grace", "100ms"]);
    let set = [("COMMAND", format!("{},a b", path.display())), ("TIMEOUT", "1s".into()), ("DESKTOP", "true".into())];
    let sweep = set.iter().fold(sweep, |run: Run, (key, value)| run.env(&format!("PJ_NOTIFY_{key}"), value));
    sweep.go().code(0).stderr("");
    stage.roster.gone();
    let event: Value = serde_json::from_str(&fs::read_to_string(&told).expect("an event")).expect("JSON");
    assert_eq!((&event["kind"], &event["audit"]["by"]), (&"job.ended".into(), &"sweep".into()), "{event}");
    assert_eq!((&event["audit"]["rule"], &event["audit"]["result"]), (&"guards-gone".into(), &"ended".into()));
    assert_eq!(fs::read_to_string(format!("{told}.words")).expect("words"), "a b\n");
    let shown = fs::read_to_string(format!("{told}.desktop")).expect("a notification");
    assert!(shown.contains("processes ended") && shown.contains("beast "), "{shown}");
    holds("the command was given up", || stage.world.ours().iter().all(|p| p.comm != "tell"));
}

/// Nobody is told of what he did not ask for, and a command that cannot be run costs a line.
#[test]
fn who_cannot_be_told_costs_a_line() {
    let stage = abandoned();
    let sweep = stage.world.sweep(&["--grace", "100ms"]).env("PJ_NOTIFY_COMMAND", "/no/such/program");
    sweep.go().code(0).says("cannot run notify.command: ");
    stage.roster.gone();
    let other = abandoned();
    let sweep = other.world.sweep(&["--grace", "100ms"]).env("PJ_NOTIFY_COMMAND", "/no/such/program");
    sweep.env("PJ_NOTIFY_KINDS", "stray.ended").go().code(0).stderr("");
    other.roster.gone();
}
