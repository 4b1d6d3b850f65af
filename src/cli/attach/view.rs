//! A terminal that is a job's for a while, or looks on: the loop between it and the guard.
//!
//! Never waits for one side while the other has something to say (LAWS L19), and always gives the terminal back.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::key::Finder;
use super::terminal::Terminal;
use crate::cli::connect::Line;
use crate::error::Result;
use crate::guard::front::is_orphaned;
use crate::guard::protocol::{Answer, Ask as Want, Heard, Request, Said, Wire};
use crate::guard::relay::Filled;
use crate::record::job::Exit;
use crate::sys::clock;
use crate::sys::fd::{self, Ask, Ready};
use crate::sys::os::Inbox;
use crate::sys::signal::{self, Signal};
use crate::sys::tty::Size;

/// What may be typed ahead.
const TYPED: usize = 64 * 1024;
/// How long the guard may take to take in what was typed before we leave.
const LAST_KEYS: Duration = Duration::from_secs(1);
/// What a terminal that is being stopped may still take.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Between the two sizes that make a full-screen program paint its screen anew.
const REPAINT: Duration = Duration::from_millis(60);

/// Why it is over.
#[derive(Debug)]
pub(in crate::cli) enum End {
    /// The key was pressed.
    Left,
    /// The command has ended.
    Exited(Exit),
    /// The guard lets go of us.
    Sent(String),
    /// The guard has gone without a word.
    Gone,
    /// This was sent to us, or the terminal has closed.
    Signal(Signal),
}

/// A terminal and a job.
pub(super) struct View {
    wire: Wire,
    stream: OwnedFd,
    terminal: Terminal,
    inbox: Inbox,
    finder: Finder,
    /// What is typed goes to the job.
    types: bool,
    typed: Vec<u8>,
    /// The size that the guard knows.
    size: Size,
    /// When it is told the real one.
    repaint: Option<Instant>,
    /// We leave, at the latest then.
    leaves: Option<Instant>,
    /// The next CONT is one that we know of.
    continued: bool,
}

/// Does this signal end us? The others are dealt with, or do nothing to anybody.
pub(super) fn ends(sig: Signal) -> bool {
    let mild = [signal::WINCH, signal::CHLD, signal::URG, signal::PIPE, signal::CONT];
    !mild.contains(&sig) && !stops(sig)
}

fn stops(sig: Signal) -> bool {
    [signal::TSTP, signal::TTIN, signal::TTOU].contains(&sig)
}

impl View {
    /// Over a connection that has been granted a stream; the terminal is raw already, and signals are blocked.
    pub(super) fn new(
        line: Line,
        stream: OwnedFd,
        terminal: Terminal,
        inbox: Inbox,
        key: Option<u8>,
        types: bool,
    ) -> View {
        let size = terminal.size();
        View {
            wire: line.wire,
            stream,
            terminal,
            inbox,
            finder: Finder::new(key),
            types,
            typed: Vec::new(),
            size,
            repaint: None,
            leaves: None,
            continued: false,
        }
    }

    /// Until it is over; the terminal is as it was before.
    pub(super) fn run(mut self) -> End {
        let end = loop {
            if let Some(end) = self.turn() {
                break end;
            }
        };
        let cut = match &end {
            // What is still to be seen belongs to it.
            End::Exited(_) | End::Sent(_) | End::Gone => self.terminal.flush(self.stream.as_fd(), &self.inbox, None),
            End::Left | End::Signal(_) => None,
        };
        self.terminal.leave(!matches!(end, End::Exited(_)));
        cut.map_or(end, End::Signal)
    }

    fn turn(&mut self) -> Option<End> {
        let [inbox, line, tty, stream] = self.wait();
        if inbox.readable {
            while let Some(caught) = self.inbox.next() {
                if let Some(end) = self.signal(caught.sig) {
                    return Some(end);
                }
            }
        }
        if stream.readable || stream.hung_up {
            // Its end is told on the wire.
            let closed = self.terminal.show(self.stream.as_fd()) == Filled::Closed;
            if closed && self.wire.fd().is_none() {
                return Some(End::Gone);
            }
        } else if tty.writable {
            self.terminal.write();
        }
        if tty.readable || tty.hung_up {
            self.keys(tty);
        }
        self.type_();
        if line.writable {
            self.wire.flush();
        }
        if self.terminal.is_gone() {
            return Some(End::Signal(signal::HUP));
        }
        let now = clock::now();
        if self.repaint.is_some_and(|at| at <= now) {
            self.tell_size(self.terminal.size());
        }
        if line.readable || line.hung_up {
            return self.listen();
        }
        self.leaves.filter(|at| *at <= now).map(|_| End::Left)
    }

    fn wait(&self) -> [Ready; 4] {
        let typed = self.typed.len() < TYPED && self.leaves.is_none();
        let shows = self.terminal.has_room();
        let stream = Some(self.stream.as_fd()).filter(|_| shows || !self.typed.is_empty());
        let asks = [
            Ask { fd: Some(self.inbox.as_fd()), read: true, write: false },
            Ask { fd: self.wire.fd(), read: true, write: self.wire.wants_write() },
            self.terminal.ask(typed),
            Ask { fd: stream, read: shows, write: !self.typed.is_empty() },
        ];
        let due = [self.repaint, self.leaves].into_iter().flatten().min();
        fd::poll(&asks, clock::timeout_until(due, clock::now())).unwrap_or_default()
    }

    fn signal(&mut self, sig: Signal) -> Option<End> {
        match sig {
            signal::WINCH => {
                let size = self.terminal.size();
                if size != self.size {
                    self.tell_size(size);
                }
            }
            // Somebody stopped us in a way that we did not hear of: the shell has had its own modes since.
            signal::CONT if !std::mem::take(&mut self.continued) => return self.back(),
            sig if stops(sig) => return self.suspend(sig, false),
            sig if ends(sig) => return Some(End::Signal(sig)),
            _ => {}
        }
        None
    }

    fn keys(&mut self, ready: Ready) {
        let mut bytes = self.terminal.read(ready);
        if let Some(before) = self.finder.find(&bytes) {
            bytes.truncate(before);
            // Of one who only looks on nothing is on its way.
            self.leaves = Some(clock::now() + if self.types { LAST_KEYS } else { Duration::ZERO });
        }
        if self.types {
            self.typed.extend(bytes);
        }
    }

    /// Sends what was typed. When we leave the end of it is sent too, and the guard lets go of us when it has it all.
    fn type_(&mut self) {
        while !self.typed.is_empty() {
            match fd::send(self.stream.as_fd(), &self.typed) {
                Ok(n) => drop(self.typed.drain(..n)),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.typed.clear(),
            }
        }
        if self.leaves.is_some() {
            let _ = fd::shutdown_write(self.stream.as_fd());
        }
    }

    fn listen(&mut self) -> Option<End> {
        loop {
            let answer = match self.wire.hear::<Answer>() {
                Heard::Line(answer, _) => answer,
                Heard::Nothing => return None,
                Heard::Gone if self.leaves.is_some() => return Some(End::Left),
                Heard::Gone => return Some(End::Gone),
                Heard::Broken(why) => return Some(End::Sent(format!("what its guard says is odd: {why}"))),
            };
            match answer.is {
                Said::Exited => {
                    let (code, signal, core) = (answer.code, answer.signal, answer.core == Some(true));
                    return Some(End::Exited(Exit { code, signal, core, at: String::new() }));
                }
                Said::Detached | Said::Error => return Some(End::Sent(answer.why.unwrap_or_default())),
                Said::Stopped if self.types => {
                    let sig = answer.signal.filter(|s| stops(*s)).unwrap_or(signal::TSTP);
                    if let Some(end) = self.suspend(sig, true) {
                        return Some(end);
                    }
                }
                Said::Stopped | Said::Ok => {}
            }
        }
    }

    /// Stops as the shell's job (LAWS L3–L6), until CONT. `job`: the command has stopped, and goes on with us.
    fn suspend(&mut self, sig: Signal, job: bool) -> Option<End> {
        let cut = self.terminal.flush(self.stream.as_fd(), &self.inbox, Some(LAST_WORDS));
        if let Some(sig) = cut {
            return Some(End::Signal(sig));
        }
        self.terminal.yield_();
        if !is_orphaned() {
            let _ = signal::stop_self(sig, true);
            self.continued = true;
        }
        let end = self.back();
        if job && end.is_none() {
            self.wire.tell(&Request::new(Want::Continue));
        }
        end
    }

    /// The terminal is ours again: as the program wants it, painted anew.
    fn back(&mut self) -> Option<End> {
        if self.terminal.enter().is_err() {
            return Some(End::Signal(signal::HUP));
        }
        let (full, size) = (self.terminal.rearm(), self.terminal.size());
        if full && size.rows > 1 && self.types {
            self.tell_size(Size { rows: size.rows - 1, ..size });
            self.repaint = Some(clock::now() + REPAINT);
        } else if size != self.size {
            self.tell_size(size);
        }
        None
    }

    fn tell_size(&mut self, size: Size) {
        (self.size, self.repaint) = (size, None);
        if self.types {
            self.wire.tell(&Request { size: Some(size.into()), ..Request::new(Want::Resize) });
        }
    }
}

/// Signals as data from here on, and the terminal raw. In the background the terminal has stopped us before.
pub(super) fn begin(terminal: &mut Terminal) -> Result<Inbox> {
    use crate::error::Doing;
    signal::block_all().doing(|| "block signals".to_owned())?;
    let inbox = Inbox::open().doing(|| "read signals".to_owned())?;
    terminal.enter()?;
    Ok(inbox)
}
