//! The beasts that ask more of a guard than to find them: very many, or not to be ended in the usual way.

use crate::kinds::be_deaf;
use crate::roster::{Roster, bound, wait};
use nix::unistd::{ForkResult, fork, setsid};

/// Play one of them; false when there is no such one.
pub(crate) fn run(roster: &Roster, kind: &str, options: &[String]) -> bool {
    let number = || options.first().and_then(|n| n.parse::<i32>().ok()).expect("a number");
    match kind {
        "sessions" => sessions(roster, number()),
        "orphans" => orphans(roster, number()),
        "tracer" => tracer(roster, number()),
        "vfork" => vfork(roster),
        _ => return false,
    }
    true
}

/// This many children, deaf, each in a session of its own. Only we announce ourselves, once all are in place.
fn sessions(roster: &Roster, count: i32) {
    let (reader, writer) = nix::unistd::pipe().expect("a pipe");
    for _ in 0..count {
        // SAFETY: a beast has one thread.
        if let ForkResult::Child = unsafe { fork() }.expect("a child") {
            bound();
            be_deaf();
            let _ = setsid();
            drop((reader, writer));
            wait()
        }
    }
    drop(writer);
    let _ = nix::unistd::read(&reader, &mut [0]);
    roster.announce("sessions");
    wait()
}

/// This many grandchildren lose their parent and end, one after the other; then we live on alone. Each thousand is
/// announced, so that nobody waits long for a word.
fn orphans(roster: &Roster, count: i32) {
    for n in 1..=count {
        // SAFETY: a beast has one thread, and neither child does anything but fork and end.
        unsafe {
            match fork().expect("a child") {
                ForkResult::Child => {
                    let _ = fork();
                    libc::_exit(0)
                }
                ForkResult::Parent { child } => libc::waitpid(child.as_raw(), std::ptr::null_mut(), 0),
            };
        }
        if n % 1000 == 0 {
            roster.announce(&format!("orphans-{n}"));
        }
    }
    wait()
}

/// Traces a process and never looks at it: whatever ends it, it stays a zombie of its parent for as long as we live.
fn tracer(roster: &Roster, pid: i32) {
    // SAFETY: seizing takes a number and no memory.
    let rc = unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0, 0) };
    roster.announce(if rc == 0 { "tracer" } else { "no-tracer" });
    wait()
}

/// Waits in the kernel, deaf to all but KILL, for a deaf child that never execs: state D, as on a disk that hangs.
fn vfork(roster: &Roster) {
    be_deaf();
    roster.announce("vfork");
    let flags = libc::c_long::from(libc::CLONE_VFORK | libc::SIGCHLD);
    // SAFETY: without CLONE_VM this is a fork; a beast has one thread.
    if unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } == 0 {
        bound();
        roster.announce("vforked");
        wait()
    }
}
