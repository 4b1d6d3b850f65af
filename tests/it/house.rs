//! The harness itself, against bare commands and without pj: if these fail, nothing else means anything.

use crate::harness::proc::{self, Id};
use crate::harness::{Hook, LONG, Shell, Term, World, holds, needs};

fn a_shell_runs_commands(shell: Shell) {
    if !needs(shell.name()) {
        return;
    }
    let world = World::new();
    let mut term = Term::shell(&world, shell, Hook::No);
    assert_eq!(term.run("true"), 0);
    assert_eq!(term.run("sh -c 'exit 42'"), 42);
    let own = term.id().stat().expect("a shell");
    assert_eq!((own.session, own.tpgid), (own.pid, own.pid), "the shell leads its session and has its terminal");
    assert_eq!(term.stty(&world), term.stty(&world));
    assert!(term.stty(&world).contains("rows 24"), "{}", term.modes());
    term.close();
    assert!(term.id().gone_within(LONG), "a shell ends with its terminal");
}

#[test]
fn bash_runs_commands() {
    a_shell_runs_commands(Shell::Bash);
}

#[test]
fn zsh_runs_commands() {
    a_shell_runs_commands(Shell::Zsh);
}

#[test]
fn fish_runs_commands() {
    a_shell_runs_commands(Shell::Fish);
}

/// Without pj the brood outlives its terminal: the beasts are what they are said to be.
#[test]
fn the_brood_outlives_a_plain_shell() {
    let world = World::new();
    let roster = world.bystanders("brood");
    let mut term = Term::shell(&world, Shell::Bash, Hook::No);
    term.line(&format!("beast {} brood", roster.path().display()));
    roster.ready("brood");
    let whole = roster.steady();
    holds("the walker has left the foreground", || roster.members().len() > whole.len() + 2);
    assert_eq!(whole.len(), 23, "16 kinds, the walker left out, seven more of the deep chain, the brood: {whole:?}");
    term.close();
    assert!(term.id().gone_within(LONG), "the shell ends");
    let kinds = ["deaf", "setsid", "daemon", "daemon-env", "fork-on-term", "ignore-hup", "term-only"];
    holds("those that do not hear HUP live", || {
        let alive = roster.alive();
        kinds.iter().all(|kind| alive.iter().any(|one| one.kind == *kind))
    });
    holds("the walker walks on", || roster.walks());
    assert!(world.ours().len() >= kinds.len());
}

#[test]
fn each_beast_is_what_it_says() {
    let world = World::new();
    let roster = world.bystanders("brood");
    let (_child, brood) = world.sh(&format!("exec beast {} brood", roster.path().display())).start();
    assert_eq!(roster.ready("brood"), brood);
    let one = |kind: &str| roster.ready(kind).stat().unwrap_or_else(|| panic!("{kind} lives"));
    assert_eq!(one("stopped").state, 'T');
    assert_eq!(one("setsid").session, one("setsid").pid);
    assert_eq!(one("own-group").pgrp, one("own-group").pid);
    assert_ne!(one("daemon").session, one("brood").session);
    assert!(proc::file(one("daemon-env").pid, "environ").is_empty());
    assert!(proc::mentions(one("plain").pid, "PJ_TEST="));
    assert!(!proc::mentions(one("scribbler").pid, "PJ_TEST="));
    let before = roster.members().len();
    holds("the walker walks", || roster.members().len() > before + 3);
    one("fork-on-term").id().signal(libc::SIGTERM);
    roster.ready("born-of-term");
    one("stopped").id().signal(libc::SIGTERM);
    one("stopped").id().signal(libc::SIGCONT);
    holds("its TERM handler ran", || roster.happened("stopped", "term"));
    one("restorer").id().signal(libc::SIGHUP);
    holds("the terminal was restored", || roster.happened("restorer", "restored"));
}

#[test]
fn an_identity_is_not_a_number() {
    let own = Id::of(std::process::id().cast_signed()).expect("ourselves");
    assert!(own.alive());
    let other = Id { start: own.start + 1, ..own };
    assert!(!other.alive() && !other.signal(0));
}

#[test]
fn a_command_is_run_to_its_end() {
    let world = World::new();
    world.sh("printf out; printf err >&2; exit 3").go().code(3).stdout("out").stderr("err");
    world.sh("kill -TERM $$").go().signal(15).silent();
    world.sh("cat").input(b"through").go().code(0).stdout("through").stderr("");
}
