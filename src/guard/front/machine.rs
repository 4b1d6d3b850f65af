//! What a front does next: pure. `step(event) → actions`; the front carries them out and decides nothing.
//!
//! Must never: end anything while the guard may live, whose it then is; answer one key twice; follow an old stop.

use crate::exit;
use crate::kill::Cause;
use crate::sys::signal::{self, Signal};
use crate::sys::spawn::Change;

/// Who sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The kernel: a key, a resize, a hang-up.
    Kernel,
    /// Somebody of the job's own tree.
    Tree,
    /// Anybody else.
    Somebody,
}

/// What can happen to a front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The guard has started the command.
    Started,
    /// The command was stopped, for the so-manieth time. Are we in the foreground of our terminal; does it run again?
    Stopped { sig: Signal, nth: u32, in_foreground: bool, runs: bool },
    /// We are back from a stop. Were we the terminal's reader when it began; are we in its foreground now?
    Back { was_raw: bool, in_foreground: bool },
    /// The terminal is ours again, and raw.
    Raw,
    /// A signal; the flag says whether the guard is stopped, which is asked after a hang-up alone.
    Signal(Signal, From, bool),
    /// The guard says how the command ended.
    Exited(Change),
    /// The line to the guard is dead.
    LineDead,
    /// The guard has been reaped: only now what it had is ours. The line goes dead a moment earlier.
    GuardReaped,
    /// The command, ours by inheritance, has been reaped.
    CommandReaped(Change),
    /// Of what was to be ended nobody is left who could be.
    Over,
}

/// What a front can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Ask the guard to pass this on, to the whole group if the flag says so.
    Forward(Signal, bool),
    /// Ask the guard to end the tree.
    TellStop,
    /// Tell the guard that its command may go on from this stop, in the foreground or not.
    GoOn { foreground: bool, nth: u32 },
    /// Bring our side in line with where the shell has put us.
    Resync,
    /// Take the terminal's size over.
    Resize,
    /// Stop as the shell's job.
    Stop(Signal),
    /// End the guard, which was stopped before it had a record by which anybody could find it.
    EndGuard,
    /// End what was the guard's.
    End(Cause),
    /// What was the guard's lives on: let it go, if the guard held it.
    LetLive,
    /// Give the terminal back and leave as this did.
    Finish(Change),
}

use Action as A;

/// The state of a front.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Machine {
    pty: bool,
    keep: bool,
    /// A terminal that closes is no end: somebody may take the job back.
    take_back: bool,
    /// Has the command been started, as far as we were told?
    started: bool,
    /// The command's last stop that we were told of.
    nth: u32,
    /// The stop that somebody sent to us and we have passed on.
    sent: Option<Signal>,
    /// How the command ended, once we had that ourselves.
    exit: Option<Change>,
    line_dead: bool,
    reaped: bool,
    /// Has somebody asked for the end?
    asked: bool,
    inherited: bool,
    ending: bool,
    finished: bool,
}

impl Machine {
    /// At the start. `pty`: the command has a terminal of its own, which we relay.
    pub(super) fn new(pty: bool, keep: bool) -> Machine {
        let (started, line_dead, reaped, asked) = (false, false, false, false);
        let (nth, sent, exit) = (0, None, None);
        let (take_back, inherited, ending, finished) = (false, false, false, false);
        Machine {
            pty,
            keep,
            take_back,
            started,
            nth,
            sent,
            exit,
            line_dead,
            reaped,
            asked,
            inherited,
            ending,
            finished,
        }
    }

    /// When its terminal closes, the job waits for `pj attach`: the guard says when it has waited long enough.
    pub(super) fn with_take_back(mut self) -> Machine {
        self.take_back = true;
        self
    }

    /// Has the guard gone without a word?
    pub(super) fn is_alone(&self) -> bool {
        self.line_dead
    }

    /// Is it not known yet that the command was started?
    pub(super) fn is_starting(&self) -> bool {
        !self.started
    }

    /// The next actions, in order.
    pub(super) fn step(&mut self, event: Event) -> Vec<Action> {
        if self.finished {
            return Vec::new();
        }
        match event {
            Event::Started => self.started = true,
            Event::Raw if self.started => return vec![self.go_on(true)],
            Event::Raw => {}
            Event::Stopped { sig, nth, in_foreground, runs } => return self.stopped(sig, nth, in_foreground, runs),
            Event::Back { was_raw, in_foreground } => return self.back(was_raw, in_foreground),
            Event::Signal(sig, from, guard_stopped) => return self.signal(sig, from, guard_stopped),
            Event::Exited(change) => return self.finish(change),
            Event::LineDead => self.line_dead = true,
            Event::GuardReaped => self.reaped = true,
            Event::CommandReaped(change) => self.exit = Some(change),
            Event::Over => return self.finish(self.exit.unwrap_or(Change::Killed(signal::KILL, false))),
        }
        self.inherit()
    }

    fn go_on(&self, foreground: bool) -> Action {
        A::GoOn { foreground, nth: self.nth }
    }

    fn finish(&mut self, change: Change) -> Vec<Action> {
        self.finished = true;
        vec![A::Finish(change)]
    }

    fn end(&mut self, cause: Cause) -> Vec<Action> {
        let first = !std::mem::replace(&mut self.ending, true);
        if first { vec![A::End(cause)] } else { Vec::new() }
    }

    /// The guard went without a word: it was killed. What it had is ours now.
    fn inherit(&mut self) -> Vec<Action> {
        if !self.line_dead || !self.reaped {
            return Vec::new();
        }
        let mut then = Vec::new();
        if !std::mem::replace(&mut self.inherited, true) {
            if !self.started && self.exit.is_none() {
                // It told of no command, and why if it could. Killed before it could tell, it has one all the same.
                self.exit = Some(Change::Exited(exit::WRAP_FAILED));
            }
            then = match (self.keep, self.asked) {
                (false, _) => self.end(Cause::SessionOver),
                (true, true) => self.end(Cause::Stop),
                (true, false) => vec![A::LetLive],
            };
        }
        // Kept: nothing to end, only a status to mirror.
        if let (Some(change), false) = (self.exit, self.ending) {
            then.extend(self.finish(change));
        }
        then
    }

    fn signal(&mut self, sig: Signal, from: From, guard_stopped: bool) -> Vec<Action> {
        use signal::{CHLD, CONT, HUP, INT, QUIT, TERM, TSTP, TTIN, TTOU, WINCH};
        match (sig, from) {
            (CHLD, _) => Vec::new(),
            // The session is over, and no sweep could find this guard.
            (HUP, _) if !self.started && guard_stopped => vec![A::EndGuard],
            (WINCH, From::Kernel) => vec![A::Resize],
            (CONT, _) => vec![A::Resync],
            // What a key sent to the whole job has reached the command already, unless it has a terminal of its own.
            (INT | QUIT | TSTP, From::Kernel) if self.pty => vec![A::Forward(sig, true)],
            (_, From::Kernel) => Vec::new(),
            // A pattern that hit too much, never to be reflected (LAWS L26).
            (_, From::Tree) => Vec::new(),
            // TERM to the front is `pj stop`.
            (TERM, From::Somebody) => {
                self.asked = true;
                if self.inherited { self.end(Cause::Stop) } else { vec![A::TellStop] }
            }
            // The session's end is not a kept job's business.
            (HUP, From::Somebody) if self.keep || self.take_back => Vec::new(),
            (WINCH, From::Somebody) if self.pty => vec![A::Resize],
            (TSTP | TTIN | TTOU, From::Somebody) => {
                self.sent = Some(sig);
                vec![A::Forward(sig, self.pty)]
            }
            (_, From::Somebody) => vec![A::Forward(sig, false)],
        }
    }

    /// Stops with the command, as the shell's job (LAWS L3–L6).
    fn stopped(&mut self, sig: Signal, nth: u32, in_foreground: bool, runs: bool) -> Vec<Action> {
        self.nth = nth;
        let sent = self.sent.take() == Some(sig);
        let wants_terminal = !sent && matches!(sig, signal::TTIN | signal::TTOU);
        if wants_terminal && in_foreground {
            // It wanted the terminal and may have it: we were moved to the foreground meanwhile.
            return vec![A::Resync, self.go_on(true)];
        }
        // Told late: the same key has stopped us too, and whoever let us go on has let the command go on.
        if runs { vec![A::Resync] } else { vec![A::Stop(sig)] }
    }

    fn back(&mut self, was_raw: bool, in_foreground: bool) -> Vec<Action> {
        let mut then = vec![A::Resync, A::Resize];
        // Else the terminal is made raw first, and that lets it go on.
        if was_raw || !in_foreground || !self.pty || !self.started {
            then.push(self.go_on(in_foreground));
        }
        then
    }
}

#[cfg(test)]
#[path = "machine_walk.rs"]
mod walk;
