//! Every sequence of events of any length: all pairs that can be reached of the machine and of what the promises ask of
//! the past are walked, until there is no new one.

use std::collections::HashSet;

use super::{Action, Event, From, Machine};
use crate::exit;
use crate::kill::Cause;
use crate::sys::signal::{self, CONT, HUP, INT, TERM, TSTP, TTIN, USR1, WINCH};
use crate::sys::spawn::Change;

const SENDERS: [From; 3] = [From::Kernel, From::Tree, From::Somebody];

/// Stops are numbered without end; two numbers show an old one from a new one.
fn events() -> Vec<Event> {
    let mut all = vec![
        Event::Started,
        Event::Raw,
        Event::Exited(Change::Exited(3)),
        Event::LineDead,
        Event::GuardReaped,
        Event::CommandReaped(Change::Exited(4)),
        Event::Over,
    ];
    for yes in [false, true] {
        all.extend([false, true].map(|in_foreground| Event::Back { was_raw: yes, in_foreground }));
        for (sig, nth) in [(TSTP, 1), (TSTP, 2), (TTIN, 1)] {
            all.extend([false, true].map(|runs| Event::Stopped { sig, nth, in_foreground: yes, runs }));
        }
        all.extend(SENDERS.map(|from| Event::Signal(HUP, from, yes)));
    }
    for sig in [CONT, INT, TERM, TSTP, TTIN, USR1, WINCH] {
        all.extend(SENDERS.map(|from| Event::Signal(sig, from, false)));
    }
    all
}

/// What has been so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Past {
    started: bool,
    line_dead: bool,
    reaped: bool,
    alone: bool,
    asked: bool,
    /// How the command ended, if we reaped it.
    had: Option<i32>,
    /// The guard had told of no command when it was gone.
    never: bool,
    nth: u32,
    ending: bool,
    over: bool,
    finished: bool,
}

fn code(change: Change) -> i32 {
    match change {
        Change::Exited(code) => code,
        Change::Killed(sig, _) => -sig,
        Change::Stopped(_) | Change::Continued => panic!("no end: {change:?}"),
    }
}

impl Past {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Started => self.started = true,
            Event::LineDead => self.line_dead = true,
            Event::GuardReaped => self.reaped = true,
            Event::CommandReaped(change) => self.had = Some(code(change)),
            Event::Signal(TERM, From::Somebody, _) => self.asked = true,
            Event::Stopped { nth, .. } => self.nth = nth,
            Event::Over => self.over = true,
            _ => {}
        }
        let was_alone = self.alone;
        self.alone = self.line_dead && self.reaped;
        self.never |= self.alone && !was_alone && !self.started && self.had.is_none();
    }

    fn see(&mut self, action: Action, event: Event, keep: bool, pty: bool) {
        assert!(!self.finished, "{action:?} after the last word");
        let alone = self.alone;
        match action {
            Action::End(cause) => {
                assert!(alone && !std::mem::replace(&mut self.ending, true), "only what is ours, and once");
                assert!(!keep || (self.asked && cause == Cause::Stop), "a kept job that nobody asked to end");
            }
            Action::LetLive => assert!(alone && keep && !self.ending),
            Action::GoOn { nth, .. } => assert_eq!(nth, self.nth, "an old stop was followed"),
            Action::Forward(sig, group) => {
                let Event::Signal(heard, from, _) = event else { panic!("forwarded out of nothing") };
                assert!(heard == sig && from != From::Tree, "reflected");
                assert!(from != From::Kernel || (pty && group), "a key that has reached the command already");
            }
            Action::TellStop => assert!(self.asked),
            Action::EndGuard => assert!(!self.started && matches!(event, Event::Signal(HUP, _, true))),
            Action::Stop(_) => assert!(matches!(event, Event::Stopped { runs: false, .. }), "it runs, and we stop"),
            Action::Finish(change) => {
                self.finished = true;
                match event {
                    Event::Exited(told) => assert_eq!(change, told),
                    // Ours to tell: as it ended; or it was never started; or KILL has ended what it was.
                    _ => {
                        let never = self.never.then_some(exit::WRAP_FAILED);
                        assert_eq!(code(change), self.had.or(never).unwrap_or(-signal::KILL));
                        assert!(self.over || (alone && keep), "left while somebody is to be ended");
                    }
                }
            }
            Action::Resync | Action::Resize => {}
        }
    }
}

/// Nothing is ended while the guard may live, twice, or of a kept job that nobody asked to end; what was the guard's is
/// being ended, or lives on, or we have left, as soon as both its line is dead and it is reaped; an end that was asked for
/// is not forgotten; no key or signal of the tree's comes back to it; only the last stop is followed, and none of a command
/// that runs; the last word is one, and it is the command's own end wherever that is known.
#[test]
fn every_sequence_of_events_of_any_length_keeps_the_promises() {
    let (mut pairs, events) = (0, events());
    for (pty, keep) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut seen = HashSet::new();
        let mut open = vec![(Machine::new(pty, keep), Past::default())];
        while let Some((machine, past)) = open.pop() {
            for &event in &events {
                let (mut next, mut after) = (machine.clone(), past);
                after.hear(event);
                next.step(event).into_iter().for_each(|action| after.see(action, event, keep, pty));
                let alone = after.alone;
                assert!(!alone || keep || after.ending || after.finished, "{event:?} left {next:?}");
                assert!(
                    !alone || !after.asked || after.ending || after.finished,
                    "{event:?}: {next:?} was asked to end"
                );
                assert!(!alone || after.had.is_none() || after.ending || after.finished, "{event:?}: {next:?} stays");
                if seen.insert((next.clone(), after)) {
                    open.push((next, after));
                }
            }
        }
        pairs += seen.len();
    }
    assert!(pairs > 1000, "only {pairs} pairs: the machine was not walked");
}
