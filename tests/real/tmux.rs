//! tmux with a socket of its own in the world's directory, so that the server is the world's.

use crate::harness::eventually::holds;
use crate::harness::proc;
use crate::harness::{Id, Run, Shell, Term, World};
use crate::seat::{Keyboard, Seat};
use crate::stage::Stage;

const START: [&str; 5] = ["tmux", "-L", "pj", "-f", "/dev/null"];

/// One command to the server.
pub(crate) fn ask(world: &World, args: &[&str]) -> String {
    let done = Run::new(world, START[0], &[&START[1..], args].concat()).go().code(0);
    String::from_utf8_lossy(&done.out).trim().to_owned()
}

pub(crate) fn alone(world: &World, shell: Shell) -> Seat {
    Seat::term(Term::command(world, &[&START, &["new-session", "-s", "main"][..], shell.argv()].concat()))
}

/// A wrapped deaf one that is started by this command of tmux.
fn neighbour(world: &World, seat: &mut Seat, args: &[&str]) {
    let roster = world.bystanders("neighbour");
    let path = roster.path().display();
    world.script("w-neighbour", &format!("#!/bin/sh\nexec pj-wrap --name neighbour beast {path} deaf\n"));
    holds("the server takes commands", || {
        Run::new(world, START[0], &[&START[1..], &["ls"]].concat()).go().status.success()
    });
    ask(world, &[args, &["w-neighbour"]].concat());
    roster.ready("deaf");
    seat.neighbours.push(roster);
}

/// With a neighbour in another pane of the same window.
pub(crate) fn with_pane(world: &World, shell: Shell) -> Seat {
    let mut seat = alone(world, shell);
    neighbour(world, &mut seat, &["split-window", "-d", "-t", "main:0"]);
    seat
}

/// With a neighbour in another session.
pub(crate) fn with_session(world: &World, shell: Shell) -> Seat {
    let mut seat = alone(world, shell);
    neighbour(world, &mut seat, &["new-session", "-d", "-s", "other"]);
    seat
}

pub(crate) fn kill_pane(stage: &mut Stage) {
    ask(&stage.world, &["kill-pane", "-t", "main:0.0"]);
}

pub(crate) fn kill_session(stage: &mut Stage) {
    ask(&stage.world, &["kill-session", "-t", "main"]);
}

pub(crate) fn kill_server(stage: &mut Stage) {
    ask(&stage.world, &["kill-server"]);
}

pub(crate) fn server(world: &World) -> Id {
    let pid = ask(world, &["display-message", "-p", "-t", "main", "#{pid}"]);
    proc::stat(pid.parse().expect("a pid")).expect("the server lives").id()
}

/// Detach, attach again, and kill that client: the session does not notice.
pub(crate) fn detach(stage: &mut Stage) {
    let client = stage.seat.client();
    ask(&stage.world, &["detach-client", "-s", "main"]);
    holds("the client has left", || !client.alive());
    stage.nobody_dies("detach");
    let term = Term::command(&stage.world, &[&START, &["attach-session", "-t", "main"][..]].concat());
    stage.seat.keyboard = Keyboard::Term(Box::new(term));
    holds("the client is back", || ask(&stage.world, &["list-clients"]).lines().count() == 1);
    assert!(stage.seat.client().kill());
    stage.nobody_dies("the client's end");
}

pub(crate) fn server_killed(stage: &mut Stage) {
    assert!(server(&stage.world).kill());
}
