//! What is wrong is said at one shell's start and not at the next: one line on stderr, remembered until the machine or
//! the login ends. Where nothing can be remembered, once for each terminal.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::out::Out;
use crate::error::Error;
use crate::sys::{self, Pid, file, tty};

/// Warns, unless that has been said. `shell` is who asked, with his session; nobody means that there is no terminal.
pub(super) fn warn(e: &Error, shell: Option<(Pid, Pid)>, out: &mut Out) {
    let Some((pid, sid)) = shell else { return };
    if !tty::is_terminal(2) {
        return;
    }
    let text = e.to_string();
    let first = text.lines().next().unwrap_or_default();
    match remember(first) {
        Some(true) => return,
        Some(false) => {}
        // A nested shell is not the terminal's first.
        None if pid != sid => return,
        None => {}
    }
    out.warn(&format!("{first}; shells are not registered or not wrapped: pj doctor"));
}

/// Whether it was there already; nothing where it cannot be kept.
fn remember(line: &str) -> Option<bool> {
    let said = directory()?.join("said");
    if std::fs::read_to_string(&said).is_ok_and(|text| text.lines().any(|l| l == line)) {
        return Some(true);
    }
    let mut file = file::append_private(&said).ok()?;
    file.write_all(format!("{line}\n").as_bytes()).ok()?;
    Some(false)
}

/// The runtime directory, else one below the temporary one, if it is ours alone.
fn directory() -> Option<PathBuf> {
    let runtime = file::env_dir("XDG_RUNTIME_DIR");
    let dirs = [runtime.map(|p| p.join("pj")), Some(std::env::temp_dir().join(format!("pj-{}", sys::euid())))];
    dirs.into_iter().flatten().find(|dir| {
        let _ = file::claim_dir(dir);
        let ours = |(uid, mode)| uid == sys::euid() && mode & 0o170_022 == 0o040_000;
        file::owner_and_mode(dir).is_ok_and(ours) && file::is_writable(dir)
    })
}
