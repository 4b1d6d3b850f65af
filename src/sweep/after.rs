//! `--after PID`: for a shell's exit hook, which calls it while the shell still lives. It goes into the background, waits
//! for the shell's end and then is a sweep like any other.
//!
//! Never: keeps the shell waiting, holds its terminal, its directory or its pipes, or takes the shell's word for its end:
//! an `exit` can be refused, and an exec keeps the pid. A shell that lives on is left alone with everything of its own.

use std::os::fd::AsFd;
use std::time::Duration;

use crate::process::{Identity, Life};
use crate::sys::spawn::{self, Fork};
use crate::sys::{Pid, apart, clock, fd, signal};

/// A shell that is ending has ended by then.
const MOST: Duration = Duration::from_secs(2);

/// In a child of its own, for which this returns after the shell: whether that has ended. No for who called.
pub(super) fn is_over(pid: Pid) -> bool {
    // Before the fork: the shell waits for us, so the number is its own.
    let shell = Identity::of(pid);
    // The child has that from its first moment. The shell's end hangs up whoever is in its foreground.
    let _ = signal::ignore(signal::HUP);
    let Ok((detached, hold)) = fd::pipe() else { return false };
    if !matches!(spawn::fork(), Ok(Fork::Child)) {
        // Until the child holds nothing any more: before that the shell must not end.
        drop(hold);
        let _ = fd::read(detached.as_fd(), &mut [0]);
        return false;
    }
    let _ = apart::new_session();
    let _ = fd::null_std(&[0, 1, 2]);
    let _ = std::env::set_current_dir("/");
    drop((detached, hold));
    fd::close_all_but(&mut []);
    shell.is_none_or(|shell| has_ended(&shell))
}

fn has_ended(shell: &Identity) -> bool {
    let until = clock::now() + MOST;
    loop {
        let handle = match shell.life() {
            Life::Gone => return true,
            Life::Alive(Some(handle)) => handle,
            // Nothing to wait on.
            Life::Alive(None) | Life::Elsewhere => return false,
        };
        let now = clock::now();
        if now >= until {
            return false;
        }
        let ask = [fd::Ask { fd: Some(handle.as_fd()), read: true, write: false }];
        // A failed wait is as good as one that has taken its time.
        if fd::poll(&ask, clock::timeout_until(Some(until), now)).is_err() {
            return shell.life().is_gone();
        }
    }
}
