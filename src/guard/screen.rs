//! The guard's side of the terminal: what it must do when the front is not there to do it. Leftovers' words go to the
//! user's terminal while the session lives; it is never read, and never waited for but once, at the end.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::modes::{Armed, Tracker};
use super::relay::{Filled, Pump};
use super::start::Plane;
use crate::sys::fd::{self, Ask};
use crate::sys::tty::{self, Modes, Size};
use crate::sys::{Pid, clock};

/// How long the last words may wait for a terminal that takes none.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The command's terminal, as the guard holds it.
pub struct Screen {
    plane: Plane,
    /// Bytes from the master on their way to the user's terminal.
    out: Pump,
    tracker: Tracker,
    /// The user's modes before the front made its terminal raw.
    saved: Option<Modes>,
    /// The master is let go of.
    closed: bool,
}

impl Screen {
    /// Over a fresh pseudo terminal.
    pub fn new(plane: Plane) -> Screen {
        // A front that is killed before it has told of them has made no other modes raw than those of the start.
        let saved = plane.foreground.then(|| plane.modes.clone());
        Screen { plane, out: Pump::new(), tracker: Tracker::default(), saved, closed: false }
    }

    /// The front has made the user's terminal raw, and would come back to these modes.
    pub fn front_made_raw(&mut self, saved: Modes) {
        self.saved = Some(saved);
    }

    /// What the front has seen the command arm.
    pub fn front_saw(&mut self, armed: Armed) {
        self.tracker = Tracker::from(armed);
    }

    /// What the command has armed, as far as is known here.
    pub fn armed(&self) -> Armed {
        self.tracker.armed()
    }

    /// Is something waiting to be written to the user's terminal?
    pub fn has_words(&self) -> bool {
        !self.out.is_empty()
    }

    /// The master, while there is room for what comes from it.
    pub fn wants_read(&self) -> Option<BorrowedFd<'_>> {
        (!self.closed && self.out.has_room()).then(|| self.plane.pty.fd())
    }

    /// Reads the master if that is ours to do, shows `show` what came, and writes it to `user`, or nowhere.
    pub fn copy(&mut self, reads: bool, user: Option<BorrowedFd>, mut show: impl FnMut(&[u8])) -> Filled {
        let mut filled = Filled::Nothing;
        if reads && !self.closed {
            filled = self.out.fill(self.plane.pty.fd());
            match filled {
                Filled::Some(n) => {
                    self.tracker.read(self.out.last(n));
                    show(self.out.last(n));
                }
                Filled::Nothing => {}
                Filled::Closed => self.closed = true,
            }
        }
        if !user.is_some_and(|tty| self.out.drain(tty)) {
            self.out.clear();
        }
        filled
    }

    /// Everything that was written up to now, to the user's terminal (LAWS L16).
    pub fn last_words(&mut self, user: BorrowedFd) {
        let until = clock::now() + LAST_WORDS;
        loop {
            let filled = self.copy(true, Some(user), |_| {});
            if self.out.is_empty() && !matches!(filled, Filled::Some(_)) {
                return;
            }
            if !self.out.is_empty() {
                let ask = [Ask { fd: Some(user), read: false, write: true }];
                let [ready] = fd::poll(&ask, clock::timeout_until(Some(until), clock::now())).unwrap_or_default();
                if ready.hung_up || clock::now() >= until {
                    return;
                }
            }
        }
    }

    /// Puts the user's modes back after a front that could not, and only if they are to the byte what it had set.
    pub fn restore(&mut self, user: Option<BorrowedFd>) {
        if let (Some(saved), Some(user)) = (&self.saved, user)
            && tty::modes(user).is_ok_and(|now| now == saved.raw())
        {
            let _ = tty::set_modes(user, saved);
        }
    }

    /// Takes back what the command armed and left behind (LAWS L24).
    pub fn disarm(&self, user: BorrowedFd) {
        let undo = self.tracker.armed().undo();
        if !undo.is_empty() {
            let _ = fd::write(user, &undo);
        }
    }

    /// The master, to write what is typed.
    pub fn keyboard(&self) -> Option<BorrowedFd<'_>> {
        (!self.closed).then(|| self.plane.pty.fd())
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: Size) {
        let _ = self.plane.pty.resize(size);
    }

    /// A follower for a command that is run again, with the modes that the first one found.
    pub fn begin_anew(&mut self) -> Option<BorrowedFd<'_>> {
        let follower = self.plane.follower.as_ref()?.as_fd();
        let _ = tty::set_modes(follower, &self.plane.modes);
        Some(follower)
    }

    /// Makes a group the terminal's foreground. Our signals are blocked, so this never stops us.
    pub fn give_foreground(&self, group: Pid) {
        if let Some(follower) = &self.plane.follower {
            let _ = tty::set_foreground(follower.as_fd(), group);
        }
    }

    /// The session is over, and with it all job control: nobody may be stopped any more for touching his terminal while he
    /// cleans up. Our group takes the foreground first, so that the kernel's HUP reaches nobody but us; each member gets
    /// his from the ladder.
    pub fn end_job_control(&self) {
        self.give_foreground(crate::sys::pgid());
        if let Some(follower) = &self.plane.follower {
            tty::disown(follower.as_fd());
        }
    }

    /// Lets go of the terminal: it hangs up when front and guard both have. The kernel's HUP goes to its foreground
    /// group, which may hold somebody who is to be left alone: from here on that group is ours.
    pub fn close(&mut self) {
        self.give_foreground(crate::sys::pgid());
        self.plane.follower = None;
        self.closed = true;
        self.out.clear();
        self.plane.pty.close();
    }
}
