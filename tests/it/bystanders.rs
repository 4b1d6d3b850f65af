//! Those whom nothing of ours may touch, each in its own story; the matrix has the others with it at every fault.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Hook, Id, Job, Roster, Shell, Term, World, holds, needs};
use crate::stage::{ANY, Stage};
use std::time::Duration;

/// In place, and alive whenever it is asked.
struct Bystander(&'static str, Id);

impl Bystander {
    fn intact(&self) {
        assert!(self.1.alive(), "the bystander {} died", self.0);
    }
}

/// What ends the job while its bystander looks on.
#[derive(Clone, Copy)]
enum Fault {
    Terminal,
    Guard,
    Term,
}

/// A shell with a background job, which then becomes pj-wrap itself: children that it had before are strangers for ever.
fn exec_with_a_background_job(mode: &str, fault: Fault) {
    let world = World::new();
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    let (before, roster) = (world.bystanders("before"), world.roster("brood"));
    assert_eq!(term.run(&format!("beast {} deaf &", before.path().display())), 0);
    let bystander = Bystander("background job of the shell that became pj-wrap", before.ready("deaf"));
    let brood = roster.path().display();
    term.line(&format!("exec pj-wrap {mode}--name subject --grace 1s beast {brood} brood"));
    roster.ready("brood");
    let job = world.job("subject");
    assert_eq!(job.front(), term.id(), "the shell has become the front");
    known(&job, &roster);
    match fault {
        Fault::Terminal => term.close(),
        Fault::Guard => assert!(job.guard().kill()),
        Fault::Term => assert!(job.front().signal(libc::SIGTERM)),
    }
    roster.gone();
    holds("front and guard leave", || !job.front().alive() && !job.guard().alive());
    bystander.intact();
}

/// Wait for the census: a front that had children of its own before takes over from a killed guard only those that it
/// can prove, and who shed session and environment is proven by the census alone.
fn known(job: &Job, roster: &Roster) {
    let all: Vec<Id> = roster.steady().iter().map(|one| one.id).collect();
    job.census_names(&all);
}

#[test]
fn exec_then_terminal_closed_pty() {
    exec_with_a_background_job("", Fault::Terminal);
}

#[test]
fn exec_then_terminal_closed_direct() {
    exec_with_a_background_job("--direct ", Fault::Terminal);
}

#[test]
fn exec_then_guard_killed_pty() {
    exec_with_a_background_job("", Fault::Guard);
}

#[test]
fn exec_then_guard_killed_direct() {
    exec_with_a_background_job("--direct ", Fault::Guard);
}

#[test]
fn exec_then_asked_to_end_pty() {
    exec_with_a_background_job("", Fault::Term);
}

#[test]
fn exec_then_asked_to_end_direct() {
    exec_with_a_background_job("--direct ", Fault::Term);
}

/// `> >(reader)` makes the reader a child of the process that becomes the front: it reads to the end, unsignalled.
#[test]
fn a_reader_by_process_substitution() {
    let mut stage = Stage::set(ANY);
    let reader = stage.world.bystanders("reader");
    let (path, brood) = (reader.path().display().to_string(), stage.wrapped("brood"));
    stage.term.line(&format!("{brood} > >(exec beast {path} eof)"));
    stage.roster.ready("brood");
    let job = stage.world.job("subject");
    assert_eq!(job.json["terminal"], "direct", "a redirection is not proxied");
    known(&job, &stage.roster);
    assert!(job.guard().kill());
    stage.roster.gone();
    holds("the reader read to the end", || reader.events("eof") == ["0"]);
    assert_eq!(stage.term.run("true"), 0);
}

/// tmux with a private socket, named after the world.
fn tmux(line: &str) -> String {
    format!("tmux -L pjt -f /dev/null {line}")
}

/// A tmux server started from the registered shell, with a plain pane and one opened later that runs pj-wrap.
struct Tmux {
    plain: Id,
    wrapped: Id,
    in_pane: Roster,
}

fn tmux_with_panes(stage: &mut Stage) -> Tmux {
    let (plain, in_pane) = (stage.world.bystanders("plain"), stage.world.bystanders("pane"));
    let first = tmux(&format!("new-session -d -s s 'beast {} deaf'", plain.path().display()));
    assert_eq!(stage.term.run(&first), 0);
    let wrap =
        format!("pj-wrap --name pane --grace 1s beast {} brood --only deaf,setsid,daemon", in_pane.path().display());
    assert_eq!(stage.term.run(&tmux(&format!("new-window -n w '{wrap}'"))), 0);
    let (plain, wrapped) = (plain.ready("deaf"), in_pane.ready("brood"));
    Tmux { plain, wrapped, in_pane }
}

/// The shell that started the server goes; the server, its panes and the job in one of them stay. Then the pane goes.
fn tmux_outlives_the_shell_that_started_it(cell: Cell) {
    if !needs("tmux") {
        return;
    }
    let mut stage = Stage::set(cell);
    let panes = tmux_with_panes(&mut stage);
    let (job, _) = stage.start("brood --only deaf,setsid,plain");
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    assert!(panes.plain.alive() && panes.wrapped.alive(), "a pane died with the shell that had started the server");
    assert_eq!(panes.in_pane.alive().len(), 4);
    let kill = stage.world.sh(&tmux("kill-pane -t s:w")).go();
    assert_eq!(kill.status.code(), Some(0), "{}", kill.err);
    panes.in_pane.gone();
    assert!(panes.plain.alive(), "kill-pane ends that pane's job only");
    stage.world.no_guards();
}

everywhere! {
    tmux_outlives_the_shell_that_started_it;
}

/// Detaching, by the key or because the client's terminal is gone, kills nothing.
#[test]
fn detach_kills_nothing() {
    if !needs("tmux") {
        return;
    }
    let mut stage = Stage::set(ANY);
    let panes = tmux_with_panes(&mut stage);
    let clients = |world: &World| String::from_utf8_lossy(&world.sh(&tmux("list-clients")).go().out).lines().count();
    let mut second = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
    for by_closing in [false, true] {
        second.line(&tmux("attach -t s"));
        holds("the client is attached", || clients(&stage.world) == 1);
        if by_closing {
            second.close();
        } else {
            second.type_("\x02d");
        }
        holds("the client has gone", || clients(&stage.world) == 0);
        stage.world.sweep(&[]).go().code(0).silent();
        assert!(panes.plain.alive() && panes.wrapped.alive());
        assert!(!panes.wrapped.gone_within(Duration::from_millis(300)), "detaching ended the pane's job");
    }
    assert_eq!(panes.in_pane.alive().len(), 4);
}

/// A multiplexer and a browser born *inside* the tree are protected, with everything below them.
fn protected_inside(cell: Cell, ends: impl FnOnce(&mut Stage)) {
    if !needs("tmux") {
        return;
    }
    let mut stage = Stage::set(cell);
    std::fs::copy(crate::harness::world::beast(), stage.world.path("bin/firefox")).expect("a browser");
    let (pane, browser) = (stage.world.bystanders("pane"), stage.world.bystanders("browser"));
    let brood = stage.roster.path().display().to_string();
    let server = tmux(&format!("new-session -d -s inner \"beast {} brood --only deaf,plain\"", pane.path().display()));
    // As a desktop starts one: the kernel's own hang-up of a terminal goes to whoever stands in its foreground.
    let firefox = format!(
        "setsid firefox {} brood --only plain,setsid,deaf --as {}",
        browser.path().display(),
        crate::harness::world::beast().display()
    );
    let script =
        format!("#!/bin/sh\n{server}\n{firefox} &\nexec beast {brood} brood --only plain,deaf,setsid,daemon\n");
    let script = stage.world.script("inside", &script);
    stage.term.line(&format!("pj-wrap {}--name subject --grace 1s {}", cell.mode.flag(), script.display()));
    for roster in [&stage.roster, &pane, &browser] {
        roster.ready("brood");
    }
    let all: Vec<_> = [pane.steady(), browser.steady()].concat();
    assert_eq!(all.len(), 3 + 4);
    ends(&mut stage);
    stage.roster.gone();
    let dead: Vec<_> = all.iter().filter(|one| !one.id.alive()).collect();
    assert!(dead.is_empty(), "protected ones died: {dead:?}");
}

fn protected_when_the_shell_is_killed(cell: Cell) {
    protected_inside(cell, |stage| assert!(stage.term.id().kill()));
}

fn protected_when_both_guards_are_killed(cell: Cell) {
    protected_inside(cell, |stage| {
        let job = stage.world.job("subject");
        stage.kill_both(&job);
        let done = stage.world.sweep(&[]).go();
        assert!(done.text().contains("tmux") && done.text().contains("firefox"), "not named: {}", done.text());
    });
}

fn protected_when_the_guard_is_killed(cell: Cell) {
    protected_inside(cell, |stage| assert!(stage.world.job("subject").guard().kill()));
}

everywhere! {
    protected_when_the_shell_is_killed;
    protected_when_both_guards_are_killed;
    protected_when_the_guard_is_killed;
}
