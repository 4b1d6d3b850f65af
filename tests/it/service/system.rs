//! What the system starts the daemon with: files and lines that the programs they are for understand, and nothing else of
//! the user's touched.

use super::{kill_guards, running, wrapped};
use crate::cgroup::scope::Manager;
use crate::harness::shells::skip;
use crate::harness::{Id, Run, World, holds, needs, proc};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// pj in a place of this name.
fn moved_to(world: &World, name: &str) -> PathBuf {
    let dir = world.path(name);
    fs::create_dir_all(&dir).expect("a directory");
    for program in ["pj", "pj-sweep", "pj-wrap"] {
        fs::copy(crate::harness::world::bin().join(program), dir.join(program)).expect("a copy");
    }
    dir.join("pj")
}

fn service(world: &World, pj: &Path, args: &[&str]) -> Run {
    let mut run = Run::new(world, &pj.to_string_lossy(), &["service"]);
    run.command.args(args);
    run
}

/// Where nothing but the files can be had: the commands fail, and nobody outside is asked.
fn without_manager(world: &World) {
    world.script("systemctl", "#!/bin/sh\necho \"$@\" >> ~/asked\nexit 1\n");
}

const UNITS: [&str; 3] = ["pj-daemon.service", "pj-sweep.service", "pj-sweep.timer"];

fn unit(world: &World, name: &str) -> PathBuf {
    world.home().join(".config/systemd/user").join(name)
}

#[test]
fn units_stand_whatever_the_binary_is_called() {
    if !needs("systemd-analyze") {
        return;
    }
    for name in ["plain", "a b; #$HOME %n 100%", "R&D <x> $$"] {
        let world = World::new();
        without_manager(&world);
        let pj = moved_to(&world, name);
        service(&world, &pj, &["status"]).go().code(3).says("nothing is installed");
        let dry = service(&world, &pj, &["install", "--systemd", "-n"]).go().code(0).text();
        assert!(!unit(&world, UNITS[0]).exists() && dry.contains("systemctl --user restart"), "{dry}");
        service(&world, &pj, &["install", "--systemd"]).go().code(5).says("cannot run systemctl --user daemon-reload");
        let files = UNITS.map(|name| unit(&world, name).to_string_lossy().into_owned());
        assert!(files.iter().all(|file| dry.contains(&fs::read_to_string(file).expect("a unit"))));
        let words: Vec<&str> =
            ["verify", "--user", "--man=no"].into_iter().chain(files.iter().map(String::as_str)).collect();
        Run::new(&world, "systemd-analyze", &words).env("SYSTEMD_LOG_LEVEL", "warning").go().code(0).silent();
        service(&world, &pj, &["status"]).go().code(5).says("this binary").says("does not run");
        let asked = fs::read_to_string(world.home().join("asked")).expect("asked");
        assert_eq!(asked, "--user daemon-reload\n");
        service(&world, &pj, &["uninstall"]).go().code(0);
        assert!(files.iter().all(|file| !Path::new(file).exists()));
        service(&world, &pj, &["uninstall"]).go().code(3);
    }
    let world = World::new();
    let pj = moved_to(&world, "it's");
    service(&world, &pj, &["install", "--systemd"]).go().code(1).says("a quote or a backslash");
    assert!(!unit(&world, UNITS[0]).exists());
}

#[test]
fn agents_say_what_they_start() {
    if !needs("python3") {
        return;
    }
    let world = World::new();
    let pj = moved_to(&world, "a <b> & \"c\" 'd' é");
    service(&world, &pj, &["install", "--launchd"]).go().code(5).says("no launchctl");
    let script = "import json,plistlib,sys\nprint(json.dumps([plistlib.load(open(f,'rb')) for f in sys.argv[1:]]))";
    let file = |name: &str| world.home().join("Library/LaunchAgents").join(name).to_string_lossy().into_owned();
    let files = [file("pj.daemon.plist"), file("pj.sweep.plist")];
    let read = Run::new(&world, "python3", &["-c", script, &files[0], &files[1]]).go().code(0).json();
    assert_eq!(read[0]["ProgramArguments"], json!([pj, "daemon", "run"]));
    assert_eq!(read[1]["ProgramArguments"], json!([pj.with_file_name("pj-sweep"), "-q"]));
    assert_eq!(read[0]["EnvironmentVariables"], json!({ "XDG_STATE_HOME": world.path("state") }));
    service(&world, &pj, &["status"]).go().code(5).says("launchd: starts").says("this binary");
    service(&world, &pj, &["uninstall", "--launchd"]).go().code(0);
    assert!(files.iter().all(|file| !Path::new(file).exists()));
}

/// One that somebody has written by hand, and one that is of a pj that has moved since.
#[test]
fn what_is_not_ours_stays_and_what_has_moved_is_told() {
    let world = World::new();
    without_manager(&world);
    let pj = moved_to(&world, "first");
    fs::create_dir_all(unit(&world, "").parent().expect("a directory")).expect("made");
    fs::create_dir_all(unit(&world, "")).expect("made");
    fs::write(unit(&world, UNITS[1]), "[Service]\nExecStart=/bin/true\n").expect("a unit");
    service(&world, &pj, &["install", "--systemd"]).go().code(6).says("pj has not written it");
    service(&world, &pj, &["uninstall"]).go().code(3);
    assert_eq!(fs::read_to_string(unit(&world, UNITS[1])).expect("still there"), "[Service]\nExecStart=/bin/true\n");
    assert!(!unit(&world, UNITS[0]).exists());
    fs::remove_file(unit(&world, UNITS[1])).expect("removed");
    service(&world, &pj, &["install", "--systemd"]).go().code(5);
    let second = moved_to(&world, "second");
    let told = service(&world, &second, &["--json", "status"]).go().code(5).json();
    let one = &told["services"][0];
    assert_eq!((&one["program"], &one["is_this"], &one["is_there"]), (&json!(pj), &json!(false), &json!(true)));
    fs::remove_file(&pj).expect("removed");
    service(&world, &second, &["status"]).go().code(5).says("it has moved").says("pj service install --systemd");
    service(&world, &second, &["install", "--systemd"]).go().code(5);
    assert_eq!(service(&world, &second, &["--json", "status"]).go().json()["services"][0]["is_this"], json!(true));
}

/// A crontab(1) that keeps its table in the world.
const CRONTAB: &str = "#!/bin/sh
case $1 in
-l) [ -e ~/table ] && exec cat ~/table; echo 'no crontab for me' >&2; exit 1;;
-r) exec rm ~/table;;
-) exec cat > ~/table;;
esac
";

#[test]
fn a_crontab_keeps_its_other_lines() {
    let world = World::new();
    let pj = moved_to(&world, "it's 100% $HOME");
    let table = world.home().join("table");
    world.script("crontab", "#!/bin/sh\necho 'you are not allowed to use this program' >&2\nexit 1\n");
    service(&world, &pj, &["install", "--cron"]).go().code(1).says("cannot read the crontab: you are not allowed");
    world.script("crontab", CRONTAB);
    for others in [&b"# mine\nMAILTO=me\n\n*/5 * * * * echo 100\\% \xff\n0 0 * * * last"[..], b""] {
        if others.is_empty() {
            let _ = fs::remove_file(&table);
        } else {
            fs::write(&table, others).expect("a table");
        }
        for _ in 0..2 {
            service(&world, &pj, &["install", "--cron"]).go().code(0);
            let now = fs::read(&table).expect("a table");
            assert!(now.starts_with(others) && now.ends_with(b" # pj service\n"));
            let lines = |text: &[u8]| text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).count();
            assert_eq!(lines(&now), lines(others) + 1, "one line of ours");
        }
        let one = running(&world).expect("it was started");
        service(&world, &pj, &["status"]).go().code(0).says("cron: starts").says("the daemon runs");
        // As cron does it: what is behind the five stars, without `\` before `%`, by sh, with an environment of its own.
        let now = String::from_utf8_lossy(&fs::read(&table).expect("a table")).into_owned();
        let line =
            now.lines().last().expect("ours").strip_prefix("* * * * * ").expect("each minute").replace("\\%", "%");
        assert!(one.kill());
        holds("it is gone", || !one.alive());
        let mut run = Run::new(&world, "/bin/sh", &["-c", &line]).env("PATH", "/usr/bin:/bin");
        for name in ["XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "TERM", "LANG"] {
            run = run.unset(name);
        }
        run.go().code(0).silent();
        assert!(running(&world).is_some(), "in the state directory of the user's shells");
        service(&world, &pj, &["uninstall"]).go().code(0);
        assert!(running(&world).is_none());
        let left = fs::read(&table).unwrap_or_default();
        assert_eq!(left.strip_suffix(b"\n").unwrap_or(&left), others);
        assert_eq!(table.exists(), !others.is_empty());
    }
}

/// Debian's crontab(1), with a spool of its own.
#[test]
fn the_real_crontab_takes_the_line_and_gives_it_back() {
    let spool = Path::new("/var/spool/cron/crontabs");
    if !needs("crontab") || !needs("unshare") || !spool.is_dir() {
        return;
    }
    let world = World::new();
    let pj = moved_to(&world, "a 100% b");
    let script = format!(
        "#!/bin/sh\nset -e\nmount -t tmpfs -o mode=1730 none {}\npj='{}'
        \"$pj\" -q service install --cron\n(crontab -l; echo '5 * * * * mine') | crontab -
        \"$pj\" -q service install --cron\ncrontab -l | grep -c '^[^#]'\n\"$pj\" -q service uninstall --cron\ncrontab -l\n",
        spool.display(),
        pj.display()
    );
    world.script("try-crontab", &script);
    let done = world.sh("exec unshare -m try-crontab").go();
    if done.err.contains("unshare") || done.err.contains("mount") {
        skip("no mount namespace can be had");
        return;
    }
    let text = done.code(0).text();
    let said: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(said, ["2", "5 * * * * mine"], "{text}");
}

/// A real user manager: it starts the daemon, starts it again when it was killed, and lets it go.
#[test]
fn a_real_manager_starts_it_and_starts_it_again() {
    let world = World::new();
    let Some(manager) = Manager::start(&world) else { return };
    // What every user manager has.
    for name in ["basic", "timers", "shutdown"] {
        fs::write(world.path("units").join(format!("{name}.target")), "[Unit]\nDescription=nothing\n").expect("a unit");
    }
    let within = |args: &str| world.sh(&format!("exec within pj {args}"));
    within("service install --systemd").go().code(0);
    let one = running(&world).expect("a daemon");
    let cgroup = String::from_utf8_lossy(&proc::file(one.pid, "cgroup")).into_owned();
    assert!(cgroup.contains("/pj-daemon.service"), "{cgroup}");
    within("service status").go().code(0).says("this binary").says("the daemon runs");
    let (job, roster) = wrapped(&world, "first", "brood --only plain,deaf,setsid");
    kill_guards(&job, &roster);
    roster.gone();
    job.record_gone();
    assert!(one.kill());
    let another = |old: Id| running(&world).is_some_and(|new| new != old);
    holds("it is started again", || another(one));
    within("service install --systemd").go().code(0);
    let list = "exec within systemctl --user list-timers --all --plain --no-legend";
    world.sh(list).go().code(0).says("pj-sweep.timer");
    world.sh("exec within systemctl --user start pj-sweep.service").go().code(0);
    within("service uninstall").go().code(0);
    assert!(running(&world).is_none() && UNITS.iter().all(|name| !unit(&world, name).exists()));
    world.sh(list).go().code(0).never_says("pj-");
    drop(manager);
}

/// What `pj doctor` says of the daemon, of the service and of the records, and whether that is a promise broken.
#[test]
fn doctor_tells_of_the_daemon_and_of_what_starts_it() {
    let world = World::new();
    without_manager(&world);
    let pj = moved_to(&world, "first");
    let doctor = |pj: &Path, code: i32| {
        let done = Run::new(&world, &pj.to_string_lossy(), &["--json", "doctor"]).go().code(code).json();
        move |name: &str| {
            let all = done["checks"].as_array().expect("checks").iter();
            all.filter(|one| one["name"] == name).map(|one| (one["holds"].clone(), one["says"].clone())).next()
        }
    };
    let holds = |found: Option<(serde_json::Value, serde_json::Value)>| found.expect("a check").0;
    let told = doctor(&pj, 0);
    assert_eq!(holds(told("daemon")), json!("note"));
    assert!(told("service").is_none() && told("linger").is_none());
    for name in ["sockets", "events", "clock", "stale"] {
        assert_eq!(holds(told(name)), json!("yes"), "{name}");
    }
    // Written, and nobody was there to start it.
    service(&world, &pj, &["install", "--systemd"]).go().code(5);
    let told = doctor(&pj, 1);
    assert_eq!((holds(told("daemon")), holds(told("service"))), (json!("broken"), json!("yes")));
    assert!(told("linger").is_some());
    Run::new(&world, &pj.to_string_lossy(), &["daemon", "start"]).go().code(0);
    let told = doctor(&pj, 0);
    assert_eq!((holds(told("daemon")), holds(told("service"))), (json!("yes"), json!("yes")));
    // The binary moves.
    let second = moved_to(&world, "second");
    assert_eq!(holds(doctor(&second, 0)("daemon")), json!("no"), "another binary runs");
    fs::remove_file(&pj).expect("removed");
    let told = doctor(&second, 1);
    assert_eq!(holds(told("service")), json!("broken"));
    assert!(told("service").expect("a check").1.as_str().is_some_and(|says| says.contains("is not there")));
    Run::new(&world, &second.to_string_lossy(), &["daemon", "stop"]).go().code(0);
    service(&world, &second, &["uninstall"]).go().code(0);
    // A clock that was set back, and a job that waits for a sweep.
    let (job, roster) = wrapped(&world, "left", "plain");
    kill_guards(&job, &roster);
    let mut json = job.json.clone();
    json["created_at"] = json!("2999-01-01T00:00:00Z");
    fs::write(&job.path, json.to_string()).expect("a record");
    let told = doctor(&second, 0);
    assert_eq!((holds(told("clock")), holds(told("stale"))), (json!("no"), json!("no")));
    world.sweep(&[]).go().code(0);
    roster.gone();
}
