//! Terminals: modes, size, foreground group. Every call names its terminal; none follows a policy.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::time::SystemTime;

use nix::sys::termios::{self, ControlFlags, InputFlags, LocalFlags, OutputFlags, SetArg};

use super::{Dev, Pid, os};

/// Bytes of [`Modes::to_bytes`].
pub const MODES_LEN: usize = size_of::<libc::termios>();

/// Modes of a terminal. Equal when every flag and control character is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes(termios::Termios);

impl Modes {
    /// These modes for a relay: every byte passes as it is, no echo, no signals, one byte is enough.
    pub fn raw(&self) -> Modes {
        let mut m = self.clone();
        termios::cfmakeraw(&mut m.0);
        m
    }

    /// The same for somebody who only looks on: the keys that end and stop a program still do.
    pub fn raw_with_keys(&self) -> Modes {
        let mut m = self.raw();
        m.0.local_flags.insert(LocalFlags::ISIG);
        m
    }

    /// Is this what a relay sets? Then somebody else relays here, and it is not a state to come back to (LAWS L14).
    pub fn is_raw(&self) -> bool {
        !self.0.local_flags.intersects(LocalFlags::ICANON | LocalFlags::ISIG | LocalFlags::ECHO)
            && !self.0.output_flags.contains(OutputFlags::OPOST)
    }

    /// As bytes, for the other end of a socket pair of ours.
    pub fn to_bytes(&self) -> [u8; MODES_LEN] {
        let raw: libc::termios = self.0.clone().into();
        // SAFETY: termios is plain numbers without padding that matters; every byte pattern is a valid u8.
        unsafe { std::mem::transmute::<libc::termios, [u8; MODES_LEN]>(raw) }
    }

    /// Back from [`Modes::to_bytes`] of the same program.
    pub fn from_bytes(bytes: [u8; MODES_LEN]) -> Modes {
        // SAFETY: termios is plain numbers; every byte pattern is a valid one.
        let raw = unsafe { std::mem::transmute::<[u8; MODES_LEN], libc::termios>(bytes) };
        Modes::whole(raw)
    }

    /// Every flag, those too of which nix has no name (`iuclc`, `xcase`): it would drop them, and so would we.
    fn whole(raw: libc::termios) -> Modes {
        let mut m = termios::Termios::from(raw);
        m.input_flags = InputFlags::from_bits_retain(raw.c_iflag);
        m.output_flags = OutputFlags::from_bits_retain(raw.c_oflag);
        m.control_flags = ControlFlags::from_bits_retain(raw.c_cflag);
        m.local_flags = LocalFlags::from_bits_retain(raw.c_lflag);
        Modes(m)
    }

    /// What of these modes a pseudo terminal can have: not parity, character size or line control (LAWS L14).
    fn onto(&self, pty: &Modes) -> Modes {
        let mut m = pty.clone();
        let line = InputFlags::INPCK | InputFlags::IGNPAR | InputFlags::PARMRK;
        m.0.input_flags = (self.0.input_flags - line) | (pty.0.input_flags & line);
        m.0.output_flags = self.0.output_flags;
        m.0.local_flags = self.0.local_flags;
        m.0.control_chars = self.0.control_chars;
        m.0.control_flags = pty.0.control_flags | ControlFlags::CREAD;
        m
    }
}

/// Rows, columns and pixels, as `struct winsize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows of characters.
    pub rows: u16,
    /// Columns of characters.
    pub cols: u16,
    /// Width in pixels, 0 when unknown.
    pub width: u16,
    /// Height in pixels, 0 when unknown.
    pub height: u16,
}

/// The modes of a terminal.
pub fn modes(tty: BorrowedFd) -> io::Result<Modes> {
    // SAFETY: an all-zero termios is a valid value.
    let mut raw: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: tcgetattr writes one termios.
    if unsafe { libc::tcgetattr(tty.as_raw_fd(), &mut raw) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Modes::whole(raw))
}

/// Sets modes now, without waiting for output and without throwing typed bytes away (LAWS L15).
pub fn set_modes(tty: BorrowedFd, modes: &Modes) -> io::Result<()> {
    Ok(termios::tcsetattr(tty, SetArg::TCSANOW, &modes.0)?)
}

/// Gives a fresh pseudo terminal the modes of `from` as far as they make sense there.
pub fn copy_modes(from: &Modes, pty: BorrowedFd) -> io::Result<()> {
    let own = modes(pty)?;
    set_modes(pty, &from.onto(&own))
}

/// The size of a terminal.
pub fn size(tty: BorrowedFd) -> io::Result<Size> {
    // SAFETY: an all-zero winsize is a valid value.
    let mut ws: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: TIOCGWINSZ writes one winsize.
    if unsafe { libc::ioctl(tty.as_raw_fd(), libc::TIOCGWINSZ as _, &mut ws) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Size { rows: ws.ws_row, cols: ws.ws_col, width: ws.ws_xpixel, height: ws.ws_ypixel })
}

/// The foreground process group; an error when this is not our controlling terminal.
pub fn foreground(tty: BorrowedFd) -> io::Result<Pid> {
    Ok(nix::unistd::tcgetpgrp(tty)?.as_raw())
}

/// Makes `pgid` the foreground group. Raises SIGTTOU from the background unless that is blocked (LAWS L7, L8).
pub fn set_foreground(tty: BorrowedFd, pgid: Pid) -> io::Result<()> {
    Ok(nix::unistd::tcsetpgrp(tty, nix::unistd::Pid::from_raw(pgid))?)
}

/// Gives up the controlling terminal. From its session's leader that takes it from everybody in the session, and the
/// kernel sends HUP and CONT to its foreground group (`tty_ioctl(4)`, TIOCNOTTY).
pub fn disown(tty: BorrowedFd) {
    // SAFETY: TIOCNOTTY takes no argument.
    unsafe { libc::ioctl(tty.as_raw_fd(), libc::TIOCNOTTY as _) };
}

/// Opens our controlling terminal anew: an own open file description, non-blocking, close-on-exec (LAWS L21).
pub fn open_controlling() -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    let path = "/dev/tty";
    // Not /dev/tty, which cannot be polled there (LAWS L21).
    #[cfg(target_os = "macos")]
    let path = super::os::controlling_terminal().unwrap_or_else(|| "/dev/tty".into());
    let file: File =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK).open(path)?;
    super::fd::above_std(OwnedFd::from(file))
}

/// Is descriptor `fd` (0–2) open on exactly our controlling terminal? Foreign terminals are not ours (LAWS L10).
pub fn is_controlling(fd: BorrowedFd) -> bool {
    termios::tcgetattr(fd).is_ok() && termios::tcgetsid(fd).is_ok_and(|s| s.as_raw() == super::sid())
}

/// The device number of the terminal open on `fd`, 0 when it is none.
pub fn device(fd: BorrowedFd) -> Dev {
    match nix::sys::stat::fstat(fd) {
        Ok(st) if termios::tcgetattr(fd).is_ok() => st.st_rdev as Dev,
        _ => 0,
    }
}

/// The device at `path` and when it was last typed into or written to. The kernel moves these times in steps of 8 s.
pub fn last_used(path: &str) -> Option<(Dev, SystemTime)> {
    let meta = std::fs::metadata(path).ok().filter(|m| m.file_type().is_char_device())?;
    let at = [meta.accessed(), meta.modified()].into_iter().flatten().max()?;
    Some((meta.rdev() as Dev, at))
}

/// The path of the terminal of this number, for people: that of a standard descriptor, else what such a number is called.
pub fn name_of(dev: Dev) -> Option<String> {
    let called = || os::terminal_path(dev).filter(|path| std::fs::metadata(path).is_ok_and(|m| m.rdev() as Dev == dev));
    [0, 2, 1].map(std_fd).into_iter().find_map(|fd| name(fd, dev)).or_else(called)
}

/// The path of the terminal open on `fd`, if it has this number. What the number is called is asked first: `ttyname(3)`
/// takes six calls and four pages, and a shell's start waits for us.
fn name(fd: BorrowedFd, dev: Dev) -> Option<String> {
    let open = nix::sys::stat::fstat(fd).ok().filter(|st| st.st_rdev as Dev == dev)?;
    let is_it = |path: &String| {
        std::fs::metadata(path).is_ok_and(|m| (m.dev(), m.ino()) == (open.st_dev as u64, open.st_ino as u64))
    };
    os::terminal_path(dev).filter(is_it).or_else(|| Some(nix::unistd::ttyname(fd).ok()?.to_string_lossy().into_owned()))
}

/// Is a terminal open on this standard descriptor (0–2)?
pub fn is_terminal(fd: i32) -> bool {
    // SAFETY: isatty only asks.
    unsafe { libc::isatty(fd) == 1 }
}

/// Descriptors 0–2, borrowed for the length of a call chain; the process keeps them open.
pub fn std_fd(n: i32) -> BorrowedFd<'static> {
    // SAFETY: 0–2 are always open in a Rust program (the runtime sees to it) and are never closed by us, only replaced.
    unsafe { BorrowedFd::borrow_raw(n) }
}
