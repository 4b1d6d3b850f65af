//! `pj init --install` and `--uninstall`: one line in the rc file, marked, so that exactly it can be taken out again.
//!
//! Never: touches another byte, replaces the file (its mode, its owner and links to it stay), empties it on the way, or
//! writes before a yes. Root never writes into a user's home.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::shell::Shell;
use crate::cli::out::Out;
use crate::cli::pick::ancestors;
use crate::config::{self, name::Name};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::describe::base;
use crate::sys::{self, file, os};

/// At the end of our line.
const MARK: &str = " # pj init --install";
/// The same where the file's last line had no end, which we gave it.
const MARK_OPEN: &str = " # pj init --install, and ended the line above";

/// What is to become of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Install,
    Uninstall,
}

/// The shell that calls us, else the user's login shell.
pub(super) fn calling() -> Option<Shell> {
    // Not every sh above us is the user's: a makefile and a script have one.
    let of = |path: &str| Shell::named(base(path).trim_start_matches('-')).filter(|&shell| shell != Shell::Sh);
    let above = ancestors().find_map(|a| of(&os::exe(a.pid)?.to_string_lossy()));
    above.or_else(|| of(&std::env::var("SHELL").ok()?))
}

/// Shows line and file, asks, writes.
pub(super) fn run(wish: Wish, shell: Shell, flags: &str, yes: bool, out: &mut Out) -> Result<i32> {
    let path = rc(shell)?;
    let text = read(&path)?;
    let line = line(shell, flags);
    let ours = find(&text);
    let new = (wish == Wish::Install).then_some(line.as_str());
    match (wish, &ours) {
        (Wish::Install, Some(at)) if text[at.line.clone()].starts_with(line.as_bytes()) => {
            out.note(&format!("{} has the line already", path.display()));
            return Ok(exit::DONE);
        }
        (Wish::Install, None) if by_hand(&text, shell) => {
            let cause = format!("there is a `pj init {}` already that was not put there by pj", shell.name());
            return Err(Error::new(format!("add a line to {}", path.display()), cause));
        }
        (Wish::Uninstall, None) => {
            out.note(&format!("{} has no line of pj's", path.display()));
            return Ok(exit::DONE);
        }
        _ => {}
    }
    if let Some(at) = &ours {
        out.talk(&format!(
            "{}: out\n  {}\n",
            path.display(),
            String::from_utf8_lossy(&text[at.line.clone()]).trim_end()
        ));
    }
    if let Some(line) = new {
        out.talk(&format!("{}: in, at the end\n  {line}{MARK}\n", path.display()));
    }
    if cfg!(target_os = "macos") && shell == Shell::Bash && wish == Wish::Install {
        out.note("a terminal on macOS starts a login shell: ~/.bash_profile must read ~/.bashrc");
    }
    if !yes && !out.can_ask() {
        return Err(Error::usage("there is no terminal to ask on").hint("pj init --install --yes"));
    }
    if !yes && !out.ask("Change the file?") {
        return Ok(exit::FAILED);
    }
    // A person may take his time to answer.
    if read(&path)? != text {
        return Err(Error::new(format!("write {}", path.display()), "it has been changed just now").hint("once more"));
    }
    change(&path, text, ours, new)?;
    Ok(exit::DONE)
}

/// Where interactive shells of this kind read their settings.
fn rc(shell: Shell) -> Result<PathBuf> {
    let home = || file::env_dir("HOME");
    let path = match shell {
        Shell::Bash => home().map(|h| h.join(".bashrc")),
        Shell::Zsh => file::env_dir("ZDOTDIR").or_else(home).map(|h| h.join(".zshrc")),
        Shell::Fish => config::home().map(|h| h.join("fish/config.fish")),
        Shell::Elvish => config::home().map(|h| h.join("elvish/rc.elv")),
        Shell::Nu => config::home().map(|h| h.join("nushell/config.nu")),
        Shell::Sh => {
            let text = "sh has none of its own, only the file that ENV names";
            return Err(Error::new("find the rc file", text).hint("put there: eval \"$(pj init sh)\""));
        }
    };
    path.ok_or_else(|| Error::new("find the rc file", "HOME is not set"))
}

/// What follows `pj init SHELL` in the line.
pub(super) fn flags(wrap: Option<&[Name]>, exit_hook: bool) -> String {
    let names = wrap.unwrap_or_default().iter().map(Name::as_str).collect::<Vec<_>>().join(",");
    let wrap = if names.is_empty() { "" } else { " --wrap " };
    format!("{}{wrap}{names}", if exit_hook { " --exit-hook" } else { "" })
}

/// Silent when pj has been removed. The shell must be pj's parent, so nothing is redirected.
fn line(shell: Shell, flags: &str) -> String {
    let init = format!("pj init {}{flags}", shell.name());
    match shell {
        Shell::Fish => format!("if command -s -q pj; {init} | source; end"),
        Shell::Elvish => format!("if (has-external pj) {{ eval ({init} | slurp) }}"),
        // The hook is a line by itself, the same for every shell.
        Shell::Nu => String::from_utf8_lossy(&shell.hook(0, b"", "")).trim_end().to_owned(),
        Shell::Bash | Shell::Zsh | Shell::Sh => format!("if command -v pj >/dev/null; then eval \"$({init})\"; fi"),
    }
}

/// Where our line is, its end included, and whether the end of the line above is ours too.
struct Found {
    line: std::ops::Range<usize>,
    open: bool,
}

fn find(text: &[u8]) -> Option<Found> {
    let mut at = 0;
    for line in text.split_inclusive(|&b| b == b'\n') {
        let end = at + line.len();
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let open = bare.ends_with(MARK_OPEN.as_bytes());
        if open || bare.ends_with(MARK.as_bytes()) {
            return Some(Found { line: at..end, open });
        }
        at = end;
    }
    None
}

fn by_hand(text: &[u8], shell: Shell) -> bool {
    let text = String::from_utf8_lossy(text);
    let said = match shell {
        Shell::Nu => "pj init --register".to_owned(),
        _ => format!("pj init {}", shell.name()),
    };
    text.lines().any(|l| !l.trim_start().starts_with('#') && l.contains(&said))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    match std::fs::read(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        read => read.doing(|| format!("read {}", path.display())),
    }
}

/// Takes our line out, if there is one, and puts the new one at the end. The tail is written before the file is cut, over
/// bytes that it has already: a full disk or a kill loses nothing.
fn change(path: &Path, mut text: Vec<u8>, ours: Option<Found>, new: Option<&str>) -> Result<()> {
    let doing = || format!("write {}", path.display());
    let file = open(path)?;
    if let Some(Found { mut line, open }) = ours {
        // Somebody may have written below it since: then the line above has to end.
        if open && line.end == text.len() {
            line.start = line.start.saturating_sub(1);
        }
        file.write_all_at(&text[line.end..], line.start as u64).doing(doing)?;
        text.drain(line);
        file.set_len(text.len() as u64).doing(doing)?;
    }
    if let Some(new) = new {
        let added = match text.last() {
            None | Some(b'\n') => format!("{new}{MARK}\n"),
            Some(_) => format!("\n{new}{MARK_OPEN}\n"),
        };
        if let Err(e) = file.write_all_at(added.as_bytes(), text.len() as u64) {
            // A part of a line is worse than none.
            let _ = file.set_len(text.len() as u64);
            return Err(e).doing(doing);
        }
    }
    Ok(())
}

/// The file for writing, through a link, made where it is missing.
fn open(path: &Path) -> Result<File> {
    let doing = || format!("write {}", path.display());
    let dir = path.parent().unwrap_or(Path::new("/"));
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let users = |p: &Path| file::owner_and_mode(p).is_ok_and(|(uid, _)| uid != 0);
    if sys::euid() == 0 && target.ancestors().any(users) {
        return Err(Error::new(doing(), "it is another user's, or lies in his directory"));
    }
    std::fs::create_dir_all(dir).doing(doing)?;
    OpenOptions::new().write(true).create(true).truncate(false).open(path).doing(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_line_is_found() {
        let found = |text: &str| find(text.as_bytes()).map(|f| (text[f.line].to_owned(), f.open));
        assert_eq!(found("a\nb # pj init --install\nc"), Some(("b # pj init --install\n".into(), false)));
        assert_eq!(found(&format!("a\nb{MARK_OPEN}")), Some((format!("b{MARK_OPEN}"), true)));
        assert_eq!(found("# pj init --install me\npj init --install\n"), None);
    }

    #[test]
    fn a_hook_that_a_person_wrote_is_seen() {
        assert!(by_hand(b"x\n eval \"$(pj init zsh)\"\n", Shell::Zsh));
        assert!(!by_hand(b"x\n# eval \"$(pj init zsh)\"\neval \"$(pj init bash)\"\n", Shell::Zsh));
    }
}
