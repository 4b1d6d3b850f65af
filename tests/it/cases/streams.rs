//! Every byte, both ways, to the last one; pipes and redirections untouched.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Mode, World, holds, proc};
use crate::stage::{ANY, Stage};
use std::fs;
use std::time::Duration;

/// All 256 byte values, four times, typed at a raw program and shown by it.
fn case_77_all_256_byte_values_both_ways_in_raw_mode(cell: Cell) {
    let mut stage = Stage::set(cell);
    let bytes: Vec<u8> = (0..1024u32).map(|n| (n % 256) as u8).collect();
    let (job, _) = stage.start("echo-raw 1024");
    stage.raw();
    stage.term.send(&bytes);
    holds("the program has had all of them", || !job.front().alive());
    assert_eq!(stage.term.run("true"), 0);
    let raw = stage.term.raw();
    assert!(raw.windows(bytes.len()).any(|part| part == bytes), "not the same bytes came back: {raw:?}");
}

/// What `beast - spew N` prints, as the terminal shows it.
fn spewed(count: usize) -> String {
    let line = |i: usize| {
        if i % 64 == 63 || i + 1 == count { "\r\n".to_owned() } else { char::from(b'a' + (i % 23) as u8).to_string() }
    };
    (0..count).map(line).collect()
}

/// A command that writes and is gone: the last byte arrives.
fn case_70_all_that_was_written_before_the_exit_arrives(cell: Cell) {
    let mut stage = Stage::set(cell);
    for count in [1, 4095, 4096, 20_000, 200_000] {
        let from = stage.term.raw().len();
        assert_eq!(stage.term.run(&format!("pj-wrap {}beast - spew {count}", cell.mode.flag())), 0);
        let raw = stage.term.raw();
        assert!(proc::contains(&raw[from..], &spewed(count)), "{count} bytes: cut short, {} came", raw.len() - from);
    }
}

everywhere! {
    case_77_all_256_byte_values_both_ways_in_raw_mode;
    case_70_all_that_was_written_before_the_exit_arrives;
}

/// A thousand runs of a command that says a word and is gone: every word comes, and every status.
fn bingo(mode: Mode) {
    let mut stage = Stage::set_in(World::lasting(Duration::from_secs(300)), Cell { mode, ..ANY });
    let run = format!("pj-wrap {}sh -c \"echo 'Bingo<$i>'; exit 5\"; [ $? = 5 ] || exit 1", mode.flag());
    stage.world.script("bingo", &format!("#!/bin/sh\ni=$1; while [ $i -lt $2 ]; do {run}; i=$((i+1)); done\n"));
    // In parts: each has its own time, on a machine that does other things too.
    for part in 0..50 {
        assert_eq!(stage.term.run(&format!("bingo {} {}", part * 20, part * 20 + 20)), 0, "a status was lost");
    }
    let raw = stage.term.raw();
    let lost: Vec<_> = (0..1000).filter(|n| !proc::contains(&raw, &format!("Bingo<{n}>\r\n"))).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[test]
fn case_09_69_bingo_a_thousand_times_pty() {
    bingo(Mode::Pty);
}

#[test]
fn case_09_69_bingo_a_thousand_times_direct() {
    bingo(Mode::Direct);
}

/// A long paste into a program that echoes it: neither side waits for the other for ever.
#[test]
fn case_72_a_paste_of_256_kb_is_echoed_without_a_deadlock() {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("echo-raw 262144");
    stage.raw();
    let bytes: Vec<u8> = (0..262_144u32).map(|n| b'a' + (n % 23) as u8).collect();
    stage.term.send(&bytes);
    holds("the program has had all of them", || !job.front().alive());
    assert_eq!(stage.term.run("true"), 0);
    assert!(stage.term.raw().windows(bytes.len()).any(|part| part == bytes));
}

#[test]
fn case_61_62_74_76_78_pipelines_and_redirections_have_the_exact_bytes() {
    let mut stage = Stage::set(ANY);
    let (out, err) = (stage.world.text("out"), stage.world.text("err"));
    let mut file = |line: &str, file: &str| {
        assert_eq!(stage.term.run(line), 0, "{line}");
        fs::read_to_string(file).unwrap_or_default()
    };
    assert_eq!(file(&format!("printf 'a\\nb\\n' | pj-wrap cat | cat > {out}"), &out), "a\nb\n");
    assert_eq!(file(&format!("pj-wrap sh -c 'echo o; echo e >&2' 2> {err} | cat > {out}"), &out), "o\n");
    assert_eq!(fs::read_to_string(&err).unwrap_or_default(), "e\n");
    assert_eq!(
        file(&format!("pj-wrap seq 1000 > {out}"), &out),
        (1..=1000).map(|n| format!("{n}\n")).collect::<String>()
    );
    assert_eq!(file(&format!("yes | pj-wrap cat | head -1 > {out}"), &out), "y\n");
    assert_eq!(file(&format!("pj-wrap yes | head -2 > {out}"), &out), "y\ny\n");
    assert_eq!(
        file(&format!("echo in | pj-wrap sh -c 'cat; tty < /dev/tty >&2' 2> {err} | cat > {out}"), &out),
        "in\n"
    );
    assert!(fs::read_to_string(&err).unwrap_or_default().starts_with("/dev/"), "the terminal is within reach");
}

#[test]
fn case_80_the_end_of_the_input_is_the_childs() {
    let world = World::new();
    let roster = world.roster("roster");
    let path = roster.path().to_string_lossy().into_owned();
    world.sh(&format!("pj-wrap beast {path} eof < /dev/null")).go().code(0).silent();
    world.wrap(&["beast", &path, "eof"]).input(&[b'x'; 100_000]).go().code(0).silent();
    world.sh(&format!("printf abc | pj-wrap beast {path} eof")).go().code(0).silent();
    assert_eq!(roster.events("eof"), ["0", "100000", "3"]);
}

/// Ctrl-D at a program that reads lines, through our terminal.
#[test]
fn an_end_of_file_that_is_typed() {
    let mut stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    let script = format!("read x; echo got $x; cat; echo cat has en\"\"ded; beast {path} eof");
    stage.term.line(&format!("pj-wrap --name subject sh -c '{script}'"));
    let job = stage.world.job("subject");
    stage.term.type_("word\r");
    stage.term.expect("got word");
    stage.term.type_("\x04");
    stage.term.expect("cat has ended");
    stage.term.type_("\x04");
    holds("the program leaves", || !job.front().alive());
    assert_eq!(stage.roster.events("eof"), ["0"]);
}

#[test]
fn case_67_68_without_a_terminal_there_is_no_pty_and_every_byte() {
    let world = World::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let done = world.wrap(&["cat"]).input(&bytes).go().code(0).stderr("");
    assert_eq!(done.out, bytes);
}
