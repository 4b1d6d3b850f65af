//! After any end the terminal is as it was: its modes, and what the command had armed in it.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Mode, holds, proc};
use crate::stage::{ANY, Stage};

/// `stty -a` before and after, byte for byte.
fn unchanged(cell: Cell, act: impl FnOnce(&mut Stage)) {
    let mut stage = Stage::set(cell);
    let before = stage.term.stty(&stage.world);
    act(&mut stage);
    assert_eq!(stage.term.run("true"), 0);
    as_it_was(&mut stage, &before);
    stage.roster.gone();
}

/// As before; where only the shell can undo it (direct mode, or the front is gone and the shell was faster than the
/// guard), at least as the same shell leaves it after the same end of the bare command.
fn as_it_was(stage: &mut Stage, before: &str) {
    let after = stage.term.stty(&stage.world);
    let front_killed = std::thread::current().name().is_some_and(|name| name.contains("front_killed"));
    if after != before && (front_killed || stage.cell.mode == Mode::Direct) {
        assert_eq!(after, bare(stage.cell), "neither as before nor as without pj");
        eprintln!("{:?} leaves the terminal so by itself", stage.cell.shell);
    } else {
        assert_eq!(after, before);
    }
}

/// What the shell makes of its terminal when a bare command is killed in raw mode.
fn bare(cell: Cell) -> String {
    let mut stage = Stage::set(cell);
    stage.term.line(&format!("beast {} raw", stage.roster.path().display()));
    let beast = stage.roster.ready("raw");
    stage.raw();
    assert!(beast.kill());
    assert_eq!(stage.term.run("true"), 0);
    stage.term.stty(&stage.world)
}

fn case_43_the_modes_before_and_after_are_identical(cell: Cell) {
    unchanged(cell, |stage| assert_eq!(stage.term.run(&format!("pj-wrap {}true", cell.mode.flag())), 0));
}

fn case_54_the_child_is_killed_in_raw_mode(cell: Cell) {
    unchanged(cell, |stage| {
        let (job, beast) = stage.start("raw");
        stage.raw();
        assert!(beast.kill());
        holds("the front leaves", || !job.front().alive());
    });
}

fn case_53_w_is_killed_in_raw_mode_and_the_next_prompt_is_usable_front_killed(cell: Cell) {
    unchanged(cell, |stage| {
        let (job, _) = stage.start("raw");
        stage.raw();
        assert!(job.front().kill());
        stage.roster.gone();
        holds("the guard leaves", || !job.guard().alive());
    });
}

fn case_53_the_same_with_the_guard_killed(cell: Cell) {
    unchanged(cell, |stage| {
        let (job, _) = stage.start("raw");
        stage.raw();
        assert!(job.guard().kill());
        stage.roster.gone();
        holds("the front leaves", || !job.front().alive());
    });
}

fn suspended_and_back(cell: Cell) {
    unchanged(cell, |stage| {
        let (job, beast) = stage.start("plain");
        stage.suspend(&job, beast);
        stage.term.line("fg");
        holds("it runs", || beast.state() == Some('S'));
        stage.term.type_("\x03");
        holds("it ends", || !job.front().alive());
    });
}

/// While it is suspended the shell has sane modes, although the command had set raw ones.
fn case_41_stopped_from_outside_in_raw_mode_the_prompt_is_sane(cell: Cell) {
    let mut stage = Stage::set(cell);
    let before = stage.term.stty(&stage.world);
    let (job, beast) = stage.start("raw");
    stage.raw();
    assert!(beast.signal(libc::SIGSTOP));
    stage.term.expect(cell.shell.stopped());
    as_it_was(&mut stage, &before);
    assert!(beast.kill());
    stage.term.run("fg");
    holds("the front leaves", || !job.front().alive());
    as_it_was(&mut stage, &before);
}

everywhere! {
    case_43_the_modes_before_and_after_are_identical;
    case_54_the_child_is_killed_in_raw_mode;
    case_53_w_is_killed_in_raw_mode_and_the_next_prompt_is_usable_front_killed;
    case_53_the_same_with_the_guard_killed;
    suspended_and_back;
    case_41_stopped_from_outside_in_raw_mode_the_prompt_is_sane;
}

/// What pops each armed mode, in any of its spellings.
const POPS: &[(&str, &[&str])] = &[
    ("alternate screen", &["\x1b[?1049l"]),
    ("mouse clicks", &["\x1b[?1000l"]),
    ("mouse motion", &["\x1b[?1002l"]),
    ("mouse encoding", &["\x1b[?1006l"]),
    ("focus", &["\x1b[?1004l"]),
    ("paste", &["\x1b[?2004l"]),
    ("cursor", &["\x1b[?25h"]),
    ("cursor keys", &["\x1b[?1l"]),
    ("keypad", &["\x1b>"]),
    ("kitty keyboard", &["\x1b[<u", "\x1b[<1u"]),
    ("modifyOtherKeys", &["\x1b[>4;0m", "\x1b[>4m"]),
];

fn never_popped(raw: &[u8]) -> Vec<&'static str> {
    let popped = |ways: &&[&str]| ways.iter().any(|way| proc::contains(raw, way));
    POPS.iter().filter(|(_, ways)| !popped(ways)).map(|(name, _)| *name).collect()
}

/// Armed by a command that then dies without taking it back.
fn popped_after(act: impl FnOnce(&Stage)) {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("arm");
    holds("the modes are armed", || stage.term.saw("\x1b[?1049h") && stage.term.saw("\x1b="));
    let from = stage.term.raw().len();
    act(&stage);
    holds("front and guard are gone", || !job.front().alive() && !job.guard().alive());
    assert_eq!(stage.term.run("true"), 0);
    let raw = stage.term.raw();
    let left = never_popped(&raw[from..]);
    assert!(left.is_empty(), "left armed: {left:?}; came: {:?}", String::from_utf8_lossy(&raw[from..]));
}

#[test]
fn case_54_armed_modes_are_off_after_the_child_is_killed() {
    popped_after(|stage| assert!(stage.roster.ready("arm").kill()));
}

#[test]
fn case_54_armed_modes_are_off_after_the_job_is_ended() {
    popped_after(|stage| assert!(stage.world.job("subject").front().signal(libc::SIGTERM)));
}

#[test]
fn case_54_armed_modes_are_off_after_the_guard_is_killed() {
    popped_after(|stage| assert!(stage.world.job("subject").guard().kill()));
}

#[test]
fn case_54_armed_modes_are_off_after_the_front_is_killed() {
    popped_after(|stage| assert!(stage.world.job("subject").front().kill()));
}

#[test]
fn case_39_w_is_killed_while_it_is_suspended_and_armed_modes_are_off() {
    popped_after(|stage| {
        let (job, beast) = (stage.world.job("subject"), stage.roster.ready("arm"));
        stage.term.type_("\x1a");
        holds("both are stopped", || job.front().state() == Some('T') && beast.state() == Some('T'));
        assert!(job.front().kill());
        stage.roster.gone();
    });
}

/// A command that takes its modes back itself: nothing is added.
#[test]
fn case_55_a_child_that_pops_its_modes_gets_nothing_added() {
    let mut stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    let mut between = |wrap: &str| {
        let from = stage.term.raw().len();
        assert_eq!(stage.term.run(&format!("{wrap}beast {path} arm --pop; printf 'THE%s\\n' END")), 0);
        let raw = stage.term.raw();
        let text = String::from_utf8_lossy(&raw[from..]).into_owned();
        let start = text.find("\x1b[?1049h").expect("armed");
        let end = text.find("THEEND").expect("printed");
        text[start..end].to_owned()
    };
    let bare = between("");
    assert_eq!(between("pj-wrap "), bare);
}
