//! Signals: masks, dispositions, sending to our own, and the intake that turns them into data.
//!
//! All signals are blocked for a guard's life and read as data; nothing runs in a handler (macOS: `macos_inbox`). Sending to a process that is
//! not our own unreaped child goes through a pidfd (`os::Handle`), never through here.

use std::io;

use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal as NixSignal, signal, sigprocmask};
use nix::unistd::Pid as NixPid;

use super::Pid;

/// A signal's number.
pub type Signal = i32;

pub use libc::{
    SIGABRT as ABRT, SIGALRM as ALRM, SIGCHLD as CHLD, SIGCONT as CONT, SIGHUP as HUP, SIGINT as INT, SIGKILL as KILL,
    SIGPIPE as PIPE, SIGQUIT as QUIT, SIGSTOP as STOP, SIGTERM as TERM, SIGTSTP as TSTP, SIGTTIN as TTIN,
    SIGTTOU as TTOU, SIGURG as URG, SIGUSR1 as USR1, SIGUSR2 as USR2, SIGWINCH as WINCH,
};

/// The field's name of a signal, `SIGTERM`; a number for the real-time ones.
pub fn name(sig: Signal) -> String {
    NixSignal::try_from(sig).map_or_else(|_| format!("signal {sig}"), |s| s.as_str().to_owned())
}

/// The number of a signal given as `TERM`, `SIGTERM` or `15`.
pub fn parse(text: &str) -> Option<Signal> {
    if let Ok(n) = text.parse::<i32>() {
        return (1..=64).contains(&n).then_some(n);
    }
    let upper = text.to_ascii_uppercase();
    let full = if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") };
    full.parse::<NixSignal>().ok().map(|s| s as i32)
}

/// Where a caught signal came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The kernel: a key on a terminal, a hang-up, a resize.
    Kernel,
    /// A process; 0 when it is outside our pid namespace (LAWS L26).
    Process(Pid),
}

/// One signal that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Which.
    pub sig: Signal,
    /// From whom.
    pub sender: Sender,
}

/// A signal mask, to be put back.
#[derive(Clone, Copy, Debug)]
pub struct Mask(SigSet);

impl Mask {
    /// Of one that blocks nothing.
    pub fn none() -> Mask {
        Mask(SigSet::empty())
    }
}

/// Blocks every signal and answers the mask that was.
pub fn block_all() -> io::Result<Mask> {
    let mut old = SigSet::empty();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut old))?;
    Ok(Mask(old))
}

/// Puts a mask back.
pub fn set_mask(mask: &Mask) -> io::Result<()> {
    Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&mask.0), None)?)
}

/// Is `sig` ignored here? At start: inherited (`nohup`, a shell's `&`).
pub fn is_ignored(sig: Signal) -> bool {
    // SAFETY: an all-zero sigaction is a valid value to be overwritten.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null new action only reads.
    unsafe { libc::sigaction(sig, std::ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN }
}

fn dispose(sig: Signal, handler: SigHandler) -> io::Result<()> {
    let sig = NixSignal::try_from(sig)?;
    // SAFETY: only SIG_DFL and SIG_IGN are ever installed; no code runs in a handler.
    unsafe { signal(sig, handler)? };
    Ok(())
}

/// Gives `sig` its default effect.
pub fn default(sig: Signal) -> io::Result<()> {
    #[cfg(target_os = "macos")]
    if super::macos_inbox::takes(sig) {
        return Ok(());
    }
    dispose(sig, SigHandler::SigDfl)
}

/// Ignores `sig`.
pub fn ignore(sig: Signal) -> io::Result<()> {
    dispose(sig, SigHandler::SigIgn)
}

/// Has somebody this number whom we might signal? Perhaps another than is meant. `kill(2)` with 0 signals nobody, and needs
/// neither memory nor a descriptor.
pub fn reaches(pid: Pid) -> bool {
    // SAFETY: kill takes numbers.
    pid > 0 && unsafe { libc::kill(pid, 0) } == 0
}

/// Signals one process that is our own unreaped child, or our group's members by `Pid` of ourselves.
///
/// Safe without a pidfd only because the number of an unreaped child is never given away (LAWS L43a).
pub fn send_child(child: Pid, sig: Signal) -> io::Result<()> {
    if child <= 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(nix::sys::signal::kill(NixPid::from_raw(child), NixSignal::try_from(sig)?)?)
}

/// Signals the process group that our own unreaped child leads.
pub fn send_child_group(leader: Pid, sig: Signal) -> io::Result<()> {
    if leader <= 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(nix::sys::signal::killpg(NixPid::from_raw(leader), NixSignal::try_from(sig)?)?)
}

/// Stops ourselves, or our whole process group as the terminal would, by `sig`'s default effect. Returns after CONT,
/// or at once where the kernel throws the stop away (an orphaned group, LAWS L1).
pub fn stop_self(sig: Signal, whole_group: bool) -> io::Result<()> {
    let nix_sig = NixSignal::try_from(sig)?;
    let old = if sig == STOP { None } else { Some(swap_default(nix_sig)?) };
    let target = if whole_group { NixPid::from_raw(0) } else { nix::unistd::getpid() };
    nix::sys::signal::kill(target, nix_sig)?;
    if let Some((action, _)) = old {
        let mut only = SigSet::empty();
        only.add(nix_sig);
        // The stop happens here, when the pending signal is let through.
        let mut old = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&only), Some(&mut old))?;
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&old), None)?;
        // SAFETY: puts back the action that was there before, SIG_DFL or SIG_IGN.
        unsafe { nix::sys::signal::sigaction(nix_sig, &action)? };
    }
    Ok(())
}

fn swap_default(sig: NixSignal) -> io::Result<(nix::sys::signal::SigAction, ())> {
    use nix::sys::signal::{SaFlags, SigAction, sigaction};
    let dfl = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: installs SIG_DFL; no code runs in a handler.
    Ok((unsafe { sigaction(sig, &dfl)? }, ()))
}

/// Dies of `sig` without a core file, so that whoever waits sees how the command died (LAWS L25). Returns only if the
/// signal does not kill.
pub fn die_of(sig: Signal) {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: setrlimit reads one rlimit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
    super::os::no_core();
    if sig != KILL {
        // SAFETY: SIG_DFL, by number, so that real-time signals work too.
        unsafe { libc::signal(sig, libc::SIG_DFL) };
    }
    // SAFETY: kill and the mask calls take numbers and a set that lives on this frame.
    unsafe {
        libc::kill(libc::getpid(), sig);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, sig);
        libc::sigprocmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut());
    }
}
