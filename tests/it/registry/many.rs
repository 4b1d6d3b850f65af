//! Many jobs at once, from many shells: each has its own id and its own record.

use crate::harness::{World, eventually, holds};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

const SHELLS: usize = 10;
const EACH: usize = 10;

/// As many ids as jobs, told to the jobs as to whoever reads the records.
#[test]
fn a_hundred_wraps_from_ten_shells_have_a_hundred_records() {
    let world = World::lasting(Duration::from_secs(240));
    let (told, gate) = (world.path("told"), world.path("gate"));
    world.sh(&format!("mkfifo {}", gate.display())).go().code(0);
    // Opening the gate waits until the test does so too, and each takes a line.
    let job = format!("echo ${{PJ_JOB%%.*}} >> {}; read none < {}", told.display(), gate.display());
    let job = world.script("job", &format!("#!/bin/sh\n{job}\n"));
    let script = format!("for n in $(seq {EACH}); do pj-wrap {} & done; wait", job.display());
    let mut shells: Vec<_> = (0..SHELLS).map(|_| world.sh(&script).start().0).collect();
    let ids = || {
        let text = std::fs::read_to_string(&told).unwrap_or_default();
        let all: Vec<u64> = text.lines().filter_map(|line| line.parse().ok()).collect();
        (all.len() == SHELLS * EACH).then_some(all)
    };
    let wanted: BTreeSet<u64> = eventually("all of them run", ids).into_iter().collect();
    let records: BTreeSet<u64> = world.jobs().iter().map(|job| job.id()).collect();
    assert_eq!((wanted.len(), &wanted), (SHELLS * EACH, &records));
    let listed = world.pj(&["list", "--format", "ids"]).go().code(0).stderr("").text();
    let listed: Vec<u64> = listed.lines().map(|line| line.parse().expect("an id")).collect();
    assert_eq!(listed, wanted.into_iter().collect::<Vec<_>>());
    // More than a pipe holds: whoever reads a line and leaves costs nothing but the rest.
    let text = world.pj(&["list", "--json"]).go().code(0).text();
    assert!(text.len() > 1 << 16, "{} bytes", text.len());
    world.sh("{ pj list --json; echo rc=$? >&2; } | head -n1").go().code(0).stdout("{\n").stderr("rc=0\n");
    // A line for each; it stays open for who comes later.
    let mut open = OpenOptions::new().read(true).write(true).open(&gate).expect("the gate");
    open.write_all(&[b'\n'; SHELLS * EACH]).expect("room in the gate");
    holds("all have gone", || shells.iter_mut().all(|shell| matches!(shell.try_wait(), Ok(Some(_)))));
    drop(open);
    holds("their records are gone", || world.jobs().is_empty());
    world.no_guards();
}

/// Of processes that ran already.
#[test]
fn a_hundred_adoptions_from_ten_shells_have_a_hundred_records() {
    let world = World::lasting(Duration::from_secs(240));
    let roster = world.bystanders("all");
    let (path, ids) = (roster.path().display(), world.path("ids"));
    let one = format!("beast {path} plain & pj -q add $! >> {}", ids.display());
    let script = format!("for n in $(seq {EACH}); do {one} || exit; done; wait");
    let mut shells: Vec<_> = (0..SHELLS).map(|_| world.sh(&script).start().0).collect();
    let all = || {
        let text = std::fs::read_to_string(&ids).unwrap_or_default();
        let all: Vec<u64> = text.lines().map(|line| line.parse().expect("an id")).collect();
        (all.len() == SHELLS * EACH).then_some(all)
    };
    let given: BTreeSet<u64> = eventually("all of them are adopted", all).into_iter().collect();
    assert_eq!(given, (1..=(SHELLS * EACH) as u64).collect());
    let pids: BTreeSet<i64> = world.jobs().iter().filter_map(|job| job.json["root"]["pid"].as_i64()).collect();
    assert_eq!((world.jobs().len(), pids.len()), (SHELLS * EACH, SHELLS * EACH));
    holds("all of them are in place", || roster.members().len() == SHELLS * EACH);
    roster.members().iter().for_each(|one| assert!(one.id.kill()));
    holds("the shells have gone", || shells.iter_mut().all(|shell| matches!(shell.try_wait(), Ok(Some(_)))));
    let dead = world.pj(&["list", "--dead", "--format", "ids"]).go().code(0).text();
    assert_eq!(dead.lines().count(), SHELLS * EACH);
}
