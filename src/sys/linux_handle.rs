//! Linux: a hold on one process (pidfd), the intake of signals (signalfd), and a reader that `linux.rs` has no room for.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use super::super::signal::{Caught, Sender, Signal};
use super::super::{Pid, fd};

/// A hold on one process that cannot come to mean another: a pidfd (LAWS L43b). It does not keep the number taken.
#[derive(Debug)]
pub struct Handle(OwnedFd);

impl Handle {
    /// Opens a hold on whoever has this number *now*: verify identity after, then signal. `pidfd_open(2)`.
    pub fn open(pid: Pid) -> io::Result<Handle> {
        if pid <= 1 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: pidfd_open takes numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: pidfd_open has just returned this descriptor to us alone.
        Ok(Handle(unsafe { OwnedFd::from_raw_fd(fd as RawFd) }))
    }

    /// Is it a process's number, not one of its other threads'? Nobody lists those, but `/proc` knows them.
    pub fn is_leader(pid: Pid) -> bool {
        let error = Handle::open(pid).err().and_then(|e| e.raw_os_error());
        !error.is_some_and(|e| [libc::EINVAL, libc::ENOENT].contains(&e))
    }

    /// The process's inode in pidfs, unique per boot (Linux 6.9); `None` on older kernels.
    pub fn inode(&self) -> Option<u64> {
        static PIDFS: OnceLock<bool> = OnceLock::new();
        const PID_FS_MAGIC: u64 = 0x5049_4446;
        let is_pidfs = *PIDFS.get_or_init(|| {
            // SAFETY: an all-zero statfs is a valid value, and fstatfs writes one.
            unsafe {
                let mut s: libc::statfs = std::mem::zeroed();
                libc::fstatfs(self.0.as_raw_fd(), &mut s) == 0 && s.f_type as u64 == PID_FS_MAGIC
            }
        });
        if !is_pidfs {
            return None;
        }
        nix::sys::stat::fstat(self.0.as_fd()).ok().map(|s| s.st_ino)
    }

    /// Signals exactly the held process. `pidfd_send_signal(2)`.
    pub fn send(&self, sig: Signal) -> io::Result<()> {
        // SAFETY: a descriptor, a number, a null siginfo and no flags.
        let r = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), sig, std::ptr::null::<libc::siginfo_t>(), 0)
        };
        if r < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Has the held process ended (reaped or not)?
    pub fn has_ended(&self) -> bool {
        let ask = [fd::Ask { fd: Some(self.0.as_fd()), read: true, write: false }];
        fd::poll(&ask, 0).is_ok_and(|r| r[0].readable)
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The intake of blocked signals as data (`signalfd(2)`).
#[derive(Debug)]
pub struct Inbox(OwnedFd);

impl Inbox {
    /// Opens it over all signals, which must be blocked. Those ignored here never arrive.
    pub fn open() -> io::Result<Inbox> {
        // SAFETY: the set lives on this frame; signalfd reads it.
        let fd = unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut set);
            libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: signalfd has just returned this descriptor to us alone.
        fd::above_std(unsafe { OwnedFd::from_raw_fd(fd) }).map(Inbox)
    }

    /// The next signal, if one is there.
    pub fn next(&self) -> Option<Caught> {
        let mut info = [0u8; size_of::<libc::signalfd_siginfo>()];
        match fd::read(self.0.as_fd(), &mut info) {
            Ok(n) if n == info.len() => {}
            _ => return None,
        }
        // struct signalfd_siginfo: signo, errno, code, pid: 32 bits each.
        let at = |i: usize| i32::from_ne_bytes([info[i], info[i + 1], info[i + 2], info[i + 3]]);
        let (sig, code, pid) = (at(0), at(8), at(12));
        // si_code > 0 is the kernel's (SI_KERNEL, CLD_*); SI_USER, SI_QUEUE and SI_TKILL are a process's.
        let sender = if code > 0 { Sender::Kernel } else { Sender::Process(pid) };
        Some(Caught { sig, sender })
    }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Reads the effective user out of `proc_pid_status(5)`.
pub fn parse_status(text: &[u8]) -> Option<u32> {
    let line = text.split(|&b| b == b'\n').find_map(|l| l.strip_prefix(b"Uid:"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}
