//! A hold on one process, and its birth: macOS (`macos.rs`; has never run).

use std::ffi::{c_int, c_void};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;

use super::Pid;
use super::os::info;
use super::signal::Signal;

/// `struct proc_uniqidentifierinfo` (bsd/sys/proc_info_private.h): asks for no rights, refuses zombies (LAWS L82).
#[repr(C)]
struct Birth {
    _uuid: [u8; 16],
    /// Never given twice in a boot, kept over exec.
    unique: u64,
    /// `unique` of the process that forked it, for ever.
    parent: u64,
    /// Changes with every exec; the audit token has it.
    version: i32,
    _reserved: [u32; 5],
}
const _: () = assert!(size_of::<Birth>() == 56);

/// Milliseconds of processor time that a process of ours has used. The kernel counts in units of the machine's clock, which
/// are nanoseconds on Intel alone; whoever asks compares.
pub fn cpu_ms(pid: Pid) -> Option<u64> {
    // SAFETY: the structure of this flavor.
    let task: libc::proc_taskinfo = unsafe { info(pid, libc::PROC_PIDTASKINFO) }.ok()?;
    Some(task.pti_total_user.saturating_add(task.pti_total_system) / 1_000_000)
}

/// Which terminals a process holds open is not asked here.
pub fn terminals(_pid: Pid) -> Vec<String> {
    Vec::new()
}

/// There are no pid namespaces.
pub fn is_in_namespace(_pid: Pid) -> bool {
    true
}

/// A process's `p_uniqueid`, and that of the process that forked it. The second outlives the forker, so a scan over `all`
/// finds descendants whose parents are gone, if it has seen those (LAWS L82, L83).
pub fn lineage(pid: Pid) -> Option<(u64, u64)> {
    birth(pid).ok().map(|b| (b.unique, b.parent))
}

fn birth(pid: Pid) -> io::Result<Birth> {
    const PROC_PIDUNIQIDENTIFIERINFO: c_int = 17;
    // SAFETY: the structure of this flavor.
    unsafe { info(pid, PROC_PIDUNIQIDENTIFIERINFO) }
}

fn no_such_process() -> io::Error {
    io::Error::from_raw_os_error(libc::ESRCH)
}

/// A hold on one process that cannot come to mean another: its number, its `p_uniqueid`, and a kqueue that becomes
/// readable when it exits, ours or not (LAWS L80). It does not keep the number taken. A kqueue does not survive a fork
/// (kqueue(2)): open a handle in the process that polls it.
#[derive(Debug)]
pub struct Handle {
    pid: Pid,
    unique: u64,
    queue: ManuallyDrop<OwnedFd>,
    maker: Pid,
}

impl Handle {
    /// Threads have no numbers of this kind.
    pub fn is_leader(_pid: Pid) -> bool {
        true
    }

    /// Opens a hold on whoever has this number *now*: verify identity after, then signal. ESRCH is a process that is
    /// gone, a zombie, or dying and not yet to be waited for (LAWS L81); none of them can act.
    pub fn open(pid: Pid) -> io::Result<Handle> {
        if pid <= 1 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let unique = birth(pid)?.unique;
        // SAFETY: kqueue takes nothing and returns a descriptor to us alone.
        let queue = unsafe {
            let fd = libc::kqueue();
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            super::fd::above_std(OwnedFd::from_raw_fd(fd))?
        };
        super::fd::close_on_exec(queue.as_fd())?;
        // SAFETY: an all-zero kevent is a valid value.
        let mut ask: libc::kevent = unsafe { std::mem::zeroed() };
        (ask.ident, ask.filter, ask.flags) = (pid as usize, libc::EVFILT_PROC, libc::EV_ADD);
        ask.fflags = libc::NOTE_EXIT;
        let none = std::ptr::null_mut();
        // SAFETY: reads one kevent, writes none.
        if unsafe { libc::kevent(queue.as_raw_fd(), &ask, 1, none, 0, std::ptr::null()) } < 0 {
            return Err(io::Error::last_os_error());
        }
        // The note is on the process itself, not on the number: whoever had it before and after had it in between.
        if birth(pid)?.unique != unique {
            return Err(no_such_process());
        }
        Ok(Handle { pid, unique, queue: ManuallyDrop::new(queue), maker: super::pid() })
    }

    /// `p_uniqueid`, in the place of the pidfd's inode.
    pub fn inode(&self) -> Option<u64> {
        Some(self.unique)
    }

    fn is_it(&self) -> io::Result<Birth> {
        birth(self.pid).and_then(|b| if b.unique == self.unique { Ok(b) } else { Err(no_such_process()) })
    }

    /// Signals exactly the held process: the kernel compares the audit token's pid version with the process that it
    /// has looked up, in one call (proc_signal_with_audittoken in proc_info.c). The version changes with every exec, so
    /// a refusal is looked at again. A zombie is ESRCH here.
    pub fn send(&self, sig: Signal) -> io::Result<()> {
        if !(1..32).contains(&sig) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        for _ in 0..16 {
            let now = self.is_it()?;
            let mut token = [0u32; 8];
            (token[5], token[7]) = (self.pid as u32, now.version as u32);
            match send_by_token(&token, sig) {
                Some(0) => return Ok(()),
                Some(libc::ESRCH) => {}
                Some(libc::EINVAL | libc::ENOSYS) | None => return self.freeze_and_send(sig),
                Some(e) => return Err(io::Error::from_raw_os_error(e)),
            }
        }
        Err(no_such_process())
    }

    /// For systems without that call: freeze, verify, signal (LAWS L88). What is not safe about it: between the check
    /// and the stop the number may pass to a stranger, who is then stopped and continued at once, even when he was
    /// stopped before. XNU gives numbers in turn up to 99,999, so that takes as many forks in a microsecond. The held
    /// process itself is stopped and continued too, which its parent can see.
    fn freeze_and_send(&self, sig: Signal) -> io::Result<()> {
        let kill = |sig| {
            // SAFETY: kill takes numbers; the pid is above 1.
            if unsafe { libc::kill(self.pid, sig) } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
        };
        self.is_it()?;
        let frozen = sig != libc::SIGCONT && !super::os::stat(self.pid).is_some_and(|s| s.is_stopped());
        if frozen {
            kill(libc::SIGSTOP)?;
        }
        let result = self.is_it().and_then(|_| if sig == libc::SIGSTOP { Ok(()) } else { kill(sig) });
        if frozen && (sig != libc::SIGSTOP || result.is_err()) {
            let _ = kill(libc::SIGCONT);
        }
        result
    }

    /// Has the held process ended (reaped or not)? The queue is told before the number is free.
    pub fn has_ended(&self) -> bool {
        let ask = [super::fd::Ask { fd: Some(self.as_fd()), read: true, write: false }];
        (self.maker == super::pid() && super::fd::poll(&ask, 0).is_ok_and(|r| r[0].readable))
            || self.is_it().is_err_and(|e| e.raw_os_error() == Some(libc::ESRCH))
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // In a forked child the queue is gone and its number may be somebody else's.
        if self.maker == super::pid() {
            // SAFETY: dropped here only, once.
            unsafe { ManuallyDrop::drop(&mut self.queue) };
        }
    }
}

/// `proc_signal_with_audittoken` (libproc.h) if this system has it; answers an errno or 0.
fn send_by_token(token: &[u32; 8], sig: Signal) -> Option<c_int> {
    type Send = unsafe extern "C" fn(*const [u32; 8], c_int) -> c_int;
    static SEND: OnceLock<Option<Send>> = OnceLock::new();
    let send = SEND.get_or_init(|| {
        // SAFETY: a symbol by this name is this function of libSystem, with this signature.
        unsafe {
            let f = libc::dlsym(libc::RTLD_DEFAULT, c"proc_signal_with_audittoken".as_ptr());
            (!f.is_null()).then(|| std::mem::transmute::<*mut c_void, Send>(f))
        }
    });
    // SAFETY: reads one audit_token_t, 32 bytes.
    send.map(|f| unsafe { f(token, sig) })
}
