//! An ending of processes that are nobody's job: whom the user named by a port or by a rule of his. None of them is our
//! child and no guard stands above them, so each is known by number and start time, and is looked at again before every
//! signal. It waits the grace out itself, and believes nobody gone whom the kernel does not say is gone.
//!
//! Never decides who is to be ended: a caller has judged each, by an identity that it has verified.

use std::time::{Duration, Instant};

use super::protect::Protect;
use super::real::Real;
use super::{Cause, Engine, Kernel, Report, Roots, Round, Subject, Survivor};
use crate::process::Table;
use crate::process::describe::escape;
use crate::sys::signal::TERM;
use crate::sys::{self, Pid, Stat, clock, fd, os};

/// Between looks.
const STEP: Duration = Duration::from_millis(10);

/// Whom to end, and how.
#[derive(Clone, Debug)]
pub struct Whom {
    /// Members by number and start time.
    pub members: Vec<(Pid, u64)>,
    /// Not what is below them.
    pub alone: bool,
    /// Never members, nor what is below them: shells of registered sessions, jobs' guards. Ourselves and our ancestors
    /// must be among them ([`own_line`]).
    pub strangers: Vec<(Pid, u64)>,
    /// From the first signal to KILL.
    pub grace: Duration,
}

/// Some processes on their way out.
pub struct Ending {
    engine: Engine,
    roots: Roots,
    next: Instant,
    report: Option<Report>,
}

impl Ending {
    /// Begins: the first signals go with the first [`Ending::turn`].
    pub fn begin(whom: Whom, cause: Cause) -> Ending {
        Ending::of(whom, cause, None)
    }

    /// The same of one whom the user insists on: no name protects the first member himself.
    pub fn insist(whom: Whom, cause: Cause) -> Ending {
        let first = whom.members.first().copied();
        Ending::of(whom, cause, first)
    }

    fn of(whom: Whom, cause: Cause, root: Option<(Pid, u64)>) -> Ending {
        let now = clock::now();
        let subject = Subject { protect: Protect::chosen(), stop: TERM, root, ..Subject::default() };
        let engine = Engine::new(cause, now, whom.grace, subject);
        let roots = Roots { reapers: Vec::new(), members: whom.members, strangers: whom.strangers, alone: whom.alone };
        Ending { engine, roots, next: now, report: None }
    }

    /// Does what is due; answers when to come again, `None` when it is over.
    pub fn turn(&mut self, kernel: &mut dyn Kernel, now: Instant) -> Option<Instant> {
        if self.report.is_some() {
            return None;
        }
        if self.next > now {
            return Some(self.next);
        }
        let round = self.engine.round(kernel, now, &self.roots);
        // Whoever was seen below a member stays one when that member has gone: nobody of ours inherits him.
        if !self.roots.alone {
            self.engine.remember(&mut self.roots);
        }
        match round {
            Round::More(next) => {
                self.next = next.max(self.engine.soonest(clock::now()));
                Some(self.next)
            }
            Round::Empty | Round::Spent => {
                self.report = Some(self.engine.report(kernel, &self.roots));
                None
            }
        }
    }

    /// The kernel sessions in which nobody is but its members and who is below them.
    fn own_sessions(&self, table: &Table) -> Vec<Pid> {
        if self.roots.alone {
            return Vec::new();
        }
        let is_member = |s: &&Stat| self.roots.members.contains(&(s.pid, s.start));
        let mut inside: Vec<Pid> = table.iter().filter(is_member).map(|s| s.pid).collect();
        inside.extend(table.below(&inside).iter().map(|s| s.pid).collect::<Vec<_>>());
        let mut own: Vec<Pid> =
            inside.iter().filter_map(|&pid| Some(table.get(pid)?.sid)).filter(|&sid| sid > 0).collect();
        own.retain(|&sid| table.iter().all(|s| s.sid != sid || s.is_dead() || inside.contains(&s.pid)));
        own
    }

    /// Who is in these sessions now and was never seen: born of a member that has ended between two looks. Nothing but that
    /// proves it, and the number of a session that is over may be another's: so he is told, and left alone.
    fn unseen(&self, own: &[Pid], table: &Table) -> Vec<Survivor> {
        let left = table.iter().filter(|s| own.contains(&s.sid) && !s.is_dead() && !self.engine.has_seen(s));
        let told = |s: &Stat| Survivor {
            pid: s.pid,
            start: s.start,
            name: escape(&s.name()),
            reason: "it was born while the others ended, and nothing but its session names it".to_owned(),
        };
        left.map(told).collect()
    }

    /// What became of them, once it is over.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }
}

/// Runs all of them to their end, at the same time.
pub fn run(endings: &mut [Ending]) -> Vec<Report> {
    if endings.is_empty() {
        return Vec::new();
    }
    let mut kernel = Real::new();
    let before = Table::read().unwrap_or_default();
    let own: Vec<Vec<Pid>> = endings.iter().map(|e| e.own_sessions(&before)).collect();
    while let Some(at) = endings.iter_mut().filter_map(|e| e.turn(&mut kernel, clock::now())).min() {
        let left = at.saturating_duration_since(clock::now()).min(STEP);
        // Nothing to wait on but the clock: these processes are not our children.
        let _ = fd::poll::<0>(&[], i32::try_from(left.as_millis()).unwrap_or(i32::MAX).max(1));
    }
    let after = Table::read().unwrap_or_default();
    let told = |(ending, own): (&mut Ending, Vec<Pid>)| {
        let mut report = ending.report.take().unwrap_or_default();
        report.survivors.extend(ending.unseen(&own, &after));
        report
    };
    endings.iter_mut().zip(own).map(told).collect()
}

/// Who we are and who started us: never ended, never walked into.
pub fn own_line() -> Vec<(Pid, u64)> {
    let mut line = Vec::new();
    let mut next = sys::pid();
    while next > 1 && line.len() < 256 {
        let Some(stat) = os::stat(next) else { break };
        line.push((stat.pid, stat.start));
        next = stat.ppid;
    }
    line
}
