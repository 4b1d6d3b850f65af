//! For the first Mac that runs `cargo test --lib`: what `macos*.rs` believes of the kernel.

use super::Pid;
use super::fd::{Ask, pipe, poll};
use super::os::*;
use std::os::fd::AsFd;

#[test]
fn the_kernel_and_we_agree_about_ourselves() {
    let me = stat(super::pid()).unwrap();
    let we = (super::pid(), super::ppid(), super::pgid(), super::sid());
    assert_eq!((me.pid, me.ppid, me.pgid, me.sid), we);
    assert!(me.state == b'S' && age_ms(me.start) < 3_600_000);
    assert_eq!(argv(me.pid), std::env::args_os().collect::<Vec<_>>());
    assert!(environ(me.pid).unwrap().split(|&b| b == 0).any(|v| v.starts_with(b"PATH=")));
    assert_eq!(cwd(me.pid), std::env::current_dir().ok());
    assert!(exe(me.pid).is_some() && resident(me.pid) > Some(0));
    // Rust's runtime ignores SIGPIPE.
    let (uid, ignored) = (user(me.pid).unwrap(), me.ignored);
    assert!(uid == super::euid() && ignored & (1 << (libc::SIGPIPE - 1)) != 0);
    assert!(stat(1).is_some_and(|s| s.ppid == 0), "other users' processes are told too");
    assert!(boot_id().len() == 36 && machine_id().len() == 32);
}

#[test]
fn a_child_is_held_signalled_and_gone() {
    let mut child = std::process::Command::new("/bin/sleep").arg("60").spawn().unwrap();
    let pid = child.id() as Pid;
    let mut found = Vec::new();
    children(super::pid(), 1, &mut found).unwrap();
    assert!(found.contains(&pid));
    let handle = Handle::open(pid).unwrap();
    let (unique, parent) = lineage(pid).unwrap();
    assert_eq!(Some(unique), handle.inode());
    assert_eq!(Some(parent), lineage(super::pid()).map(|l| l.0));
    handle.send(libc::SIGSTOP).unwrap();
    assert!(stat(pid).unwrap().is_stopped() && !handle.has_ended());
    handle.send(libc::SIGKILL).unwrap();
    let ask = [Ask { fd: Some(handle.as_fd()), read: true, write: false }];
    assert!(poll(&ask, 10_000).unwrap()[0].readable && handle.has_ended());
    child.wait().unwrap();
    assert!(stat(pid).is_none() && Handle::open(pid).is_err() && handle.send(libc::SIGCONT).is_err());
}

#[test]
fn select_tells_what_poll_tells() {
    let (r, w) = pipe().unwrap();
    let look = |read| poll(&[Ask { fd: Some(r.as_fd()), read, write: false }], 50).unwrap()[0];
    assert_eq!(look(true), Default::default());
    super::fd::write(w.as_fd(), b"x").unwrap();
    assert!(look(true).readable && !look(true).hung_up && !look(false).readable);
    super::fd::read(r.as_fd(), &mut [0]).unwrap();
    drop(w);
    assert!(look(false).hung_up && look(true).readable);
}
