//! Many processes and some directories behind one descriptor: a kqueue, macOS (`macos.rs`; has never run).
//! `linux_watch.rs` has the same names, and says what they mean.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Happened, Of};
use crate::sys::{Pid, fd};

/// Readable when something has happened.
#[derive(Debug)]
pub struct Watch {
    queue: OwnedFd,
    processes: BTreeSet<Pid>,
    paths: Vec<(OwnedFd, PathBuf)>,
}

fn owned(raw: i32) -> io::Result<OwnedFd> {
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just returned this descriptor to us alone.
    let fd = fd::above_std(unsafe { OwnedFd::from_raw_fd(raw) })?;
    fd::close_on_exec(fd.as_fd())?;
    Ok(fd)
}

impl Watch {
    /// Watches nothing yet.
    pub fn open() -> io::Result<Watch> {
        // SAFETY: kqueue takes nothing and returns a descriptor.
        Ok(Watch { queue: owned(unsafe { libc::kqueue() })?, processes: BTreeSet::new(), paths: Vec::new() })
    }

    fn change(&self, ident: usize, filter: i16, flags: u16, fflags: u32) -> io::Result<()> {
        // SAFETY: an all-zero kevent is a valid value.
        let mut ask: libc::kevent = unsafe { std::mem::zeroed() };
        (ask.ident, ask.filter, ask.flags, ask.fflags) = (ident, filter, flags, fflags);
        let none = std::ptr::null_mut();
        // SAFETY: reads one kevent, writes none.
        let r = unsafe { libc::kevent(self.queue.as_raw_fd(), &raw const ask, 1, none, 0, std::ptr::null()) };
        if r < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Tells, once, when whoever has this number *now* ends. `false`: it is watched already.
    pub fn process(&mut self, pid: Pid) -> io::Result<bool> {
        if pid <= 1 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.processes.contains(&pid) {
            return Ok(false);
        }
        self.change(pid as usize, libc::EVFILT_PROC, libc::EV_ADD | libc::EV_ONESHOT, libc::NOTE_EXIT)?;
        Ok(self.processes.insert(pid))
    }

    /// Watches only those of its processes that are wanted.
    pub fn keep(&mut self, wanted: impl Fn(Pid) -> bool) {
        let unwanted: Vec<Pid> = self.processes.iter().copied().filter(|&pid| !wanted(pid)).collect();
        for pid in unwanted {
            self.processes.remove(&pid);
            // One that has ended meanwhile is not in there any more.
            let _ = self.change(pid as usize, libc::EVFILT_PROC, libc::EV_DELETE, 0);
        }
    }

    /// How many processes are watched.
    pub fn processes(&self) -> usize {
        self.processes.len()
    }

    /// Watches a path until it goes. `false`: it is watched already.
    pub fn path(&mut self, path: &Path, _of: Of) -> io::Result<bool> {
        if self.paths.iter().any(|(_, known)| known == path) {
            return Ok(false);
        }
        let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: a NUL-terminated path that lives over the call.
        let file = owned(unsafe { libc::open(name.as_ptr(), libc::O_EVTONLY | libc::O_CLOEXEC) })?;
        let what = libc::NOTE_WRITE | libc::NOTE_EXTEND | libc::NOTE_DELETE | libc::NOTE_RENAME;
        self.change(file.as_raw_fd() as usize, libc::EVFILT_VNODE, libc::EV_ADD | libc::EV_CLEAR, what)?;
        self.paths.push((file, path.to_owned()));
        Ok(true)
    }

    /// All that has happened; waits for nothing.
    pub fn happened(&mut self) -> Happened {
        let mut found = Happened::default();
        loop {
            // SAFETY: an all-zero kevent is a valid value to be overwritten.
            let mut events: [libc::kevent; 64] = unsafe { std::mem::zeroed() };
            let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            let (room, none) = (events.len() as i32, std::ptr::null());
            // SAFETY: reads no kevent, writes at most as many as there is room for.
            let n =
                unsafe { libc::kevent(self.queue.as_raw_fd(), none, 0, events.as_mut_ptr(), room, &raw const at_once) };
            let told = usize::try_from(n).unwrap_or(0);
            for event in &events[..told] {
                if event.filter == libc::EVFILT_PROC {
                    let pid = event.ident as Pid;
                    self.processes.remove(&pid);
                    found.ended.push(pid);
                    continue;
                }
                found.changed = true;
                if event.fflags & (libc::NOTE_DELETE | libc::NOTE_RENAME) != 0 {
                    // Its descriptor goes, and the note with it; what is at the path next is watched anew.
                    self.paths.retain(|(file, _)| file.as_raw_fd() as usize != event.ident);
                }
            }
            if told < events.len() {
                return found;
            }
        }
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}
