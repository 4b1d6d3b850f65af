//! How the command ended is how `pj-wrap` ends.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Shell, Term, World};
use crate::stage::{ANY, Stage};
use std::fs;
use std::os::unix::process::ExitStatusExt;

const CODES: &[i32] = &[0, 1, 2, 32, 64, 125, 126, 127, 128, 143, 254, 255];
const SIGNALS: &[(&str, i32)] = &[
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ABRT", 6),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("PIPE", 13),
    ("TERM", 15),
];

fn case_01_the_child_exits_with_a_code_and_w_with_the_same(cell: Cell) {
    let mut stage = Stage::set(cell);
    for code in CODES {
        assert_eq!(stage.term.run(&format!("pj-wrap {}sh -c 'exit {code}'", cell.mode.flag())), *code);
    }
}

/// The loop ends because its command died *of the signal*.
fn case_11_ctrl_c_in_a_loop_of_wraps_ends_the_loop(cell: Cell) {
    let mut stage = Stage::set(cell);
    let line = match cell.shell {
        Shell::Fish => format!("while true; {}; end", stage.wrapped("plain")),
        _ => format!("while :; do {}; done", stage.wrapped("plain")),
    };
    stage.term.line(&line);
    let beast = stage.roster.ready("plain");
    stage.term.type_("\x03");
    crate::harness::holds("the beast is gone", || !beast.alive());
    assert_eq!(stage.term.run("true"), 0, "the loop has ended");
    assert_eq!(stage.roster.members().len(), 1, "no second round: {:?}", stage.roster.members());
}

everywhere! {
    case_01_the_child_exits_with_a_code_and_w_with_the_same;
    case_11_ctrl_c_in_a_loop_of_wraps_ends_the_loop;
}

#[test]
fn case_02_all_256_codes() {
    let world = World::new();
    for code in 0..=255 {
        world.wrap(&["sh", "-c", &format!("exit {code}")]).go().code(code).silent();
    }
}

#[test]
fn case_04_a_child_killed_by_a_signal_and_w_dies_of_it_without_a_core() {
    let world = World::new();
    for (name, number) in SIGNALS {
        world.wrap(&["sh", "-c", &format!("kill -s {name} $$")]).go().signal(*number).silent();
    }
}

#[test]
fn case_04_the_same_on_a_terminal() {
    let world = World::new();
    for (name, number) in SIGNALS {
        let mut term = Term::command(&world, &["pj-wrap", "sh", "-c", &format!("kill -s {name} $$")]);
        let status = term.wait();
        assert_eq!(status.signal(), Some(*number), "{name}: {status}\n{}", term.screen());
        assert!(!status.core_dumped(), "{name}: no core of ours");
    }
}

#[test]
fn case_05_a_missing_command_is_127_and_named() {
    let world = World::new();
    world.wrap(&["no-such-command"]).go().code(127).says("pj: cannot run no-such-command: ").says("hint:").stdout("");
    world.wrap(&["./no/such/path"]).go().code(127).says("pj: cannot run ./no/such/path: ").stdout("");
    crate::harness::holds("no record stays of what never ran", || world.jobs().is_empty());
}

#[test]
fn case_06_a_directory_or_what_is_not_executable_is_126() {
    let world = World::new();
    let file = world.home().join("plain");
    fs::write(&file, "text").expect("a file");
    let file = file.to_string_lossy().into_owned();
    world.wrap(&[&file]).go().code(126).says(&format!("pj: cannot run {file}: ")).stdout("");
    let dir = world.home().to_string_lossy().into_owned();
    world.wrap(&[&dir]).go().code(126).says(&format!("pj: cannot run {dir}: ")).stdout("");
}

/// A bare name that is a directory in the search path is not found, as in every shell.
#[test]
fn case_07_exec_fails_and_the_terminal_is_as_it_was() {
    let mut stage = Stage::set(ANY);
    let before = stage.term.stty(&stage.world);
    assert_eq!(stage.term.run("pj-wrap no-such-command"), 127);
    assert_eq!(stage.term.run("pj-wrap /"), 126);
    assert_eq!(stage.term.stty(&stage.world), before);
}

#[test]
fn wrong_usage() {
    let world = World::new();
    world.wrap(&[]).go().code(125).stdout("").says("pj: ");
    world.wrap(&["--no-such-flag", "true"]).go().code(125).stdout("").says("--no-such-flag");
    world.wrap(&["--grace", "soon", "true"]).go().code(125).stdout("").says("soon");
    world.wrap(&["--on-exit", "never", "true"]).go().code(125).stdout("").says("never");
}

/// The first word that is no flag ends pj's flags.
#[test]
fn flags_of_the_command_are_the_command_s() {
    let world = World::new();
    world.wrap(&["echo", "--name", "x", "-n"]).go().code(0).stdout("--name x -n\n").stderr("");
    world.wrap(&["--", "echo", "--", "-n"]).go().code(0).stdout("-- -n\n").stderr("");
}

/// Started with SIGCHLD ignored, statuses would vanish.
#[test]
fn case_10_started_with_sigchld_ignored_the_status_is_still_right() {
    let world = World::new();
    for _ in 0..20 {
        world.wrap(&["sh", "-c", "exit 3"]).dispose(&[libc::SIGCHLD], &[], &[]).go().code(3).silent();
    }
}

/// On a terminal a thousand times, in `streams`.
#[test]
fn case_09_without_a_terminal_quick_exits_never_lose_their_status() {
    let world = World::new();
    let script = "i=0; while [ $i -lt 150 ]; do pj-wrap sh -c 'exit 5'; [ $? = 5 ] || exit 1; i=$((i+1)); done";
    world.sh(script).go().code(0).silent();
}
