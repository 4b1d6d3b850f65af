//! The third line: a cgroup of the job's own. What it must end that nothing else can, whom it must spare, and that
//! nothing of it stays. Where none can be made the tests of it are skipped, and the guard works without.

use crate::harness::proc::{self, Id};
use crate::harness::shells::skip;
use crate::harness::{Cell, Job, Mode, World, eventually, holds};
use crate::stage::{ANY, Stage};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// bash, without a terminal of the job's own: nobody is hung up when a guard dies.
const DIRECT: Cell = Cell { mode: Mode::Direct, ..ANY };

/// Whether a job can have a cgroup here: asked of the kernel, not of pj. Not for CI to insist on: the machine is as it is.
fn is_possible() -> bool {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let name = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/").trim_end_matches('/').to_owned();
    let probe = format!("pjt-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let made = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].iter().any(|mount| {
        let dir = PathBuf::from(format!("{mount}{name}")).join(&probe);
        let is_one = fs::create_dir(&dir).is_ok() && dir.join("cgroup.kill").exists();
        let _ = fs::remove_dir(&dir);
        is_one
    });
    if !made || std::env::var_os("PJ_WRAP_CGROUP").is_some() {
        let test = std::thread::current().name().unwrap_or("?").to_owned();
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no cgroup is to be had here");
        return false;
    }
    true
}

/// A job's cgroup.
fn dir(job: &Job) -> PathBuf {
    let path = job.json["cgroup"]["path"].as_str().unwrap_or_else(|| panic!("no cgroup: {}", job.json["cgroup"]));
    path.into()
}

fn write(job: &Job, file: &str, text: &str) {
    fs::write(dir(job).join(file), text).unwrap_or_else(|e| panic!("{file}: {e}"));
}

fn read(job: &Job, file: &str) -> String {
    fs::read_to_string(dir(job).join(file)).unwrap_or_default()
}

fn is_inside(job: &Job, one: Id) -> bool {
    read(job, "cgroup.procs").lines().any(|line| line == one.pid.to_string())
}

#[test]
fn the_command_is_born_in_one_and_nothing_of_it_stays() {
    if !is_possible() {
        return;
    }
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("brood --only plain,daemon");
    let (path, uid) = (dir(&job), job.json["uid"].as_str().expect("a uid"));
    assert!(path.ends_with(format!("pj-{uid}")), "{}", path.display());
    assert!(is_inside(&job, beast) && stage.roster.alive().iter().all(|one| is_inside(&job, one.id)));
    assert!(!job.guards().iter().any(|one| is_inside(&job, *one)), "the guards are not in it");
    assert_eq!(read(&job, "cgroup.controllers"), "", "what it uses is on the account of the one above");
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    holds("the cgroup is gone", || !path.exists());
    assert!(!stage.world.state().join("cgroups").exists(), "no word of it is left");
}

#[test]
fn whoever_wants_none_has_none_and_whoever_can_have_none_notices_nothing() {
    let world = World::new();
    let own = fs::read_to_string("/proc/self/cgroup").expect("our cgroup");
    world.wrap(&["cat", "/proc/self/cgroup"]).env("PJ_WRAP_CGROUP", "false").go().code(0).stdout(&own).stderr("");
    // A file system that is read only, as in a container.
    let script = "for at in /sys/fs/cgroup /sys/fs/cgroup/unified; do mount -o remount,bind,ro $at 2>/dev/null; done
        exec pj-wrap sh -c 'cat /proc/self/cgroup; exit 7'";
    let done = world.sh(&format!("exec unshare -m sh -c '{}'", script.replace('\'', "'\\''"))).go();
    if done.err.contains("unshare") {
        skip("no mount namespace can be had");
        return;
    }
    done.code(7).stdout(&own).stderr("");
}

/// Wait until a job's guards are gone, both in one instant; whatever the census knows.
fn kill_guards(job: &Job) {
    let both = job.guards();
    assert_eq!(both.len(), 2, "a front and a guard");
    assert!(both.iter().all(|one| one.signal(libc::SIGSTOP)));
    assert!(both.iter().all(|one| one.kill()));
    holds("front and guard are gone", || both.iter().all(|one| !one.alive()));
}

fn without(stage: &mut Stage) {
    assert_eq!(stage.term.run("export PJ_WRAP_CGROUP=false"), 0);
}

/// A fork bomb that its user's limit holds, while its terminal closes or after both guards were killed.
fn bomb(most: usize, cgroup: bool, guards: bool) {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    // A user of each bomb's own, or they would share the limit; root is under none.
    let user = 1_900_000_000 + std::process::id() % 10_000 * 1000 + number;
    let mut stage = Stage::set(DIRECT);
    if !cgroup {
        without(&mut stage);
    }
    let (job, _) = stage.start(&format!("bomb {user} {most}"));
    assert_eq!(!job.json["cgroup"].is_null(), cgroup);
    let uid = format!("Uid:\t{user}\t");
    let count = || proc::all().iter().filter(|one| proc::contains(&proc::file(one.pid, "status"), &uid)).count();
    holds("the bomb has gone off", || count() + 2 >= most);
    let (since, mut sweeps) = (Instant::now(), 0);
    if guards {
        stage.term.close();
    } else {
        kill_guards(&job);
        // Without one a sweep may come to its end before the bomb does; what it says then brings the next one.
        let done = eventually("a sweep finishes it", || {
            sweeps += 1;
            let done = stage.world.sweep(&[]).go();
            (done.status.success() || cgroup).then_some(done)
        });
        done.code(0);
    }
    holds("all of it is gone", || count() == 0);
    let (took, what) = (since.elapsed(), if guards { "terminal closed" } else { "both killed, sweep" });
    eprintln!("bomb of {most}, {what}, cgroup {cgroup}, {sweeps} sweeps: gone after {took:?}, with a grace of 1 s");
    stage.roster.gone();
    job.record_gone();
    if cgroup {
        holds("the cgroup is gone", || !dir(&job).exists());
    }
}

fn bombs(cgroup: bool) {
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        skip("only root can put another user under a limit");
        return;
    }
    for most in [200, 400] {
        bomb(most, cgroup, true);
        bomb(most, cgroup, false);
    }
}

#[test]
fn fork_bombs_with() {
    if is_possible() {
        bombs(true);
    }
}

#[test]
fn fork_bombs_without() {
    bombs(false);
}

/// Eight of them, each a new process in a new session every 20 ms, and nobody but the sweep to end them.
fn walkers(cgroup: bool, env: &str) {
    let mut stage = Stage::set(DIRECT);
    if !cgroup {
        without(&mut stage);
    }
    let roster = stage.roster.path().display().to_string();
    let script =
        format!("for i in 1 2 3 4 5 6 7 8; do {env} $(command -v beast) {roster} walker & done; wait; exec sleep 60");
    stage.term.line(&format!("pj-wrap --direct --name subject --grace 1s sh -c '{script}'"));
    let job = stage.world.job("subject");
    holds("they walk", || stage.roster.members().len() > 40);
    kill_guards(&job);
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
    job.record_gone();
}

#[test]
fn eight_walkers_whose_guards_are_killed_with() {
    if is_possible() {
        walkers(true, "");
    }
}

#[test]
fn eight_walkers_whose_guards_are_killed_without() {
    walkers(false, "");
}

/// No session, no census, no marker names them: only where they were born.
#[test]
fn eight_walkers_that_nothing_else_proves() {
    if is_possible() {
        walkers(true, "env -i");
    }
}

/// Who may end somebody: the guard, or a sweep after both guards were killed.
fn ended_by(guards: bool, stage: &mut Stage, job: &Job) -> String {
    if guards {
        stage.term.close();
        stage.roster.gone();
        holds("the guard has left", || job.guards().is_empty());
        return fs::read_to_string(stage.world.state().join("events.jsonl")).unwrap_or_default();
    }
    kill_guards(job);
    let said = stage.world.sweep(&[]).go().code(0).text();
    stage.roster.gone();
    said
}

/// Kept: alive, running, told; and the cgroup goes with the last of them.
fn is_left(stage: &Stage, job: &Job, one: Id, said: &str, why: &str) {
    assert!(said.contains(&one.pid.to_string()) && said.contains(why), "it is told: {said:?}");
    assert!(one.alive() && is_inside(job, one), "it lives where it was");
    assert_eq!(read(job, "cgroup.freeze"), "0\n", "and is not frozen");
    job.record_gone();
    let word = stage.world.state().join("cgroups");
    assert_eq!(fs::read_dir(&word).map_or(0, Iterator::count), 1, "word of the cgroup is left");
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(dir(job).exists());
    one.kill();
    holds("it is gone", || !one.alive());
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(!dir(job).exists(), "the sweep has taken the cgroup away");
    assert_eq!(fs::read_dir(&word).map_or(0, Iterator::count), 0);
}

#[test]
fn who_is_kept_lives_on_in_it() {
    for guards in [true, false] {
        if !is_possible() {
            return;
        }
        let mut stage = Stage::set(DIRECT);
        let kept = stage.world.bystanders("kept");
        let script = format!(
            "PJ_KEEP=1 beast {} deaf & beast {} brood --only deaf,daemon-env",
            kept.path().display(),
            stage.roster.path().display()
        );
        stage.term.line(&format!("pj-wrap --direct --name subject --grace 1s sh -c '{script}'"));
        stage.roster.ready("brood");
        let (job, one) = (stage.world.job("subject"), kept.ready("deaf"));
        let said = ended_by(guards, &mut stage, &job);
        is_left(&stage, &job, one, &said, "PJ_KEEP");
    }
}

/// Whoever has the right to can put anybody into anybody's cgroup: not born there is not ours.
#[test]
fn a_stranger_who_was_moved_into_it_is_spared() {
    for guards in [true, false] {
        if !is_possible() {
            return;
        }
        let mut stage = Stage::set(DIRECT);
        let (job, _) = stage.start("brood --only deaf,daemon-env");
        let roster = stage.world.bystanders("stranger");
        stage.world.sh(&format!("exec beast {} deaf", roster.path().display())).start();
        let stranger = roster.ready("deaf");
        write(&job, "cgroup.procs", &stranger.pid.to_string());
        let said = ended_by(guards, &mut stage, &job);
        is_left(&stage, &job, stranger, &said, "not provably born there");
    }
}

/// Another job's member, an orphan like ours: the marker tells.
#[test]
fn another_jobs_member_who_was_moved_into_it_is_spared() {
    if !is_possible() {
        return;
    }
    let mut stage = Stage::set(DIRECT);
    let (job, _) = stage.start("brood --only deaf");
    let other = stage.world.bystanders("other");
    let script = format!("setsid -f beast {} deaf; sleep 60", other.path().display());
    stage.world.wrap(&["--name", "other", "--keep", "sh", "-c", &script]).start();
    let orphan = other.ready("deaf");
    let held = stage.world.job("other");
    kill_guards(&held);
    write(&job, "cgroup.procs", &orphan.pid.to_string());
    let said = ended_by(false, &mut stage, &job);
    assert!(orphan.alive() && said.contains(&orphan.pid.to_string()), "{said}");
    orphan.kill();
    holds("it is gone", || !orphan.alive());
    stage.world.sweep(&["--all", "--yes"]).go();
    assert!(!dir(&job).exists() && !dir(&held).exists());
}

/// One that a program of the job made in it: nobody looks into that, so there is no stroke, and the walk does it.
#[test]
fn a_cgroup_in_the_cgroup() {
    if !is_possible() {
        return;
    }
    let mut stage = Stage::set(DIRECT);
    let (job, _) = stage.start("brood --only deaf,setsid");
    let inner = dir(&job).join("inner");
    fs::create_dir(&inner).expect("a cgroup in it");
    let one = stage.roster.ready("deaf");
    fs::write(inner.join("cgroup.procs"), one.pid.to_string()).expect("one moves there");
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    fs::remove_dir(&inner).expect("nobody is in it");
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(!dir(&job).exists());
}

/// Whoever was killed while it held the cgroup could not thaw it: the next one does, or nobody would hear what he is
/// asked.
#[test]
fn a_frozen_one_is_thawed_before_anybody_is_asked() {
    if !is_possible() {
        return;
    }
    let stage = Stage::set(DIRECT);
    let line = stage.wrapped("brood --only polite,restorer").replace("--grace 1s", "--grace 1h");
    stage.term.line(&line);
    stage.roster.ready("brood");
    let job = stage.world.job("subject");
    write(&job, "cgroup.freeze", "1");
    eventually("it is frozen", || read(&job, "cgroup.events").contains("frozen 1").then_some(()));
    kill_guards(&job);
    stage.world.sweep(&[]).go().code(0);
    assert!(stage.roster.happened("restorer", "restored"));
    stage.roster.gone();
    job.record_gone();
}
