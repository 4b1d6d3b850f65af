//! The guard's loop: the parent of the command, a subreaper, the leader of the pseudo terminal's session.
//!
//! It turns readiness into events, asks the [`machine`](super::machine), and does what that says. It never reads the
//! user's terminal, never waits on anybody, and leaves as soon as its tree is empty.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::Why;
use super::background::Start;
use super::census::Census;
use super::control::{Frame, Heard, Line};
use super::machine::{At, Event, Machine};
use super::screen::Screen;
use super::start::{Plane, Setup, let_go};
use crate::kill::real::Real;
use crate::kill::{Cause, Engine, Roots, Round};
use crate::process::Identity;
use crate::record::job::{Exit, Job};
use crate::record::{Place, event, store};
use crate::sys::fd::Ready;
use crate::sys::os::{Handle, Inbox};
use crate::sys::signal::{self, Caught, Sender};
use crate::sys::spawn::{self, Change, Waited};
use crate::sys::{self, Pid, clock, os};

mod act;
mod desk;
mod runs;
mod wait;

use desk::Desk;
use runs::Back;
use wait::ALL;

/// Between looks for children whom no walk sees.
const UNSEEN: Duration = Duration::from_millis(5);

/// Someone whose end is the session's end.
struct Watched {
    who: Identity,
    handle: Option<Handle>,
}

impl Watched {
    fn new(who: Identity) -> Watched {
        let handle = who.life().handle();
        Watched { who, handle }
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.handle.as_ref().map(AsFd::as_fd)
    }
}

struct Guard {
    machine: Machine,
    line: Line,
    inbox: Inbox,
    job: Job,
    place: Option<Place>,
    command: Pid,
    /// How often the command was stopped.
    stops: u32,
    group: Pid,
    screen: Option<Screen>,
    watch: Option<OwnedFd>,
    owner: Option<Watched>,
    parent: Option<Watched>,
    front: Option<Handle>,
    census: Option<Census>,
    kernel: Real,
    roots: Roots,
    engine: Option<Engine>,
    /// Why the tree is being ended, once it is.
    why: Why,
    round: Option<Instant>,
    half: Option<Instant>,
    desk: Desk,
    /// Of a job in the background.
    back: Option<Back>,
}

/// Guards until the tree is empty, then leaves.
pub fn run(setup: Box<Setup>, line: Line, inbox: Inbox, command: Pid) -> ! {
    let mut line = line;
    let start = start_of(command, setup.job.root.as_ref());
    line.tell(&Frame::Started { pid: command, start });
    let mut keep = vec![
        line.fd().map(|f| f.as_raw_fd()),
        Some(inbox.as_fd().as_raw_fd()),
        setup.watch.as_ref().map(AsRawFd::as_raw_fd),
        setup.plane.as_ref().map(Plane::master_number),
        setup.plane.as_ref().and_then(|p| p.follower.as_ref()).map(AsRawFd::as_raw_fd),
    ];
    keep.extend(setup.background.iter().flat_map(Start::numbers));
    let_go(&keep);
    let mut guard = Guard::new(setup, line, inbox, command);
    guard.settle();
    crate::sys::hook!(GuardSettled);
    loop {
        guard.turn();
    }
}

/// When it began: the record has asked already, if there was anything to be had.
fn start_of(pid: Pid, known: Option<&Identity>) -> u64 {
    known.map_or_else(|| os::stat(pid).map_or(0, |s| s.start), |identity| identity.start)
}

impl Guard {
    fn new(setup: Box<Setup>, line: Line, inbox: Inbox, command: Pid) -> Guard {
        let now = clock::now();
        let job = setup.job;
        let session = job.owner.session.clone();
        let mut machine = Machine::new(job.keep.is_some(), job.on_exit, session.is_some());
        if let Some(of) = &job.background {
            machine = machine.in_background(of);
        }
        let reattach = setup.args.reattach.filter(|_| setup.args.takes_back() && setup.plane.is_some());
        if reattach.is_some() && setup.place.is_some() {
            machine = machine.with_take_back();
        }
        let exec = setup.exec;
        let (mut desk, mut back) = (Desk::default(), None);
        desk.reattach = reattach.unwrap_or_default();
        if let Some((pipes, sink, clients)) = setup.background.map(Start::take) {
            desk.clients = clients;
            back = Some(Back { exec, pipes, sink, rest_until: None, ran_at: now, wrote_at: None, worked_at: None });
        }
        let screen = setup.plane.map(Screen::new);
        let census = setup.place.clone().map(|place| Census::new(place, job.id, &job.marker, now));
        let front = setup.front.as_ref().and_then(|f| f.life().handle());
        let me = start_of(sys::pid(), job.guard.as_ref());
        Guard {
            machine,
            line,
            inbox,
            place: setup.place,
            command,
            stops: 0,
            group: setup.group,
            screen,
            // A kept job does not hold on to a terminal that it may outlive.
            watch: setup.watch.filter(|_| job.keep.is_none()),
            owner: session.map(Watched::new),
            parent: setup.parent.map(Watched::new),
            front,
            census,
            kernel: Real::new(),
            roots: Roots { reapers: vec![(sys::pid(), me)], ..Roots::default() },
            engine: None,
            why: Why { rule: "", cause: Cause::Stop, stop: signal::TERM },
            round: None,
            half: None,
            desk,
            back,
            job,
        }
    }

    /// What can wait until the command runs.
    fn settle(&mut self) {
        if let Some(place) = &self.place {
            store::pass_id(place, self.job.id);
            place.leave_word();
        }
        if self.owner.as_ref().is_some_and(|o| o.who.life().is_gone()) {
            self.step(Event::SessionOver);
        }
    }

    /// One turn: wait, then everything that is due.
    fn turn(&mut self) {
        let now = clock::now();
        let mut found = [Ready::default(); ALL];
        self.wait(now, &mut found);
        let [inbox, line, watch, owner, parent, master, rest @ ..] = found;
        if inbox.readable {
            self.signals();
        }
        self.reap();
        if line.readable || line.hung_up {
            self.listen();
        }
        if line.writable {
            self.line.flush();
        }
        self.watch_session(watch, owner, parent);
        if master.readable || master.hung_up || watch.writable {
            self.copy();
        }
        if self.is_wide() {
            self.beyond(&rest, clock::now());
        }
        self.due(clock::now());
    }

    fn signals(&mut self) {
        // Drained before anything is acted on, so that nothing is missed.
        while let Some(Caught { sig, sender }) = self.inbox.next() {
            // What the tree sends us is a pattern that hit too much (LAWS L26, L55).
            let asked = matches!(sender, Sender::Process(from) if !super::is_below(from, sys::pid()));
            match (sig, sender) {
                (signal::TERM, _) if asked => self.step(Event::Stop),
                // A key that was typed while the foreground was still ours, on its way to the command.
                (signal::INT | signal::QUIT | signal::TSTP, Sender::Kernel) if self.screen.is_some() => {
                    self.step(Event::Forward(sig, true));
                }
                _ => {}
            }
        }
    }

    fn reap(&mut self) {
        let mut changed = false;
        loop {
            match spawn::wait_any() {
                Waited::Changed(pid, change) => {
                    changed |= matches!(change, Change::Exited(_) | Change::Killed(..));
                    if pid == self.command {
                        self.command_changed(change);
                    }
                }
                Waited::Nothing => break,
                Waited::NoChildren => {
                    self.step(Event::TreeEmpty);
                    break;
                }
            }
        }
        if changed {
            let now = clock::now();
            if let Some(census) = &mut self.census {
                census.child_changed(now);
            }
            // Somebody ended: perhaps it was the last, and perhaps what was below it is our child now.
            if let Some(engine) = &self.engine {
                let soon = engine.soonest(now);
                self.round = Some(self.round.map_or(soon, |at| at.min(soon)));
            }
        }
    }

    fn command_changed(&mut self, change: Change) {
        match change {
            Change::Stopped(sig) => {
                self.stops = self.stops.wrapping_add(1);
                self.step(Event::Stopped(sig));
            }
            Change::Continued => {}
            Change::Exited(_) | Change::Killed(..) => {
                let (code, sig, core) = match change {
                    Change::Killed(sig, core) => (None, Some(sig), core),
                    Change::Exited(code) => (Some(code), None, false),
                    Change::Stopped(_) | Change::Continued => (None, None, false),
                };
                self.job.exit = Some(Exit { code, signal: sig, core, at: event::now() });
                self.note_life();
                self.step(Event::Exited(change, spawn::has_children()));
            }
        }
    }

    fn listen(&mut self) {
        loop {
            match self.line.hear() {
                Heard::Frame(Frame::Forward { sig, group }) => self.step(Event::Forward(sig, group)),
                Heard::Frame(Frame::Stop) => self.step(Event::Stop),
                // Only for the stop that it answers: the shell's own CONT and the next Ctrl-Z may have overtaken it.
                Heard::Frame(Frame::Continue { foreground, nth }) if nth == self.stops => {
                    self.step(Event::Continue(foreground));
                }
                Heard::Frame(Frame::Continue { .. }) => {}
                Heard::Frame(Frame::Raw(modes)) => {
                    self.screen.iter_mut().for_each(|s| s.front_made_raw(modes.clone()));
                }
                Heard::Frame(Frame::Armed(armed)) => {
                    self.screen.iter_mut().for_each(|s| s.front_saw(armed));
                }
                Heard::Frame(Frame::Leaving) => self.step(Event::FrontLeaves),
                // Frames that only we send.
                Heard::Frame(Frame::Started { .. } | Frame::Stopped { .. } | Frame::Exited(_) | Frame::CloseMaster) => {
                }
                Heard::Nothing => return,
                Heard::Gone => self.step(Event::FrontGone),
            }
        }
    }

    /// Confirms before acting: a readiness is a hint, the kernel's word about the identity counts.
    fn watch_session(&mut self, watch: Ready, owner: Ready, parent: Ready) {
        let blind = self.owner.as_ref().is_some_and(|o| o.handle.is_none());
        let owner_gone =
            (owner.readable || owner.hung_up || blind) && self.owner.as_ref().is_some_and(|o| o.who.life().is_gone());
        let parent_gone =
            (parent.readable || parent.hung_up) && self.parent.as_ref().is_some_and(|p| p.who.life().is_gone());
        if owner_gone {
            self.owner = None;
        }
        if parent_gone {
            self.parent = None;
        }
        if owner_gone || parent_gone || watch.hung_up {
            self.step(Event::SessionOver);
        }
    }

    /// What has come due by the clock.
    fn due(&mut self, now: Instant) {
        let ending = self.machine.at() == At::Ending;
        let census = self.census.as_mut().filter(|c| !ending && c.due().is_some_and(|d| d <= now));
        if let Some(census) = census {
            census.take(&mut self.kernel, &self.roots, now);
        }
        if self.half.is_some_and(|h| h <= now) {
            self.half = None;
            self.close_master();
        }
        if self.round.is_some_and(|r| r <= now) {
            self.run_round(now);
        }
    }

    fn run_round(&mut self, now: Instant) {
        let Some(engine) = &mut self.engine else { return };
        match engine.round(&mut self.kernel, now, &self.roots) {
            Round::More(next) => self.round = Some(next.max(engine.soonest(clock::now()))),
            Round::Empty => {
                let (leaves_somebody, end) = (engine.leaves_somebody(), engine.end());
                self.reap_quietly();
                if leaves_somebody || !spawn::has_children() {
                    self.round = None;
                    self.step(Event::TreeEmpty);
                } else if now < end {
                    // The kernel says that somebody is there whom the walks did not see: it is the kernel that counts.
                    self.round = Some(now + UNSEEN);
                } else {
                    self.blind_signal(signal::KILL);
                    self.round = None;
                    self.step(Event::Spent);
                }
            }
            Round::Spent => {
                self.round = None;
                self.step(Event::Spent);
            }
        }
    }

    /// `pj keep` may have been said meanwhile. It is asked for when it matters, in one small file.
    fn ask_whether_kept(&mut self) {
        let said = self.place.as_ref().and_then(|place| store::kept(place, &self.job));
        if let Some(keep) = said.filter(|keep| *keep != self.job.keep.is_some()) {
            self.machine.keep(keep);
            self.job.keep = keep.then(|| "pj keep".to_owned());
        }
    }

    fn reap_quietly(&mut self) {
        while let Waited::Changed(pid, change) = spawn::wait_any() {
            if pid == self.command {
                self.command_changed(change);
            }
        }
    }

    /// Readers of the terminal get end of file (DESIGN §5.2).
    fn close_master(&mut self) {
        self.line.tell(&Frame::CloseMaster);
        self.screen.iter_mut().for_each(Screen::close);
    }

    fn step(&mut self, event: Event) {
        if matches!(event, Event::SessionOver | Event::FrontGone | Event::Expired) {
            self.ask_whether_kept();
        }
        for action in self.machine.step(event) {
            self.act(action);
        }
    }
}
