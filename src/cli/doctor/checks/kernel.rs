//! What the kernel gives: subreapers, holds on processes, terminals, cgroups, a clock that goes forward.

use std::os::fd::AsFd;
use std::time::{Duration, SystemTime};

use super::{Check, Holds, check};
use crate::cli::gather::Books;
use crate::error::plain;
use crate::guard::scope;
use crate::process::Identity;
use crate::record::job;
use crate::sys::cgroup::{self, Cgroup};
use crate::sys::os::{self, Handle};
use crate::sys::pty::Pty;
use crate::sys::spawn::{self, Fork};
use crate::sys::tty::Size;
use crate::sys::{self, clock, fd, file};

/// Between the clock and a record; more is a clock that was set.
const STEP: Duration = Duration::from_secs(60);

/// Asked by a child of ours, so that we do not become one.
pub(super) fn subreapers() -> Check {
    let asked = fd::pipe().and_then(|(read, write)| match spawn::fork()? {
        Fork::Child => {
            let said = os::become_subreaper().err().map_or_else(String::new, |e| plain(&e));
            let _ = fd::write(write.as_fd(), said.as_bytes());
            spawn::leave(0)
        }
        Fork::Parent(pid) => {
            drop(write);
            let mut buf = [0u8; 256];
            let n = fd::read(read.as_fd(), &mut buf)?;
            spawn::wait_for(pid)?;
            Ok(String::from_utf8_lossy(&buf[..n]).into_owned())
        }
    });
    match asked.unwrap_or_else(|e| plain(&e)) {
        no if no.is_empty() => check("subreapers", Holds::Yes, "orphans of a job come to its guard, then to its front"),
        why => check("subreapers", Holds::No, format!("orphans go to init, and only scans find them: {why}")),
    }
}

pub(super) fn pidfd() -> Check {
    match Handle::open(sys::pid()) {
        Ok(_) => check("pidfd", Holds::Yes, "a signal reaches the process that was meant, or nobody"),
        Err(e) => check(
            "pidfd",
            Holds::Broken,
            format!("{}; only our own children are signalled, a sweep ends nobody", plain(&e)),
        ),
    }
}

pub(super) fn inode() -> Check {
    match Handle::open(sys::pid()).ok().and_then(|h| h.inode()) {
        Some(_) => check("identity", Holds::Yes, "start time and pidfd inode, unique per boot"),
        None => check("identity", Holds::Note, "start time only: this kernel's pidfds have no inode of their own"),
    }
}

pub(super) fn children() -> Check {
    if os::has_children_files() {
        check("children", Holds::Yes, "a process's children are read from one file")
    } else {
        check("children", Holds::Note, "no list of children in /proc: trees are found by reading all processes")
    }
}

pub(super) fn terminal() -> Check {
    match Pty::open(Size { rows: 24, cols: 80, ..Size::default() }) {
        Ok(_) => check("pty", Holds::Yes, "a command gets a terminal of its own"),
        Err(e) => check("pty", Holds::No, format!("{}; commands run as with --direct", plain(&e))),
    }
}

pub(super) fn cgroup() -> Check {
    let spared = "members are ended one by one, as without it";
    let mut random = [0; 10];
    let _ = file::random(&mut random);
    let made = Cgroup::make(&job::new_uid(clock::epoch_ms(), random));
    let entered = made.and_then(|(cgroup, _)| {
        let forked = cgroup.fork();
        let waited = match forked {
            Ok(Fork::Child) => spawn::leave(0),
            Ok(Fork::Parent(pid)) => spawn::wait_for(pid),
            Err(e) => Err(e),
        };
        cgroup::remove(cgroup.path());
        waited
    });
    match entered {
        Ok(()) => check("cgroup", Holds::Yes, "a job has a cgroup of its own, in ours, and can be ended in one stroke"),
        Err(e) => {
            let says = format!("not to be had here: {}; {spared}", plain(&e));
            // Where there is no version 2 at all the manager has none to give.
            if e.kind() == std::io::ErrorKind::Unsupported || scope::answers().is_err() {
                return check("cgroup", Holds::Note, says);
            }
            check("cgroup", Holds::Note, format!("{says}; systemd's user manager answers, and can make one"))
                .hint("pj config set wrap.scope true")
        }
    }
}

/// Records keep the time of the day: for how long they are kept, and for people. What they name is known by other means.
pub(super) fn clock(books: &Books) -> Check {
    let born = |who: &Identity, at: &str| (who.is_of_here().then_some(who.start), humantime::parse_rfc3339(at).ok());
    let jobs = books.jobs.iter().filter_map(|held| {
        let job = &held.record;
        Some(born(job.guard.as_ref().or(job.root.as_ref())?, &job.created_at))
    });
    let sessions = books.sessions.iter().map(|held| born(&held.record.identity, &held.record.registered_at));
    let now = SystemTime::now();
    let (mut ahead, mut behind) = (0, 0);
    for (start, at) in jobs.chain(sessions) {
        let Some(at) = at else { continue };
        ahead += usize::from(at > now + STEP);
        // Written before its own process began, by what the clock says now.
        let began = start.and_then(|start| now.checked_sub(Duration::from_millis(os::age_ms(start))));
        behind += usize::from(began.is_some_and(|began| at + STEP < began));
    }
    match (ahead, behind) {
        (0, 0) => check("clock", Holds::Yes, "no record is of another time than its process"),
        (0, n) => check("clock", Holds::No, format!("{n} records are older than their processes: it was set forward"))
            .hint(SET),
        (n, _) => check("clock", Holds::No, format!("{n} records are from the future: it was set back")).hint(SET),
    }
}

/// Keeps it right.
const SET: &str =
    if cfg!(target_os = "macos") { "sudo sntp -sS time.apple.com" } else { "sudo timedatectl set-ntp true" };
