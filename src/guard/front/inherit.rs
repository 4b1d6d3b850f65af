//! The front's second duty: its guard was killed, what it had came to the front, and the front ends it.
//!
//! Must never: end what it had before the guard was there, or what is not provably the job's.

use std::time::Instant;

use super::Front;
use super::machine::Event;
use crate::guard::{Why, birth, conclude, tell_ended};
use crate::kill::protect::Protect;
use crate::kill::{Cause, Engine, Kernel, Roots, Round, Subject};
use crate::process;
use crate::record::{Job, members};
use crate::sys::cgroup::Cgroup;
use crate::sys::{self, clock, os, signal};

/// Ending what a killed guard left to us.
pub(super) struct Ending {
    pub(super) engine: Engine,
    pub(super) roots: Roots,
    pub(super) round: Option<Instant>,
    cause: Cause,
}

impl Front {
    /// What was the guard's lives on; a guard that died while it held the cgroup still could not let it go.
    pub(super) fn let_live(&self) {
        let record = birth::record(self.place.as_ref(), self.id, &self.marker);
        record.and_then(|job| job.open_cgroup()).iter().for_each(Cgroup::thaw);
    }

    pub(super) fn begin(&mut self, cause: Cause) {
        let now = clock::now();
        let start = os::stat(sys::pid()).map_or(0, |s| s.start);
        let (reapers, strangers) = (vec![(sys::pid(), start)], self.strangers.clone());
        let roots = Roots { reapers, strangers, ..Roots::default() };
        let record = birth::record(self.place.as_ref(), self.id, &self.marker);
        let (group, home) = record.map_or((None, self.unit.clone()), |job| (job.open_cgroup(), job.unit));
        let subject = Subject { protect: Protect::chosen(), root: self.command, home, group, stop: signal::TERM };
        let engine = Engine::new(cause, now, self.grace, subject);
        self.ending = Some(Ending { engine, roots, round: Some(now), cause });
        self.run_round(now);
    }

    pub(super) fn run_round(&mut self, now: Instant) {
        self.shun_strangers();
        let Some(e) = &mut self.ending else { return };
        match e.engine.round(&mut self.kernel, now, &e.roots) {
            Round::More(next) => e.round = Some(next.max(e.engine.soonest(clock::now()))),
            Round::Empty | Round::Spent => {
                e.round = None;
                self.reap();
                self.step(Event::Over);
            }
        }
    }

    /// Where we had children before, an orphan that came to us may be theirs. Only what is provably the job's counts:
    /// the command, its terminal's session, the census, the marker. The rest are strangers for ever.
    fn shun_strangers(&mut self) {
        let Some(e) = self.ending.as_mut().filter(|_| !self.strangers.is_empty()) else { return };
        let census = self.place.as_ref().and_then(|p| std::fs::read_to_string(p.members(self.id)).ok());
        let census = members::read(&census.unwrap_or_default());
        let marker = Job::marker_line(&self.marker);
        let mut pids = Vec::new();
        if let Some(me) = os::stat(sys::pid()) {
            self.kernel.children(&me, &mut pids);
        }
        for stat in pids.into_iter().filter_map(os::stat) {
            let proven = self.command == Some((stat.pid, stat.start))
                || (self.relay.is_some() && stat.sid == self.guard)
                || census.iter().any(|m| m.identity.is(&stat))
                || process::carries(stat.pid, &marker);
            if !proven && !e.roots.strangers.contains(&(stat.pid, stat.start)) {
                e.roots.strangers.push((stat.pid, stat.start));
            }
        }
    }

    /// What the guard would have done.
    pub(super) fn tidy(&mut self) {
        let Some(place) = &self.place else { return };
        let (report, cause) = match &mut self.ending {
            Some(e) => (e.engine.report(&mut self.kernel, &e.roots), e.cause),
            // Kept: what is left lives on, and the record is what a later verb finds it by.
            None => return,
        };
        let record = birth::record(Some(place), self.id, &self.marker);
        if record.is_none() {
            birth::forget(&self.marker);
        }
        if let Some(job) = &record {
            let why = Why { rule: "guard-gone", cause, stop: signal::TERM };
            tell_ended(place, job, "front", why, &report);
        }
        conclude(place, self.id, record.and_then(|job| job.cgroup).as_deref(), &report);
    }
}
