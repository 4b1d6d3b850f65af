//! The hook among whatever else is in an rc file: other tools before and after it, odd settings, odd terminals.

use super::{in_each_shell, registered};
use crate::harness::{Shell, Term, World, eventually, needs};
use std::fs;
use std::io::Write;

fn wrapping(shell: Shell) -> String {
    shell.hook().replace(shell.name(), &format!("{} --wrap claude", shell.name()))
}

/// A tool that hooks into shells too, the line for its hook, and a command that fails if it does not work.
const PEERS: &[(&str, &str, &str)] = &[
    ("zoxide", "zoxide init", "zoxide query here"),
    ("direnv", "direnv hook", "test \"$PEER\" = works"),
    ("starship", "starship init", "test -n \"$STARSHIP_SHELL\""),
    ("atuin", "atuin init", "test -n \"$ATUIN_SESSION\""),
];

/// Both work, in either order. What Debian does not have is tried where somebody has it.
fn with_other_hooks(shell: Shell) {
    for (peer, init, check) in PEERS {
        if matches!(*peer, "starship" | "atuin") && std::process::Command::new(peer).arg("--version").output().is_err()
        {
            let _ = writeln!(std::io::stderr(), "SKIPPED with_other_hooks: {peer} is not installed");
            continue;
        }
        if !needs(peer) {
            continue;
        }
        let theirs = match shell {
            Shell::Fish => format!("{init} fish | source\n"),
            _ => format!("eval \"$({init} {})\"\n", shell.name()),
        };
        let ours = wrapping(shell);
        for lines in [format!("{theirs}{ours}"), format!("{ours}{theirs}")] {
            let world = World::new();
            world.script("claude", "#!/bin/sh\nread -r comm </proc/$PPID/comm; echo \"$comm\" >\"$HOME/seen\"\n");
            fs::create_dir(world.home().join("here")).expect("a directory");
            fs::write(world.home().join("here/.envrc"), "export PEER=works\n").expect("a file");
            fs::write(world.home().join(".config/starship.toml"), "add_newline = false\nformat = 'star ready> '\n")
                .expect("a file");
            let mut term = Term::shell_with(&world, shell, &lines);
            registered(&world, &term);
            assert_eq!(term.run("cd ~/here"), 0);
            if *peer == "direnv" {
                assert_eq!(term.run("direnv allow"), 0, "{}", term.screen());
            }
            assert_eq!(term.run(check), 0, "{}", term.screen());
            assert_eq!(term.run("claude"), 0, "{}", term.screen());
            let seen = fs::read_to_string(world.home().join("seen")).expect("it ran");
            assert!(seen.starts_with("pj-guard"), "{peer}: {lines}: {seen}");
            assert_eq!(term.saw("star ready> "), *peer == "starship", "{lines}: {}", term.screen());
            for word in ["syntax", "unbound", "not found"] {
                assert!(!term.saw(word), "{lines}: {}", term.screen());
            }
        }
    }
}

/// Options, traps, prompts, events, functions, variables: before and after the line they are the same.
fn nothing_of_the_shell_has_changed(shell: Shell) {
    let (before, snap) = match shell {
        Shell::Bash => (
            "trap 'echo bye' EXIT; trap : USR1; PROMPT_COMMAND=(: 'true;'); snap=\n",
            "{ set -o; shopt; trap; alias; declare -F; compgen -v; declare -p PROMPT_COMMAND PS1; umask; }",
        ),
        Shell::Zsh => (
            "trap 'echo bye' EXIT; f() { : }; precmd_functions=(f); zshexit_functions=(f); chpwd_functions=(f)\n",
            "{ setopt; trap; alias; typeset +f; typeset +; typeset -p precmd_functions zshexit_functions; zmodload; }",
        ),
        Shell::Fish => (
            "function bye --on-event fish_exit; end; function p --on-event fish_prompt; end\n",
            "begin; functions -an; set -n; functions --handlers; bind; umask; end",
        ),
    };
    let world = World::new();
    let file = |name| world.text(name);
    let hook = shell.hook();
    // Once to warm up: fish loads functions when they are first used.
    let lines = format!("{before}{snap} >{0}\n{snap} >{0}\n{hook}{snap} >{1}\n", file("before"), file("after"));
    let term = Term::shell_with(&world, shell, &lines);
    registered(&world, &term);
    let read = |name| fs::read_to_string(file(name)).expect("a snapshot");
    assert!(read("before").len() > 200, "a snapshot of something");
    // bash counts the words of the last pipeline.
    let plain =
        |text: String| text.lines().filter(|l| *l != "PIPESTATUS" && *l != "_").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(plain(read("before")), plain(read("after")));
}

/// One fork at the start, for `$(pj init)` itself; none at a prompt. Counted by strace, against the same shell without.
fn one_fork_at_the_start_and_none_at_a_prompt(shell: Shell) {
    if !needs("strace") {
        return;
    }
    let forks = |hook: &str| {
        let world = World::new();
        let (file, text) = shell.rc();
        fs::write(world.home().join(file), format!("{text}{hook}")).expect("an rc file");
        let log = world.text("strace");
        let mut argv = vec!["strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o", &log];
        argv.extend(shell.argv());
        let mut term = Term::command(&world, &argv);
        let count = || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            text.lines().filter(|l| !l.contains("CLONE_THREAD") && !l.contains("resumed") && l.contains('(')).count()
        };
        term.expect("ready> ");
        let start = count();
        for _ in 0..3 {
            term.line("");
            term.expect("ready> ");
        }
        (start, count())
    };
    let ((bare, bare_after), (with, after), (wrap, wrap_after)) =
        (forks(""), forks(shell.hook()), forks(&wrapping(shell)));
    assert_eq!(with, bare + 1, "at the start");
    assert_eq!(wrap, bare + 1, "at the start, with wrappers");
    assert_eq!((after - with, wrap_after - wrap), (bare_after - bare, bare_after - bare), "at prompts");
}

/// The state directory's path may hold anything that a path may, but a line end.
fn a_path_with_spaces_and_quotes(shell: Shell) {
    let world = World::new();
    let odd = r#"it's "a" \ $x `y` *"#;
    std::os::unix::fs::symlink(world.path("state"), world.path(odd)).expect("a link");
    let quoted = match shell {
        Shell::Fish => odd.replace('\\', r"\\").replace('\'', r"\'"),
        _ => odd.replace('\'', r"'\''"),
    };
    let set = match shell {
        Shell::Fish => format!("set -gx XDG_STATE_HOME $TMPDIR/../'{quoted}'\n"),
        _ => format!("export XDG_STATE_HOME=\"$TMPDIR\"/../'{quoted}'\n"),
    };
    let term = Term::shell_with(&world, shell, &format!("{set}{}", shell.hook()));
    registered(&world, &term);
    assert!(!term.saw("rror"), "{}", term.screen());
}

/// `bash -c` as sshd runs a command, and a subshell of a registered shell: nothing happens, nothing is said.
fn neither_a_command_over_ssh_nor_a_subshell_registers(shell: Shell) {
    let world = World::new();
    let mut term = Term::shell_with(&world, shell, &wrapping(shell));
    registered(&world, &term);
    let hook = wrapping(shell);
    let inner = format!("{} -c '{}'", shell.name(), hook.trim());
    assert_eq!(term.run(&inner), 0);
    if shell != Shell::Fish {
        assert_eq!(term.run(&format!("({})", hook.trim())), 0);
    }
    registered(&world, &term);
    assert!(!term.saw("rror"), "{}", term.screen());
}

/// `script` gives a shell another terminal: a session of its own.
fn a_shell_under_script_is_a_session(shell: Shell) {
    if !needs("script") {
        return;
    }
    let world = World::new();
    let mut term = Term::shell_with(&world, shell, &wrapping(shell));
    registered(&world, &term);
    term.line(&format!("script -qc '{} -i' /dev/null", shell.name()));
    eventually("two sessions", || (world.sessions().len() == 2).then_some(()));
    term.expect("ready> ");
    term.line("exit");
    term.expect("ready> ");
}

in_each_shell! {
    with_other_hooks,
    nothing_of_the_shell_has_changed,
    one_fork_at_the_start_and_none_at_a_prompt,
    a_path_with_spaces_and_quotes,
    neither_a_command_over_ssh_nor_a_subshell_registers,
    a_shell_under_script_is_a_session,
}

/// A restricted shell: no record, no wrapper, no word.
#[test]
fn a_restricted_shell_gets_nothing() {
    for shell in [Shell::Bash, Shell::Zsh].into_iter().filter(|shell| needs(shell.name())) {
        let world = World::new();
        let (file, text) = shell.rc();
        fs::write(world.home().join(file), format!("{text}set -r\n{}", wrapping(shell))).expect("an rc file");
        let mut term = Term::command(&world, shell.argv());
        term.expect("ready> ");
        assert!(world.sessions().is_empty());
        for word in ["restricted", "rror", "pj"] {
            assert!(!term.saw(word), "{}", term.screen());
        }
    }
}

/// The exit code that the first prompt shows is that of the rc file's last command.
#[test]
fn the_first_prompt_shows_the_last_code() {
    if needs("zsh") {
        let world = World::new();
        let lines = format!("{}PS1='%?:ready> '\n(exit 3)\n", wrapping(Shell::Zsh));
        let term = Term::shell_with(&world, Shell::Zsh, &lines);
        assert!(term.saw("3:ready> "), "{}", term.screen());
    }
}
