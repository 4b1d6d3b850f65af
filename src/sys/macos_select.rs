//! Readiness by `select(2)`: macOS (`macos.rs`; has never run).
//!
//! Darwin's `poll` was long broken for terminals (sudo's configure.ac: "Apple radar 3710161"; the `filedescriptor`
//! crate), and with no events asked it watches nothing at all (poll_nocancel in bsd/kern/sys_generic.c). `select` works on
//! every kind of descriptor but knows no hang-up: that is asked for afterwards, where something was ready.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::fd::{Ask, Ready};

/// How long to look away from a descriptor that has unread bytes and is watched for its hang-up only.
const NAP_MS: i32 = 250;

/// Waits until one is ready or `timeout_ms` has passed (-1: for ever). An interrupted wait is an empty answer, and so may
/// be one that was cut short. Descriptors must be below 1024.
pub fn poll<const N: usize>(asks: &[Ask<'_>; N], timeout_ms: i32) -> io::Result<[Ready; N]> {
    let mut found = [Ready::default(); N];
    let (mut read, mut write, mut other) = (Set::new(), Set::new(), Set::new());
    let mut wait_ms = timeout_ms;
    for (ready, ask) in found.iter_mut().zip(asks) {
        let Some(fd) = ask.fd else { continue };
        if !is_small(fd) {
            if is_open(fd) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            (ready.hung_up, wait_ms) = (true, 0);
            continue;
        }
        if ask.write {
            write.add(fd);
        }
        if ask.read {
            read.add(fd);
        } else if super::os::follower_name(fd).is_ok() {
            // A master is "exceptional" just when nobody has its other side open (ptcselect in bsd/kern/tty_dev.c).
            other.add(fd);
        } else if unread(fd) == 0 {
            read.add(fd);
        } else if !(0..=NAP_MS).contains(&wait_ms) {
            // Somebody else's bytes: in the set they would end every wait at once.
            wait_ms = NAP_MS;
        }
    }
    let mut wait = libc::timeval { tv_sec: i64::from(wait_ms / 1000), tv_usec: wait_ms % 1000 * 1000 };
    let wait = if wait_ms < 0 { std::ptr::null_mut() } else { &raw mut wait };
    let top = read.top.max(write.top).max(other.top) + 1;
    // SAFETY: three sets of FD_SETSIZE bits and a time, all on this frame.
    let n = unsafe { libc::select(top, &mut read.bits, &mut write.bits, &mut other.bits, wait) };
    if n < 0 {
        let e = io::Error::last_os_error();
        match e.raw_os_error() {
            Some(libc::EINTR) => return Ok([Ready::default(); N]),
            Some(libc::EBADF) => {}
            _ => return Err(e),
        }
    }
    for (ready, ask) in found.iter_mut().zip(asks) {
        let Some(fd) = ask.fd else { continue };
        if n < 0 || !is_small(fd) {
            // After EBADF the sets are undefined.
            ready.hung_up = !is_open(fd);
            continue;
        }
        let readable = read.has(fd);
        ready.readable = readable && ask.read;
        ready.writable = ask.write && write.has(fd);
        ready.hung_up = other.has(fd) || (readable && is_gone(fd));
    }
    Ok(found)
}

fn is_small(fd: BorrowedFd) -> bool {
    (0..libc::FD_SETSIZE as i32).contains(&fd.as_raw_fd())
}

fn is_open(fd: BorrowedFd) -> bool {
    // SAFETY: F_GETFD on any number is harmless.
    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) >= 0 }
}

/// Unread bytes; of a terminal, of what its reader would get (ttnread in bsd/kern/tty.c). 0 when that cannot be asked.
fn unread(fd: BorrowedFd) -> i32 {
    let mut n = 0;
    // SAFETY: FIONREAD writes one int.
    if unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut n) } < 0 { 0 } else { n }
}

/// Has the other side of a readable descriptor gone? Nothing is left to read, and poll says so: today's poll asks the
/// kqueue filters, and those say EOF for a hung-up or revoked terminal (ptsd_kqops_common in bsd/kern/tty_ptmx.c). Bytes
/// alone prove nothing: another process may have read them since.
fn is_gone(fd: BorrowedFd) -> bool {
    let mut ask = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let bad = libc::POLLHUP | libc::POLLERR | libc::POLLNVAL;
    // SAFETY: reads and writes one pollfd.
    unread(fd) == 0 && unsafe { libc::poll(&mut ask, 1, 0) } > 0 && ask.revents & bad != 0
}

struct Set {
    bits: libc::fd_set,
    top: i32,
}

impl Set {
    fn new() -> Set {
        // SAFETY: an fd_set of zeroes is the empty one.
        Set { bits: unsafe { std::mem::zeroed() }, top: -1 }
    }

    fn add(&mut self, fd: BorrowedFd) {
        self.top = self.top.max(fd.as_raw_fd());
        // SAFETY: `poll` has checked the number against FD_SETSIZE.
        unsafe { libc::FD_SET(fd.as_raw_fd(), &mut self.bits) };
    }

    fn has(&self, fd: BorrowedFd) -> bool {
        // SAFETY: as above.
        unsafe { libc::FD_ISSET(fd.as_raw_fd(), &self.bits) }
    }
}
