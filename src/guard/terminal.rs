//! The front's side of the terminal: the user's terminal and the command's, and the bytes between them.
//!
//! Touches the user's terminal only while our process group is its foreground (LAWS L7), and never waits for one side
//! while the other has something to say (LAWS L19).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::modes::{Armed, Tracker};
use super::relay::{Filled, Pump};
use super::replies::{Input, Replies};
use super::start::Plane;
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::pty::Pty;
use crate::sys::tty::{self, Modes};
use crate::sys::{self, clock, signal};

/// How long the terminal may take to answer what a command asked that did not stay to hear it.
const LATE_ANSWER: Duration = Duration::from_millis(100);

/// Both terminals of a wrapped command.
pub struct Relay {
    pty: Pty,
    user: OwnedFd,
    saved: Modes,
    /// The command's terminal has had the user's modes as a job in the foreground finds them. One that was started in
    /// the background has those of a shell that edits a line.
    settled: bool,
    /// The user's terminal is raw by our hand: we are its foreground.
    raw: bool,
    /// The user's terminal is gone: nobody to read from or to write to.
    gone: bool,
    /// The command's terminal is hung up.
    closed: bool,
    to_user: Pump,
    to_command: Pump,
    tracker: Tracker,
    told: Armed,
    replies: Replies,
}

impl Relay {
    /// Over a fresh pseudo terminal; the user's terminal is not touched yet.
    pub fn new(plane: Plane) -> Option<Relay> {
        Some(Relay {
            pty: plane.pty,
            user: plane.user?,
            saved: plane.modes,
            settled: plane.foreground,
            raw: false,
            gone: false,
            closed: false,
            to_user: Pump::new(),
            to_command: Pump::new(),
            tracker: Tracker::default(),
            told: Armed::default(),
            replies: Replies::default(),
        })
    }

    /// The user's terminal.
    pub fn user(&self) -> BorrowedFd<'_> {
        self.user.as_fd()
    }

    /// The command's terminal's master.
    pub fn command(&self) -> BorrowedFd<'_> {
        self.pty.fd()
    }

    /// What to poll for: the user's terminal, the command's.
    pub fn asks(&self) -> (Ask<'_>, Ask<'_>) {
        let writes = !self.to_user.is_empty();
        let wanted = !self.gone && (self.raw || writes);
        let reads = self.raw && self.to_command.has_room();
        let user = Ask { fd: wanted.then(|| self.user.as_fd()), read: reads, write: writes };
        let master = (!self.closed).then(|| self.pty.fd());
        (user, Ask { fd: master, read: self.to_user.has_room(), write: !self.to_command.is_empty() })
    }

    /// Are we the foreground of the user's terminal?
    pub fn in_foreground(&self) -> bool {
        tty::foreground(self.user.as_fd()).is_ok_and(|g| g == sys::pgid())
    }

    /// Is there a terminal that is not ours to use now?
    pub fn is_aside(&self) -> bool {
        !self.raw && !self.gone
    }

    /// Brings us in line with where the shell has put us: raw in the foreground, hands off elsewhere. Answers the modes
    /// to come back to, when they were taken just now.
    pub fn resync(&mut self) -> Option<Modes> {
        if !self.in_foreground() {
            self.raw = false;
            return None;
        }
        let mut taken = None;
        if !self.raw {
            let now = tty::modes(self.user.as_fd()).ok()?;
            if !now.is_raw() {
                self.saved = now;
            }
            if !std::mem::replace(&mut self.settled, true) {
                let _ = tty::copy_modes(&self.saved, self.pty.fd());
            }
            self.raw = tty::set_modes(self.user.as_fd(), &self.saved.raw()).is_ok();
            crate::sys::hook!(FrontRaw);
            taken = Some(self.saved.clone());
        }
        self.resize();
        taken
    }

    /// Passes the user's terminal's size on.
    pub fn resize(&mut self) {
        if let Ok(size) = tty::size(self.user.as_fd()) {
            let _ = self.pty.resize(size);
        }
    }

    /// Puts the user's modes back, if the terminal is still ours.
    pub fn restore(&mut self) {
        if self.raw && self.in_foreground() {
            let _ = tty::set_modes(self.user.as_fd(), &self.saved);
            self.raw = false;
        }
    }

    /// Lets go of the command's terminal.
    pub fn close(&mut self) {
        self.closed = true;
        self.pty.close();
    }

    /// Moves what can be moved. Answers what the command has armed, when that has changed.
    pub fn pump(&mut self, user: Ready, master: Ready) -> Option<Armed> {
        if master.readable || master.hung_up {
            self.closed |= self.fill() == Filled::Closed;
        }
        let asked = user.readable || user.hung_up;
        match if asked { self.to_command.fill(self.user.as_fd()) } else { Filled::Nothing } {
            Filled::Some(n) => self.replies.read(self.to_command.last(n)),
            Filled::Nothing => {}
            Filled::Closed => {
                // Gone, or only no longer ours: a read from the background fails too.
                self.gone = user.hung_up || tty::modes(self.user.as_fd()).is_err();
                self.raw &= !self.gone && self.in_foreground();
            }
        }
        if !self.to_command.is_empty() && !self.closed && !self.to_command.drain(self.pty.fd()) {
            self.to_command.clear();
        }
        self.write_out();
        let armed = self.tracker.armed();
        (std::mem::replace(&mut self.told, armed) != armed).then_some(armed)
    }

    fn fill(&mut self) -> Filled {
        let filled = self.to_user.fill(self.pty.fd());
        if let Filled::Some(n) = filled {
            self.tracker.read(self.to_user.last(n));
            self.replies.ask(self.tracker.questions(), clock::now());
        }
        filled
    }

    fn write_out(&mut self) {
        if self.gone || (!self.to_user.is_empty() && !self.to_user.drain(self.user.as_fd())) {
            self.to_user.clear();
        }
    }

    /// Writes all that the command wrote: after its exit, reads until nothing comes are complete (LAWS L16). A terminal
    /// that takes no more is waited for, but not against a signal, nor longer than `at_most`.
    pub fn flush(&mut self, inbox: &Inbox, at_most: Option<Duration>) {
        let until = at_most.map(|d| clock::now() + d);
        loop {
            let filled = if self.closed { Filled::Closed } else { self.fill() };
            self.write_out();
            if self.to_user.is_empty() {
                if matches!(filled, Filled::Some(_)) {
                    continue;
                }
                return;
            }
            let asks = [
                Ask { fd: Some(self.user.as_fd()), read: false, write: true },
                Ask { fd: Some(inbox.as_fd()), read: true, write: false },
            ];
            let [user, signals] = fd::poll(&asks, clock::timeout_until(until, clock::now())).unwrap_or_default();
            self.gone |= user.hung_up;
            let urgent = signals.readable && inbox.next().is_some_and(|c| matches!(c.sig, signal::TERM | signal::HUP));
            if urgent || until.is_some_and(|u| clock::now() >= u) {
                return;
            }
        }
    }

    /// The command has gone without waiting for what it asked: the answers are nobody's, and would be typed into the
    /// shell's prompt. Read one byte at a time, since what is read cannot be put back: with the first key that is none
    /// of an answer's the rest is left for the shell.
    pub fn take_late_answers(&mut self) {
        let until = clock::now() + LATE_ANSWER;
        while self.raw && !self.gone && self.replies.are_due(clock::now()) {
            let ask = [Ask { fd: Some(self.user.as_fd()), read: true, write: false }];
            let [user] = fd::poll(&ask, clock::timeout_until(Some(until), clock::now())).unwrap_or_default();
            let mut byte = [0];
            let read = user.readable && self.in_foreground() && matches!(fd::read(self.user.as_fd(), &mut byte), Ok(1));
            if !read || self.replies.byte(byte[0]) == Input::Key {
                return;
            }
        }
    }

    /// Takes back what the command armed and left behind when it died (LAWS L24).
    pub fn disarm(&mut self) {
        let undo = self.tracker.armed().undo();
        if !self.gone && !undo.is_empty() {
            let _ = fd::write(self.user.as_fd(), &undo);
        }
    }
}
