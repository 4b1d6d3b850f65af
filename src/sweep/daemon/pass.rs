//! One pass of the daemon: looks at all that is on record, begins what is to be done, and says when to come again.
//!
//! Never: takes a job over from a guard that is still in its own time; ends more jobs in one minute than the settings
//! allow; hunts the same survivors over and over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::Daemon;
use crate::config::Settings;
use crate::record::{Place, event, store};
use crate::sweep::act::Task;
use crate::sweep::facts::Said;
use crate::sweep::judge::{Act, Verdict};
use crate::sweep::turn::{self, Turn};
use crate::sweep::{Row, View, over, say, tell, view};
use crate::sys::clock;

/// Past its grace: a guard is left to its own freezing and killing, which takes it two seconds at most.
const HANDS_OFF: Duration = Duration::from_secs(3);
/// So long is a pass, to the limit of how many are ended in one: as long as cron takes from one sweep to the next.
const PASS: Duration = Duration::from_secs(60);
/// After an ending that has left somebody.
const AGAIN: Duration = Duration::from_secs(60);
/// Between two tries to get the sweep's lock.
const TRY: Duration = Duration::from_millis(100);
/// Between two looks for events that are old.
const TIDY: Duration = Duration::from_secs(3_600);

/// What the passes remember of jobs, by their uid.
#[derive(Default)]
pub(super) struct Memory {
    /// From when on a job is to be taken over from its guard.
    waits: BTreeMap<String, Instant>,
    /// From when on one is to be tried again.
    later: BTreeMap<String, Instant>,
    /// Since when it is counted how many jobs are begun with, and how many.
    counts: Option<(Instant, usize)>,
    /// It was said that there are too many.
    stopped: bool,
    tidied: Option<Instant>,
}

impl Memory {
    /// May one more be begun with?
    fn counts(&mut self, most: usize, now: Instant) -> bool {
        let (since, begun) = self.counts.filter(|(since, _)| now < *since + PASS).unwrap_or((now, 0));
        let may = begun < most;
        self.counts = Some((since, begun + usize::from(may)));
        self.stopped &= begun > 0;
        may
    }

    /// This one left somebody: not at once again.
    pub(super) fn put_off(&mut self, uid: &str, now: Instant) {
        self.later.insert(uid.to_owned(), now + AGAIN);
    }

    /// The next that becomes due after `now`.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let anew = self.counts.filter(|_| self.stopped).map(|(since, _)| since + PASS);
        self.waits.values().chain(self.later.values()).copied().chain(anew).filter(|&at| at > now).min()
    }

    /// Is it time for this one? With the first `Wait` of a job the waiting begins; once its guard is gone it is over.
    fn is_due(&mut self, uid: &str, act: Act, grace: Duration, now: Instant) -> bool {
        let has_waited =
            act != Act::Wait || now >= *self.waits.entry(uid.to_owned()).or_insert(now + grace + HANDS_OFF);
        has_waited && self.later.get(uid).is_none_or(|&at| now >= at)
    }

    /// Only what is said of these is remembered.
    fn forget_but(&mut self, waiting: &BTreeSet<String>, known: &BTreeSet<String>) {
        self.waits.retain(|uid, _| waiting.contains(uid));
        self.later.retain(|uid, _| known.contains(uid));
    }
}

impl Daemon {
    /// Looks at everything, and begins what is due. Answers whether to look again at once.
    pub(super) fn pass(&mut self, by_clock: bool) -> bool {
        let Some(settings) = self.settings.clone() else { return false };
        let now = clock::now();
        let said = Said::set(&settings);
        let mut view = view(&said);
        crate::sys::hook!(SweepViewed);
        if by_clock && !view.findings.is_empty() {
            tell(&view.findings, true);
        }
        let mut todo = self.todo(&view, &settings, now);
        if (!todo.is_empty() || !view.dead.is_empty()) && self.has_lock() {
            if self.tasks.is_empty() {
                // Read again under the lock: another sweep may have done it meanwhile.
                view = crate::sweep::view(&said);
                todo = self.todo(&view, &settings, now);
            }
            crate::sys::hook!(SweepLocked);
            self.carry_out(&view, &todo, &settings);
            if self.tasks.is_empty() {
                self.lock = None;
            }
        }
        let uid = |row: &&Row| row.job.uid.clone();
        let known: BTreeSet<String> = view.rows.iter().map(|row| uid(&row)).collect();
        let waiting = view.rows.iter().filter(|row| row.verdict.act == Act::Wait).map(|row| uid(&row)).collect();
        self.memory.forget_but(&waiting, &known);
        let again = self.eyes.follow(&mut view, self.teller.is_some());
        self.shells = view.shells;
        if by_clock {
            self.tidy(&settings, now);
        }
        again
    }

    /// The rows of which something is to be done now.
    fn todo(&mut self, view: &View, settings: &Settings, now: Instant) -> Vec<usize> {
        let is_ours = |uid: &str| self.tasks.iter().any(|(task, _)| task.job.uid == uid);
        let rows = view.rows.iter().enumerate().filter(|(_, r)| r.verdict.act != Act::Leave && !is_ours(&r.job.uid));
        let memory = &mut self.memory;
        let grace = |row: &Row| settings.sweep.grace.unwrap_or(Duration::from_millis(row.job.grace_ms));
        rows.filter(|(_, row)| memory.is_due(&row.job.uid, row.verdict.act, grace(row), now))
            .map(|(at, _)| at)
            .collect()
    }

    /// Ours for this work, and until the last task is done.
    fn has_lock(&mut self) -> bool {
        if self.lock.is_some() {
            return true;
        }
        match turn::take(false) {
            Ok(Turn::Ours(lock)) => self.lock = Some(lock),
            Ok(Turn::Anothers { .. }) => self.retry = Some(clock::now() + TRY),
            Err(e) => {
                self.complain(&e.to_string());
                self.retry = Some(clock::now() + 10 * TRY);
            }
        }
        self.lock.is_some()
    }

    fn carry_out(&mut self, view: &View, todo: &[usize], settings: &Settings) {
        for (place, session) in &view.dead {
            crate::sweep::forget_session(place, session);
        }
        let (most, mut left) = (settings.sweep.max_kills, 0);
        for row in todo.iter().map(|&at| &view.rows[at]) {
            let act = match row.verdict.act {
                Act::Leave => continue,
                Act::Prune => {
                    over::forget(&row.place, &row.job);
                    continue;
                }
                Act::Conclude => {
                    over::conclude(&row.place, &row.job);
                    continue;
                }
                // It has had its time.
                Act::Wait => Act::TakeOver,
                act @ (Act::Ask | Act::TakeOver | Act::EndLost) => act,
            };
            if !self.memory.counts(most, clock::now()) {
                left += 1;
                continue;
            }
            let verdict = Verdict { act, ..row.verdict };
            let task = Task::begin(&row.place, &row.job, verdict, verdict.cause(), settings.sweep.grace);
            self.tasks.push((task, clock::now()));
            crate::sys::hook!(SweepTaskBegun);
        }
        if left > 0 && !std::mem::replace(&mut self.memory.stopped, true) {
            let text = format!("{left} more jobs are to be ended, {most} a minute");
            say::err(&format!("{text}\nhint: pj-sweep -n shows them"));
            if let Ok(place) = Place::current() {
                event::add(&place, "sweep.stopped", None, text);
            }
        }
    }

    /// What nobody needs any more.
    fn tidy(&mut self, settings: &Settings, now: Instant) {
        let events = self.memory.tidied.is_none_or(|at| now >= at + TIDY);
        for place in Place::all().iter().filter(|place| place.check().is_ok()) {
            store::forget_claims(place);
            store::forget_cgroups(place);
            if events {
                event::tidy(place, settings.events.retention);
                self.memory.tidied = Some(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_has_its_time_and_no_more_when_it_is_gone() {
        let (mut memory, now, grace) = (Memory::default(), clock::now(), Duration::from_secs(1));
        let mut is_due = |act, at| memory.is_due("a", act, grace, at);
        assert!(!is_due(Act::Wait, now) && !is_due(Act::Wait, now + grace) && is_due(Act::EndLost, now));
        assert!(is_due(Act::Wait, now + grace + HANDS_OFF));
        memory.put_off("a", now);
        assert!(!memory.is_due("a", Act::EndLost, grace, now) && memory.is_due("a", Act::EndLost, grace, now + AGAIN));
        assert_eq!(memory.next(now), Some(now + grace + HANDS_OFF));
    }

    #[test]
    fn so_many_a_minute_and_the_next_ones_in_the_next() {
        let (mut memory, now) = (Memory::default(), clock::now());
        assert!(memory.counts(2, now) && memory.counts(2, now + PASS / 2) && !memory.counts(2, now + PASS / 2));
        memory.stopped = true;
        assert_eq!((memory.next(now), memory.next(now + PASS)), (Some(now + PASS), None));
        assert!(memory.counts(2, now + PASS) && !memory.stopped);
    }
}
