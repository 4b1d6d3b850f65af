//! A pseudo terminal: opened, sized and resized by `portable-pty`; everything else is ours, because its spawner loses
//! exec errors and makes the command the session leader (MODELS "portable-pty").

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use portable_pty::{MasterPty, PtySize, native_pty_system};

use super::tty::Size;

fn other(e: impl std::fmt::Display) -> io::Error {
    io::Error::other(e.to_string())
}

fn sized(s: Size) -> PtySize {
    PtySize { rows: s.rows, cols: s.cols, pixel_width: s.width, pixel_height: s.height }
}

/// The master of a pseudo terminal; non-blocking, always (LAWS L20).
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    size: Size,
}

impl Pty {
    /// Opens a pair; answers the master and a follower that keeps the terminal alive until somebody else holds one.
    pub fn open(size: Size) -> io::Result<(Pty, OwnedFd)> {
        let pair = native_pty_system().openpty(sized(size)).map_err(other)?;
        let pty = Pty { master: Some(pair.master), size };
        super::fd::set_nonblocking(pty.fd())?;
        super::fd::close_on_exec(pty.fd())?;
        let follower = super::os::open_follower(pty.fd())?;
        drop(pair.slave);
        super::hook!(PtyOpened);
        Ok((pty, super::fd::above_std(follower)?))
    }

    /// The master's descriptor.
    pub fn fd(&self) -> BorrowedFd<'_> {
        // portable-pty's unix masters always have a descriptor; a closed one answers every call with EBADF.
        let raw = self.master.as_ref().and_then(|m| m.as_raw_fd()).unwrap_or(i32::MAX);
        // SAFETY: the descriptor lives as long as `self.master`, which the borrow keeps.
        unsafe { BorrowedFd::borrow_raw(raw) }
    }

    /// Tells the terminal its new size; nothing happens when it has it already (LAWS L13: pixels count).
    pub fn resize(&mut self, size: Size) -> io::Result<()> {
        if size == self.size {
            return Ok(());
        }
        if let Some(master) = &self.master {
            master.resize(sized(size)).map_err(other)?;
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

/// Becomes leader of a new kernel session whose controlling terminal is `follower` (`setsid(2)`, `tty_ioctl(4)`).
pub fn lead_session(follower: BorrowedFd) -> io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: TIOCSCTTY takes an int; 0 never steals a terminal.
    if unsafe { libc::ioctl(follower.as_raw_fd(), libc::TIOCSCTTY as _, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
