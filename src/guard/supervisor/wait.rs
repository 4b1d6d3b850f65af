//! What a guard waits for, and what it reads: its own few descriptors always, pipes and clients where a job has them.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::{Guard, Watched};
use crate::guard::census::Census;
use crate::guard::clients::MOST;
use crate::guard::machine::{At, Event};
use crate::guard::relay::Filled;
use crate::guard::screen::Screen;
use crate::log::Stream;
use crate::sys::clock;
use crate::sys::fd::{self, Ask, Ready};

/// How often an owner is asked after where there are no pidfds to wait on.
const WITHOUT_PIDFD: Duration = Duration::from_secs(2);
/// How many of its own descriptors a guard always asks about.
const OWN: usize = 6;
/// With the three pipes of a job without a terminal, the socket and its clients.
pub(super) const ALL: usize = OWN + 3 + 1 + 2 * MOST;

impl Guard {
    /// Is there more to ask about than what every guard has?
    pub(super) fn is_wide(&self) -> bool {
        self.back.is_some() || self.desk.clients.is_some()
    }

    /// What only a job in the background has, or one that has clients.
    pub(super) fn beyond(&mut self, ready: &[Ready], now: Instant) {
        if ready[1].readable || ready[1].hung_up || ready[2].readable || ready[2].hung_up {
            self.read_pipes();
        }
        self.serve(&ready[3..], now);
        let Some(back) = &mut self.back else { return };
        let is_time = back.works_at(now) <= now;
        if let Some(sink) = back.sink.as_mut().filter(|sink| is_time && sink.has_work()) {
            sink.work();
            back.worked_at = Some(now);
        }
        if back.rest_until.is_some_and(|at| at <= now) {
            back.rest_until = None;
            self.step(Event::Rested);
        }
    }

    pub(super) fn wait(&mut self, now: Instant, found: &mut [Ready; ALL]) {
        let (reads, copies) = (self.reads_master(), self.copies());
        let ask = |fd, read, write| Ask { fd, read, write };
        let waiting = copies && self.screen.as_ref().is_some_and(Screen::has_words);
        let asks = [
            ask(Some(self.inbox.as_fd()), true, false),
            ask(self.line.fd(), true, self.line.wants_write()),
            ask(self.watch.as_ref().map(AsFd::as_fd), false, waiting),
            ask(self.owner.as_ref().and_then(Watched::fd), true, false),
            ask(self.parent.as_ref().and_then(Watched::fd), true, false),
            match self.screen.as_ref().filter(|_| self.desk.has_typed()).and_then(Screen::keyboard) {
                Some(master) => ask(Some(master), reads, true),
                None => ask(self.screen.as_ref().filter(|_| reads).and_then(Screen::wants_read), true, false),
            },
        ];
        let timeout = clock::timeout_until(self.deadline(now), now);
        if self.is_wide() {
            let mut all = [ask(None, false, false); ALL];
            all[..OWN].copy_from_slice(&asks);
            if let Some(back) = &self.back {
                let [input, out, err] = back.ends();
                let room = !self.desk.is_full();
                all[OWN] = ask(input.filter(|_| self.desk.has_typed()), false, true);
                all[OWN + 1] = ask(out.filter(|_| room), true, false);
                all[OWN + 2] = ask(err.filter(|_| room), true, false);
            }
            if let Some(clients) = &self.desk.clients {
                all[OWN + 3..].copy_from_slice(&clients.asks(self.desk.has_room()));
            }
            *found = fd::poll(&all, timeout).unwrap_or([Ready::default(); ALL]);
        } else {
            found[..OWN].copy_from_slice(&fd::poll(&asks, timeout).unwrap_or_default());
        }
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let census = self.census.as_ref().filter(|_| self.machine.at() != At::Ending).and_then(Census::due);
        let blind = self.owner.as_ref().is_some_and(|o| o.handle.is_none()) && !self.machine.is_over();
        let blind = blind.then(|| now + WITHOUT_PIDFD);
        let back = self.back.as_ref().and_then(|b| b.due(now));
        [census, self.round, self.half, blind, self.desk.due(), back].into_iter().flatten().min()
    }

    /// Is it ours to read the master: nobody else does, or what comes no longer matters to anybody?
    pub(super) fn reads_master(&self) -> bool {
        (self.has_master() && !self.desk.is_full()) || (self.machine.at() == At::Ending && self.machine.is_over())
    }

    /// Does nobody else read the master?
    fn has_master(&self) -> bool {
        self.desk.is_taken || !self.machine.has_front()
    }

    /// Do leftovers' words go to the user's terminal? What a job in the background writes never does.
    pub(super) fn copies(&self) -> bool {
        self.back.is_none() && !self.machine.has_front() && !self.machine.is_over() && self.watch.is_some()
    }

    pub(super) fn copy(&mut self) {
        self.copy_if(self.reads_master());
        self.tell_loss();
    }

    /// At the end: what was written is not left where it is because somebody is slow to take it.
    pub(super) fn copy_last(&mut self) -> Filled {
        self.copy_if(self.has_master())
    }

    fn copy_if(&mut self, reads: bool) -> Filled {
        let copies = self.copies();
        let user = self.watch.as_ref().filter(|_| copies).map(AsFd::as_fd);
        let (Some(screen), back, clients) = (&mut self.screen, &mut self.back, &mut self.desk.clients) else {
            return Filled::Nothing;
        };
        screen.copy(reads, user, |bytes| {
            back.iter_mut().for_each(|b| b.keep(Stream::Terminal, bytes));
            clients.iter_mut().for_each(|c| c.show(bytes));
        })
    }
}
