//! Fork, exec, wait: our own, because `Command::spawn` returns only after the exec, resets the mask and loses
//! dispositions (MODELS "portable-pty", LAWS L27). Everything between fork and exec is async-signal-safe or runs in a
//! single-threaded process.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid as NixPid};

use super::Pid;
use super::signal::{self, Signal};

/// Which side of a fork this is.
#[derive(Debug, PartialEq, Eq)]
pub enum Fork {
    /// The old process, with the child's number.
    Parent(Pid),
    /// The new process.
    Child,
}

/// Forks. Our processes are single-threaded, so the child may go on with ordinary code.
pub fn fork() -> io::Result<Fork> {
    super::hook!(ForkBefore);
    #[cfg(target_os = "macos")]
    let held = super::macos_inbox::hold_signals()?;
    // SAFETY: pj never starts a thread before or beside a fork (DESIGN §6: no threads in guard and sweep).
    let side = unsafe { nix::unistd::fork() };
    #[cfg(target_os = "macos")]
    if let (Some(mask), false) = (held, matches!(side, Ok(ForkResult::Child))) {
        signal::set_mask(&mask)?;
    }
    match side? {
        ForkResult::Parent { child } => {
            super::hook!(ForkParent);
            Ok(Fork::Parent(child.as_raw()))
        }
        ForkResult::Child => {
            super::hook!(ForkChild);
            Ok(Fork::Child)
        }
    }
}

/// Ends this process at once: no destructors, no output flushed.
pub fn leave(code: i32) -> ! {
    // SAFETY: _exit takes a number and does not return.
    unsafe { libc::_exit(code) }
}

/// What a child did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Left with a code.
    Exited(i32),
    /// Died of a signal; the flag says whether it left a core file.
    Killed(Signal, bool),
    /// Was stopped by a signal.
    Stopped(Signal),
    /// Goes on after a stop.
    Continued,
}

/// What a wait without blocking found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Child and what it did.
    Changed(Pid, Change),
    /// There are children; none changed.
    Nothing,
    /// There are no children.
    NoChildren,
}

/// Reaps one change of any child, without blocking.
pub fn wait_any() -> Waited {
    loop {
        // Raw, because nix refuses statuses of real-time signals.
        let mut status = 0;
        // SAFETY: waitpid writes one int.
        let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED) };
        match pid {
            0 => return Waited::Nothing,
            -1 if Errno::last() == Errno::EINTR => {}
            -1 => return Waited::NoChildren,
            _ => return Waited::Changed(pid, change(status)),
        }
    }
}

/// Have we any child, ended and unreaped or alive?
pub fn has_children() -> bool {
    // SAFETY: an all-zero siginfo is a valid value to be overwritten; WNOWAIT leaves every status where it is.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        libc::waitid(libc::P_ALL, 0, &mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) == 0
    }
}

fn change(status: i32) -> Change {
    if libc::WIFEXITED(status) {
        Change::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Change::Killed(libc::WTERMSIG(status), libc::WCOREDUMP(status))
    } else if libc::WIFSTOPPED(status) {
        Change::Stopped(libc::WSTOPSIG(status))
    } else {
        Change::Continued
    }
}

/// Waits for one own child to end, however long that takes.
pub fn wait_for(child: Pid) -> io::Result<()> {
    loop {
        match waitpid(NixPid::from_raw(child), Some(WaitPidFlag::empty())) {
            Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return Ok(()),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Has this own child ended? It is reaped if so; one that was reaped before has.
pub fn has_ended(child: Pid) -> bool {
    // SAFETY: waitpid takes a null status.
    let got = unsafe { libc::waitpid(child, std::ptr::null_mut(), libc::WNOHANG) };
    got == child || (got < 0 && Errno::last() == Errno::ECHILD)
}

/// A command line ready for exec: made before the fork, so that nothing is allocated after it.
#[derive(Debug)]
pub struct Prepared {
    argv: Vec<CString>,
    /// Every path that `execvp(3)` would try, in order.
    paths: Vec<CString>,
}

impl Prepared {
    /// Resolves `argv[0]` along `PATH` as `execvp(3)` does. A NUL in an argument is an error.
    pub fn new(argv: &[OsString], path: Option<&OsStr>) -> io::Result<Prepared> {
        let c = |s: &OsStr| CString::new(s.as_bytes()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
        let args = argv.iter().map(|a| c(a)).collect::<io::Result<Vec<_>>>()?;
        let name = argv[0].as_bytes();
        let mut paths = Vec::new();
        if name.contains(&b'/') {
            paths.push(args[0].clone());
        } else if !name.is_empty() {
            let dirs = path.unwrap_or(OsStr::new("/usr/local/bin:/bin:/usr/bin"));
            for dir in dirs.as_bytes().split(|&b| b == b':') {
                let mut p = if dir.is_empty() { b".".to_vec() } else { dir.to_vec() };
                p.push(b'/');
                p.extend_from_slice(name);
                paths.extend(CString::new(p));
            }
        }
        Ok(Prepared { argv: args, paths })
    }

    /// The file that exec will most likely find, for people.
    pub fn resolved(&self) -> Option<String> {
        // SAFETY: access only asks; the paths are NUL-terminated and live over the call.
        let found = self.paths.iter().find(|p| unsafe { libc::access(p.as_ptr(), libc::X_OK) } == 0)?;
        Some(found.to_string_lossy().into_owned())
    }

    /// Replaces this process. Returns only the error: what exec(3) would report for the last or best candidate.
    pub fn exec(&self, env: &[CString]) -> io::Error {
        let mut denied = None;
        let mut last = Errno::ENOENT;
        for path in &self.paths {
            let Err(e) = nix::unistd::execve(path, &self.argv, env);
            match e {
                Errno::EACCES => denied = Some(e),
                Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENAMETOOLONG => last = Errno::ENOENT,
                Errno::ENOEXEC => return self.by_sh(path, env).into(),
                other => return other.into(),
            }
        }
        denied.unwrap_or(last).into()
    }

    /// A script without `#!`: `execvp(3)` gives it to sh.
    fn by_sh(&self, path: &CString, env: &[CString]) -> Errno {
        let mut argv: Vec<CString> = vec![c"sh".into(), path.clone()];
        argv.extend_from_slice(&self.argv[1..]);
        let Err(e) = nix::unistd::execve(c"/bin/sh", &argv, env);
        e
    }
}

/// Our environment as it is, line by line, whatever the lines look like.
pub fn environ() -> Vec<CString> {
    unsafe extern "C" {
        #[cfg_attr(target_os = "macos", link_name = "environ")]
        static environ: *const *const libc::c_char;
    }
    let mut found = Vec::new();
    // SAFETY: environ is a NULL-terminated array of C strings that nothing in this single-threaded process changes.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            found.push(std::ffi::CStr::from_ptr(*at).to_owned());
            at = at.add(1);
        }
    }
    found
}

/// Makes this process as the command should be born: dispositions and closed descriptors as we were started with.
/// The mask comes last, since a pending signal acts when it is let through.
pub fn as_started(sigchld_ignored: bool, mask: &signal::Mask) -> io::Result<()> {
    for fd in 0..3 {
        if super::inherited::was_closed(fd) {
            // SAFETY: closing a standard number that was closed when we were started.
            unsafe { libc::close(fd) };
        }
    }
    dispositions(sigchld_ignored, mask)
}

/// The same for one whose standard descriptors are not what we were started with.
pub fn dispositions(sigchld_ignored: bool, mask: &signal::Mask) -> io::Result<()> {
    #[cfg(target_os = "macos")]
    super::macos_inbox::forget();
    if sigchld_ignored {
        signal::ignore(signal::CHLD)?;
    }
    if !super::inherited::sigpipe_ignored() {
        signal::default(signal::PIPE)?;
    }
    signal::set_mask(mask)
}
