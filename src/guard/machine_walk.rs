//! Every sequence of events of any length: the machine has few states, and what the promises ask of the past fits into a
//! few bits. So all pairs of the two that can be reached are walked until there is no new one.

use std::collections::HashSet;

use super::{Action, At, Event, Machine};
use crate::record::job::OnExit;
use crate::sys::spawn::Change;

const EVENTS: [Event; 14] = [
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
}

impl Past {
    fn hear(&mut self, event: Event) {
        match event {
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
            _ => {}
        }
    }
}

/// After each event: at most one ending, one exit told, and one Finish, which is the last word; nothing is forwarded to a
/// command that has ended, and no stop told of a tree that ends; a job that is not kept and whose session is over, whose
/// front was killed, or whose end somebody asked for, is ending or done, or else its exit left nobody; a kept one is ended
/// only when somebody asks; nobody lingers whose command runs; Done and Finish are the same.
#[test]
fn every_sequence_of_events_of_any_length_keeps_the_promises() {
    let mut pairs = 0;
    for bits in 0..8 {
        let on_exit = if bits & 2 == 0 { OnExit::Linger } else { OnExit::End };
        let keep = bits & 1 != 0;
        let mut seen = HashSet::new();
        let mut open = vec![(Machine::new(keep, on_exit, bits & 4 != 0), Past::default(), Vec::new())];
        while let Some((machine, past, way)) = open.pop() {
            for event in EVENTS {
                let (mut next, mut after, mut path) = (machine.clone(), past, way.clone());
                path.push(event);
                after.hear(event);
                next.step(event).into_iter().for_each(|action| after.see(action, &path));
                check(&next, after, keep, &path);
                if seen.insert((format!("{next:?}"), after)) {
                    open.push((next, after, path));
                }
            }
        }
        pairs += seen.len();
    }
    assert!(pairs > 500, "only {pairs} pairs: the machine was not walked");
}

fn check(m: &Machine, past: Past, keep: bool, way: &[Event]) {
    let goes = matches!(m.at(), At::Ending | At::Done);
    assert_eq!(m.at() == At::Done, past.finished, "{way:?}");
    assert!(goes || keep || !(past.over || past.killed || past.asked), "{way:?}");
    assert!(goes || !past.asked, "{way:?}");
    assert!(!(keep && past.ended && !past.asked), "{way:?}");
    assert!(m.at() != At::Lingering || past.exited, "{way:?}");
    assert!(past.finished || past.told || !past.exited, "an exit is told: {way:?}");
}
