//! The daemon: it sweeps at once, by events and not by the clock; and what the system starts it with.

/// Who it is, and how it comes and goes.
mod seat;
/// What it ends, and when.
mod swept;
/// Units, agents, crontabs.
mod system;

use crate::harness::{Id, Job, Roster, Run, World, eventually, holds, proc};
use serde_json::Value;

/// A `pj daemon …` whose clock never comes: what it does it does because the kernel has told it.
fn daemon(world: &World, args: &[&str]) -> Run {
    let args: Vec<&str> = std::iter::once("daemon").chain(args.iter().copied()).collect();
    world.pj(&args).env("PJ_SWEEP_INTERVAL", "1h")
}

/// Starts one in the background; it is ready then.
fn start(world: &World) -> Id {
    daemon(world, &["start"]).go().code(0);
    running(world).expect("a daemon")
}

fn status(world: &World) -> Value {
    world.pj(&["--json", "daemon", "status"]).go().json()
}

/// The one that runs.
fn running(world: &World) -> Option<Id> {
    let pid = status(world)["pid"].as_i64()?;
    Id::of(i32::try_from(pid).ok()?)
}

/// The one that runs now, and once it has said so.
fn settled(world: &World) -> Id {
    eventually("a daemon runs", || running(world))
}

/// A wrapped tree without a terminal, and its job.
fn wrapped(world: &World, name: &str, kind: &str) -> (Job, Roster) {
    let roster = wrapped_with(world, name, kind, |run| run);
    (world.job(name), roster)
}

/// The same in a changed environment.
fn wrapped_with(world: &World, name: &str, kind: &str, change: impl FnOnce(Run) -> Run) -> Roster {
    let roster = world.roster(name);
    let wrap = format!("pj-wrap --name {name} --grace 1s beast {} {kind}", roster.path().display());
    change(world.led(&wrap)).start();
    roster.ready(kind.split(' ').next().expect("a kind"));
    roster
}

/// Both guards are gone, the census complete.
fn kill_guards(job: &Job, roster: &Roster) {
    let known: Vec<Id> = roster.steady().iter().map(|one| one.id).collect();
    job.lose_guards(&known);
}

/// It sleeps: it has looked at all there is.
fn rests(one: Id) {
    let mut before = String::new();
    let mut quiet = 0;
    holds("the daemon rests", || {
        let status = String::from_utf8_lossy(&proc::file(one.pid, "status")).into_owned();
        let now = status.lines().filter(|line| line.contains("ctxt_switches")).collect::<String>();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
        quiet > 5
    });
}
