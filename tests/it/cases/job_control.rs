//! Ctrl-Z, `fg`, `bg`, `&`: the wrapped command is a job of the shell like any other.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Id, Shell, Term, World, holds};
use crate::stage::Stage;

fn runs(beast: Id) {
    holds("the command runs", || matches!(beast.state(), Some('S' | 'R')));
}

/// Ctrl-C ends it, and the shell goes on.
fn interrupt(stage: &mut Stage, beast: Id) {
    stage.term.type_("\x03");
    holds("Ctrl-C ends the command", || !beast.alive());
    assert_eq!(stage.term.run("true"), 0);
    stage.world.no_guards();
}

fn case_25_26_ctrl_z_stops_both_and_fg_resumes_both_again_and_again(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, beast) = stage.start("plain");
    for _ in 0..4 {
        stage.suspend(&job, beast);
        assert_eq!(stage.term.run("true"), 0, "the shell has its terminal");
        stage.term.line("fg");
        runs(beast);
        holds("the front runs", || matches!(job.front().state(), Some('S' | 'R')));
    }
    interrupt(&mut stage, beast);
}

fn resumed_in_the_background_it_leaves_the_modes_alone(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, beast) = stage.start("plain");
    stage.suspend(&job, beast);
    let before = stage.term.stty(&stage.world);
    stage.term.run("bg");
    runs(beast);
    assert_eq!(stage.term.stty(&stage.world), before, "the shell's modes are its own");
    stage.term.line("fg");
    holds("it has the terminal", || has_terminal(&stage, &job));
    interrupt(&mut stage, beast);
}

/// The front's group is the foreground of the user's terminal.
fn has_terminal(stage: &Stage, job: &crate::harness::Job) -> bool {
    let shell = stage.term.id().stat().expect("a shell");
    job.front().stat().is_some_and(|front| front.pgrp == shell.tpgid)
}

fn case_33_started_in_the_background_the_shell_keeps_foreground_and_modes(cell: Cell) {
    let mut stage = Stage::set(cell);
    let before = stage.term.stty(&stage.world);
    let line = format!("{} &", stage.wrapped("plain"));
    assert_eq!(stage.term.run(&line), 0);
    let beast = stage.roster.ready("plain");
    let job = stage.world.job("subject");
    assert_eq!(stage.term.stty(&stage.world), before);
    assert!(!has_terminal(&stage, &job));
    stage.term.line("fg");
    holds("it has the terminal", || has_terminal(&stage, &job));
    runs(beast);
    // bash sends no CONT to a job that runs: a key may be how the front learns that it is in the foreground. (The others
    // send one a moment later, which undoes a quick Ctrl-Z for any command.)
    if cell.shell == Shell::Bash {
        stage.suspend(&job, beast);
        assert_eq!(stage.term.run("true"), 0, "the shell has its terminal");
        stage.term.line("fg");
        runs(beast);
        holds("it has the terminal again", || has_terminal(&stage, &job));
    }
    interrupt(&mut stage, beast);
}

/// What stops itself as nobody can refuse is a stopped job for the shell, and `fg` resumes it.
fn case_29_a_child_that_stops_itself_takes_w_along(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, beast) = stage.start("self-stop");
    stage.term.expect(cell.shell.stopped());
    holds("both are stopped", || job.front().state() == Some('T') && beast.state() == Some('T'));
    let code = stage.term.run("fg");
    assert!(stage.roster.happened("self-stop", "resumed"));
    assert!(code == 7 || cell.shell == Shell::Fish, "its own code: {code}");
    stage.world.no_guards();
}

/// In the background it may not read the terminal: it is stopped, and `fg` lets it.
fn case_34_a_background_job_that_needs_the_terminal_is_stopped_and_fg_completes_it(cell: Cell) {
    let mut stage = Stage::set(cell);
    let line = format!("{} &", stage.wrapped("read-line"));
    assert_eq!(stage.term.run(&line), 0);
    let beast = stage.roster.ready("read-line");
    let job = stage.world.job("subject");
    holds("both are stopped", || job.front().state() == Some('T') && beast.state() == Some('T'));
    stage.term.line("fg");
    runs(beast);
    holds("it has the terminal", || has_terminal(&stage, &job));
    stage.term.line("hello");
    holds("it reads its line", || stage.roster.happened("read-line", "hello"));
    holds("it ends", || !job.front().alive());
}

/// STOP and TSTP sent to the front alone: the whole job stops with it, CONT resumes it.
fn case_27_tstp_to_w_alone_stops_the_child_too(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, beast) = stage.start("plain");
    assert!(job.front().signal(libc::SIGTSTP));
    stage.term.expect(cell.shell.stopped());
    holds("both are stopped", || job.front().state() == Some('T') && beast.state() == Some('T'));
    stage.term.line("fg");
    runs(beast);
    interrupt(&mut stage, beast);
}

everywhere! {
    case_25_26_ctrl_z_stops_both_and_fg_resumes_both_again_and_again;
    resumed_in_the_background_it_leaves_the_modes_alone;
    case_33_started_in_the_background_the_shell_keeps_foreground_and_modes;
    case_29_a_child_that_stops_itself_takes_w_along;
    case_34_a_background_job_that_needs_the_terminal_is_stopped_and_fg_completes_it;
    case_27_tstp_to_w_alone_stops_the_child_too;
}

/// The terminal's own command has nobody to suspend for: Ctrl-Z leaves nothing stopped.
fn no_shell_to_suspend_for(flags: &[&str]) {
    let world = World::new();
    let roster = world.roster("roster");
    let path = roster.path().to_string_lossy().into_owned();
    let argv: Vec<&str> = ["pj-wrap"].iter().chain(flags).copied().chain(["beast", &path, "plain"]).collect();
    let mut term = Term::command(&world, &argv);
    let beast = roster.ready("plain");
    term.type_("\x1a");
    holds("the command is not left stopped", || {
        let running = || matches!(beast.state(), Some('S' | 'R'));
        running() && matches!(term.id().state(), Some('S' | 'R')) && running()
    });
    term.type_("\x03");
    term.wait();
    world.no_guards();
}

#[test]
fn case_35_without_a_shell_ctrl_z_hangs_nobody_pty() {
    no_shell_to_suspend_for(&[]);
}

#[test]
fn case_35_without_a_shell_ctrl_z_hangs_nobody_direct() {
    no_shell_to_suspend_for(&["--direct"]);
}

/// A shell inside the job has job control of its own; Ctrl-Z there stops what runs there, not the job.
#[test]
fn a_shell_inside_has_its_own_jobs() {
    let mut stage = Stage::set(crate::stage::ANY);
    stage.term.line("pj-wrap --name subject --grace 1s bash -i");
    let job = stage.world.job("subject");
    stage.term.expect("ready> ");
    stage.term.line(&format!("beast {} plain", stage.roster.path().display()));
    let beast = stage.roster.ready("plain");
    stage.term.type_("\x1a");
    stage.term.expect("Stopped");
    assert_eq!(beast.state(), Some('T'));
    assert!(matches!(job.front().state(), Some('S' | 'R')), "the job itself goes on");
    // Until bash itself has seen it: it does not leave a stopped job behind, and `wait` does not wait for one.
    assert_eq!(stage.term.run_inside("kill -9 %1; while [ \"$(jobs -s)\" ]; do :; done; true"), 0);
    holds("the beast is gone", || !beast.alive());
    stage.term.line("exit 6");
    holds("the shell inside is gone", || !job.front().alive());
    assert_eq!(stage.term.run("true"), 0);
    stage.world.no_guards();
}
