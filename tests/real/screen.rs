//! GNU screen with a socket directory of the world's.

use crate::harness::eventually::holds;
use crate::harness::{Id, Run, Shell, Term, World};
use crate::seat::{Keyboard, Seat};
use crate::stage::Stage;

/// The command line up to the first option; sockets and configuration are ours.
fn start(world: &World) -> [String; 5] {
    let sockets = format!("SCREENDIR={}", world.text("run"));
    ["env".to_owned(), sockets, "screen".to_owned(), "-c".to_owned(), world.text("screenrc")]
}

fn words<'a>(start: &'a [String; 5], args: &[&'a str]) -> Vec<&'a str> {
    start.iter().map(String::as_str).chain(args.iter().copied()).collect()
}

/// One command to the server.
fn ask(world: &World, args: &[&str]) {
    let start = start(world);
    let words = words(&start, &[&["-S", "main"], args].concat());
    Run::new(world, words[0], &words[1..]).go().code(0);
}

/// A client in a terminal, with this program in the first window.
fn open(world: &World, argv: &[&str]) -> Seat {
    std::fs::write(world.path("screenrc"), "startup_message off\n").expect("a screenrc");
    let start = start(world);
    Seat::term(Term::command(world, &words(&start, &[&["-S", "main"], argv].concat())))
}

pub(crate) fn alone(world: &World, shell: Shell) -> Seat {
    open(world, shell.argv())
}

/// With a neighbour in the first window; the shell has the second, which is shown.
pub(crate) fn with_window(world: &World, shell: Shell) -> Seat {
    let roster = world.bystanders("neighbour");
    let path = roster.path().display();
    world.script("w-neighbour", &format!("#!/bin/sh\nexec pj-wrap --name neighbour beast {path} deaf\n"));
    let mut seat = open(world, &["w-neighbour"]);
    roster.ready("deaf");
    ask(world, &[&["-X", "screen"], shell.argv()].concat());
    seat.neighbours.push(roster);
    seat
}

pub(crate) fn kill(stage: &mut Stage) {
    ask(&stage.world, &["-p", "1", "-X", "kill"]);
}

pub(crate) fn quit(stage: &mut Stage) {
    ask(&stage.world, &["-X", "quit"]);
}

/// Its socket is named after its pid.
fn server(world: &World) -> Option<Id> {
    let entries = std::fs::read_dir(world.path("run")).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let pid = names.filter_map(|name| name.strip_suffix(".main")?.parse().ok()).next()?;
    Id::of(pid)
}

/// Detach, attach again, and kill that client: the session does not notice.
pub(crate) fn detach(stage: &mut Stage) {
    let client = stage.seat.client();
    ask(&stage.world, &["-d"]);
    holds("the client has left", || !client.alive());
    stage.nobody_dies("detach");
    let start = start(&stage.world);
    let mut term = Term::command(&stage.world, &words(&start, &["-r", "main"]));
    term.expect("w-front");
    stage.seat.keyboard = Keyboard::Term(Box::new(term));
    assert!(stage.seat.client().kill());
    stage.nobody_dies("the client's end");
}

pub(crate) fn server_killed(stage: &mut Stage) {
    assert!(server(&stage.world).expect("the server lives").kill());
}
