//! The kernel, one typed function a call: the only home of `unsafe`, `libc` and `nix`.
//!
//! Everything above this wall is safe Rust. What differs between systems has the same names in `linux.rs` and
//! `macos.rs`. Nothing here decides anything: no policy, no records, no messages.
#![allow(unsafe_code)]

pub mod apart;
#[cfg_attr(target_os = "macos", path = "macos_cgroup.rs")]
pub mod cgroup;
pub mod clock;
pub mod fd;
pub mod file;
pub mod hands;
#[cfg(all(feature = "test-hooks", target_os = "linux"))]
pub mod hooks;
pub mod inherited;
pub mod net;
#[cfg(all(target_env = "musl", panic = "abort"))]
mod no_unwind;
pub mod peer;
pub mod pty;
pub mod signal;
pub mod spawn;
pub mod tty;
pub mod watch;

#[cfg(target_os = "macos")]
mod macos_handle;
#[cfg(target_os = "macos")]
mod macos_inbox;
#[cfg(target_os = "macos")]
mod macos_select;
#[cfg(all(test, target_os = "macos"))]
mod macos_tests;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
pub mod os;

/// A named point at which a test may put a fault (`hooks.rs`). Without the feature it is nothing.
#[cfg(all(feature = "test-hooks", target_os = "linux"))]
macro_rules! hook {
    ($point:ident) => {
        $crate::sys::hooks::pass($crate::sys::hooks::Point::$point)
    };
}
#[cfg(not(all(feature = "test-hooks", target_os = "linux")))]
macro_rules! hook {
    ($point:ident) => {};
}
pub(crate) use hook;

/// A process number, as the kernel gives it. Not an identity: numbers are used again (LAWS L43).
pub type Pid = i32;

/// A device number, as `st_rdev` and `/proc/PID/stat` field 7 give it; 0 is "no terminal".
pub type Dev = u64;

/// One process as the kernel describes it at one instant (`proc_pid_stat(5)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Process number.
    pub pid: Pid,
    /// Parent's number at that instant.
    pub ppid: Pid,
    /// Process group.
    pub pgid: Pid,
    /// Kernel session.
    pub sid: Pid,
    /// Controlling terminal, 0 for none.
    pub tty_dev: Dev,
    /// `R`, `S`, `D`, `T`, `t`, `Z`, `X` …
    pub state: u8,
    /// Threads alive; a `Z` leader with other threads is a living process.
    pub threads: u32,
    /// Start time: clock ticks since boot on Linux, microseconds since the epoch on macOS.
    pub start: u64,
    /// The kernel's short name, NUL padded.
    pub comm: [u8; 16],
    /// The signals below 32 that it ignores; bit n-1 is signal n.
    pub ignored: u64,
    /// Bytes of memory that it holds, shared ones too (field 24 of `proc_pid_stat(5)`); 0 where a walk does not learn it.
    pub rss: u64,
}

#[cfg(test)]
impl Stat {
    /// What a kernel might say of a sleeping process that leads its group and session.
    pub(crate) fn made_up(pid: Pid, ppid: Pid) -> Stat {
        let (tty_dev, state, threads, start) = (0, b'S', 1, pid as u64);
        Stat { pid, ppid, pgid: pid, sid: pid, tty_dev, state, threads, start, comm: [0; 16], ignored: 0, rss: 0 }
    }
}

impl Stat {
    /// A process that can no longer act: a zombie without other threads.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }

    /// Stopped by a signal (`T`), not merely traced (`t`).
    pub fn is_stopped(&self) -> bool {
        self.state == b'T'
    }

    /// The kernel's short name, at most 15 bytes, as text.
    pub fn name(&self) -> String {
        let end = self.comm.iter().position(|&b| b == 0).unwrap_or(self.comm.len());
        String::from_utf8_lossy(&self.comm[..end]).into_owned()
    }
}

/// Our own process number.
pub fn pid() -> Pid {
    nix::unistd::getpid().as_raw()
}

/// Our parent's number at this instant.
pub fn ppid() -> Pid {
    nix::unistd::getppid().as_raw()
}

/// Our process group.
pub fn pgid() -> Pid {
    nix::unistd::getpgrp().as_raw()
}

/// Our kernel session's number; 0 when its leader is outside our pid namespace.
pub fn sid() -> Pid {
    nix::unistd::getsid(None).map_or(0, |p| p.as_raw())
}

/// Our effective user id.
pub fn euid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Puts process `pid` (0: ourselves) into group `pgid` (0: its own number). See `setpgid(2)`.
pub fn set_group(pid: Pid, pgid: Pid) -> std::io::Result<()> {
    use nix::unistd::Pid as P;
    Ok(nix::unistd::setpgid(P::from_raw(pid), P::from_raw(pgid))?)
}
