//! One job in one terminal, ended in one of the ways in which jobs end; and whether all of it has gone.

use crate::harness::proc::{self, Id};
use crate::harness::{Job, Mode, Roster, Term, World, eventually, holds};
use std::fs;

/// What happens to a job, and what that is called.
type Fault = (&'static str, fn(&mut Act));

/// The ways to end, taken in turn.
const FAULTS: &[Fault] = &[
    ("front killed", |act| assert!(act.front.kill())),
    ("guard killed", |act| assert!(act.guard.kill())),
    ("both killed", |act| {
        act.kill_both();
        act.sweeps = true;
    }),
    ("terminal closed", |act| act.term.close()),
    ("shell killed", |act| assert!(act.term.id().kill())),
    ("both stopped, terminal closed", |act| {
        act.stop_both();
        act.term.close();
        act.sweeps = true;
    }),
    ("guard stopped, terminal closed", |act| {
        act.guard.signal(libc::SIGSTOP);
        act.term.close();
        act.sweeps = true;
    }),
    ("asked to end", |act| assert!(act.front.signal(libc::SIGTERM))),
    ("command killed, terminal closed", |act| {
        act.command.kill();
        holds("the front leaves", || !act.front.alive());
        act.term.close();
    }),
    ("all three killed", |act| {
        let shell = act.term.id();
        act.kill_both();
        shell.kill();
        act.term.close();
        act.sweeps = true;
    }),
];

/// A world in which one job after the other is ended.
pub(super) struct Stand {
    world: World,
}

/// One job.
struct Act {
    term: Term,
    front: Id,
    guard: Id,
    command: Id,
    /// Nobody but a sweep finishes this.
    sweeps: bool,
}

impl Act {
    fn stop_both(&self) {
        for one in [self.front, self.guard] {
            assert!(one.signal(libc::SIGSTOP), "front and guard live");
        }
    }

    /// In one instant: neither sees the other's end before its own.
    fn kill_both(&self) {
        self.stop_both();
        // Its front's end would let a stopped guard go on (setpgid(2)).
        for one in [self.guard, self.front] {
            one.kill();
        }
        holds("front and guard are gone", || !self.front.alive() && !self.guard.alive());
    }
}

impl Stand {
    pub(super) fn new(world: World) -> Stand {
        Stand { world }
    }

    /// Starts a job and ends it; how many of its members' numbers were somebody else's before we could look.
    pub(super) fn end(&self, number: usize) -> usize {
        let (what, fault) = FAULTS[number % FAULTS.len()];
        let mode = if (number / FAULTS.len()).is_multiple_of(2) { Mode::Pty } else { Mode::Direct };
        let path = self.world.path(&format!("flock-{number}"));
        fs::write(&path, "").expect("a roster");
        let roster = Roster::at(path);
        let (mut act, job) = self.start(&roster, mode);
        let members: Vec<Id> = roster.members().into_iter().map(|one| one.id).collect();
        if matches!(what, "both killed" | "all three killed") {
            job.census_names(&members);
        }
        fault(&mut act);
        if act.sweeps {
            if what.ends_with("terminal closed") {
                // Before that its session lives, and a sweep leaves the job alone.
                holds("the shell is gone", || !act.term.id().alive());
            }
            self.world.sweep(&[]).go();
        }
        holds(&format!("{number}, {what}, {mode:?}: all members are gone"), || !members.iter().any(|one| one.alive()));
        holds(&format!("{number}, {what}, {mode:?}: the record is gone"), || self.world.jobs().is_empty());
        drop(act);
        let reused = members.iter().filter(|one| proc::stat(one.pid).is_some_and(|now| now.start != one.start)).count();
        fs::remove_file(roster.path()).expect("the roster");
        reused
    }

    /// A script that leads the terminal's session, and below it one job with a flock.
    fn start(&self, roster: &Roster, mode: Mode) -> (Act, Job) {
        let wrap = format!("pj-wrap {}--grace 80ms beast {} flock; exit 0", mode.flag(), roster.path().display());
        let term = Term::command(&self.world, &["sh", "-c", &wrap]);
        let command = roster.ready("flock");
        let job = eventually("the record", || self.world.jobs().pop());
        (Act { term, front: job.front(), guard: job.guard(), command, sweeps: false }, job)
    }
}

/// Beasts of a flock that live: those whose argv says so.
pub(super) fn flocks() -> usize {
    proc::all().iter().filter(|one| proc::file(one.pid, "cmdline").ends_with(b"\0flock\0")).count()
}
