//! A connection to a program of our own user that means the same processes by the same numbers.
//!
//! Never blocks; never one to another user's program, or to one in another pid namespace, which would take a stranger for
//! the process that we name.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

use super::fd;

/// Connects to the stream socket at this path.
pub fn open(path: &Path) -> io::Result<OwnedFd> {
    let line = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None)?;
    fd::close_on_exec(line.as_fd())?;
    // Else one that takes nobody in, because it is stopped, would hold us for ever.
    fd::set_nonblocking(line.as_fd())?;
    connect(line.as_raw_fd(), &UnixAddr::new(path)?)?;
    if is_like_us(&line) { Ok(line) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(target_os = "linux")]
fn is_like_us(line: &OwnedFd) -> bool {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    let Ok(peer) = getsockopt(line, PeerCredentials) else { return false };
    // Who is in a namespace that ours does not contain has the number 0 for us; who is in one below ours has more than
    // one number (`proc_pid_status(5)`).
    let status = std::fs::read_to_string(format!("/proc/{}/status", peer.pid())).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    peer.uid() == super::euid() && numbers.is_some_and(|n| n.split_whitespace().count() == 1)
}

#[cfg(not(target_os = "linux"))]
fn is_like_us(_: &OwnedFd) -> bool {
    false
}
