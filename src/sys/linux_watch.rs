//! Linux: many processes and some directories behind one descriptor: epoll(7) over a pidfd each and one inotify(7).
//! `macos_watch.rs` has the same names. What it tells are hints: that a process of this number has ended, that some record
//! may be new. Who that was, and what is in it, is for the caller to find out.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Happened, Of};
use crate::sys::os::Handle;
use crate::sys::{Pid, fd};

/// Readable when something has happened.
#[derive(Debug)]
pub struct Watch {
    all: OwnedFd,
    notes: OwnedFd,
    processes: BTreeMap<Pid, Handle>,
    paths: Vec<(i32, PathBuf, Of)>,
    /// So many processes at most.
    most: usize,
}

/// In an event of `all`: it is about the notes, not about a process.
const NOTES: u64 = u64::MAX;
/// So many files may be opened beside: whoever watches has to look, and to signal, too.
const SPARE: usize = 64;

fn owned(raw: i32) -> io::Result<OwnedFd> {
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just returned this descriptor to us alone.
    fd::above_std(unsafe { OwnedFd::from_raw_fd(raw) })
}

impl Watch {
    /// Watches nothing yet. Takes leave to open as many files as the hard limit has: each process takes one.
    pub fn open() -> io::Result<Watch> {
        let most = raise_limit().saturating_sub(SPARE);
        // SAFETY: both take flags and return a descriptor.
        let (all, notes) = unsafe {
            (libc::epoll_create1(libc::EPOLL_CLOEXEC), libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK))
        };
        let (all, notes) = (owned(all), owned(notes));
        let watch = Watch { all: all?, notes: notes?, processes: BTreeMap::new(), paths: Vec::new(), most };
        watch.add(watch.notes.as_fd(), NOTES)?;
        Ok(watch)
    }

    fn add(&self, fd: BorrowedFd, data: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: data };
        // SAFETY: reads one epoll_event; both descriptors are open.
        let r = unsafe { libc::epoll_ctl(self.all.as_raw_fd(), libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &mut event) };
        if r < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Tells, once, when whoever has this number *now* ends: the caller looks afterwards whether it is who was meant.
    /// `false`: it is watched already. An error of ESRCH: nobody has it.
    pub fn process(&mut self, pid: Pid) -> io::Result<bool> {
        if self.processes.contains_key(&pid) {
            return Ok(false);
        }
        if self.processes.len() >= self.most {
            return Err(io::Error::from_raw_os_error(libc::EMFILE));
        }
        let handle = Handle::open(pid)?;
        self.add(handle.as_fd(), pid as u64)?;
        self.processes.insert(pid, handle);
        Ok(true)
    }

    /// Watches only those of its processes that are wanted.
    pub fn keep(&mut self, wanted: impl Fn(Pid) -> bool) {
        let unwanted: Vec<Pid> = self.processes.keys().copied().filter(|&pid| !wanted(pid)).collect();
        unwanted.into_iter().for_each(|pid| self.forget(pid));
    }

    /// How many processes are watched.
    pub fn processes(&self) -> usize {
        self.processes.len()
    }

    fn forget(&mut self, pid: Pid) {
        if let Some(handle) = self.processes.remove(&pid) {
            // By hand: where a child holds the same pidfd for a moment, closing ours would leave it in there.
            // SAFETY: takes descriptors; no event is read for a removal.
            unsafe {
                let (all, one) = (self.all.as_raw_fd(), handle.as_fd().as_raw_fd());
                libc::epoll_ctl(all, libc::EPOLL_CTL_DEL, one, std::ptr::null_mut());
            }
        }
    }

    /// Watches a path until it goes. `false`: it is watched already.
    pub fn path(&mut self, path: &Path, of: Of) -> io::Result<bool> {
        if self.paths.iter().any(|(_, known, _)| known == path) {
            return Ok(false);
        }
        let gone = libc::IN_DELETE_SELF | libc::IN_MOVE_SELF;
        let mask = gone
            | match of {
                Of::Records => libc::IN_CLOSE_WRITE | libc::IN_MOVED_TO | libc::IN_ONLYDIR,
                Of::Names => libc::IN_CREATE | libc::IN_MOVED_TO | libc::IN_ONLYDIR,
                Of::Text => libc::IN_MODIFY,
            };
        let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: a NUL-terminated path that lives over the call.
        let wd = unsafe { libc::inotify_add_watch(self.notes.as_raw_fd(), name.as_ptr(), mask) };
        if wd < 0 {
            return Err(io::Error::last_os_error());
        }
        self.paths.push((wd, path.to_owned(), of));
        Ok(true)
    }

    /// All that has happened; waits for nothing.
    pub fn happened(&mut self) -> Happened {
        let mut found = Happened::default();
        loop {
            let mut events = [MaybeUninit::<libc::epoll_event>::uninit(); 64];
            let most = events.len() as i32;
            // SAFETY: room for so many events; the kernel says how many it has written.
            let n = unsafe { libc::epoll_wait(self.all.as_raw_fd(), events.as_mut_ptr().cast(), most, 0) };
            let told = events.iter().take(usize::try_from(n).unwrap_or(0));
            // SAFETY: the first n were written.
            let told: Vec<u64> = told.map(|event| unsafe { event.assume_init() }.u64).collect();
            for &data in &told {
                if data == NOTES {
                    found.changed |= self.read_notes();
                } else if let Ok(pid) = Pid::try_from(data) {
                    self.forget(pid);
                    found.ended.push(pid);
                }
            }
            if told.len() < events.len() {
                return found;
            }
        }
    }

    /// Reads all notes; answers whether any is worth a look.
    fn read_notes(&mut self) -> bool {
        let (mut buf, mut changed) = ([0u8; 4096], false);
        while let Ok(len @ 1..) = fd::read(self.notes.as_fd(), &mut buf) {
            let mut rest = &buf[..len];
            // struct inotify_event: wd, mask, cookie, len, and so many bytes of a name with NULs behind it.
            while rest.len() >= 16 {
                let at = |i: usize| u32::from_ne_bytes([rest[i], rest[i + 1], rest[i + 2], rest[i + 3]]);
                let (wd, mask, end) = (at(0).cast_signed(), at(4), 16 + at(12) as usize);
                let name = rest.get(16..end).unwrap_or_default().split(|&b| b == 0).next().unwrap_or_default();
                changed |= self.note(wd, mask, name);
                rest = rest.get(end..).unwrap_or_default();
            }
        }
        changed
    }

    fn note(&mut self, wd: i32, mask: u32, name: &[u8]) -> bool {
        if mask & libc::IN_Q_OVERFLOW != 0 {
            // That a path went may be among what was lost: each is asked for anew. Of one that is still watched the kernel
            // gives the same number again.
            self.paths.clear();
            return true;
        }
        let Some(at) = self.paths.iter().position(|(known, ..)| *known == wd) else { return false };
        if mask & (libc::IN_IGNORED | libc::IN_MOVE_SELF | libc::IN_DELETE_SELF) != 0 {
            // It is not at its path any more; what is there next is watched anew.
            self.paths.swap_remove(at);
            // SAFETY: takes numbers; one that the kernel has taken away already is an error, and nothing else.
            unsafe { libc::inotify_rm_watch(self.notes.as_raw_fd(), wd) };
            return true;
        }
        self.paths[at].2 != Of::Records || name.ends_with(b".json")
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.all.as_fd()
    }
}

/// Many systems give 1,024 descriptors to begin with, and a user may have more jobs than that. Answers how many there are.
fn raise_limit() -> usize {
    // SAFETY: an all-zero rlimit is a valid value, which getrlimit writes and setrlimit reads.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
        usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn is_readable(watch: &Watch) -> bool {
        let ask = [fd::Ask { fd: Some(watch.as_fd()), read: true, write: false }];
        fd::poll(&ask, 5_000).is_ok_and(|r| r[0].readable)
    }

    #[test]
    fn an_end_is_told_once_and_a_record_when_it_is_there() {
        let mut watch = Watch::open().unwrap();
        let mut child = Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = child.id().cast_signed();
        assert!(watch.process(pid).unwrap() && !watch.process(pid).unwrap());
        assert_eq!(watch.happened(), Happened::default());
        drop(child.stdin.take());
        assert!(is_readable(&watch));
        assert_eq!(watch.happened(), Happened { ended: vec![pid], changed: false });
        assert_eq!((watch.happened(), watch.processes()), (Happened::default(), 0));
        child.wait().unwrap();
        assert!(watch.process(pid).is_err());

        let dir = std::env::temp_dir().join(format!("pj-watch-{}", crate::sys::pid()));
        std::fs::create_dir(&dir).unwrap();
        assert!(watch.path(&dir, Of::Records).unwrap() && !watch.path(&dir, Of::Records).unwrap());
        std::fs::write(dir.join("1.claim"), "x").unwrap();
        assert!(!watch.happened().changed, "a claim is no record");
        std::fs::rename(dir.join("1.claim"), dir.join("1.json")).unwrap();
        assert!(is_readable(&watch) && watch.happened().changed);
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(watch.happened().changed);
        assert!(watch.path(&dir, Of::Records).is_err(), "it is not there, nor watched any more");
    }

    /// More notes than the kernel keeps, and the last of them, which is lost, says that the directory has gone.
    #[test]
    fn a_directory_that_went_unseen_is_watched_anew() {
        let most = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap_or_default();
        let most = most.trim().parse::<usize>().unwrap_or(16_384);
        let dir = std::env::temp_dir().join(format!("pj-overflow-{}", crate::sys::pid()));
        std::fs::create_dir(&dir).unwrap();
        let mut watch = Watch::open().unwrap();
        assert!(watch.path(&dir, Of::Records).unwrap());
        // Two names in turn: the same one twice would be one note.
        let names = ["1.json", "2.json"].map(|name| dir.join(name));
        std::fs::write(&names[0], "x").unwrap();
        (0..most + 9).for_each(|n| std::fs::rename(&names[n % 2], &names[(n + 1) % 2]).unwrap());
        std::fs::remove_dir_all(&dir).unwrap();
        std::fs::create_dir(&dir).unwrap();
        assert!(watch.happened().changed);
        assert!(watch.path(&dir, Of::Records).unwrap(), "the one that is there now is not the one that was watched");
        std::fs::write(&names[0], "x").unwrap();
        assert!(is_readable(&watch) && watch.happened().changed);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
