//! `pj init SHELL`: prints the hook, with the record of the shell that asked as a literal in it (SHELLS §2.3, §7). pj
//! makes the record; the shell writes it, because only the shell knows that it is interactive.
//!
//! What is printed is evaluated by somebody's shell at every start: it prints the whole hook or nothing, says nothing and
//! leaves with 0 but for wrong usage, and never makes a shell's start slow.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use super::out::Out;
use super::pick::ancestors;
use crate::error::{Error, Result};
use crate::exit;
use crate::record::{Place, Session, store};
use crate::sys::{self, Dev, Pid, Stat, file, os, tty};

/// For which shell.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// bash, zsh or fish
    #[arg(value_name = "SHELL")]
    shell: String,
    /// For the hook itself: register this shell, which must be an ancestor of ours
    #[arg(long, value_name = "PID", hide = true)]
    register: Option<Pid>,
}

/// The number that no shell has.
const NOBODY: Pid = 0;

/// A shell that has a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Shell::Bash => include_str!("../../shell/pj.bash"),
            Shell::Zsh => include_str!("../../shell/pj.zsh"),
            Shell::Fish => include_str!("../../shell/pj.fish"),
        }
    }

    /// Text for between two single quotes.
    fn quoted(self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for &b in text {
            match (self, b) {
                (Shell::Bash | Shell::Zsh, b'\'') => out.extend_from_slice(br"'\''"),
                (Shell::Fish, b'\'' | b'\\') => out.extend_from_slice(&[b'\\', b]),
                _ => out.push(b),
            }
        }
        out
    }

    /// The hook without its comments, placeholders filled in.
    fn hook(self, pid: Pid, path: &[u8], record: &str) -> Vec<u8> {
        let pid = pid.to_string();
        let fill: [(&[u8], &[u8]); 3] =
            [(b"@PID@", pid.as_bytes()), (b"@FILE@", path), (b"@RECORD@", record.as_bytes())];
        let mut out = Vec::with_capacity(2048);
        for line in self.template().lines().filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty()) {
            let mut rest = line.as_bytes();
            while let Some(at) = rest.iter().position(|&b| b == b'@') {
                out.extend_from_slice(&rest[..at]);
                match fill.iter().find(|(mark, _)| rest[at..].starts_with(mark)) {
                    Some((mark, text)) => {
                        out.extend(self.quoted(text));
                        rest = &rest[at + mark.len()..];
                    }
                    None => {
                        out.push(b'@');
                        rest = &rest[at + 1..];
                    }
                }
            }
            out.extend_from_slice(rest);
            out.push(b'\n');
        }
        out
    }
}

impl Args {
    /// `pj init SHELL`, and nothing else: what runs at every start of a shell does not wait for the parser.
    pub(super) fn read(words: &[OsString]) -> Option<Args> {
        match words {
            [_, verb, shell] if verb == "init" => {
                let shell = shell.to_str().filter(|s| Shell::ALL.iter().any(|known| known.name() == *s))?.to_owned();
                Some(Args { shell, register: None })
            }
            _ => None,
        }
    }
}

/// Prints the hook, or registers for it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let Some(shell) = Shell::ALL.into_iter().find(|s| s.name() == args.shell) else {
        let names = Shell::ALL.map(Shell::name).join(", ");
        return Err(
            Error::usage(format!("no hook for the shell '{}': there are {names}", args.shell)).hint("pj init bash")
        );
    };
    if let Some(pid) = args.register {
        register(pid, shell);
        return Ok(exit::DONE);
    }
    let asked = shell_of(ancestors()).and_then(|s| Session::of(s.pid, shell.name(), tty_name(s.tty_dev)));
    let Some(session) = asked else {
        // Agents' tool shells source rc files without a terminal: nothing is made. The text may be kept in a file
        // (home-manager, evalcache): an interactive shell that reads it registers by name.
        out.bytes(&shell.hook(NOBODY, b"", ""));
        return Ok(exit::DONE);
    };
    // Silence where there is no place for records: this text is being evaluated, and `pj doctor` tells.
    if let Ok(place) = ready() {
        print(shell, &place, &session, out);
    }
    Ok(exit::DONE)
}

fn print(shell: Shell, place: &Place, session: &Session, out: &mut Out) {
    let path = place.session(&session.identity);
    let path = path.as_os_str().as_bytes();
    let Ok(record) = serde_json::to_string(session) else { return };
    // A line end in a path would end the hook's line where lines are joined.
    if !path.contains(&b'\n') {
        out.bytes(&shell.hook(session.identity.pid, path, &record));
    }
}

/// The state directory, made, ours and writable.
fn ready() -> Result<Place> {
    let place = Place::current()?;
    place.make()?;
    if !file::is_writable(&place.sessions()) {
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

/// The path of a terminal, for people: that of a descriptor of ours, else the pseudo terminal of that number.
fn tty_name(dev: Dev) -> Option<String> {
    let of_fd = |fd| Some(tty::std_fd(fd)).filter(|f| tty::device(*f) == dev).and_then(tty::name);
    let is_it = |path: &String| std::fs::metadata(path).is_ok_and(|m| m.rdev() == dev);
    // Linux: the low byte of a minor number, then its higher bits above the major's.
    let pts = || Some(format!("/dev/pts/{}", dev & 0xff | (dev >> 12) & 0xfff00)).filter(is_it);
    [0, 2, 1].into_iter().find_map(of_fd).or_else(pts)
}

/// The slow way, for hooks that were cached or printed for a subshell. Silent, always.
fn register(pid: Pid, shell: Shell) {
    let Some(stat) = ancestors().find(|a| a.pid == pid) else { return };
    let is_ours = os::user_and_ignored(pid).is_some_and(|(uid, _)| uid == sys::euid());
    let looks_right = os::argv(pid).first().is_some_and(|a| names(a, shell)) || exe_names(pid, shell);
    if pid <= 1 || !is_ours || !looks_right {
        return;
    }
    if let (Some(session), Ok(place)) = (Session::of(pid, shell.name(), tty_name(stat.tty_dev)), ready()) {
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

    #[test]
    fn quoting_is_each_shell_s_own() {
        let text = br"it's a \ 'x'";
        assert_eq!(Shell::Bash.quoted(text), br"it'\''s a \ '\''x'\''");
        assert_eq!(Shell::Zsh.quoted(text), Shell::Bash.quoted(text));
        assert_eq!(Shell::Fish.quoted(text), br"it\'s a \\ \'x\'");
    }

    #[test]
    fn a_hook_is_filled_once_and_has_no_comments() {
        for shell in Shell::ALL {
            let hook = shell.hook(4242, b"/home/o'brien/@PID@/\xff.json", r#"{"a":"@FILE@"}"#);
            let text = String::from_utf8_lossy(&hook);
            assert!(text.contains("4242") && !text.lines().any(|l| l.trim_start().starts_with('#')), "{text}");
            assert!(text.contains("/@PID@/") && text.contains(r#"{"a":"@FILE@"}"#) && !text.contains("@RECORD@"));
            assert!(hook.windows(6).any(|w| w == b"/\xff.jso"), "bytes pass as they are");
            assert!(hook.len() < 1500, "{}: {}", shell.name(), hook.len());
        }
    }

    fn row(pid: Pid, ppid: Pid, pgid: Pid, tty_dev: Dev) -> Stat {
        Stat { pid, ppid, pgid, sid: 7, tty_dev, state: b'S', threads: 1, start: 1, comm: [0; 16] }
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
