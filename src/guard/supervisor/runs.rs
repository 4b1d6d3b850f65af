//! A guard whose job is in the background: what it writes is kept, and it may be run again.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::Guard;
use crate::guard::background::Sink;
use crate::guard::launch::{self, Exec};
use crate::guard::machine::Event;
use crate::guard::pipes::{Pipes, Theirs};
use crate::guard::relay::Filled;
use crate::log::Stream;
use crate::process::Identity;
use crate::record::event;
use crate::record::job::{Exit, Log, State};
use crate::sys::spawn::Fork;
use crate::sys::{Pid, cgroup, clock, fd, os, spawn};

/// The longest rest between two runs.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// Who has run for so long begins to count his failures anew.
const STEADY: Duration = Duration::from_secs(60);
/// A job that has written nothing for so long is quiet.
const QUIET: Duration = Duration::from_millis(100);
/// Between two pieces of work on the log of one that is not.
const BETWEEN: Duration = Duration::from_millis(20);
/// How long the last words may take, and what is done with them.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// More than a terminal or a pipe can hold, in the pieces that they are read in.
const LAST_READS: usize = 256;

/// What such a guard has beyond others.
pub(super) struct Back {
    pub(super) exec: Exec,
    pub(super) pipes: Option<Pipes>,
    pub(super) sink: Option<Box<dyn Sink>>,
    /// When the next run is due.
    pub(super) rest_until: Option<Instant>,
    /// When the last began.
    pub(super) ran_at: Instant,
    /// When it last wrote something.
    pub(super) wrote_at: Option<Instant>,
    /// When its log was last worked on.
    pub(super) worked_at: Option<Instant>,
}

impl Back {
    /// When there is something to do without anything having happened.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let works = self.sink.as_ref().is_some_and(|s| s.has_work()).then(|| self.works_at(now));
        self.rest_until.into_iter().chain(works).min()
    }

    /// What of the pipes is to be polled: what it reads, what it writes, what it complains of.
    pub(super) fn ends(&self) -> [Option<BorrowedFd<'_>>; 3] {
        let Some(pipes) = &self.pipes else { return [None; 3] };
        [&pipes.input, &pipes.out, &pipes.err].map(|end| end.as_ref().map(AsFd::as_fd))
    }

    /// When its log is to be worked on: at once where nothing comes, else only now and then, since what is packed late costs
    /// disk, and what is read late costs the job.
    pub(super) fn works_at(&self, now: Instant) -> Instant {
        match (self.wrote_at, self.worked_at) {
            (Some(wrote), Some(worked)) if now < wrote + QUIET => worked + BETWEEN,
            (Some(wrote), None) if now < wrote + QUIET => wrote + BETWEEN,
            _ => now,
        }
    }

    pub(super) fn keep(&mut self, stream: Stream, bytes: &[u8]) {
        self.wrote_at = Some(clock::now());
        if let Some(sink) = &mut self.sink {
            sink.write(stream, bytes, clock::epoch_ms());
        }
    }

    fn rest(&mut self, nth: u32, first: Duration, now: Instant) {
        let doubled = first.saturating_mul(1 << nth.saturating_sub(1).min(16));
        let rest = if nth == 0 { Duration::ZERO } else { doubled.min(LONGEST_REST) };
        self.rest_until = Some(now + rest);
    }
}

impl Guard {
    /// What the pipes have, for the log and for whoever looks on.
    pub(super) fn read_pipes(&mut self) -> bool {
        let (Some(back), clients) = (&mut self.back, &mut self.desk.clients) else { return false };
        let Some(mut pipes) = back.pipes.take() else { return false };
        let any = pipes.read(|stream, bytes| {
            back.keep(stream, bytes);
            clients.iter_mut().for_each(|c| c.show(bytes));
        });
        back.pipes = Some(pipes);
        self.tell_loss();
        any
    }

    /// Something of the log was lost: the record says so, once.
    pub(super) fn tell_loss(&mut self) {
        let lost = self.back.as_ref().and_then(|b| b.sink.as_ref()?.lost());
        let Some(lost) = lost.filter(|_| self.job.log.as_ref().is_none_or(|log| log.lost.is_none())) else { return };
        self.job.log = Some(Log { lost: Some(lost.to_owned()) });
        self.record(self.job.state);
    }

    /// It is over for now, and is run again in a while.
    pub(super) fn rest(&mut self, nth: u32) {
        (self.engine, self.round, self.half) = (None, None, None);
        let first = Duration::from_millis(self.job.background.as_ref().map_or(0, |b| b.backoff_ms));
        if let Some(back) = &mut self.back {
            back.rest(nth, first, clock::now());
        }
        crate::sys::hook!(GuardRests);
    }

    /// It ended after a long life: what comes now is its first failure.
    pub(super) fn note_life(&mut self) {
        let lived = self.back.as_ref().is_some_and(|b| clock::now() >= b.ran_at + STEADY);
        if lived {
            self.step(Event::Steady);
        }
    }

    /// Runs the command again: the record first, as at the start, so that a sweep can always finish our work.
    pub(super) fn run_again(&mut self) {
        crate::sys::hook!(GuardRunsAgain);
        let ran = self.fork_again();
        let failed = match ran {
            Ok(None) => None,
            Ok(Some((code, why))) => Some((code, why)),
            Err(e) => Some((crate::exit::FAILED, crate::error::plain(&e))),
        };
        if let Some((code, why)) = &failed {
            self.job.exit = Some(Exit { code: Some(*code), signal: None, core: false, at: event::now() });
            if let Some(place) = &self.place {
                event::add(place, "job.failed", Some(self.job.id), why.clone());
            }
        }
        self.step(Event::Ran(failed.is_none()));
    }

    fn fork_again(&mut self) -> std::io::Result<Option<(i32, String)>> {
        let theirs = self.open_pipes()?;
        let ((wait, go), (told, tell)) = (fd::pipe()?, fd::pipe()?);
        let fork = self.fork_where_it_was();
        let Some(back) = &mut self.back else { return Err(std::io::ErrorKind::Unsupported.into()) };
        let follower = self.screen.as_mut().and_then(super::Screen::begin_anew);
        match fork? {
            Fork::Child => {
                drop(go);
                back.exec.run(follower, theirs.as_ref(), &wait, Some(tell))
            }
            Fork::Parent(pid) => {
                drop((wait, tell, theirs));
                launch::of_its_own(pid, follower);
                self.begins(pid);
            }
        }
        crate::sys::hook!(GuardRanAgain);
        let _ = fd::write(go.as_fd(), b"g");
        drop(go);
        let failed = launch::what_was_told(&told);
        if failed.is_some() {
            let _ = spawn::wait_for(self.command);
        }
        Ok(failed)
    }

    fn begins(&mut self, pid: Pid) {
        let now = clock::now();
        self.command = pid;
        self.job.root = Identity::of(pid);
        (self.job.exit, self.job.started_at) = (None, Some(event::now()));
        self.job.restarts += 1;
        if let Some(back) = &mut self.back {
            (back.ran_at, back.rest_until) = (now, None);
        }
        // It runs when it has been executed: whoever waits for that reads it here.
        self.record(State::Resting);
    }

    fn open_pipes(&mut self) -> std::io::Result<Option<Theirs>> {
        let Some(back) = self.back.as_mut().filter(|b| b.pipes.is_some()) else { return Ok(None) };
        let (ours, theirs) = Pipes::open()?;
        back.pipes = Some(ours);
        Ok(Some(theirs))
    }

    /// In the cgroup of the job's own, while there is one.
    fn fork_where_it_was(&mut self) -> std::io::Result<Fork> {
        if let Some(cgroup) = self.job.open_cgroup() {
            cgroup.thaw();
            if let Ok(fork) = cgroup.fork() {
                return Ok(fork);
            }
        }
        // Who is not where the record says would be taken for one who was moved there on purpose.
        if let Some(group) = self.job.cgroup.take() {
            cgroup::remove(crate::record::job::group(&group).0);
            self.job.unit = os::own_unit();
        }
        spawn::fork()
    }

    /// All that was written up to now. Whoever writes on without end is not heard to it.
    pub(super) fn drain(&mut self) {
        let until = clock::now() + LAST_WORDS;
        for _ in 0..LAST_READS {
            let filled = self.copy_last();
            let any = self.read_pipes() || matches!(filled, Filled::Some(_));
            if !any || clock::now() >= until {
                return;
            }
        }
    }

    /// Its log is brought in order, as far as there is time.
    pub(super) fn finish_log(&mut self) {
        let until = clock::now() + LAST_WORDS;
        // Let go of at the end: it gives back the room that it held.
        let Some(mut sink) = self.back.as_mut().and_then(|b| b.sink.take()) else { return };
        while sink.has_work() && clock::now() < until {
            sink.work();
        }
    }
}
