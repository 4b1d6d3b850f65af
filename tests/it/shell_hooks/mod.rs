//! The line in the rc file: pj makes the session's record, the shell writes it, and nothing else is touched.

mod company;
mod exit;
mod install;
mod others;
mod places;
mod wrap;

use crate::harness::{Hook, Run, Shell, Term, World, eventually, needs};
use serde_json::Value;
use std::fs;

/// The only session record, once it is there, and that it is this shell's.
fn registered(world: &World, term: &Term) -> Value {
    let id = term.id();
    let path = world.state().join(format!("sessions/{}-{}.json", id.pid, id.start));
    let text =
        eventually(&format!("the record {}", path.display()), || fs::read(&path).ok().filter(|text| !text.is_empty()));
    let record: Value =
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
    assert_eq!(record["schema"], "pj.session/1");
    assert_eq!((record["pid"].as_i64(), record["start"].as_u64()), (Some(id.pid.into()), Some(id.start)), "{record}");
    assert_eq!(record["shell"], term.kind().name());
    assert_eq!(world.sessions().len(), 1, "{:?}", world.sessions());
    record
}

fn an_interactive_shell_registers(shell: Shell) {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let mut term = Term::shell(&world, shell, Hook::Yes);
    let record = registered(&world, &term);
    let own = term.id().stat().expect("a shell");
    assert_eq!(record["sid"].as_i64(), Some(own.session.into()));
    assert!(record["tty"].as_str().is_some_and(|tty| tty.starts_with("/dev/pts/")), "{record}");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(world.state()), 0o700);
    let listed = world.pj(&["sessions", "--json"]).go().code(0).stderr("").json();
    assert!(listed.to_string().contains(&format!("{}", own.pid)), "{listed}");
    assert_eq!(term.run("true"), 0);
    assert!(!term.screen().contains("pj"), "it prints nothing:\n{}", term.screen());
}

/// Sourced by a shell that is not interactive (an agent's tool shell reads the rc file): no record, no word.
fn a_script_does_not_register(shell: Shell) {
    let world = World::new();
    let hook = shell.hook().trim();
    let done = Run::new(&world, shell.name(), &["-c", &format!("{hook}\necho body")]).go();
    done.code(0).stdout("body\n").stderr("");
    assert!(world.sessions().is_empty());
}

/// The text cached in a file by another shell carries another pid: who reads it registers itself all the same.
fn a_cached_copy_registers(shell: Shell) {
    let world = World::new();
    let (cache, name) = (world.text("cache"), shell.name());
    let mut first = Term::shell(&world, shell, Hook::No);
    assert_eq!(first.run(&format!("pj init {name} > {cache}")), 0);
    let term = Term::shell_with(&world, shell, &format!("source {cache}\n"));
    registered(&world, &term);
}

/// Cached where there is no terminal, as a build of the home directory does it.
fn a_copy_cached_without_a_terminal_registers(shell: Shell) {
    let world = World::new();
    let (cache, name) = (world.text("cache"), shell.name());
    let made = Run::new(&world, shell.name(), &["-c", &format!("pj init {name} > {cache}")]).go();
    made.code(0).silent();
    let term = Term::shell_with(&world, shell, &format!("source {cache}\n"));
    registered(&world, &term);
}

fn twice_is_once(shell: Shell) {
    let world = World::new();
    let mut term = Term::shell_with(&world, shell, &shell.hook().repeat(2));
    registered(&world, &term);
    assert_eq!(term.run(shell.hook().trim()), 0);
    registered(&world, &term);
}

/// An exec keeps pid and start time: the record is overwritten, not joined by a second one.
fn exec_keeps_the_session(shell: Shell) {
    let world = World::new();
    let mut term = Term::shell(&world, shell, Hook::Yes);
    registered(&world, &term);
    term.line(&format!("exec {} -i", shell.name()));
    term.expect("ready> ");
    assert_eq!(term.run("true"), 0);
    registered(&world, &term);
}

/// Whatever the user set before: strict mode, noclobber, odd separators, aliases named like builtins.
fn survives(shell: Shell, lines: &str, after: &str) {
    let world = World::new();
    let mut term = Term::shell_with(&world, shell, &format!("{lines}\n{}{after}\n", shell.hook()));
    registered(&world, &term);
    term.line("/bin/echo st''ill here");
    term.expect("still here");
    for word in ["unbound", "not set", "cannot overwrite", "file exists", "BAD", "error", "syntax"] {
        assert!(!term.saw(word), "{lines}: it said {word:?}\n{}", term.screen());
    }
}

/// Its directory cannot be made: one line at the first shell's start, and no word at the next.
fn an_unusable_state_directory(shell: Shell) {
    let world = World::new();
    fs::write(world.state(), "in the way").expect("a file");
    for said in [1, 0] {
        let mut term = Term::shell(&world, shell, Hook::Yes);
        assert_eq!(term.run("true"), 0);
        assert_eq!(term.screen().matches("pj: cannot use the state directory").count(), said, "{}", term.screen());
    }
    // Without a terminal nobody reads it.
    let _ = fs::remove_dir_all(world.path("run/pj"));
    world.pj(&["init", shell.name()]).go().code(0).stderr("");
}

macro_rules! in_each_shell {
    ($($test:ident,)*) => {$(
        mod $test {
            use crate::harness::{Shell, needs};
            #[test]
            fn bash() {
                if needs("bash") { super::$test(Shell::Bash) }
            }
            #[test]
            fn zsh() {
                if needs("zsh") { super::$test(Shell::Zsh) }
            }
            #[test]
            fn fish() {
                if needs("fish") { super::$test(Shell::Fish) }
            }
        }
    )*};
}

use in_each_shell;

in_each_shell! {
    an_interactive_shell_registers,
    a_script_does_not_register,
    a_cached_copy_registers,
    a_copy_cached_without_a_terminal_registers,
    twice_is_once,
    exec_keeps_the_session,
    an_unusable_state_directory,
}

const BASH: &[&str] = &[
    "set -u",
    "set -o pipefail",
    "set -o noclobber",
    "IFS=.-/0",
    "set -f",
    "set -o posix",
    "alias printf='echo BAD' command='echo BAD' eval2=x test='echo BAD' return='echo BAD' builtin='echo BAD'",
    "printf() { echo BAD; }; command() { echo BAD; }; umask() { echo BAD; }",
    "readonly PROMPT_COMMAND",
];

const ZSH: &[&str] = &[
    "set -u",
    "setopt pipefail noclobber",
    "setopt ksh_arrays sh_word_split",
    "setopt no_nomatch glob_subst warn_create_global",
    "IFS=.-/0",
    "alias print='echo BAD' printf='echo BAD' builtin='echo BAD' command='echo BAD'",
];

/// Not `printf`: fish's own functions use it at every prompt. Its keywords cannot be redefined.
const FISH: &[&str] =
    &["alias echo 'builtin printf BAD'", "function cat; builtin echo BAD; end", "set -g PATH $PATH /no/such"];

/// As an instant prompt has it: the descriptors lead elsewhere while the rc file is read.
const AWAY: &str = "exec 3>&1 4>&2 5<&0 >$HOME/said 2>&1 </dev/null";
const BACK: &str = "exec >&3 2>&4 <&5";

#[test]
fn bash_survives() {
    for lines in BASH {
        survives(Shell::Bash, lines, "");
    }
    survives(Shell::Bash, "set -eu -o pipefail", "set +eu");
    survives(Shell::Bash, AWAY, BACK);
}

#[test]
fn zsh_survives() {
    if needs("zsh") {
        for lines in ZSH {
            survives(Shell::Zsh, lines, "");
        }
        survives(Shell::Zsh, "set -eu", "set +eu");
        survives(Shell::Zsh, AWAY, BACK);
    }
}

#[test]
fn fish_survives() {
    if needs("fish") {
        for lines in FISH {
            survives(Shell::Fish, lines, "");
        }
    }
}

/// What is eval'd must be empty when it is not a script.
#[test]
fn an_unknown_shell_prints_no_script() {
    let world = World::new();
    let done = world.pj(&["init", "command.com"]).go().stdout("");
    assert_eq!(done.status.code(), Some(2), "{}", done.err);
    for name in ["bash", "zsh", "fish"] {
        assert!(done.err.contains(name), "it lists what it knows: {}", done.err);
    }
}

/// A session whose shell was killed is no longer listed as alive, and the next sweep prunes its record.
#[test]
fn a_dead_session_is_pruned() {
    let world = World::new();
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    registered(&world, &term);
    assert!(term.id().kill());
    assert!(term.id().gone_within(crate::harness::LONG));
    term.wait();
    world.sweep(&[]).go().code(0).silent();
    assert!(world.sessions().is_empty(), "{:?}", world.sessions());
}

/// A nested shell is a session of its own; the outer one stays registered.
#[test]
fn nested_shells_register_each() {
    let world = World::new();
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    registered(&world, &term);
    term.line("bash -i");
    term.expect("ready> ");
    assert_eq!(term.run_inside("true"), 0);
    assert_eq!(world.sessions().len(), 2, "{:?}", world.sessions());
    term.line("exit");
    term.expect("ready> ");
}
