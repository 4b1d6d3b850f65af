//! The session ends: by its terminal, by its shell, while the job runs, is suspended, or lingers.

use super::scene::{Scene, Start};
use crate::harness::shells::everywhere;
use crate::harness::{Cell, holds};

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
}
