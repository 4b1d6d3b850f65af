//! Front or guard is ended, killed or frozen: whoever is left finishes the work, and after both, one `pj-sweep`.

use super::scene::{Scene, Start};
use crate::harness::shells::everywhere;
use crate::harness::{Cell, Id, holds};

/// TERM to the front is `pj stop`.
fn front_asked_to_end(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    let front = scene.job.front();
    scene.fault();
    assert!(front.signal(libc::SIGTERM));
    scene.all_gone("front asked to end");
    assert!(scene.term.id().alive(), "the shell goes on");
    assert_eq!(scene.term.run("true"), 0);
}

fn front_killed(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    let front = scene.job.front();
    scene.fault();
    assert!(front.kill());
    scene.all_gone("front killed");
    assert_eq!(scene.term.run("true"), 0, "the shell goes on");
}

fn guard_killed(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    let guard = scene.job.guard();
    scene.fault();
    assert!(guard.kill());
    scene.all_gone("guard killed");
    assert_eq!(scene.term.run("true"), 0, "the shell goes on");
}

/// Wait for the census, then both at once.
fn kill_both(scene: &Scene) {
    let known: Vec<Id> = scene.roster.steady().iter().map(|one| one.id).collect();
    scene.job.lose_guards(&known);
}

/// One sweep, while the deaths are watched; a second one has nothing to do.
fn sweep(scene: &mut Scene, what: &str) {
    scene.again();
    let run = scene.world.sweep(&[]);
    let sweep = std::thread::spawn(move || run.go());
    scene.all_gone(what);
    let done = sweep.join().expect("the sweep ends").code(0);
    eprintln!("{what}: pj-sweep took {:?} and said {:?}", done.took, done.text());
    scene.world.sweep(&[]).go().code(0).silent();
}

/// The session lives on; the job is over all the same.
fn both_killed(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    scene.fault();
    kill_both(&scene);
    sweep(&mut scene, "both killed, sweep");
    assert_eq!(scene.term.run("true"), 0, "the shell goes on");
}

/// Shell and terminal go in the same moment. In pty mode the job's own terminal is hung up too, so whoever hears HUP
/// may be gone before the sweep.
fn both_killed_with_shell_and_terminal(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    scene.fault();
    kill_both(&scene);
    assert!(scene.term.id().kill());
    scene.term.close();
    sweep(&mut scene, "both killed with shell and terminal, sweep");
}

/// The front has left with the command; now the guard of the lingering brood is killed.
fn guard_killed_in_the_linger_phase(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Leaving);
    let known: Vec<Id> = scene.roster.steady().iter().map(|one| one.id).filter(|id| id.alive()).collect();
    scene.job.census_names(&known);
    let guard = scene.job.again().expect("a record").guard();
    scene.fault();
    assert!(guard.kill());
    holds("the guard is gone", || !guard.alive());
    sweep(&mut scene, "guard killed in the linger phase, sweep");
}

/// Nobody acts, nobody is dead: the sweep takes over from a stopped guard.
fn both_frozen(cell: Cell) {
    let mut scene = Scene::set(cell, Start::Foreground);
    let both = [scene.job.front(), scene.job.guard()];
    assert!(both.iter().all(|one| one.signal(libc::SIGSTOP)));
    scene.fault();
    scene.term.close();
    sweep(&mut scene, "both frozen, terminal closed, sweep");
}

everywhere! {
    front_asked_to_end;
    front_killed;
    guard_killed;
    both_killed;
    both_killed_with_shell_and_terminal;
    guard_killed_in_the_linger_phase;
    both_frozen;
}
