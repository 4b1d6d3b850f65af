//! What a guard does next: pure. `step(event) → actions`; the supervisor carries them out and decides nothing.
//! The front has one of its own (`front/machine.rs`).

use crate::kill::Cause;
use crate::record::job::{Background, OnExit, Restart, State};
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
    /// Somebody wants the command run again.
    Restart,
    /// The rest between two runs is over.
    Rested,
    /// It was run again, or could not be.
    Ran(bool),
    /// It has run for so long that its next failure is a first one.
    Steady,
    /// Somebody is attached to a job that waits for that.
    Attached,
    /// He has gone, and nobody else is.
    Detached,
    /// Nobody came in time.
    Expired,
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
    /// Wait for `pj attach`, and for so long only.
    Offer,
    /// Wait for nobody: there is somebody.
    HoldOffer,
    /// Rest, for the so-manieth time, then run the command again.
    Rest(u32),
    /// Run the command again.
    Run,
    /// Clean up and leave.
    Finish,
}

/// Where a guard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// The command runs.
    Running,
    /// It has ended; leftovers go on until the session ends.
    Lingering,
    /// The tree is being ended.
    Ending,
    /// Nobody is there: between two runs.
    Resting,
    /// Nothing more to do.
    Done,
}

/// When the command is run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Again {
    when: Restart,
    most: u32,
    /// Runs in a row that nobody asked for.
    nth: u32,
}

impl Again {
    fn wants(&self, change: Change) -> bool {
        let wanted = match self.when {
            Restart::No => false,
            Restart::OnFailure => change != Change::Exited(0),
            Restart::Always => true,
        };
        wanted && (self.most == 0 || self.nth < self.most)
    }
}

/// A guard's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    at: At,
    front: bool,
    front_left: bool,
    exited: bool,
    over: bool,
    keep: bool,
    end_on_exit: bool,
    /// A terminal that closes is waited for.
    take_back: bool,
    background: bool,
    again: Again,
    /// What is ended now is to be run again; whether somebody asked for that.
    reruns: Option<bool>,
    /// Somebody wants it to end, and to stay so.
    asked: bool,
}

impl Machine {
    /// A guard whose command runs. Without a session there is nothing to linger for.
    pub fn new(keep: bool, on_exit: OnExit, has_session: bool) -> Machine {
        let end_on_exit = !keep && (on_exit == OnExit::End || !has_session);
        Machine {
            at: At::Running,
            front: true,
            front_left: false,
            exited: false,
            over: false,
            keep,
            end_on_exit,
            take_back: false,
            background: false,
            again: Again::default(),
            reruns: None,
            asked: false,
        }
    }

    /// Of a job in the background: there never was a front, and the command may be run again.
    pub fn in_background(mut self, of: &Background) -> Machine {
        (self.background, self.front, self.front_left) = (true, false, true);
        self.again = Again { when: of.restart, most: of.max_restarts, nth: 0 };
        self
    }

    /// When its terminal closes, the job waits for `pj attach` before it ends.
    pub fn with_take_back(mut self) -> Machine {
        self.take_back = true;
        self
    }

    /// It may outlive its session, or may not: somebody has said so meanwhile.
    pub fn keep(&mut self, keep: bool) {
        self.keep = keep;
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
                let lives = matches!(self.at, At::Running | At::Lingering);
                match self.keep {
                    true => {}
                    false if self.take_back && self.front && lives => {
                        then.extend([A::Offer, A::Record(State::Detached)])
                    }
                    false => then.extend(self.over()),
                }
                then
            }
            Event::Expired if self.waits() => self.over(),
            Event::Attached if self.waits() => vec![A::HoldOffer, A::Record(State::Detached)],
            Event::Detached if self.waits() => vec![A::Offer, A::Record(State::Detached)],
            Event::Stop => {
                (self.asked, self.reruns) = (true, None);
                if self.at == At::Resting { self.finish() } else { self.end(Cause::Stop) }
            }
            Event::Restart if self.background && !self.asked && (!self.over || self.keep) => self.restart(),
            Event::Rested if self.at == At::Resting => vec![A::Run],
            Event::Ran(true) if self.at == At::Resting => {
                (self.at, self.exited) = (At::Running, false);
                vec![A::Record(State::Running)]
            }
            Event::Ran(false) if self.at == At::Resting => self.finish(),
            Event::Steady => {
                self.again.nth = 0;
                Vec::new()
            }
            // While ending, a stopped member is told CONT by the ladder itself.
            Event::Stopped(sig) if self.at == At::Running => vec![A::TellStopped(sig)],
            Event::Exited(change, leftovers) if !self.exited => self.exit(change, leftovers),
            Event::Forward(sig, group) if !self.exited => vec![A::Forward(sig, group)],
            Event::Continue(foreground) if !self.exited => vec![A::Continue(foreground)],
            Event::TreeEmpty if self.exited && self.at != At::Resting => self.empty(),
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
            | Event::TreeEmpty
            | Event::Restart
            | Event::Rested
            | Event::Ran(_)
            | Event::Attached
            | Event::Detached
            | Event::Expired => Vec::new(),
        }
    }

    fn exit(&mut self, change: Change, leftovers: bool) -> Vec<Action> {
        use Action as A;
        self.exited = true;
        if self.at == At::Running && self.again.wants(change) {
            self.reruns = Some(false);
        }
        // Whoever is being ended was counted before, and a walk of thousands would only hold their end up.
        let mut then = if leftovers && self.at != At::Ending { vec![A::Census] } else { Vec::new() };
        then.push(A::TellExited(change));
        if !leftovers {
            then.extend(self.empty());
        } else if self.end_on_exit || self.reruns.is_some() {
            then.extend(self.end(Cause::Stop));
        } else if self.at == At::Running {
            self.at = At::Lingering;
            then.push(A::Record(State::Lingering));
        }
        then
    }

    /// Nobody is left: done, or once more.
    fn empty(&mut self) -> Vec<Action> {
        let Some(asked) = self.reruns.take() else { return self.finish() };
        self.at = At::Resting;
        self.again.nth = if asked { 0 } else { self.again.nth + 1 };
        vec![Action::Rest(self.again.nth), Action::Record(State::Resting)]
    }

    /// Somebody wants it run again: what runs ends first.
    fn restart(&mut self) -> Vec<Action> {
        if self.at == At::Resting {
            self.again.nth = 0;
            return vec![Action::Rest(0)];
        }
        self.reruns = Some(true);
        self.end(Cause::Stop)
    }

    /// Has its terminal closed, and does it live on for somebody who takes it back?
    pub fn waits(&self) -> bool {
        self.take_back && self.over && !self.keep && matches!(self.at, At::Running | At::Lingering)
    }

    /// The session's end is the job's.
    fn over(&mut self) -> Vec<Action> {
        self.reruns = None;
        if self.at == At::Resting {
            return self.finish();
        }
        let mut then = self.end(Cause::SessionOver);
        then.push(Action::WakeFront);
        then
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
