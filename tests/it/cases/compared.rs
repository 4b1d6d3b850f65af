//! Signals, sizes and modes: played bare, in pty mode and in direct mode, and the same each time.

use super::seen::{Play, Way, same, see};
use crate::harness::Shell;
use nix::sys::signal::Signal;

/// Everything that can be sent, but what ends or stops the job, and WINCH, which our own terminal has no use for.
/// ALRM is the last, since it ends a witness.
#[test]
fn case_12_17_18_each_signal_sent_to_w_is_seen_by_the_child_and_no_other() {
    let not = [
        Signal::SIGKILL,
        Signal::SIGSTOP,
        Signal::SIGTSTP,
        Signal::SIGTTIN,
        Signal::SIGTTOU,
        Signal::SIGTERM,
        Signal::SIGWINCH,
        Signal::SIGCONT,
        Signal::SIGALRM,
    ];
    let seen = same(|play| {
        play.begin("W B witness 40");
        play.told("witness", "foreground", 1);
        for signal in Signal::iterator().filter(|one| !not.contains(one)) {
            play.signal(signal as i32);
            if signal != Signal::SIGCHLD {
                play.told("witness", signal.as_str(), 1);
            }
        }
        play.signal(libc::SIGALRM);
        play.code();
    });
    assert_eq!(seen.codes, [9]);
    let told = |name: &str| seen.told.iter().filter(|line| line.contains(name)).count();
    assert_eq!((told("SIGHUP"), told("SIGSEGV"), told("SIGALRM"), told("SIGCHLD")), (1, 1, 1, 0));
}

#[test]
fn case_03_a_child_killed_by_a_signal_is_128_and_its_number_for_a_shell() {
    let seen = same(|play| {
        for name in ["TERM", "HUP", "QUIT", "KILL", "PIPE", "SEGV"] {
            play.run(&format!("W sh -c 'kill -s {name} $$'"));
        }
    });
    assert_eq!(seen.codes, [143, 129, 131, 137, 141, 139]);
}

#[test]
fn case_19_ctrl_c_and_ctrl_backslash_are_one_signal_each_and_look_the_same() {
    let seen = same(|play| {
        play.begin("W B witness 2");
        play.told("witness", "foreground", 1);
        play.term.type_("\x03");
        play.told("witness", "SIGINT", 1);
        play.term.type_("\x1c");
        play.code();
    });
    assert_eq!(seen.codes, [9]);
    assert!(seen.bytes.contains("^C^\\"), "{}", seen.bytes);
}

#[test]
fn case_45_47_a_new_size_is_one_winch_and_the_same_size_none() {
    let seen = same(|play| {
        play.begin("W B witness 4");
        play.told("witness", "foreground", 1);
        for (n, size) in [(42, 69, 690, 840), (42, 69, 690, 840), (30, 80, 0, 0)].into_iter().enumerate() {
            play.term.resize(size);
            play.told("witness", "SIGWINCH", [1, 1, 2][n]);
        }
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        play.signal(libc::SIGUSR2);
        play.code();
    });
    assert_eq!(seen.told.iter().filter(|line| line.contains("SIGWINCH")).count(), 2, "{:?}", seen.told);
}

/// A WINCH that somebody sends is not a new size: with a terminal of its own the child hears nothing.
#[test]
fn case_47_a_winch_without_a_new_size_is_heard_only_without_a_pty() {
    let story = |play: &mut Play<'_>| {
        play.begin("W B witness 9");
        play.told("witness", "foreground", 1);
        play.signal(libc::SIGWINCH);
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        play.signal(libc::SIGALRM);
        play.code();
    };
    for (way, heard) in [(Way::Bare, 1), (Way::Direct, 1), (Way::Pty, 0)] {
        let seen = see(Shell::Bash, way, story);
        assert_eq!(seen.told.iter().filter(|line| line.contains("SIGWINCH")).count(), heard, "{way:?}");
    }
}

/// Parity and seven bits are not for every terminal, and what a terminal takes is the same inside and afterwards.
#[test]
fn case_51_odd_modes_are_the_same_inside_and_afterwards() {
    same(|play| {
        for odd in ["parenb cs7", "istrip", "-ixon -echoctl", "erase '^H' susp '^X'", "iutf8", "-iutf8 tostop"] {
            play.run(&format!("stty {odd}; W B witness 0"));
        }
    });
}

/// What the command's own terminal does not take (parity, an odd character size, breaks) is the user's afterwards; also
/// while a command that is raw is suspended, and after it.
#[test]
fn case_51_parity_and_odd_settings_are_as_before_afterwards() {
    let seen = same(|play| {
        let odd =
            ["parenb parodd cs7 inpck istrip", "parmrk ignpar -inpck", "ignbrk brkint ixany -icrnl", "olcuc xcase"];
        for odd in odd {
            let compare = "stty -g > before; W true; stty -g | cmp before";
            play.run(&format!("was=$(stty -g); stty {odd} 2>/dev/null; {compare}; x=$?; stty $was; (exit $x)"));
        }
        play.run("stty inpck parmrk; stty -g > before; W sh -c 'stty raw; kill -STOP $$; exit 3'");
        play.run("stty -g | cmp before; fg >/dev/null");
        play.run("stty -g | cmp before; stty sane");
    });
    assert_eq!(seen.codes, [0, 0, 0, 0, 147, 3, 0]);
}

#[test]
fn case_49_a_window_of_no_size_crashes_nobody() {
    same(|play| {
        play.run("stty rows 0 cols 0; W B witness 0; stty rows 24 cols 80");
    });
}

#[test]
fn case_50_erasing_a_character_of_two_bytes() {
    let seen = same(|play| {
        for mode in ["iutf8", "-iutf8"] {
            play.begin(&format!("stty {mode}; W cat"));
            play.awaits_input("cat");
            play.term.type_("xä\x7fy\r\x04");
            play.code();
        }
    });
    assert!(seen.bytes.contains("y\r\nxy\r\n"), "{}", seen.bytes);
}

#[test]
fn case_48_in_the_background_size_and_modes_are_right_and_the_foreground_is_the_shells() {
    let seen = same(|play| play.run("W B witness 0 & wait $!"));
    assert!(seen.told.iter().any(|line| line.ends_with("24x80x800x480 background")), "{:?}", seen.told);
}
