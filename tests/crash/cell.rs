//! One cell of the matrix: a shell, a wrapped tree, one fault, a terminal that closes, one sweep.

use crate::group::Group;
use crate::harness::eventually::within;
use crate::harness::{Id, Job, Mode, Roster, Term, World, holds, proc};
use crate::points::{DAEMON, SWEEP, Story};
use crate::space::Disk;
use crate::truth;
use pj::sys::hooks::{Fault, Point};
use std::fs;
use std::time::{Duration, SystemTime};

/// Where and what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) point: Point,
    pub(crate) process: &'static str,
    pub(crate) nth: u32,
    pub(crate) story: Story,
    pub(crate) fault: Fault,
    pub(crate) mode: Mode,
    /// The job has a cgroup of its own.
    pub(crate) grouped: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What the shell said of the wrapped command, if that came to an end.
    pub(crate) code: Option<i32>,
    /// Its tree was in place.
    pub(crate) ran: bool,
    /// Members that lived when the sweep began.
    pub(crate) left_to_sweep: usize,
    /// There were no descriptors for a guard, and it was said so.
    pub(crate) unguarded: bool,
}

/// How long a process that nobody stops may take.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// On stage.
struct Stage {
    cell: Cell,
    term: Term,
    roster: Roster,
    near: Roster,
    modes: String,
    world: World,
    disk: Option<Disk>,
    /// Goes last: whoever was in it has ended with the world.
    group: Option<Group>,
}

/// Plays it. Panics where a promise is broken.
pub(crate) fn play(cell: Cell) -> Outcome {
    let mut stage = Stage::set(cell);
    let mut outcome = Outcome::default();
    if matches!(cell.story, Story::Leaves) {
        stage.type_wrapped(true, " --leave --code 7");
        outcome.code = stage.code();
    } else {
        let armed = ![SWEEP, DAEMON].contains(&cell.process);
        stage.type_wrapped(armed, "");
        stage.roster.ready("brood");
        let job = stage.world.job("subject");
        outcome.code = stage.tell(&job);
    }
    stage.look(&outcome);
    outcome.ran = stage.roster.members().iter().any(|one| one.kind == "brood");
    stage.check_environment();
    stage.term.close();
    stage.check_passed();
    outcome.unguarded = stage.term.saw("it runs without a guard");
    truth::check(cell, &outcome);
    let left = stage.roster.alive();
    if outcome.unguarded {
        left.iter().for_each(|one| assert!(one.id.kill()));
    } else {
        outcome.left_to_sweep = left.len();
    }
    stage.sweep();
    outcome
}

impl Stage {
    fn set(cell: Cell) -> Stage {
        let world = World::lasting(Duration::from_secs(240));
        let disk = (cell.fault == Fault::NoSpace).then(|| Disk::at(&world.path("state")).expect("a disk of our own"));
        let mut term = Term::command(&world, &["dash", "-i"]);
        // dash leaves a terminal as its jobs leave it: what they break stays broken.
        term.line("PS1='rea''dy> '; ulimit -n 256");
        term.expect("ready> ");
        let group = cell.grouped.then(|| Group::make(&world).expect("a cgroup of our own"));
        term.line(&group.as_ref().map_or("export PJ_WRAP_CGROUP=false".to_owned(), Group::enter));
        term.expect("ready> ");
        let (roster, near) = (world.roster("subject"), world.bystanders("near"));
        term.line(&format!("beast {} signals 99 &", near.path().display()));
        near.ready("signals");
        term.expect("ready> ");
        let modes = term.modes();
        Stage { cell, term, roster, near, modes, world, disk, group }
    }

    fn armed(&self) -> String {
        let Cell { point, process, nth, fault, .. } = self.cell;
        format!("PJ_TEST_AT={process}:{}:{nth}:{}:{} ", point.name(), fault.name(), self.world.text("acted"))
    }

    fn type_wrapped(&self, armed: bool, options: &str) {
        let armed = if armed { self.armed() } else { String::new() };
        let (flag, roster) = (self.cell.mode.flag(), self.roster.path().display());
        let brood = format!("beast {roster} brood --only polite,deaf,setsid{options}");
        self.term.line(&format!("{armed}pj-wrap {flag}--name subject --grace 300ms {brood}; echo \"<co\"\"de:$?>\""));
    }

    /// The code that the shell shows; none where somebody whom nobody continues is stopped, and the shell waits for him.
    fn code(&mut self) -> Option<i32> {
        let shown = || {
            let raw = String::from_utf8_lossy(&self.term.raw()).into_owned();
            let code = raw.rsplit_once("<code:").and_then(|(_, rest)| rest.split_once('>')?.0.parse().ok());
            match code {
                Some(code) => Some(Some(code)),
                None if self.stopped() && !self.is_the_shells() => Some(None),
                None => None,
            }
        };
        within(SOON, shown).unwrap_or_else(|| panic!("the shell waits for ever:\n{}", self.term.screen()))
    }

    /// Whoever did the fault, if he has.
    fn actor(&self) -> Option<i32> {
        fs::read_to_string(self.world.path("acted")).ok()?.trim().parse().ok()
    }

    /// Is that a job of the shell itself, whose stop it shows?
    fn is_the_shells(&self) -> bool {
        self.actor().and_then(proc::stat).is_none_or(|one| one.ppid == self.term.id().pid)
    }

    fn stopped(&self) -> bool {
        self.actor().and_then(proc::stat).is_some_and(|one| one.state == 'T')
    }

    /// The shell has its terminal again: is it as it was?
    fn look(&self, outcome: &Outcome) {
        if outcome.code.is_some() && !truth::leaves_the_terminal(self.cell) {
            let sane = within(SOON, || (self.term.modes() == self.modes).then_some(()));
            assert!(sane.is_some(), "the terminal is not as it was:\n{}\nbefore:\n{}", self.term.modes(), self.modes);
        }
    }

    /// The part of the story in which the command stays.
    fn tell(&mut self, job: &Job) -> Option<i32> {
        let (front, guard) = (job.front(), job.guard());
        let known: Vec<Id> = self.roster.steady().iter().map(|one| one.id).collect();
        match self.cell.story {
            Story::Leaves | Story::Closes => None,
            Story::GuardLost => {
                assert!(guard.kill());
                self.code()
            }
            Story::FrontLost => {
                assert!(front.kill());
                self.code()
            }
            Story::BothLost | Story::AfterShell => {
                job.lose_guards(&known);
                self.sweep_in_the_shell()
            }
            Story::UnderDaemon => {
                self.world.sh(&format!("{}exec pj -q daemon start", self.armed())).go().code(0).silent();
                job.lose_guards(&known);
                self.code()
            }
            Story::BothStopped => {
                assert!([front, guard].iter().all(|one| one.signal(libc::SIGSTOP)));
                self.sweep_in_the_shell()
            }
            // Those of a job in the background are told by `background.rs`.
            _ => None,
        }
    }

    /// The sweep with the fault.
    fn sweep_in_the_shell(&mut self) -> Option<i32> {
        let code = self.code();
        holds("the shell has its terminal back", || {
            self.term.id().stat().is_some_and(|shell| shell.tpgid == shell.pid)
        });
        let armed = self.armed();
        // Killed or stopped, nobody has restored the terminal: Enter may mean nothing yet.
        match self.cell.story {
            Story::AfterShell => self.term.type_(&format!("{armed}pj-sweep --after $$; exit\n")),
            Story::BothStopped => self.term.type_(&format!("{armed}pj-sweep --all --yes; echo \"<sw\"\"ept:$?>\"\n")),
            _ => self.term.type_(&format!("{armed}pj-sweep; echo \"<sw\"\"ept:$?>\"\n")),
        }
        let over = || (self.term.saw("<swept:") || self.stopped() || !self.term.id().alive()).then_some(());
        assert!(within(SOON, over).is_some(), "the sweep does not end:\n{}", self.term.screen());
        code
    }

    /// The variable is the test's and pj's, nobody else's.
    fn check_environment(&self) {
        for one in self.roster.alive() {
            assert!(!proc::mentions(one.id.pid, "PJ_TEST_AT"), "{} has the test's variable", one.kind);
        }
    }

    /// The point was passed, and who died or was stopped there has.
    fn check_passed(&self) {
        let actor = within(SOON, || self.actor());
        let actor = actor.unwrap_or_else(|| panic!("the point was never passed:\n{}", self.term.screen()));
        if self.cell.fault == Fault::Kill {
            holds("who was to die has", || proc::stat(actor).is_none_or(|one| one.state == 'Z' || one.comm == "beast"));
        }
    }

    /// One sweep; then nothing is left, and nobody else was touched.
    fn sweep(&mut self) {
        self.age_claims();
        if let (Some(group), true) = (&self.group, truth::may_leave_an_unnamed_cgroup(self.cell)) {
            self.world.no_guards();
            group.age();
        }
        // While its shell lives a job is nobody's to end.
        holds("the shell has ended", || !self.term.id().alive());
        // Two at once: one works. The one that was stopped at the point holds the lock until the hangup has ended it.
        let at_work = || self.world.ours().iter().any(|one| one.comm == "pj-sweep" && one.state != 'Z');
        holds("the sweep before has ended", || !at_work());
        let enter = self.group.as_ref().map_or(":".to_owned(), Group::enter);
        let swept = self.world.sh(&format!("{enter}; exec pj-sweep")).go();
        let said = format!("pj-sweep: {} {:?}", swept.status, swept.text());
        let done = within(SOON, || (self.left().is_empty()).then_some(()));
        assert!(done.is_some(), "left: {:?}; {said}\n{}", self.left(), self.term.screen());
        assert_eq!(swept.status.code(), Some(0), "{said}");
        let (near, events) = (self.near.ready("signals"), self.near.events("signals"));
        assert!(near.alive() && events.is_empty(), "the bystander got {events:?}");
        assert!(near.kill());
    }

    /// Members, processes of pj's, files.
    fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = self.roster.alive().into_iter().map(|one| one.kind).collect();
        let near = self.near.ready("signals").pid;
        for one in self.world.ours().iter().filter(|one| one.comm != "beast" && one.pid != near) {
            let stopped = one.comm == "pj-guard" && one.state == 'T' && truth::may_leave_a_stopped_guard(self.cell);
            if !stopped {
                left.push(format!("{} {} {}", one.comm, one.pid, one.state));
            }
        }
        left.extend(self.group.iter().flat_map(Group::left));
        for dir in [self.world.state().join("jobs"), self.world.state().join("cgroups"), self.world.path("run")] {
            let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|one| one.file_name());
            left.extend(names.map(|name| name.to_string_lossy().into_owned()));
        }
        left
    }

    /// Claims of ids without a record are taken away after a minute: here and now it is over.
    fn age_claims(&self) {
        let old = SystemTime::now() - Duration::from_secs(120);
        for entry in fs::read_dir(self.world.state().join("jobs")).into_iter().flatten().flatten() {
            // Half a record beside a whole one is as good as a claim.
            let is_record = entry.path().extension().is_some_and(|what| what == "json");
            if !is_record && (entry.path().is_file() || !entry.path().with_extension("json").exists()) {
                let _ = fs::File::open(entry.path()).and_then(|claim| claim.set_modified(old));
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Before the world's directory goes.
        drop(self.disk.take());
    }
}
