//! Commands that show what they were given, or that do one thing to their terminal: what pj must be transparent for.

use crate::roster::{Roster, wait};
use nix::sys::signal::{SigSet, Signal, raise};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use std::io::{Read, Write};

/// What a program may arm: alternate screen, mouse, focus, paste, kitty keyboard, modifyOtherKeys, hidden cursor.
const ARM: &str =
    "\x1b[?1049h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?1004h\x1b[?2004h\x1b[>1u\x1b[>4;2m\x1b[?25l\x1b[?1h\x1b=";
const POP: &str =
    "\x1b>\x1b[?1l\x1b[?25h\x1b[>4;0m\x1b[<u\x1b[?2004l\x1b[?1004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l";

/// Play one probe; false when there is no such one.
pub(crate) fn run(roster: &Roster, kind: &str, options: &[String]) -> bool {
    let number = || options.first().and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    match kind {
        "echo-raw" => echo_raw(roster, number()),
        "size" => size(roster),
        "spew" => spew(number()),
        "raw" => hold_raw(roster),
        "arm" => arm(roster, options),
        "self-stop" => self_stop(roster),
        "read-line" => read_line(roster),
        "signals" => signals(roster, number()),
        "eof" => eof(roster),
        _ => return false,
    }
    true
}

fn make_raw() -> Option<Termios> {
    let before = tcgetattr(std::io::stdin()).ok()?;
    let mut raw = before.clone();
    cfmakeraw(&mut raw);
    tcsetattr(std::io::stdin(), SetArg::TCSANOW, &raw).ok()?;
    Some(before)
}

/// Raw mode, then exactly this many bytes from in to out, then the modes as they were.
fn echo_raw(roster: &Roster, mut left: usize) {
    let before = make_raw();
    roster.announce("echo-raw");
    let mut bytes = [0; 4096];
    while left > 0 {
        let most = left.min(bytes.len());
        match std::io::stdin().read(&mut bytes[..most]) {
            Ok(n) if n > 0 => {
                left -= n;
                let _ = std::io::stdout().write_all(&bytes[..n]).and_then(|()| std::io::stdout().flush());
            }
            _ => break,
        }
    }
    if let Some(before) = before {
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &before);
    }
}

nix::ioctl_read_bad!(get_size, libc::TIOCGWINSZ, libc::winsize);

fn size_now() -> String {
    // SAFETY: all zeros is a window size.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is ours and as long as the call needs it.
    let _ = unsafe { get_size(0, &raw mut size) };
    format!("{}x{}x{}x{}", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel)
}

/// Says the window's size at the start, and again at each WINCH and CONT, until TERM.
fn size(roster: &Roster) {
    let mut mask = SigSet::empty();
    for one in [Signal::SIGWINCH, Signal::SIGCONT, Signal::SIGTERM] {
        mask.add(one);
    }
    let _ = mask.thread_block();
    roster.event("start", &size_now());
    roster.announce("size");
    while let Ok(signal) = mask.wait() {
        match signal {
            Signal::SIGWINCH => roster.event("winch", &size_now()),
            Signal::SIGCONT => roster.event("cont", &size_now()),
            _ => break,
        }
    }
}

/// This many bytes in lines that can be checked, and gone at once.
fn spew(count: usize) {
    let text: Vec<u8> =
        (0..count).map(|i| if i % 64 == 63 || i + 1 == count { b'\n' } else { b'a' + (i % 23) as u8 }).collect();
    let _ = std::io::stdout().write_all(&text);
}

fn hold_raw(roster: &Roster) {
    let _ = make_raw();
    roster.announce("raw");
    wait()
}

/// Arms the modes; with `--pop` takes them back and leaves, else waits to be ended.
fn arm(roster: &Roster, options: &[String]) {
    let mut out = std::io::stdout();
    let _ = out.write_all(ARM.as_bytes()).and_then(|()| out.flush());
    let pop = options.first().is_some_and(|word| word == "--pop");
    if pop {
        let _ = out.write_all(POP.as_bytes()).and_then(|()| out.flush());
    }
    roster.announce("arm");
    if !pop {
        wait()
    }
}

/// Stops itself as nobody can refuse; once continued says so and leaves with 7.
fn self_stop(roster: &Roster) {
    roster.announce("self-stop");
    let _ = raise(Signal::SIGSTOP);
    roster.event("self-stop", "resumed");
    std::process::exit(7)
}

/// Reads one line from its terminal and leaves with 5.
fn read_line(roster: &Roster) {
    roster.announce("read-line");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    roster.event("read-line", line.trim());
    std::process::exit(5)
}

/// Writes down each signal that comes, until this many; then leaves with 9.
fn signals(roster: &Roster, count: usize) {
    let all = Signal::iterator()
        .filter(|one| !matches!(one, Signal::SIGKILL | Signal::SIGSTOP | Signal::SIGCHLD | Signal::SIGALRM));
    let mask: SigSet = all.collect();
    let _ = mask.thread_block();
    roster.announce("signals");
    for _ in 0..count {
        if let Ok(signal) = mask.wait() {
            roster.event("signals", signal.as_str());
        }
    }
    std::process::exit(9)
}

/// Reads its input to the end, says how long it was, leaves.
fn eof(roster: &Roster) {
    let mut bytes = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut bytes);
    roster.event("eof", &bytes.len().to_string());
}
