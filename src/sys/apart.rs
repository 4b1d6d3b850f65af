//! Leaving one's session, waiting for the end, and a limit on one's own life: for the selftest's creatures
//! and for a sweep that goes into the background.

use std::io;

/// Becomes leader of a new kernel session without a terminal (`setsid(2)`); an error for a leader of a group.
pub fn new_session() -> io::Result<()> {
    nix::unistd::setsid()?;
    Ok(())
}

/// Ends this process by SIGALRM after so many seconds, whatever it does by then. Lasts over exec, not over fork.
pub fn end_after(seconds: u32) {
    let _ = super::signal::default(super::signal::ALRM);
    nix::unistd::alarm::set(seconds);
}

/// Takes that back.
pub fn live_on() {
    nix::unistd::alarm::cancel();
}

/// Waits for a signal that ends this process.
pub fn wait_for_the_end() -> ! {
    loop {
        nix::unistd::pause();
    }
}
