//! Carrying verdicts out: several jobs at once, each its own ending, one loop without threads. It waits the grace out
//! itself, so that no second run is needed, and believes nothing ended that the kernel does not say is gone.

mod leave;

use std::time::{Duration, Instant};

use super::judge::{Act, Fact, Verdict};
use super::proof::Evidence;
use super::{facts, judge, over};
use crate::kill::protect::Protect;
use crate::kill::real::Real;
use crate::kill::{Cause, Engine, Report, Roots, Round, Subject, Survivor, own_line};
use crate::process::{Identity, Table};
use crate::record::event::{self, Audit};
use crate::record::job::State;
use crate::record::{Job, Place, Session, store};
use crate::sys::{Pid, Stat, clock, fd, os, signal};
use leave::Leaving;

/// How long past the deadline those are hunted who have no guard left to reap them, and begin anew all the time.
const OUTRUN: Duration = Duration::from_secs(6);
/// Past a guard's own grace, before we take over: it needs a moment to freeze and to kill.
const MARGIN: Duration = Duration::from_secs(1);
/// Passes of freezing those who carry the marker.
const FREEZES: usize = 16;
/// Between looks.
const STEP: Duration = Duration::from_millis(10);
/// Between scans of the process table while a lost tree may end by itself.
const SCAN: Duration = Duration::from_millis(100);

/// How it is proven who is a job's, as `pj why` says it of each.
const BELOW: &str = "proven: below the job's guard";
const LOST: &str = "proven: named by the record or its census, in a session of theirs, below them, or marked";

enum Stage {
    /// Its guard (or front) is at it.
    Waiting { until: Instant },
    /// We end it.
    Ending(Box<Ending>),
    /// The tree is gone: its guard goes next, its front last.
    Leaving(Leaving),
    /// Done.
    Done(Report),
}

struct Ending {
    engine: Engine,
    roots: Roots,
    /// Both guards are gone: members are found by proof, not by descent from a guard.
    lost: bool,
    next: Instant,
    scanned: Option<Instant>,
}

/// One job on its way out.
pub struct Task {
    /// Where its record is.
    pub place: Place,
    /// Its record.
    pub job: Job,
    cause: Cause,
    grace: Duration,
    /// By which rule, and how it is proven who is the job's.
    rule: &'static str,
    proof: &'static str,
    stage: Stage,
}

impl Task {
    /// Begins what a verdict says. `Leave`, `Prune` and `Conclude` are nobody's task.
    pub fn begin(place: &Place, job: &Job, verdict: Verdict, cause: Cause, grace: Option<Duration>) -> Task {
        let Verdict { act, rule, .. } = verdict;
        let grace = grace.unwrap_or(Duration::from_millis(job.grace_ms));
        let now = clock::now();
        if act == Act::Ask {
            if rule == "idle" {
                // The guard knows only that it was told to.
                event::add(place, "job.idle", Some(job.id), format!("{}: {}", job.title(), verdict.reason));
            }
            send(job.guard.as_ref(), signal::TERM);
        }
        let stage = Stage::Waiting { until: now + grace + MARGIN };
        let mut task = Task { place: place.clone(), job: job.clone(), cause, grace, rule, proof: "", stage };
        match act {
            Act::Wait => task.stage = Stage::Waiting { until: now + grace },
            Act::Ask => {}
            Act::TakeOver | Act::EndLost | Act::Leave | Act::Prune | Act::Conclude => task.take_over(now),
        }
        task
    }

    /// Its report, once it is done.
    pub fn report(&self) -> Option<&Report> {
        match &self.stage {
            Stage::Done(report) => Some(report),
            Stage::Waiting { .. } | Stage::Ending(_) | Stage::Leaving(_) => None,
        }
    }

    fn alive(who: Option<&Identity>) -> bool {
        who.is_some_and(|w| w.life().is_alive())
    }

    /// Has it been said since it was judged that its session's end is not its own: by its guard, which keeps it for
    /// `pj attach`, or by `pj keep`? The guard may have heard of that end later than we did.
    fn lives_on(&self) -> bool {
        let now = store::job(&self.place, self.job.id).filter(|now| now.uid == self.job.uid);
        let Some(now) = now.filter(|_| self.rule == "session-over") else { return false };
        // What is over once stays so, whoever said it.
        let said = facts::Said { session: now.owner.session.as_ref().map(Identity::key), ..facts::Said::default() };
        judge::judge(&facts::gather(&self.place, &now, &said)).act == Act::Leave
    }

    fn take_over(&mut self, now: Instant) {
        let guard = self.job.guard.as_ref().filter(|g| g.life().is_alive());
        let lost = guard.is_none();
        self.proof = if lost { LOST } else { BELOW };
        // While it lives, even stopped, every orphan below it is provably the job's (DESIGN §5).
        let reapers = guard.map(|g| (g.pid, g.start)).into_iter().collect();
        let alone = self.job.is_adopted() && !self.job.tree;
        let roots = Roots { reapers, members: Vec::new(), strangers: own_line(), alone };
        // A wrapped command is ended whatever its name: the user started it for that. An adopted process was there before.
        let root = self.job.root.as_ref().filter(|_| !self.job.is_adopted()).map(|r| (r.pid, r.start));
        let group = self.job.open_cgroup();
        let subject = Subject {
            protect: Protect::chosen(),
            root,
            home: self.job.unit.clone(),
            group,
            stop: self.job.stop_signal(),
        };
        let mut engine = Engine::new(self.cause, now, self.grace, subject);
        if lost {
            engine.persist(OUTRUN);
        }
        self.stage = Stage::Ending(Box::new(Ending { engine, roots, lost, next: now, scanned: None }));
    }

    /// Does what is due; answers when to come again.
    pub(super) fn turn(&mut self, kernel: &mut Real, shells: &[Session], now: Instant) -> Option<Instant> {
        match &mut self.stage {
            Stage::Done(_) => None,
            Stage::Waiting { until } => {
                let until = *until;
                let guarded = Task::alive(self.job.guard.as_ref()) || Task::alive(self.job.front.as_ref());
                let is_over = |j: Job| j.uid != self.job.uid || j.state == State::Exited;
                if !guarded && store::job(&self.place, self.job.id).is_none_or(is_over) {
                    self.stage = Stage::Done(Report::default());
                    return None;
                }
                if !guarded || now >= until {
                    if self.lives_on() {
                        self.stage = Stage::Done(Report::default());
                        return None;
                    }
                    self.take_over(now);
                    return Some(now);
                }
                Some(until.min(now + STEP))
            }
            Stage::Leaving(leaving) => {
                let next = leaving.turn(&self.job, now);
                if next.is_none() {
                    let report = std::mem::take(&mut leaving.report);
                    self.finish(report);
                }
                next
            }
            Stage::Ending(ending) => {
                if ending.next > now {
                    return Some(ending.next);
                }
                if self.job.is_adopted() {
                    // A terminal of its own that was opened below it.
                    let known = shells.iter().map(|s| (s.identity.pid, s.identity.start));
                    let new: Vec<_> = known.filter(|s| !ending.roots.strangers.contains(s)).collect();
                    ending.roots.strangers.extend(new);
                }
                if ending.lost {
                    ending.look(&self.place, &self.job, shells, kernel, now);
                }
                let round = ending.engine.round(kernel, now, &ending.roots);
                if ending.lost {
                    ending.engine.remember(&mut ending.roots);
                } else if ending.loses_guard(&self.job) {
                    self.proof = LOST;
                    return Some(now);
                }
                match round {
                    Round::More(next) => {
                        ending.next = next.max(ending.engine.soonest(clock::now()));
                        Some(ending.next)
                    }
                    Round::Empty | Round::Spent => {
                        // Once more with fresh eyes: a member may have been born behind the last scan.
                        let in_time = round == Round::Empty && now < ending.engine.end();
                        let more = ending.lost && ending.scan(&self.place, &self.job, shells, now) > 0;
                        let is_settled = !ending.lost || (in_time && more);
                        let outruns = !is_settled && ending.sees_marked(&self.place, &self.job, shells);
                        if in_time && (more || outruns) {
                            ending.next = now + STEP;
                            return Some(ending.next);
                        }
                        let mut report = ending.engine.report(kernel, &ending.roots);
                        if outruns {
                            report.survivors.push(outrunner());
                        }
                        // The tree is gone, or as gone as it can be.
                        self.stage = Stage::Leaving(Leaving::begin(&self.job, report));
                        Some(now)
                    }
                }
            }
        }
    }

    /// Guard and front have gone, where they were to; then the record.
    fn finish(&mut self, report: Report) {
        if !report.is_silent() {
            let audit = Audit::of_job(&self.job, "sweep", self.rule, self.proof);
            let came = audit.came(report.counts(), report.left(), !report.survivors.is_empty());
            let signal = report.signal(self.cause, self.job.stop_signal());
            event::ended(&self.place, &self.job, Audit { signal, ..came }, &report.text());
        }
        if report.survivors.is_empty() {
            over::conclude(&self.place, &self.job);
        } else {
            self.job.state = State::Ended;
            // Lost on a full disk: the record that is there makes the next sweep try again.
            let _ = store::put_job(&self.place, &self.job);
            if self.job.is_background() {
                // It is not left stopped, and may know more.
                send(self.job.guard.as_ref(), signal::TERM);
                send(self.job.guard.as_ref(), signal::CONT);
            }
        }
        self.stage = Stage::Done(report);
    }
}

impl Ending {
    /// Has its guard ended while we were at it? Whoever was below it is so no more, and is not gone for that: from here on they
    /// are those who were seen, and whom a proof names.
    fn loses_guard(&mut self, job: &Job) -> bool {
        // Of whom nothing can be read just now nobody knows that he is gone.
        if self.lost || !job.guard.as_ref().is_some_and(|guard| guard.life().is_gone()) {
            return false;
        }
        self.lost = true;
        self.engine.persist(OUTRUN);
        self.engine.remember_all(&mut self.roots);
        true
    }

    /// Finds what is provably the job's, now and then: a scan costs more than a round.
    fn look(&mut self, place: &Place, job: &Job, shells: &[Session], kernel: &mut Real, now: Instant) {
        let killing = now >= self.engine.deadline();
        // Before anything that takes its time: a fork bomb leaves us little of it.
        if killing && self.strike(&Evidence::new(place, job, shells), kernel) {
            return;
        }
        if killing || self.scanned.is_none_or(|at| now >= at + SCAN) {
            self.scan(place, job, shells, now);
        }
        if killing {
            let evidence = Evidence::new(place, job, shells);
            for _ in 0..FREEZES {
                let found = evidence.freeze_marked(kernel, &self.roots.members);
                if found.is_empty() {
                    break;
                }
                self.roots.members.extend(found);
            }
        }
    }

    /// Kills all that is in the job's cgroup, if it was all born there and nobody of it is left alone.
    fn strike(&mut self, evidence: &Evidence, kernel: &mut Real) -> bool {
        let mut born = |inside: &[Pid]| {
            let those: Vec<Stat> = inside.iter().filter_map(|&pid| os::stat(pid)).collect();
            evidence.born_in(&those, inside, &evidence.recorded()).iter().map(|s| (s.pid, s.start)).collect()
        };
        self.engine.strike(kernel, &self.roots, &mut born)
    }

    /// Scans; answers how many are new.
    fn scan(&mut self, place: &Place, job: &Job, shells: &[Session], now: Instant) -> usize {
        self.scanned = Some(now);
        let Ok(table) = Table::read() else { return 0 };
        let found = Evidence::new(place, job, shells).find(&table);
        found.iter().filter(|(stat, _)| self.roots.add((stat.pid, stat.start))).count()
    }

    /// Is there somebody whom no scan has found, if only in passing?
    fn sees_marked(&self, place: &Place, job: &Job, shells: &[Session]) -> bool {
        Evidence::new(place, job, shells).sees_marked(&self.roots.members)
    }
}

/// Seen in passing, and never long enough to be ended: it is not said that nobody is left.
fn outrunner() -> Survivor {
    let reason = "it begins anew faster than it can be ended".to_owned();
    Survivor { pid: 0, start: 0, name: "whoever is left".to_owned(), reason }
}

/// Signals exactly the process that an identity names, if it lives.
pub fn send(who: Option<&Identity>, sig: signal::Signal) -> bool {
    // Without pidfds nothing that is not our child can be signalled safely.
    who.and_then(|w| w.life().handle()).is_some_and(|handle| handle.send(sig).is_ok())
}

fn pause(at_most: Duration) {
    let ms = i32::try_from(at_most.as_millis()).unwrap_or(i32::MAX).max(1);
    // Nothing to wait on but the clock: these processes are not our children.
    let _ = fd::poll::<0>(&[], ms);
}

/// Runs all tasks to their end.
pub fn run(tasks: &mut [Task], shells: &[Session]) {
    let mut kernel = Real::new();
    loop {
        let now = clock::now();
        let next = tasks.iter_mut().filter_map(|t| t.turn(&mut kernel, shells, now)).min();
        match next {
            None => return,
            Some(at) => {
                let left = at.saturating_duration_since(clock::now());
                if !left.is_zero() {
                    pause(left.min(STEP));
                }
            }
        }
    }
}

/// Ends one job for a verb: asks its guard where that can act, else takes over. Returns when the tree is gone or as gone
/// as it can be.
pub fn end_job(place: &Place, job: &Job, cause: Cause, grace: Duration) -> Report {
    let facts = facts::gather(place, job, &facts::Said { all: true, ..facts::Said::default() });
    let verdict = judge::judge(&facts);
    let act = match verdict.act {
        Act::Ask if cause == Cause::Kill => {
            // At once: the guard's ladder would only wait. But it shall not run the command again meanwhile, nor thaw whom
            // we freeze; it goes on, told to end, when we see it off.
            if job.is_background() {
                send(job.guard.as_ref(), signal::STOP);
            }
            Act::TakeOver
        }
        act => act,
    };
    if matches!(act, Act::Leave | Act::Prune | Act::Conclude) {
        return Report::default();
    }
    if facts.other_boot || (act == Act::EndLost && facts.guard == Fact::Gone && place.check().is_err()) {
        return Report::default();
    }
    let shells = store::sessions(place).good;
    let mut tasks = [Task::begin(place, job, Verdict { act, ..verdict }, cause, Some(grace))];
    run(&mut tasks, &shells);
    tasks[0].report().cloned().unwrap_or_default()
}
