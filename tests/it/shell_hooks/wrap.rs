//! `pj init SHELL --wrap NAMES`: a name that is typed runs under pj-wrap, and nothing else of the shell has changed.

use super::in_each_shell;
use crate::harness::{Run, Shell, Term, World, eventually, holds};
use std::fs;

/// What tells who runs it, and with what.
const SPY: &str = r#"#!/bin/sh
{ read -r comm </proc/$PPID/comm; printf '%s' "${comm%% *}"; printf '|%s' "${0##*/}" "$@"; } >"$HOME/seen"
"#;

fn line(shell: Shell, flags: &str) -> String {
    shell.hook().replace(shell.name(), &format!("{} {flags}", shell.name()))
}

/// A world with the spy as `claude` in the search path, and outside of it.
fn world() -> World {
    let world = World::new();
    world.script("claude", SPY);
    fs::create_dir(world.path("tool s")).expect("a directory");
    fs::copy(world.path("bin/claude"), world.path("tool s/claude")).expect("a copy");
    world
}

/// Type it: whether it was wrapped, and its words.
fn typed(world: &World, term: &mut Term, line: &str) -> (bool, String) {
    let file = world.home().join("seen");
    let _ = fs::remove_file(&file);
    term.run(line);
    let seen = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{line}: {e}\n{}", term.screen()));
    let (who, words) = seen.split_once('|').expect("a parent and words");
    (who == "pj-guard", words.to_owned())
}

/// Lines of an rc file before and after ours, what is typed, whether it is wrapped, the words that arrive.
type Case = (&'static str, &'static str, &'static str, bool, &'static str);

const POSIX: &[Case] = &[
    ("", "", r#"claude 'a  b' "c'd" "" '*' '$x' -p"#, true, "claude|a  b|c'd||*|$x|-p"),
    ("", "", r"\claude 1", false, "claude|1"),
    ("", "", "command claude 1", false, "claude|1"),
    ("", "", "(claude 1)", true, "claude|1"),
    ("", "", "claude 1 </dev/null", false, "claude|1"),
    ("", "", "echo x | claude 1", false, "claude|1"),
    ("", "", "claude 1 | cat", true, "claude|1"),
    ("", "", "sh -c 'claude 1'", false, "claude|1"),
    ("work() { claude \"$@\" 2; }", "", "work 1", true, "claude|1|2"),
    ("", "work() { claude \"$@\" 2; }", "work 1", true, "claude|1|2"),
    ("alias claude='claude --foo'", "", "claude 1", true, "claude|--foo|1"),
    ("alias claude='claude --foo'", "", r"\claude 1", false, "claude|1"),
    ("alias claude='\"$HOME/../tool s/claude\"'", "", "claude 1", true, "claude|1"),
    ("alias claude=~/../bin/claude", "", "claude 1", true, "claude|1"),
    ("alias claude='X=1 claude'", "", "claude 1", true, "claude|1"),
    ("alias cl='claude --foo'", "", "cl 1", true, "claude|--foo|1"),
    ("", "alias claude='claude --foo'", "claude 1", true, "claude|--foo|1"),
    ("function claude { command claude mine \"$@\"; }", "", "claude 1", false, "claude|mine|1"),
    ("", "claude() { command claude mine \"$@\"; }", "claude 1", false, "claude|mine|1"),
    ("", "function claude { command claude mine \"$@\"; }", "claude 1", false, "claude|mine|1"),
    ("set -eu", "set +eu", "claude 1", true, "claude|1"),
    ("set -f; IFS=.-/0cl; set -o noclobber; set -o pipefail", "", "claude 1", true, "claude|1"),
    (
        "alias local=false test=false alias2=x command=false printf=false",
        "unalias command printf",
        "claude 1",
        true,
        "claude|1",
    ),
];

const FISH: &[Case] = &[
    ("", "", r#"claude 'a  b' "c'd" "" '*' '$x' -p"#, true, "claude|a  b|c'd||*|$x|-p"),
    ("", "", "command claude 1", false, "claude|1"),
    ("", "", "claude 1 </dev/null", false, "claude|1"),
    ("", "", "echo x | claude 1", false, "claude|1"),
    ("", "", "claude 1 | cat", true, "claude|1"),
    ("", "", "sh -c 'claude 1'", false, "claude|1"),
    ("function work; claude $argv 2; end", "", "work 1", true, "claude|1|2"),
    ("alias cl 'claude --foo'", "", "cl 1", true, "claude|--foo|1"),
    ("alias claude=$HOME/../bin/claude", "", "claude 1", true, "claude|1"),
    ("alias claude 'claude mine'", "", "claude 1", false, "claude|mine|1"),
    ("function claude; command claude mine $argv; end", "", "claude 1", false, "claude|mine|1"),
    ("", "function claude; command claude mine $argv; end", "claude 1", false, "claude|mine|1"),
];

fn a_typed_name_is_wrapped_and_nothing_else_is(shell: Shell) {
    let hook = line(shell, "--wrap claude,g++");
    for (before, after, text, wrapped, words) in if shell == Shell::Fish { FISH } else { POSIX } {
        for hook in [hook.clone(), hook.repeat(2)] {
            let world = world();
            let mut term = Term::shell_with(&world, shell, &format!("{before}\n{hook}{after}\n"));
            let seen = typed(&world, &mut term, text);
            assert_eq!(seen, (*wrapped, (*words).to_owned()), "{before} … {after}: {text}\n{}", term.screen());
        }
    }
}

/// Inside the job, in a script, without pj-wrap: as it is. The exit code is the command's own.
fn it_is_as_it_was_elsewhere(shell: Shell) {
    let world = world();
    let hook = line(shell, "--wrap claude,false7");
    world.script("false7", "#!/bin/sh\nexit 7\n");
    let script = format!("{hook}\nclaude 1");
    Run::new(&world, shell.name(), &["-c", &script]).go().code(0).silent();
    assert!(!fs::read_to_string(world.home().join("seen")).expect("it ran").starts_with("pj-guard"));
    let mut term = Term::shell_with(&world, shell, &hook);
    assert_eq!(term.run("false7"), 7);
    let next = || -> u64 {
        fs::read_to_string(world.state().join("seq")).expect("a number").trim().parse().expect("the next job's number")
    };
    let before = next();
    // One job: the inner wrap only execs.
    typed(&world, &mut term, &format!("pj-wrap {} -ic 'claude 1'", shell.name()));
    assert_eq!(next(), before + 1, "a wrap in a wrap of the same job is none");
}

/// The names come from the config, the flag wins, and a config that does not parse costs the wrappers only.
fn the_config_names_them_too(shell: Shell) {
    let world = world();
    let config = world.home().join(".config/pj/config.toml");
    fs::create_dir_all(config.parent().expect("a directory")).expect("made");
    let (set, bare) = (line(shell, ""), line(shell, "--wrap other"));
    for (text, hook, wrapped, said) in [
        ("[wrap]\nauto = ['claude']\n", &set, true, false),
        ("[wrap]\nauto = ['claude']\n", &bare, false, false),
        ("[wrap]\nauto = ['/x']\n", &set, false, true),
        ("[wrap]\nauto = ['/x']\n", &set, false, false),
    ] {
        fs::write(&config, text).expect("a config");
        let mut term = Term::shell_with(&world, shell, hook);
        assert_eq!(typed(&world, &mut term, "claude 1").0, wrapped, "{text}");
        assert_eq!(term.saw("config.toml:2"), said, "{}", term.screen());
        assert_eq!(world.sessions().len(), 1, "it registers all the same");
        for path in world.sessions() {
            fs::remove_file(path).expect("forgotten");
        }
    }
}

/// Ctrl-Z and `fg` of a name that a function or an alias wraps: stopped as a whole, gone on as a whole.
fn a_wrapped_name_is_suspended_and_goes_on(shell: Shell) {
    let world = World::new();
    let roster = world.roster("roster");
    world.script("claude", &format!("#!/bin/sh\nbeast {} plain\nexit 7\n", roster.path().display()));
    let mut term = Term::shell_with(&world, shell, &line(shell, "--wrap claude"));
    term.line("claude");
    let beast = roster.ready("plain");
    let job = eventually("its record", || world.jobs().pop());
    for _ in 0..2 {
        holds("the terminal is the job's", || term.modes().contains("-icanon"));
        term.type_("\x1a");
        // Of a job of a function fish says nothing, whatever the function.
        term.expect(if shell == Shell::Fish { "ready> " } else { shell.stopped() });
        holds("front and command are stopped", || (job.front().state(), beast.state()) == (Some('T'), Some('T')));
        assert_eq!(term.run("true"), 0);
        term.line("fg");
        holds("they go on", || job.front().state() != Some('T') && beast.state() != Some('T'));
    }
    holds("the terminal is the job's", || term.modes().contains("-icanon"));
    beast.kill();
    job.record_gone();
    holds("the shell has its terminal back", || term.id().stat().is_some_and(|own| own.tpgid == own.pid));
    // What was stopped has no code in fish, and none in zsh if a function ran it, whatever the function.
    if shell == Shell::Bash {
        term.line("printf '<%d>\\n' $?");
        term.expect("<7>");
    }
}

in_each_shell! {
    a_wrapped_name_is_suspended_and_goes_on,
    a_typed_name_is_wrapped_and_nothing_else_is,
    it_is_as_it_was_elsewhere,
    the_config_names_them_too,
}

#[test]
fn a_bad_name_is_wrong_usage_and_no_script() {
    let world = World::new();
    for names in ["a/b", "-x", "cd", "x;y", "a b", ""] {
        let done = world.pj(&["init", "bash", &format!("--wrap={names}")]).go().code(2).stdout("");
        assert!(done.err.starts_with("pj: "), "{}", done.err);
    }
}

/// Without quotes the shell joins the lines with blanks.
#[test]
fn an_eval_without_quotes() {
    for (shell, eval) in
        [(Shell::Bash, "eval $(pj init bash"), (Shell::Zsh, "eval $(pj init zsh"), (Shell::Fish, "eval (pj init fish")]
    {
        if !crate::harness::needs(shell.name()) {
            continue;
        }
        let world = world();
        let mut term = Term::shell_with(&world, shell, &format!("{eval} --exit-hook --wrap claude,g++)\n"));
        super::registered(&world, &term);
        assert_eq!(typed(&world, &mut term, "claude 1"), (true, "claude|1".to_owned()), "{}", term.screen());
        term.line("exit");
        term.wait();
        holds("the session's record is gone", || world.sessions().is_empty());
        world.no_guards();
    }
}

/// Completions go by the typed word; `type` and `which` still find the program.
#[test]
fn completion_goes_on() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        if !crate::harness::needs(shell.name()) {
            continue;
        }
        let world = world();
        let (before, after) = match shell {
            Shell::Bash => ("", "complete -W 'xylophone' claude\n"),
            Shell::Zsh => {
                ("", "autoload -Uz compinit; compinit -u -D\n_c() { compadd xylophone }\ncompdef _c claude\n")
            }
            Shell::Fish => ("", "complete -c claude -f -a xylophone\n"),
        };
        let mut term = Term::shell_with(&world, shell, &format!("{before}{}{after}", line(shell, "--wrap claude")));
        term.run("true");
        let _ = fs::remove_file(world.home().join("seen"));
        term.type_("claude xyl\t");
        term.expect("ophone");
        term.line("");
        let seen = eventually("the spy has run", || {
            fs::read_to_string(world.home().join("seen")).ok().filter(|text| text.contains("claude|"))
        });
        assert_eq!(seen.trim_end(), "pj-guard|claude|xylophone");
        assert_eq!(term.run("type claude >/dev/null"), 0);
        assert_eq!(term.run("/usr/bin/which claude | grep -q bin/claude"), 0);
    }
}
