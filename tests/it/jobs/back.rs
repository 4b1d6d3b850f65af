//! A wrapped job whose terminal has closed is taken back: `pj-wrap --reattach`, then `pj attach` from anywhere.

use crate::harness::{Hook, Job, Shell, Term, World, holds, needs};

/// Wraps this in a terminal with a registered shell, waits until it shows `up`, and closes the terminal.
fn closed(world: &World, wait: &str, command: &str, up: &str, keys: &str) -> Job {
    let mut term = Term::shell(world, Shell::Bash, Hook::Yes);
    term.line(&format!("pj-wrap --name subject --grace 1s --reattach {wait} {command}"));
    holds("the terminal is raw", || term.modes().contains("-icanon"));
    term.expect(up);
    term.type_(keys);
    holds("what was typed is shown", || term.screen().contains(keys.trim_end_matches('\x1b').trim_start_matches('i')));
    let job = world.job("subject");
    assert!(job.json["socket"].is_null(), "it has its own terminal: nobody else can come");
    term.close();
    waits(&job);
    job
}

/// It waits to be taken back.
fn waits(job: &Job) {
    let now = || job.again().is_some_and(|job| job.json["state"] == "detached" && job.json["waits_until"].is_u64());
    holds(&format!("it waits: {:?}", job.again().map(|job| job.json)), now);
}

fn attach(world: &World) -> Term {
    Term::command(world, &["pj", "attach", "subject"])
}

const ECHO: &str =
    "sh -c 'stty -echo; echo up; while read x; do echo heard $x; case $x in [0-9]) exit $x;; esac; done'";

#[test]
fn whoever_comes_in_time_gets_the_job_with_all_that_it_shows() {
    if !needs("vim") {
        return;
    }
    let world = World::new();
    let job = closed(&world, "20s", "vim -u NONE -N", "~", "ikept text\x1b");
    let mut term = attach(&world);
    holds("vim paints it again", || term.screen().contains("kept text"));
    holds("nothing is waited for any more", || {
        job.again().is_some_and(|job| job.json["waits_until"].as_u64().is_none_or(|at| at == 0))
    });
    term.type_(":q!\r");
    term.expect("has exited with 0");
    assert_eq!(term.wait().code(), Some(0));
    job.record_gone();
    world.no_guards();
}

#[test]
fn each_time_it_is_left_it_waits_again_and_then_it_ends() {
    let world = World::new();
    let job = closed(&world, "3s", ECHO, "up", "");
    let guard = job.guard();
    // A closed terminal, a killed client, the key: all the same.
    let mut first = attach(&world);
    first.line("one");
    first.expect("heard one");
    first.close();
    waits(&job);
    let mut second = attach(&world);
    second.expect("heard one");
    assert!(second.id().kill());
    second.wait();
    waits(&job);
    let mut third = attach(&world);
    third.expect("heard one");
    third.line("two");
    third.expect("heard two");
    third.type_("\x1d");
    third.expect("detached from");
    assert!(third.wait().success());
    waits(&job);
    assert!(guard.alive());
    job.record_gone();
    world.no_guards();
}

#[test]
fn its_exit_code_is_that_of_who_took_it_back() {
    let world = World::new();
    let job = closed(&world, "20s", ECHO, "up", "");
    let mut term = attach(&world);
    term.line("7");
    term.expect("has exited with 7");
    assert_eq!(term.wait().code(), Some(7));
    job.record_gone();
    world.no_guards();
}
