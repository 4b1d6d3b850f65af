//! The session ends: by its terminal, by its shell, while the job runs, is suspended, or lingers.

use super::scene::{Scene, Start};
use crate::harness::shells::everywhere;
use crate::harness::{Cell, Hook, Term, World, holds};

fn terminal_closed(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    scene.fault();
    scene.term.close();
    scene.all_gone("terminal closed");
}

fn shell_killed(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    scene.fault();
    assert!(scene.term.id().kill());
    scene.all_gone("shell killed");
}

/// The job is in the background; the shell is asked to exit, twice where it warns of its jobs first.
fn shell_exits(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Background);
    scene.fault();
    let shell = scene.term.id();
    scene.term.line("exit");
    holds("the shell is gone, or warns of its jobs", || !shell.alive() || scene.term.saw("jobs"));
    if shell.alive() {
        scene.term.line("exit");
        holds("the shell exits at the second time", || !shell.alive());
    }
    scene.again();
    scene.all_gone("shell exited");
}

/// Ctrl-Z, then the terminal goes: nobody is left stopped.
fn terminal_closed_while_suspended(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Suspended);
    scene.fault();
    scene.term.close();
    scene.all_gone("terminal closed while suspended");
}

/// The command has gone, its brood lingers under the guard as long as the session lives.
fn terminal_closed_after_the_command(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Leaving);
    scene.fault();
    scene.term.close();
    scene.all_gone("terminal closed after the command");
}

everywhere! {
    terminal_closed;
    shell_killed;
    shell_exits;
    terminal_closed_while_suspended;
    terminal_closed_after_the_command;
    without_the_hook;
}

/// A shell that never registered: the leader of the kernel's session is the owner.
fn without_the_hook(cell: Cell) {
    let world = World::new();
    let mut term = Term::shell(&world, cell.shell, Hook::No);
    let roster = world.roster("brood");
    let path = roster.path().display();
    term.line(&format!("pj-wrap {}--name subject --grace 1s beast {path} brood", cell.mode.flag()));
    roster.ready("brood");
    let job = world.job("subject");
    assert_eq!(job.json["owner"]["session"]["pid"].as_i64(), Some(term.id().pid.into()), "{}", job.json["owner"]);
    term.close();
    roster.gone();
    job.record_gone();
}

/// The terminal's own command: no shell, no owner, the job's life is the front's.
fn without_a_shell(flags: &[&str]) {
    let world = World::new();
    let roster = world.roster("brood");
    let path = roster.path().to_string_lossy().into_owned();
    let own = ["--name", "subject", "--grace", "1s", "beast", &path, "brood"];
    let argv: Vec<&str> = ["pj-wrap"].iter().chain(flags).chain(&own).copied().collect();
    let mut term = Term::command(&world, &argv);
    roster.ready("brood");
    let job = world.job("subject");
    assert!(job.json["owner"]["session"].is_null(), "{}", job.json["owner"]);
    term.close();
    roster.gone();
    job.record_gone();
    world.no_guards();
}

#[test]
fn without_a_shell_pty() {
    without_a_shell(&[]);
}

#[test]
fn without_a_shell_direct() {
    without_a_shell(&["--direct"]);
}
