//! The hook where somebody becomes somebody else, and where there is no room left. In a mount namespace of its own, with
//! a user of its own, so that nothing of the machine's is touched.

use crate::harness::{Id, Shell, Term, World, eventually, holds, needs};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

const USER: u32 = 54321;

/// Whether we may mount, and everything is there that a test needs.
fn may_mount(programs: &[&str]) -> bool {
    let may = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may.is_ok_and(|done| done.status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED shell_hooks::places: no right to mount");
        return false;
    }
    programs.iter().all(|program| needs(program))
}

/// A user `pjuser` with bash as shell, a home, and the hook in its `.bashrc`; what to mount to have him.
fn user(world: &World) -> String {
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    let home = world.path("user");
    let line = |file: &str, entry: &str| {
        let text = fs::read_to_string(format!("/etc/{file}")).expect("readable for root");
        fs::write(world.path(file), format!("{text}{entry}\n")).expect("a file");
        open(&world.path(file), if file == "shadow" { 0o600 } else { 0o644 });
        format!("mount --bind {} /etc/{file}", world.text(file))
    };
    let mounts = [
        line("passwd", &format!("pjuser:x:{USER}:{USER}::{}:/bin/bash", home.display())),
        line("group", &format!("pjuser:x:{USER}:")),
        line("shadow", "pjuser:*:19000:0:99999:7:::"),
        format!("mount --bind {} {}", crate::harness::world::bin().display(), world.text("bin")),
    ];
    fs::create_dir(&home).expect("a home");
    let rc = format!("PATH={}:$PATH\nPS1='user> '\n{}", world.text("bin"), Shell::Bash.hook());
    for (file, text) in [(".bashrc", rc.as_str()), (".bash_profile", ". ~/.bashrc\n"), (".hushlogin", "")] {
        fs::write(home.join(file), text).expect("a file");
        chown(home.join(file), Some(USER), Some(USER)).expect("root may");
    }
    chown(&home, Some(USER), Some(USER)).expect("root may");
    open(&home, 0o700);
    open(home.parent().expect("a directory"), 0o711);
    mounts.join(" && ")
}

/// bash with the hook, registered, in a mount namespace of its own.
fn apart(world: &World, mounts: &str, hook: &str) -> Term {
    let (file, text) = Shell::Bash.rc();
    fs::write(world.home().join(file), format!("{text}{hook}")).expect("an rc file");
    let mut term = Term::command(world, &["unshare", "--mount", "sh", "-c", &format!("{mounts} && exec bash -i")]);
    term.expect("ready> ");
    term
}

fn sessions(state: &Path) -> Vec<Value> {
    let files = fs::read_dir(state.join("sessions")).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok()).collect()
}

/// `su -` and `sudo -i`: a session of his own in his own place; root's has root's only, and nothing in his is root's. A
/// command of his is no session. Back in the old shell everything is as it was.
#[test]
fn su_and_sudo_are_the_other_user_s_sessions() {
    if !may_mount(&["su", "sudo"]) {
        return;
    }
    let world = World::new();
    let mounts = user(&world);
    let mut term = apart(&world, &mounts, Shell::Bash.hook());
    let own = world.path("user/.local/state/pj");
    for command in ["su pjuser -c 'echo do''ne'", "sudo -i -u pjuser echo do''ne"] {
        term.line(command);
        term.expect("done");
        term.expect("ready> ");
        assert!(sessions(&own).is_empty(), "a command registers nothing");
    }
    for become_ in ["su - pjuser", "sudo -i -u pjuser"] {
        term.line(become_);
        term.expect("user> ");
        let theirs = sessions(&own);
        assert_eq!(theirs.len(), 1, "{become_}: {theirs:?}\n{}", term.screen());
        let pid = theirs[0]["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).expect("a pid");
        let shell = Id::of(pid).expect("it lives");
        assert_eq!(fs::metadata(format!("/proc/{pid}")).expect("it lives").uid(), USER);
        assert_eq!(sessions(&world.state()).len(), 1, "root's has root's only");
        for entry in [own.clone(), own.join("sessions"), own.join("jobs")] {
            let facts = fs::metadata(&entry).expect("his");
            assert_eq!((facts.uid(), facts.mode() & 0o777), (USER, 0o700), "{}", entry.display());
        }
        term.line("pj sessions --json | grep -c '\"pid\"'");
        term.expect("1");
        term.line("exit");
        holds("it ends", || !shell.alive());
        term.expect("ready> ");
        fs::remove_dir_all(&own).expect("forgotten");
    }
    for word in ["rror", "denied", "pj: "] {
        assert!(!term.saw(word), "it says {word:?}:\n{}", term.screen());
    }
}

/// `su` without a dash keeps XDG_STATE_HOME, which is root's: one line, once, nothing written there, and a shell that
/// works.
#[test]
fn su_with_the_other_user_s_place() {
    if !may_mount(&["su"]) {
        return;
    }
    let world = World::new();
    let mounts = user(&world);
    let mut term = apart(&world, &mounts, Shell::Bash.hook());
    let places = world.text("user");
    for said in [1, 0] {
        term.line(&format!("clear; XDG_RUNTIME_DIR= TMPDIR={places} su pjuser"));
        term.expect("user> ");
        term.line("echo a''live");
        term.expect("alive");
        assert_eq!(term.screen().matches("pj: cannot").count(), said, "{}", term.screen());
        assert_eq!(sessions(&world.state()).len(), 1, "root's own");
        term.line("exit");
        term.expect("ready> ");
    }
}

/// No room for a record: the shell starts, and no half record stays to be complained of. With room again the next
/// shell registers.
#[test]
fn a_full_disk() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        if !may_mount(&[shell.name()]) {
            return;
        }
        let world = World::new();
        let state = world.text("state");
        let (file, text) = shell.rc();
        fs::write(world.home().join(file), format!("{text}{}", shell.hook())).expect("an rc file");
        let script = format!(
            "mount -t tmpfs -o size=16k none {state} && mkdir -p -m 700 {state}/pj {state}/pj/sessions {state}/pj/jobs && \
             cat /dev/zero >{state}/full 2>/dev/null; exec {} -i",
            shell.name()
        );
        let mut term = Term::command(&world, &["unshare", "--mount", "sh", "-c", &script]);
        term.expect("ready> ");
        let code = world.text("code");
        for (line, wanted) in [
            ("pj-sweep; echo $? >CODE".to_owned(), "0"),
            ("ls STATE/pj/sessions | wc -l | tr -d ' ' >CODE".replace("STATE", &state), "0"),
            ("rm STATE/full; echo here >CODE".replace("STATE", &state), "here"),
            (
                format!("{} -ic 'ls STATE/pj/sessions | wc -l' | tr -d ' ' >CODE", shell.name())
                    .replace("STATE", &state),
                "1",
            ),
        ] {
            let _ = fs::remove_file(&code);
            let line = line.replace("$?", if shell == Shell::Fish { "$status" } else { "$?" });
            term.line(&line.replace("CODE", &code));
            let said = eventually(&line, || fs::read_to_string(&code).ok().filter(|text| !text.is_empty()));
            assert_eq!(said.trim(), wanted, "{}: {line}\n{}", shell.name(), term.screen());
        }
    }
}
