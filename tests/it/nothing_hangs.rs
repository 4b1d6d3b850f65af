//! Nobody waits for us: what lingers holds nothing of the user's open.

use crate::harness::shells::everywhere;
use crate::harness::{Cell, Id, LONG, Mode, holds, proc};
use crate::stage::{ANY, Stage};
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

/// A lingering job with a deaf member, its descriptors on nothing of the user's.
fn linger(stage: &mut Stage) -> crate::harness::Job {
    let quiet = if stage.cell.mode == Mode::Direct { " </dev/null >/dev/null 2>&1" } else { "" };
    let line = stage.wrapped("brood --leave --only deaf,setsid").replace("--grace 1s", "--grace 5s");
    assert_eq!(stage.term.run(&format!("{line}{quiet}")), 0);
    let job = stage.world.job("subject");
    holds("the front has left", || !job.front().alive());
    assert!(job.guard().alive(), "the guard lingers");
    job
}

/// End it by hand, so that no test waits for a grace.
fn finish(stage: &Stage) {
    for one in stage.roster.alive() {
        one.id.kill();
    }
    stage.roster.gone();
    stage.world.no_guards();
}

/// The guard of a lingering job holds none of the user's files, pipes and directories; nor does the front while it runs.
#[test]
fn the_guard_holds_nothing_of_the_users() {
    let stage = Stage::set(ANY);
    let (held, home) = (stage.world.text("held"), stage.world.text(""));
    let line = stage.wrapped("plain").replace("--name", "--direct --name");
    stage.term.line(&format!("{line} 7> {held} 0</dev/zero"));
    let beast = stage.roster.ready("plain");
    let job = stage.world.job("subject");
    let held = |id: Id| {
        let fds = fs::read_dir(format!("/proc/{}/fd", id.pid)).expect("descriptors").flatten();
        let links = fds.filter_map(|fd| Some(fs::read_link(fd.path()).ok()?.display().to_string()));
        links.filter(|to| (to.starts_with(&home) && !to.contains("/state/")) || to == "/dev/zero").collect::<Vec<_>>()
    };
    for (name, id) in [("front", job.front()), ("guard", job.guard())] {
        holds(&format!("the {name} lets go of {:?}", held(id)), || held(id).is_empty());
    }
    beast.kill();
    stage.world.no_guards();
}

/// `x=$(pj-wrap …)` returns with the command, although something of it lives on.
fn command_substitution(cell: Cell) {
    let mut stage = Stage::set(cell);
    let set = if cell.shell == crate::harness::Shell::Fish { "set x (" } else { "x=$(" };
    let began = Instant::now();
    let flag = cell.mode.flag();
    assert_eq!(stage.term.run(&format!("{set}pj-wrap {flag}sh -c 'sleep 60 >/dev/null 2>&1 & echo out')")), 0);
    assert_eq!(stage.term.run("test \"$x\" = out"), 0);
    assert!(began.elapsed() < LONG, "it waits for the sleep: {:?}", began.elapsed());
    let sleeps = || stage.world.ours().into_iter().filter(|one| one.comm == "sleep").collect::<Vec<_>>();
    assert_eq!(sleeps().len(), 1, "it lingers");
    sleeps()[0].id().kill();
    stage.world.no_guards();
}

/// The reader of a pipe has its end when the command closes its own copy.
fn a_pipe_that_the_command_closes(cell: Cell) {
    let mut stage = Stage::set(cell);
    let (done, roster) = (stage.world.text("done"), stage.roster.path().display().to_string());
    let flag = cell.mode.flag();
    let line = format!("pj-wrap {flag}sh -c 'exec >&-; exec beast {roster} plain' | sh -c 'cat; echo yes > {done}'");
    stage.term.line(&line);
    let beast = stage.roster.ready("plain");
    holds("the reader has had its end", || fs::read_to_string(&done).is_ok_and(|text| text == "yes\n"));
    assert!(beast.alive());
    beast.kill();
    assert_eq!(stage.term.run("true"), 0);
}

/// A lock whose descriptor the job inherited is free as soon as the command's own copy is.
fn a_lock_that_the_command_gives_up(cell: Cell) {
    let mut stage = Stage::set(cell);
    let lock = stage.world.text("lock");
    let (flag, roster) = (cell.mode.flag(), stage.roster.path().display().to_string());
    let inner = format!("pj-wrap {flag}--grace 1s sh -c \"beast {roster} brood --leave --only deaf 9>&-; true\"");
    let script = format!("#!/bin/sh\nexec 9> {lock}\nflock 9\n{inner}\nexec 9>&-\nexec flock -n {lock} true\n");
    let script = stage.world.script("locked", &script);
    assert_eq!(stage.term.run(&script.to_string_lossy()), 0, "the lock is free");
    assert_eq!(stage.roster.alive().len(), 1, "a deaf one lingers");
    finish(&stage);
}

/// Whoever reads the terminal's master has its end of file when the shell has left, not when the grace is over.
fn the_terminal_s_own_end(cell: Cell) {
    let mut stage = Stage::set(cell);
    linger(&mut stage);
    stage.term.line("exit");
    let began = Instant::now();
    assert!(stage.term.ended_within(LONG), "the master never had its end\n{}", stage.term.screen());
    assert!(!stage.roster.alive().is_empty(), "and that was before the grace was over ({:?})", began.elapsed());
    finish(&stage);
}

everywhere! {
    command_substitution;
    a_pipe_that_the_command_closes;
    a_lock_that_the_command_gives_up;
    the_terminal_s_own_end;
}

/// What lingers may write: it gets no error, and the user sees it, its last words too.
#[test]
fn leftovers_may_write() {
    let mut stage = Stage::set(ANY);
    let go = stage.world.text("go");
    assert!(std::process::Command::new("mkfifo").arg(&go).status().is_ok_and(|status| status.success()));
    // Open at both ends, so that neither we nor a reader waits for the other.
    let mut gate = fs::OpenOptions::new().read(true).write(true).open(&go).expect("the gate");
    let later =
        format!("(read x < {go}; echo from be\"\"low; echo $? > {go}.code; read x < {go}; echo last wo\"\"rds) &");
    assert_eq!(stage.term.run(&format!("pj-wrap --name subject sh -c '{later}'")), 0);
    let job = stage.world.job("subject");
    holds("the front has left", || !job.front().alive());
    gate.write_all(b"go\n").expect("room for a word");
    holds("the write succeeded", || fs::read_to_string(format!("{go}.code")).is_ok_and(|text| text == "0\n"));
    stage.term.expect("from below");
    gate.write_all(b"go\n").expect("room for a word");
    stage.term.expect("last words");
    stage.world.no_guards();
    job.record_gone();
}

/// An idle job costs nothing: after the hangup of everything it reads, nobody spins.
#[test]
fn nobody_spins() {
    let mut stage = Stage::set(ANY);
    let job = linger(&mut stage);
    let ticks = |pid: i32| {
        let text = String::from_utf8_lossy(&proc::file(pid, "stat")).into_owned();
        let fields: Vec<u64> = text
            .rsplit_once(')')
            .map_or(Vec::new(), |(_, rest)| rest.split_whitespace().map(|word| word.parse().unwrap_or(0)).collect());
        fields.get(11).unwrap_or(&0) + fields.get(12).unwrap_or(&0)
    };
    let guard = job.guard();
    let before = ticks(guard.pid);
    assert!(!guard.gone_within(Duration::from_millis(1500)));
    assert!(ticks(guard.pid) - before < 15, "{} ticks of CPU in 1.5 s", ticks(guard.pid) - before);
    finish(&stage);
}
