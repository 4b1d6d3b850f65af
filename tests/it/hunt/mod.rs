//! The wrong-kill hunt: jobs start and end by every fault in a pid namespace with a hundred numbers, while a crowd of
//! strangers takes each number that comes free within milliseconds. Nobody of the crowd may ever get a signal.
//!
//! A part of it runs with the tests; `just hunt` runs ten thousand ends. `PJ_HUNT=N` says how many, if not these.

/// How a job is ended here.
mod ends;

use crate::harness::shells::skip;
use crate::harness::world::beast;
use crate::harness::{LONG, Roster, World, within};
use ends::Stand;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Ends in a plain run of the tests: about fifteen seconds.
const PART: usize = 200;
/// Jobs at the same time.
const STANDS: usize = 3;
/// Numbers for everybody: the crowd takes about sixty, the jobs and this driver forty.
const ROOM: &str = "124";
/// No hunt takes longer.
const MOST: Duration = Duration::from_secs(3600);
/// Set for the test below that runs inside.
const INSIDE: &str = "PJ_HUNT_INSIDE";

fn wanted() -> usize {
    std::env::var("PJ_HUNT").ok().and_then(|n| n.parse().ok()).unwrap_or(PART)
}

/// May we make a pid namespace with a `/proc` of its own here?
fn allowed() -> bool {
    let try_it = ["--pid", "--mount-proc", "--fork", "--kill-child", "true"];
    let done = Command::new("unshare").args(try_it).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success()) || skip("no right to make a pid namespace: run it as root")
}

#[test]
fn no_stranger_is_signalled_while_dead_members_numbers_are_used_again() {
    if !allowed() {
        return;
    }
    let world = World::lasting(MOST);
    let (log, own) = (world.path("log"), std::env::current_exe().expect("this binary"));
    let (began, ends) = (Instant::now(), wanted());
    let mut command = Command::new("unshare");
    command.args(["--pid", "--mount-proc", "--fork", "--kill-child"]).arg(beast()).arg(&log).args(["crowd", ROOM]);
    command.arg(own).args(["--exact", "hunt::jobs_end_in_the_crowd", "--nocapture"]);
    // A directory of its own: two hunts have the same process numbers, and worlds are named by those.
    command.env(INSIDE, ends.to_string()).env("TMPDIR", world.path("tmp")).env("RUST_TEST_THREADS", "1");
    let done = command.stdin(Stdio::null()).output().expect("unshare runs");
    let log = Roster::at(log);
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let told = log.events("crowd").pop().unwrap_or_default();
    let _ = writeln!(std::io::stderr(), "hunt: {ends} ends in {:.1} s; {told}", began.elapsed().as_secs_f64());
    for line in said.lines().filter(|line| line.starts_with("hunt: ")) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
    assert_eq!(log.events("wrong"), [""; 0], "strangers were touched: {said}");
    assert!(done.status.success(), "{}: {said}", done.status);
    // As many numbers came round as to say something: each stranger's number had been another's before.
    let born: usize = told.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a count");
    assert!(born > ends * 10, "only {born} strangers for {ends} ends: {told}");
}

/// Runs inside of the namespace only, started by the test above.
#[test]
fn jobs_end_in_the_crowd() {
    let Some(ends) = std::env::var(INSIDE).ok().and_then(|n| n.parse::<usize>().ok()) else { return };
    let (next, reused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..STANDS {
            scope.spawn(|| {
                let stand = Stand::new(World::lasting(MOST));
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= ends {
                        break;
                    }
                    reused.fetch_add(stand.end(number), Ordering::SeqCst);
                }
            });
        }
    });
    let reused = reused.into_inner();
    let _ = writeln!(std::io::stderr(), "hunt: {reused} members' numbers were somebody else's when looked at");
    assert!(within(LONG, || (ends::flocks() == 0).then_some(())).is_some(), "members live on");
    assert!(fs::read("/proc/1/comm").is_ok_and(|comm| comm.starts_with(b"beast")), "not in the crowd");
}
