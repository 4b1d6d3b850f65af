//! `pj init SHELL --exit-hook`: when the shell has ended, and not before, what its dead guards left behind ends.

use super::{in_each_shell, registered};
use crate::harness::{Cell, Id, Job, Mode, Shell, Term, World, eventually, holds, proc};
use crate::stage::Stage;
use std::fs;

fn hook(shell: Shell) -> String {
    shell.hook().replace(shell.name(), &format!("{} --exit-hook", shell.name()))
}

/// A shell with the hook, and a job of its whose front and guard were killed. Direct, since the kernel hangs up the job's
/// own terminal when its guard dies.
fn abandoned(shell: Shell) -> (Stage, Job) {
    let world = World::new();
    let term = Term::shell_with(&world, shell, &hook(shell));
    registered(&world, &term);
    let roster = world.roster("roster");
    let mut stage = Stage { term, roster, cell: Cell { mode: Mode::Direct, shell }, world };
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon");
    stage.kill_both(&job);
    (stage, job)
}

/// Every sweep that was called has come to its end.
fn no_sweep(world: &World) {
    world.no_guards();
}

fn over(stage: &Stage, job: &Job) {
    stage.roster.gone();
    job.record_gone();
    holds("the session's record is gone", || stage.world.sessions().is_empty());
    no_sweep(&stage.world);
}

/// Both guards were killed, and no cron: the end of the shell is the end of what they left. An `exit` that the shell
/// refuses, and the hook's own command in a shell that lives on, end nobody.
fn what_the_guards_left_ends_with_the_shell_and_not_before(shell: Shell) {
    let (mut stage, job) = abandoned(shell);
    let living = stage.roster.alive();
    stage.term.run("true");
    stage.term.line("sleep 1000");
    let foreground =
        || Id::of(stage.term.id().stat()?.tpgid).filter(|one| proc::stat(one.pid).is_some_and(|s| s.comm == "sleep"));
    let sleep = eventually("sleep has the terminal", foreground);
    stage.term.type_("\x1a");
    stage.term.expect(shell.stopped());
    stage.term.run("true");
    stage.term.line("exit");
    stage.term.expect("jobs");
    stage.term.expect("ready> ");
    no_sweep(&stage.world);
    let pid = stage.term.id().pid;
    assert_eq!(stage.term.run(&format!("pj-sweep -q --after {pid}")), 0);
    no_sweep(&stage.world);
    assert_eq!(stage.roster.alive(), living, "the shell lives");
    assert_eq!(stage.world.sessions().len(), 1);
    assert!(sleep.kill());
    stage.term.run("true");
    // A shell that has not noticed it yet takes the second one.
    stage.term.type_("exit\rexit\r");
    stage.term.wait();
    over(&stage, &job);
}

/// The window is closed.
fn it_runs_at_a_hangup(shell: Shell) {
    let (mut stage, job) = abandoned(shell);
    stage.term.run("true");
    stage.term.close();
    over(&stage, &job);
}

/// The user's own are kept, come first and see the code; the shell's code stays, whatever becomes of ours. One sweep for
/// one shell, however often the line is read, and none for a subshell.
fn nothing_of_the_users_is_lost(shell: Shell) {
    let file = |world: &World| fs::read_to_string(world.home().join("said")).unwrap_or_default();
    let (mine, subshells) = match shell {
        Shell::Bash => {
            ("trap 'echo \"bye'\"'\"'s $?\" >>$HOME/said # mine' EXIT\n", "(exit 0); : $(exit 3); (exit 4) & wait")
        }
        Shell::Zsh => (
            "setopt warn_create_global\ntrap 'echo \"bye'\"'\"'s $?\" >>$HOME/said' EXIT\n\
             f() { (( ZSH_SUBSHELL )) || echo f >>$HOME/said }\nzshexit_functions=(f)\n",
            "(exit 0); : $(exit 3); { exit 4 } & wait",
        ),
        Shell::Fish => (
            "function mine --on-event fish_exit; status is-interactive; and echo \"bye's\" 3 >>$HOME/said; end\n",
            "fish -c 'exit 3'; fish -c 'exit 4' & wait",
        ),
    };
    for (sweep, before) in [("#!/bin/sh\necho sweep \"$@\" >>$HOME/said\nexit 7\n", ""), ("", "set -eu\n")] {
        let world = World::new();
        if sweep.is_empty() {
            world.script("pj-sweep", "#!/no/such/interpreter\n");
        } else {
            world.script("pj-sweep", sweep);
        }
        if sweep.is_empty() && shell == Shell::Fish {
            // It has no `set -e`, and tells of a file that cannot be executed, whatever its descriptors are.
            break;
        }
        let after = if before.is_empty() { "" } else { "set +eu\n" };
        let lines = format!("{mine}{before}{}{after}", hook(shell).repeat(2));
        let mut term = Term::shell_with(&world, shell, &lines);
        registered(&world, &term);
        term.line(subshells);
        term.expect("ready> ");
        assert!(!file(&world).contains("sweep"), "a subshell is no shell: {}", file(&world));
        let pid = term.id().pid;
        term.line("exit 3");
        assert_eq!(term.wait().code(), Some(3));
        let said = file(&world);
        let ours = if sweep.is_empty() { String::new() } else { format!("sweep -q --after {pid}\n") };
        let theirs = if shell == Shell::Zsh { "bye's 3\nf\n" } else { "bye's 3\n" };
        let mut lines: Vec<&str> = said.lines().collect();
        if shell == Shell::Fish {
            // In no order that fish promises.
            lines.sort_unstable();
        }
        assert_eq!(lines.join("\n") + "\n", format!("{theirs}{ours}"), "{}", term.screen());
        for word in ["rror", "not found", "unbound", "pj"] {
            assert!(!term.saw(word), "it says {word:?}:\n{}", term.screen());
        }
    }
}

in_each_shell! {
    what_the_guards_left_ends_with_the_shell_and_not_before,
    it_runs_at_a_hangup,
    nothing_of_the_users_is_lost,
}

/// The second one's sweep comes while the first one's is at work: it waits for its turn.
#[test]
fn two_shells_that_end_together() {
    let (mut first, one) = abandoned(Shell::Bash);
    let mut second = Term::shell_with(&first.world, Shell::Bash, &hook(Shell::Bash));
    let roster = first.world.roster("second");
    second.line(&format!(
        "pj-wrap --direct --name second --grace 1s beast {} brood --only deaf",
        roster.path().display()
    ));
    roster.ready("brood");
    let (deaf, two) = (roster.ready("deaf"), first.world.job("second"));
    first.term.run("true");
    first.term.line("exit");
    first.term.wait();
    holds("the first sweep has begun", || !first.roster.ready("plain").alive());
    two.lose_guards(&[deaf]);
    second.run("true");
    second.line("exit");
    second.wait();
    roster.gone();
    over(&first, &one);
    two.record_gone();
}

/// It holds nothing of the shell's: the terminal's end comes before its own.
#[test]
fn a_sweep_that_waits_holds_nothing() {
    let world = World::new();
    let term = Term::shell_with(&world, Shell::Bash, "");
    let done = world.sweep(&["-q", "--after", &term.id().pid.to_string()]).go().code(0).silent();
    drop(done);
    let waiting = || world.ours().into_iter().find(|one| one.comm == "pj-sweep");
    let one = eventually("it waits in the background", waiting);
    assert_eq!((one.session, one.tpgid), (one.pid, -1), "a session of its own, without a terminal");
    let link = |name: &str| fs::read_link(format!("/proc/{}/{name}", one.pid)).unwrap_or_default();
    for fd in 0..3 {
        assert_eq!(link(&format!("fd/{fd}")), std::path::Path::new("/dev/null"));
    }
    assert_eq!(link("cwd"), std::path::Path::new("/"));
    no_sweep(&world);
    assert!(term.id().alive() && !world.state().exists(), "and did nothing");
}
