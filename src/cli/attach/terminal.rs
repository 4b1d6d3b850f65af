//! The terminal of somebody who looks on: raw while he does, and as it was before whenever he does not.
//!
//! Touched only while our process group is its foreground (LAWS L7): a shell that stopped us has it, not we.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::error::{Doing, Error, Result};
use crate::guard::front::is_orphaned;
use crate::guard::modes::Tracker;
use crate::guard::relay::{Filled, Pump};
use crate::guard::replies::{Input, Replies};
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::signal::{self, Signal};
use crate::sys::tty::{self, Modes, Size};
use crate::sys::{self, clock};

/// How long the terminal may take to answer what a program asked that does not hear it any more.
const LATE_ANSWER: Duration = Duration::from_millis(100);
/// The whole screen scrolls, and what is written is plain: a program that lives on was in the middle of something else.
const PLAIN: &[u8] = b"\x1b7\x1b[r\x1b8\x1b[0m";

pub(super) struct Terminal {
    tty: OwnedFd,
    saved: Modes,
    /// The keys that end and stop a program do so with us too.
    keys: bool,
    raw: bool,
    /// It has closed.
    gone: bool,
    out: Pump,
    tracker: Tracker,
    replies: Replies,
    /// The last byte that was written.
    last: u8,
}

impl Terminal {
    /// Ours: the controlling terminal. It is not touched yet.
    pub(super) fn open(keys: bool) -> Result<Terminal> {
        let doing = || "use this terminal".to_owned();
        let tty = tty::open_controlling().doing(doing)?;
        let saved = tty::modes(tty.as_fd()).doing(doing)?;
        let (out, tracker, replies) = (Pump::new(), Tracker::default(), Replies::default());
        Ok(Terminal { tty, saved, keys, raw: false, gone: false, out, tracker, replies, last: b'\n' })
    }

    pub(super) fn size(&self) -> Size {
        tty::size(self.tty.as_fd()).ok().filter(|s| s.rows > 0 && s.cols > 0).unwrap_or(Size {
            rows: 24,
            cols: 80,
            ..Size::default()
        })
    }

    fn in_foreground(&self) -> bool {
        tty::foreground(self.tty.as_fd()).is_ok_and(|g| g == sys::pgid())
    }

    /// In the background it stops us, as it would any program that reads it, until somebody fetches us.
    pub(super) fn be_in_foreground(&self) -> Result<()> {
        while !self.in_foreground() {
            if is_orphaned() || tty::foreground(self.tty.as_fd()).is_err() {
                return Err(Error::new("use this terminal", "it is another program's"));
            }
            let _ = signal::stop_self(signal::TTIN, true);
        }
        Ok(())
    }

    /// Makes it raw.
    pub(super) fn enter(&mut self) -> Result<()> {
        self.be_in_foreground()?;
        let doing = || "use this terminal".to_owned();
        let now = tty::modes(self.tty.as_fd()).doing(doing)?;
        if !now.is_raw() {
            self.saved = now;
        }
        let raw = if self.keys { self.saved.raw_with_keys() } else { self.saved.raw() };
        tty::set_modes(self.tty.as_fd(), &raw).doing(doing)?;
        self.raw = true;
        Ok(())
    }

    /// Arms it as the program wants it, after a stop. Answers whether a full screen is to be painted.
    pub(super) fn rearm(&mut self) -> bool {
        let armed = self.tracker.armed();
        let _ = fd::write(self.tty.as_fd(), &armed.redo());
        armed.is_full_screen()
    }

    /// Takes back what the program armed, and puts the modes back, for as long as we are stopped.
    pub(super) fn yield_(&mut self) {
        let undo = self.tracker.armed().undo();
        if self.raw && self.in_foreground() {
            let _ = fd::write(self.tty.as_fd(), &undo);
            let _ = tty::set_modes(self.tty.as_fd(), &self.saved);
        }
        self.raw = false;
    }

    /// The same for good. `lives`: the program does, and may have been in the middle of something.
    pub(super) fn leave(&mut self, lives: bool) {
        if !self.raw || self.gone || !self.in_foreground() {
            return;
        }
        let armed = self.tracker.armed();
        let mut text = armed.undo();
        if lives {
            text.extend(PLAIN);
        }
        if self.last != b'\n' && !armed.is_full_screen() {
            text.extend(b"\r\n");
        }
        let _ = fd::write(self.tty.as_fd(), &text);
        self.take_late_answers();
        let _ = tty::set_modes(self.tty.as_fd(), &self.saved);
        self.raw = false;
    }

    /// What to poll it for. `typed`: is there room for what is?
    pub(super) fn ask(&self, typed: bool) -> Ask<'_> {
        let fd = (!self.gone).then(|| self.tty.as_fd());
        Ask { fd, read: typed && self.raw, write: !self.out.is_empty() }
    }

    /// Is there room for more to show?
    pub(super) fn has_room(&self) -> bool {
        self.out.has_room()
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Shows what the job wrote, as far as the terminal takes it.
    pub(super) fn show(&mut self, from: BorrowedFd) -> Filled {
        let filled = self.out.fill(from);
        if let Filled::Some(n) = filled {
            let bytes = self.out.last(n);
            self.tracker.read(bytes);
            self.replies.ask(self.tracker.questions(), clock::now());
            self.last = bytes.last().copied().unwrap_or(self.last);
        }
        self.write();
        filled
    }

    pub(super) fn write(&mut self) {
        if self.gone || !self.out.drain(self.tty.as_fd()) {
            self.gone = true;
            self.out.clear();
        }
    }

    /// What is typed; nothing when there is nothing, or when the terminal is not ours now.
    pub(super) fn read(&mut self, ready: Ready) -> Vec<u8> {
        let mut buf = vec![0; 4096];
        match fd::read(self.tty.as_fd(), &mut buf) {
            Ok(0) => self.gone = true,
            Ok(n) => {
                buf.truncate(n);
                self.replies.read(&buf);
                return buf;
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.gone |= ready.hung_up || tty::modes(self.tty.as_fd()).is_err(),
        }
        Vec::new()
    }

    /// Shows all that has been sent. A terminal that takes no more is waited for, but not against a signal that ends us,
    /// nor longer than `at_most`. Answers that signal.
    pub(super) fn flush(&mut self, from: BorrowedFd, inbox: &Inbox, at_most: Option<Duration>) -> Option<Signal> {
        let until = at_most.map(|d| clock::now() + d);
        loop {
            let filled = self.show(from);
            if self.out.is_empty() {
                if matches!(filled, Filled::Some(_)) && !self.gone {
                    continue;
                }
                return None;
            }
            let asks = [
                Ask { fd: Some(self.tty.as_fd()), read: false, write: true },
                Ask { fd: Some(inbox.as_fd()), read: true, write: false },
            ];
            let [tty, signals] = fd::poll(&asks, clock::timeout_until(until, clock::now())).unwrap_or_default();
            self.gone |= tty.hung_up;
            let ends =
                signals.readable.then(|| inbox.next()).flatten().map(|c| c.sig).filter(|s| super::view::ends(*s));
            if ends.is_some() || until.is_some_and(|u| clock::now() >= u) {
                return ends;
            }
        }
    }

    /// As the front of a wrapped command does (LAWS L23): read one byte at a time, up to the first that is no answer's.
    fn take_late_answers(&mut self) {
        let until = clock::now() + LATE_ANSWER;
        while self.replies.are_due(clock::now()) {
            let ask = [Ask { fd: Some(self.tty.as_fd()), read: true, write: false }];
            let [tty] = fd::poll(&ask, clock::timeout_until(Some(until), clock::now())).unwrap_or_default();
            let mut byte = [0];
            let read = tty.readable && matches!(fd::read(self.tty.as_fd(), &mut byte), Ok(1));
            if !read || self.replies.byte(byte[0]) == Input::Key {
                return;
            }
        }
    }
}
