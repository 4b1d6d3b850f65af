//! One cell of a job in the background: a tree that `pj run` starts, one fault; then `pj list` says what is true in one
//! call, `pj stop` ends the tree, and one sweep leaves nothing but the record of how it ended.

use crate::cell::{Cell, Outcome, SOON};
use crate::group::Group;
use crate::harness::eventually::within;
use crate::harness::{Job, Mode, Roster, Term, World, holds, proc};
use crate::points::{CLIENT, GUARD, KEEPER, SWEEP, Story};
use crate::space::Disk;
use pj::sys::hooks::Fault;
use pj::sys::hooks::Point::*;
use std::fs;
use std::process::Child;
use std::time::Duration;

/// What `pj stop` says where nobody of a job lives.
pub(crate) const NOT_RUNNING: i32 = 3;
/// Still ending when the time was over.
const LATE: i32 = 7;
/// Somebody could not be ended.
const PARTLY: i32 = 5;

pub(crate) struct Stage {
    pub(crate) cell: Cell,
    pub(crate) roster: Roster,
    pub(crate) near: Roster,
    pub(crate) world: World,
    disk: Option<Disk>,
    pub(crate) shell: Option<Child>,
    pub(crate) term: Option<Term>,
    /// Goes last: whoever was in it has ended with the world.
    pub(crate) group: Option<Group>,
}

/// Plays it. Panics where a promise is broken.
pub(crate) fn play(cell: Cell) -> Outcome {
    let mut stage = Stage::set(cell);
    stage.start();
    stage.settle();
    stage.tell();
    stage.come_to_rest();
    let ran = stage.roster.members().iter().any(|one| one.kind == "brood");
    stage.check_client(ran);
    let state = stage.list();
    assert!(!(ran && never_runs(cell)), "it ran before a record could tell of it");
    stage.stop(state.as_deref());
    let left_to_sweep = stage.world.ours().iter().filter(|one| one.comm != "beast").count();
    stage.sweep();
    let code = stage.exit();
    assert!(code.is_some() || !ran || !is_known(cell), "how it ended is not on record: {:?}", stage.job());
    let state = stage.list();
    assert!(state.is_none_or(|state| ["exited", "failed", "killed", "lost"].contains(&&*state)));
    Outcome { code, ran, left_to_sweep, unguarded: false }
}

/// Whoever dies or stops here does so before the command was let go: it runs nothing, or nothing that anybody sees.
fn never_runs(cell: Cell) -> bool {
    let dies = matches!(cell.fault, Fault::Kill | Fault::Stop);
    let is_first = cell.nth == 1;
    dies && is_first
        && match cell.point {
            ClientBegun | StoreClaimed | PtyOpened | SocketMade | ForkBefore | ForkChild | GuardPublished => true,
            // The guard goes on without whoever has started it.
            ForkParent => cell.process == KEEPER,
            CgroupMakes | CgroupMade | CgroupParent | CgroupChild | CommandGo | CommandExecs => true,
            StoreWrites | StoreWritten | StoreRenamed => true,
            _ => false,
        }
}

/// The guard has lived to see the end, and could write it down: one that is stopped goes on when `pj stop` ends the job.
fn is_known(cell: Cell) -> bool {
    match (cell.process, cell.fault) {
        (_, Fault::NoSpace) => cell.story != Story::RunLost,
        (KEEPER | GUARD, Fault::Stop) => true,
        (KEEPER | GUARD, Fault::Kill) => matches!(cell.point, JobConcluded | GuardConcluded),
        (KEEPER | GUARD, _) => false,
        (CLIENT, Fault::Kill | Fault::Stop) => cell.story != Story::RunLost && cell.point != ForkChild,
        _ => cell.point == ClientTold,
    }
}

impl Stage {
    fn set(cell: Cell) -> Stage {
        let world = World::lasting(Duration::from_secs(240));
        let disk = (cell.fault == Fault::NoSpace).then(|| Disk::at(&world.path("state")).expect("a disk of our own"));
        let group = cell.grouped.then(|| Group::make(&world).expect("a cgroup of our own"));
        let (roster, near) = (world.roster("subject"), world.bystanders("near"));
        Stage { cell, roster, near, world, disk, shell: None, term: None, group }
    }

    /// In the job's cgroup's parent, or without any.
    pub(crate) fn enter(&self) -> String {
        self.group.as_ref().map_or("export PJ_WRAP_CGROUP=false".to_owned(), Group::enter)
    }

    fn armed(&self) -> String {
        let Cell { point, process, nth, fault, .. } = self.cell;
        format!("PJ_TEST_AT={process}:{}:{nth}:{}:{} ", point.name(), fault.name(), self.world.text("acted"))
    }

    /// Says how it ended, once it has.
    fn with_code(&self, line: &str) -> String {
        let code = self.world.text("code");
        format!("{line}; echo $? >{code}.new; mv {code}.new {code}")
    }

    /// `pj run`, typed or in a script.
    fn start(&mut self) {
        let (story, roster, near) = (self.cell.story, self.roster.path().display(), self.near.path().display());
        let armed = if story == Story::RunLost { String::new() } else { self.armed() };
        let leaves = matches!(story, Story::RunLeaves | Story::RunLogs | Story::RunAgain);
        let leave = if leaves { " --leave --code 7" } else { "" };
        let pipe = if self.cell.mode == Mode::Direct { " --pipe" } else { "" };
        let flags = match story {
            Story::RunAgain => " --restart on-failure --max-restarts 1 --backoff 20ms",
            Story::RunInSession => " --owner session",
            _ => "",
        };
        let says = if story == Story::RunLogs { "seq 1 15000" } else { "echo begins" };
        let (out, err) = (self.world.text("out"), self.world.text("err"));
        let run = self.with_code(&format!(
            "{armed}pj run -q --name subject --grace 100ms{pipe}{flags} \
             sh -c '{says}; exec beast {roster} brood --only polite,deaf,setsid{leave}' >{out} 2>{err}"
        ));
        let beside = format!("beast {near} signals 99 </dev/null >/dev/null 2>&1 &");
        let before = format!("ulimit -n 256; export PJ_LOG_MAX_SIZE=64KiB; {}", self.enter());
        if story == Story::RunInSession {
            let term = Term::command(&self.world, &["dash", "-i"]);
            for line in [&before, &beside, &run] {
                term.line(line);
            }
            self.term = Some(term);
        } else {
            self.shell = Some(self.world.sh(&format!("{before}; {beside} {run}")).start().0);
        }
        self.near.ready("signals");
    }

    /// Whoever did the fault, if he has.
    fn actor(&self) -> Option<proc::Stat> {
        proc::stat(fs::read_to_string(self.world.path("acted")).ok()?.trim().parse().ok()?)
    }

    fn is_stopped(&self) -> bool {
        self.actor().is_some_and(|one| one.state == 'T')
    }

    /// Everybody of this world but the bystander and whatever has typed `pj run`.
    pub(crate) fn others(&self) -> Vec<proc::Stat> {
        let mut known = vec![self.near.ready("signals").pid];
        known.extend(self.term.as_ref().map(|term| term.id().pid));
        known.extend(self.shell.as_ref().map(|shell| shell.id().cast_signed()));
        let mut all = self.world.ours();
        all.retain(|one| !known.contains(&one.pid));
        all
    }

    /// The tree is in place, or nobody is there who could still make it so.
    fn settle(&self) {
        let runs = if self.cell.story == Story::RunAgain && self.cell.nth == 2 { 2 } else { 1 };
        let settled = || {
            let broods = self.roster.members().iter().filter(|one| one.kind == "brood").count();
            // What is written stays in a terminal, or a pipe, that nobody reads.
            let waits = runs == 2 || self.cell.story == Story::RunLogs;
            let never = self.is_stopped() && (never_runs(self.cell) || waits);
            // Before its exec it is called as its guard.
            let may_come = |one: &proc::Stat| one.comm.starts_with("pj") || proc::mentions(one.pid, "brood");
            let begun = self.world.path("code").exists();
            (broods >= runs || never || (begun && !self.others().iter().any(may_come))).then_some(())
        };
        assert!(within(SOON, settled).is_some(), "nothing comes of it: {:?}\n{}", self.others(), self.told());
        if self.is_stopped() && !self.is_on_record() {
            // Nobody but the user, who sees his shell wait, can know of him.
            self.end_actor();
        }
    }

    /// Is the one that acted the guard of a job on record, or the command of one?
    fn is_on_record(&self) -> bool {
        self.cell.process != CLIENT && self.job().is_some()
    }

    fn end_actor(&self) {
        self.actor().map(|one| one.id().kill());
    }

    pub(crate) fn job(&self) -> Option<Job> {
        self.world.jobs().into_iter().next()
    }

    /// What the client said.
    pub(crate) fn told(&self) -> String {
        ["code", "out", "err"].map(|name| fs::read_to_string(self.world.path(name)).unwrap_or_default()).join("|")
    }

    /// The part of the story in which the command stays.
    fn tell(&mut self) {
        match self.cell.story {
            Story::RunStops if self.job().is_some() => {
                let stopped = self.world.pj(&["stop", "subject", "--timeout", "1s"]).go();
                let code = stopped.status.code();
                // Who has no descriptor left sees nobody: the next one who ends it does.
                let late = match self.cell.fault {
                    Fault::Stop => code == Some(LATE),
                    Fault::NoFiles => matches!(code, Some(LATE | PARTLY)),
                    _ => false,
                };
                assert!(code == Some(0) || late, "pj stop: {code:?} {}", stopped.text());
            }
            Story::RunInSession => self.term.as_mut().into_iter().for_each(Term::close),
            Story::RunLost => {
                let job = self.world.job("subject");
                let known: Vec<_> = self.roster.steady().iter().map(|one| one.id).collect();
                job.census_names(&known);
                assert!(job.guard().kill());
                holds("the guard is gone", || !job.guard().alive());
                let verb = if self.cell.process == SWEEP { "pj-sweep" } else { "pj stop subject" };
                let line = format!("ulimit -n 256; {}; {}{verb}", self.enter(), self.armed());
                let (mut shell, _) = self.world.sh(&format!("{line}; exit $?")).start();
                let over = || (shell.try_wait().is_ok_and(|done| done.is_some()) || self.is_stopped()).then_some(());
                assert!(within(SOON, over).is_some(), "it does not end");
                if self.is_stopped() {
                    self.end_actor();
                }
                let _ = shell.wait();
            }
            _ => {}
        }
    }

    /// The point was passed, and nobody is at work any more.
    fn come_to_rest(&mut self) {
        let acted = within(SOON, || self.world.path("acted").exists().then_some(()));
        assert!(acted.is_some(), "the point was never passed: {} {:?} {:?}", self.told(), self.job(), self.others());
        let lasts = matches!(self.cell.story, Story::RunStops | Story::RunLost)
            || self.cell.story == Story::RunInSession && self.is_stopped();
        let at_rest = || {
            // One that is on its way out has no memory any more by which it could be told that it is of this world.
            let guard = self.job().and_then(|job| job.identity("guard")?.stat());
            let mut ours = self.others().into_iter().filter(|one| one.comm.starts_with("pj")).chain(guard);
            let works = ours.any(|one| one.state != 'T');
            (lasts || self.is_stopped() || !works).then_some(())
        };
        assert!(within(SOON, at_rest).is_some(), "they never come to rest: {:?}", self.others());
        if self.cell.fault == Fault::Kill {
            holds("who was to die has", || self.actor().is_none_or(|one| matches!(one.state, 'Z' | 'X')));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Before the world's directory goes.
        drop(self.disk.take());
    }
}
