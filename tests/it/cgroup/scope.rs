//! Where no cgroup can be made: a scope of the user manager's, asked of a real one and of several that are no good.

use super::{DIRECT, dir, is_possible};
use crate::harness::shells::{needs, skip};
use crate::harness::{Id, Job, LONG, World, holds, proc};
use crate::stage::{ANY, Stage};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

/// systemd as a user manager, in a mount namespace of its own with a version 2 hierarchy alone. What is wrapped there
/// sits in a cgroup that cannot be written, as in a login's session.
pub(crate) struct Manager {
    child: Child,
    /// The cgroup of all of it, as seen from outside.
    top: PathBuf,
}

impl Manager {
    pub(crate) fn start(world: &World) -> Option<Manager> {
        if !is_possible() || !["unshare", "nsenter", "systemctl", "/lib/systemd/systemd"].into_iter().all(needs) {
            return None;
        }
        let mount = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].into_iter().map(Path::new);
        let mount = mount.into_iter().find(|at| at.join("cgroup.procs").exists()).expect("a hierarchy");
        let own = fs::read_to_string("/proc/self/cgroup").expect("our cgroup");
        let own = own.lines().find_map(|line| line.strip_prefix("0::/")).expect("a version 2 cgroup");
        let name = Path::new(own).join(world.path("scope").parent()?.file_name()?);
        let top = mount.join(&name);
        for below in ["manager", "session"] {
            fs::create_dir_all(top.join(below)).expect("a cgroup");
        }
        fs::create_dir(world.path("units")).expect("a directory");
        fs::write(world.path("units/default.target"), "[Unit]\nDescription=nothing\n").expect("a unit");
        let units = format!("{}:{}", world.text("units"), world.text("home/.config/systemd/user"));
        let top_inside = Path::new("/sys/fs/cgroup").join(&name);
        let script = format!(
            "set -e; echo $$ > {top}/manager/cgroup.procs; mount -t cgroup2 none /sys/fs/cgroup
            mount --bind {inside}/session {inside}/session; mount -o remount,bind,ro {inside}/session
            mount -t tmpfs none /run; mkdir -p /run/systemd/system
            exec env SYSTEMD_UNIT_PATH={units} /lib/systemd/systemd --user",
            top = top.display(),
            inside = top_inside.display()
        );
        let mut run = world.sh(&format!("exec unshare -m sh -c '{script}'"));
        let command = run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut manager = Manager { child: command.spawn().expect("sh starts"), top };
        let socket = world.path("run/systemd/private");
        holds("the manager listens, or is none", || socket.exists() || manager.is_over());
        if manager.is_over() {
            skip("no user manager can be started");
            return None;
        }
        let session = manager.top.join("session/cgroup.procs");
        let enter = format!("nsenter --mount=/proc/{}/ns/mnt --wd=.", manager.child.id());
        world.script("within", &format!("#!/bin/sh\nexec {enter} \"$@\"\n"));
        let bash = format!("#!/bin/sh\necho $$ > {}\nexec {enter} /bin/bash \"$@\"\n", session.display());
        world.script("bash", &bash);
        Some(manager)
    }

    fn is_over(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|over| over.is_some())
    }

    /// A job's scope, as seen from outside.
    fn scope(&self, job: &Job) -> PathBuf {
        let inside = dir(job);
        let below = inside.iter().skip_while(|part| Some(*part) != self.top.file_name()).skip(1);
        self.top.join(below.collect::<PathBuf>())
    }

    /// Nothing of the job is left, here or in the manager's mind.
    fn has_forgotten(&self, stage: &Stage, job: &Job) {
        holds("the scope is gone", || !self.scope(job).exists());
        let list = ["within", "systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", "pj-*"];
        holds("the manager has forgotten it", || stage.world.sh(&list[..].join(" ")).go().code(0).text().is_empty());
        assert!(!stage.world.state().join("cgroups").exists(), "no word of it is left");
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = fs::write(self.top.join("cgroup.kill"), "1");
        let _ = self.child.kill();
        let _ = self.child.wait();
        let gone = crate::harness::within(LONG, || {
            remove(&self.top);
            (!self.top.exists()).then_some(())
        });
        assert!(gone.is_some() || std::thread::panicking(), "{} is left", self.top.display());
    }
}

/// A cgroup and all below it, as far as nobody is in them.
fn remove(top: &Path) {
    for entry in fs::read_dir(top).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    let _ = fs::remove_dir(top);
}

fn is_inside(scope: &Path, one: Id) -> bool {
    fs::read_to_string(scope.join("cgroup.procs")).is_ok_and(|all| all.lines().any(|l| l == one.pid.to_string()))
}

/// Deaf, and with one that nothing but its birthplace proves.
const DEAF: &str = "brood --only deaf,daemon-env";

#[test]
fn a_real_managers_scope_ends_with_its_job() {
    for guards in [true, false] {
        let world = World::new();
        let Some(manager) = Manager::start(&world) else { return };
        let mut stage = Stage::set_in(world, ANY);
        assert_eq!(stage.term.run("! pj-wrap sh -c 'grep -q [.]scope /proc/self/cgroup'"), 0, "nobody asked for one");
        let (job, beast) = if guards {
            assert_eq!(stage.term.run("export PJ_WRAP_SCOPE=true"), 0);
            stage.start(DEAF)
        } else {
            let line = stage.wrapped(DEAF).replace("pj-wrap", "pj-wrap --scope");
            stage.term.line(&line);
            (stage.world.job("subject"), stage.roster.ready("brood"))
        };
        let (scope, uid) = (manager.scope(&job), job.json["uid"].as_str().expect("a uid"));
        assert!(scope.ends_with(format!("pj-{uid}.scope")), "{}", scope.display());
        assert_eq!(dir(&job).file_name(), Path::new(job.json["unit"].as_str().expect("a unit")).file_name());
        assert!(is_inside(&scope, beast) && stage.roster.alive().iter().all(|one| is_inside(&scope, one.id)));
        assert!(proc::contains(&proc::file(beast.pid, "cgroup"), &format!("pj-{uid}.scope\n")));
        assert!(!job.guards().iter().any(|one| is_inside(&scope, *one)), "the guards are not in it");
        if guards {
            stage.term.close();
        } else {
            job.kill_guards();
            stage.world.sh("within pj-sweep").go().code(0);
        }
        stage.roster.gone();
        job.record_gone();
        manager.has_forgotten(&stage, &job);
    }
}

/// To a scope of his own, by way of the same manager.
#[test]
fn who_was_moved_out_of_the_scope_is_left_alone() {
    let world = World::new();
    let Some(manager) = Manager::start(&world) else { return };
    world.sh("bash -c 'pj doctor'").go().says("systemd's user manager answers, and can make one");
    let mut stage = Stage::set_in(world, DIRECT);
    let kept = stage.world.bystanders("kept");
    let script = format!(
        "systemd-run -q --user --scope beast {} deaf & beast {} {DEAF}",
        kept.path().display(),
        stage.roster.path().display()
    );
    stage.term.line(&format!("pj-wrap --scope --direct --name subject --grace 1s sh -c '{script}'"));
    stage.roster.ready("brood");
    let (job, one) = (stage.world.job("subject"), kept.ready("deaf"));
    assert!(!is_inside(&manager.scope(&job), one), "it has a scope of its own");
    stage.term.close();
    stage.roster.gone();
    job.record_gone();
    manager.has_forgotten(&stage, &job);
    assert!(one.alive(), "it was moved on purpose");
    one.kill();
}

/// A manager that is no good, and what the user is told.
struct Odd {
    why: &'static str,
    /// What it answers to each thing that it hears; none: nothing is at that place. After the last it waits.
    answers: Option<&'static [&'static [u8]]>,
    /// Does it hang up then?
    leaves: bool,
    /// What comes before `pj-wrap`.
    within: &'static str,
}

/// An error with its text, as short as can be.
const ERROR: &[u8] = b"l\x03\0\x01\x08\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0no!\0";
const OK: &[u8] = b"OK 0123\r\n";

const ODD: &[Odd] = &[
    Odd { why: "no systemd user manager is here", answers: None, leaves: false, within: "" },
    Odd { why: "permission denied", answers: Some(&[b"REJECTED EXTERNAL\r\n"]), leaves: false, within: "" },
    Odd { why: "no!", answers: Some(&[OK, ERROR]), leaves: false, within: "" },
    Odd { why: "the user manager hung up", answers: Some(&[OK]), leaves: true, within: "" },
    Odd { why: "the user manager does not answer", answers: Some(&[]), leaves: false, within: "" },
    Odd { why: "the user manager does not answer", answers: Some(&[OK]), leaves: false, within: "" },
    // Of another pid namespace: a number that we named would be somebody else's there.
    Odd { why: "permission denied", answers: Some(&[OK]), leaves: false, within: "unshare -p -f --mount-proc" },
];

impl Odd {
    /// Serves one; answers what it was asked to do last.
    fn serve(&self, listener: &UnixListener) -> Vec<u8> {
        let Ok((mut line, _)) = listener.accept() else { return Vec::new() };
        let mut heard = Vec::new();
        for answer in self.answers.unwrap_or_default() {
            heard = hear(&mut line);
            let _ = line.write_all(answer);
        }
        if !self.leaves {
            loop {
                match hear(&mut line) {
                    end if end.is_empty() => break,
                    more => heard = more,
                }
            }
        }
        heard
    }
}

fn hear(line: &mut UnixStream) -> Vec<u8> {
    let mut buf = vec![0; 4096];
    let len = line.read(&mut buf).unwrap_or(0);
    buf.truncate(len);
    buf
}

/// The process that a call names: after its kind, at a multiple of 4, and after the length of a list of one.
fn named(call: &[u8]) -> u32 {
    let kind = b"\x02au\0";
    let at = call.windows(kind.len()).position(|at| at == kind).expect("a list of numbers") + kind.len();
    call[at.next_multiple_of(4) + 4..][..4].try_into().map(u32::from_le_bytes).expect("a number")
}

#[test]
fn whatever_goes_wrong_costs_the_command_nothing_but_the_wait() {
    let script = "for at in /sys/fs/cgroup /sys/fs/cgroup/unified; do mount -o remount,bind,ro $at 2>/dev/null; done";
    for odd in ODD {
        let world = World::new();
        if !is_possible() {
            return;
        }
        let socket = world.path("run/systemd/private");
        fs::create_dir(socket.parent().expect("a directory")).expect("made");
        let listener = odd.answers.map(|_| UnixListener::bind(&socket).expect("a socket"));
        let run = format!("{script}\nexec {} pj-wrap --scope sh -c 'echo $$; exit 7'", odd.within);
        let run = world.sh(&format!("exec unshare -m sh -c '{}'", run.replace('\'', "'\\''")));
        let since = Instant::now();
        let (done, heard) = std::thread::scope(|all| {
            let served = listener.as_ref().map(|listener| all.spawn(move || odd.serve(listener)));
            let done = run.go();
            // Whoever waits for a caller that never came.
            let _ = UnixStream::connect(&socket);
            (done, served.map_or_else(Vec::new, |thread| thread.join().expect("no panic")))
        });
        if done.err.contains("unshare") {
            skip("no namespace can be had");
            return;
        }
        let told = format!("pj: cannot start the command in a scope: {}; it runs without one\n", odd.why);
        let done = done.code(7).stderr(&told);
        assert!(since.elapsed() < LONG, "{}", odd.why);
        // Whom a manager was asked for has run nothing: it may still take him.
        if heard.starts_with(b"BEGIN") {
            let named = named(&heard["BEGIN\r\n".len()..]);
            assert!(proc::contains(&heard, "StartTransientUnit") && named > 1);
            assert_ne!(done.text().trim(), named.to_string(), "{}", odd.why);
        }
    }
}

/// Where one can be made nobody is asked, and nobody is where nobody wants one.
#[test]
fn a_manager_is_asked_only_where_none_can_be_made_and_one_is_wanted() {
    if !is_possible() {
        return;
    }
    let world = World::new();
    let socket = world.path("run/systemd/private");
    fs::create_dir(socket.parent().expect("a directory")).expect("made");
    let listener = UnixListener::bind(&socket).expect("a socket");
    listener.set_nonblocking(true).expect("it does not block");
    world.wrap(&["--scope", "true"]).env("PJ_WRAP_SCOPE", "true").go().code(0).silent();
    world.wrap(&["--scope", "true"]).env("PJ_WRAP_CGROUP", "false").go().code(0).silent();
    let script = "for at in /sys/fs/cgroup /sys/fs/cgroup/unified; do mount -o remount,bind,ro $at 2>/dev/null; done
        PJ_WRAP_SCOPE=false exec pj-wrap true";
    world.sh(&format!("exec unshare -m sh -c '{script}'")).go().code(0).silent();
    assert!(listener.accept().is_err(), "nobody has called");
}
