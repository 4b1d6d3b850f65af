//! Keys, answers, and the terminal's name: what is typed reaches whom it is meant for, and what cannot is asserted.

use super::seen::{Play, WAYS, Way, same, see};
use crate::harness::{Shell, World, holds};
use std::time::{Duration, Instant};

/// Ask where the cursor is and be gone; the terminal answers a moment later, and somebody types on. What came after the
/// question; nothing where that proves nothing: the answer went to the command, or came too late for anybody to wait for.
fn ask_and_leave(play: &mut Play<'_>) -> Option<String> {
    let typed = Instant::now();
    let from = play.term.raw().len();
    play.begin("W printf '\\033[6n'");
    play.term.expect("\x1b[6n");
    play.term.type_("\x1b[7;77Recho ke''pt\r");
    let in_time = typed.elapsed() < Duration::from_millis(90);
    play.code();
    play.run("true");
    let raw = String::from_utf8_lossy(&play.term.raw()[from..]).into_owned();
    let after = raw.split_once("\x1b[6n").expect("the question").1.to_owned();
    // Through a pty, what reached the command while it ended is lost to the shell, or echoed inside (LAWS L12).
    let at_command = play.way == Way::Pty && (after.starts_with("^[") || !after.contains("kept"));
    let too_late = play.way == Way::Pty && !in_time && after.contains("77R");
    (!at_command && !too_late).then_some(after)
}

/// The answer is waited for a short while. A machine that takes longer than that to give it proves nothing; so again.
#[test]
fn case_56_an_answer_that_comes_late_is_not_typed_at_the_prompt_and_type_ahead_is_kept() {
    for (way, at_prompt) in [(Way::Bare, true), (Way::Direct, true), (Way::Pty, false)] {
        let again = |_| {
            let world = World::new();
            ask_and_leave(&mut Play::set(&world, Shell::Bash, way))
        };
        let after = (0..60).find_map(again).expect("in sixty rounds the answer was never taken from the prompt alone");
        assert_eq!(after.contains("77R"), at_prompt, "{way:?}: {after:?}");
        // The shell may echo the line after it first: what it prints then follows a line's end, not the prompt's return.
        let kept = after.split(['\r', '\n']).any(|said| said == "kept");
        assert!(way != Way::Pty || kept, "{way:?}: {after:?}");
    }
}

/// What nobody answers delays the end by an instant, not more.
#[test]
fn case_56_an_answer_that_never_comes_is_not_waited_for() {
    let seen = same(|play| {
        let began = Instant::now();
        play.run("W printf '\\033[6n'");
        assert!(began.elapsed() < Duration::from_secs(10));
    });
    assert_eq!(seen.codes, [0]);
}

/// The fastest of twenty, since other tests run at the same time.
#[test]
fn case_57_a_bare_escape_is_delivered_within_a_few_milliseconds() {
    for way in [Way::Pty, Way::Direct] {
        see(Shell::Bash, way, |play| {
            play.begin("W B echo-raw 21");
            play.told_ready("echo-raw");
            let round = |play: &mut Play<'_>| {
                let typed = Instant::now();
                play.term.type_("\x1b");
                play.term.expect("\x1b");
                typed.elapsed()
            };
            play.term.expect("\n");
            let fastest = (0..20).map(|_| round(play)).min().expect("twenty");
            assert!(fastest < Duration::from_millis(10), "{way:?}: {fastest:?}");
            play.term.type_("q");
            play.code();
        });
    }
}

#[test]
fn case_42_ctrl_z_as_a_key_of_a_raw_program_is_the_programs_own() {
    let keys = "\x1b[122;5u\x1a\x03\x1c\x1b[I\x1b[200~paste\x1b[201~";
    let seen = same(|play| {
        play.begin(&format!("W B echo-raw {}", keys.len()));
        play.told_ready("echo-raw");
        play.term.type_(keys);
        play.code();
    });
    assert_eq!(seen.codes, [0], "it was not stopped");
    assert!(seen.bytes.contains(keys));
}

/// In pty mode the name is another one; it is a terminal all the same, and the only one within reach.
#[test]
fn case_60_tty_inside_is_the_users_terminal_but_for_pty_mode() {
    let mut names = Vec::new();
    for way in WAYS {
        let seen = see(Shell::Bash, way, |play| {
            play.run("[ \"$(W sh -c 'tty <&2')\" = \"$(tty)\" ]");
            play.run("W sh -c '[ \"$(tty)\" -ef /dev/tty ] || test -c \"$(tty)\"'");
        });
        names.push(seen.codes);
    }
    // In `$(…)` stdout is a pipe: no terminal in between, whatever was asked for.
    assert_eq!(names, [[0, 0], [0, 0], [0, 0]]);
    let world = World::new();
    let mut play = Play::set(&world, Shell::Bash, Way::Pty);
    play.line("tty; W tty");
    let (outer, inner) = (play.term.expect_until("/dev/pts/", "\r\n"), play.term.expect_until("/dev/pts/", "\r\n"));
    assert_ne!(outer, inner);
}

/// LAWS L12: what is typed at a command that does not read it is the shell's afterwards; a relay has read it by then.
#[test]
fn type_ahead_reaches_the_shell_but_for_pty_mode() {
    for (way, kept) in [(Way::Bare, true), (Way::Direct, true), (Way::Pty, false)] {
        let seen = see(Shell::Bash, way, |play| {
            play.begin("W B witness 1");
            play.told("witness", "foreground", 1);
            play.awaits_input("beast");
            play.term.type_("echo type''ahead\r");
            play.term.expect("echo type''ahead\r\n");
            play.signal(libc::SIGUSR1);
            play.code();
            if kept {
                play.term.expect("typeahead\r\n");
            }
        });
        assert_eq!(seen.bytes.contains("\rtypeahead\r\n"), kept, "{way:?}: {}", seen.bytes);
    }
}

/// LAWS L12: whoever else looks at the user's terminal while a command of ours has it finds it raw, in pty mode.
#[test]
fn the_outer_terminal_is_as_the_command_set_it_but_for_pty_mode() {
    for (way, raw) in [(Way::Bare, false), (Way::Direct, false), (Way::Pty, true)] {
        see(Shell::Bash, way, |play| {
            play.begin("W B witness 1");
            play.told("witness", "foreground", 1);
            play.awaits_input("beast");
            let found = || play.term.modes().contains("-icanon") == raw;
            holds("the modes are as they are to be", found);
            play.signal(libc::SIGUSR1);
            play.code();
        });
    }
}
