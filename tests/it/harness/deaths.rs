//! When did each of them die? Watched by pidfd, so that nobody is polled and the times are true.

use super::proc::Id;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// Somebody who is expected to die.
struct Watched {
    name: String,
    id: Id,
    fd: Option<OwnedFd>,
    died: Option<Duration>,
}

/// A set of processes and the moment from which their deaths are counted.
pub(crate) struct Deaths {
    since: Instant,
    watched: Vec<Watched>,
}

impl Deaths {
    /// Open all of them; the clock starts with [`Deaths::start`].
    pub(crate) fn watch(of: impl IntoIterator<Item = (String, Id)>) -> Deaths {
        let open = |(name, id): (String, Id)| Watched { name, id, fd: id.open(), died: None };
        Deaths { since: Instant::now(), watched: of.into_iter().map(open).collect() }
    }

    /// The fault happens now.
    pub(crate) fn start(&mut self) {
        self.since = Instant::now();
    }

    /// Wait until all are dead, at most this long; the names of those who live.
    pub(crate) fn wait(&mut self, most: Duration) -> Vec<String> {
        let deadline = Instant::now() + most;
        loop {
            self.look();
            let left = deadline.saturating_duration_since(Instant::now());
            let mut fds: Vec<PollFd> = self.alive().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)).collect();
            if fds.is_empty() || left.is_zero() {
                break;
            }
            let ms = u16::try_from(left.as_millis()).unwrap_or(u16::MAX).max(1);
            let _ = poll(&mut fds, PollTimeout::from(ms));
        }
        let living = self.watched.iter().filter(|one| one.died.is_none());
        living.map(|one| format!("{} (pid {}, {:?})", one.name, one.id.pid, one.id.state())).collect()
    }

    fn alive(&self) -> impl Iterator<Item = &OwnedFd> {
        self.watched.iter().filter(|one| one.died.is_none()).filter_map(|one| one.fd.as_ref())
    }

    fn look(&mut self) {
        for one in self.watched.iter_mut().filter(|one| one.died.is_none()) {
            if !one.id.alive() {
                one.died = Some(self.since.elapsed());
            }
        }
    }

    /// When the last of those died whose name is in the list; `None` when there were none or one lives.
    pub(crate) fn last(&self, names: &[&str]) -> Option<Duration> {
        let of = self.watched.iter().filter(|one| names.contains(&one.name.as_str()));
        of.map(|one| one.died).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// When the first of those died.
    pub(crate) fn first(&self, names: &[&str]) -> Option<Duration> {
        self.watched.iter().filter(|one| names.contains(&one.name.as_str())).filter_map(|one| one.died).min()
    }

    /// `name 12ms, other 34ms, …`, in order.
    pub(crate) fn told(&self) -> String {
        let mut died: Vec<_> = self.watched.iter().filter_map(|one| Some((one.died?, &one.name))).collect();
        died.sort();
        died.iter().map(|(when, name)| format!("{name} {}ms", when.as_millis())).collect::<Vec<_>>().join(", ")
    }
}
