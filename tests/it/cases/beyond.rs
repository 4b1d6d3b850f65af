//! Very many, those whom a guard cannot end, and those who are not its to end.

use crate::harness::shells::skip;
use crate::harness::world::{beast, bin};
use crate::harness::{Cell, Mode, Run, World, cmd, holds, needs, proc, raw};
use crate::stage::{ANY, Stage};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::time::Instant;

const MODES: [Mode; 2] = [Mode::Pty, Mode::Direct];

/// Deaf ones, so that each has to be found and killed. What it takes is printed: a machine that does other things too
/// has no second to promise.
#[test]
fn case_96_a_thousand_sleepers_in_a_thousand_sessions_are_gone() {
    for mode in MODES {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let (job, parent) = stage.start("sessions 1000");
        let sleepers =
            || proc::all().into_iter().filter(|one| one.ppid == parent.pid && one.session == one.pid).count();
        assert_eq!(sleepers(), 1000);
        let began = Instant::now();
        assert!(job.front().signal(libc::SIGTERM));
        holds("the guard is done", || !job.guard().alive());
        eprintln!("{mode:?}: a thousand sessions took {:?}, a second of grace included", began.elapsed());
        stage.roster.gone();
        stage.world.no_guards();
        assert!(stage.world.jobs().is_empty(), "none is left");
    }
}

/// This world is `nobody`'s, who has a program at hand that makes him another user for good, as `sudo` would.
fn hand_over(world: &World) -> bool {
    if !nix::unistd::geteuid().is_root() {
        return skip("only root has another user's processes");
    }
    let become_ = world.path("bin/become");
    fs::copy("/usr/bin/setpriv", &become_).expect("setpriv");
    for (from, name) in [(bin().join("pj-wrap"), "pj-wrap"), (beast(), "beast")] {
        fs::copy(from, world.path("bin").join(name)).expect("a copy that everybody can reach");
    }
    let dir = world.path("").display().to_string();
    let own = format!(
        "chown -R {NOBODY}:{NOBODY} {dir}; chmod -R go+rX {dir}; chmod 666 {dir}*.roster; chown 0:0 {dir}bin/*"
    );
    world.sh(&own).go().code(0).silent();
    fs::set_permissions(&become_, fs::Permissions::from_mode(0o4755)).expect("a set-uid program");
    true
}

const NOBODY: u32 = 65534;

fn as_nobody(mut run: Run) -> Run {
    run.command.uid(NOBODY).gid(NOBODY);
    run
}

/// It lives on, since nobody may end it; it is named, and waited for no longer than the grace.
#[test]
fn case_100_a_process_of_another_user_is_reported_and_w_ends_in_time() {
    let world = World::new();
    let roster = world.bystanders("other");
    if !(needs("/usr/bin/setpriv") && hand_over(&world)) {
        return;
    }
    let path = roster.path().display();
    let script = format!(
        "become --reuid 65533 --regid 65533 --clear-groups beast {path} deaf & \
         become --reuid 65533 --regid 65533 --clear-groups beast {path} plain & exec beast {path} polite"
    );
    let (mut child, front) = as_nobody(world.sh(&format!("exec pj-wrap --grace 300ms sh -c '{script}'"))).start();
    let (deaf, plain, polite) = (roster.ready("deaf"), roster.ready("plain"), roster.ready("polite"));
    let user = |pid: i32| fs::metadata(format!("/proc/{pid}")).map(|of| std::os::unix::fs::MetadataExt::uid(&of)).ok();
    assert_eq!((user(deaf.pid), user(polite.pid)), (Some(65533), Some(NOBODY)));
    assert!(front.signal(libc::SIGTERM));
    cmd::wait(&mut child, "pj-wrap");
    world.no_guards();
    assert!(deaf.alive() && plain.alive() && !polite.alive());
    let events = fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    for one in [deaf, plain] {
        assert!(events.contains(&format!("beast ({}): ", one.pid)), "not reported: {events}");
    }
}

/// Killed, it stays a zombie that its tracer alone may bury; one in state D hears nothing but KILL.
#[test]
fn case_101_a_process_in_d_state_or_traced_is_waited_for_within_bounds() {
    for mode in MODES {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let path = stage.roster.path().display().to_string();
        stage.world.script(
            "both",
            &format!("#!/bin/sh\nbeast {path} vfork &\nbeast {path} setsid &\nexec beast {path} plain\n"),
        );
        stage.term.line(&format!("pj-wrap {}--name subject --grace 300ms both", mode.flag()));
        let (_, hung, traced) =
            (stage.roster.ready("plain"), stage.roster.ready("vfork"), stage.roster.ready("setsid"));
        stage.roster.ready("vforked");
        holds("one waits in the kernel", || hung.state() == Some('D'));
        let tracers = stage.world.bystanders("tracer");
        let (mut tracer, id) = Run::new(
            &stage.world,
            &beast().to_string_lossy(),
            &[&tracers.path().to_string_lossy(), "tracer", &traced.pid.to_string()],
        )
        .start();
        holds("somebody said whether he traces", || !tracers.members().is_empty());
        let may = tracers.members()[0].kind == "tracer" || skip("nobody may trace here");
        let job = stage.world.job("subject");
        assert!(job.front().signal(libc::SIGTERM));
        stage.roster.gone();
        if may {
            let zombie = proc::stat(traced.pid).map(|one| (one.start, one.state));
            assert_eq!(zombie, Some((traced.start, 'Z')), "the tracer has not looked at it");
        }
        stage.world.no_guards();
        assert_eq!(stage.term.run("true"), 0);
        id.kill();
        tracer.wait().expect("the tracer's end");
    }
}

/// As a container's or a service manager's client does, the command asks somebody outside its tree to start something.
#[test]
fn case_103_what_a_manager_has_started_for_the_command_is_untouched() {
    for mode in MODES {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let outside = stage.world.bystanders("outside");
        let asked = stage.world.text("asked");
        stage.world.sh(&format!("mkfifo {asked}")).go().code(0).silent();
        let serve = format!("read word < {asked}; beast {} $word & wait", outside.path().display());
        let (mut manager, id) = stage.world.sh(&serve).start();
        let ask = format!("echo deaf > {asked}; exec beast {} plain", stage.roster.path().display());
        stage.term.line(&format!("pj-wrap {}--name subject --grace 300ms sh -c '{ask}'", mode.flag()));
        stage.roster.ready("plain");
        let started = outside.ready("deaf");
        assert!(stage.world.job("subject").front().signal(libc::SIGTERM));
        stage.roster.gone();
        stage.world.no_guards();
        stage.world.sweep(&[]).go().code(0).silent();
        assert!(started.alive(), "{mode:?}: what the manager started is the manager's");
        started.kill();
        id.kill();
        manager.wait().expect("the manager's end");
        stage.term.close();
    }
}

/// In control groups of our own, as root may have them; taken away when `gate` is there. Answers 77 where they may not be.
const UNITS: &str = r#"#!/bin/sh
mkdir groups
if grep -q :name=systemd: /proc/self/cgroup; then
    mount -t cgroup -o none,name=systemd groups groups
else
    mount -t cgroup2 groups groups
fi 2>/dev/null && mkdir "groups/$PJ_TEST-home.scope" "groups/$PJ_TEST-other.scope" || exit 77
echo $$ > "groups/$PJ_TEST-home.scope/cgroup.procs"
pj-wrap --name subject --grace 300ms "$@"
echo $$ > groups/cgroup.procs
until [ -e gate ]; do sleep 0.02; done
exec rmdir groups/*.scope
"#;

/// `systemd-run --scope` and a terminal's or a multiplexer's own scopes: below the command, and moved on purpose.
#[test]
fn case_103_whom_another_unit_has_adopted_is_untouched_and_named() {
    let world = World::new();
    if !needs("unshare") {
        return;
    }
    let (inside, moved) = (world.roster("inside"), world.bystanders("moved"));
    let [plain, adopted] = [&inside, &moved].map(|one| one.path().display().to_string());
    world.script("units", UNITS);
    world.script(
        "adopted",
        &format!("#!/bin/sh\necho $$ > groups/$PJ_TEST-other.scope/cgroup.procs\nexec beast {adopted} deaf\n"),
    );
    let script = format!("adopted & beast {plain} setsid & exec beast {plain} plain");
    let (mut units, _) = world.sh(&format!("exec unshare -m units sh -c '{script}'")).start();
    let ended = |units: &mut std::process::Child| units.try_wait().ok().flatten();
    holds("it runs, or may not", || ended(&mut units).is_some() || moved.members().len() + inside.members().len() == 3);
    if let Some(status) = ended(&mut units) {
        assert_eq!(status.code(), Some(77), "{status}");
        skip("no control groups may be made here");
        return;
    }
    assert!(world.job("subject").front().signal(libc::SIGTERM));
    inside.gone();
    world.no_guards();
    let left = moved.ready("deaf");
    assert!(left.alive());
    let events = fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    assert!(events.contains(&format!("left alone: beast ({}): another unit has adopted it", left.pid)), "{events}");
    left.kill();
    holds("it is gone", || !left.alive());
    fs::write(world.home().join("gate"), "").expect("a gate");
    assert!(cmd::wait(&mut units, "units").success(), "the control groups are gone");
}

/// A system in which nobody can adopt orphans: it is said, once, and the command runs.
#[test]
fn case_87_without_subreapers_there_is_a_warning() {
    let world = World::new();
    let mut run = world.wrap(&["sh", "-c", "echo out; exit 3"]);
    raw::without_subreapers(&mut run.command);
    run.go().code(3).stdout("out\n").one_line().says("pj: cannot adopt orphans: ");
    world.no_guards();
}
