//! The beasts that are born faster than they can be counted. Each knows its end, whatever happens.

use crate::kinds::be_deaf;
use crate::roster::{Roster, bound, tick};
use nix::unistd::{ForkResult, Gid, Uid, fork, setgid, setgroups, setuid};
use std::time::{Duration, Instant};

/// How long the whole bomb lives.
const LIFE: Duration = Duration::from_secs(25);

/// `bomb UID MOST`: deaf, as this user; each forks every 10 ms, while there are fewer than MOST of that user.
pub(crate) fn run(roster: &Roster, options: &[String]) -> ! {
    let number = |at: usize| options.get(at).and_then(|n| n.parse::<u32>().ok()).expect("a number");
    let (user, most) = (number(0), number(1));
    roster.announce("bomb");
    be_deaf();
    let limit = libc::rlimit { rlim_cur: most.into(), rlim_max: most.into() };
    // SAFETY: setrlimit reads the structure. root is under no such limit: hence another user.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &limit) }, 0, "a limit");
    setgroups(&[]).expect("no groups");
    setgid(Gid::from_raw(user)).expect("another group");
    setuid(Uid::from_raw(user)).expect("another user");
    let end = Instant::now() + LIFE;
    while Instant::now() < end {
        // SAFETY: a beast has one thread.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            bound();
        }
        tick(10);
    }
    std::process::exit(0)
}
