//! The verbs that act on background jobs: who ends, what stays on record, and whom nobody touches.

use crate::harness::{Id, Job, Roster, World, eventually, holds};
use serde_json::{Value, json};
use std::fs;

/// Starts a job of this name in the background.
pub(super) fn started(world: &World, name: &str, words: &[&str]) -> Job {
    world.pj(&[&["run", "-q", "--name", name], words].concat()).go().code(0).stderr("");
    world.job(name)
}

/// Its state as `pj list` tells it, in one call.
pub(super) fn state(world: &World, name: &str) -> String {
    let listed = world.pj(&["list", "--json", "--name", name]).go().code(0).json();
    listed["jobs"][0]["state"].as_str().expect("a state").to_owned()
}

/// A shell that waits for its children, which are these beasts.
fn family(roster: &Roster, kinds: &[&str]) -> String {
    let path = roster.path().display();
    let (last, others) = kinds.split_last().expect("a beast");
    let others: String = others.iter().map(|kind| format!("beast {path} {kind} & ")).collect();
    format!("{others}exec beast {path} {last}")
}

/// A tree that stays in every way, its census complete: the leader leaves on TERM, the others do not.
fn tree(world: &World, name: &str, flags: &[&str]) -> (Roster, Job) {
    let roster = world.roster(name);
    let kinds = ["deaf", "setsid", "daemon", "term-only"];
    let script = family(&roster, &kinds);
    let job = started(world, name, &[flags, &["--grace", "300ms", "sh", "-c", &script]].concat());
    let members: Vec<Id> = kinds.iter().map(|kind| roster.ready(kind)).collect();
    job.census_names(&members);
    (roster, job)
}

/// Whatever became of the guard: when `stop` and `kill` say 0, nobody of the tree lives, and the record says how it ended if
/// anybody knows.
#[test]
fn a_tree_is_gone_when_stop_and_kill_return_and_its_record_stays() {
    let world = World::new();
    let fates = [("lives", None), ("stopped", Some(libc::SIGSTOP)), ("killed", Some(libc::SIGKILL))];
    for (n, (fate, signal)) in fates.into_iter().enumerate() {
        for (verb, flags) in [("stop", &[][..]), ("kill", &["--pipe"])] {
            let name = format!("{verb}-{fate}");
            let (roster, job) = tree(&world, &name, flags);
            if let Some(signal) = signal {
                assert!(job.guard().signal(signal));
                let there = if signal == libc::SIGKILL { None } else { Some('T') };
                holds("the guard has heard it", || job.guard().state() == there);
            }
            assert_eq!(state(&world, &name), if fate == "killed" { "lost" } else { "running" });
            world.pj(&[verb, &name]).go().code(0).stdout("");
            assert_eq!(roster.alive(), [], "{name}");
            let now = job.again().expect("its record stays");
            assert_eq!((&now.json["state"], &now.json["cgroup"]), (&json!("exited"), &Value::Null), "{name}");
            assert_eq!(now.json["exit"].is_null(), fate == "killed", "{name}: {}", now.json["exit"]);
            assert_eq!(state(&world, &name), if fate == "killed" { "lost" } else { "killed" });
            assert!(!job.dir().join("members").exists() && !job.guard().alive(), "{name}");
            world.pj(&[verb, &name]).go().code(3).says("it is not running");
            world.sweep(&[]).go().code(0).silent();
            assert_eq!(world.jobs().len(), 2 * n + usize::from(verb == "kill") + 1, "no sweep takes a record away");
        }
    }
}

#[test]
fn one_that_ignores_term_is_dead_when_stop_returns_and_one_that_leaves_is_not_waited_for() {
    let world = World::new();
    for (kind, least, most) in [("deaf", 300, 5000), ("plain", 0, 3000)] {
        let roster = world.roster(kind);
        let grace = if kind == "deaf" { "300ms" } else { "20s" };
        started(&world, kind, &["--grace", grace, "beast", &roster.path().to_string_lossy(), kind]);
        roster.ready(kind);
        let done = world.pj(&["stop", kind]).go().code(0);
        assert_eq!(roster.alive(), []);
        assert!((least..most).contains(&done.took.as_millis()), "{kind}: {} ms", done.took.as_millis());
    }
    let sleeper =
        started(&world, "sleeper", &["--stop-signal", "USR1", "sh", "-c", "trap 'exit 9' USR1; sleep 1000 & wait"]);
    world.pj(&["stop", "sleeper"]).go().code(0);
    let ended = sleeper.again().expect("a record").json["exit"]["code"].clone();
    assert!(ended == 9 || ended.is_null(), "it had its trap by then, or had not: {ended}");
    // A signal to the command alone.
    let roster = world.roster("signalled");
    let job = started(&world, "signalled", &["beast", &roster.path().to_string_lossy(), "plain"]);
    roster.ready("plain");
    world.pj(&["kill", "--signal", "INT", "signalled"]).go().code(0);
    world.pj(&["wait", "signalled"]).go().code(130);
    assert_eq!(job.again().expect("a record").json["exit"]["signal"], 2);
}

/// Whoever wrote these numbers into a record: they are other processes than the record says, and nobody touches them.
#[test]
fn a_record_that_was_bent_onto_strangers_touches_nobody() {
    let world = World::new();
    let strangers = world.bystanders("strangers");
    let path = strangers.path().display();
    let (mut child, stranger) = world.sh(&format!("exec beast {path} plain")).start();
    strangers.ready("plain");
    let job = started(&world, "bent", &["sleep", "1000"]);
    let id = job.id().to_string();
    for verb in [&["stop"][..], &["kill"], &["kill", "--signal", "KILL"], &["rm"]] {
        let mut bent = job.json.clone();
        for field in ["guard", "root"] {
            bent[field]["pid"] = json!(stranger.pid);
        }
        bent["cgroup"] = Value::Null;
        fs::write(&job.path, bent.to_string()).expect("a bent record");
        assert_eq!(state(&world, "bent"), "lost", "{verb:?}");
        let code = if verb.len() > 1 { 3 } else { 0 };
        world.pj(&[verb, &[&*id]].concat()).go().code(code);
        world.sweep(&["-q"]).go();
        assert!(stranger.alive(), "{verb:?}");
        assert_eq!(stranger.state(), Some('S'), "{verb:?}");
    }
    job.guard().kill();
    stranger.kill();
    let _ = child.wait();
}

#[test]
fn ping_asks_the_guard_itself() {
    let world = World::new();
    let job = started(&world, "web", &["sleep", "1000"]);
    world.pj(&["ping", "web"]).go().code(0).says("is alive");
    let socket = std::path::PathBuf::from(job.json["socket"].as_str().expect("a socket"));
    assert!(job.guard().signal(libc::SIGSTOP));
    holds("the guard is stopped", || job.guard().state() == Some('T'));
    let done = world.pj(&["ping", "web"]).go().code(7).says("is stopped");
    assert!(done.took.as_millis() < 2000, "who is stopped is not waited for");
    // One that lives and says nothing: somebody else listens there.
    fs::remove_file(&socket).expect("its socket");
    let _mute = std::os::unix::net::UnixListener::bind(&socket).expect("another socket");
    assert!(job.guard().signal(libc::SIGCONT));
    holds("the guard goes on", || job.guard().state() == Some('S'));
    world.pj(&["ping", "web", "--timeout", "100ms"]).go().code(7).says("is silent");
    assert!(job.guard().kill());
    holds("the guard is gone", || !job.guard().alive());
    world.pj(&["ping", "web", "--json"]).go().code(3).says("gone");
    world.pj(&["stop", "web"]).go().code(0);
}

#[test]
fn what_keep_says_counts_for_a_sweep_and_in_the_list() {
    let world = World::new();
    let roster = world.roster("kept");
    let path = roster.path().to_string_lossy().into_owned();
    let job = started(&world, "kept", &["--grace", "100ms", "beast", &path, "ignore-hup"]);
    let beast = roster.ready("ignore-hup");
    let keep = || world.pj(&["list", "--json", "kept"]).go().code(0).json()["jobs"][0]["keep"].clone();
    assert_eq!(keep(), Value::Null);
    world.pj(&["keep", "kept"]).go().code(0).stdout("");
    assert_eq!(keep(), "pj keep");
    job.census_names(&[beast]);
    assert!(job.guard().kill());
    holds("the guard is gone", || !job.guard().alive());
    world.sweep(&[]).go().code(0).silent();
    assert!(beast.alive(), "it may stay");
    world.pj(&["keep", "--off", "kept"]).go().code(0);
    assert_eq!(keep(), Value::Null);
    world.sweep(&[]).go().code(0).says("job 1 (kept)");
    assert!(!beast.alive());
    assert_eq!(state(&world, "kept"), "lost");
    world.pj(&["keep", "kept"]).go().code(3).says("it is not running");
    world.pj(&["rm", "kept"]).go().code(0);
    assert!(!job.dir().join("keep").exists());
}

#[test]
fn wait_answers_as_the_job_did() {
    let world = World::new();
    started(&world, "zero", &["true"]);
    started(&world, "three", &["sh", "-c", "exit 3"]);
    started(&world, "killed", &["sh", "-c", "kill -9 $$"]);
    started(&world, "stays", &["sleep", "1000"]);
    let log = "printf 'one\\r\\n'; sleep 0.2; printf '\\033[1mre\\033[0mady> '; sleep 1000";
    started(&world, "says", &["sh", "-c", log]);
    let roster = world.roster("listens");
    started(&world, "listens", &["beast", &roster.path().to_string_lossy(), "listener"]);
    let port = eventually("it listens", || roster.events("listener").pop());
    let table: &[(&[&str], i32)] = &[
        (&["zero"], 0),
        (&["three"], 3),
        (&["killed"], 137),
        (&["zero", "three", "killed"], 3),
        (&["killed", "three", "--for", "exit"], 3),
        (&["--for", "exit", "zero"], 0),
        (&["stays", "--timeout", "60ms"], 7),
        (&["says", "--for", "log", "^ready> $"], 0),
        (&["says", "--for", "log", "^one$"], 0),
        (&["says", "--for", "log", "never", "--timeout", "60ms"], 7),
        (&["zero", "--for", "log", "never"], 3),
        (&["says", "--for", "idle", "100ms"], 0),
        (&["three", "--for", "idle", "10h"], 3),
        (&["listens", "--for", "port", &port], 0),
        (&["--for", "port", "listens"], 0),
        (&["stays", "--for", "port", "--timeout", "60ms"], 7),
        (&["zero", "--for", "port", &port], 3),
        (&["nosuch"], 3),
        (&[], 2),
        (&["zero", "--for", "rain"], 2),
    ];
    for (words, code) in table {
        world.pj(&[&["wait"], *words].concat()).go().code(*code).stdout("");
    }
    // Who waits hears of the end at once, and of a guard that cannot tell any more.
    let (mut child, _) = world.pj(&["wait", "stays"]).start();
    assert!(world.job("stays").guard().kill());
    assert_eq!(child.wait().expect("a status").code(), Some(1));
    world.pj(&["wait", "stays"]).go().code(1).says("nobody knows how it ended");
    for name in ["says", "listens", "stays"] {
        world.pj(&["stop", name]).go().code(0);
    }
}

#[test]
fn restart_runs_a_living_job_again_and_starts_an_ended_one_anew() {
    let world = World::new();
    let ran = world.text("ran");
    let script = world.script("serve", &format!("#!/bin/sh\necho \"$SECRET $A $(pwd)\" >>{ran}\nexec sleep 1000\n"));
    let file = world.path("secrets");
    fs::write(&file, "SECRET=first\n").expect("a file");
    let flags = ["--env", "A=1", "--env-file", &file.to_string_lossy(), "--cwd", "/", "serve"];
    let first = started(&world, "serve", &flags);
    let lines = |n: usize| holds("it ran", || fs::read_to_string(&ran).is_ok_and(|t| t.lines().count() == n));
    lines(1);
    world.pj(&["restart", "serve"]).go().code(0).stdout("");
    let again = first.again().expect("a record");
    assert_eq!((again.guard(), &again.json["restarts"]), (first.guard(), &json!(1)));
    assert!(again.identity("root") != first.identity("root"));
    lines(2);
    world.pj(&["stop", "serve"]).go().code(0);
    fs::write(&file, "SECRET=second\n").expect("a file");
    world.pj(&["restart", "serve"]).go().code(0);
    let anew = first.again().expect("a record");
    assert!(anew.guard() != first.guard() && anew.json["exit"].is_null());
    for same in ["id", "uid", "name", "argv", "cwd", "created_at", "background"] {
        assert_eq!(anew.json[same], first.json[same], "{same}");
    }
    assert_eq!((&anew.json["restarts"], &anew.json["state"]), (&json!(2), &json!("running")));
    lines(3);
    // A guard that was killed: what it left ends first.
    assert!(anew.guard().kill());
    holds("the guard is gone", || !anew.guard().alive());
    world.pj(&["restart", "serve"]).go().code(0);
    assert!(anew.identity("root").is_some_and(|old| !old.alive()));
    lines(4);
    assert_eq!(fs::read_to_string(&ran).expect("lines"), "first 1 /\nfirst 1 /\nsecond 1 /\nsecond 1 /\n");
    // Not there any more: said, and how it ended before stays known.
    fs::remove_file(&script).expect("a script");
    world.pj(&["restart", "serve"]).go().code(1).says("serve");
    let ended = eventually("it is over", || first.again().filter(|now| now.json["state"] == "exited"));
    assert_eq!(ended.json["exit"]["code"], 127);
    world.pj(&["restart", "serve"]).go().code(127);
    assert_eq!(first.again().expect("its record").json, ended.json);
    let (mut child, _) = world.wrap(&["--name", "wrapped", "sleep", "1000"]).start();
    world.job("wrapped");
    world.pj(&["restart", "wrapped"]).go().code(6).says("its terminal started it");
    world.pj(&["stop", "wrapped"]).go().code(0);
    let _ = child.wait();
}

#[test]
fn show_tells_all_and_rm_leaves_the_log_unless_it_is_told() {
    let world = World::new();
    let job = started(&world, "web", &["--tag", "t", "--env", "A=secret", "sh", "-c", "echo hello; sleep 1000 & wait"]);
    world.pj(&["wait", "web", "--for", "log", "hello"]).go().code(0);
    let id = job.id().to_string();
    let text = world.pj(&["show", "web"]).go().code(0).stderr("").never_says("secret").text();
    for part in ["web", "running", "sleep 1000", "/log", "asked to end by SIGTERM; with A", "guard"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let shown = world.pj(&["show", "web", "--json"]).go().code(0).json();
    let one = &shown["jobs"][0];
    assert_eq!((&shown["schema"], &one["restarts"]), (&json!("pj.show/1"), &json!(0)));
    let members = one["members"].as_array().expect("members");
    assert!(members.iter().any(|m| m["argv"] == json!(["sleep", "1000"]) && m["memory"].as_u64() > Some(0)), "{one}");
    world.pj(&["show"]).go().code(2);
    world.pj(&["show", "nosuch"]).go().code(3);
    world.pj(&["rm", "web"]).go().code(6).says("it lives");
    world.pj(&["stop", "web"]).go().code(0);
    world.pj(&["rm", "web"]).go().code(0);
    assert!(!job.path.exists() && job.dir().join("log").exists());
    world.pj(&["rm", "web"]).go().code(3);
    world.pj(&["rm", "--logs", &id]).go().code(0);
    assert!(!job.dir().exists());
    world.pj(&["rm", "--logs", &id]).go().code(3);
    let job = started(&world, "short", &["echo", "hello"]);
    world.pj(&["wait", "short"]).go().code(0);
    world.pj(&["rm", "--logs", "short"]).go().code(0).says("with its log");
    assert!(!job.path.exists() && !job.dir().exists());
    assert!(world.jobs().is_empty());
}
