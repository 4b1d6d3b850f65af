//! `pj init --install` and `--uninstall`: one line of ours, and every other byte as it was.

use super::in_each_shell;
use crate::harness::{Hook, Shell, Term, World, holds};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).expect("an rc file")
}

/// Install and uninstall leave the file byte for byte, its mode and its inode; twice is once.
fn what_was_there_comes_back(shell: Shell) {
    for before in ["", "a\n", "a", "a\n\n", "a\r\n", "# no\0text \u{e9}"] {
        let world = World::new();
        let path = world.home().join(shell.rc().0);
        fs::write(&path, before).expect("an rc file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
        let facts = || fs::metadata(&path).map(|m| (m.mode(), m.ino())).expect("a file");
        let was = facts();
        let pj = |flags: &[&str]| world.pj(&[&["init", shell.name(), "-y"], flags].concat()).go().code(0).stdout("");
        let shown = pj(&["--install"]).err;
        let with = bytes(&path);
        assert!(with.starts_with(before.as_bytes()) && with.ends_with(b"\n"));
        assert!(shown.contains(&format!("pj init {}", shell.name())) && shown.contains(shell.rc().0), "{shown}");
        pj(&["--install"]);
        assert_eq!(bytes(&path), with, "once");
        pj(&["--install", "--wrap", "claude,codex"]);
        let text = String::from_utf8_lossy(&bytes(&path)).into_owned();
        assert!(text.matches("pj init").count() == 2 && text.contains("--wrap claude,codex"), "changed: {text}");
        pj(&["--uninstall"]);
        assert_eq!(bytes(&path), before.as_bytes());
        pj(&["--uninstall"]);
        assert_eq!(bytes(&path), before.as_bytes());
        assert_eq!(facts(), was);
    }
}

/// What was written below our line since stays, and the lines around it do not run together.
fn lines_below_stay(shell: Shell) {
    for (before, after, left) in [("a", "b\n", "a\nb\n"), ("a\n", "b", "a\nb"), ("", "b\n", "b\n")] {
        let world = World::new();
        let path = world.home().join(shell.rc().0);
        fs::write(&path, before).expect("an rc file");
        world.pj(&["init", "--install", shell.name(), "--yes"]).go().code(0);
        let mut text = bytes(&path);
        text.extend(after.as_bytes());
        fs::write(&path, text).expect("a line more");
        world.pj(&["init", "--uninstall", shell.name(), "--yes"]).go().code(0);
        assert_eq!(String::from_utf8_lossy(&bytes(&path)), left);
    }
}

/// Through a link, which stays one; a missing file is made.
fn a_link_stays_and_a_missing_file_is_made(shell: Shell) {
    let world = World::new();
    let path = world.home().join(shell.rc().0);
    let target = world.path("dotfile");
    fs::write(&target, "a\n").expect("a file");
    symlink(&target, &path).expect("a link");
    world.pj(&["init", "--install", shell.name(), "-y"]).go().code(0);
    assert!(fs::symlink_metadata(&path).is_ok_and(|m| m.is_symlink()));
    assert!(bytes(&target).len() > 2);
    fs::remove_file(&path).expect("no link");
    if shell == Shell::Fish {
        fs::remove_dir(world.home().join(".config/fish")).expect("no directory");
    }
    world.pj(&["init", "--install", shell.name(), "-y"]).go().code(0);
    assert_eq!(bytes(&path), bytes(&target)[2..]);
}

/// Nobody to ask: nothing is written. A no: nothing is written. A yes: the next shell registers, and without pj in the
/// search path says nothing.
fn it_asks_on_the_terminal(shell: Shell) {
    let world = World::new();
    let path = world.home().join(shell.rc().0);
    let mut term = Term::shell(&world, shell, Hook::No);
    let before = bytes(&path);
    assert!(world.pj(&["init", "--install", shell.name()]).go().code(2).err.contains("--yes"));
    term.line("pj init --install");
    term.expect("[y/N]");
    term.line("n");
    term.expect("ready> ");
    assert_eq!(bytes(&path), before);
    term.line("pj init --install");
    term.expect("[y/N]");
    term.line("y");
    term.expect("ready> ");
    holds("the calling shell's file has the line", || bytes(&path).len() > before.len());
    let text = String::from_utf8(bytes(&path)).expect("text");
    let added = text.strip_prefix(std::str::from_utf8(&before).expect("text")).expect("at the end");
    let next = Term::shell_with(&world, shell, added);
    super::registered(&world, &next);
    let mut gone = Term::shell_with(
        &world,
        shell,
        &added.replace("pj init", "pj-gone init").replace(" pj;", " pj-gone;").replace("-v pj ", "-v pj-gone "),
    );
    assert_eq!(gone.run("true"), 0);
    assert!(!gone.saw("pj-gone"), "{}", gone.screen());
}

in_each_shell! {
    what_was_there_comes_back,
    lines_below_stay,
    a_link_stays_and_a_missing_file_is_made,
    it_asks_on_the_terminal,
}

/// A line that a person wrote is neither doubled nor taken out.
#[test]
fn a_line_by_hand_is_left_alone() {
    let world = World::new();
    let path = world.home().join(".bashrc");
    fs::write(&path, Shell::Bash.hook()).expect("an rc file");
    world.pj(&["init", "--install", "bash", "-y"]).go().code(1).stdout("").one_line();
    world.pj(&["init", "--uninstall", "bash", "-y"]).go().code(0).one_line();
    assert_eq!(bytes(&path), Shell::Bash.hook().as_bytes());
}
