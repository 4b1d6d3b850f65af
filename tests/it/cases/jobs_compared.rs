//! Job control as people and scripts use it: bare, in pty mode and in direct mode the same, in bash, zsh and fish.

use super::seen::{Play, Seen, Way, alike, same};
use crate::harness::{Shell, Term, World, holds, needs};

/// Each of these in each shell.
fn everywhere(story: impl Fn(&mut Play<'_>)) {
    everywhere_but(story, |_| {});
}

fn everywhere_but(story: impl Fn(&mut Play<'_>), forgive: impl Fn(&mut Seen)) {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        if needs(shell.name()) {
            alike(shell, &story, &forgive);
        }
    }
}

/// The witness is stopped, by a key or a signal, and the shell says so.
fn stopped(play: &mut Play<'_>, stop: impl Fn(&Play<'_>)) {
    stop(play);
    play.term.expect(play.term.kind().stopped());
    let beast = play.roster.members()[0].id;
    holds("the command is stopped", || beast.state() == Some('T'));
    play.run("true");
}

/// It goes on in the foreground, as a witness; then it leaves.
fn resumed(play: &mut Play<'_>, times: usize) {
    play.line("fg");
    play.told("witness", "SIGCONT", times);
    play.signal(libc::SIGUSR1);
    play.told("witness", "SIGUSR1", times);
}

fn leaves(play: &mut Play<'_>) {
    play.signal(libc::SIGALRM);
    play.told("witness", "SIGALRM", 1);
    play.run("true");
}

#[test]
fn case_25_26_ctrl_z_and_fg_twice() {
    everywhere(|play| {
        play.line("W B witness 40");
        play.told("witness", "foreground", 1);
        for n in 1..=2 {
            stopped(play, |play| play.term.type_("\x1a"));
            resumed(play, n);
        }
        leaves(play);
    });
}

#[test]
fn case_28_ttin_and_ttou_to_w_stop_both_and_cont_resumes_both() {
    everywhere(|play| {
        play.line("W B witness 40");
        play.told("witness", "foreground", 1);
        for (n, signal) in [libc::SIGTTIN, libc::SIGTTOU].into_iter().enumerate() {
            stopped(play, |play| play.signal(signal));
            resumed(play, n + 1);
        }
        leaves(play);
    });
}

#[test]
fn case_31_a_wrap_in_a_wrap_is_stopped_and_resumed() {
    everywhere(|play| {
        play.line("W W B witness 40");
        play.told("witness", "foreground", 1);
        stopped(play, |play| play.term.type_("\x1a"));
        resumed(play, 1);
        leaves(play);
    });
}

/// In pty mode the command gets one CONT more: it may have been stopped for its own terminal, of which no shell knows. And
/// nobody tells the front that a job which never stopped has been fetched: it learns that with the next signal, so what
/// the witness sees at a signal (the foreground before it, or after) is not compared. Nor are the modes that it finds: the shell is drawing its prompt meanwhile.
#[test]
fn case_33_in_the_background_and_fetched() {
    let story = |play: &mut Play<'_>| {
        play.line("W B witness 40 &");
        play.told("witness", "background", 1);
        play.run("true");
        play.line("fg");
        let shell = play.term.id();
        holds("the shell has given its terminal away", || shell.stat().is_some_and(|one| one.tpgid != shell.pid));
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        leaves(play);
    };
    everywhere_but(story, |seen| {
        seen.told
            .retain(|line| !["witness modes", "SIGCONT", "SIGUSR1", "SIGALRM"].iter().any(|one| line.contains(one)))
    });
}

/// Status and words of the shapes in which people and scripts use a command.
#[test]
fn every_shape_of_a_command_line() {
    let seen = same(|play| {
        for line in [
            "TIMEFORMAT=; time W sh -c 'exit 3'",
            "W printf 'a\\nb\\n' | W cat",
            "W sh -c 'exit 4' | W sh -c 'cat; exit 5'; echo ${PIPESTATUS[@]}",
            "(exec W sh -c 'exit 6')",
            "! W false",
            "W W sh -c 'exit 7'",
            "nohup W sh -c 'exit 8' 2>&1 | cat",
            "x=$(W printf out); echo $x",
            "bash -mc 'W sh -c \"exit 3\" & wait $!; echo $?; W sh -c \"exit 4\"; echo $?'",
            "bash -c 'set -m; W sleep 0.01 & fg >/dev/null; echo $?'",
            "W yes | head -1; echo ${PIPESTATUS[@]}",
            "W sh -c 'exec <&-; exit 42'",
            "W sh -c 'ls -l /proc/self/fd | grep -c ptmx'",
            "coproc W cat; echo x >&${COPROC[1]}; read y <&${COPROC[0]}; exec {COPROC[1]}>&-; wait 2>/dev/null; echo $y",
        ] {
            play.run(line);
        }
    });
    assert_eq!(seen.codes[..8], [3, 0, 0, 6, 0, 7, 0, 0]);
    assert!(seen.bytes.contains("4 5\r\n") && seen.bytes.contains("141 0\r\n"), "{}", seen.bytes);
}

/// What the command leaves has the terminal still open, and lives until we end it: nobody waits for that.
#[test]
fn case_71_the_child_exits_a_grandchild_keeps_the_terminal_and_w_returns() {
    let seen = same(|play| {
        play.run("W sh -c 'B setsid & B plain & exit 3'");
        for kind in ["setsid", "plain"] {
            let left = play.roster.ready(kind);
            let terminal = std::fs::read_link(format!("/proc/{}/fd/1", left.pid)).ok();
            assert!(terminal.is_some_and(|name| name.starts_with("/dev/pts")), "{:?}: {kind} has it open", play.way);
            assert!(left.kill());
        }
    });
    assert_eq!(seen.codes, [3]);
}

/// Stopped by a key, let go on in the background.
#[test]
fn suspended_and_sent_to_the_background() {
    everywhere(|play| {
        play.line("W B witness 40");
        play.told("witness", "foreground", 1);
        stopped(play, |play| play.term.type_("\x1a"));
        play.line("bg");
        play.told("witness", "SIGCONT", 1);
        // zsh may begin to edit the next line without a prompt, if it learns just then that the job goes on.
        play.term.type_("\r");
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        play.run("true");
        leaves(play);
    });
}

/// A shell that no longer knows its job: it lives on beside it and hears what is sent to it. The modes that it finds are
/// those of a shell that is drawing its prompt, or not yet.
#[test]
fn disowned() {
    let story = |play: &mut Play<'_>| {
        play.line("W B witness 40 &");
        play.told("witness", "background", 1);
        play.run("disown; jobs");
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        leaves(play);
    };
    everywhere_but(story, |seen| seen.told.retain(|line| !line.contains("witness modes")));
}

/// HUP is ignored, by nohup's wish: nobody ends of it. What is sent besides is heard. (A witness hears the HUP too, since
/// it waits for all that can be sent; a front that was started so keeps it to itself.)
#[test]
fn under_nohup() {
    let story = |play: &mut Play<'_>| {
        play.line("nohup W B witness 40 >/dev/null 2>&1 &");
        play.told("witness", "background", 1);
        play.signal(libc::SIGHUP);
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        leaves(play);
    };
    everywhere_but(story, |seen| seen.told.retain(|line| !line.contains("SIGHUP")));
}

/// A multiplexer continues a pane's stopped leader, since nobody else could; the command goes on with it.
#[test]
fn case_36_as_a_tmux_panes_command_a_stop_does_not_last() {
    if !needs("tmux") {
        return;
    }
    for way in [Way::Bare, Way::Pty, Way::Direct] {
        let world = World::new();
        let roster = world.roster("roster");
        let line = format!("exec {}beast {} plain", way.words(), roster.path().display());
        let mut term = Term::command(&world, &["tmux", "-L", "cases", "-f", "/dev/null", "new-session", &line]);
        let beast = roster.ready("plain");
        let leader = if way == Way::Bare { beast } else { world.job("subject").front() };
        let runs = || [leader, beast].iter().all(|one| matches!(one.state(), Some('S' | 'R')));
        term.type_("\x1a");
        holds(&format!("{way:?}: Ctrl-Z leaves nobody stopped"), || runs() && runs());
        assert!(leader.signal(libc::SIGSTOP));
        holds(&format!("{way:?}: a stopped leader is continued"), runs);
        holds("Ctrl-C ends it", || {
            term.type_("\x03");
            !beast.alive()
        });
        term.wait();
        world.no_guards();
    }
}
