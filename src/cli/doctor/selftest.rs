//! The main job on a real tree: wraps creatures that will not go, takes their terminal or their guards away, and reports
//! who survived. Ends by identity whoever did, and nobody else: a bystander must still be there.

use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::beast::{self, Kind};
use super::stage::{Scene, Stage};
use crate::error::{Doing, Error, Result};
use crate::process::{Identity, Life};
use crate::sweep::daemon::READY;
use crate::sys::fd::{self, Ask};
use crate::sys::os::Handle;
use crate::sys::{clock, signal};

/// After this whoever is still there has survived: the grace, the guard's bound, and a sweep's scans on a machine with
/// tens of thousands of processes.
const DEADLINE: Duration = Duration::from_secs(15);
/// Handles waited on at once.
const MOST: usize = 32;

/// What is done to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Closed,
    GuardsKilled,
    /// The same while the daemon runs, and nobody else sweeps.
    UnderDaemon,
}

/// What an act is to be.
struct Plan {
    what: &'static str,
    /// The job's name, which is unique on the stage.
    name: &'static str,
    /// For `pj-wrap`.
    flags: &'static [&'static str],
    fault: Fault,
}

const PLANS: [Plan; 4] = [
    Plan { what: "terminal closed", name: "pty", flags: &[], fault: Fault::Closed },
    Plan { what: "terminal closed, --direct", name: "direct", flags: &["--direct"], fault: Fault::Closed },
    Plan { what: "both guards killed, then pj-sweep", name: "sweep", flags: &[], fault: Fault::GuardsKilled },
    Plan { what: "both guards killed, under pj daemon", name: "daemon", flags: &[], fault: Fault::UnderDaemon },
];

/// One act.
#[derive(Debug, Serialize)]
pub(super) struct Act {
    /// What was done.
    pub(super) what: &'static str,
    /// Everybody who had to go.
    pub(super) members: Vec<Member>,
    /// The same program outside the tree was not touched.
    pub(super) bystander_lives: bool,
}

/// One who had to go.
#[derive(Debug, Serialize)]
pub(super) struct Member {
    name: String,
    pid: i32,
    /// Milliseconds after the fault; `null`: it survived.
    gone_ms: Option<u64>,
}

/// What a selftest found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// Nothing survived that should go, and nobody else was touched.
    pub(super) passed: bool,
    pub(super) acts: Vec<Act>,
    pub(super) ms: u64,
}

impl Act {
    pub(super) fn survivors(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.gone_ms.is_none())
    }

    /// One line for people.
    pub(super) fn text(&self) -> String {
        let gone = self.members.len() - self.survivors().count();
        let last = self.members.iter().filter_map(|m| m.gone_ms).max().unwrap_or(0);
        let each: Vec<String> = self.members.iter().map(Member::text).collect();
        let bystander = if self.bystander_lives { "" } else { "; A BYSTANDER WAS KILLED" };
        let (what, all) = (self.what, self.members.len());
        format!("{what}: {gone} of {all} gone within {last} ms ({}){bystander}", each.join(", "))
    }
}

impl Member {
    fn text(&self) -> String {
        match self.gone_ms {
            Some(ms) => format!("{} {ms}", self.name),
            None => format!("{} {} SURVIVED", self.name, self.pid),
        }
    }
}

/// Plays all acts, one after the other.
pub(super) fn run(wrap: &Path, sweep: &Path) -> Result<Found> {
    let began = clock::now();
    let stage = Stage::new()?;
    let acts = PLANS.iter().map(|plan| act(&stage, wrap, sweep, plan)).collect::<Result<Vec<Act>>>()?;
    let passed = acts.iter().all(|a| a.bystander_lives && a.survivors().count() == 0);
    Ok(Found { passed, acts, ms: since(began) })
}

/// One act, with a bystander.
fn act(stage: &Stage, wrap: &Path, sweep: &Path, plan: &Plan) -> Result<Act> {
    let mut bystander = start_bystander(stage)?;
    let outsider = Identity::of(i32::try_from(bystander.id()).unwrap_or(0));
    let scene = stage.play(wrap, plan.name, plan.flags);
    let members = scene.and_then(|scene| fail(stage, sweep, scene, plan.fault));
    let bystander_lives = outsider.is_some_and(|b| b.life().is_alive());
    // Our own child, not reaped yet: its number is still its own.
    let _ = bystander.kill();
    let _ = bystander.wait();
    Ok(Act { what: plan.what, members: members?, bystander_lives })
}

/// The same program as the creatures, outside their tree.
fn start_bystander(stage: &Stage) -> Result<Child> {
    let roster = stage.place().root().with_file_name("bystander.roster");
    let mut command = beast::creature(Kind::Plain, &roster)?;
    command.env_clear().envs(stage.env());
    if let Some(dir) = roster.parent() {
        crate::sys::file::make_private_dir(dir).doing(|| format!("make {}", dir.display()))?;
    }
    command.spawn().doing(|| "start a bystander".to_owned())
}

/// Does to a tree what this act is about, and watches it go.
fn fail(stage: &Stage, sweep: &Path, mut scene: Scene, fault: Fault) -> Result<Vec<Member>> {
    let daemon = if fault == Fault::UnderDaemon { Some(start_daemon(stage)) } else { None };
    let mut sweeper = match daemon {
        Some(Err(e)) => {
            end(&mut scene);
            return Err(e);
        }
        started => started.and_then(Result::ok),
    };
    if fault != Fault::Closed && !scene.census() {
        sweeper.iter_mut().for_each(stop);
        let e = Error::new("see the whole tree in the census", "not within 3 s");
        end(&mut scene);
        return Err(e);
    }
    let everybody = scene.everybody();
    let began = clock::now();
    match fault {
        Fault::Closed => scene.close(),
        Fault::GuardsKilled | Fault::UnderDaemon => {
            let guards: Vec<Identity> = scene.job().into_iter().flat_map(|j| [j.guard, j.front]).flatten().collect();
            // Stopped first, so that neither can act for the other.
            guards.iter().for_each(|g| send(g, signal::STOP));
            guards.iter().for_each(kill);
            scene.close();
        }
    }
    let swept = if fault == Fault::GuardsKilled { start_sweep(stage, sweep).map(Some) } else { Ok(None) };
    let members = watch(everybody, began);
    scene.reap();
    sweeper.iter_mut().for_each(stop);
    if let Some(mut child) = swept? {
        let _ = child.wait();
    }
    Ok(members)
}

/// The daemon of this stage, ready: by events alone, since its clock is set to an hour.
fn start_daemon(stage: &Stage) -> Result<Child> {
    let exe = std::env::current_exe().doing(|| "find our own executable".to_owned())?;
    let mut command = Command::new(&exe);
    command.args(["daemon", "run", "--started"]).env_clear().envs(stage.env()).env("PJ_SWEEP_INTERVAL", "1h");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().doing(|| format!("run {}", exe.display()))?;
    let mut heard = String::new();
    if let Some(mut from) = child.stdout.take() {
        // It says its word and lets go of the pipe, or ends.
        let _ = from.read_to_string(&mut heard);
    }
    if heard == READY {
        return Ok(child);
    }
    stop(&mut child);
    Err(Error::new("start the daemon", "it ended at once").hint("pj daemon run"))
}

/// Ends our own child, the daemon.
fn stop(child: &mut Child) {
    if let Some(who) = Identity::of(child.id().cast_signed()) {
        send(&who, signal::TERM);
    }
    let _ = child.wait();
}

fn start_sweep(stage: &Stage, sweep: &Path) -> Result<Child> {
    let mut command = Command::new(sweep);
    command.arg("-q").env_clear().envs(stage.env());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().doing(|| format!("run {}", sweep.display()))
}

fn end(scene: &mut Scene) {
    scene.everybody().iter().for_each(|(_, who)| kill(who));
    scene.close();
    scene.reap();
}

/// Waits until all are gone or the deadline has come, and ends the rest.
fn watch(everybody: Vec<(String, Identity)>, began: Instant) -> Vec<Member> {
    let mut rows: Vec<(Identity, Option<Handle>, Member)> = everybody
        .into_iter()
        .map(|(name, who)| {
            let handle = match who.life() {
                Life::Alive(handle) => handle,
                Life::Gone | Life::Elsewhere => None,
            };
            let member = Member { name, pid: who.pid, gone_ms: None };
            (who, handle, member)
        })
        .collect();
    loop {
        for (who, handle, member) in rows.iter_mut().filter(|r| r.2.gone_ms.is_none()) {
            let is_gone = handle.as_ref().map_or_else(|| !who.life().is_alive(), Handle::has_ended);
            member.gone_ms = is_gone.then(|| since(began));
        }
        let waiting: Vec<&Handle> =
            rows.iter().filter(|r| r.2.gone_ms.is_none()).filter_map(|r| r.1.as_ref()).take(MOST).collect();
        let blind = rows.iter().any(|r| r.2.gone_ms.is_none() && r.1.is_none());
        let now = clock::now();
        let deadline = began + DEADLINE;
        if (waiting.is_empty() && !blind) || now >= deadline {
            break;
        }
        let mut asks = [Ask { fd: None, read: true, write: false }; MOST];
        for (ask, handle) in asks.iter_mut().zip(&waiting) {
            ask.fd = Some(handle.as_fd());
        }
        let wake = if blind { deadline.min(now + Duration::from_millis(10)) } else { deadline };
        let _ = fd::poll(&asks, clock::timeout_until(Some(wake), now));
    }
    rows.into_iter()
        .map(|(who, _, member)| {
            if member.gone_ms.is_none() {
                kill(&who);
            }
            member
        })
        .collect()
}

/// Ends exactly this process, if it lives.
pub(super) fn kill(who: &Identity) {
    send(who, signal::KILL);
}

fn send(who: &Identity, sig: signal::Signal) {
    if let Life::Alive(Some(handle)) = who.life() {
        let _ = handle.send(sig);
    }
}

fn since(began: Instant) -> u64 {
    u64::try_from(clock::now().saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survivors_are_named() {
        let member = |name: &str, gone_ms| Member { name: name.into(), pid: 7, gone_ms };
        let act = Act {
            what: "terminal closed",
            members: vec![member("plain", Some(3)), member("deaf", None)],
            bystander_lives: true,
        };
        assert_eq!(act.text(), "terminal closed: 1 of 2 gone within 3 ms (plain 3, deaf 7 SURVIVED)");
        assert_eq!(act.survivors().count(), 1);
    }
}
