//! The completions in the shells they are for: pj's verbs and flags, and `pj-wrap` as a precommand, behind which a
//! command completes as it does alone.

use crate::harness::{Run, Shell, Term, World, holds, needs};
use std::path::Path;

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name).to_string_lossy().into_owned()
}

/// What is typed, one candidate that must be offered, one that must not be (`tool` completes to `alpha` alone).
const LINES: &[(&str, &str, &str)] = &[
    ("pj se", "sessions", "stop"),
    ("pj sessions f", "forget", "show"),
    ("pj stop --ti", "--timeout", "--all"),
    ("pj ta", "tag", "stop"),
    ("pj add --own", "--owner", "--keep"),
    ("pj completions z", "zsh", "fish"),
    ("pj-sweep --dr", "--dry-run", "--all"),
    ("pj-wrap --ke", "--keep", "--name"),
    ("pj-wrap --on-exit l", "linger", "end"),
    ("pj-wrap pj-swe", "pj-sweep", "--keep"),
    ("pj-wrap tool al", "alpha", "beta"),
    ("pj-wrap --name x --keep tool al", "alpha", "beta"),
    ("pj-wrap --keep pj stop --ti", "--timeout", "--all"),
    ("pj-wrap pj-wrap --ke", "--keep", "--name"),
];

fn judge(shell: &str, typed: &str, said: &str, wanted: &str, unwanted: &str) {
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words.contains(&wanted), "{shell}: {typed:?} offers no {wanted}: {words:?}");
    assert!(!words.contains(&unwanted), "{shell}: {typed:?} offers {unwanted}: {words:?}");
}

/// The function that bash would call, with what bash would give it.
#[test]
fn bash_completes() {
    let world = World::new();
    let script = "source \"$1\"; _tool() { COMPREPLY=($(compgen -W 'alpha beta' -- \"$2\")); }; complete -F _tool tool
        COMP_LINE=$2; COMP_POINT=${#2}; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        [[ $(complete -p ${COMP_WORDS[0]}) =~ -F\\ ([^ ]+) ]]
        \"${BASH_REMATCH[1]}\" \"${COMP_WORDS[0]}\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let complete = |typed: &str| {
        let args = ["--norc", "-c", script, "bash", &file("pj.bash"), typed];
        Run::new(&world, "bash", &args).go().code(0).stderr("").text()
    };
    for (typed, wanted, unwanted) in LINES {
        judge("bash", typed, &complete(typed), wanted, unwanted);
    }
    // bash hands `--on-exit=e` over as three words.
    judge("bash", "--on-exit=e", &complete("pj-wrap --on-exit = e"), "end", "linger");
    judge("bash", "--name=x tool", &complete("pj-wrap --name = x tool al"), "alpha", "beta");
}

#[test]
fn fish_completes() {
    if !needs("fish") {
        return;
    }
    let world = World::new();
    let script = "source $argv[1]; complete -c tool -f -a 'alpha beta'; complete -C $argv[2]";
    for (typed, wanted, unwanted) in LINES {
        let args = ["--no-config", "-c", script, &file("pj.fish"), typed];
        let said = Run::new(&world, "fish", &args).go().code(0).stderr("").text();
        judge("fish", typed, &said, wanted, unwanted);
    }
}

/// Loaded as a person has it: the file `_pj` in `fpath`, compinit, and a Tab.
#[test]
fn zsh_completes() {
    if !needs("zsh") {
        return;
    }
    let world = World::new();
    let dir = world.path("site");
    std::fs::create_dir(&dir).expect("a directory");
    std::fs::copy(file("_pj"), dir.join("_pj")).expect("a copy");
    let rc = format!(
        "fpath=({} $fpath)\nautoload -Uz compinit\ncompinit -D -u\n_tool() {{ compadd alpha beta }}\ncompdef _tool tool\n",
        dir.display()
    );
    let term = Term::shell_with(&world, Shell::Zsh, &rc);
    for (typed, wanted, _) in LINES {
        term.type_(&format!("\x0c{typed}\t"));
        let begin = typed.rsplit_once(' ').map_or("", |(begin, _)| begin);
        let whole = format!("ready> {begin} {wanted}");
        holds(&format!("{typed:?} becomes {whole:?}:\n{}", term.screen()), || {
            // A flag that takes a value gets its sign too.
            term.screen().trim_end().trim_end_matches('=') == whole
        });
        // Kill the line, whatever is on it.
        term.type_("\x15");
        holds("the line is empty", || term.screen().trim_end() == "ready>");
    }
}

/// As installed, nothing is loaded twice and nothing is printed.
#[test]
fn completions_are_silent_and_sound() {
    let world = World::new();
    for (shell, name) in [("bash", "pj.bash"), ("zsh", "_pj"), ("fish", "pj.fish")] {
        if !needs(shell) {
            continue;
        }
        Run::new(&world, shell, &["-n", &file(name)]).go().code(0).silent();
    }
    let twice = format!("source {0}; source {0}", file("pj.bash"));
    Run::new(&world, "bash", &["--norc", "-euc", &twice]).go().code(0).silent();
}
