//! The keeper: outlives the test binary by a moment and ends whatever it left, should it be killed half-way.
//!
//! `beast - keeper PREFIX`: waits for the end of its standard input, which the test binary holds, then ends every
//! process whose argv or environment names a path that begins with PREFIX, and those that the rosters there list.

use crate::roster::{stat, tick};
use nix::sys::wait::{WaitStatus, wait};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Wait, then clean up, until two looks in a row find nobody.
pub(crate) fn run(options: &[String]) {
    let Some(prefix) = options.first().filter(|prefix| prefix.len() > 6) else { return };
    // Its end is the test binary's, however long that runs.
    nix::unistd::alarm::cancel();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let mut quiet = 0;
    for _ in 0..200 {
        quiet = if end_all(prefix) == 0 { quiet + 1 } else { 0 };
        if quiet == 2 {
            break;
        }
        tick(10);
    }
    for dir in worlds(prefix) {
        let _ = fs::remove_dir_all(dir);
    }
}

/// `beast - adopter COMMAND…`: runs it, and adopts and reaps whatever is orphaned below, as a desktop's service manager
/// or a container's init does.
pub(crate) fn adopt(command: &[String]) {
    // SAFETY: no pointers.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    let [program, args @ ..] = command else { return };
    crate::kinds::hear(nix::sys::signal::SIGHUP);
    let child = std::process::Command::new(program).args(args).spawn().map_or(0, |child| child.id().cast_signed());
    loop {
        match wait() {
            Ok(status) if ended(status) == Some(child) => bound_stay(),
            Err(nix::Error::ECHILD) => break,
            _ => {}
        }
    }
}

fn ended(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => Some(pid.as_raw()),
        _ => None,
    }
}

/// The command has gone; its orphans may still come, for a while.
fn bound_stay() {
    nix::unistd::alarm::set(20);
}

fn worlds(prefix: &str) -> Vec<std::path::PathBuf> {
    let parent = Path::new(prefix).parent().unwrap_or(Path::new("/"));
    let entries = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.to_string_lossy().starts_with(prefix)).collect()
}

/// One look; how many were still there.
fn end_all(prefix: &str) -> usize {
    let mut found = 0;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        found += usize::from(end(pid, || names(pid, prefix)));
    }
    for dir in worlds(prefix) {
        for (pid, start) in listed(&dir) {
            found += usize::from(end(pid, || stat(&pid.to_string()).get(19) == Some(&start)));
        }
    }
    found
}

/// SIGKILL through a pidfd, opened before the proof.
fn end(pid: i32, ours: impl Fn() -> bool) -> bool {
    if pid <= 1 || pid == std::process::id().cast_signed() || !ours() {
        return false;
    }
    // SAFETY: plain system calls; the descriptor is closed below.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        let Ok(fd) = i32::try_from(fd) else { return false };
        if fd < 0 {
            return false;
        }
        let zombie = stat(&pid.to_string()).first().is_none_or(|state| state == "Z" || state == "X");
        let hit = ours() && !zombie;
        if hit {
            libc::syscall(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, 0, 0);
        }
        libc::close(fd);
        hit
    }
}

fn names(pid: i32, prefix: &str) -> bool {
    ["cmdline", "environ"].iter().any(|file| {
        let text = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        text.windows(prefix.len()).any(|part| part == prefix.as_bytes())
    })
}

fn listed(dir: &Path) -> Vec<(i32, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|end| end == "roster") {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            for line in text.lines().filter(|line| line.starts_with("member ")) {
                let words: Vec<&str> = line.split(' ').collect();
                if let [_, _, pid, start] = words.as_slice() {
                    all.extend(pid.parse().ok().map(|pid| (pid, (*start).to_owned())));
                }
            }
        }
    }
    all
}
