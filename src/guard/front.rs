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
use crate::kill::real::Real;
use crate::record::Place;
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::signal::{self, Caught, Sender, Signal};
use crate::sys::spawn::{self, Change, Waited};
use crate::sys::tty::{self, Modes};
use crate::sys::{self, Pid, clock, os};

mod inherit;
mod machine;

use inherit::Ending;
use machine::{Action, Event, From, Machine};

struct Front {
    line: Line,
    inbox: Inbox,
    guard: Pid,
    command: Option<(Pid, u64)>,
    relay: Option<Relay>,
    /// The user's modes at the start, in direct mode.
    modes: Option<Modes>,
    machine: Machine,
    grace: Duration,
    place: Option<Place>,
    id: u64,
    marker: String,
    unit: Option<String>,
    strangers: Vec<(Pid, u64)>,
    kernel: Real,
    ending: Option<Ending>,
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
    let machine = Machine::new(relay.is_some(), setup.job.keep.is_some());
    let takes_back = relay.is_some() && setup.args.takes_back();
    let mut front = Front {
        line,
        inbox,
        guard,
        command: None,
        machine: if takes_back { machine.with_take_back() } else { machine },
        relay,
        modes: setup.modes,
        grace: Duration::from_millis(setup.job.grace_ms),
        place: setup.place,
        id: setup.job.id,
        marker: setup.job.marker,
        unit: setup.job.unit,
        strangers: setup.strangers,
        kernel: Real::new(),
        ending: None,
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

    fn step(&mut self, event: Event) {
        for action in self.machine.step(event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Forward(sig, group) => self.line.tell(&Frame::Forward { sig, group }),
            Action::TellStop => self.line.tell(&Frame::Stop),
            Action::GoOn { foreground, nth } => self.line.tell(&Frame::Continue { foreground, nth }),
            Action::Resync => self.resync(),
            Action::Resize => self.relay.iter_mut().for_each(Relay::resize),
            Action::Stop(sig) => self.suspend(sig),
            Action::EndGuard => {
                let _ = signal::send_child(self.guard, signal::KILL);
            }
            Action::End(cause) => self.begin(cause),
            Action::LetLive => self.let_live(),
            Action::Finish(change) => self.finish(change),
        }
    }

    // ── what happens ──

    fn signal(&mut self, caught: Caught) {
        let Caught { sig, sender } = caught;
        let from = match sender {
            Sender::Kernel => From::Kernel,
            Sender::Process(pid) if pid > 0 && is_below(pid, self.guard) => From::Tree,
            Sender::Process(_) => From::Somebody,
        };
        let asks = sig == signal::HUP && self.machine.is_starting();
        let guard_stopped = asks && os::stat(self.guard).is_some_and(|s| s.is_stopped());
        self.step(Event::Signal(sig, from, guard_stopped));
    }

    fn in_foreground(&self) -> bool {
        self.relay.as_ref().is_some_and(Relay::in_foreground)
    }

    /// Brings our side in line with where the shell has put us.
    fn resync(&mut self) {
        if let Some(modes) = self.relay.as_mut().and_then(Relay::resync) {
            self.line.tell(&Frame::Raw(modes));
            self.step(Event::Raw);
        }
    }

    fn listen(&mut self) {
        loop {
            match self.line.hear() {
                Heard::Frame(Frame::Started { pid, start }) => {
                    self.command = Some((pid, start));
                    self.step(Event::Started);
                }
                Heard::Frame(Frame::Stopped { sig, nth }) => {
                    let running = |(pid, start)| os::stat(pid).is_some_and(|s| s.start == start && !s.is_stopped());
                    let (in_foreground, runs) = (self.in_foreground(), self.command.is_some_and(running));
                    self.step(Event::Stopped { sig, nth, in_foreground, runs });
                }
                Heard::Frame(Frame::Exited(change)) => self.step(Event::Exited(change)),
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
                Heard::Gone => self.step(Event::LineDead),
            }
        }
    }

    fn reap(&mut self) {
        while let Waited::Changed(pid, change) = spawn::wait_any() {
            if !matches!(change, Change::Exited(_) | Change::Killed(..)) {
                continue;
            }
            if let Some(e) = &mut self.ending {
                let soon = e.engine.soonest(clock::now());
                e.round = Some(e.round.map_or(soon, |at| at.min(soon)));
            }
            if pid == self.guard {
                self.step(Event::GuardReaped);
            } else if self.command.is_some_and(|(command, _)| command == pid) {
                self.step(Event::CommandReaped(change));
            }
        }
    }

    /// Stops as the shell's job (LAWS L3–L6), until CONT.
    fn suspend(&mut self, sig: Signal) {
        if let Some(r) = &mut self.relay {
            r.flush(&self.inbox, Some(Duration::from_millis(100)));
            r.restore();
        }
        if !is_orphaned() {
            // In direct mode whoever else shall stop has had the terminal's signal itself.
            let _ = signal::stop_self(sig, self.relay.is_some());
        }
        let in_foreground = self.in_foreground();
        let was_raw = self.relay.as_ref().is_some_and(|r| !r.is_aside());
        self.step(Event::Back { was_raw, in_foreground });
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
        if self.machine.is_alone() {
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
pub fn is_orphaned() -> bool {
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
