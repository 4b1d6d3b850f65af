//! Signals as data: macOS (`macos.rs`; has never run).

use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use super::Pid;
use super::fd::{above_std, close_on_exec, set_nonblocking};
use super::signal::{self, Caught, Sender, Signal};

/// Where the handler writes; -1 when no inbox is open.
static PIPE: AtomicI32 = AtomicI32::new(-1);
/// Bit n: signal n found the pipe full.
static MISSED: AtomicU32 = AtomicU32::new(0);

extern "C" fn note(sig: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: only write(2) and errno, which is put back; `info` is the kernel's, since SA_SIGINFO is set.
    unsafe {
        let errno = libc::__error();
        let saved = *errno;
        let what = [sig, (*info).si_pid];
        let fd = PIPE.load(Ordering::Relaxed);
        if fd < 0 || libc::write(fd, what.as_ptr().cast(), size_of_val(&what)) != size_of_val(&what) as isize {
            MISSED.fetch_or(1 << (sig & 31), Ordering::Relaxed);
        }
        *errno = saved;
    }
}

fn new_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = super::fd::pipe()?;
    let ends = (above_std(read)?, above_std(write)?);
    set_nonblocking(ends.0.as_fd())?;
    set_nonblocking(ends.1.as_fd())?;
    Ok(ends)
}

/// Unblocks everything but TTIN and TTOU.
fn let_through() {
    // SAFETY: a set that lives on this frame.
    unsafe {
        let mut held: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut held);
        libc::sigaddset(&mut held, libc::SIGTTIN);
        libc::sigaddset(&mut held, libc::SIGTTOU);
        libc::sigprocmask(libc::SIG_SETMASK, &held, std::ptr::null_mut());
    }
}

/// The handler's end of the pipe, which its owner does not know of but must keep (`fd::close_all_but`).
pub(super) fn write_end() -> Option<RawFd> {
    Some(PIPE.load(Ordering::Relaxed)).filter(|&fd| fd >= 0)
}

/// Installs the handler for what an inbox takes; false for the rest.
fn catch(sig: Signal) -> bool {
    use libc::{SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGSTOP, SIGTRAP, SIGTTIN, SIGTTOU};
    if [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGKILL, SIGSTOP, SIGTTIN, SIGTTOU].contains(&sig) {
        return false;
    }
    // SAFETY: `note` is async-signal-safe, and all signals are blocked while it runs.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        libc::sigfillset(&mut action.sa_mask);
        libc::sigaction(sig, &action, std::ptr::null_mut()) == 0
    }
}

/// While an inbox is open, a signal that gets its default effect comes to the inbox, as it would from signalfd.
pub(super) fn takes(sig: Signal) -> bool {
    write_end().is_some() && catch(sig)
}

fn is_noted(sig: Signal) -> bool {
    // SAFETY: an all-zero sigaction is a valid value to be overwritten; a null new action only reads.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(sig, std::ptr::null(), &mut old) == 0 && old.sa_sigaction == note as *const () as usize
    }
}

/// The intake of signals as data: a handler that writes to a pipe.
///
/// XNU writes down who sent a signal only when that signal is *not* blocked as it is sent (psignal_internal in
/// kern_sig.c), so an open inbox lets through what it catches. Other differences: the sender is one field of the
/// process, so two signals at once may be taken for one sender's; TTIN and TTOU stay blocked, so that terminal calls
/// behave as under signalfd, and one sent by kill(2) is not seen; faults (SEGV, BUS, FPE, ILL, TRAP) keep their effect.
///
/// After a fork it belongs, like a signalfd, to whoever reads it: the child, born with everything blocked, gets a pipe of
/// its own under the same numbers when it first asks.
#[derive(Debug)]
pub struct Inbox {
    read: OwnedFd,
    write: OwnedFd,
    /// The process whose handler writes here.
    reader: AtomicI32,
}

impl Inbox {
    /// Opens it over all signals, which must be blocked; unblocks them. Those ignored here never arrive.
    pub fn open() -> io::Result<Inbox> {
        let (read, write) = new_pipe()?;
        PIPE.store(write.as_raw_fd(), Ordering::Relaxed);
        for sig in (1..32).filter(|s| !signal::is_ignored(*s)) {
            catch(sig);
        }
        let_through();
        Ok(Inbox { read, write, reader: AtomicI32::new(super::pid()) })
    }

    /// Is this process the reader, if need be from now on?
    fn is_ours(&self) -> bool {
        if self.reader.load(Ordering::Relaxed) == super::pid() {
            return true;
        }
        let Ok((read, write)) = new_pipe() else { return false };
        for (new, old) in [(&read, &self.read), (&write, &self.write)] {
            // SAFETY: in this process both numbers belong to this inbox alone.
            if unsafe { libc::dup2(new.as_raw_fd(), old.as_raw_fd()) } < 0 || close_on_exec(old.as_fd()).is_err() {
                return false;
            }
        }
        self.reader.store(super::pid(), Ordering::Relaxed);
        MISSED.store(0, Ordering::Relaxed);
        PIPE.store(self.write.as_raw_fd(), Ordering::Relaxed);
        let_through();
        true
    }

    /// The next signal, if one is there.
    pub fn next(&self) -> Option<Caught> {
        if !self.is_ours() {
            return None;
        }
        let mut b = [0u8; 8];
        if let Ok(8) = super::fd::read(self.read.as_fd(), &mut b) {
            let at = |i: usize| i32::from_ne_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]);
            return Some(Caught { sig: at(0), sender: sender(at(0), at(4)) });
        }
        let missed = MISSED.load(Ordering::Relaxed);
        let sig = (missed != 0).then(|| missed.trailing_zeros() as Signal)?;
        MISSED.fetch_and(!(1 << sig), Ordering::Relaxed);
        Some(Caught { sig, sender: sender(sig, 0) })
    }
}

/// `si_code` is always 0, and for what a terminal sends `si_pid` is whoever wrote to its master or resized it, in
/// another session than ours (psignal_internal in kern_sig.c). So for a terminal's signals a sender outside our session
/// is taken for the kernel: `kill -INT` from another terminal too.
fn sender(sig: Signal, pid: Pid) -> Sender {
    let terminal =
        matches!(sig, signal::INT | signal::QUIT | signal::TSTP | signal::HUP | signal::WINCH | libc::SIGINFO);
    // SAFETY: getsid takes a number.
    let inside = || pid > 0 && unsafe { libc::getsid(pid) } == super::sid();
    if sig == signal::CHLD || (terminal && !inside()) { Sender::Kernel } else { Sender::Process(pid) }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.is_ours();
        self.read.as_fd()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let _ = PIPE.compare_exchange(self.write.as_raw_fd(), -1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Before a fork: while an inbox is open, blocks everything, so that the child is born as under signalfd, with all
/// signals blocked, and cannot write into its parent's inbox. The parent puts the answer back.
pub(super) fn hold_signals() -> io::Result<Option<signal::Mask>> {
    write_end().map(|_| signal::block_all()).transpose()
}

/// Before a child lets signals through: our handlers are not the command's.
pub(super) fn forget() {
    PIPE.store(-1, Ordering::Relaxed);
    for sig in (1..32).filter(|s| is_noted(*s)) {
        // SAFETY: SIG_DFL, by number.
        unsafe { libc::signal(sig, libc::SIG_DFL) };
    }
}
