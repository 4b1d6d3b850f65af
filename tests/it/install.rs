//! `./install.sh`, with a cargo that has built already: programs, completions and man pages where they are looked for,
//! each shell completing from there by itself, and all of it gone again.

use crate::harness::{Run, Shell, Term, World, holds, needs};
use std::fs;
use std::path::Path;

/// What is installed beside the programs, below the home directory.
const EXTRAS: &[&str] = &[
    ".local/share/bash-completion/completions/pj",
    ".local/share/bash-completion/completions/pj-wrap",
    ".local/share/bash-completion/completions/pj-sweep",
    ".config/fish/completions/pj.fish",
    ".config/fish/completions/pj-wrap.fish",
    ".config/fish/completions/pj-sweep.fish",
    ".local/share/zsh/site-functions/_pj",
    ".local/share/man/man1/pj.1",
    ".local/share/man/man1/pj-wrap.1",
    ".local/share/man/man1/pj-sweep.1",
    ".local/share/man/man5/pj-config.5",
    ".local/share/man/man5/pj-records.5",
    ".local/share/man/man7/pj-selectors.7",
];

/// A cargo that puts what is built already where a release build would be, and nobody who could fetch anything.
fn ready(world: &World) {
    let bin = crate::harness::world::bin();
    let cargo = format!(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in --target) t=$2 ;; --target-dir) d=$2 ;; esac; shift; done\n\
         mkdir -p \"$d/$t/release\" && cd {} && cp pj pj-wrap pj-sweep \"$d/$t/release\"\n",
        bin.display()
    );
    world.script("cargo", &cargo);
    world.script("rustup", "#!/bin/sh\nexit 1\n");
    let rustc = "#!/bin/sh\ncase $1 in -vV) echo host: x86_64-unknown-linux-gnu ;; --version) echo rustc 1.99.0 ;; *) echo /no/such ;; esac\n";
    world.script("rustc", rustc);
}

fn install(world: &World, shell: &str, words: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    let words: Vec<&str> = [&[script.to_str().expect("text")], words].concat();
    Run::new(world, "sh", &words)
        .env("CARGO_TARGET_DIR", world.path("target"))
        .env("SHELL", format!("/bin/{shell}"))
        .go()
        .code(0)
        .text()
}

#[test]
fn each_shell_completes_from_what_was_installed() {
    let world = World::lasting(std::time::Duration::from_secs(180));
    ready(&world);
    let foreign = world.home().join(EXTRAS[4]);
    fs::create_dir_all(foreign.parent().expect("a directory")).expect("made");
    fs::write(&foreign, "# mine\n").expect("a file");
    let said = install(&world, "zsh", &[]);
    assert!(said.contains("another program's"), "{said}");
    let is_there = |name: &&&str| world.home().join(name).is_file();
    assert_eq!(EXTRAS.iter().filter(is_there).count(), EXTRAS.len(), "{said}");
    assert_eq!(fs::read_to_string(&foreign).expect("a file"), "# mine\n");
    fs::remove_file(&foreign).expect("away");
    install(&world, "zsh", &[]);

    world.script("man", "#!/bin/sh\necho \"$@\"\n");
    let shown = Run::new(&world, world.home().join(".local/bin/pj").to_str().expect("text"), &["man", "config"]).go();
    assert_eq!(shown.code(0).text(), format!("{}\n", world.home().join(EXTRAS[10]).display()));
    world.pj(&["man"]).go().code(0).stdout("1 pj\n");

    let fpath = said.lines().map(str::trim).find(|line| line.starts_with("fpath=")).expect("the line for zsh");
    let loader = "/usr/share/bash-completion/bash_completion";
    let zsh = format!("{fpath}\nautoload -Uz compinit\ncompinit -D -u\n");
    for (shell, lines, there) in [
        (Shell::Bash, format!(". {loader}\n"), needs(loader)),
        (Shell::Zsh, zsh, needs("zsh")),
        (Shell::Fish, String::new(), needs("fish")),
    ] {
        if !there {
            continue;
        }
        let term = Term::shell_with(&world, shell, &lines);
        for (typed, whole) in [
            ("pj sess", "pj sessions"),
            ("pj-wrap --dir", "pj-wrap --direct"),
            ("pj-sweep --dry", "pj-sweep --dry-run"),
        ] {
            term.type_(&format!("\x0c{typed}\t"));
            let shown = || term.screen().lines().any(|line| line.trim_end() == format!("ready> {whole}"));
            holds(&format!("{}: {typed} becomes {whole}:\n{}", shell.name(), term.screen()), shown);
            term.type_("\x15");
            holds("the line is empty", || term.screen().trim_end().ends_with("ready>"));
        }
    }

    fs::write(&foreign, "# mine\n").expect("a file");
    install(&world, "bash", &["--uninstall"]);
    let left: Vec<_> = EXTRAS.iter().filter(is_there).collect();
    assert_eq!(left, [&EXTRAS[4]], "what is not ours stays");
    for program in ["pj", "pj-wrap", "pj-sweep"] {
        assert!(!world.home().join(".local/bin").join(program).exists());
    }
}

/// Another prefix has everything below it, and nothing in the home directory.
#[test]
fn another_prefix() {
    let world = World::lasting(std::time::Duration::from_secs(180));
    ready(&world);
    let prefix = world.text("a prefix");
    let said = install(&world, "bash", &["--prefix", &prefix]);
    for name in [
        "bin/pj",
        "share/bash-completion/completions/pj-wrap",
        "share/fish/vendor_completions.d/pj-sweep.fish",
        "share/zsh/site-functions/_pj",
        "share/man/man7/pj-selectors.7",
    ] {
        assert!(world.path("a prefix").join(name).is_file(), "{name}: {said}");
    }
    assert!(!world.home().join(".local/share/bash-completion").exists());
    install(&world, "bash", &["--prefix", &prefix, "--uninstall"]);
    let found = Run::new(&world, "find", &[&prefix, "-type", "f"]).go().code(0);
    assert_eq!(found.text(), "");
}
