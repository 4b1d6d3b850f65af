//! The few system calls that the tests need and `std` and `nix` do not have: the only `unsafe` of the tests.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

fn owned(fd: libc::c_long) -> io::Result<OwnedFd> {
    let fd = i32::try_from(fd).map_err(io::Error::other)?;
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A pidfd: readable once the process is a zombie or gone.
pub(crate) fn pidfd(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: no pointers.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })
}

/// Send a signal through a pidfd.
pub(crate) fn send(pidfd: &OwnedFd, signal: i32) -> io::Result<()> {
    // SAFETY: a null siginfo means the kernel fills it in.
    let rc = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0, 0) };
    if rc == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Reap this process if it is a dead child of ours.
pub(crate) fn reap(pid: i32) {
    // SAFETY: a null status is allowed.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG) };
}

/// A new pty: the master, and the other end as `/dev/pts/N`. Both close on exec, from the first instant:
/// a copy in another test's shell would keep the terminal from closing.
pub(crate) fn pty() -> io::Result<(OwnedFd, File)> {
    use nix::fcntl::OFlag;
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let master = nix::pty::posix_openpt(flags)?;
    nix::pty::grantpt(&master)?;
    nix::pty::unlockpt(&master)?;
    let master = OwnedFd::from(master);
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: the argument is a number.
    let follower = owned(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, flags) }.into())?;
    Ok((master, File::from(follower)))
}

/// Rows, columns, pixels across, pixels down.
pub(crate) type Size = (u16, u16, u16, u16);

/// Resize a terminal by its master.
pub(crate) fn resize(master: BorrowedFd<'_>, (ws_row, ws_col, ws_xpixel, ws_ypixel): Size) -> io::Result<()> {
    let size = libc::winsize { ws_row, ws_col, ws_xpixel, ws_ypixel };
    // SAFETY: the structure lives as long as the call.
    let rc = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
    if rc == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The command will lead a session of its own, with its standard input as controlling terminal where `tty` says so.
pub(crate) fn lead_session(command: &mut Command, tty: bool) {
    // SAFETY: setsid and ioctl may be called between fork and exec.
    unsafe {
        command.pre_exec(move || {
            if libc::setsid() < 0 || (tty && libc::ioctl(0, libc::TIOCSCTTY, 0) < 0) {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

/// The command will start under a kernel that makes nobody a subreaper, as before Linux 3.4.
pub(crate) fn without_subreapers(command: &mut Command) {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
    let step = |code: u32, jf: u8, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf, k };
    // The call's number is at 0, the low half of its first argument at 16 on the machines that we run on.
    let steps = [
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, 3, libc::SYS_prctl as u32),
        step(BPF_LD | BPF_W | BPF_ABS, 0, 16),
        step(BPF_JMP | BPF_JEQ | BPF_K, 1, libc::PR_SET_CHILD_SUBREAPER as u32),
        step(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ERRNO | libc::EINVAL as u32),
        step(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    // SAFETY: prctl may be called between fork and exec; the program lives in the closure.
    unsafe {
        command.pre_exec(move || {
            let program = libc::sock_fprog { len: 6, filter: steps.as_ptr().cast_mut() };
            if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
                || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) < 0
            {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

/// The command will start with these signals ignored and these blocked, and with these descriptors closed.
pub(crate) fn dispose(command: &mut Command, ignored: Vec<i32>, blocked: Vec<i32>, closed: Vec<i32>) {
    // SAFETY: signal, sigprocmask, sigaddset and close may be called between fork and exec.
    unsafe {
        command.pre_exec(move || {
            for one in &ignored {
                libc::signal(*one, libc::SIG_IGN);
            }
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for one in &blocked {
                libc::sigaddset(&raw mut set, *one);
            }
            libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            for one in &closed {
                libc::fcntl(*one, libc::F_SETFD, libc::FD_CLOEXEC);
            }
            Ok(())
        });
    }
}
