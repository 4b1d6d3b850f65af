//! The third line: a cgroup of the job's own. What it must end that nothing else can, whom it must spare, and that
//! nothing of it stays. Where none can be made the tests of it are skipped, and the guard works without.

/// Bombs and walkers.
mod outrun;
/// A manager that makes them.
pub(crate) mod scope;
/// The kept, the strangers.
mod spared;

use crate::harness::shells::skip;
use crate::harness::{Cell, Id, Job, Mode, World, holds};
use crate::stage::{ANY, Stage};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

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
    let text = job.json["cgroup"].as_str().unwrap_or_else(|| panic!("no cgroup: {}", job.json));
    text.rsplit_once(':').expect("a directory and its number").0.into()
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

fn without(stage: &mut Stage) {
    assert_eq!(stage.term.run("export PJ_WRAP_CGROUP=false"), 0);
}
