//! Descriptors: pipes, socket pairs, readiness, and letting go of what the user passed in (DESIGN §2 "Descriptors").

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};

#[cfg(target_os = "macos")]
pub use super::macos_select::poll;

/// A pipe, both ends close-on-exec: (read, write).
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    #[cfg(target_os = "linux")]
    return Ok(nix::unistd::pipe2(OFlag::O_CLOEXEC)?);
    #[cfg(not(target_os = "linux"))]
    {
        let (r, w) = nix::unistd::pipe()?;
        close_on_exec(r.as_fd())?;
        close_on_exec(w.as_fd())?;
        Ok((r, w))
    }
}

/// A stream socket pair, close-on-exec and non-blocking.
pub fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
    #[cfg(target_os = "linux")]
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    #[cfg(not(target_os = "linux"))]
    let flags = SockFlag::empty();
    let (a, b) = socketpair(AddressFamily::Unix, SockType::Stream, None, flags)?;
    #[cfg(not(target_os = "linux"))]
    for end in [&a, &b] {
        close_on_exec(end.as_fd())?;
        set_nonblocking(end.as_fd())?;
    }
    Ok((a, b))
}

/// Marks a descriptor close-on-exec.
pub fn close_on_exec(fd: BorrowedFd) -> io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(())
}

/// Makes reads and writes on this open file description return EAGAIN. Only for descriptions that are ours (LAWS L21).
pub fn set_nonblocking(fd: BorrowedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Moves a descriptor to a number of 3 or more, close-on-exec, so that putting /dev/null on 0–2 cannot hit it.
pub fn above_std(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    let high = fcntl(fd.as_fd(), FcntlArg::F_DUPFD_CLOEXEC(3))?;
    // SAFETY: fcntl has just returned a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(high) })
}

/// Reads once. `Ok(0)` is end of file.
pub fn read(fd: BorrowedFd, buf: &mut [u8]) -> io::Result<usize> {
    Ok(nix::unistd::read(fd, buf)?)
}

/// Writes once; may write less than all.
pub fn write(fd: BorrowedFd, buf: &[u8]) -> io::Result<usize> {
    Ok(nix::unistd::write(fd, buf)?)
}

/// Adds the numbers that are in a file of the kernel's, whatever is between them.
pub fn numbers(fd: BorrowedFd, out: &mut Vec<super::Pid>) {
    let mut buf = [0u8; 4096];
    let mut carry: Option<super::Pid> = None;
    loop {
        let len = match read(fd, &mut buf) {
            Ok(0) | Err(_) => break,
            Ok(n) => n,
        };
        for &b in &buf[..len] {
            if b.is_ascii_digit() {
                carry = Some(carry.unwrap_or(0).wrapping_mul(10).wrapping_add(super::Pid::from(b - b'0')));
            } else if let Some(child) = carry.take() {
                out.push(child);
            }
        }
    }
    out.extend(carry);
}

/// Writes all of it to a descriptor that blocks; starts again after a signal.
pub fn write_all(fd: BorrowedFd, mut buf: &[u8]) -> io::Result<()> {
    while !buf.is_empty() {
        match write(fd, buf) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => buf = &buf[n..],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Says that nothing more will be written to a socket; what comes from it still comes.
pub fn shutdown_write(fd: BorrowedFd) -> io::Result<()> {
    use nix::sys::socket::{Shutdown, shutdown};
    Ok(shutdown(fd.as_raw_fd(), Shutdown::Write)?)
}

/// Writes to a socket once, without SIGPIPE.
pub fn send(fd: BorrowedFd, buf: &[u8]) -> io::Result<usize> {
    use nix::sys::socket::{MsgFlags, send};
    #[cfg(target_os = "linux")]
    let flags = MsgFlags::MSG_NOSIGNAL;
    #[cfg(not(target_os = "linux"))]
    let flags = MsgFlags::empty();
    Ok(send(fd.as_raw_fd(), buf, flags)?)
}

/// Puts /dev/null on the given ones of descriptors 0–2.
pub fn null_std(which: &[RawFd]) -> io::Result<()> {
    let null = nix::fcntl::open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())?;
    for &fd in which {
        // SAFETY: dup2 onto a standard number; whatever Rust's std holds there stays a valid number.
        if unsafe { libc::dup2(null.as_raw_fd(), fd) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Puts one descriptor on 0, 1 and 2, where it stays over exec.
pub fn onto_std(fd: BorrowedFd) -> io::Result<()> {
    onto_each_std([fd; 3])
}

/// Puts these on 0, 1 and 2, where they stay over exec. None of them may be one of those already.
pub fn onto_each_std(fds: [BorrowedFd; 3]) -> io::Result<()> {
    for (n, fd) in (0..).zip(fds) {
        // SAFETY: dup2 onto a standard number; whatever Rust's std holds there stays a valid number.
        if unsafe { libc::dup2(fd.as_raw_fd(), n) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Closes everything from 3 up but `keep`. `keep` is ours; nothing else in this process may own a descriptor.
pub fn close_all_but(keep: &mut [RawFd]) {
    let mut keep = keep.to_vec();
    #[cfg(target_os = "macos")]
    keep.extend(super::macos_inbox::write_end());
    keep.sort_unstable();
    let mut from: RawFd = 3;
    for fd in keep {
        if fd < from {
            continue;
        }
        if fd > from {
            super::os::close_range(from, fd - 1);
        }
        from = fd + 1;
    }
    super::os::close_range(from, RawFd::MAX);
}

/// What poll found on one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Data or end of file.
    pub readable: bool,
    /// Room for at least one byte.
    pub writable: bool,
    /// Hung up, in error or not open: read until it says so, then leave it out (LAWS L18).
    pub hung_up: bool,
}

/// What to ask about one descriptor; hang-ups are always told.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Which one; `None` is skipped, so that positions stay fixed.
    pub fd: Option<BorrowedFd<'a>>,
    /// Tell when readable.
    pub read: bool,
    /// Tell when writable.
    pub write: bool,
}

/// Waits until one is ready or `timeout_ms` has passed (-1: for ever). An interrupted wait is an empty answer.
#[cfg(not(target_os = "macos"))]
pub fn poll<const N: usize>(asks: &[Ask<'_>; N], timeout_ms: i32) -> io::Result<[Ready; N]> {
    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout};
    let mut found = [Ready::default(); N];
    let mut fds: Vec<PollFd> = Vec::with_capacity(N);
    let mut place = [0usize; N];
    for (i, ask) in asks.iter().enumerate() {
        let Some(fd) = ask.fd else { continue };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::POLLIN, ask.read);
        flags.set(PollFlags::POLLOUT, ask.write);
        place[fds.len()] = i;
        fds.push(PollFd::new(fd, flags));
    }
    let timeout = PollTimeout::try_from(timeout_ms).unwrap_or(PollTimeout::NONE);
    match nix::poll::poll(&mut fds, timeout) {
        Err(Errno::EINTR) => return Ok(found),
        Err(e) => return Err(e.into()),
        Ok(_) => {}
    }
    for (n, p) in fds.iter().enumerate() {
        let r = p.revents().unwrap_or(PollFlags::empty());
        found[place[n]] = Ready {
            readable: r.contains(PollFlags::POLLIN),
            writable: r.contains(PollFlags::POLLOUT),
            hung_up: r.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL),
        };
    }
    Ok(found)
}
