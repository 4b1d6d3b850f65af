//! Signals sent to the front are the command's, each exactly once; TERM is `pj stop`.

use super::seen::{Play, WAYS, Way};
use crate::harness::shells::everywhere;
use crate::harness::{Cell, Mode, Shell, World, holds};
use crate::stage::{ANY, Stage};
use std::time::Duration;

/// Each of these, sent to the front, is seen by the command, and nothing else is.
fn case_12_what_is_sent_to_w_the_child_sees(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, _) = stage.start("signals 6");
    let sent = [
        (libc::SIGINT, "SIGINT"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGUSR2, "SIGUSR2"),
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGINT, "SIGINT"),
    ];
    for (n, (signal, _)) in sent.iter().enumerate() {
        assert!(job.front().signal(*signal));
        holds("the command has it", || stage.roster.events("signals").len() == n + 1);
    }
    let names: Vec<&str> = sent.iter().map(|(_, name)| *name).collect();
    assert_eq!(stage.roster.events("signals"), names);
    holds("it leaves after six", || !job.front().alive());
    assert_eq!(stage.term.run("true"), 0);
}

/// Ctrl-C is one INT.
fn case_19_ctrl_c_is_exactly_one_int(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, _) = stage.start("signals 2");
    stage.term.type_("\x03");
    holds("the command has it", || !stage.roster.events("signals").is_empty());
    assert!(!job.front().gone_within(Duration::from_millis(100)));
    stage.term.type_("\x03");
    holds("it leaves after two", || !job.front().alive());
    assert_eq!(stage.roster.events("signals"), ["SIGINT", "SIGINT"]);
}

/// A command that handles TERM and leaves: its own code, at once.
fn case_13_term_to_w_runs_the_childs_handler_and_w_returns_its_code(cell: Cell) {
    let stage = Stage::set(cell);
    let line = format!("pj-wrap {}--name subject beast {} signals 1", cell.mode.flag(), stage.roster.path().display());
    stage.term.line(&line);
    stage.roster.ready("signals");
    let job = stage.world.job("subject");
    assert!(job.front().signal(libc::SIGTERM));
    holds("it leaves long before the grace is over", || !job.front().alive());
    assert_eq!(stage.roster.events("signals"), ["SIGTERM"]);
    job.record_gone();
}

everywhere! {
    case_12_what_is_sent_to_w_the_child_sees;
    case_19_ctrl_c_is_exactly_one_int;
    case_13_term_to_w_runs_the_childs_handler_and_w_returns_its_code;
}

/// Without a terminal: forwarded too, and the code is the command's.
#[test]
fn case_22_a_signal_from_a_script_without_job_control_is_forwarded() {
    let world = World::new();
    let roster = world.roster("roster");
    let path = roster.path().to_string_lossy().into_owned();
    let (mut child, front) = world.wrap(&["beast", &path, "signals", "2"]).start();
    roster.ready("signals");
    front.signal(libc::SIGUSR1);
    holds("the command has it", || roster.happened("signals", "SIGUSR1"));
    front.signal(libc::SIGTERM);
    assert_eq!(crate::harness::cmd::wait(&mut child, "pj-wrap").code(), Some(9));
    world.no_guards();
}

/// The command signals its front, and so do members of its group: nothing comes back, and TERM ends nothing. What we
/// send is passed on as ever, and comes after all that could have come before. (Who has sent a signal is asked when the
/// front reads it, so these senders live on.)
#[test]
fn case_14_15_what_the_tree_sends_to_w_is_not_sent_back() {
    const SIGNALS: &str = "TERM HUP INT QUIT USR1";
    for mode in [Mode::Pty, Mode::Direct] {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let path = stage.roster.path().display().to_string();
        let script = format!(
            "#!/bin/sh\nfor s in {SIGNALS} USR2; do trap \"echo event sh $s 0 >> {path}\" $s; done\n\
             front=$(ps -o ppid= -p $PPID)\n\
             for s in {SIGNALS}; do kill -$s $front; sh -c \"kill -$s $front; exec beast {path} polite\" & done\n\
             beast {path} plain & wait $!; wait $!; exit 3\n"
        );
        stage.world.script("reflect", &script);
        stage.term.line(&format!("pj-wrap {}--name subject reflect; echo CO\"\"DE:$?.", mode.flag()));
        let beast = stage.roster.ready("plain");
        let all = || stage.roster.members().iter().filter(|one| one.id.alive()).count() == 6;
        holds("all have sent theirs, and live", all);
        let front = stage.world.job("subject").front();
        assert!(front.signal(libc::SIGUSR2));
        holds("the command has what we sent", || stage.roster.happened("sh", "USR2"));
        assert!(all() && front.alive(), "{mode:?}: somebody was ended");
        assert!(beast.kill());
        assert_eq!(stage.term.expect_until("CODE:", "."), "3");
        assert_eq!(stage.roster.events("sh"), ["USR2"], "{mode:?}: its own signals came back");
        for one in stage.roster.members() {
            one.id.kill();
        }
        stage.world.no_guards();
    }
}

/// `kill -USR1 %1`: the command hears it and goes on, its child dies of it. The kernel does not say whether a signal was
/// for one process or for its group, so what is sent to the front is for the command alone; in direct mode the child is
/// in the shell's group as it would be without us. What a key sends reaches the group in every mode.
#[test]
fn case_24_a_signal_for_the_group_reaches_the_grandchild_but_for_pty_mode() {
    let world = World::new();
    for way in WAYS {
        for by_key in [false, true] {
            let mut play = Play::set(&world, Shell::Bash, way);
            let path = play.roster.path().display().to_string();
            let trap = format!("trap 'echo event group {way:?} 0 >> {path}' USR1 QUIT");
            world.script("group", &format!("#!/bin/sh\n{trap}\nbeast {path} plain\nexit 4\n"));
            play.line(if by_key { "W group" } else { "W group &" });
            let child = play.roster.ready("plain");
            if by_key {
                play.awaits_input("beast");
                play.term.type_("\x1c");
            } else {
                play.line("kill -USR1 %1");
            }
            if way == Way::Pty && !by_key {
                assert!(!child.gone_within(Duration::from_millis(200)), "only the command was meant");
                assert!(child.kill());
            }
            holds("the child is gone", || !child.alive());
            holds("the command has it", || play.roster.happened("group", &format!("{way:?}")));
            play.roster.gone();
            world.no_guards();
        }
    }
}

/// Without an owner there is nothing to linger for: what the command leaves is ended right away.
#[test]
fn case_110_helpers_that_are_left_without_a_session_are_ended_and_the_status_is_the_childs() {
    let world = World::new();
    let roster = world.roster("roster");
    let path = roster.path().to_string_lossy().into_owned();
    let args = [
        "--grace",
        "500ms",
        "beast",
        &path,
        "brood",
        "--leave",
        "--code",
        "4",
        "--only",
        "plain,deaf,setsid,daemon,daemon-env",
    ];
    world.wrap(&args).go().code(4).silent();
    roster.gone();
    world.no_guards();
    assert!(world.jobs().is_empty());
}

/// `--on-exit end` does so in a session too.
#[test]
fn case_110_the_same_on_request_in_a_session() {
    let mut stage = Stage::set(ANY);
    let line = stage
        .wrapped("brood --leave --code 4 --only plain,deaf,setsid,daemon")
        .replace("--name", "--on-exit end --name");
    assert_eq!(stage.term.run(&line), 4);
    stage.roster.gone();
    stage.world.no_guards();
    assert!(stage.world.jobs().is_empty());
}
