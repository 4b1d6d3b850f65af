//! A connection to a program of our own user that means the same processes by the same numbers.
//!
//! Never blocks; never one to another user's program, or to one in another pid namespace, which would take a stranger for
//! the process that we name.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, accept, bind,
    connect, listen, recvmsg, sendmsg, socket,
};
use nix::sys::stat::{Mode, umask};

use super::fd;

/// The longest path of a socket that every system takes (`unix(7)`: 108 on Linux, 104 on macOS, with the NUL).
pub const LONGEST: usize = 103;

/// Connects to the stream socket at this path.
pub fn open(path: &Path) -> io::Result<OwnedFd> {
    let line = stream()?;
    connect(line.as_raw_fd(), &UnixAddr::new(path)?)?;
    if is_like_us(&line) { Ok(line) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Does nobody listen at this path any more? One who is stopped still does.
pub fn is_left(path: &Path) -> bool {
    let tried = stream().and_then(|line| Ok(connect(line.as_raw_fd(), &UnixAddr::new(path)?)?));
    tried.is_err_and(|e| e.kind() == io::ErrorKind::ConnectionRefused)
}

/// A socket that keeps nobody waiting, and no child of ours.
fn stream() -> io::Result<OwnedFd> {
    let line = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None)?;
    fd::close_on_exec(line.as_fd())?;
    // Else one that takes nobody in, because it is stopped, would hold us for ever.
    fd::set_nonblocking(line.as_fd())?;
    Ok(line)
}

/// A socket file that programs of our own user connect to.
#[derive(Debug)]
pub struct Listener {
    line: OwnedFd,
    path: PathBuf,
}

impl Listener {
    /// Makes it, 0600.
    pub fn bind(path: &Path) -> io::Result<Listener> {
        let line = fd::above_std(stream()?)?;
        // One thread: nobody makes another file meanwhile.
        let before = umask(Mode::from_bits_truncate(0o177));
        let bound = bind(line.as_raw_fd(), &UnixAddr::new(path)?);
        umask(before);
        bound?;
        listen(&line, Backlog::new(16)?)?;
        Ok(Listener { line, path: path.to_owned() })
    }

    /// The next connection, if one waits. One of another user's, or of another pid namespace, is closed unheard.
    pub fn accept(&self) -> Option<OwnedFd> {
        loop {
            let line = match accept(self.line.as_raw_fd()) {
                // SAFETY: accept has just returned a new descriptor that nobody else owns.
                Ok(raw) => unsafe { OwnedFd::from_raw_fd(raw) },
                Err(Errno::EINTR | Errno::ECONNABORTED) => continue,
                Err(_) => return None,
            };
            let ours = fd::close_on_exec(line.as_fd()).and_then(|()| fd::set_nonblocking(line.as_fd()));
            if ours.is_ok() && is_like_us(&line) {
                return fd::above_std(line).ok();
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.line.as_fd()
    }
}

impl Listener {
    /// Takes its file away.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Sends bytes and, with the first of them, a descriptor.
pub fn send_with(line: BorrowedFd, bytes: &[u8], passed: BorrowedFd) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    let flags = MsgFlags::MSG_NOSIGNAL;
    #[cfg(not(target_os = "linux"))]
    let flags = MsgFlags::empty();
    let fds = [passed.as_raw_fd()];
    let control = [ControlMessage::ScmRights(&fds)];
    Ok(sendmsg::<()>(line.as_raw_fd(), &[IoSlice::new(bytes)], &control, flags, None)?)
}

/// Receives bytes, and a descriptor if one came with them: close-on-exec, 3 or above. `Ok(0)` is end of file.
pub fn receive(line: BorrowedFd, buf: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = nix::cmsg_space!([std::os::fd::RawFd; 1]);
    let mut parts = [IoSliceMut::new(buf)];
    let message = recvmsg::<()>(line.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty())?;
    let mut passed = None;
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(fds) = control {
            for raw in fds {
                // SAFETY: the kernel has just made this descriptor for us, and nobody else owns it. One too many is closed.
                passed = Some(unsafe { OwnedFd::from_raw_fd(raw) });
            }
        }
    }
    let len = message.bytes;
    let passed = passed.map(fd::above_std).transpose()?;
    if let Some(fd) = &passed {
        fd::close_on_exec(fd.as_fd())?;
    }
    Ok((len, passed))
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

/// Elsewhere there are no pid namespaces.
#[cfg(not(target_os = "linux"))]
fn is_like_us(line: &OwnedFd) -> bool {
    nix::unistd::getpeereid(line).is_ok_and(|(uid, _)| uid.as_raw() == super::euid())
}
