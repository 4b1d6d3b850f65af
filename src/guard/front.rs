//! The front: the shell's job. It relays the terminal, stops and goes on with the command, passes signals on, and leaves
//! with the command's status. It is the second subreaper: if the guard is killed, what the guard had is the front's to
//! end; what the front had before is not (DESIGN §2).
//!
//! It touches the user's terminal only while it is in its foreground (LAWS L7).

use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use super::control::{Frame, Heard, Line};
use super::start::{Setup, let_go};
use super::terminal::Relay;
use super::{is_below, leave_as};
use crate::kill::Cause;
use crate::kill::real::Real;
use crate::record::Place;
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::signal::{self, Caught, Sender, Signal};
use crate::sys::spawn::{self, Change, Waited};
use crate::sys::tty::{self, Modes};
use crate::sys::{self, Pid, clock, os};

mod inherit;

use inherit::Ending;

struct Front {
    line: Line,
    inbox: Inbox,
    guard: Pid,
    command: Option<(Pid, u64)>,
    /// The command's last stop that we were told of.
    stop_nth: u32,
    /// The stop that somebody sent to us and we have passed on.
    stop_sent: Option<Signal>,
    relay: Option<Relay>,
    /// The user's modes at the start, in direct mode.
    modes: Option<Modes>,
    /// How the command ended, once that is known.
    exit: Option<Change>,
    keep: bool,
    grace: Duration,
    place: Option<Place>,
    id: u64,
    marker: String,
    unit: Option<String>,
    strangers: Vec<(Pid, u64)>,
    kernel: Real,
    ending: Option<Ending>,
    /// The line went dead without an exit on it.
    lost: bool,
    /// The guard has been reaped: from then on what it had is ours. The line goes dead a moment earlier.
    reaped: bool,
}

/// Relays until the command has ended, then leaves as it did.
pub fn run(setup: Box<Setup>, line: Line, inbox: Inbox, guard: Pid) -> ! {
    let relay = setup.plane.and_then(Relay::new);
    let keep = [
        line.fd().map(|f| f.as_raw_fd()),
        Some(inbox.as_fd().as_raw_fd()),
        relay.as_ref().map(|r| r.command().as_raw_fd()),
        relay.as_ref().map(|r| r.user().as_raw_fd()),
    ];
    let_go(&keep);
    let mut front = Front {
        line,
        inbox,
        guard,
        command: None,
        stop_nth: 0,
        stop_sent: None,
        relay,
        modes: setup.modes,
        exit: None,
        keep: setup.job.keep.is_some(),
        grace: Duration::from_millis(setup.job.grace_ms),
        place: setup.place,
        id: setup.job.id,
        marker: setup.job.marker,
        unit: setup.job.unit,
        strangers: setup.strangers,
        kernel: Real::new(),
        ending: None,
        lost: false,
        reaped: false,
    };
    front.resync();
    loop {
        front.turn();
    }
}

impl Front {
    fn turn(&mut self) {
        let [inbox, line, user, master] = self.wait();
        // Nobody says so when a running job is fetched. Before what woke us: a stop that is passed on now must not be
        // followed by the "go on" of one who has just found himself in the foreground.
        if self.relay.as_ref().is_some_and(Relay::is_aside) {
            self.resync();
        }
        if inbox.readable {
            while let Some(caught) = self.inbox.next() {
                self.signal(caught);
            }
        }
        if let Some(armed) = self.relay.as_mut().and_then(|r| r.pump(user, master)) {
            self.line.tell(&Frame::Armed(armed));
        }
        if line.readable || line.hung_up {
            self.listen();
        }
        if line.writable {
            self.line.flush();
        }
        self.reap();
        let now = clock::now();
        if self.ending.as_ref().is_some_and(|e| e.round.is_some_and(|at| at <= now)) {
            self.run_round(now);
        }
    }

    fn wait(&self) -> [Ready; 4] {
        let ask = |fd, read, write| Ask { fd, read, write };
        let none = ask(None, false, false);
        let (user, master) = self.relay.as_ref().map_or((none, none), Relay::asks);
        let asks = [
            ask(Some(self.inbox.as_fd()), true, false),
            ask(self.line.fd(), true, self.line.wants_write()),
            user,
            master,
        ];
        let round = self.ending.as_ref().and_then(|e| e.round);
        fd::poll(&asks, clock::timeout_until(round, clock::now())).unwrap_or_default()
    }

    // ── signals ──

    fn signal(&mut self, caught: Caught) {
        let Caught { sig, sender } = caught;
        let pty = self.relay.is_some();
        let from_tree = matches!(sender, Sender::Process(pid) if pid > 0 && is_below(pid, self.guard));
        match (sig, sender) {
            (signal::CHLD, _) => {}
            // The session is over, and the guard was stopped before it had a record by which a sweep could find it.
            (signal::HUP, _) if self.command.is_none() && os::stat(self.guard).is_some_and(|s| s.is_stopped()) => {
                let _ = signal::send_child(self.guard, signal::KILL);
            }
            (signal::WINCH, Sender::Kernel) => self.relay.iter_mut().for_each(Relay::resize),
            (signal::CONT, _) => self.resync(),
            // What a key sent to the whole job has reached the command already, unless it has a terminal of its own.
            (signal::INT | signal::QUIT | signal::TSTP, Sender::Kernel) if pty => self.forward(sig, true),
            (_, Sender::Kernel) => {}
            // Sent by the tree to us: a pattern that hit too much, never to be reflected (LAWS L26).
            _ if from_tree => {}
            (signal::TERM, _) => self.stop(),
            // The session's end is not a kept job's business.
            (signal::HUP, _) if self.keep => {}
            (signal::WINCH, _) if pty => self.relay.iter_mut().for_each(Relay::resize),
            (signal::TSTP | signal::TTIN | signal::TTOU, _) => {
                self.stop_sent = Some(sig);
                self.forward(sig, pty);
            }
            _ => self.forward(sig, false),
        }
    }

    fn forward(&mut self, sig: Signal, group: bool) {
        self.line.tell(&Frame::Forward { sig, group });
    }

    /// TERM to the front is `pj stop`.
    fn stop(&mut self) {
        if self.lost && self.reaped {
            self.begin(Cause::Stop);
        } else {
            self.line.tell(&Frame::Stop);
        }
    }

    /// Brings our side in line with where the shell has put us.
    fn resync(&mut self) {
        if let Some(modes) = self.relay.as_mut().and_then(Relay::resync) {
            self.line.tell(&Frame::Raw(modes));
            if self.command.is_some() {
                self.line.tell(&Frame::Continue { foreground: true, nth: self.stop_nth });
            }
        }
    }

    // ── the guard ──

    fn listen(&mut self) {
        loop {
            match self.line.hear() {
                Heard::Frame(Frame::Started { pid, start }) => self.command = Some((pid, start)),
                Heard::Frame(Frame::Stopped { sig, nth }) => {
                    self.stop_nth = nth;
                    self.suspend(sig);
                }
                Heard::Frame(Frame::Exited(change)) => self.finish(change),
                Heard::Frame(Frame::CloseMaster) => {
                    self.relay.iter_mut().for_each(Relay::close);
                }
                // Frames that only we send.
                Heard::Frame(
                    Frame::Forward { .. }
                    | Frame::Stop
                    | Frame::Continue { .. }
                    | Frame::Raw(_)
                    | Frame::Armed(_)
                    | Frame::Leaving,
                ) => {}
                Heard::Nothing => return,
                Heard::Gone => self.lost = true,
            }
        }
    }

    /// Stops with the command, as the shell's job (LAWS L3–L6).
    fn suspend(&mut self, sig: Signal) {
        let sent = self.stop_sent.take() == Some(sig);
        let wants_terminal = !sent && matches!(sig, signal::TTIN | signal::TTOU);
        if wants_terminal && self.relay.as_ref().is_some_and(Relay::in_foreground) {
            // It wanted the terminal and may have it: we were moved to the foreground meanwhile.
            self.resync();
            self.line.tell(&Frame::Continue { foreground: true, nth: self.stop_nth });
            return;
        }
        // Told late: the same key has stopped us too, and whoever let us go on has let the command go on.
        let running = |(pid, start)| os::stat(pid).is_some_and(|s| s.start == start && !s.is_stopped());
        if self.command.is_some_and(running) {
            self.resync();
            return;
        }
        if let Some(r) = &mut self.relay {
            r.flush(&self.inbox, Some(Duration::from_millis(100)));
            r.restore();
        }
        if !is_orphaned() {
            // Until CONT. In direct mode whoever else shall stop has had the terminal's signal itself.
            let _ = signal::stop_self(sig, self.relay.is_some());
        }
        let foreground = self.relay.as_ref().is_some_and(Relay::in_foreground);
        let was_raw = self.relay.as_ref().is_some_and(|r| !r.is_aside());
        self.resync();
        self.relay.iter_mut().for_each(Relay::resize);
        if was_raw || !foreground || self.relay.is_none() || self.command.is_none() {
            self.line.tell(&Frame::Continue { foreground, nth: self.stop_nth });
        }
    }

    fn reap(&mut self) {
        while let Waited::Changed(pid, change) = spawn::wait_any() {
            let ended = matches!(change, Change::Exited(_) | Change::Killed(..));
            self.reaped |= ended && pid == self.guard;
            if ended && self.command.is_some_and(|(command, _)| command == pid) {
                self.exit = Some(change);
            }
            if let Some(e) = self.ending.as_mut().filter(|_| ended) {
                let soon = e.engine.soonest(clock::now());
                e.round = Some(e.round.map_or(soon, |at| at.min(soon)));
            }
        }
        self.inherit();
        // Kept, and its guard was killed: nothing to end, only a status to mirror.
        if let (Some(change), true, true) = (self.exit, self.lost, self.keep) {
            self.finish(change);
        }
    }

    // ── the end ──

    fn finish(&mut self, change: Change) -> ! {
        // First, so that whatever else may end us on the way out is not taken for more than it is.
        self.line.tell_last(&Frame::Leaving);
        let killed = matches!(change, Change::Killed(..));
        if let Some(r) = &mut self.relay {
            r.flush(&self.inbox, None);
            if killed {
                r.disarm();
            }
            r.take_late_answers();
            r.restore();
        } else if killed {
            self.restore_direct();
        }
        if self.lost {
            self.tidy();
        }
        leave_as(change)
    }

    /// In direct mode the command set the user's terminal itself, and died before it could set it back.
    fn restore_direct(&mut self) {
        let Some(modes) = &self.modes else { return };
        let Ok(user) = tty::open_controlling() else { return };
        let ours = tty::foreground(user.as_fd()).is_ok_and(|g| g == sys::pgid());
        if ours && tty::modes(user.as_fd()).is_ok_and(|now| now != *modes) {
            let _ = tty::set_modes(user.as_fd(), modes);
        }
    }
}

/// Is our process group orphaned, so that nobody would ever continue it (LAWS L1, L6)? POSIX: no member has a parent in
/// another group of the same session. Whoever is between us and such a parent is in our group.
fn is_orphaned() -> bool {
    let (sid, pgid) = (sys::sid(), sys::pgid());
    let mut next = sys::ppid();
    for _ in 0..256 {
        match os::stat(next) {
            Some(s) if s.sid != sid => return true,
            Some(s) if s.pgid != pgid => return false,
            Some(s) => next = s.ppid,
            None => return true,
        }
    }
    true
}
