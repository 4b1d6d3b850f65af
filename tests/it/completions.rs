//! The completions in the shells they are for: pj's verbs and flags, and `pj-wrap` as a precommand, behind which a
//! command completes as it does alone. What is on record, behind a Tab in each shell.

use crate::harness::{Hook, Run, Shell, Term, World, holds, needs};
use crate::registry::Loose;
use std::path::Path;

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name).to_string_lossy().into_owned()
}

/// What is typed, one candidate that must be offered, one that must not be (`tool` completes to `alpha` alone).
const LINES: &[(&str, &str, &str)] = &[
    ("pj ses", "sessions", "stop"),
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
    ("pj run --ke", "--keep", "--name"),
    ("pj run pj-swe", "pj-sweep", "--keep"),
    ("pj run tool al", "alpha", "beta"),
    ("pj run --name x --keep tool al", "alpha", "beta"),
    ("pj run --keep pj stop --ti", "--timeout", "--keep"),
    ("pj run pj-wrap --ke", "--keep", "--name"),
    ("pj run pj-wrap --di", "--direct", "--name"),
    ("pj --color never run tool al", "alpha", "beta"),
    ("pj wrap tool al", "alpha", "beta"),
    ("pj wrap --ke", "--keep", "--name"),
    ("pj wrap --name x tool al", "alpha", "beta"),
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

/// A Tab behind what is typed makes this of it.
fn tab(term: &Term, typed: &str, whole: &str) {
    term.type_(&format!("\x0c{typed}\t"));
    let (shell, whole) = (term.kind().name(), format!("ready> {whole}"));
    // A flag that takes a value gets its sign too. fish shows a suggestion behind the line in another colour.
    let shown = || term.screen().lines().next().unwrap_or_default().trim_end().trim_end_matches('=') == whole;
    holds(&format!("{shell}: {typed:?} becomes {whole:?}:\n{}", term.screen()), shown);
    // Kill the line, whatever is on it.
    term.type_("\x15");
    holds("the line is empty", || term.screen().trim_end() == "ready>");
}

/// A shell with the completions loaded as a person has them: for zsh the file `_pj` in `fpath`, and compinit.
fn ready(world: &World, shell: Shell, hook: Hook) -> Term {
    let lines = match shell {
        Shell::Zsh => {
            let dir = world.path("site");
            std::fs::create_dir_all(&dir).expect("a directory");
            std::fs::copy(file("_pj"), dir.join("_pj")).expect("a copy");
            let compinit =
                "autoload -Uz compinit\ncompinit -D -u\n_tool() { compadd alpha beta }\ncompdef _tool tool\n";
            format!("fpath=({} $fpath)\n{compinit}", dir.display())
        }
        Shell::Fish => format!("source {}\n", file("pj.fish")),
        _ => format!("source {}\n", file("pj.bash")),
    };
    let hook = if hook == Hook::Yes { shell.hook() } else { "" };
    Term::shell_with(world, shell, &format!("{lines}{hook}"))
}

#[test]
fn zsh_completes() {
    if !needs("zsh") {
        return;
    }
    let world = World::new();
    let term = ready(&world, Shell::Zsh, Hook::No);
    for (typed, wanted, _) in LINES {
        let begin = typed.rsplit_once(' ').map_or("", |(begin, _)| begin);
        tab(&term, typed, &format!("{begin} {wanted}"));
    }
}

/// What is typed, and what a Tab makes of it, where job 1 is `web-1` with the tag `front` in the group `dev`.
const RECORDS: &[(&str, &str)] = &[
    ("pj stop we", "pj stop web-1"),
    ("pj list +fr", "pj list +front"),
    ("pj kill %d", "pj kill %dev"),
    ("pj stop @se", "pj stop @self"),
    ("pj sessions show se", "pj sessions show self"),
    ("pj stop web-1 +f", "pj stop web-1 +front"),
    ("pj --color never ping w", "pj --color never ping web-1"),
    ("pj tag fr", "pj tag front"),
    ("pj list --id ", "pj list --id 1"),
    ("pj stop --name we", "pj stop --name web-1"),
    ("pj list --tag=fr", "pj list --tag=front"),
    ("pj rm --tag-all fr", "pj rm --tag-all front"),
    ("pj kill --group de", "pj kill --group dev"),
    ("pj run --tag fr", "pj run --tag front"),
    ("pj run --tag=fr", "pj run --tag=front"),
    ("pj run --tag x pj stop we", "pj run --tag x pj stop web-1"),
    ("pj-wrap --tag fr", "pj-wrap --tag front"),
    ("pj-wrap --tag x pj stop we", "pj-wrap --tag x pj stop web-1"),
];

#[test]
fn what_is_on_record_completes() {
    let world = World::lasting(std::time::Duration::from_secs(180));
    let one = Loose::start(&world, "one", "plain");
    let label = ["--name", "web-1", "--tag", "front", "--group", "dev"];
    world.pj(&[&["add", &one.pid()], &label[..]].concat()).go().code(0);
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        if !needs(shell.name()) {
            continue;
        }
        let term = ready(&world, shell, Hook::Yes);
        for (typed, whole) in RECORDS {
            tab(&term, typed, whole);
        }
        let pid = term.id().pid;
        tab(&term, &format!("pj list @{pid}"), &format!("pj list @{pid}"));
        let said = world.pj(&["__complete", "sessions", &pid.to_string()]).go().code(0).stderr("").text();
        assert!(said.starts_with(&format!("{pid}\t{} on /dev/", shell.name())), "{said}");
    }
    let ids = world.pj(&["__complete", "ids,groups,nonsense", ""]).go().code(0).stderr("").text();
    assert!(ids.starts_with("1\tbeast ") && ids.ends_with("\ndev\t1 job\n"), "{ids}");
    world.pj(&["__complete", "selectors"]).env("XDG_STATE_HOME", "/dev/null").go().code(0).stderr("");
    world.pj(&["kill", "web-1"]).go().code(0);
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
