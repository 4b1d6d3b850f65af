//! pj never costs the command: whatever is missing, it runs, with its own exit code, and one line says what is lost.

use crate::harness::shells::skip;
use crate::harness::{Hook, Run, Shell, Term, World};
use std::fs;
use std::os::unix::fs::chown;
use std::process::Command;

const SEVEN: &[&str] = &["sh", "-c", "exit 7"];

/// Mounts of our own need privileges that not everybody has.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    tried.is_ok_and(|done| done.status.success()) || skip("no mount namespace of our own here")
}

/// `pj-wrap sh -c 'exit 7'` after these mounts.
fn after(world: &World, mounts: &str) -> Run {
    let script = format!("set -e; {mounts}\nexec pj-wrap sh -c 'exit 7'");
    Run::new(world, "unshare", &["-m", "sh", "-c", &script])
}

#[test]
fn nothing_is_said_when_nothing_is_lost() {
    World::new().wrap(SEVEN).go().code(7).silent();
}

#[test]
fn full_disk() {
    if may_mount() {
        let world = World::new();
        let fill = "mount -t tmpfs -o size=4k none $XDG_STATE_HOME; mkdir -m 700 $XDG_STATE_HOME/pj $XDG_STATE_HOME/pj/jobs; \
                    dd if=/dev/zero of=$XDG_STATE_HOME/fill bs=4k count=9 2>/dev/null || true";
        after(&world, fill).go().code(7).one_line();
    }
}

/// Not even an inode is left.
#[test]
fn full_of_files() {
    if may_mount() {
        let world = World::new();
        after(&world, "mount -t tmpfs -o nr_inodes=1 none $XDG_STATE_HOME").go().code(7).one_line();
    }
}

#[test]
fn read_only_home() {
    if may_mount() {
        let world = World::new();
        after(&world, "mount -t tmpfs -o ro none $HOME").unset("XDG_STATE_HOME").go().code(7).one_line();
    }
}

#[test]
fn missing_home() {
    let world = World::new();
    world.wrap(SEVEN).unset("XDG_STATE_HOME").env("HOME", "/proc/no/such/home").go().code(7).one_line();
    world.wrap(SEVEN).unset("XDG_STATE_HOME").unset("HOME").go().code(7).one_line();
}

/// A file where the directory should be.
#[test]
fn a_file_in_the_way() {
    let world = World::new();
    fs::write(world.state(), "not a directory").expect("a file");
    world.wrap(SEVEN).go().code(7).one_line();
}

/// root in a user's home writes nothing there.
#[test]
fn a_home_of_somebody_else() {
    let world = World::new();
    fs::remove_dir_all(world.home().join(".local")).expect("an empty home");
    if chown(world.home(), Some(54321), Some(54321)).is_err() {
        skip("only root can give a directory away");
        return;
    }
    world.wrap(SEVEN).unset("XDG_STATE_HOME").go().code(7).one_line();
    assert!(!world.home().join(".local").exists(), "something was written into it");
}

/// A state directory that others may write to is not to be trusted.
#[test]
fn a_state_directory_open_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    fs::create_dir(world.state()).expect("a directory");
    fs::set_permissions(world.state(), fs::Permissions::from_mode(0o777)).expect("open to all");
    world.wrap(SEVEN).go().code(7).one_line();
    assert!(world.jobs().is_empty());
}

/// On a terminal, without ptys: under what is left, in direct mode.
#[test]
fn no_ptmx() {
    if may_mount() {
        let world = World::new();
        let mut term = Term::shell(&world, Shell::Bash, Hook::No);
        let mounts =
            "mount --bind /dev/null /dev/ptmx; test ! -e /dev/pts/ptmx || mount --bind /dev/null /dev/pts/ptmx";
        let script = world.script("noptmx", &format!("#!/bin/sh\n{mounts}\nexec pj-wrap sh -c 'echo ran; exit 7'\n"));
        assert_eq!(term.run(&format!("unshare -m {}", script.display())), 7);
        assert!(term.saw("ran\r\n"), "{}", term.screen());
        assert!(term.saw("pj: "), "one line says what is lost\n{}", term.screen());
    }
}

#[test]
fn no_proc() {
    if may_mount() {
        let world = World::new();
        let done = after(&world, "mount -t tmpfs none /proc").go().code(7).stdout("");
        assert!(done.err.lines().count() <= 1, "{}", done.err);
    }
}

/// Descriptors are scarce: enough for the command, not for us.
#[test]
fn few_descriptors() {
    let world = World::new();
    for limit in [12, 9, 7, 5] {
        let done = world.sh(&format!("ulimit -n {limit}; exec pj-wrap sh -c 'exit 7'")).go().stdout("");
        assert!(matches!(done.status.code(), Some(7 | 125)), "with {limit}: {} {}", done.status, done.err);
        assert!(done.err.lines().count() <= 1, "{}", done.err);
    }
}
