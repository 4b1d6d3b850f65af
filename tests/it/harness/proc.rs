//! What `/proc` says: identities, states, trees. The witness in every test.

use super::raw;
use std::fs;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// One line of `/proc/PID/stat`.
#[derive(Clone, Debug)]
pub(crate) struct Stat {
    pub(crate) pid: i32,
    pub(crate) comm: String,
    pub(crate) state: char,
    pub(crate) ppid: i32,
    pub(crate) pgrp: i32,
    pub(crate) session: i32,
    pub(crate) tpgid: i32,
    pub(crate) start: u64,
}

/// A process for ever: its pid and when it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) pid: i32,
    pub(crate) start: u64,
}

/// Parse after the last `)`: a command may be called `) R 1`.
pub(crate) fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (head, tail) = text.rsplit_once(") ")?;
    let comm = head.split_once(" (")?.1.to_owned();
    let f: Vec<&str> = tail.split_whitespace().collect();
    let number = |at: usize| f.get(at).and_then(|word| word.parse::<i32>().ok());
    Some(Stat {
        pid,
        comm,
        state: f.first()?.chars().next()?,
        ppid: number(1)?,
        pgrp: number(2)?,
        session: number(3)?,
        tpgid: number(5)?,
        start: f.get(19)?.parse().ok()?,
    })
}

/// Every process there is, zombies left out.
pub(crate) fn all() -> Vec<Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(stat).filter(|one| !matches!(one.state, 'Z' | 'X')).collect()
}

/// Those below `root` in this list, itself left out.
pub(crate) fn below(all: &[Stat], root: i32) -> Vec<Stat> {
    let mut found: Vec<Stat> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for one in all.iter().filter(|one| one.ppid == parent && one.pid != parent) {
            parents.push(one.pid);
            found.push(one.clone());
        }
    }
    found
}

/// A file of `/proc/PID`, empty when it cannot be read.
pub(crate) fn file(pid: i32, name: &str) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default()
}

/// Whether argv or environment of this process contain the text.
pub(crate) fn mentions(pid: i32, text: &str) -> bool {
    ["cmdline", "environ"].iter().any(|name| contains(&file(pid, name), text))
}

/// Whether the bytes contain the text.
pub(crate) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len().max(1)).any(|part| part == text.as_bytes())
}

impl Stat {
    pub(crate) fn id(&self) -> Id {
        Id { pid: self.pid, start: self.start }
    }
}

impl Id {
    pub(crate) fn of(pid: i32) -> Option<Id> {
        stat(pid).map(|one| one.id())
    }

    /// The process now, if it still is this one; a zombie is gone.
    pub(crate) fn stat(self) -> Option<Stat> {
        stat(self.pid).filter(|one| one.start == self.start && !matches!(one.state, 'Z' | 'X'))
    }

    pub(crate) fn alive(self) -> bool {
        self.stat().is_some()
    }

    pub(crate) fn state(self) -> Option<char> {
        self.stat().map(|one| one.state)
    }

    /// Its pidfd, verified after it was opened.
    pub(crate) fn open(self) -> Option<OwnedFd> {
        let fd = raw::pidfd(self.pid).ok()?;
        self.alive().then_some(fd)
    }

    /// Signal exactly this process; false when it is gone.
    pub(crate) fn signal(self, signal: i32) -> bool {
        self.pid > 1 && self.open().is_some_and(|fd| raw::send(&fd, signal).is_ok())
    }

    pub(crate) fn kill(self) -> bool {
        self.signal(libc::SIGKILL)
    }

    /// Wait for its end, at most this long; whether it came.
    pub(crate) fn gone_within(self, most: Duration) -> bool {
        let Some(fd) = self.open() else { return true };
        let deadline = Instant::now() + most;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.alive() {
                return true;
            }
            if left.is_zero() {
                return false;
            }
            wait_readable(&fd, left);
        }
    }
}

/// Poll one descriptor for input, at most this long.
pub(crate) fn wait_readable(fd: &OwnedFd, most: Duration) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let ms = u16::try_from(most.as_millis()).unwrap_or(u16::MAX).max(1);
    let mut one = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    matches!(poll(&mut one, PollTimeout::from(ms)), Ok(n) if n > 0)
}
