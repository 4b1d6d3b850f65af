//! What this process was started with, before Rust's runtime changed it.
//!
//! The runtime ignores SIGPIPE and opens /dev/null over closed descriptors 0–2 before `main` runs, which loses what a
//! command under guard must inherit (LAWS L27). A constructor, run by the dynamic or static start code before that,
//! writes both down. It must never do more than read.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

static SIGPIPE_IGNORED: AtomicBool = AtomicBool::new(false);
static CLOSED: AtomicU8 = AtomicU8::new(0);

extern "C" fn note() {
    let mut old: libc::sigaction = unsafe {
        // SAFETY: an all-zero sigaction is a valid value to be overwritten.
        std::mem::zeroed()
    };
    // SAFETY: a null new action only reads the disposition into `old`.
    let read = unsafe { libc::sigaction(libc::SIGPIPE, std::ptr::null(), &mut old) };
    if read == 0 && old.sa_sigaction == libc::SIG_IGN {
        SIGPIPE_IGNORED.store(true, Ordering::Relaxed);
    }
    for fd in 0..3 {
        // SAFETY: F_GETFD on any number is harmless; it fails with EBADF when closed.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            CLOSED.fetch_or(1 << fd, Ordering::Relaxed);
        }
    }
}

// SAFETY: the section holds pointers to functions that the start code calls once, before main; `note` takes no
// arguments that it reads and touches only statics.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static AT_START: extern "C" fn() = note;

/// Was SIGPIPE ignored when we were started?
pub fn sigpipe_ignored() -> bool {
    SIGPIPE_IGNORED.load(Ordering::Relaxed)
}

/// Was descriptor `fd` (0–2) closed when we were started?
pub fn was_closed(fd: i32) -> bool {
    (0..3).contains(&fd) && CLOSED.load(Ordering::Relaxed) & (1 << fd) != 0
}
