//! Who is connected to a guard: terminals that are attached or watch, and whoever asks for something. The guard alone reads
//! the job's terminal; here is what it read on its way to them, and what they type on its way back.
//!
//! Never waits for a client. One who takes nothing for [`PATIENCE`] while the job has something to say is let go of, so
//! that nobody's stopped terminal stops a job.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use super::modes::Armed;
use super::protocol::{Answer, Ask, Heard, Request, Said, Wire};
use super::replay::Replay;
use crate::sys::fd::{self, Ask as Poll, Ready};
use crate::sys::peer::Listener;
use crate::sys::tty::Size;

/// Connections at one time; more wait until one ends.
pub const MOST: usize = 12;
/// After so many requests of one connection it is the others' turn.
const A_TURN: usize = 64;
/// What may be on its way to one terminal before the job has to wait.
const BACKLOG: usize = 256 * 1024;
/// How long a terminal may take nothing while the job waits for it; and how long a connection may say nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// What clients want of the guard.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    /// Somebody is attached, with a terminal of this size.
    Attached(Size),
    /// Nobody is any more.
    Detached,
    /// Somebody looks on.
    Watched,
    /// The terminal has this size now.
    Resize(Size),
    /// This was typed.
    Input(Vec<u8>),
    /// Nothing more will be typed.
    Eof,
    /// The command may go on.
    Continue,
    /// Run it again.
    Restart,
}

/// What a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It has asked for nothing that lasts.
    Asks,
    /// Its terminal is the job's.
    Attached,
    /// It sees what the job writes.
    Watches,
    /// It types.
    Sends,
}

struct Client {
    wire: Wire,
    role: Role,
    /// Where bytes go and come from.
    stream: Option<OwnedFd>,
    out: VecDeque<u8>,
    /// Since when it has taken nothing of what waits; or, before it has asked for anything, since when it is there.
    since: Option<Instant>,
    /// What it is told when it has been shown everything.
    last: Option<Answer>,
}

/// All of them, and the socket that they come in by.
pub struct Clients {
    listener: Listener,
    all: Vec<Client>,
    job: u64,
    terminal: bool,
    replay: Replay,
}

impl Clients {
    /// Listens at this path.
    pub fn listen(path: &Path, job: u64, terminal: bool) -> io::Result<Clients> {
        let listener = Listener::bind(path)?;
        Ok(Clients { listener, all: Vec::new(), job, terminal, replay: Replay::default() })
    }

    /// What to poll for: the socket, then two for each client. `typed`: is there room for what they type?
    pub fn asks(&self, typed: bool) -> [Poll<'_>; 1 + 2 * MOST] {
        let mut asks = [Poll { fd: None, read: false, write: false }; 1 + 2 * MOST];
        let room = self.all.len() < MOST;
        asks[0] = Poll { fd: room.then(|| self.listener.as_fd()), read: true, write: false };
        for (client, pair) in self.all.iter().zip(asks[1..].chunks_exact_mut(2)) {
            pair[0] = Poll { fd: client.wire.fd(), read: true, write: client.wire.wants_write() };
            let types = typed && matches!(client.role, Role::Attached | Role::Sends);
            let wanted = types || !client.out.is_empty();
            let stream = client.stream.as_ref().map(AsFd::as_fd).filter(|_| wanted);
            pair[1] = Poll { fd: stream, read: types, write: !client.out.is_empty() };
        }
        asks
    }

    /// When somebody's patience ends.
    pub fn due(&self) -> Option<Instant> {
        self.all.iter().filter_map(|c| c.since).min().map(|at| at + PATIENCE)
    }

    /// Must the job wait until somebody has taken what it wrote?
    pub fn are_full(&self) -> bool {
        self.all.iter().any(|c| c.out.len() >= BACKLOG)
    }

    /// Is anybody's terminal the job's?
    pub fn has_attached(&self) -> bool {
        self.all.iter().any(|c| c.role == Role::Attached)
    }

    /// Does everything that is ready, or due; answers what the guard has to do.
    pub fn turn(&mut self, ready: &[Ready], now: Instant) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let attached = self.has_attached();
        let there = self.all.len();
        for (i, ready) in ready[1..].chunks_exact(2).enumerate().take(there) {
            self.serve(i, ready[0], ready[1], now, &mut wishes);
        }
        if ready[0].readable {
            while self.all.len() < MOST
                && let Some(line) = self.listener.accept()
            {
                let wire = Wire::new(line);
                let (stream, out, last) = (None, VecDeque::new(), None);
                self.all.push(Client { wire, role: Role::Asks, stream, out, since: Some(now), last });
            }
        }
        self.all.iter_mut().for_each(|c| c.write(now));
        self.all.iter_mut().filter(|c| c.since.is_some_and(|at| now >= at + PATIENCE)).for_each(Client::dismiss);
        self.all.retain(|c| c.wire.fd().is_some());
        if attached && !self.has_attached() {
            wishes.push(Wish::Detached);
        }
        wishes
    }

    fn serve(&mut self, i: usize, line: Ready, stream: Ready, now: Instant, wishes: &mut Vec<Wish>) {
        if line.writable {
            self.all[i].wire.flush();
        }
        // What was typed before something was asked for comes before it.
        if stream.readable || stream.hung_up {
            wishes.extend(self.all[i].typed());
        }
        if !line.readable && !line.hung_up {
            return;
        }
        let mut heard = 0;
        loop {
            match self.all[i].wire.hear::<Request>() {
                Heard::Line(request, _) => self.obey(i, &request, now, wishes),
                Heard::Nothing | Heard::Gone => return,
                Heard::Broken(why) => return self.all[i].refuse(why),
            }
            heard += 1;
            // One who never stops asking does not keep the others from being heard.
            if heard >= A_TURN && !self.all[i].wire.has_line() {
                return;
            }
        }
    }

    fn obey(&mut self, i: usize, request: &Request, now: Instant, wishes: &mut Vec<Wish>) {
        let size = request.size.map(Size::from);
        let ok = Answer { job: Some(self.job), terminal: Some(self.terminal), ..Answer::new(Said::Ok) };
        match (request.ask, size) {
            (Ask::Ping, _) => self.all[i].wire.tell(&ok),
            (Ask::Attach | Ask::Watch | Ask::Send, _) if self.all[i].role != Role::Asks => {
                self.all[i].refuse("this connection has a descriptor already".to_owned());
            }
            (Ask::Attach, _) if !self.terminal => {
                self.all[i].refuse("the job has no terminal: watch it, and send to it".to_owned());
            }
            (Ask::Attach, None) => self.all[i].refuse("how large is the terminal?".to_owned()),
            (Ask::Attach, Some(size)) => {
                let taken = Answer::because(Said::Detached, "another terminal is attached now");
                for other in self.all.iter_mut().filter(|c| c.role == Role::Attached) {
                    other.wire.tell(&taken);
                    other.leave();
                }
                if self.all[i].open(Role::Attached, &ok, now) {
                    self.all[i].out.extend(self.replay.bytes(size.rows));
                    wishes.push(Wish::Attached(size));
                }
            }
            (Ask::Watch, _) => {
                if self.all[i].open(Role::Watches, &ok, now) {
                    let rows = size.map_or(u16::MAX, |s| s.rows);
                    self.all[i].out.extend(self.replay.bytes(rows));
                    wishes.push(Wish::Watched);
                }
            }
            (Ask::Send, _) => drop(self.all[i].open(Role::Sends, &ok, now)),
            (Ask::Eof, _) => {
                wishes.push(Wish::Eof);
                self.all[i].wire.tell(&ok);
            }
            (Ask::Resize, size) => wishes.extend(size.filter(|_| self.all[i].role == Role::Attached).map(Wish::Resize)),
            (Ask::Continue, _) => wishes.push(Wish::Continue),
            (Ask::Restart, _) => {
                wishes.push(Wish::Restart);
                self.all[i].wire.tell(&ok);
            }
        }
    }

    /// What the job wrote, for all who look on.
    pub fn show(&mut self, bytes: &[u8]) {
        self.replay.read(bytes);
        for client in self.all.iter_mut().filter(|c| matches!(c.role, Role::Attached | Role::Watches)) {
            client.out.extend(bytes);
        }
    }

    /// Is there something on its screen that only the program itself can paint again?
    pub fn need_repaint(&self) -> bool {
        self.replay.is_full_screen() || self.replay.is_empty()
    }

    /// What others have seen it arm so far.
    pub fn begin_with(&mut self, armed: Armed) {
        self.replay = Replay::of(armed);
    }

    /// Tells everybody who looks on.
    pub fn tell(&mut self, answer: &Answer) {
        for client in self.all.iter_mut().filter(|c| matches!(c.role, Role::Attached | Role::Watches)) {
            client.wire.tell(answer);
        }
    }

    /// Tells everybody who looks on, after all that he is still to be shown.
    pub fn tell_last(&mut self, answer: &Answer) {
        for client in self.all.iter_mut().filter(|c| matches!(c.role, Role::Attached | Role::Watches)) {
            client.last = Some(answer.clone());
        }
    }

    /// Is there nothing on its way to anybody?
    pub fn are_served(&self) -> bool {
        self.all.iter().all(|c| c.out.is_empty() && c.last.is_none() && !c.wire.wants_write())
    }
}

impl Client {
    /// Gives it a stream for bytes, and says so.
    fn open(&mut self, role: Role, ok: &Answer, now: Instant) -> bool {
        let made = fd::socket_pair().and_then(|(ours, theirs)| Ok((fd::above_std(ours)?, theirs)));
        match made {
            Ok((ours, theirs)) => {
                (self.role, self.stream, self.since) = (role, Some(ours), Some(now));
                self.wire.tell_with(ok, theirs);
                true
            }
            Err(e) => {
                self.refuse(crate::error::plain(&e));
                false
            }
        }
    }

    fn refuse(&mut self, why: String) {
        self.wire.tell(&Answer::because(Said::Error, why));
        self.leave();
    }

    /// Its time is up: it has asked for nothing, or does not take what it is sent.
    fn dismiss(&mut self) {
        match self.role {
            Role::Asks => self.refuse("nothing was asked for in time".to_owned()),
            Role::Attached | Role::Watches | Role::Sends => {
                self.wire.tell(&Answer::because(Said::Detached, "it took nothing of what the job wrote for too long"));
                self.leave();
            }
        }
    }

    /// It is let go of with the next turn: what it was told is on its way.
    fn leave(&mut self) {
        self.role = Role::Asks;
        self.stream = None;
        self.out.clear();
        self.wire.end();
    }

    /// What it has typed.
    fn typed(&mut self) -> Option<Wish> {
        let stream = self.stream.as_ref()?;
        let mut buf = vec![0; 4096];
        match fd::read(stream.as_fd(), &mut buf) {
            Ok(0) => self.wire.end(),
            Ok(n) => {
                buf.truncate(n);
                return Some(Wish::Input(buf));
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.wire.end(),
        }
        None
    }

    /// Writes what it takes now.
    fn write(&mut self, now: Instant) {
        if self.role == Role::Asks {
            return;
        }
        let Some(stream) = &self.stream else { return };
        let before = self.out.len();
        while !self.out.is_empty() {
            let (head, _) = self.out.as_slices();
            match fd::send(stream.as_fd(), head) {
                Ok(n) => drop(self.out.drain(..n)),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return self.wire.end(),
            }
        }
        if self.out.is_empty()
            && let Some(last) = self.last.take()
        {
            self.wire.tell(&last);
        }
        let waits = self.out.len() >= BACKLOG;
        self.since = match self.since {
            Some(at) if waits && self.out.len() >= before => Some(at),
            _ => waits.then_some(now),
        };
    }
}

impl Clients {
    /// Takes the socket's file away, for one who leaves without a word.
    pub fn forget(&self) {
        self.listener.forget();
    }

    /// The socket, for whoever lets go of all other descriptors.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}
