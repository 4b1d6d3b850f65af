//! The window's size, pixels too, and the terminal's modes: the command's terminal is like the user's.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Mode, holds};
use crate::stage::{ANY, Stage};
use std::fs;

fn case_44_45_the_outer_size_at_the_start_and_when_it_changes(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (_, beast) = stage.start("size");
    assert_eq!(stage.roster.events("start"), ["24x80x800x480"]);
    stage.term.resize((42, 69, 690, 840));
    holds("the command hears of the new size", || stage.roster.happened("winch", "42x69x690x840"));
    stage.term.resize((42, 69, 1380, 1680));
    holds("and of other pixels", || stage.roster.happened("winch", "42x69x1380x1680"));
    assert!(beast.signal(libc::SIGTERM));
    holds("it ends", || !beast.alive());
}

/// Started in the background, resized there: right all the same.
fn case_48_started_in_the_background_the_size_is_right(cell: Cell) {
    let mut stage = Stage::set(cell);
    let line = format!("{} &", stage.wrapped("size"));
    assert_eq!(stage.term.run(&line), 0);
    let beast = stage.roster.ready("size");
    assert_eq!(stage.roster.events("start"), ["24x80x800x480"]);
    assert!(beast.signal(libc::SIGTERM));
    holds("it ends", || !beast.alive());
}

/// Suspended, resized, resumed: the new size is there when the command goes on.
fn case_38_suspend_resize_fg_and_the_child_sees_the_new_size(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (job, beast) = stage.start("size");
    stage.suspend(&job, beast);
    stage.term.resize((30, 100, 0, 0));
    stage.term.line("fg");
    holds("the command is told of the size", || {
        stage.roster.happened("winch", "30x100x0x0") || stage.roster.happened("cont", "30x100x0x0")
    });
    assert!(beast.signal(libc::SIGTERM));
    holds("it ends", || !beast.alive());
}

everywhere! {
    case_44_45_the_outer_size_at_the_start_and_when_it_changes;
    case_48_started_in_the_background_the_size_is_right;
    case_38_suspend_resize_fg_and_the_child_sees_the_new_size;
}

/// `stty -a` inside is `stty -a` outside, IUTF8 and odd settings too.
#[test]
fn case_50_utf8_erasing_and_odd_modes_are_the_same_inside() {
    let mut stage = Stage::set(ANY);
    for (n, odd) in ["iutf8", "-iutf8", "erase '^H' -ixon -echoctl", "susp '^X' intr '^K'"].iter().enumerate() {
        let (outer, inner) = (stage.world.text(&format!("outer{n}")), stage.world.text(&format!("inner{n}")));
        assert_eq!(stage.term.run(&format!("stty {odd}; stty -a > {outer}; pj-wrap sh -c 'stty -a > {inner}'")), 0);
        let read = |path: &str| fs::read_to_string(path).expect("what stty said");
        assert_eq!(read(&inner), read(&outer), "{odd}");
    }
}

/// A window of no size is nothing special.
#[test]
fn case_49_a_window_of_no_size_is_nothing_special() {
    let mut stage = Stage::set(ANY);
    stage.term.resize((0, 0, 0, 0));
    let (_, beast) = stage.start("size");
    assert_eq!(stage.roster.events("start"), ["0x0x0x0"]);
    assert!(beast.signal(libc::SIGTERM));
    holds("it ends", || !beast.alive());
    assert_eq!(stage.cell.mode, Mode::Pty);
}
