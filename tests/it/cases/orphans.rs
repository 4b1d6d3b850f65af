//! Orphans: reaped as they die, left alone while the command runs, ended when it is over.

use super::seen::{Play, Way};
use crate::harness::shells::skip;
use crate::harness::{Hook, Id, Mode, Shell, Term, World, cmd, holds, needs, proc};
use crate::stage::{ANY, Stage};
use std::fs;
use std::time::Duration;

/// Zombies whose parent is this one.
fn zombies(parent: i32) -> usize {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(proc::stat).filter(|one| one.ppid == parent && one.state == 'Z').count()
}

/// Those who live and whose parent is this one.
fn children(parent: i32) -> Vec<Id> {
    proc::all().iter().filter(|one| one.ppid == parent).map(proc::Stat::id).collect()
}

/// A command that has orphaned this many children lives on; none of them is left, dead or alive.
fn orphans_are_reaped(script: &str) {
    for mode in [Mode::Pty, Mode::Direct] {
        let stage = Stage::set(crate::harness::Cell { mode, ..ANY });
        let text = format!("#!/bin/sh\n{script}\nexec beast {} plain\n", stage.roster.path().display());
        stage.world.script("orphaner", &text);
        stage.term.line(&format!("pj-wrap {}--name subject --grace 1s orphaner", mode.flag()));
        let beast = stage.roster.ready("plain");
        let job = stage.world.job("subject");
        let guard = job.guard().pid;
        holds("nobody but the command is left", || zombies(guard) == 0 && children(guard) == [beast]);
        assert_eq!(zombies(job.front().pid), 0);
        beast.kill();
        stage.world.no_guards();
    }
}

#[test]
fn case_83_a_hundred_children_orphaned_are_all_reaped() {
    orphans_are_reaped("(i=0; while [ $i -lt 100 ]; do sleep 0.1 & i=$((i+1)); done)");
}

#[test]
fn case_84_a_daemon_that_forked_twice_leaves_no_zombie() {
    orphans_are_reaped("(setsid sh -c 'sleep 0.1 & exit 0' &)");
}

fn many_orphans(mode: Mode, thousands: u32) {
    let stage = Stage::set_in(World::lasting(Duration::from_secs(240)), crate::harness::Cell { mode, ..ANY });
    stage.term.line(&stage.wrapped(&format!("orphans {thousands}000")));
    let guard = stage.world.job("subject").guard().pid;
    for n in 1..=thousands {
        stage.roster.ready(&format!("orphans-{n}000"));
        // It reaps as it is told, not now and then: at any moment those few wait that have just ended.
        let waiting = zombies(guard);
        assert!(waiting < 100, "{waiting} zombies at one time");
    }
    let beast = stage.roster.ready(&format!("orphans-{thousands}000"));
    holds("nobody but the command is left", || zombies(guard) == 0 && children(guard) == [beast]);
    beast.kill();
    stage.world.no_guards();
}

#[test]
fn case_85_ten_thousand_orphans_leave_no_zombie() {
    many_orphans(Mode::Pty, 10);
}

/// Fewer, since it is the same guard that reaps.
#[test]
fn case_85_nor_do_two_thousand_in_direct_mode() {
    many_orphans(Mode::Direct, 2);
}

#[test]
fn case_86_an_orphan_is_adopted_and_left_alone_while_the_command_runs() {
    let world = World::new();
    for way in [Way::Pty, Way::Direct] {
        let mut play = Play::set(&world, Shell::Bash, way);
        play.line("W sh -c '(B setsid &); exec B witness 40'");
        play.told("witness", "foreground", 1);
        let orphan = play.roster.ready("setsid");
        let guard = world.job("subject").guard();
        holds("the guard has adopted it", || orphan.stat().is_some_and(|one| one.ppid == guard.pid));
        play.signal(libc::SIGUSR1);
        play.told("witness", "SIGUSR1", 1);
        assert!(orphan.alive());
        orphan.kill();
        play.signal(libc::SIGALRM);
        play.run("true");
        world.no_guards();
    }
}

/// Pid namespaces of our own need privileges that not everybody has.
fn may_unshare(world: &World) -> bool {
    needs("unshare")
        && (world.sh("unshare -fp --mount-proc true").go().status.code() == Some(0)
            || skip("no pid namespaces may be made here"))
}

/// What runs in a pid namespace of its own is below the command all the same.
#[test]
fn case_102_a_descendant_in_a_pid_namespace_of_its_own_is_gone_too() {
    let world = World::new();
    if !may_unshare(&world) {
        return;
    }
    let inside = "setsid sleep 41 & trap '' TERM HUP; setsid sleep 42 & wait; wait";
    let script = format!("unshare -fp sh -c \"{inside}\" & wait");
    let (mut child, front) = world.wrap(&["--grace", "500ms", "sh", "-c", &script]).start();
    let sleepers = || world.ours().iter().filter(|one| one.comm == "sleep").count();
    holds("both are in place", || sleepers() == 2);
    assert!(front.signal(libc::SIGTERM));
    cmd::wait(&mut child, "pj-wrap");
    holds("nobody is left inside", || sleepers() == 0);
    world.no_guards();
}

/// The signal comes from outside our pid namespace: it has no sender that we could name, and is passed on.
#[test]
fn case_23_a_signal_from_another_pid_namespace_is_forwarded() {
    let world = World::new();
    if !may_unshare(&world) {
        return;
    }
    let roster = world.bystanders("inside");
    let script = format!("pj-wrap beast {} signals 2; exit $?", roster.path().display());
    let (mut child, _) = world.sh(&format!("exec unshare -fp --mount-proc sh -c '{script}'")).start();
    holds("the command is in place", || !roster.members().is_empty());
    let front = || world.ours().iter().find(|one| one.comm == "pj-wrap").map(proc::Stat::id);
    let front: Id = crate::harness::eventually("a front, as seen from outside", front);
    for (signal, name) in [(libc::SIGUSR1, "SIGUSR1"), (libc::SIGUSR2, "SIGUSR2")] {
        assert!(front.signal(signal));
        holds("the command has it", || roster.happened("signals", name));
    }
    assert_eq!(cmd::wait(&mut child, "unshare").code(), Some(9));
}

/// `kill -9 %1`: the whole group of the shell's job, which in direct mode is the command's too. The guard is in none of
/// theirs, and is told of no regular end. A guard that has been asleep finds both ends at once, the command's first.
#[test]
fn case_114_the_job_s_group_is_killed_and_the_tree_is_ended() {
    for (mode, asleep) in [(Mode::Pty, false), (Mode::Direct, false), (Mode::Direct, true)] {
        let mut stage = Stage::set(crate::harness::Cell { mode, ..ANY });
        let line = format!("{} &", stage.wrapped("brood --only plain,deaf,setsid,daemon"));
        assert_eq!(stage.term.run(&line), 0);
        stage.roster.ready("brood");
        let job = stage.world.job("subject");
        let (front, guard) = (job.front(), job.guard());
        assert!(!asleep || guard.signal(libc::SIGSTOP));
        assert_eq!(stage.term.run("kill -9 %1"), 0);
        holds("the front is gone", || !front.alive());
        // The kernel may have done so by itself (its group is orphaned now), and the guard may be done.
        guard.signal(libc::SIGCONT);
        stage.roster.gone();
        stage.world.no_guards();
        assert_eq!(stage.term.run("true"), 0, "the shell goes on");
    }
}

/// The command ends while its front is stopped, and the front leaves when it is let go on: an end like any other, so what
/// the command left lingers. Killed instead, it has told nobody, and the tree is ended.
#[test]
fn who_only_leaves_late_ends_nobody_and_who_is_killed_before_it_knows_does() {
    for mode in [Mode::Pty, Mode::Direct] {
        for signal in [libc::SIGCONT, libc::SIGKILL] {
            let mut stage = Stage::set(crate::harness::Cell { mode, ..ANY });
            let line = format!("{} &", stage.wrapped("brood --only setsid,daemon"));
            assert_eq!(stage.term.run(&line), 0);
            let brood = stage.roster.ready("brood");
            let job = stage.world.job("subject");
            assert!(job.front().signal(libc::SIGSTOP));
            assert!(brood.kill());
            let state = || job.again().is_some_and(|job| job.json["state"] == "lingering");
            holds("the guard has seen the end", state);
            assert!(job.front().signal(signal));
            holds("the front is gone", || !job.front().alive());
            if signal == libc::SIGCONT {
                assert!(!job.guard().gone_within(Duration::from_millis(300)), "{mode:?}: it lingers");
                assert_eq!(stage.roster.alive().len(), 2, "{mode:?}");
                stage.term.close();
            }
            stage.roster.gone();
            stage.world.no_guards();
        }
    }
}

/// A shell inside the shell is a session of its own: when it leaves, what it had wrapped ends, and the terminal stays.
#[test]
fn case_127_a_nested_shell_exits_and_its_jobs_end_while_the_terminal_stays() {
    for mode in [Mode::Pty, Mode::Direct] {
        let world = World::new();
        let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
        let roster = world.roster("roster");
        term.line("bash -i");
        term.expect("ready> ");
        let beast = format!("beast {} brood --only deaf,setsid,daemon", roster.path().display());
        assert_eq!(term.run_inside(&format!("pj-wrap {}--grace 1s {beast} &", mode.flag())), 0);
        roster.ready("brood");
        term.line("exit");
        roster.gone();
        assert_eq!(term.run("true"), 0, "the outer shell has its terminal");
        world.no_guards();
    }
}

/// A shell inside the job lets go of a child in every way it knows, and leaves; the terminal is closed.
#[test]
fn case_91_nohup_and_disown_in_a_nested_shell_do_not_help() {
    for mode in [Mode::Pty, Mode::Direct] {
        let mut stage = Stage::set(crate::harness::Cell { mode, ..ANY });
        stage.term.line(&format!("pj-wrap {}--name subject --grace 1s bash -i", mode.flag()));
        stage.world.job("subject");
        stage.term.expect("ready> ");
        let path = stage.roster.path().display().to_string();
        assert_eq!(stage.term.run_inside(&format!("nohup beast {path} plain >/dev/null 2>&1 & disown")), 0);
        assert_eq!(stage.term.run_inside(&format!("nohup setsid beast {path} deaf >/dev/null 2>&1 & disown -h")), 0);
        let left = [stage.roster.ready("plain"), stage.roster.ready("deaf")];
        stage.term.line("exit 0");
        assert_eq!(stage.term.run("true"), 0, "the outer shell has its terminal");
        assert!(left.iter().all(|one| one.alive()), "{mode:?}: they linger");
        stage.term.close();
        stage.roster.gone();
        stage.world.no_guards();
    }
}

/// It traps TERM and takes most of the grace to clean up: it may, and the front returns right after it.
#[test]
fn case_95_who_needs_most_of_the_grace_to_clean_up_may() {
    for mode in [Mode::Pty, Mode::Direct] {
        let stage = Stage::set(crate::harness::Cell { mode, ..ANY });
        let path = stage.roster.path().display().to_string();
        let say = format!("echo event sh cleaned 0 >> {path}");
        stage.world.script("slow", &format!("#!/bin/sh\ntrap 'sleep 0.8; {say}; exit 3' TERM\nbeast {path} plain\n"));
        stage.term.line(&format!("pj-wrap {}--name subject --grace 20s slow", mode.flag()));
        stage.roster.ready("plain");
        assert!(stage.world.job("subject").front().signal(libc::SIGTERM));
        holds("it has cleaned up", || stage.roster.happened("sh", "cleaned"));
        stage.world.no_guards();
    }
}
