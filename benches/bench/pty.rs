//! Real terminals for the benches: a master here, a program that leads a session there. The only `unsafe` of the benches.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{self, LocalFlags, SetArg};

/// Whatever takes longer than this is stuck.
const STUCK: Duration = Duration::from_secs(20);

/// A program that leads the session of a terminal.
pub(crate) struct Session {
    /// Our side of the terminal; `None` once it is closed.
    pub(crate) master: Option<File>,
    /// The leader.
    pub(crate) child: Child,
}

impl Session {
    /// Starts a program on a terminal of its own. `passed` stays open in it.
    pub(crate) fn start(mut command: Command, passed: Option<&OwnedFd>) -> io::Result<Session> {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let master = nix::pty::posix_openpt(flags)?;
        nix::pty::grantpt(&master)?;
        nix::pty::unlockpt(&master)?;
        let master = OwnedFd::from(master);
        let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
        // SAFETY: the argument is a number; the kernel gives the descriptor to us alone.
        let raw = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, flags) };
        if raw < 0 {
            return Err(io::Error::last_os_error());
        }
        let size = libc::winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: `raw` is ours, and `size` outlives the call.
        let follower = unsafe {
            libc::ioctl(raw, libc::TIOCSWINSZ, &raw const size);
            File::from_raw_fd(raw)
        };
        command.stdin(follower.try_clone()?).stdout(follower.try_clone()?).stderr(follower);
        let passed = passed.map(AsRawFd::as_raw_fd);
        // SAFETY: setsid, ioctl and fcntl may be called between fork and exec.
        unsafe {
            command.pre_exec(move || {
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                    return Err(io::Error::last_os_error());
                }
                if let Some(fd) = passed {
                    libc::fcntl(fd, libc::F_SETFD, 0);
                }
                Ok(())
            });
        }
        Ok(Session { master: Some(File::from(master)), child: command.spawn()? })
    }

    /// Reads what is there, and waits for it if need be. 0 at the end.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut master = self.master.as_ref().ok_or(io::ErrorKind::NotConnected)?;
            match master.read(buf) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => wait(master, PollFlags::POLLIN)?,
                // What a master says when nobody holds the other side.
                Err(e) if e.raw_os_error() == Some(libc::EIO) => return Ok(0),
                other => return other,
            }
        }
    }

    /// Types all of it.
    pub(crate) fn write(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            let mut master = self.master.as_ref().ok_or(io::ErrorKind::NotConnected)?;
            match master.write(text) {
                Ok(n) => text = &text[n..],
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => wait(master, PollFlags::POLLOUT)?,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Waits until the program has written `R`, and the relay before it has come to rest.
    pub(crate) fn ready(&mut self) -> io::Result<()> {
        let mut buf = [0; 4096];
        loop {
            match self.read(&mut buf)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n if buf[..n].contains(&b'R') => break,
                _ => {}
            }
        }
        // A relay says nowhere that it has come to rest.
        std::thread::sleep(Duration::from_millis(50));
        Ok(())
    }

    /// Closes the terminal: its session is over.
    pub(crate) fn close(&mut self) {
        self.master = None;
    }

    /// Reads on until the program has left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let mut buf = [0; 65536];
        while self.read(&mut buf)? > 0 {}
        self.child.wait().map(drop)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
        // A child of ours that we have not reaped: its number cannot be another's. A hang-up, which a guard acts on.
        let deadline = Instant::now() + STUCK;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            // std has no wait with a deadline; nothing is measured here.
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(fd: &File, what: PollFlags) -> io::Result<()> {
    let timeout = PollTimeout::try_from(STUCK).unwrap_or(PollTimeout::NONE);
    match poll(&mut [PollFd::new(fd.as_fd(), what)], timeout)? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}

/// Our own terminal, without echo; raw, or as lines.
pub(crate) fn set_own(raw: bool) {
    let own = io::stdin();
    let Ok(mut modes) = termios::tcgetattr(&own) else { return };
    modes.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
    if raw {
        termios::cfmakeraw(&mut modes);
    }
    let _ = termios::tcsetattr(&own, SetArg::TCSANOW, &modes);
}

/// Starts `many` children that wait for their end, each in a session of its own where `apart` says so.
pub(crate) fn children(many: usize, apart: bool) -> Vec<i32> {
    let mut pids = Vec::with_capacity(many);
    for _ in 0..many {
        // SAFETY: one thread; the child calls only what may be called after a fork.
        match unsafe { libc::fork() } {
            0 => unsafe {
                if apart {
                    libc::setsid();
                }
                // Nothing of this bench stays, whatever becomes of it.
                libc::alarm(120);
                loop {
                    libc::pause();
                }
            },
            pid if pid > 0 => pids.push(pid),
            _ => break,
        }
    }
    pids
}

/// Ignores everything that asks for an end; children do so too.
pub(crate) fn be_deaf() {
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
        // SAFETY: no handler, only a disposition.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Nanoseconds on the clock that programs in C have too.
pub(crate) fn monotonic() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// Waits for ever, but no longer than any bench takes.
pub(crate) fn hold() -> ! {
    // SAFETY: numbers.
    unsafe { libc::alarm(600) };
    loop {
        // SAFETY: no arguments.
        unsafe { libc::pause() };
    }
}

/// Orphans below us come to us, so that they can be counted.
pub(crate) fn adopt_orphans() {
    // SAFETY: numbers.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// The end of a pipe that reads end of file when nobody holds the other any more.
pub(crate) fn pipe() -> io::Result<(File, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    Ok((File::from(read), write))
}

/// Descriptor 3, which the bench passes to itself.
pub(crate) fn three() -> File {
    // SAFETY: the bench that started us has put it there, for us alone.
    unsafe { File::from_raw_fd(3) }
}

/// `passed` will be descriptor 3 of this command.
pub(crate) fn as_three(command: &mut Command, passed: &OwnedFd) {
    let fd = passed.as_raw_fd();
    // SAFETY: dup2 and fcntl may be called between fork and exec.
    unsafe {
        command.pre_exec(move || {
            // Onto itself it would close on exec.
            if fd == 3 {
                libc::fcntl(3, libc::F_SETFD, 0)
            } else {
                libc::dup2(fd, 3)
            };
            Ok(())
        });
    }
}
