//! Background jobs from their start to their end: how they are started, whose they are, when they run again, what is known of
//! them afterwards.

use super::verbs::{started, state};
use crate::harness::{Hook, Shell, Term, World, eventually, holds};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn run_says_at_once_whether_it_was_executed_and_wait_what_became_of_it() {
    let world = World::new();
    let plain = world.text("plain");
    fs::write(&plain, "no program").expect("a file");
    let table: &[(&[&str], i32)] = &[
        (&["nosuch"], 127),
        (&[&plain], 126),
        (&["--cwd", "/no/such", "true"], 126),
        (&["--size", "0x0", "true"], 2),
        (&["--env", "=", "true"], 2),
        (&["--stop-signal", "KILL", "true"], 2),
        (&[], 2),
    ];
    for (words, code) in table {
        world.pj(&[&["run"], *words].concat()).go().code(*code).stdout("");
    }
    assert!(world.jobs().is_empty(), "what was not executed is on no record");
    let table: &[(&[&str], i32)] = &[
        (&["sh", "-c", "exit 3"], 3),
        (&["--pipe", "sh", "-c", "exit 4"], 4),
        (&["sh", "-c", "kill -TERM $$"], 143),
        (&["--", "true"], 0),
        (&["--cwd", "/", "sh", "-c", "test $(pwd) = / && test -t 0 && test -t 2"], 0),
        (&["--pipe", "sh", "-c", "test ! -t 0 && test ! -t 1 && test ! -t 2"], 0),
        (&["--size", "77x11", "sh", "-c", "test \"$(stty size)\" = '11 77'"], 0),
        (&["sh", "-c", "test -n \"$PJ_JOB\""], 0),
    ];
    for (words, code) in table {
        world.pj(&[&["run", "--wait"], *words].concat()).go().code(*code).stderr("");
    }
    world.no_guards();
    let exits: Vec<Value> = world.jobs().iter().map(|job| job.json["state"].clone()).collect();
    assert_eq!(exits, vec![json!("exited"); table.len()]);
}

#[test]
fn no_record_has_a_variable_but_those_that_flags_added() {
    let world = World::new();
    let (file, saw) = (world.path("variables"), world.text("saw"));
    fs::write(&file, "# a comment\nexport FROM_FILE='hidden value'\nBOTH=file\n").expect("a file");
    let flags = ["--env", "GIVEN=told", "--env", "BOTH=flag", "--env-file", &file.to_string_lossy()];
    let script = format!("echo \"$GIVEN $FROM_FILE $BOTH $OUTER\" >{saw}");
    let words = [&["run", "--name", "env", "--wait"][..], &flags, &["sh", "-c", &script]].concat();
    world.pj(&words).env("OUTER", "inherited").go().code(0);
    assert_eq!(fs::read_to_string(&saw).expect("it ran"), "told hidden value flag inherited\n");
    let job = world.job("env");
    assert_eq!(job.json["background"]["env"], json!(["GIVEN=told", "BOTH=flag"]));
    let mut all = job.json.clone();
    all["argv"] = Value::Null;
    for part in ["hidden", "inherited", "BOTH=file", "HOME=", "PATH=", "PJ_TEST"] {
        assert!(!all.to_string().contains(part), "{part} is in the record: {all}");
    }
    for path in [job.path.clone(), job.dir().join("log")] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).map(|m| m.permissions().mode() & 0o777);
        assert!(mode.as_ref().is_ok_and(|m| *m == 0o600) || !path.exists(), "{}: {mode:?}", path.display());
    }
}

#[test]
fn a_name_is_one_living_jobs() {
    let world = World::new();
    let first = started(&world, "web", &["sleep", "1000"]);
    world.pj(&["run", "--name", "web", "true"]).go().code(6).says("--replace");
    assert_eq!(world.jobs().len(), 1);
    world.pj(&["run", "-q", "--name", "web", "--replace", "sleep", "1000"]).go().code(0).stdout("2\n");
    assert!(first.identity("root").is_some_and(|old| !old.alive()));
    assert_eq!(first.again().expect("its record stays").json["state"], "exited");
    // The ended one may not have its name back while the other lives.
    world.pj(&["restart", "1"]).go().code(6).says("is called that");
    world.pj(&["stop", "2"]).go().code(0);
    world.pj(&["restart", "1"]).go().code(0);
    world.pj(&["stop", "1"]).go().code(0);
}

/// Whose end is whose: of its session, or nobody's, wherever it was started.
#[test]
fn a_job_ends_with_its_session_only_where_that_was_asked_for() {
    let world = World::new();
    let (mine, free) = (world.roster("mine"), world.roster("free"));
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    let tied = format!("pj run -q --name mine --owner session beast {} plain", mine.path().display());
    assert_eq!(term.run(&tied), 0);
    assert_eq!(term.run(&format!("pj run -q --name free beast {} plain", free.path().display())), 0);
    let (tied, stays) = (mine.ready("plain"), free.ready("plain"));
    // Below a wrapped job that ends it is nobody's either.
    let below = world.roster("below");
    let script = format!("pj run -q --name below beast {} plain >/dev/null", below.path().display());
    world.wrap(&["--on-exit", "end", "sh", "-c", &script]).go().code(0);
    let under = below.ready("plain");
    term.close();
    holds("it has ended with its session", || !tied.alive());
    holds("that is on record", || world.job("mine").json["state"] == "exited");
    world.sweep(&[]).go().code(0).silent();
    assert_eq!((stays.alive(), under.alive()), (true, true), "nobody's end is theirs: {:?}", world.jobs());
    assert_eq!([state(&world, "free"), state(&world, "below")], ["running", "running"]);
    world.pj(&["stop", "free"]).go().code(0);
    world.pj(&["stop", "below"]).go().code(0);
    world.no_guards();
}

#[test]
fn it_runs_again_as_often_as_was_said() {
    let world = World::new();
    let cases = [
        ("no", "0", "1", 1, 1),
        ("on-failure", "2", "1", 3, 1),
        ("on-failure", "2", "0", 1, 0),
        ("always", "1", "0", 2, 0),
        ("always", "3", "9", 4, 9),
    ];
    for (n, (when, most, code, runs, last)) in cases.into_iter().enumerate() {
        let (name, ran) = (format!("job{n}"), world.text(&format!("ran{n}")));
        let script = format!("echo x >>{ran}; exit {code}");
        let flags = ["--restart", when, "--max-restarts", most, "--backoff", "10ms", "--wait"];
        let words = [&["run", "--name", &name][..], &flags, &["sh", "-c", &script]].concat();
        world.pj(&words).go().code(last);
        assert_eq!(fs::read_to_string(&ran).expect("it ran").lines().count(), runs, "{when} {most} {code}");
        let job = world.job(&name);
        assert_eq!((&job.json["state"], job.json["restarts"].as_u64()), (&json!("exited"), Some(runs as u64 - 1)));
    }
    // Between two runs it rests; whoever stops it then has stopped it.
    let flags = ["--restart", "always", "--backoff", "50s", "true"];
    let job = started(&world, "rests", &flags);
    holds("it rests", || state(&world, "rests") == "resting");
    world.pj(&["stop", "rests"]).go().code(0);
    assert!(!job.guard().alive());
    assert_eq!(state(&world, "rests"), "exited");
}

/// Of another boot nobody is signalled, and its record stays for as long as it is to be kept.
#[test]
fn records_of_what_has_ended_stay_until_they_are_old() {
    let world = World::new();
    let job = started(&world, "old", &["echo", "hello"]);
    world.pj(&["wait", "old"]).go().code(0);
    let ended = |change: &dyn Fn(&mut Value)| {
        let mut json = job.again().expect("a record").json;
        change(&mut json);
        fs::write(&job.path, json.to_string()).expect("a record");
    };
    world.sweep(&[]).go().code(0).silent();
    ended(&|json| {
        json["state"] = json!("running");
        json["exit"] = Value::Null;
        for who in ["guard", "root"] {
            json[who]["boot"] = json!("another-boot");
        }
    });
    world.sweep(&["-n"]).go().code(0).says("other-boot");
    world.sweep(&[]).go().code(0).silent();
    assert_eq!((state(&world, "old").as_str(), job.dir().join("log").exists()), ("lost", true));
    ended(&|json| json["exit"] = json!({"code": 0, "signal": null, "core": false, "at": "2020-01-01T00:00:00Z"}));
    world.sweep(&["-n"]).env("PJ_LOG_RETENTION", "3650days").go().code(0).says("exited");
    world.sweep(&[]).go().code(0).silent();
    assert!(!job.path.exists() && !job.dir().exists(), "record and log");
}

#[test]
fn a_hundred_at_once_are_a_hundred() {
    let world = World::new();
    let script = |shell: u32| {
        let codes: Vec<String> = (0..10).map(|n| (shell * 10 + n).to_string()).collect();
        format!("for c in {}; do pj run -q --name j$c sh -c \"exit $c\"; done", codes.join(" "))
    };
    let shells: Vec<_> = (0..10).map(|n| world.sh(&script(n))).collect();
    let ids: BTreeSet<String> = std::thread::scope(|scope| {
        let all: Vec<_> = shells.into_iter().map(|shell| scope.spawn(|| shell.go().code(0).out)).collect();
        let said = all.into_iter().flat_map(|one| one.join().expect("a shell"));
        let said: Vec<u8> = said.collect();
        String::from_utf8_lossy(&said).lines().map(str::to_owned).collect()
    });
    assert_eq!(ids.len(), 100, "distinct ids");
    let over = || world.jobs().iter().filter(|job| job.json["state"] == "exited").count() == 100;
    eventually("all have ended", || over().then_some(()));
    for job in world.jobs() {
        let name = job.json["name"].as_str().expect("a name");
        assert_eq!(job.json["exit"]["code"].to_string(), name[1..], "{name}");
        assert!(ids.contains(&job.id().to_string()));
    }
}
