//! The witness: says everything that a program can see of its terminal, and every signal that comes.

use crate::roster::Roster;
use nix::sys::signal::{SigSet, Signal};
use std::io::IsTerminal;
use std::process::{Command, Stdio};

nix::ioctl_read_bad!(get_size, libc::TIOCGWINSZ, libc::winsize);

/// Says what it sees, waits for this many signals or for ALRM, every beast's last, and leaves with 9. What stops a
/// program by default stops it.
pub(crate) fn run(roster: &Roster, options: &[String]) {
    let count = options.first().and_then(|n| n.parse().ok()).unwrap_or(0usize);
    let not = [Signal::SIGKILL, Signal::SIGSTOP, Signal::SIGCHLD, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
    let mask: SigSet = Signal::iterator().filter(|one| !not.contains(one)).collect();
    let _ = mask.thread_block();
    let terminals = [std::io::stdin().is_terminal(), std::io::stdout().is_terminal(), std::io::stderr().is_terminal()];
    roster.event("witness", &format!("terminals {terminals:?}"));
    roster.event("witness", &format!("modes {}", modes()));
    roster.announce("witness");
    roster.event("witness", &place());
    for _ in 0..count {
        if let Ok(signal) = mask.wait() {
            roster.event("witness", &format!("{} {}", signal.as_str(), place()));
            if signal == Signal::SIGALRM {
                break;
            }
        }
    }
    std::process::exit(9)
}

/// `stty -a`, in one line.
fn modes() -> String {
    let said = Command::new("stty").arg("-a").stdin(Stdio::inherit()).output();
    said.map(|said| String::from_utf8_lossy(&said.stdout).replace('\n', " ")).unwrap_or_default()
}

/// The window's size, and whether our group is the terminal's foreground.
fn place() -> String {
    // SAFETY: all zeros is a window size.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is ours and as long as the call needs it.
    let _ = unsafe { get_size(0, &raw mut size) };
    let ours = nix::unistd::tcgetpgrp(std::io::stdin()).is_ok_and(|group| group == nix::unistd::getpgrp());
    let where_ = if ours { "foreground" } else { "background" };
    format!("{}x{}x{}x{} {where_}", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel)
}
