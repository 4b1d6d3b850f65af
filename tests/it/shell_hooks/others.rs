//! The shells beside bash, zsh and fish, to the same standard as far as each goes: the POSIX ones, elvish, nushell.

use crate::harness::{Id, Run, Term, World, eventually, holds, needs};
use serde_json::Value;
use std::fs;
use std::io::Write;

/// One of them: what it is started with, the file that it reads when it is interactive, what the tests put there, the line.
struct Other {
    argv: &'static [&'static str],
    shell: &'static str,
    rc: &'static str,
    text: &'static str,
    hook: &'static str,
}

const fn posix(argv: &'static [&'static str], rc: &'static str) -> Other {
    Other { argv, shell: "sh", rc, text: "PS1='ready> '\n", hook: "eval \"$(pj init sh)\"\n" }
}

const POSIX: &[Other] = &[
    posix(&["dash", "-i"], ".shrc"),
    posix(&["mksh", "-i"], ".shrc"),
    posix(&["ksh93", "-i"], ".shrc"),
    posix(&["yash", "-i"], ".yashrc"),
    posix(&["busybox", "ash", "-i"], ".shrc"),
];

const ELVISH: Other = Other {
    argv: &["elvish"],
    shell: "elvish",
    rc: ".config/elvish/rc.elv",
    text: "set edit:prompt = { print 'ready> ' }\nset edit:rprompt = { }\n",
    hook: "eval (pj init elvish | slurp)\n",
};

/// It asks its terminal for the cursor and waits for the answer.
const NU: Other = Other {
    argv: &["nu"],
    shell: "nu",
    rc: ".config/nushell/config.nu",
    text: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| '' }\n$env.PROMPT_INDICATOR = 'ready> '\n",
    hook: "if $nu.is-interactive and (which pj | is-not-empty) { ^pj init --register $nu.pid nu }\n",
};

impl Other {
    fn is_here(&self) -> bool {
        // Debian has no nushell: tried where somebody has it.
        if self.shell == "nu" && std::process::Command::new("nu").arg("--version").output().is_err() {
            let _ = writeln!(std::io::stderr(), "SKIPPED shell_hooks::others: nu is not installed");
            return false;
        }
        needs(self.argv[0])
    }

    /// Started with these lines at the end of its file; it may not have come to its prompt.
    fn begin(&self, world: &World, lines: &str) -> Term {
        let rc = world.home().join(self.rc);
        fs::create_dir_all(rc.parent().expect("a directory")).expect("made");
        fs::write(&rc, format!("{}{lines}", self.text)).expect("a file");
        let env = format!("ENV={}", rc.display());
        Term::command(world, &[&["env", &env], self.argv].concat())
    }

    fn start(&self, world: &World, lines: &str) -> Term {
        let mut term = self.begin(world, lines);
        if self.shell == "nu" {
            term.expect("\x1b[6n");
            term.type_("\x1b[1;1R");
        }
        term.expect("ready> ");
        term
    }

    fn registered(&self, world: &World, id: Id) {
        let path = world.state().join(format!("sessions/{}-{}.json", id.pid, id.start));
        let read = || serde_json::from_slice::<Value>(&fs::read(&path).ok()?).ok();
        let record = eventually(&format!("{:?}: the record {}", self.argv, path.display()), read);
        assert_eq!((record["schema"].as_str(), record["shell"].as_str()), (Some("pj.session/1"), Some(self.shell)));
        assert_eq!(world.sessions().len(), 1, "{:?}", self.argv);
    }
}

fn each(test: impl Fn(&Other)) {
    POSIX.iter().chain([&ELVISH, &NU]).filter(|other| other.is_here()).for_each(test);
}

/// An interactive one registers, once however often the line is there, and nothing is said. Without pj nothing happens.
#[test]
fn an_interactive_one_registers_and_says_nothing() {
    each(|other| {
        let gone = other.hook.replace("pj init", "pj-gone init").replace("which pj", "which pj-gone");
        let guarded = match other.shell {
            "sh" => format!("if command -v pj-gone >/dev/null; then {}; fi\n", gone.trim()),
            "elvish" => format!("if (has-external pj-gone) {{ {} }}\n", gone.trim()),
            _ => gone,
        };
        for (lines, registers) in [(other.hook, true), (&other.hook.repeat(2), true), (&guarded, false)] {
            let world = World::new();
            let term = other.start(&world, lines);
            if registers {
                other.registered(&world, term.id());
            } else {
                assert!(world.sessions().is_empty());
            }
            for word in ["pj", "rror", "xception", "not found"] {
                assert!(!term.screen().contains(word), "{:?} says {word:?}:\n{}", other.argv, term.screen());
            }
        }
    });
}

/// Kept in a file by another shell, or made where there is no terminal.
#[test]
fn a_cached_copy_registers() {
    for other in POSIX.iter().chain([&ELVISH]).filter(|other| other.is_here() && other.argv[0] != "busybox") {
        let world = World::new();
        let cache = world.text("cache");
        let said = world.pj(&["init", other.shell]).go().code(0).stderr("");
        fs::write(&cache, &said.out).expect("a file");
        let line = if other.shell == "sh" { format!(". {cache}\n") } else { format!("eval (slurp <{cache})\n") };
        let term = other.start(&world, &line);
        other.registered(&world, term.id());
    }
}

/// A script that reads the same file: no record, no word.
#[test]
fn a_script_does_not_register() {
    each(|other| {
        let world = World::new();
        let plain = &other.argv[..other.argv.len() - usize::from(other.argv.last() == Some(&"-i"))];
        let words: Vec<&str> = [&plain[1..], &["-c", other.hook]].concat();
        Run::new(&world, plain[0], &words).go().code(0).silent();
        assert!(world.sessions().is_empty(), "{:?}", other.argv);
    });
}

/// One fork at the start, for pj itself.
#[test]
fn one_fork_at_the_start() {
    if !needs("strace") {
        return;
    }
    each(|other| {
        let forks = |lines: &str| {
            let world = World::new();
            let log = world.text("strace");
            let rc = world.home().join(other.rc);
            fs::create_dir_all(rc.parent().expect("a directory")).expect("made");
            // At the end of its file it is over: nushell and elvish start threads and programs for what comes then.
            fs::write(&rc, format!("{}{lines}exit\n", other.text)).expect("a file");
            let env = format!("ENV={}", rc.display());
            let trace: &[&str] =
                &["env", &env, "strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o", &log];
            let mut term = Term::command(&world, &[trace, other.argv].concat());
            term.wait();
            let text = fs::read_to_string(&log).expect("a log");
            text.lines()
                .filter(|l| !["CLONE_THREAD", "resumed", "???("].iter().any(|not| l.contains(not)) && l.contains('('))
                .count()
        };
        assert_eq!(forks(other.hook), forks("") + 1, "{:?}", other.argv);
    });
}

/// Whatever the user set before; the state directory's path may hold anything but a line end.
#[test]
fn a_posix_shell_survives() {
    const BEFORE: &[(&str, &str)] = &[
        ("set -eu", "set +eu"),
        ("set -C; set -f; IFS=.-/0", ""),
        ("alias test='echo BAD' echo='echo BAD' command='echo BAD' :='echo BAD'", "unalias command"),
        ("echo() { printf BAD; }; pj() { printf BAD; }; test() { printf BAD; }", "unset -f echo pj test"),
        (r#"export XDG_STATE_HOME="$TMPDIR"/../"it's \"a\" \\ \$x *""#, ""),
    ];
    for other in POSIX.iter().filter(|other| other.is_here()) {
        for (before, after) in BEFORE {
            let world = World::new();
            std::os::unix::fs::symlink(world.path("state"), world.path(r#"it's "a" \ $x *"#)).expect("a link");
            let hook = if before.contains("pj()") { "eval \"$(command pj init sh)\"\n" } else { other.hook };
            let mut term = other.start(&world, &format!("{before}\n{hook}{after}\n"));
            other.registered(&world, term.id());
            term.line("printf 'st%s\\n' ill");
            term.expect("still");
            for word in ["BAD", "rror", "unset", "not set", "exist", "syntax"] {
                assert!(!term.saw(word), "{:?}: {before}: it says {word:?}:\n{}", other.argv, term.screen());
            }
        }
        // A place that cannot be written: the rest of the file is read all the same.
        let world = World::new();
        fs::write(world.state(), "in the way").expect("a file");
        let mut term = other.start(&world, &format!("{}PS1='on> '\n", other.hook).replace("on>", "ready> on>"));
        term.expect("on>");
        assert_eq!(term.screen().matches("pj: cannot use the state directory").count(), 1, "{}", term.screen());
    }
}

#[test]
fn elvish_takes_a_path_with_spaces_and_quotes() {
    if ELVISH.is_here() {
        let world = World::new();
        let odd = r#"it's "a" \ $x (y) *"#;
        std::os::unix::fs::symlink(world.path("state"), world.path(odd)).expect("a link");
        let set = format!("set-env XDG_STATE_HOME '{}'\n", world.text(odd).replace('\'', "''"));
        let term = ELVISH.start(&world, &format!("{set}{}", ELVISH.hook));
        ELVISH.registered(&world, term.id());
        assert!(!term.saw("rror") && !term.saw("xception"), "{}", term.screen());
    }
}

/// What tells who runs it, and with what.
const SPY: &str = r#"#!/bin/sh
{ read -r comm </proc/$PPID/comm; printf '%s' "${comm%% *}"; printf '|%s' "${0##*/}" "$@"; } >"$HOME/new"
mv "$HOME/new" "$HOME/seen"
"#;

/// Lines before and after ours, what is typed, whether it is wrapped, the words that arrive.
const TYPED: &[(&str, &str, &str, bool, &str)] = &[
    ("", "", r#"claude 'a  b' "c'd" '' '*' '$x'"#, true, "claude|a  b|c'd||*|$x"),
    ("", "", r"\claude 1", false, "claude|1"),
    ("", "", "command claude 1", false, "claude|1"),
    ("", "", "claude 1 </dev/null", false, "claude|1"),
    ("", "", "sh -c 'claude 1'", false, "claude|1"),
    ("alias claude='claude --foo'", "", "claude 1", false, "claude|--foo|1"),
    ("", "alias claude='claude --foo'", "claude 1", false, "claude|--foo|1"),
    ("claude() { command claude mine \"$@\"; }", "", "claude 1", false, "claude|mine|1"),
    ("", "claude() { command claude mine \"$@\"; }", "claude 1", false, "claude|mine|1"),
    ("set -eu", "set +eu", "claude 1", true, "claude|1"),
    ("set -C; set -f; IFS=.-/0cl", "", "claude 1", true, "claude|1"),
];

#[test]
fn a_name_that_is_typed_in_a_posix_shell_is_wrapped() {
    for other in POSIX.iter().filter(|other| other.is_here()) {
        let hook = "eval \"$(pj init sh --wrap claude,g++)\"\n";
        for (before, after, typed, wrapped, words) in TYPED {
            // Twice is once: shown by the first.
            for hook in [hook, &hook.repeat(2)].into_iter().take(if typed.contains("a  b") { 2 } else { 1 }) {
                let world = World::new();
                world.script("claude", SPY);
                let term = other.start(&world, &format!("{before}\n{hook}{after}\n"));
                term.line(typed);
                let seen = || fs::read_to_string(world.home().join("seen")).ok();
                let seen = eventually(&format!("{:?}: {typed} runs:\n{}", other.argv, term.screen()), seen);
                let (who, said) = seen.split_once('|').expect("a parent and words");
                assert_eq!(
                    (who == "pj-guard", said),
                    (*wrapped, *words),
                    "{:?}: {before} … {after}: {typed}",
                    other.argv
                );
                holds("the job is over", || world.jobs().is_empty());
            }
        }
    }
}

/// What a shell cannot do is wrong usage, and no script.
#[test]
fn what_a_shell_cannot_do_is_refused() {
    let world = World::new();
    for words in [
        &["init", "elvish", "--wrap", "claude"][..],
        &["init", "nu", "--wrap=claude"],
        &["init", "sh", "--exit-hook"],
        &["init", "elvish", "--exit-hook"],
        &["init", "nu", "--exit-hook"],
    ] {
        let done = world.pj(words).go().code(2).stdout("");
        assert!(done.err.starts_with("pj: there is no --") && done.err.contains(words[1]), "{}", done.err);
    }
    let done = world.pj(&["init", "sh", "--install", "--yes"]).go().code(1).stdout("");
    assert!(done.err.contains("ENV"), "{}", done.err);
}

/// The line is put into their own files, works there, and comes out again.
#[test]
fn install_and_uninstall() {
    for other in [&ELVISH, &NU].into_iter().filter(|other| other.is_here()) {
        let world = World::new();
        let rc = world.home().join(other.rc);
        let pj = |flag: &str| world.pj(&["init", flag, other.shell, "-y"]).go().code(0).stdout("");
        pj("--install");
        let line = fs::read_to_string(&rc).expect("a file");
        pj("--install");
        assert_eq!(fs::read_to_string(&rc).expect("a file"), line, "once");
        let term = other.start(&world, &line);
        other.registered(&world, term.id());
        pj("--uninstall");
        assert_eq!(fs::read_to_string(&rc).expect("a file"), other.text);
    }
}
