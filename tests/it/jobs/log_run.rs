//! The logs of jobs that `pj run` has started: what the guard writes down, while they run and after.

use super::log::follow;
use crate::harness::World;
use crate::harness::shells::skip;
use std::time::Duration;

#[test]
fn what_a_job_wrote_is_there_while_it_runs_and_after() {
    let world = World::new();
    let script = "echo out; echo err >&2; exit 3";
    world.pj(&["run", "-q", "--name", "web", "--pipe", "sh", "-c", script]).go().code(0);
    // Following ends with the job; which of two pipes was first nobody knows.
    let all = world.pj(&["log", "-f", "web"]).go().code(0).stderr("");
    assert!(["out\nerr\n", "err\nout\n"].contains(&all.text().as_str()), "{}", all.text());
    world.pj(&["log", "web", "--stdout"]).go().code(0).stdout("out\n").stderr("");
    world.pj(&["log", "web", "--stderr", "--since", "1h"]).go().code(0).stdout("err\n").stderr("");
    world.pj(&["run", "-q", "--name", "tty", "sh", "-c", "test -t 1 && printf '\\033[2Jseen\\n'"]).go().code(0);
    world.pj(&["log", "-f", "tty"]).go().code(0).stdout("seen\n").stderr("");
    world.pj(&["log", "tty", "--raw"]).go().code(0).stdout("\x1b[2Jseen\r\n").stderr("");
    // Two that have ended: nobody knows which is meant.
    world.pj(&["log"]).go().code(2).says("pj list");
}

#[test]
fn a_log_that_outlives_its_record_is_told_of_and_can_be_removed() {
    let world = World::new();
    world.pj(&["run", "-q", "--wait", "--name", "web", "--pipe", "echo", "out"]).go().code(0);
    let job = world.job("web");
    let line = world.pj(&["list", "web", "--columns", "term"]).go().code(0);
    assert!(line.text().contains("pipe"), "{}", line.text());
    let log = job.dir().join("log");
    assert!(log.is_file());
    world.pj(&["rm", "web"]).go().code(0).says("; its log stays: pj rm --logs 1\n");
    assert!(log.is_file(), "it stays");
    world.pj(&["rm", "--logs", "1"]).go().code(0).says("removed the log of 1");
    assert!(!log.exists());
}

#[test]
fn a_job_that_writes_nothing_has_an_empty_log() {
    let world = World::new();
    world.pj(&["run", "-q", "--name", "mute", "true"]).go().code(0);
    world.pj(&["log", "-f", "mute"]).go().code(0).silent();
    world.pj(&["log", "mute", "-n", "3"]).go().code(0).silent();
}

#[test]
fn two_followers_read_all_of_a_flood_over_rotations() {
    let world = World::lasting(Duration::from_secs(240));
    world.pj(&["run", "-q", "--name", "flood", "--pipe", "seq", "1", "4000000"]).go().code(0);
    let followers = [follow(&world, &["flood", "--raw"]), follow(&world, &["flood"])];
    let all: Vec<u8> = (1..=4_000_000).flat_map(|n: u32| format!("{n}\n").into_bytes()).collect();
    for (mut child, reader) in followers {
        let read = reader.join().expect("no panic");
        assert!(read == all, "{} of {} bytes", read.len(), all.len());
        assert_eq!(child.wait().expect("a child").code(), Some(0));
    }
    let dir = world.job("flood").dir();
    assert!([".1", ".1.zst"].iter().any(|end| dir.join(format!("log{end}")).exists()), "it was rotated");
    world.pj(&["log", "flood", "-n2"]).go().code(0).stdout("3999999\n4000000\n").stderr("");
}

#[test]
fn a_full_disk_costs_the_log_and_not_the_job_or_its_record() {
    let world = World::new();
    let inside = ["unshare", "-rm", "sh", "-c"];
    if !world.sh(&format!("{} 'mount -t tmpfs none /mnt'", inside.join(" "))).go().status.success() {
        skip("a small disk needs namespaces of our own");
        return;
    }
    // It is on record while the job runs, and how it ended afterwards.
    let script = "mount -t tmpfs -o size=300k,mode=700 none $XDG_STATE_HOME && mkfifo go || exit 99
        of() { grep -o \"\\\"$1\\\": *[^,}]*\" $XDG_STATE_HOME/pj/jobs/*.json; }
        pj run -q --name full --pipe sh -c 'seq 1 100000; echo end; read x < go; exit 7'
        for n in 1 2 3 4 5 6 7 8 9; do of lost | grep space && break; sleep 0.3; done
        echo >go; pj log -f full | head -n 2; pj log -f full >/dev/null; of code";
    let done = crate::harness::Run::new(&world, "unshare", &["-rm", "sh", "-c", script]).go();
    let said = String::from_utf8_lossy(&done.out).into_owned();
    let wanted = "\"lost\":\"no space left on device\"\n1\n2\n\"code\":7\n";
    assert!(said.replace(": ", ":").ends_with(wanted), "{said}{}", done.err);
}
