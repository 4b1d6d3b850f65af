//! Many of everything: processes in a tree, sessions that end at once, wraps one after the other. `just growth` takes as
//! many as the bars say, a plain run fewer; what it costs is measured in `benches/`.

use crate::harness::{LONG, Term, World, eventually, eventually::within, holds, proc};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File};
use std::time::{Duration, Instant};

/// No test of these takes longer.
const MOST: Duration = Duration::from_secs(600);

/// As many as there may be, or what a plain run takes.
fn many(all: usize, plain: usize) -> usize {
    if std::env::var_os("PJ_GROWTH").is_some_and(|v| v == "all") { all } else { plain }
}

#[test]
fn a_crowd_of_deaf_sessions_has_its_grace_and_no_more() {
    let world = World::lasting(MOST);
    let roster = world.roster("crowd");
    let path = roster.path().to_string_lossy().into_owned();
    let crowd = many(3000, 300);
    let mut term = Term::command(&world, &["pj-wrap", "--grace", "1s", "beast", &path, "horde", &crowd.to_string()]);
    roster.ready("horde");
    assert!(world.ours().iter().filter(|one| one.comm == "beast").count() > crowd, "the crowd is there");
    let held = File::open(format!("{path}.held")).expect("what the crowd holds");
    let from = Instant::now();
    term.close();
    let Ok(_free) = Flock::lock(held, FlockArg::LockExclusive) else { panic!("the crowd lets go of its lock") };
    let took = from.elapsed();
    assert!(took >= Duration::from_secs(1), "the crowd had {took:?}, not its grace");
    assert!(took < LONG, "the crowd lived for {took:?}");
    world.no_guards();
    holds("no record is left", || world.jobs().is_empty());
}

#[test]
fn sessions_that_close_in_the_same_second_all_end() {
    let world = World::lasting(MOST);
    let roster = world.roster("all");
    let path = roster.path().to_string_lossy().into_owned();
    let sessions = many(200, 20);
    let mut terms: Vec<Term> = (0..sessions)
        .map(|_| Term::command(&world, &["pj-wrap", "--grace", "300ms", "beast", &path, "horde", "2"]))
        .collect();
    holds("every session has its tree", || roster.members().len() == sessions);
    assert_eq!(world.jobs().len(), sessions, "each has an id of its own");
    terms.iter_mut().for_each(Term::close);
    let all_gone = || roster.alive().is_empty().then_some(());
    within(MOST, all_gone).expect("nobody of any session lives");
    world.no_guards();
    holds("no record is left", || world.jobs().is_empty());
}

/// All files of a world's state directory.
fn files(world: &World) -> Vec<String> {
    let below = |dir: &str| fs::read_dir(world.state().join(dir)).into_iter().flatten().flatten();
    let all = ["", "jobs", "sessions"].into_iter().flat_map(below);
    let mut names: Vec<String> = all.map(|entry| entry.path().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn wraps_in_a_row_leave_nothing_behind() {
    for flags in ["", "--direct"] {
        let world = World::lasting(MOST);
        let after = |wraps: usize| {
            let line = format!("i=0; while [ $i -lt {wraps} ]; do pj-wrap {flags} true || exit 9; i=$((i+1)); done");
            let mut term = Term::command(&world, &["sh", "-c", &line]);
            within(MOST, || (!term.id().alive()).then_some(())).expect("the last wrap ends");
            assert_eq!(term.wait().code(), Some(0), "{flags}");
            world.no_guards();
            files(&world)
        };
        let few = after(1);
        assert_eq!(after(many(10_000, 100)), few, "{flags}");
        assert!(few.iter().any(|name| name.ends_with("/seq")) && world.jobs().is_empty(), "{few:?}");
    }
}

/// Descriptors and resident pages of a process.
fn held(pid: i32) -> (usize, u64) {
    let fds = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().count();
    let text = String::from_utf8(proc::file(pid, "statm")).expect("numbers");
    (fds, text.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("resident pages"))
}

#[test]
fn a_guard_that_outlives_many_orphans_grows_by_nothing() {
    let world = World::lasting(MOST);
    let orphans = many(10_000, 300);
    let (go, done) = (world.text("go"), world.text("done"));
    // Each `(true &)` is an orphan, which comes to the guard and ends there.
    let rounds = format!(
        "for round in 1 2; do i=0; while [ $i -lt {orphans} ]; do (true &); i=$((i+1)); done; \
         echo $round >{done}; until [ -e {go}$round ]; do read x </dev/tty; done; done"
    );
    let mut term = Term::command(&world, &["pj-wrap", "--name", "many", "sh", "-c", &rounds]);
    let guard = world.job("many").guard();
    let after = |round: &str| {
        let written = || fs::read_to_string(&done).ok().filter(|text| text.trim() == round);
        within(MOST, written).expect("the round ends");
        // One census after the last child's end, and then nothing happens.
        holds("nobody is left to reap", || zombies(guard.pid) == 0);
        eventually("the guard's size once it rests", || {
            let (before, later) = (held(guard.pid), held(guard.pid));
            (before == later).then_some(later)
        })
    };
    let (fds, pages) = after("1");
    fs::write(format!("{go}1"), "").expect("the word for the second round");
    term.send(b"\r");
    let (more_fds, more_pages) = after("2");
    assert_eq!(fds, more_fds, "descriptors");
    assert!(more_pages <= pages + 8, "{pages} pages, then {more_pages}");
    fs::write(format!("{go}2"), "").expect("the last word");
    term.send(b"\r");
    assert_eq!(term.wait().code(), Some(0));
}

/// Dead children that nobody has reaped.
fn zombies(of: i32) -> usize {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(proc::stat).filter(|one| one.ppid == of && one.state == 'Z').count()
}
