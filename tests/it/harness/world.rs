//! A world of its own for each test: home, state, runtime and temporary directories, a scrubbed environment, and an
//! end at which nothing of the test may live. A member of a wrapped tree that does fails the test.

use super::cmd::Run;
use super::eventually::LONG;
use super::job::{self, Job};
use super::proc::{self, Id};
use super::roster::Roster;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// No test takes longer than this, unless it says so.
const WATCHDOG: Duration = Duration::from_secs(120);

static COUNT: AtomicU32 = AtomicU32::new(0);
static KEEPER: OnceLock<Mutex<Child>> = OnceLock::new();

/// The directories and the environment of one test.
pub(crate) struct World {
    dir: PathBuf,
    members: Mutex<Vec<Roster>>,
    disarm: Option<Sender<()>>,
    watchdog: Option<std::thread::JoinHandle<bool>>,
}

/// Where the binaries under test are, and the beast with them.
pub(crate) fn bin() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_pj")).parent().expect("a directory").to_owned()
}

/// The beast's path.
pub(crate) fn beast() -> PathBuf {
    let path = bin().join("examples/beast");
    assert!(path.is_file(), "{} is missing\nhint: cargo build --example beast", path.display());
    path
}

fn prefix() -> String {
    let name = format!("pjt-{}-", std::process::id());
    std::env::temp_dir().join(name).to_string_lossy().into_owned()
}

/// The keeper ends what a killed test binary leaves; one for all worlds.
fn start_keeper() {
    KEEPER.get_or_init(|| {
        let mut command = Command::new(beast());
        command
            .args(["-", "keeper", &prefix()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        super::raw::lead_session(&mut command, false);
        Mutex::new(command.spawn().expect("the keeper starts"))
    });
}

impl World {
    pub(crate) fn new() -> World {
        World::lasting(WATCHDOG)
    }

    /// A world in which a test may take this long.
    pub(crate) fn lasting(most: Duration) -> World {
        start_keeper();
        let dir = PathBuf::from(format!("{}{}", prefix(), COUNT.fetch_add(1, Ordering::Relaxed)));
        // A fish that finds no generated completions starts a python that makes them for minutes.
        let fish = "home/.local/share/fish/generated_completions";
        for name in ["home/.config/fish", fish, "state", "run", "tmp", "bin"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir.join(name)).expect("a fresh directory");
        }
        let (disarm, armed) = channel::<()>();
        let watched = dir.clone();
        let test = std::thread::current().name().unwrap_or("?").to_owned();
        let watchdog = std::thread::spawn(move || {
            let late = armed.recv_timeout(most) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
            if late {
                eprintln!("watchdog: {test} runs for {} s: everything it started is ended", most.as_secs());
                end_all(&watched);
            }
            late
        });
        World { dir, members: Mutex::default(), disarm: Some(disarm), watchdog: Some(watchdog) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The same as text, for a command line: it needs no quoting.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// pj's state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state").join("pj")
    }

    /// The whole environment of everything in this world.
    pub(crate) fn env(&self) -> Vec<(&'static str, OsString)> {
        let mut path = vec![self.path("bin"), bin(), bin().join("examples")];
        let outer = std::env::var_os("PATH").unwrap_or_default();
        // A directory that we may not read turns "not found" into "not permitted".
        path.extend(std::env::split_paths(&outer).filter(|dir| fs::read_dir(dir).is_ok()));
        // `PJ_WRAP_CGROUP=false cargo test …`: the same without the third line.
        let cgroup = std::env::var_os("PJ_WRAP_CGROUP").map(|value| ("PJ_WRAP_CGROUP", value));
        let mut env = vec![
            ("PATH", std::env::join_paths(path).expect("a search path")),
            ("HOME", self.home().into()),
            ("XDG_STATE_HOME", self.path("state").into()),
            ("XDG_RUNTIME_DIR", self.path("run").into()),
            ("TMPDIR", self.path("tmp").into()),
            ("TMUX_TMPDIR", self.path("run").into()),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            ("SHELL", "/bin/sh".into()),
            ("PJ_TEST", self.dir.file_name().expect("a name").to_owned()),
        ];
        env.extend(cgroup);
        env
    }

    /// The roster of a tree of which nobody may live when the test ends.
    pub(crate) fn roster(&self, name: &str) -> Roster {
        let roster = self.empty_roster(name);
        self.members.lock().expect("no panic").push(roster.clone());
        roster
    }

    /// The roster of bystanders: ended with the world, without complaint.
    pub(crate) fn bystanders(&self, name: &str) -> Roster {
        self.empty_roster(name)
    }

    fn empty_roster(&self, name: &str) -> Roster {
        let path = self.path(&format!("{name}.roster"));
        fs::write(&path, "").expect("an empty roster");
        Roster::at(path)
    }

    pub(crate) fn jobs(&self) -> Vec<Job> {
        job::all(&self.state())
    }

    /// Wait for the record of the job with this name, or tag.
    pub(crate) fn job(&self, name: &str) -> Job {
        job::named(&self.state(), name)
    }

    /// The session records' paths.
    pub(crate) fn sessions(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.state().join("sessions")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
    }

    pub(crate) fn pj(&self, args: &[&str]) -> Run {
        Run::new(self, "pj", args)
    }

    pub(crate) fn wrap(&self, args: &[&str]) -> Run {
        Run::new(self, "pj-wrap", args)
    }

    pub(crate) fn sweep(&self, args: &[&str]) -> Run {
        Run::new(self, "pj-sweep", args)
    }

    pub(crate) fn sh(&self, script: &str) -> Run {
        Run::new(self, "sh", &["-c", script])
    }

    /// Without a terminal, in a group of its own below the leader of its session, who stays, as a shell does. Any other group
    /// would be an orphaned one: whoever is stopped in it the kernel hangs up and lets go on when a member's parent ends.
    pub(crate) fn led(&self, line: &str) -> Run {
        Run::new(self, "bash", &["-c", &format!("set -m; {line} & sleep 1000")])
    }

    /// A script in this world's search path.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("bin").join(name);
        fs::write(&path, text).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable script");
        path
    }

    /// Everything of this world that lives.
    pub(crate) fn ours(&self) -> Vec<proc::Stat> {
        ours(&self.dir)
    }

    /// No guard, front or sweep of this world lives, or will in a moment.
    pub(crate) fn no_guards(&self) {
        let left =
            || self.ours().iter().filter(|one| one.comm.starts_with("pj-")).map(|one| one.pid).collect::<Vec<_>>();
        super::holds(&format!("no process of pj's lives: {:?}", left()), || left().is_empty());
    }
}

/// The rosters of a world.
fn rosters(dir: &Path) -> Vec<Roster> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "roster")).map(Roster::at).collect()
}

/// Whoever has this world's directory in argv or environment, is in a roster, or is below one of these.
fn ours(dir: &Path) -> Vec<proc::Stat> {
    let all = proc::all();
    let text = dir.to_string_lossy();
    let (slash, quote) = (format!("{text}/"), format!("{}\0", text.rsplit('/').next().unwrap_or("?")));
    let listed: BTreeSet<Id> = rosters(dir).iter().flat_map(Roster::members).map(|one| one.id).collect();
    let own = std::process::id().cast_signed();
    let named = |pid| proc::mentions(pid, &slash) || proc::mentions(pid, &quote);
    let mut found = BTreeSet::new();
    for one in all.iter().filter(|one| one.pid != own && (listed.contains(&one.id()) || named(one.pid))) {
        found.insert(one.id());
        found.extend(proc::below(&all, one.pid).iter().map(proc::Stat::id));
    }
    all.into_iter().filter(|one| found.contains(&one.id())).collect()
}

/// SIGKILL by identity until two looks in a row find nobody; who is left in the end. One look through `/proc` may take
/// seconds, beside a fork bomb of another test.
fn end_all(dir: &Path) -> Vec<proc::Stat> {
    let deadline = Instant::now() + LONG;
    let mut quiet = 0;
    for roster in rosters(dir).iter().filter(|roster| roster.members().iter().any(|one| one.kind == "walker")) {
        roster.end_walker();
    }
    loop {
        let left = ours(dir);
        rosters(dir).iter().flat_map(Roster::members).for_each(|one| super::raw::reap(one.id.pid));
        quiet = if left.is_empty() { quiet + 1 } else { 0 };
        if quiet == 2 || Instant::now() > deadline {
            return left;
        }
        for one in &left {
            one.id().kill();
        }
        for one in &left {
            one.id().gone_within(Duration::from_millis(200));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.disarm.take());
        let late = self.watchdog.take().is_some_and(|thread| thread.join().unwrap_or(true));
        let members = self.members.lock().map(|all| all.clone()).unwrap_or_default();
        let lived: Vec<_> = members.iter().flat_map(Roster::alive).collect();
        let left = end_all(&self.dir);
        // A guard that was ended just now could not.
        for job in self.jobs() {
            let cgroup =
                job.json["cgroup"].as_str().and_then(|text| text.rsplit_once(':')).map(|(path, _)| path.to_owned());
            cgroup.map(fs::remove_dir);
        }
        let _ = fs::remove_dir_all(&self.dir);
        if !std::thread::panicking() {
            assert!(!late, "the watchdog ended this test");
            assert!(lived.is_empty(), "members lived when the test was over: {lived:?}");
            assert!(left.is_empty(), "these could not be ended: {left:?}");
        }
    }
}
