//! The world of a run: where the release binaries are, who their peers are, a home and records of its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One run of the benches.
pub(crate) struct Bench {
    /// Fewer rounds: to see that it works.
    pub(crate) quick: bool,
    dir: PathBuf,
    release: PathBuf,
    relay: Option<PathBuf>,
    count: Cell<u32>,
    skipped: RefCell<BTreeSet<String>>,
}

/// The relay in C.
pub(crate) const RELAY: &str = "the C relay";

impl Bench {
    pub(crate) fn new(quick: bool) -> io::Result<Bench> {
        let release = release().ok_or_else(|| io::Error::other("no release build\nhint: tests/run release"))?;
        let dir = std::env::temp_dir().join(format!("pj-bench-{}", std::process::id()));
        for name in ["home", "state"] {
            std::fs::create_dir_all(dir.join(name))?;
        }
        let relay = built(&dir, "relay", "-lutil");
        let (count, skipped) = (Cell::default(), RefCell::default());
        Ok(Bench { quick, dir, release, relay, count, skipped })
    }

    /// `many` rounds, or what is enough to see that it works.
    pub(crate) fn rounds(&self, many: usize) -> usize {
        if self.quick { many.div_ceil(10) } else { many }
    }

    /// What writes down when it began.
    pub(crate) fn stamp(&self) -> Option<String> {
        built(&self.dir, "stamp", "-static").map(|p| p.to_string_lossy().into_owned())
    }

    /// Runs this, and sees nothing of it but whether it succeeded.
    pub(crate) fn quiet(&self, words: &[&str]) -> io::Result<()> {
        let argv: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let status = self.command(&argv).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("{}: {status}", words.join(" ")))) }
    }

    /// A path in the run's own directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Why somebody is not in the table.
    pub(crate) fn skip(&self, word: impl Into<String>) {
        self.skipped.borrow_mut().insert(word.into());
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.skipped.borrow().iter().cloned().collect()
    }

    /// One of pj's programs.
    pub(crate) fn ours(&self, name: &str) -> String {
        self.release.join(name).to_string_lossy().into_owned()
    }

    /// This program again, as one of its parts.
    pub(crate) fn part(&self, words: &[&str]) -> Vec<String> {
        let own = std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        [own, "as".to_owned()].into_iter().chain(words.iter().map(|w| (*w).to_owned())).collect()
    }

    /// The command line with which a peer runs `argv`; `None`, with a word, where it cannot.
    pub(crate) fn under(&self, peer: &str, argv: &[String]) -> Option<Vec<String>> {
        let (program, flags): (&str, &[&str]) = match peer {
            "bare" => return Some(argv.to_vec()),
            "pj-wrap" => return Some(before(&[&self.ours("pj-wrap")], argv)),
            "pj-wrap --direct" => return Some(before(&[&self.ours("pj-wrap"), "--direct"], argv)),
            RELAY => match &self.relay {
                Some(path) => return Some(before(&[&path.to_string_lossy()], argv)),
                None => {
                    self.skip(format!("{RELAY}: skipped, cc cannot build it"));
                    return None;
                }
            },
            "tini -s" => ("tini", &["-s", "--"]),
            "dumb-init" => ("dumb-init", &[]),
            "script" => {
                // It takes a line for the shell; none of our words needs quoting.
                let line = format!("exec {}", argv.join(" "));
                return self.find("script").map(|p| before(&[&p, "-qec", &line, "/dev/null"], &[]));
            }
            "dtach" => {
                self.count.set(self.count.get() + 1);
                let socket = self.path(&format!("dtach-{}", self.count.get()));
                return self.find("dtach").map(|p| before(&[&p, "-A", &socket.to_string_lossy(), "-E", "-z"], argv));
            }
            "sudo (use_pty)" => return self.sudo().map(|p| before(&[&p, "-n", "--"], argv)),
            "bwrap" => ("bwrap", &["--unshare-pid", "--die-with-parent", "--dev-bind", "/", "/", "--"]),
            _ => return None,
        };
        let path = self.find(program)?;
        let line: Vec<&str> = [path.as_str()].into_iter().chain(flags.iter().copied()).collect();
        if program == "bwrap" && !works(&line) {
            self.skip("bwrap: skipped, it may not make a pid namespace here");
            return None;
        }
        Some(before(&line, argv))
    }

    /// The path of a program, with a word where there is none.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|d| d.join(name)).find(|p| p.is_file());
        if found.is_none() {
            self.skip(format!("{name}: skipped, not installed"));
        }
        found.map(|p| p.to_string_lossy().into_owned())
    }

    fn sudo(&self) -> Option<String> {
        let path = self.find("sudo")?;
        let said = Command::new(&path).args(["-n", "-l"]).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        if said.status.success() && String::from_utf8_lossy(&said.stdout).contains("use_pty") {
            return Some(path);
        }
        self.skip("sudo: skipped, use_pty is not set here (or a password is wanted)");
        None
    }

    /// A command with the run's own home and records, and no job around it.
    pub(crate) fn command(&self, argv: &[String]) -> Command {
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).env_clear().current_dir(&self.dir).env("HOME", self.path("home"));
        command.env("XDG_STATE_HOME", self.path("state")).env("TERM", "xterm").env("LANG", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// One of our programs in C.
fn built(dir: &Path, name: &str, flag: &str) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bench").join(name).with_extension("c");
    let program = dir.join(name);
    let done = Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).arg(flag).status();
    done.is_ok_and(|s| s.success()).then_some(program)
}

fn before(words: &[&str], argv: &[String]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).chain(argv.iter().cloned()).collect()
}

fn works(line: &[&str]) -> bool {
    let quiet = Command::new(line[0]).args(&line[1..]).arg("true").stderr(Stdio::null()).status();
    quiet.is_ok_and(|s| s.success())
}

/// `PJ_RELEASE_DIR`, or the newest release build.
fn release() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("PJ_RELEASE_DIR") {
        return Some(PathBuf::from(dir));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    let below = std::fs::read_dir(&target).ok()?.flatten().map(|e| e.path().join("release"));
    let built = below.chain([target.join("release")]).map(|d| d.join("pj-wrap")).filter(|p| p.is_file());
    let newest = built.max_by_key(|p| p.metadata().and_then(|m| m.modified()).ok())?;
    newest.parent().map(Path::to_owned)
}
