//! What is done from inside a job: who leaves it for good, and who is in reach from there.

use super::verbs::{started, state};
use crate::harness::{World, holds};
use std::fs;

#[test]
fn what_is_detached_is_no_jobs_and_stays() {
    let world = World::new();
    let roster = world.bystanders("apart");
    let (path, number) = (roster.path().display(), world.text("number"));
    let plain = world.text("plain");
    fs::write(&plain, "no program").expect("a file");
    for (word, code) in [("nosuch", 127), (plain.as_str(), 126)] {
        world.pj(&["detach", word]).go().code(code).stdout("").says("cannot run");
    }
    let inside = format!("env PJ_SESSION=1-2 pj detach beast {path} plain >{number} 2>/dev/null");
    world.wrap(&["--on-exit", "end", "sh", "-c", &inside]).go().code(0);
    let beast = roster.ready("plain");
    assert_eq!(fs::read_to_string(&number).expect("a number").trim(), beast.pid.to_string());
    holds("the job is over", || world.jobs().is_empty());
    assert!(beast.alive(), "it stays");
    let lines = crate::harness::proc::file(beast.pid, "environ");
    let lines: Vec<&str> = lines.split(|b| *b == 0).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let ours: Vec<_> = lines.iter().filter(|line| line.starts_with("PJ_") && !line.starts_with("PJ_TEST")).collect();
    assert_eq!(ours.iter().filter(|line| !line.starts_with("PJ_WRAP")).collect::<Vec<_>>(), [&&"PJ_KEEP=1"]);
    assert_eq!(beast.stat().map(|s| s.session), Some(beast.pid), "in a session of its own");
    let events = fs::read_to_string(world.state().join("events.jsonl")).unwrap_or_default();
    assert!(events.contains(&format!("({})", beast.pid)), "it is told that it was left alone: {events}");
    beast.kill();
}

/// From inside a job only what it started, and its own session's, is in reach; by the kernel, whatever `PJ_JOB` says.
#[test]
fn inside_a_job_only_its_own_are_in_reach() {
    let world = World::new();
    started(&world, "other", &["sleep", "1000"]);
    let said = world.text("said");
    let script = format!(
        "pj run -q --name inner sleep 1000 >/dev/null; for verb in restart kill stop; do pj $verb -q other; echo $verb $?; done >{said} 2>&1; \
         pj kill inner -q; echo inner $? >>{said}; pj kill --any-session other -q; echo any $? >>{said}; sleep 1000"
    );
    started(&world, "outer", &["sh", "-c", &script]);
    holds("all is said", || fs::read_to_string(&said).is_ok_and(|text| text.contains("any ")));
    let said = fs::read_to_string(&said).expect("what it said");
    for line in ["restart 6", "kill 6", "stop 6", "inner 0", "any 0", "hint: pj stop --any-session other"] {
        assert!(said.lines().any(|one| one == line), "{line}: {said}");
    }
    assert_eq!([state(&world, "inner"), state(&world, "other")], ["killed", "killed"]);
    let marker = world.job("outer").json["marker"].as_str().expect("a marker").to_owned();
    world.pj(&["stop", "outer"]).env("PJ_JOB", marker).go().code(0);
}
