//! The single beasts: each knows one way to stay.

use crate::roster::{Roster, bound, stat, tick, wait};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction, signal};
use nix::unistd::{ForkResult, Pid, chdir, execve, fork, setpgid, setsid};
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// Play one kind; false when there is no such kind.
pub(crate) fn run(roster: &Roster, kind: &str, options: &[String]) -> bool {
    match kind {
        "plain" | "polite" | "daemon-env" => stay(roster, kind),
        "ignore-hup" | "term-only" => {
            ignore(&[Signal::SIGHUP]);
            stay(roster, kind)
        }
        "deaf" => {
            be_deaf();
            stay(roster, kind)
        }
        "setsid" => {
            new_session();
            stay(roster, kind)
        }
        "own-group" => {
            let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
            stay(roster, kind)
        }
        "daemon" => {
            become_daemon();
            stay(roster, kind)
        }
        "listener" => listener(roster, options),
        "to-daemon-env" => to_daemon_env(roster),
        "stopped" => stopped(roster),
        "devnull" => {
            to_devnull();
            stay(roster, kind)
        }
        "deep" => deep(roster, options.first().and_then(|n| n.parse().ok()).unwrap_or(8)),
        "walker" => walker(roster),
        "fork-on-term" => fork_on_term(roster),
        "scribbler" => scribbler(roster),
        "restorer" => restorer(roster),
        _ => false,
    }
}

fn stay(roster: &Roster, kind: &str) -> ! {
    roster.announce(kind);
    wait()
}

/// Listens on a free port, which it tells; `daemon`: with nobody above it.
fn listener(roster: &Roster, options: &[String]) -> ! {
    if options.first().is_some_and(|word| word == "daemon") {
        become_daemon();
    }
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    roster.event("listener", &socket.local_addr().expect("it is bound").port().to_string());
    stay(roster, "listener")
}

fn ignore(signals: &[Signal]) {
    for one in signals {
        // SAFETY: no handler is installed, only a disposition set.
        let _ = unsafe { signal(*one, SigHandler::SigIgn) };
    }
}

/// Ignore everything that asks for an end.
pub(crate) fn be_deaf() {
    ignore(&[Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM]);
}

/// Fork and let the child go on; the parent ends at once.
fn leave_parent() {
    // SAFETY: a beast has one thread.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => bound(),
        _ => std::process::exit(0),
    }
}

/// A group leader (as an interactive shell starts it) cannot call setsid: such a one forks first.
fn new_session() {
    if setsid().is_err() {
        leave_parent();
        let _ = setsid();
    }
}

fn become_daemon() {
    leave_parent();
    let _ = setsid();
    leave_parent();
    // SAFETY: nothing in this process uses the descriptors closed here.
    unsafe { libc::close_range(0, u32::MAX, 0) };
    let _ = chdir("/");
}

fn to_daemon_env(roster: &Roster) -> ! {
    let own = std::env::current_exe().expect("an executable of our own");
    let own = CString::new(own.as_os_str().as_encoded_bytes()).expect("a path without NUL");
    let argv = ["beast", roster.path(), "daemon-env"].map(|word| CString::new(word).expect("a word without NUL"));
    become_daemon();
    let none: [CString; 0] = [];
    let _ = execve(&own, &argv, &none);
    std::process::exit(1)
}

static NOTE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note_and_leave(_: libc::c_int) {
    let text = b"event stopped term 0\n";
    // SAFETY: write and _exit may be called from a signal handler.
    unsafe {
        libc::write(NOTE.load(Ordering::Relaxed), text.as_ptr().cast(), text.len());
        libc::_exit(0);
    }
}

fn handle(which: Signal, handler: extern "C" fn(libc::c_int)) {
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handlers of this file call only what is safe in one.
    let _ = unsafe { sigaction(which, &action) };
}

/// Stops itself; its TERM handler, which can only run once somebody continues it, leaves a note.
fn stopped(roster: &Roster) -> ! {
    let file = std::fs::OpenOptions::new().append(true).open(roster.path()).expect("the roster");
    NOTE.store(file.as_raw_fd(), Ordering::Relaxed);
    ignore(&[Signal::SIGHUP]);
    handle(Signal::SIGTERM, note_and_leave);
    roster.announce("stopped");
    let _ = raise(Signal::SIGSTOP);
    wait()
}

fn to_devnull() {
    let null = std::fs::OpenOptions::new().write(true).open("/dev/null").expect("/dev/null");
    // SAFETY: plain dup2 onto the standard descriptors.
    unsafe {
        libc::dup2(null.as_raw_fd(), 1);
        libc::dup2(null.as_raw_fd(), 2);
    }
}

fn deep(roster: &Roster, left: u32) -> ! {
    let child = (left > 1).then(|| {
        let own = std::env::current_exe().expect("an executable of our own");
        Command::new(own).args([roster.path(), "deep", &(left - 1).to_string()]).spawn()
    });
    roster.announce(&format!("deep-{left}"));
    if let Some(Ok(mut child)) = child {
        let _ = child.wait();
    }
    wait()
}

/// Every 20 ms a successor in a session of its own; the predecessor leaves once the successor has announced itself.
/// Each step has a fresh alarm, so the chain as a whole carries its own end.
fn walker(roster: &Roster) -> ! {
    let end = Instant::now() + Duration::from_secs(45);
    roster.announce("walker");
    loop {
        tick(20);
        if Instant::now() > end {
            std::process::exit(0);
        }
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        // SAFETY: a beast has one thread.
        match unsafe { fork() } {
            Ok(ForkResult::Parent { .. }) => {
                drop(writer);
                let _ = nix::unistd::read(&reader, &mut [0]);
                std::process::exit(0);
            }
            Ok(ForkResult::Child) => {
                drop(reader);
                bound();
                let _ = setsid();
                roster.announce("walker");
            }
            Err(_) => {}
        }
    }
}

/// Answers each TERM with a child that hears nothing, up to a cap.
fn fork_on_term(roster: &Roster) -> ! {
    ignore(&[Signal::SIGHUP]);
    let mut term = SigSet::empty();
    term.add(Signal::SIGTERM);
    let _ = term.thread_block();
    roster.announce("fork-on-term");
    let mut forked = 0;
    loop {
        let came = term.wait();
        if came.is_err() || forked == 8 {
            continue;
        }
        forked += 1;
        // SAFETY: a beast has one thread.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            bound();
            be_deaf();
            stay(roster, "born-of-term");
        }
    }
}

/// Overwrites its own argv and environment, as programs that set their title do.
fn scribbler(roster: &Roster) -> ! {
    let fields = stat("self");
    let address = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let (from, to) = (address(48), address(51));
    let note = roster.path().to_owned();
    if from > 0 && to > from {
        // SAFETY: the kernel laid argv and environment out between these two addresses, and nothing here reads them
        // again: the roster's path was copied above.
        unsafe { std::slice::from_raw_parts_mut(from as *mut u8, to - from - 1).fill(b'x') };
    }
    Roster::at(&note).announce("scribbler");
    wait()
}

extern "C" fn wake(_: libc::c_int) {}

/// Live through a signal; what is exec'd afterwards does not inherit that.
pub(crate) fn hear(which: Signal) {
    handle(which, wake);
}

/// Sets its terminal to no echo and no line mode; restores it on HUP and TERM, as an editor does, and leaves.
fn restorer(roster: &Roster) -> ! {
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGHUP);
    mask.add(Signal::SIGTERM);
    let _ = mask.thread_block();
    handle(Signal::SIGHUP, wake);
    handle(Signal::SIGTERM, wake);
    let tty = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty").ok();
    let front = tty.as_ref().is_some_and(|tty| nix::unistd::tcgetpgrp(tty) == Ok(nix::unistd::getpgrp()));
    let before = tty.as_ref().and_then(|tty| tcgetattr(tty).ok());
    if let (Some(tty), Some(before), true) = (&tty, &before, front) {
        let mut mine = before.clone();
        mine.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON);
        let _ = tcsetattr(tty, SetArg::TCSANOW, &mine);
    }
    roster.announce("restorer");
    while mask.wait().is_err() {}
    if let (Some(tty), Some(before)) = (&tty, &before) {
        let _ = tcsetattr(tty, SetArg::TCSADRAIN, before);
    }
    roster.event("restorer", "restored");
    std::process::exit(0)
}
