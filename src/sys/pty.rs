//! A pseudo terminal: opened, sized and resized by the calls themselves (`pts(4)`, `tty_ioctl(4)`). Everybody's start waits
//! for them, and a library that makes three times as many, and carries its own kind of error, costs more than it saves.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::fcntl::OFlag;

use super::tty::Size;

/// The master of a pseudo terminal; non-blocking, always (LAWS L20).
pub struct Pty {
    master: Option<OwnedFd>,
    size: Size,
}

impl Pty {
    /// Opens a pair; answers the master and a follower that keeps the terminal alive until somebody else holds one.
    pub fn open(size: Size) -> io::Result<(Pty, OwnedFd)> {
        let master = open_master()?;
        let follower = super::fd::above_std(super::os::open_follower(master.as_fd())?)?;
        // Not the master: elsewhere its size is forgotten when the first follower is opened (XNU, ttyopen).
        set_size(follower.as_fd(), size)?;
        super::hook!(PtyOpened);
        Ok((Pty { master: Some(master), size }, follower))
    }

    /// The master's descriptor.
    pub fn fd(&self) -> BorrowedFd<'_> {
        // Closed: every call is answered with EBADF.
        let raw = self.master.as_ref().map_or(i32::MAX, AsRawFd::as_raw_fd);
        // SAFETY: the descriptor lives as long as `self.master`, which the borrow keeps.
        unsafe { BorrowedFd::borrow_raw(raw) }
    }

    /// Tells the terminal its new size; nothing happens when it has it already (LAWS L13: pixels count).
    pub fn resize(&mut self, size: Size) -> io::Result<()> {
        if let Some(master) = self.master.as_ref().filter(|_| size != self.size) {
            set_size(master.as_fd(), size)?;
            self.size = size;
        }
        Ok(())
    }

    /// Lets go of the master: when nobody has it any more, readers of the terminal get end of file.
    pub fn close(&mut self) {
        self.master = None;
    }
}

impl std::fmt::Debug for Pty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pty({})", self.fd().as_raw_fd())
    }
}

/// `posix_openpt(3)`, non-blocking and close-on-exec, and `unlockpt(3)`.
fn open_master() -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY;
    // The kernel takes the other flags too, and has given the follower to us: `grantpt(3)` has nothing to do.
    #[cfg(target_os = "linux")]
    let master = nix::pty::posix_openpt(flags | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
    #[cfg(not(target_os = "linux"))]
    let master = {
        let master = nix::pty::posix_openpt(flags)?;
        nix::pty::grantpt(&master)?;
        super::fd::close_on_exec(master.as_fd())?;
        super::fd::set_nonblocking(master.as_fd())?;
        master
    };
    nix::pty::unlockpt(&master)?;
    super::fd::above_std(master.into())
}

fn set_size(terminal: BorrowedFd, size: Size) -> io::Result<()> {
    let of = libc::winsize { ws_row: size.rows, ws_col: size.cols, ws_xpixel: size.width, ws_ypixel: size.height };
    // SAFETY: TIOCSWINSZ reads one winsize.
    if unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ as _, &of) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Becomes leader of a new kernel session without a terminal (`setsid(2)`).
pub fn leave_session() -> io::Result<()> {
    nix::unistd::setsid()?;
    Ok(())
}

/// Becomes leader of a new kernel session whose controlling terminal is `follower` (`setsid(2)`, `tty_ioctl(4)`).
pub fn lead_session(follower: BorrowedFd) -> io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: TIOCSCTTY takes an int; 0 never steals a terminal.
    if unsafe { libc::ioctl(follower.as_raw_fd(), libc::TIOCSCTTY as _, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
