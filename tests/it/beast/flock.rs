//! A small tree that is quick to make: one fork for each way to be a member, no exec.
//!
//! `beast ROSTER flock`: polite, deaf, in a group and in a session of their own, orphaned; and one whose children are
//! born and die every millisecond, so that their numbers go round within one tick of the clock.

use crate::kinds::be_deaf;
use crate::roster::{Roster, bound, tick, wait};
use nix::unistd::{ForkResult, Pid, fork, setpgid, setsid};

/// Announces itself last, once everybody is in place.
pub(crate) fn run(roster: &Roster) -> ! {
    for kind in ["plain", "deaf", "own-group", "setsid", "orphan", "flicker"] {
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        // SAFETY: a beast has one thread.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                drop(reader);
                become_one(roster, kind, writer);
            }
            // Everybody in place has closed its end: the read ends.
            Ok(ForkResult::Parent { .. }) => {
                drop(writer);
                let _ = nix::unistd::read(&reader, &mut [0]);
            }
            Err(error) => panic!("no member of the flock: {error}"),
        }
    }
    roster.announce("flock");
    wait()
}

fn become_one(roster: &Roster, kind: &str, writer: std::os::fd::OwnedFd) -> ! {
    bound();
    match kind {
        "deaf" => be_deaf(),
        "own-group" => drop(setpgid(Pid::from_raw(0), Pid::from_raw(0))),
        "setsid" => drop(setsid()),
        "orphan" => {
            // SAFETY: a beast has one thread.
            if !matches!(unsafe { fork() }, Ok(ForkResult::Child)) {
                std::process::exit(0);
            }
            bound();
        }
        _ => {}
    }
    roster.announce(kind);
    drop(writer);
    if kind == "flicker" { flicker() } else { wait() }
}

fn flicker() -> ! {
    loop {
        // SAFETY: a beast has one thread, and its child leaves at once.
        if let Ok(ForkResult::Parent { child }) = unsafe { fork() } {
            let _ = nix::sys::wait::waitpid(child, None);
        } else {
            // SAFETY: no destructor is needed here.
            unsafe { libc::_exit(0) };
        }
        tick(1);
    }
}
