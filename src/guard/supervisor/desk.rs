//! What a guard does for its clients: it takes in what they type, shows them what the job writes, and waits for one of them
//! where a job's terminal has closed and it may be taken back.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::Guard;
use crate::guard::background;
use crate::guard::clients::{Clients, MOST, Wish};
use crate::guard::control::Frame;
use crate::guard::machine::Event;
use crate::guard::protocol::{Answer, Said};
use crate::sys::fd::{self, Ready};
use crate::sys::tty::{self, Size};
use crate::sys::{clock, os};

/// What may be typed ahead.
const TYPED: usize = 64 * 1024;
/// Between the two sizes that make a full-screen program paint its screen anew: one that hears of both at once would find
/// nothing changed.
const REPAINT: Duration = Duration::from_millis(60);
/// How long clients may take to hear the last.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Control-D: the end of what is typed on a terminal.
const END_OF_FILE: u8 = 4;

/// Clients, and what is under way for them.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) clients: Option<Clients>,
    typed: Vec<u8>,
    /// Nothing more will be typed, to a job without a terminal.
    eof: bool,
    /// The terminal's real size, and when it is told.
    size: Option<(Instant, Size)>,
    /// How long a job whose terminal has closed waits for somebody.
    pub(super) reattach: Duration,
    /// Until when it does.
    offer_until: Option<Instant>,
    /// It was taken away from its front.
    pub(super) is_taken: bool,
}

impl Desk {
    /// When there is something to do without anything having happened.
    pub(super) fn due(&self) -> Option<Instant> {
        let clients = self.clients.as_ref().and_then(Clients::due);
        [self.size.map(|(at, _)| at), self.offer_until, clients].into_iter().flatten().min()
    }

    /// Has anybody typed what the job has not taken yet?
    pub(super) fn has_typed(&self) -> bool {
        !self.typed.is_empty()
    }

    /// May more be typed?
    pub(super) fn has_room(&self) -> bool {
        self.typed.len() < TYPED
    }

    /// Has somebody not taken yet what the job wrote, so that it has to wait?
    pub(super) fn is_full(&self) -> bool {
        self.clients.as_ref().is_some_and(Clients::are_full)
    }

    /// Gives the job what was typed; `false` when it takes no more, ever.
    fn write(&mut self, to: BorrowedFd) -> bool {
        while !self.typed.is_empty() {
            match fd::write(to, &self.typed) {
                Ok(n) => drop(self.typed.drain(..n)),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => {
                    self.typed.clear();
                    return false;
                }
            }
        }
        true
    }
}

impl Guard {
    /// What clients have brought, and what has come due for them.
    pub(super) fn serve(&mut self, ready: &[Ready], now: Instant) {
        let wishes = self.desk.clients.as_mut().map(|c| c.turn(ready, now)).unwrap_or_default();
        wishes.into_iter().for_each(|wish| self.grant(wish));
        if let Some((_, size)) = self.desk.size.filter(|(at, _)| *at <= now) {
            self.resize(size);
        }
        if self.desk.offer_until.is_some_and(|at| at <= now) {
            self.desk.offer_until = None;
            self.step(Event::Expired);
        }
        self.type_in();
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Attached(size) => self.attached(size),
            Wish::Detached => self.step(Event::Detached),
            Wish::Watched => self.repaint(None),
            Wish::Resize(size) => self.resize(size),
            Wish::Input(bytes) => self.desk.typed.extend(bytes),
            Wish::Eof if self.screen.is_some() => self.desk.typed.push(END_OF_FILE),
            Wish::Eof => self.desk.eof = true,
            Wish::Continue => self.step(Event::Continue(true)),
            Wish::Restart if self.back.is_some() => self.step(Event::Restart),
            Wish::Restart => {}
        }
    }

    fn attached(&mut self, size: Size) {
        self.step(Event::Attached);
        self.repaint(Some(size));
        if os::stat(self.command).is_some_and(|s| s.is_stopped()) {
            self.step(Event::Continue(true));
        }
    }

    /// Somebody new looks on, and the terminal has this size, or the one that it had: what a full-screen program shows is
    /// painted anew.
    fn repaint(&mut self, size: Option<Size>) {
        let under_way = self.desk.size.map(|(_, size)| size);
        let now = || tty::size(self.screen.as_ref()?.keyboard()?).ok();
        let Some(to) = size.or(under_way).or_else(now) else { return };
        let paints_itself = self.desk.clients.as_ref().is_some_and(Clients::need_repaint);
        if paints_itself && to.rows > 1 {
            self.resize(Size { rows: to.rows - 1, ..to });
            self.desk.size = Some((clock::now() + REPAINT, to));
        } else if size.is_some() {
            self.resize(to);
        }
    }

    fn resize(&mut self, size: Size) {
        self.desk.size = None;
        self.screen.iter_mut().for_each(|s| s.resize(size));
    }

    fn type_in(&mut self) {
        if let Some(screen) = &self.screen {
            match screen.keyboard() {
                Some(to) => drop(self.desk.write(to)),
                None => self.desk.typed.clear(),
            }
        } else if let Some(pipes) = self.back.as_mut().and_then(|b| b.pipes.as_mut()) {
            let takes = pipes.input.as_ref().is_none_or(|to| self.desk.write(std::os::fd::AsFd::as_fd(to)));
            if pipes.input.is_none() {
                self.desk.typed.clear();
            }
            if !takes || (self.desk.eof && self.desk.typed.is_empty()) {
                pipes.input = None;
            }
        }
    }

    /// The command was stopped.
    pub(super) fn tell_stopped(&mut self, signal: i32) {
        let answer = Answer { signal: Some(signal), ..Answer::new(Said::Stopped) };
        self.desk.clients.iter_mut().for_each(|c| c.tell(&answer));
    }

    /// The terminal has closed, and somebody may take the job back: the front, which cannot do anything for it any more,
    /// lets go of the job's terminal, and it is ours to read.
    pub(super) fn offer(&mut self) {
        if self.desk.clients.is_none()
            && let Ok((mut clients, path)) = background::listen(&self.job, self.screen.is_some())
        {
            // What it has written so far its front has seen.
            self.screen.iter().for_each(|s| clients.begin_with(s.armed()));
            (self.desk.clients, self.job.socket) = (Some(clients), Some(path));
        }
        self.line.tell(&Frame::CloseMaster);
        self.desk.is_taken = true;
        // Without a socket nobody can come.
        let wait = if self.desk.clients.is_some() { self.desk.reattach } else { Duration::ZERO };
        self.desk.offer_until = Some(clock::now() + wait);
        let until = clock::epoch_ms().saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self.job.waits_until = Some(until);
    }

    /// Somebody is there.
    pub(super) fn hold_offer(&mut self) {
        self.desk.offer_until = None;
        self.job.waits_until = Some(0);
    }

    /// Tells clients how the command ended, after all that it wrote.
    pub(super) fn tell_clients_exit(&mut self) {
        let Some(exit) = &self.job.exit else { return };
        let answer =
            Answer { code: exit.code, signal: exit.signal, core: Some(exit.core), ..Answer::new(Said::Exited) };
        self.desk.clients.iter_mut().for_each(|c| c.tell_last(&answer));
    }

    /// Waits until clients have what is on its way to them, and lets go of them.
    pub(super) fn leave_clients(&mut self) {
        if self.back.is_none() && self.desk.clients.is_some() {
            // One that was taken back: nobody else has told them.
            self.drain();
            self.tell_clients_exit();
        }
        let until = clock::now() + LAST_WORDS;
        let Some(clients) = &mut self.desk.clients else { return };
        clients.forget();
        while !clients.are_served() && clock::now() < until {
            let asks = clients.asks(false);
            let ready = fd::poll(&asks, clock::timeout_until(Some(until), clock::now()))
                .unwrap_or([Ready::default(); 1 + 2 * MOST]);
            drop(clients.turn(&ready, clock::now()));
        }
    }
}
