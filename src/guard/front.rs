//! The front: the shell's job. It relays the terminal, stops and goes on with the command, passes signals on, and leaves
//! with the command's status. It is the second subreaper: if the guard is killed, what the guard had is the front's to
//! end; what the front had before is not (DESIGN §2).
//!
//! It touches the user's terminal only while it is in its foreground (LAWS L7).

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use super::control::{Frame, Heard, Line};
use super::modes::{Armed, Tracker};
use super::relay::{Filled, Pump};
use super::start::{Setup, let_go};
use super::{is_below, leave_as};
use crate::exit;
use crate::kill::protect::Protect;
use crate::kill::real::Real;
use crate::kill::{Cause, Engine, Kernel, Roots, Round};
use crate::record::{Place, event, members, store};
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::pty::Pty;
use crate::sys::signal::{self, Caught, Sender, Signal};
use crate::sys::spawn::{self, Change, Waited};
use crate::sys::tty::{self, Modes};
use crate::sys::{self, Pid, clock, os};

/// The user's terminal and the command's, and the bytes between them.
struct Relay {
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
}

/// Ending what a killed guard left to us.
struct Ending {
    engine: Engine,
    roots: Roots,
    round: Option<Instant>,
}

struct Front {
    line: Line,
    inbox: Inbox,
    guard: Pid,
    command: Option<(Pid, u64)>,
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
    strangers: Vec<(Pid, u64)>,
    kernel: Real,
    ending: Option<Ending>,
    /// The line went dead without an exit on it.
    lost: bool,
    /// The guard has been reaped: from then on what it had is ours. The line goes dead a moment earlier.
    reaped: bool,
}

/// Relays until the command has ended, then leaves as it did.
pub fn run(setup: Setup, line: Line, inbox: Inbox, guard: Pid) -> ! {
    let relay = setup.plane.and_then(|plane| {
        let (to_user, to_command) = (Pump::new(), Pump::new());
        Some(Relay {
            pty: plane.pty,
            user: plane.user?,
            saved: plane.modes,
            settled: plane.foreground,
            raw: false,
            gone: false,
            closed: false,
            to_user,
            to_command,
            tracker: Tracker::default(),
            told: Armed::default(),
        })
    });
    let keep = [
        line.fd().map(|f| f.as_raw_fd()),
        Some(inbox.as_fd().as_raw_fd()),
        relay.as_ref().map(|r| r.pty.fd().as_raw_fd()),
        relay.as_ref().map(|r| r.user.as_raw_fd()),
    ];
    let_go(&keep);
    let mut front = Front {
        line,
        inbox,
        guard,
        command: None,
        relay,
        modes: setup.modes,
        exit: None,
        keep: setup.job.keep.is_some(),
        grace: Duration::from_millis(setup.job.grace_ms),
        place: setup.place,
        id: setup.job.id,
        marker: setup.job.marker,
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
        if inbox.readable {
            while let Some(caught) = self.inbox.next() {
                self.signal(caught);
            }
        }
        self.pump(user, master);
        if line.readable || line.hung_up {
            self.listen();
        }
        if line.writable {
            self.line.flush();
        }
        self.reap();
        if self.relay.as_ref().is_some_and(|r| !r.raw && !r.gone) {
            self.resync();
        }
        let now = clock::now();
        if self.ending.as_ref().is_some_and(|e| e.round.is_some_and(|at| at <= now)) {
            self.run_round(now);
        }
    }

    fn wait(&self) -> [Ready; 4] {
        let ask = |fd, read, write| Ask { fd, read, write };
        let none = ask(None, false, false);
        let (user, master) = match &self.relay {
            None => (none, none),
            Some(r) => {
                let reads_user = r.raw && r.to_command.has_room();
                let writes_user = !r.to_user.is_empty();
                let wanted = !r.gone && (r.raw || writes_user);
                let user = ask(wanted.then(|| r.user.as_fd()), reads_user, writes_user);
                let master = (!r.closed).then(|| r.pty.fd());
                (user, ask(master, r.to_user.has_room(), !r.to_command.is_empty()))
            }
        };
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
            (signal::WINCH, Sender::Kernel) => self.resize(),
            (signal::CONT, _) => self.resync(),
            // What a key sent to the whole job has reached the command already, unless it has a terminal of its own.
            (signal::INT | signal::QUIT | signal::TSTP, Sender::Kernel) if pty => self.forward(sig, true),
            (_, Sender::Kernel) => {}
            // Sent by the tree to us: a pattern that hit too much, never to be reflected (LAWS L26).
            _ if from_tree => {}
            (signal::TERM, _) => self.stop(),
            // The session's end is not a kept job's business.
            (signal::HUP, _) if self.keep => {}
            (signal::WINCH, _) if pty => self.resize(),
            (signal::TSTP | signal::TTIN | signal::TTOU, _) => self.forward(sig, pty),
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

    // ── the terminal ──

    fn in_foreground(&self) -> bool {
        self.relay.as_ref().is_some_and(|r| tty::foreground(r.user.as_fd()).is_ok_and(|g| g == sys::pgid()))
    }

    /// Brings our side in line with where the shell has put us: raw in the foreground, hands off elsewhere.
    fn resync(&mut self) {
        let foreground = self.in_foreground();
        let Some(r) = &mut self.relay else { return };
        if !foreground {
            r.raw = false;
            return;
        }
        if !r.raw {
            match tty::modes(r.user.as_fd()) {
                Ok(now) if !now.is_raw() => r.saved = now,
                Ok(_) => {}
                Err(_) => return,
            }
            if !std::mem::replace(&mut r.settled, true) {
                let _ = tty::copy_modes(&r.saved, r.pty.fd());
            }
            r.raw = tty::set_modes(r.user.as_fd(), &r.saved.raw()).is_ok();
            self.line.tell(&Frame::Raw(r.saved.clone()));
            if self.command.is_some() {
                self.line.tell(&Frame::Continue { foreground: true });
            }
        }
        self.resize();
    }

    fn resize(&mut self) {
        if let Some(r) = &mut self.relay {
            if let Ok(size) = tty::size(r.user.as_fd()) {
                let _ = r.pty.resize(size);
            }
        }
    }

    fn restore(&mut self) {
        let foreground = self.in_foreground();
        if let Some(r) = self.relay.as_mut().filter(|r| r.raw && foreground) {
            let _ = tty::set_modes(r.user.as_fd(), &r.saved);
            r.raw = false;
        }
    }

    fn pump(&mut self, user: Ready, master: Ready) {
        let Some(r) = &mut self.relay else { return };
        if master.readable || master.hung_up {
            match r.to_user.fill(r.pty.fd()) {
                Filled::Some(n) => r.tracker.read(r.to_user.last(n)),
                Filled::Nothing => {}
                Filled::Closed => r.closed = true,
            }
        }
        if user.readable || user.hung_up {
            if let Filled::Closed = r.to_command.fill(r.user.as_fd()) {
                // Gone, or only no longer ours: a read from the background fails too.
                r.gone = user.hung_up || tty::modes(r.user.as_fd()).is_err();
                r.raw &= !r.gone && tty::foreground(r.user.as_fd()).is_ok_and(|g| g == sys::pgid());
            }
        }
        if !r.to_command.is_empty() && !r.closed && !r.to_command.drain(r.pty.fd()) {
            r.to_command.clear();
        }
        if r.gone {
            r.to_user.clear();
        } else if !r.to_user.is_empty() && !r.to_user.drain(r.user.as_fd()) {
            r.to_user.clear();
        }
        if r.tracker.armed() != r.told {
            r.told = r.tracker.armed();
            self.line.tell(&Frame::Armed(r.told));
        }
    }

    // ── the guard ──

    fn listen(&mut self) {
        loop {
            match self.line.hear() {
                Heard::Frame(Frame::Started { pid, start }) => self.command = Some((pid, start)),
                Heard::Frame(Frame::Stopped(sig)) => self.suspend(sig),
                Heard::Frame(Frame::Exited(change)) => self.finish(change),
                Heard::Frame(Frame::CloseMaster) => {
                    if let Some(r) = &mut self.relay {
                        r.closed = true;
                        r.pty.close();
                    }
                }
                // Frames that only we send.
                Heard::Frame(
                    Frame::Forward { .. } | Frame::Stop | Frame::Continue { .. } | Frame::Raw(_) | Frame::Armed(_),
                ) => {}
                Heard::Nothing => return,
                Heard::Gone => self.lost = true,
            }
        }
    }

    /// Stops with the command, as the shell's job (LAWS L3–L6).
    fn suspend(&mut self, sig: Signal) {
        let wants_terminal = matches!(sig, signal::TTIN | signal::TTOU);
        if self.relay.is_some() && wants_terminal && self.in_foreground() {
            // It wanted the terminal and may have it: we were moved to the foreground meanwhile.
            self.resync();
            self.line.tell(&Frame::Continue { foreground: true });
            return;
        }
        self.flush(Some(Duration::from_millis(100)));
        self.restore();
        if !is_orphaned() {
            // Until CONT. In direct mode whoever else shall stop has had the terminal's signal itself.
            let _ = signal::stop_self(sig, self.relay.is_some());
        }
        let foreground = self.in_foreground();
        let was_raw = self.relay.as_ref().is_some_and(|r| r.raw);
        self.resync();
        self.resize();
        if was_raw || !foreground || self.relay.is_none() || self.command.is_none() {
            self.line.tell(&Frame::Continue { foreground });
        }
    }

    /// The guard went without a word: it was killed. What it had is ours now.
    fn inherit(&mut self) {
        if !self.lost || !self.reaped || self.ending.is_some() {
            return;
        }
        if self.command.is_none() && self.exit.is_none() {
            // It never got as far as a command, and has said why.
            self.restore();
            spawn::leave(exit::WRAP_FAILED);
        }
        if !self.keep {
            self.begin(Cause::SessionOver);
        }
    }

    fn begin(&mut self, cause: Cause) {
        if self.ending.is_some() {
            return;
        }
        let now = clock::now();
        let start = os::stat(sys::pid()).map_or(0, |s| s.start);
        let roots =
            Roots { reapers: vec![(sys::pid(), start)], members: Vec::new(), strangers: self.strangers.clone() };
        let engine = Engine::new(cause, now, self.grace, Protect::from_env(), self.command);
        self.ending = Some(Ending { engine, roots, round: Some(now) });
        self.run_round(now);
    }

    fn run_round(&mut self, now: Instant) {
        self.shun_strangers();
        let Some(e) = &mut self.ending else { return };
        match e.engine.round(&mut self.kernel, now, &e.roots) {
            Round::More(next) => e.round = Some(next),
            Round::Empty | Round::Spent => {
                e.round = None;
                self.reap();
                let change = self.exit.unwrap_or(Change::Killed(signal::KILL, false));
                self.finish(change);
            }
        }
    }

    /// Where we had children before, an orphan that came to us may be theirs. Only what is provably the job's counts:
    /// the command, its terminal's session, the census, the marker. The rest are strangers for ever.
    fn shun_strangers(&mut self) {
        let Some(e) = self.ending.as_mut().filter(|_| !self.strangers.is_empty()) else { return };
        let census = self.place.as_ref().and_then(|p| std::fs::read_to_string(p.members(self.id)).ok());
        let census = members::read(&census.unwrap_or_default());
        let marker = format!("PJ_JOB={}", self.marker);
        let mut pids = Vec::new();
        if let Some(me) = os::stat(sys::pid()) {
            self.kernel.children(&me, &mut pids);
        }
        for stat in pids.into_iter().filter_map(os::stat) {
            let proven = self.command == Some((stat.pid, stat.start))
                || (self.relay.is_some() && stat.sid == self.guard)
                || census.iter().any(|m| m.identity.is(&stat))
                || os::environ(stat.pid).is_ok_and(|env| env.split(|&b| b == 0).any(|v| v == marker.as_bytes()));
            if !proven && !e.roots.strangers.contains(&(stat.pid, stat.start)) {
                e.roots.strangers.push((stat.pid, stat.start));
            }
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
                e.round = Some(clock::now());
            }
        }
        self.inherit();
        // Kept, and its guard was killed: nothing to end, only a status to mirror.
        if let (Some(change), true, true) = (self.exit, self.lost, self.keep) {
            self.finish(change);
        }
    }

    // ── the end ──

    /// Writes all that the command wrote: after its exit, reads until nothing comes are complete (LAWS L16).
    fn flush(&mut self, at_most: Option<Duration>) {
        let Some(r) = &mut self.relay else { return };
        let until = at_most.map(|d| clock::now() + d);
        loop {
            let filled = if r.closed { Filled::Closed } else { r.to_user.fill(r.pty.fd()) };
            if let Filled::Some(n) = filled {
                r.tracker.read(r.to_user.last(n));
            }
            if r.gone || !r.to_user.drain(r.user.as_fd()) {
                r.to_user.clear();
            }
            if r.to_user.is_empty() {
                if matches!(filled, Filled::Some(_)) {
                    continue;
                }
                return;
            }
            // The terminal takes no more for now; a signal for us is reason enough not to wait for it.
            let asks = [
                Ask { fd: Some(r.user.as_fd()), read: false, write: true },
                Ask { fd: Some(self.inbox.as_fd()), read: true, write: false },
            ];
            let timeout = clock::timeout_until(until, clock::now());
            let [user, inbox] = fd::poll(&asks, timeout).unwrap_or_default();
            r.gone |= user.hung_up;
            let urgent =
                inbox.readable && self.inbox.next().is_some_and(|c| matches!(c.sig, signal::TERM | signal::HUP));
            if urgent || until.is_some_and(|u| clock::now() >= u) {
                return;
            }
        }
    }

    fn finish(&mut self, change: Change) -> ! {
        self.flush(None);
        let killed = matches!(change, Change::Killed(..));
        if killed {
            self.disarm();
        }
        self.restore();
        if killed {
            self.restore_direct();
        }
        if self.lost {
            self.tidy();
        }
        leave_as(change)
    }

    /// Takes back what the command armed and left behind when it died (LAWS L24).
    fn disarm(&mut self) {
        if let Some(r) = self.relay.as_mut().filter(|r| !r.gone) {
            let undo = r.tracker.armed().undo();
            if !undo.is_empty() {
                let _ = fd::write(r.user.as_fd(), &undo);
            }
        }
    }

    /// In direct mode the command set the user's terminal itself, and died before it could set it back.
    fn restore_direct(&mut self) {
        let (Some(modes), None) = (&self.modes, &self.relay) else { return };
        let Ok(user) = tty::open_controlling() else { return };
        let ours = tty::foreground(user.as_fd()).is_ok_and(|g| g == sys::pgid());
        if ours && tty::modes(user.as_fd()).is_ok_and(|now| now != *modes) {
            let _ = tty::set_modes(user.as_fd(), modes);
        }
    }

    /// What the guard would have done.
    fn tidy(&mut self) {
        let Some(place) = &self.place else { return };
        let report = match &mut self.ending {
            Some(e) => e.engine.report(&mut self.kernel, &e.roots),
            // Kept: what is left lives on, and the record is what a later verb finds it by.
            None => return,
        };
        if !report.survivors.is_empty() || !report.kept.is_empty() {
            event::add(place, "job.ended", Some(self.id), report.text());
        }
        if report.survivors.is_empty() {
            store::remove_job(place, self.id);
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
