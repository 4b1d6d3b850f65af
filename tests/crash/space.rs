//! Namespaces of our own: nobody outside can be hit by a fault, all that is in them ends with them, and a small disk can be
//! full in them.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Set for the copy of this program that runs inside.
const INSIDE: &str = "PJ_CRASH_INSIDE";
const UNSHARE: &[&str] = &["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];

/// Runs this program once more, in namespaces of its own, and answers how that ended; `None` for the copy inside. The
/// shell between the two reaps what is orphaned.
pub(crate) fn go_inside() -> Option<ExitCode> {
    if std::env::var_os(INSIDE).is_some() {
        return None;
    }
    let tried = Command::new("unshare").args(UNSHARE).arg("true").output();
    if !tried.is_ok_and(|done| done.status.success()) {
        crate::harness::shells::skip("the crash matrix needs namespaces of its own: run it as root");
        return Some(ExitCode::SUCCESS);
    }
    // Numbers of processes are small in there, and directories are named by them.
    let dir = std::env::temp_dir().join(format!("pj-crash-{}", std::process::id()));
    std::fs::create_dir(&dir).expect("a fresh directory");
    let own = std::env::current_exe().expect("a path of our own");
    let done = Command::new("unshare")
        .args(UNSHARE)
        .args(["sh", "-c", "\"$0\" \"$@\"; exit $?"])
        .arg(own)
        .args(std::env::args_os().skip(1).collect::<Vec<OsString>>())
        .env(INSIDE, "1")
        .env("TMPDIR", &dir)
        .status();
    let _ = std::fs::remove_dir_all(&dir);
    Some(if done.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A file system of 256 KB and 64 files: a log of the least size fits, and is rotated.
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn at(path: &Path) -> io::Result<Disk> {
        let made = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k,nr_inodes=64,mode=700", "none"])
            .arg(path)
            .output()?;
        if made.status.success() { Ok(Disk(path.to_owned())) } else { Err(io::Error::other(format!("{made:?}"))) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
