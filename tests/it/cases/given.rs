//! What the command is given is what it would be given without us, but for `PJ_JOB` and `PJ_SESSION`.

use crate::harness::shells::skip;
use crate::harness::{Hook, Run, Shell, Term, World, needs, proc};
use crate::stage::{ANY, Stage};
use std::fs;

/// Writes all that a wrapper might change into `$OUT`; a shell script, since Rust's runtime touches SIGPIPE.
const FACTS: &str = r#"#!/bin/sh
{
  printf 'argv <%s>\n' "$0" "$@"
  pwd
  grep -E '^(Umask|Sig(Blk|Ign)|Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Cpus_allowed)' /proc/self/status
  cat /proc/self/limits /proc/self/oom_score_adj
  nice
  for fd in /proc/$$/fd/*; do
    [ "$(readlink "$fd")" = "$OUT" ] || printf 'fd %s %s\n' "${fd##*/}" "$(readlink "$fd" | tr -d '0-9')"
  done
  env | sort
} > "$OUT"
"#;

fn facts(world: &World) {
    world.script("facts", FACTS);
}

/// The facts of a run, without the two variables that are ours; those separately.
fn read(world: &World, name: &str) -> (String, Vec<String>) {
    let text = fs::read_to_string(world.path(name)).unwrap_or_else(|error| panic!("no facts in {name}: {error}"));
    let (ours, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|line| !line.starts_with("OUT=") && !line.starts_with("_="))
        .partition(|line| line.starts_with("PJ_JOB=") || line.starts_with("PJ_SESSION="));
    (rest.join("\n"), ours.into_iter().map(str::to_owned).collect())
}

fn compare(world: &World, shape: impl Fn(Run) -> Run, line: &str) {
    facts(world);
    for (name, wrap) in [("bare", ""), ("wrapped", "pj-wrap ")] {
        let script = line.replace("WRAP ", wrap);
        shape(world.sh(&script)).env("OUT", world.path(name)).go().code(0).silent();
    }
    let ((bare, none), (wrapped, ours)) = (read(world, "bare"), read(world, "wrapped"));
    assert_eq!(bare, wrapped, "{line}");
    assert!(none.is_empty(), "{none:?}");
    assert_eq!(ours.len(), 1, "PJ_JOB, and no PJ_SESSION without an owner: {ours:?}");
}

#[test]
fn arguments_environment_and_directory() {
    let world = World::new();
    let line = r#"cd / && umask 027 && exec WRAP facts "a b" "" '*' "-x" 'q"q' "$(printf 'new\nline')" ä"#;
    compare(&world, |run| run.env("EMPTY", "").env("ODD", "a=b c"), line);
}

#[test]
fn case_81_the_child_has_its_descriptors_and_none_of_ours() {
    let world = World::new();
    compare(&world, |run| run, "exec 7</dev/zero 9>/dev/null; exec WRAP facts");
}

/// In a private set of terminals, so that they can be counted: there is one more while a command runs, and none soon
/// after (the guard leaves a moment later than the front), however often.
#[test]
fn case_81_a_hundred_runs_leave_no_terminal_behind() {
    let world = World::new();
    let mount = "mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx";
    let may = needs("unshare") && needs("script");
    if !may || world.sh(&format!("unshare -m sh -c '{mount}'")).go().status.code() != Some(0) {
        skip("no terminals of our own may be made here");
        return;
    }
    let count = "#!/bin/sh\ncount() { set -- /dev/pts/[0-9]*; echo $#; }\n[ -t 0 ] && [ \"$(count)\" = 1 ] || exit 3\n\
        i=0; while [ $i -lt 100 ]; do pj-wrap sh -c 'set -- /dev/pts/[0-9]*; exit $#'; [ $? = 2 ] || exit 4\n\
        until [ \"$(count)\" = 1 ]; do sleep 0.01; done; i=$((i+1)); done; exit 7\n";
    world.script("count", count);
    world.sh(&format!("exec unshare -m sh -c '{mount} && exec script -qec count /dev/null'")).go().code(7);
    world.no_guards();
}

#[test]
fn closed_descriptors_stay_closed() {
    let world = World::new();
    compare(&world, |run| run, "exec WRAP facts <&-");
    compare(&world, |run| run, "exec WRAP facts >&-");
    compare(&world, |run| run, "exec WRAP facts <&- >&- 2>&-");
}

#[test]
fn redirected_descriptors() {
    let world = World::new();
    compare(&world, |run| run, "exec WRAP facts </dev/null >/dev/zero 2>/dev/full");
}

#[test]
fn case_20_blocked_and_ignored_signals_are_inherited_unchanged() {
    let world = World::new();
    let ignored = [libc::SIGUSR1, libc::SIGPIPE, libc::SIGTTOU, libc::SIGTTIN, libc::SIGQUIT, libc::SIGINT];
    compare(
        &world,
        |run| run.dispose(&ignored, &[libc::SIGUSR2, libc::SIGWINCH, libc::SIGTERM], &[]),
        "exec WRAP facts",
    );
    compare(&world, |run| run, "exec WRAP facts");
}

#[test]
fn limits_and_niceness() {
    let world = World::new();
    compare(&world, |run| run, "ulimit -c 0; ulimit -n 123; exec nice -n 3 WRAP facts");
    compare(&world, |run| run, "ulimit -c unlimited 2>/dev/null; exec WRAP facts");
}

/// On a terminal: the same, and `PJ_SESSION` too, since the shell is the owner.
#[test]
fn on_a_terminal() {
    let world = World::new();
    facts(&world);
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    for (name, wrap) in [("bare", ""), ("pty", "pj-wrap "), ("direct", "pj-wrap --direct ")] {
        let out = world.text(name);
        assert_eq!(term.run(&format!("(export OUT={out}; exec 7</dev/zero; exec {wrap}facts a b)")), 0);
    }
    let bare = read(&world, "bare").0;
    for name in ["pty", "direct"] {
        let (facts, ours) = read(&world, name);
        assert_eq!(facts, bare, "{name}");
        let session = format!("PJ_SESSION={}-{}", term.id().pid, term.id().start);
        assert!(ours.contains(&session), "{ours:?}, not {session}");
        let job = ours.iter().find_map(|line| line.strip_prefix("PJ_JOB=")).expect("PJ_JOB");
        let (id, uid) = job.split_once('.').expect("ID.UID");
        assert!(id.parse::<u64>().is_ok() && !uid.is_empty(), "{job}");
    }
}

/// Inside a job there is no second guard: exec straight through, quietly, with the same job.
#[test]
fn case_129_a_wrap_in_a_wrap_goes_straight_through() {
    let stage = Stage::set(ANY);
    let inner = format!("pj-wrap --name inner beast {} plain", stage.roster.path().display());
    stage.term.line(&format!("pj-wrap --name subject --grace 1s sh -c '{inner}; exit 4'"));
    let beast = stage.roster.ready("plain");
    let of = |name: &str| stage.world.ours().iter().filter(|one| one.comm == name).count();
    assert_eq!((of("pj-wrap"), of("pj-guard")), (1, 1));
    assert_eq!(stage.world.jobs().len(), 1);
    assert_eq!(stage.world.job("subject").json["terminal"], "pty");
    beast.kill();
    stage.world.no_guards();
}

/// Neither front nor guard carries the command's line (an agent's `pkill -f` would take them), nor pins a directory;
/// the guard has another name than the front.
#[test]
fn case_82_115_the_guard_pins_no_directory_and_has_another_name() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let (front, guard) = (job.front(), job.guard());
    assert_eq!(proc::stat(front.pid).expect("a front").comm, "pj-wrap");
    let own = proc::stat(guard.pid).expect("a guard");
    assert_eq!((own.comm.as_str(), own.ppid), ("pj-guard", front.pid));
    assert_eq!(beast.stat().expect("a command").ppid, guard.pid);
    assert!(!proc::contains(&proc::file(guard.pid, "cmdline"), "beast"), "the guard's argv has the command's line");
    assert!(!proc::contains(&proc::file(guard.pid, "cmdline"), "pj-wrap"), "the guard's argv has the front's name");
    let cwd = fs::read_link(format!("/proc/{}/cwd", guard.pid)).expect("the guard's directory");
    assert_eq!(cwd.to_string_lossy(), "/", "the guard pins no directory");
    beast.kill();
    stage.world.no_guards();
}
