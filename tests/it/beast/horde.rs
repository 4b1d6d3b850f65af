//! A horde: thousands of processes, each deaf and in a session of its own.

use crate::kinds::be_deaf;
use crate::roster::{Roster, bound, wait};
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{ForkResult, fork, setsid};
use std::fs::File;

/// Fork the horde; all of it holds one lock, which is free the moment that nobody of it lives.
pub(crate) fn run(roster: &Roster, options: &[String]) -> ! {
    be_deaf();
    let many: usize = options.first().and_then(|n| n.parse().ok()).unwrap_or(1);
    let file = File::create(format!("{}.held", roster.path())).expect("a file to lock");
    let Ok(held) = Flock::lock(file, FlockArg::LockShared) else { panic!("the lock is ours") };
    for _ in 0..many {
        // SAFETY: a beast has one thread.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            bound();
            let _ = setsid();
            wait();
        }
    }
    roster.announce("horde");
    std::mem::forget(held);
    wait()
}
