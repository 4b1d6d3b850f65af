//! Every sequence of events of any length: the machine has few states, and what the promises ask of the past fits into a
//! few bits. So all pairs of the two that can be reached are walked until there is no new one.

use std::collections::{HashSet, VecDeque};

use super::{Action, At, Event, Machine};
use crate::record::job::{Background, OnExit, Restart};
use crate::sys::spawn::Change;

const EVENTS: [Event; 22] = [
    Event::FrontLeaves,
    Event::FrontGone,
    Event::SessionOver,
    Event::Stopped(20),
    Event::Exited(Change::Exited(3), true),
    Event::Exited(Change::Exited(0), false),
    Event::Exited(Change::Killed(9, false), true),
    Event::Stop,
    Event::Forward(10, false),
    Event::Forward(2, true),
    Event::Continue(true),
    Event::Continue(false),
    Event::TreeEmpty,
    Event::Spent,
    Event::Restart,
    Event::Rested,
    Event::Ran(true),
    Event::Ran(false),
    Event::Steady,
    Event::Attached,
    Event::Detached,
    Event::Expired,
];

/// What has been so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Past {
    ended: bool,
    told: bool,
    finished: bool,
    asked: bool,
    over: bool,
    left: bool,
    killed: bool,
    exited: bool,
    expired: bool,
    /// A rest was called for, and nothing has come of it yet.
    rests: bool,
    keep: bool,
}

impl Past {
    /// What this event means for a guard that is there.
    fn hear(&mut self, event: Event, at: At) {
        match event {
            // Another run, another end.
            Event::Ran(true) if at == At::Resting => {
                (self.ended, self.told, self.exited, self.rests) = (false, false, false, false);
            }
            Event::Expired if self.over => self.expired = true,
            Event::FrontLeaves => self.left = true,
            Event::FrontGone if !self.left => self.killed = true,
            Event::SessionOver => self.over = true,
            Event::Stop => self.asked = true,
            Event::Exited(..) => self.exited = true,
            _ => {}
        }
    }

    /// Nothing twice, nothing after the last word, nothing to a command that has gone.
    fn see(&mut self, action: Action, way: &[Event]) {
        assert!(!self.finished, "{action:?} after Finish: {way:?}");
        match action {
            Action::End(_) => assert!(!std::mem::replace(&mut self.ended, true), "ended twice: {way:?}"),
            Action::TellExited(_) => assert!(!std::mem::replace(&mut self.told, true), "told twice: {way:?}"),
            Action::Finish => self.finished = true,
            Action::Forward(..) | Action::Continue(_) => assert!(!self.told, "{action:?} to nobody: {way:?}"),
            Action::TellStopped(_) => assert!(!self.ended, "a stop while ending: {way:?}"),
            Action::Rest(nth) => {
                assert!(!self.asked && (!self.over || self.keep) && nth <= 2, "{action:?}: {way:?}");
                self.rests = true;
            }
            Action::Run => {
                assert!(self.rests && !self.asked && (!self.over || self.keep), "run without a rest: {way:?}")
            }
            Action::Offer => assert!(self.over && !self.ended, "{action:?}: {way:?}"),
            _ => {}
        }
    }
}

/// The kinds of job that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wrapped,
    TakenBack,
    Background(Restart),
}

fn machine(kind: Kind, keep: bool, on_exit: OnExit, has_session: bool) -> (Machine, Past) {
    let (machine, past) = (Machine::new(keep, on_exit, has_session), Past { keep, ..Past::default() });
    match kind {
        Kind::Wrapped => (machine, past),
        Kind::TakenBack => (machine.with_take_back(), past),
        Kind::Background(restart) => {
            let of = Background { restart, max_restarts: 2, ..Background::default() };
            (machine.in_background(&of), Past { left: true, ..past })
        }
    }
}

/// After each event: at most one ending, one exit told, and one Finish, which is the last word; nothing is forwarded to a
/// command that has ended, and no stop told of a tree that ends; a job that is not kept and whose session is over, whose
/// front was killed, or whose end somebody asked for, is ending or done, or else its exit left nobody; a kept one is ended
/// only when somebody asks, or to be run again; nobody lingers whose command runs; Done and Finish are the same. A job that
/// is taken back waits for that until it is told that nobody came. Nothing is run again that somebody wants to end, whose
/// session is over, or more often in a row than it may.
#[test]
fn every_sequence_of_events_of_any_length_keeps_the_promises() {
    let backgrounds = [Restart::No, Restart::OnFailure, Restart::Always].map(Kind::Background);
    let kinds = [Kind::Wrapped, Kind::TakenBack].into_iter().chain(backgrounds);
    let mut pairs = 0;
    for (kind, bits) in kinds.flat_map(|kind| (0..8).map(move |bits| (kind, bits))) {
        let on_exit = if bits & 2 == 0 { OnExit::Linger } else { OnExit::End };
        let keep = bits & 1 != 0;
        let mut seen = HashSet::new();
        let (machine, past) = machine(kind, keep, on_exit, bits & 4 != 0);
        let mut open = VecDeque::from([(machine, past, Vec::new())]);
        while let Some((machine, past, way)) = open.pop_front() {
            for event in EVENTS {
                let (mut next, mut after, mut path) = (machine.clone(), past, way.clone());
                path.push(event);
                after.hear(event, machine.at());
                next.step(event).into_iter().for_each(|action| after.see(action, &path));
                check(&next, after, kind, keep, &path);
                if seen.insert((next.clone(), after)) {
                    open.push_back((next, after, path));
                }
            }
        }
        pairs += seen.len();
    }
    assert!(pairs > 5000, "only {pairs} pairs: the machine was not walked");
}

fn check(m: &Machine, past: Past, kind: Kind, keep: bool, way: &[Event]) {
    let goes = matches!(m.at(), At::Ending | At::Done);
    assert_eq!(m.at() == At::Done, past.finished, "{way:?}");
    let waits = kind == Kind::TakenBack && !past.expired;
    assert!(goes || keep || !(past.over && !waits || past.killed || past.asked), "{way:?}");
    assert!(goes || !past.asked, "{way:?}");
    assert!(!(keep && past.ended && !past.asked) || m.reruns.is_some() || past.rests, "{way:?}");
    assert!(m.at() != At::Lingering || past.exited, "{way:?}");
    assert!(past.finished || past.told || !past.exited, "an exit is told: {way:?}");
}
