//! What looks like ours and is not: numbers of terminals, groups and sessions that others have now, a clock that says
//! something else, another user's records, a directory in which somebody else can write.

use crate::harness::proc::{self, Id};
use crate::harness::shells::skip;
use crate::harness::{Cell, Hook, Job, Mode, Run, Shell, Term, World};
use crate::stage::{ANY, Stage};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{Command, Stdio};

/// Nobody here has this number.
const SOMEBODY: u32 = 54_321;

/// The terminal's device number of a process (proc_pid_stat(5), field 7).
fn tty(of: Id) -> String {
    let text = String::from_utf8_lossy(&proc::file(of.pid, "stat")).into_owned();
    text.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(4)).expect("a terminal's number").to_owned()
}

fn abandoned(stage: &mut Stage, kinds: &str) -> Job {
    let (job, _) = stage.start(&format!("brood --only {kinds}"));
    stage.kill_both(&job);
    job
}

/// The old record's terminal is a new session's by number: the old job ends, the new session does not know of it.
#[test]
fn a_terminal_number_that_a_new_session_has() {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let old = tty(stage.term.id());
    // Nobody may hold the terminal open, or its number stays taken: only the daemon outlives the shell.
    let job = abandoned(&mut stage, "daemon");
    let daemon = stage.roster.ready("daemon");
    stage.term.id().kill();
    stage.term.close();
    // Numbers are given out again from the lowest; whoever else runs here may be faster.
    let mut others = Vec::new();
    let new = loop {
        let term = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
        if tty(term.id()) == old {
            break term;
        }
        others.push(term);
        if others.len() > 30 {
            skip("somebody else has the old terminal's number");
            break others.pop().expect("a terminal");
        }
    };
    let roster = stage.world.bystanders("new");
    new.line(&format!("pj-wrap --direct --name new beast {} deaf", roster.path().display()));
    let (beast, guards) = (roster.ready("deaf"), stage.world.job("new").guards());
    assert!(daemon.alive(), "the old job is there to be ended");
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
    job.record_gone();
    assert!(beast.alive() && new.id().alive() && guards.len() == 2 && guards.iter().all(|one| one.alive()));
}

/// The old record's numbers of processes, groups and sessions are a new session's: leader, group, and a child in both.
#[test]
fn numbers_of_groups_and_sessions_that_strangers_have() {
    for mode in [Mode::Direct, Mode::Pty] {
        let mut stage = Stage::set(Cell { mode, ..ANY });
        let job = abandoned(&mut stage, "plain,deaf,setsid,own-group,daemon");
        let log = stage.world.bystanders("stranger");
        let line = format!("beast {} signals 99 & wait", log.path().display());
        let leader = Run::new(&stage.world, "setsid", &["sh", "-c", &line]).start();
        let stranger = log.ready("signals");
        let of = Some(nix::unistd::Pid::from_raw(stranger.pid));
        let (session, group) = (nix::unistd::getsid(of), nix::unistd::getpgid(of));
        assert!(session == group, "one session, one group");
        let leads = session.ok().and_then(|sid| Id::of(sid.as_raw())).expect("the leader of its session");
        // As they would stand there if one of ours had had the number before: all the same but the start time.
        let (n, before) = (leads.pid, leads.start - 1);
        let census = job.dir().join("members");
        let mut text = fs::read_to_string(&census).expect("a census");
        text += &format!("{n} {before} 0 {n} {n} 1 1 sh\n{} {before} 0 {n} {n} 1 1 beast\n", stranger.pid);
        fs::write(&census, text).expect("the census");
        let mut json = job.again().expect("a record").json;
        for field in ["guard", "root"] {
            (json[field]["pid"], json[field]["start"], json[field]["ino"]) = (json!(n), json!(before), json!(null));
        }
        fs::write(&job.path, json.to_string()).expect("the record");
        stage.world.sweep(&[]).go().code(0);
        stage.roster.gone();
        job.record_gone();
        assert!(leads.alive() && stranger.alive(), "{mode:?}: a stranger was ended");
        assert!(log.events("signals").is_empty(), "{mode:?}: a stranger got {:?}", log.events("signals"));
        assert!(stranger.kill());
        drop(leader);
    }
}

/// Times of day in a record are for people: years off, they neither end a living job nor save a lost one.
#[test]
fn a_clock_that_was_stepped() {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon");
    for year in ["1970", "2999"] {
        let mut json = job.again().expect("a record").json;
        for field in ["created_at", "started_at", "owner_died_at"] {
            json[field] = json!(format!("{year}-01-01T00:00:00Z"));
        }
        fs::write(&job.path, json.to_string()).expect("the record");
        stage.world.sweep(&[]).go().code(0).silent();
        assert_eq!(job.guards().len(), 2, "{year}: a living job was touched");
    }
    stage.kill_both(&job);
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
    job.record_gone();
}

/// In a time namespace every start time is another. A sweep there cannot judge what was recorded outside: it must not
/// take a living job for a lost one.
#[test]
fn start_times_of_another_time_namespace() {
    let elsewhere = ["--time", "--boottime", "100000", "--fork"];
    let tried = Command::new("unshare").args(elsewhere).arg("true").stderr(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        skip("no right to make a time namespace: run it as root");
        return;
    }
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("deaf");
    let sweep = crate::harness::world::bin().join("pj-sweep");
    let words: Vec<&str> = elsewhere.into_iter().chain([sweep.to_str().expect("a path")]).collect();
    for _ in 0..2 {
        Run::new(&stage.world, "unshare", &words).go().code(0);
        assert!(beast.alive() && job.guards().len() == 2 && job.path.exists(), "a living job was ended");
        assert!(stage.term.id().alive());
    }
    beast.kill();
    stage.world.no_guards();
}

/// A state directory in which somebody else can write, or that is somebody else's, is told and not believed.
#[test]
fn a_state_directory_that_is_not_ours_alone() {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let job = abandoned(&mut stage, "plain,deaf,setsid,daemon");
    let (state, before) = (stage.world.state(), stage.roster.alive());
    let mode = |bits| fs::set_permissions(&state, fs::Permissions::from_mode(bits)).expect("our own directory");
    let refused = |why: &str| {
        stage.world.sweep(&[]).go().code(5).says(why);
        assert_eq!(stage.roster.alive(), before, "{why}: somebody was ended");
        assert!(job.path.exists());
    };
    for bits in [0o770, 0o722, 0o1777] {
        mode(bits);
        refused("others can write there");
    }
    mode(0o700);
    if chown(&state, Some(SOMEBODY), None).is_ok() {
        refused("it belongs to another user");
        chown(&state, Some(0), None).expect("our own directory again");
    }
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
}

/// Root's records and somebody's: each sweep ends its own jobs, and refuses the other's directory by name.
#[test]
fn two_users_records() {
    let as_somebody = ["--reuid", "54321", "--regid", "54321", "--clear-groups"];
    let bin = crate::harness::world::bin();
    let sweep = bin.join("pj-sweep").to_string_lossy().into_owned();
    let mut tried = Command::new("setpriv");
    let tried =
        tried.args(as_somebody).args([&sweep, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        skip("no right to be somebody else, or pj is in a directory that he cannot read");
        return;
    }
    let (mut roots, world) = (Stage::set(Cell { mode: Mode::Direct, ..ANY }), World::new());
    for dir in ["", "home", "state", "run", "tmp"] {
        chown(world.path(dir), Some(SOMEBODY), Some(SOMEBODY)).expect("his directory");
    }
    let his = world.roster("his");
    chown(his.path(), Some(SOMEBODY), Some(SOMEBODY)).expect("his roster");
    let line = format!("pj-wrap --name his --grace 1s beast {} brood --only plain,deaf,setsid", his.path().display());
    let mut argv = vec!["setpriv"];
    // As `World::led` does it, by him.
    let line = format!("set -m; {line} & sleep 1000");
    argv.extend(as_somebody.iter().chain(&["bash", "-c", &line]));
    let _ = Run::new(&world, "setpriv", &argv[1..]).start();
    his.ready("brood");
    let (his_job, job) = (world.job("his"), abandoned(&mut roots, "plain,deaf,setsid,daemon"));
    his_job.lose_guards(&his.steady().iter().map(|one| one.id).collect::<Vec<_>>());
    let alive = his.alive();
    // Root, told to look there.
    let told = roots.world.sweep(&[]).env("XDG_STATE_HOME", world.path("state")).go();
    assert!(told.text().contains("belongs to another user"), "{}", told.text());
    assert_eq!(his.alive(), alive, "root's sweep ended another user's");
    // He, told to look at root's: he cannot even read it.
    argv.truncate(1 + as_somebody.len());
    argv.push(&sweep);
    let roots_state = roots.world.path("state");
    Run::new(&world, "setpriv", &argv[1..]).env("XDG_STATE_HOME", roots_state).go();
    assert!(roots.roster.steady().iter().any(|one| one.id.alive()) && job.path.exists(), "he ended root's");
    // Each his own.
    Run::new(&world, "setpriv", &argv[1..]).go().code(0);
    his.gone();
    assert!(roots.roster.steady().iter().any(|one| one.id.alive()), "his sweep ended root's");
    roots.world.sweep(&[]).go().code(0);
    roots.roster.gone();
}
