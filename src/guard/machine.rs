//! What a guard does next: pure. `step(event) → actions`; the supervisor carries them out and decides nothing.
//! The front has one of its own (`front/machine.rs`).

use crate::kill::Cause;
use crate::record::job::{OnExit, State};
use crate::sys::signal::Signal;
use crate::sys::spawn::Change;

/// What can happen to a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The front says that it knows the command's end, and leaves.
    FrontLeaves,
    /// The front is gone: it was killed, unless it said that it leaves.
    FrontGone,
    /// The session is over, confirmed.
    SessionOver,
    /// The command was stopped.
    Stopped(Signal),
    /// The command has ended; the flag says whether anything below it lives on.
    Exited(Change, bool),
    /// Somebody asks for the end: TERM to the front or to us.
    Stop,
    /// The front passes a signal on; to the group if the flag says so.
    Forward(Signal, bool),
    /// The front goes on after a stop, in the foreground or not.
    Continue(bool),
    /// Nobody is left below us who may be ended.
    TreeEmpty,
    /// Some are left, and nothing more can be done.
    Spent,
}

/// What a guard can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell the front that the command was stopped.
    TellStopped(Signal),
    /// Take the census: the front is about to leave.
    Census,
    /// Tell the front how the command ended.
    TellExited(Change),
    /// Signal the command, or its whole group.
    Forward(Signal, bool),
    /// Let the command go on.
    Continue(bool),
    /// Begin to end the tree.
    End(Cause),
    /// Take over what the front did for the terminal.
    TakeTerminal,
    /// Let go of the user's terminal.
    DropWatch,
    /// A front that is stopped cannot leave: let it go on.
    WakeFront,
    /// Write down where the job is.
    Record(State),
    /// Clean up and leave.
    Finish,
}

/// Where a guard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The command runs.
    Running,
    /// It has ended; leftovers go on until the session ends.
    Lingering,
    /// The tree is being ended.
    Ending,
    /// Nothing more to do.
    Done,
}

/// A guard's state.
#[derive(Clone, Debug)]
pub struct Machine {
    at: At,
    front: bool,
    front_left: bool,
    exited: bool,
    over: bool,
    keep: bool,
    end_on_exit: bool,
}

impl Machine {
    /// A guard whose command runs. Without a session there is nothing to linger for.
    pub fn new(keep: bool, on_exit: OnExit, has_session: bool) -> Machine {
        let end_on_exit = !keep && (on_exit == OnExit::End || !has_session);
        Machine { at: At::Running, front: true, front_left: false, exited: false, over: false, keep, end_on_exit }
    }

    /// Where it is.
    pub fn at(&self) -> At {
        self.at
    }

    /// Is the front there?
    pub fn has_front(&self) -> bool {
        self.front
    }

    /// Is the session over?
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// What to do, in order.
    pub fn step(&mut self, event: Event) -> Vec<Action> {
        use Action as A;
        if self.at == At::Done {
            return Vec::new();
        }
        match event {
            Event::FrontGone if self.front => {
                self.front = false;
                let mut then = vec![A::TakeTerminal];
                // Without a word it can only have been killed, even if the command has ended: the same signal may have
                // hit both, and an end that nobody was told of is none to linger after. `keep` means to outlive it.
                if !(self.exited && self.front_left || self.keep) {
                    then.extend(self.end(Cause::SessionOver));
                }
                then
            }
            Event::SessionOver if !self.over => {
                self.over = true;
                let mut then = vec![A::DropWatch];
                if !self.keep {
                    then.extend(self.end(Cause::SessionOver));
                    then.push(A::WakeFront);
                }
                then
            }
            Event::Stop => self.end(Cause::Stop),
            // While ending, a stopped member is told CONT by the ladder itself.
            Event::Stopped(sig) if self.at == At::Running && self.front => vec![A::TellStopped(sig)],
            Event::Exited(change, leftovers) if !self.exited => {
                self.exited = true;
                // Whoever is being ended was counted before, and a walk of thousands would only hold their end up.
                let mut then = if leftovers && self.at != At::Ending { vec![A::Census] } else { Vec::new() };
                then.push(A::TellExited(change));
                if !leftovers {
                    then.extend(self.finish());
                } else if self.end_on_exit {
                    then.extend(self.end(Cause::Stop));
                } else if self.at == At::Running {
                    self.at = At::Lingering;
                    then.push(A::Record(State::Lingering));
                }
                then
            }
            Event::Forward(sig, group) if !self.exited => vec![A::Forward(sig, group)],
            Event::Continue(foreground) if !self.exited => vec![A::Continue(foreground)],
            Event::TreeEmpty if self.exited => self.finish(),
            Event::Spent => self.finish(),
            Event::FrontLeaves => {
                self.front_left = true;
                Vec::new()
            }
            Event::FrontGone
            | Event::SessionOver
            | Event::Stopped(_)
            | Event::Exited(..)
            | Event::Forward(..)
            | Event::Continue(_)
            | Event::TreeEmpty => Vec::new(),
        }
    }

    /// Begins the ending, once: a second request neither restarts nor hurries the grace.
    fn end(&mut self, cause: Cause) -> Vec<Action> {
        if matches!(self.at, At::Ending | At::Done) {
            return Vec::new();
        }
        self.at = At::Ending;
        // The signals first, the record after: a full disk must not delay them.
        vec![Action::End(cause), Action::Record(State::Ending)]
    }

    fn finish(&mut self) -> Vec<Action> {
        self.at = At::Done;
        vec![Action::Finish]
    }
}

#[cfg(test)]
#[path = "machine_walk.rs"]
mod walk;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_that_is_killed_ends_the_tree_and_one_that_left_does_not() {
        let mut m = Machine::new(false, OnExit::Linger, true);
        assert!(m.step(Event::FrontGone).contains(&Action::End(Cause::SessionOver)));
        let ended = |m: &mut Machine| m.step(Event::Exited(Change::Killed(9, false), true));
        let mut m = Machine::new(false, OnExit::Linger, true);
        ended(&mut m);
        assert_eq!(m.step(Event::FrontLeaves), []);
        assert_eq!(m.step(Event::FrontGone), [Action::TakeTerminal]);
        assert_eq!(m.at(), At::Lingering);
        // The command was killed with it, and its end was seen first.
        let mut m = Machine::new(false, OnExit::Linger, true);
        ended(&mut m);
        assert!(m.step(Event::FrontGone).contains(&Action::End(Cause::SessionOver)));
        let mut m = Machine::new(true, OnExit::Linger, true);
        ended(&mut m);
        assert_eq!(m.step(Event::FrontGone), [Action::TakeTerminal]);
    }
}
