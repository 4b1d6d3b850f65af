//! Who asked, and his record: `pj init` makes it, the shell that evaluates the hook writes it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::shell::Shell;
use crate::cli::pick::ancestors;
use crate::error::{Error, Result};
use crate::record::{Place, Session, store};
use crate::sys::{self, Pid, Stat, file, os, tty};

/// The number that no shell has.
const NOBODY: Pid = 0;

/// Who asked, if he has a terminal.
pub(super) fn asked(shell: Shell) -> Option<(Session, Pid)> {
    let stat = shell_of(ancestors())?;
    Some((Session::of(&stat, shell.name(), tty::name_of(stat.tty_dev))?, stat.sid))
}

/// The part of the hook that registers him; an error where there is no place for records.
pub(super) fn hook(shell: Shell, asked: Option<&Session>) -> Result<Vec<u8>> {
    match asked {
        // Agents' tool shells source rc files without a terminal: nothing is made. The text may be kept in a file
        // (home-manager, evalcache): an interactive shell that reads it registers by name.
        None => Ok(shell.hook(NOBODY, b"", "")),
        Some(session) => Ok(text(shell, &ready()?, session).unwrap_or_default()),
    }
}

fn text(shell: Shell, place: &Place, session: &Session) -> Option<Vec<u8>> {
    let path = place.session(&session.identity);
    let path = path.as_os_str().as_bytes();
    let record = serde_json::to_string(session).ok()?;
    // A line end in a path would end the hook's line where lines are joined.
    (!path.contains(&b'\n')).then(|| shell.hook(session.identity.pid, path, &record))
}

/// The state directory, made, ours and writable.
fn ready() -> Result<Place> {
    let place = Place::current()?;
    let has_it = || file::is_writable(&place.sessions());
    if !(place.check().is_ok() && has_it()) {
        place.make()?;
    }
    if !has_it() {
        return Err(Error::new(format!("write to {}", place.sessions().display()), "it is read-only"));
    }
    place.leave_word();
    Ok(place)
}

/// The shell that asked: our parent, or whoever that was forked off (`$(pj init bash || true)`). When in doubt our
/// parent: the hook compares the number with its own and has us register it by name.
fn shell_of(mut above: impl Iterator<Item = Stat>) -> Option<Stat> {
    let parent = above.next().filter(|p| p.pid > 1 && p.tty_dev != 0)?;
    let mut at = parent;
    while at.pid != at.pgid {
        match above.next() {
            Some(next) if is_fork_of(&at, &next) => at = next,
            // It never came to the leader of the group: not what we thought.
            _ => return Some(parent),
        }
    }
    Some(at)
}

/// Forked and not executed since: same group, session, terminal, executable and arguments.
fn is_fork_of(child: &Stat, parent: &Stat) -> bool {
    let place = |s: &Stat| (s.pgid, s.sid, s.tty_dev);
    let exe = os::exe(child.pid);
    place(child) == place(parent)
        && exe.is_some()
        && exe == os::exe(parent.pid)
        && os::argv(child.pid) == os::argv(parent.pid)
}

/// The slow way, for hooks that were cached or printed for a subshell. Silent, always.
pub(super) fn register(pid: Pid, shell: Shell) {
    let Some(stat) = ancestors().find(|a| a.pid == pid) else { return };
    let is_ours = os::user(pid) == Some(sys::euid());
    let looks_right = os::argv(pid).first().is_some_and(|a| names(a, shell)) || exe_names(pid, shell);
    if pid <= 1 || !is_ours || !looks_right {
        return;
    }
    if let (Some(session), Ok(place)) = (Session::of(&stat, shell.name(), tty::name_of(stat.tty_dev)), ready()) {
        // Lost on a full disk: the shell is unregistered, as it was.
        let _ = store::put_session(&place, &session);
    }
}

fn names(argv0: &OsStr, shell: Shell) -> bool {
    let text = argv0.to_string_lossy();
    crate::process::describe::base(&text).trim_start_matches('-').contains(shell.name())
}

fn exe_names(pid: Pid, shell: Shell) -> bool {
    os::exe(pid).is_some_and(|exe| names(exe.as_os_str(), shell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Dev;

    fn row(pid: Pid, ppid: Pid, pgid: Pid, tty_dev: Dev) -> Stat {
        Stat { pgid, sid: 7, tty_dev, ..Stat::made_up(pid, ppid) }
    }

    #[test]
    fn in_doubt_the_parent_is_the_shell() {
        let found = |above: &[Stat]| shell_of(above.iter().copied()).map(|s| s.pid);
        assert_eq!(found(&[row(7, 1, 7, 5)]), Some(7));
        // Not a leader, and what is above it cannot be compared: nobody has these numbers.
        assert_eq!(found(&[row(999_999_998, 1, 7, 5), row(999_999_997, 1, 7, 5)]), Some(999_999_998));
        assert_eq!(found(&[row(7, 1, 7, 0)]), None, "no terminal");
        assert_eq!(found(&[row(1, 0, 1, 5)]), None);
        assert_eq!(found(&[]), None);
    }
}
