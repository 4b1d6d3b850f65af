//! What `pj` writes about jobs: forgetting, labelling, asking after, beginning anew.

use super::Loose;
use crate::harness::{World, holds};
use crate::stage::{ANY, Stage};
use serde_json::json;
use std::fs;

#[test]
fn only_what_is_dead_is_forgotten() {
    let world = World::new();
    let mut them = ["one", "two", "three"].map(|name| Loose::start(&world, name, "plain"));
    for one in &them {
        world.pj(&["add", "--tree", &one.pid()]).go().code(0);
    }
    world.pj(&["rm"]).go().code(2).says("hint: ");
    world.pj(&["rm", "--all"]).go().code(2);
    world.pj(&["rm", "nosuchjob"]).go().code(3);
    world.pj(&["rm", "--pid", &them[0].pid()]).go().code(6).says("it lives").says("hint: pj stop 1");
    assert!(them[0].id.kill());
    them[0].ended();
    world.pj(&["rm", "1"]).go().code(0).says(&format!("removed 1 (beast), pid {}", them[0].pid()));
    world.pj(&["rm", "2", "3"]).go().code(4);
    world.pj(&["rm", "--all", "2", "3"]).go().code(6);
    assert_eq!(world.jobs().len(), 2);
    world.pj(&["rm", "--all", "--force", "2", "3"]).go().code(0);
    assert!(world.jobs().is_empty() && them[1].id.alive() && them[2].id.alive(), "forgotten, not ended");
    assert!(!world.state().join("jobs/2").exists(), "the census is gone with the record");
}

/// A guard whose job was forgotten goes on, ends its tree when it is time, and puts nothing on record again.
#[test]
fn a_forgotten_job_is_not_put_on_record_again() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("brood --only plain,setsid");
    stage.world.pj(&["rm", "subject"]).go().code(6);
    stage.world.pj(&["rm", "--force", "subject"]).go().code(0);
    assert!(beast.alive() && job.guards().len() == 2);
    // It lingers now, which its guard would write down.
    let plain = stage.roster.ready("plain");
    beast.kill();
    holds("the command is gone", || !beast.alive());
    assert!(plain.alive() && stage.world.jobs().is_empty());
    let shell = stage.term.id();
    stage.term.close();
    holds("the shell is gone", || !shell.alive());
    stage.roster.gone();
    stage.world.no_guards();
    assert!(stage.world.jobs().is_empty(), "it was put on record again");
}

#[test]
fn labels_are_given_taken_and_renamed_at_once() {
    for (verb, flag, sign) in [("tag", "--tag", "+"), ("group", "--group", "%")] {
        let world = World::new();
        let them = ["one", "two", "three"].map(|name| Loose::start(&world, name, "plain"));
        for (one, label) in them.iter().zip(["a", "a", "z"]) {
            world.pj(&["add", &one.pid(), flag, label]).go().code(0);
        }
        let ids = |label: &str| {
            let text = world.pj(&["list", "--format", "ids", &format!("{sign}{label}")]).go().text();
            if text.starts_with("pj:") { String::new() } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
        };
        world.pj(&[verb, "a"]).go().code(0).says("one.roster").says("two.roster").never_says("three.roster");
        world.pj(&[verb, "nobody"]).go().code(3).says("a, z");
        world.pj(&[verb, "a", "--rename", "b"]).go().code(0).says("in 2 jobs");
        assert_eq!((ids("a"), ids("b"), ids("z")), (String::new(), "1 2".into(), "3".into()));
        world.pj(&[verb, "a", "--rename", "b"]).go().code(3);
        // By any selector; several need a word.
        world.pj(&[verb, "3", "+new", "-z", "+b"]).go().code(0).says("=[new,b]");
        assert_eq!((ids("b"), ids("new"), ids("z")), ("1 2 3".into(), "3".into(), String::new()));
        world.pj(&[verb, &format!("{sign}b"), "+all"]).go().code(4);
        world.pj(&[verb, "--all", &format!("{sign}b"), "+all", "-b"]).go().code(0);
        assert_eq!((ids("all"), ids("b")), ("1 2 3".into(), String::new()));
        for bad in
            [&["1", "+a b"][..], &["1", "new"], &["a b"], &["a", "--rename", "x y"], &["1", "+x", "--rename", "y"]]
        {
            world.pj(&[&[verb], bad].concat()).go().code(2).stdout("");
        }
        world.pj(&[verb, "9", "+x"]).go().code(3);
    }
}

/// Many at once: each change is there at the end. And a guard that writes its record anew takes none away.
#[test]
fn no_label_is_lost() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("brood --only plain,setsid");
    let runs = (0..8).map(|n| stage.world.pj(&["tag", "subject", &format!("+t{n}")]));
    let threads: Vec<_> = runs.map(|run| std::thread::spawn(move || drop(run.go().code(0)))).collect();
    threads.into_iter().for_each(|t| t.join().expect("it ends"));
    beast.kill();
    holds("its guard has written that it lingers", || job.again().is_some_and(|j| j.json["state"] == "lingering"));
    let listed = stage.world.pj(&["list", "subject", "--json"]).go().code(0).json();
    assert_eq!(listed["jobs"][0]["tags"].as_array().map(Vec::len), Some(8), "{listed}");
    // What cannot be read is told and not written over, and the jobs are there all the same.
    let labels = stage.world.state().join("labels");
    fs::write(&labels, "{\"schema\":\"pj.labels/9\",\"jobs\":{}}").expect("a file");
    stage.world.pj(&["list"]).go().code(0).says("subject").says("pj.labels/9");
    stage.world.pj(&["tag", "subject", "+x"]).go().code(1).says("pj.labels/9");
    assert!(fs::read_to_string(&labels).expect("still there").contains("pj.labels/9"));
    stage.world.pj(&["kill", "subject"]).go().code(0);
    stage.roster.gone();
}

#[test]
fn ping_tells_who_lives() {
    let world = World::new();
    world.pj(&["ping"]).go().code(0).stdout("pong: 0 jobs on record\n").stderr("");
    let mut one = Loose::start(&world, "one", "plain");
    world.pj(&["add", &one.pid()]).go().code(0);
    world.pj(&["ping", "1"]).go().code(0).stdout(&format!("1 (beast): its process {} is alive\n", one.pid()));
    assert!(one.id.kill());
    one.ended();
    world.pj(&["ping", "1"]).go().code(3).says("is gone");
    world.pj(&["ping", "2"]).go().code(3).says("no job matches 2");
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let ping = || stage.world.pj(&["ping", "subject", "--json"]).go();
    assert_eq!(ping().code(0).json()["jobs"][0]["state"], "alive");
    assert!(job.guard().signal(libc::SIGSTOP));
    holds("its guard is stopped", || job.guard().state() == Some('T'));
    assert_eq!(ping().code(7).json()["jobs"][0]["state"], "stopped");
    assert!(job.guard().signal(libc::SIGCONT));
    holds("its guard goes on", || job.guard().state() != Some('T'));
    fs::write(stage.world.state().join("jobs/900.json"), "{").expect("half a record");
    stage.world.pj(&["ping"]).go().code(1).says("900.json").says("pong");
    fs::remove_file(stage.world.state().join("jobs/900.json")).expect("our own file");
    beast.kill();
    job.record_gone();
}

/// Nothing is deleted, and nothing is done while a job lives.
#[test]
fn a_reset_puts_all_aside_and_begins_with_one() {
    let world = World::new();
    let mut them = ["one", "two"].map(|name| Loose::start(&world, name, "plain"));
    for one in &them {
        world.pj(&["add", "--tree", &one.pid()]).go().code(0);
    }
    world.pj(&["tag", "1", "+a"]).go().code(0);
    assert!(them[1].id.kill());
    them[1].ended();
    for words in [&[][..], &["--confirm", "reset"], &["--confirm"]] {
        world.pj(&[&["reset"], words].concat()).go().code(2);
    }
    world.pj(&["reset", "--confirm", "RESET"]).go().code(6).says("1 (beast)").says("--stop");
    assert!(them[0].id.alive() && world.jobs().len() == 2);
    world.pj(&["reset", "--confirm", "RESET", "--stop"]).go().code(0);
    them[0].ended();
    assert!(world.jobs().is_empty());
    let find = |name: &str| {
        let all = fs::read_dir(world.state()).expect("a directory").flatten().map(|e| e.path());
        let aside = all.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("reset-")));
        aside.map(|p| p.join(name)).find(|p| p.exists())
    };
    let old = fs::read(find("jobs/2.json").expect("the old record")).expect("the old record");
    let old: serde_json::Value = serde_json::from_slice(&old).expect("JSON");
    assert_eq!(old["root"]["pid"], json!(them[1].id.pid));
    for name in ["jobs/2/members", "labels", "events.jsonl"] {
        assert!(find(name).is_some(), "{name} is gone");
    }
    let next = Loose::start(&world, "next", "plain");
    world.pj(&["add", "-q", &next.pid()]).go().code(0).stdout("1\n");
    world.pj(&["list"]).go().code(0).never_says("a,");
}

/// From inside a job nothing is reset over its head.
#[test]
fn a_reset_from_inside_a_job_is_refused() {
    let world = World::new();
    let done = world.wrap(&["--name", "around", "pj", "reset", "--confirm", "RESET", "--stop"]).go();
    assert_eq!(done.status.code(), Some(6), "{}", done.text());
    world.no_guards();
}
