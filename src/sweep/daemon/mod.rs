//! `pj daemon`: a sweep that stays. It sleeps until a shell, a guard or a front ends or a record appears, judges as every
//! sweep does, and ends what is to be ended, all of it step by step in one loop: nobody's grace keeps another waiting.
//!
//! It knows nothing that is not on record: killed anywhere, whoever sweeps next finds all that it had to do. The sweep's lock
//! is held while somebody is being ended, and at no other time, so that a sweep by cron beside it does no harm.
//!
//! Never: more than one a user; ends anybody on settings that are not understood; starts a thread; holds a terminal, unless
//! it was started in its foreground.

mod eyes;
mod pass;
mod seat;
mod strays;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::act::Task;
use super::say;
use super::tell::Teller;
use crate::config::{self, Settings};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::kill::protect::Protect;
use crate::kill::real::Real;
use crate::record::{Place, Session, event};
use crate::sys::fd::{self, Ask};
use crate::sys::os::Inbox;
use crate::sys::signal::{self, Sender};
use crate::sys::spawn::{self, Prepared};
use crate::sys::{self, apart, clock, os, tty};
use eyes::Eyes;
use pass::Memory;
use seat::Seat;
pub use seat::{Found, Sign, find, own_exe};
use strays::Strays;

/// Who waits for us to be ready reads this line.
pub const READY: &str = "ready\n";
/// Between two looks where the kernel tells us nothing by itself.
const BLIND: Duration = Duration::from_secs(2);
/// A new record is looked at when its writer is done with it: one look for all of a job's start.
const SETTLE: Duration = Duration::from_millis(5);
/// A look that takes long is followed by a rest of so many times that: no busy loop, however many records there are.
const REST: u32 = 4;
/// And of no more than this, since somebody's end may be waiting.
const MOST_REST: Duration = Duration::from_millis(20);

/// Why the loop is left.
enum End {
    /// We were asked to go.
    Asked,
    /// Another has our place.
    Replaced,
}

/// The daemon.
struct Daemon {
    /// `None`: they are not understood, and nobody is ended.
    settings: Option<Settings>,
    /// The settings' file as it was when it was read.
    read: Option<(SystemTime, u64)>,
    seat: Option<Seat>,
    place: Place,
    exe: PathBuf,
    /// The words that we were started with.
    words: Vec<OsString>,
    on_terminal: bool,
    inbox: Inbox,
    eyes: Eyes,
    memory: Memory,
    strays: Strays,
    /// Who tells somebody outside, where somebody is to be told.
    teller: Option<Teller>,
    /// Live sessions, as of the last look.
    shells: Vec<Session>,
    /// Those who are being ended, and when each is to be looked at again.
    tasks: Vec<(Task, Instant)>,
    /// The sweep's lock, while there are tasks.
    lock: Option<File>,
    kernel: Real,
    /// When to look after those who are being told.
    telling: Option<Instant>,
    /// When to look again, for whatever reason; when by the clock; when to try for the lock.
    soon: Option<Instant>,
    by_clock: Instant,
    retry: Option<Instant>,
    /// When the last look began, and before when there is no other.
    looked: Instant,
    rested: Instant,
    /// What was complained of last: once is enough.
    complained: String,
}

/// Runs until it is told to end. `started`: by `pj daemon start`, which waits on our standard output for a word.
pub fn run(started: bool) -> Result<i32> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if started {
        // Not a leader of a group, since we were spawned; one that has executed itself anew leads its session already.
        let _ = apart::new_session();
        let _ = std::env::set_current_dir("/");
        fd::close_all_but(&mut []);
    }
    // For good, over an exec, too: a word that comes in between waits.
    signal::block_all().doing(|| "block signals".to_owned())?;
    let place = Place::current()?;
    let exe = own_exe();
    let Some(seat) = Seat::take(&place, exe.clone())? else {
        let who = match find(&place) {
            Found::Runs(sign) => format!("process {} is it", sign.who.pid),
            Found::Somebody { pid } => format!("process {pid} has its lock"),
            Found::Nobody => "it is just leaving".to_owned(),
        };
        let hint = "pj daemon status";
        return Err(Error::new("run the daemon", format!("one runs already: {who}")).hint(hint).code(exit::REFUSED));
    };
    place.leave_word();
    let on_terminal = os::stat(sys::pid()).is_some_and(|me| me.tty_dev != 0);
    let read = stamp();
    let loaded = config::load();
    let wrong = loaded.wrong.first().map(ToString::to_string);
    let settings = loaded.sound().ok();
    if let Some(s) = &settings {
        Protect::choose(&s.protect.add, &s.protect.remove);
    }
    // Neither `pkill pj` nor a job that we were started in takes us for one of its own.
    let _ = os::rename_self("pj-daemon", "pj-daemon");
    // Ended children are to be told of, whatever we were started with.
    signal::default(signal::CHLD).doing(|| "read signals".to_owned())?;
    let inbox = Inbox::open().doing(|| "read signals".to_owned())?;
    let now = clock::now();
    let mut daemon = Daemon {
        strays: Strays::new(settings.as_ref()),
        teller: settings.as_ref().and_then(|s| Teller::new(&s.notify)),
        settings,
        read,
        seat: Some(seat),
        place,
        exe,
        words,
        on_terminal,
        inbox,
        eyes: Eyes::open(),
        memory: Memory::default(),
        shells: Vec::new(),
        tasks: Vec::new(),
        lock: None,
        kernel: Real::new(),
        telling: None,
        soon: None,
        by_clock: now,
        retry: None,
        looked: now,
        rested: now,
        complained: String::new(),
    };
    if let Some(wrong) = wrong {
        daemon.complain(&format!("{wrong}\nnobody is ended until that is right"));
    }
    // Those whom we had before we executed ourselves anew: nobody tells of them a second time.
    daemon.strays.reap();
    daemon.look(now);
    if started {
        let _ = fd::write_all(tty::std_fd(1), READY.as_bytes());
        let _ = fd::null_std(&[1]);
    }
    match daemon.stay() {
        End::Asked => Ok(exit::DONE),
        End::Replaced => Err(Error::new("go on", "another daemon has this one's lock").code(exit::REFUSED)),
    }
}

impl Daemon {
    fn stay(&mut self) -> End {
        loop {
            let now = clock::now();
            let wake = clock::timeout_until(Some(self.wake()), now);
            let asks = [
                Ask { fd: Some(self.inbox.as_fd()), read: true, write: false },
                Ask { fd: self.eyes.fd(), read: true, write: false },
            ];
            let ready = fd::poll(&asks, wake).unwrap_or_default();
            let now = clock::now();
            if ready[0].readable
                && let Some(end) = self.signals()
            {
                return end;
            }
            if ready[1].readable {
                self.events(now);
            }
            self.turn(now);
            if self.is_due(now)
                && let Some(end) = self.look(now)
            {
                return end;
            }
            self.strays.turn(&self.exe, now);
            self.tell(now);
        }
    }

    /// The next instant at which there is something to do.
    fn wake(&self) -> Instant {
        let looks = [self.soon, self.retry, self.memory.next(self.looked), Some(self.by_clock)];
        let look = looks.into_iter().flatten().min().map(|at| at.max(self.rested));
        let tasks = self.tasks.iter().map(|(_, at)| *at);
        look.into_iter().chain(tasks).chain(self.strays.due()).chain(self.telling).min().unwrap_or(self.by_clock)
    }

    fn is_due(&self, now: Instant) -> bool {
        let looks = [self.soon, self.retry, self.memory.next(self.looked), Some(self.by_clock)];
        now >= self.rested && looks.into_iter().flatten().any(|at| now >= at)
    }

    fn events(&mut self, now: Instant) {
        let happened = self.eyes.happened();
        let at = match (happened.ended.is_empty(), happened.changed) {
            (false, _) => now,
            (true, true) => now + SETTLE,
            (true, false) => return,
        };
        self.soon = Some(self.soon.map_or(at, |soon| soon.min(at)));
    }

    /// A look at everything on record, and the first step of what it asks for.
    fn look(&mut self, now: Instant) -> Option<End> {
        (self.soon, self.retry, self.looked) = (None, None, now);
        let by_clock = now >= self.by_clock;
        if let Some(end) = self.sit() {
            return Some(end);
        }
        if by_clock && self.read != stamp() {
            self.begin_anew();
        }
        let again = self.pass(by_clock);
        let done = clock::now();
        self.rested = done + (REST * done.saturating_duration_since(now)).min(MOST_REST);
        self.turn(done);
        if again {
            self.soon = Some(self.rested);
        }
        if let Some(lost) = self.eyes.lost().map(str::to_owned) {
            self.complain(&format!("cannot watch everything: {lost}; looking every {} s", BLIND.as_secs()));
        }
        if by_clock {
            let every = self.settings.as_ref().map_or(config::Sweep::default().interval, |s| s.sweep.interval);
            self.by_clock = done + every;
        }
        if self.eyes.lost().is_some() {
            self.by_clock = self.by_clock.min(done + BLIND);
        }
        None
    }

    /// Keeps our place where the state directory was taken away and made anew.
    fn sit(&mut self) -> Option<End> {
        if self.seat.as_ref().is_some_and(Seat::is_still) {
            return None;
        }
        self.seat = None;
        // Where there is no directory there is nothing on record, and nothing to be one of.
        if self.place.check().is_err() {
            return None;
        }
        match Seat::take(&self.place, self.exe.clone()) {
            Ok(Some(seat)) => self.seat = Some(seat),
            Ok(None) => return Some(End::Replaced),
            Err(e) => self.complain(&e.to_string()),
        }
        None
    }

    /// The next step of each ending that is due.
    fn turn(&mut self, now: Instant) {
        let mut over = false;
        for (task, at) in self.tasks.iter_mut().filter(|(_, at)| now >= *at) {
            match task.turn(&mut self.kernel, &self.shells, clock::now()) {
                Some(next) => *at = next,
                None => over = true,
            }
        }
        if !over {
            return;
        }
        let (done, rest) = std::mem::take(&mut self.tasks).into_iter().partition(|(task, _)| task.report().is_some());
        self.tasks = rest;
        let done: Vec<(Task, Instant)> = done;
        for (task, _) in &done {
            if !super::say_report(task, false) {
                self.memory.put_off(&task.job.uid, now);
            }
        }
        if self.tasks.is_empty() {
            crate::sys::hook!(SweepWorked);
            // What was verified of these is nothing to the next ones.
            (self.lock, self.kernel) = (None, Real::new());
        }
        self.soon = Some(now);
    }

    /// Tells what has happened since, whoever has put it down.
    fn tell(&mut self, now: Instant) {
        let Some(teller) = &mut self.teller else { return };
        let failed = teller.look();
        self.telling = teller.turn(now);
        if let Some(failed) = failed {
            self.complain(&format!("cannot {failed}"));
        }
    }

    fn signals(&mut self) -> Option<End> {
        while let Some(caught) = self.inbox.next() {
            match caught.sig {
                signal::TERM | signal::INT | signal::QUIT => return Some(End::Asked),
                // The terminal in whose foreground we are has closed.
                signal::HUP if self.on_terminal || caught.sender == Sender::Kernel => return Some(End::Asked),
                signal::HUP | signal::USR1 => self.begin_anew(),
                signal::CHLD => {
                    // First those who ask for a child of their own.
                    let now = clock::now();
                    self.telling = self.teller.as_mut().and_then(|teller| teller.turn(now));
                    self.strays.reap();
                }
                signal::TSTP => {
                    let _ = signal::stop_self(signal::TSTP, false);
                }
                _ => {}
            }
        }
        None
    }

    /// Executes itself anew by its path: new settings, and a new program where one was put in its place. All that is under
    /// way is found again on record.
    fn begin_anew(&mut self) {
        let argv: Vec<OsString> = std::iter::once(self.exe.clone().into()).chain(self.words.clone()).collect();
        let Ok(prepared) = Prepared::new(&argv, None) else { return };
        let e = prepared.exec(&spawn::environ());
        self.read = stamp();
        self.complain(&format!("cannot execute {} anew: {}", self.exe.display(), crate::error::plain(&e)));
    }

    /// Says what is wrong, once for as long as it is the same.
    fn complain(&mut self, what: &str) {
        if self.complained == what {
            return;
        }
        what.clone_into(&mut self.complained);
        say::err(what);
        if self.place.check().is_ok() {
            event::add(&self.place, "daemon.warns", None, what.replace('\n', "; "));
        }
    }
}

/// What tells the settings' file from the one that was read.
fn stamp() -> Option<(SystemTime, u64)> {
    let meta = std::fs::metadata(config::path()?).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}
