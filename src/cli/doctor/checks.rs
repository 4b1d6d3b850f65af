//! Which lines of defence hold on this machine, and why not (DESIGN §2). Asks, and leaves everything as it was.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::cli::gather::Books;
use crate::cli::{list, pick};
use crate::config;
use crate::error::{Error, plain};
use crate::guard::scope;
use crate::process::Identity;
use crate::process::describe::{escape, quote};
use crate::record::{Place, job, store};
use crate::sys::cgroup::{self, Cgroup};
use crate::sys::os::{self, Handle};
use crate::sys::pty::Pty;
use crate::sys::spawn::{self, Fork};
use crate::sys::tty::Size;
use crate::sys::{self, clock, fd, file};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Holds {
    Yes,
    /// Less is caught, or something is to be done.
    No,
    /// pj cannot do its work.
    Broken,
    /// Good to know.
    Note,
}

/// One check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    pub(super) says: String,
    pub(super) hint: Option<String>,
}

fn check(name: &'static str, holds: Holds, says: impl Into<String>) -> Check {
    Check { name, holds, says: says.into(), hint: None }
}

/// What an error says, and its hint.
fn failed(name: &'static str, e: &Error, more: &str) -> Check {
    let text = e.to_string();
    let mut lines = text.lines();
    let first = check(name, Holds::Broken, format!("{}{more}", lines.next().unwrap_or_default()));
    match lines.next().and_then(|h| h.strip_prefix("hint: ")) {
        Some(hint) => first.hint(hint),
        None => first,
    }
}

impl Check {
    fn hint(mut self, hint: impl Into<String>) -> Check {
        self.hint = Some(hint.into());
        self
    }
}

/// All of them.
pub(super) fn all() -> Vec<Check> {
    let books = Books::read();
    let mut found = vec![subreapers(), pidfd(), inode(), children(), terminal(), state_dir(), settings()];
    found.extend(["pj-wrap", "pj-sweep"].map(binary));
    found.push(hook());
    found.extend([crontab(), cgroup(), jobs(&books), findings(&books), bound()]);
    found
}

/// Asked by a child of ours, so that we do not become one.
fn subreapers() -> Check {
    let asked = fd::pipe().and_then(|(read, write)| match spawn::fork()? {
        Fork::Child => {
            let said = os::become_subreaper().err().map_or_else(String::new, |e| plain(&e));
            let _ = fd::write(write.as_fd(), said.as_bytes());
            spawn::leave(0)
        }
        Fork::Parent(pid) => {
            drop(write);
            let mut buf = [0u8; 256];
            let n = fd::read(read.as_fd(), &mut buf)?;
            spawn::wait_for(pid)?;
            Ok(String::from_utf8_lossy(&buf[..n]).into_owned())
        }
    });
    match asked.unwrap_or_else(|e| plain(&e)) {
        no if no.is_empty() => check("subreapers", Holds::Yes, "orphans of a job come to its guard, then to its front"),
        why => check("subreapers", Holds::No, format!("orphans go to init, and only scans find them: {why}")),
    }
}

fn pidfd() -> Check {
    match Handle::open(sys::pid()) {
        Ok(_) => check("pidfd", Holds::Yes, "a signal reaches the process that was meant, or nobody"),
        Err(e) => check(
            "pidfd",
            Holds::No,
            format!("{}; only our own children are signalled, a sweep ends nobody", plain(&e)),
        ),
    }
}

fn inode() -> Check {
    match Handle::open(sys::pid()).ok().and_then(|h| h.inode()) {
        Some(_) => check("identity", Holds::Yes, "start time and pidfd inode, unique per boot"),
        None => check("identity", Holds::Note, "start time only: this kernel's pidfds have no inode of their own"),
    }
}

fn children() -> Check {
    if os::has_children_files() {
        check("children", Holds::Yes, "a process's children are read from one file")
    } else {
        check("children", Holds::Note, "no list of children in /proc: trees are found by reading all processes")
    }
}

fn terminal() -> Check {
    match Pty::open(Size { rows: 24, cols: 80, ..Size::default() }) {
        Ok(_) => check("pty", Holds::Yes, "a command gets a terminal of its own"),
        Err(e) => check("pty", Holds::No, format!("{}; commands run as with --direct", plain(&e))),
    }
}

fn state_dir() -> Check {
    let place = match Place::current() {
        Ok(place) => place,
        Err(e) => return failed("records", &e, ""),
    };
    let path = place.root().display().to_string();
    let lost = "if both guards are killed, no sweep can finish their work";
    match place.check() {
        Ok(()) if file::is_writable(place.root()) => check("records", Holds::Yes, path),
        Ok(()) => check("records", Holds::Broken, format!("{path} is read-only: {lost}")),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            match place.root().ancestors().skip(1).find_map(|p| Some((p, file::owner_and_mode(p).ok()?.0))) {
                Some((above, uid)) if uid == sys::euid() && file::is_writable(above) => {
                    check("records", Holds::Yes, format!("{path} will be made when it is needed"))
                }
                _ => check("records", Holds::Broken, format!("{path} cannot be made: {lost}"))
                    .hint("export XDG_STATE_HOME=/a/directory/of/your/own"),
            }
        }
        Err(e) => check("records", Holds::Broken, format!("{path} is not used: {}; {lost}", plain(&e))),
    }
}

/// On settings that are not understood nobody is ended, by no sweep either.
fn settings() -> Check {
    let loaded = config::load();
    let path = loaded.path.as_deref().map_or_else(|| "no HOME".into(), |p| escape(&p.to_string_lossy()));
    match &loaded.wrong[..] {
        [] if loaded.path.as_deref().is_some_and(Path::exists) => {
            check("config", Holds::Yes, format!("{path}: all of it is understood"))
        }
        [] => check("config", Holds::Yes, format!("no file, all defaults ({path})")),
        [only] => failed("config", only, "; nobody is ended until it is right"),
        [first, rest @ ..] => {
            failed("config", first, &format!("; and {} more; nobody is ended until all is right", rest.len()))
        }
    }
}

/// The binary of this name beside us.
pub(in crate::cli) fn beside(name: &str) -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join(name)).filter(|p| p.is_file())
}

fn binary(name: &'static str) -> Check {
    let Some(path) = beside(name) else {
        return check(name, Holds::Broken, "it is not beside pj").hint("./install.sh");
    };
    let shown = path.display().to_string();
    let run = Command::new(&path).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let wanted = format!("{name} {}", env!("CARGO_PKG_VERSION"));
    match run {
        Err(e) => check(name, Holds::Broken, format!("{shown} cannot be run: {}", plain(&e))),
        Ok(o) if String::from_utf8_lossy(&o.stdout).trim() != wanted => {
            let said = String::from_utf8_lossy(&o.stdout).trim().to_owned();
            check(name, Holds::Broken, format!("{shown} says '{said}', not '{wanted}'")).hint("./install.sh")
        }
        Ok(_) => on_path(name, &path, format!("{} {shown}", env!("CARGO_PKG_VERSION"))),
    }
}

/// Which one would a shell run?
fn on_path(name: &'static str, path: &Path, says: String) -> Check {
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&dirs).map(|d| d.join(name)).find(|p| file::is_writable(p) || p.is_file());
    let same = |p: &PathBuf| std::fs::canonicalize(p).ok() == std::fs::canonicalize(path).ok();
    match first {
        Some(p) if same(&p) => check(name, Holds::Yes, says),
        Some(p) => check(name, Holds::No, format!("{says}; but PATH finds {} first", p.display())),
        None => {
            let dir = path.parent().map(|d| quote(&d.to_string_lossy())).unwrap_or_default();
            check(name, Holds::No, format!("{says}; but not on PATH")).hint(format!("export PATH={dir}:\"$PATH\""))
        }
    }
}

/// Is one of our ancestors a registered shell?
fn hook() -> Check {
    let places = Place::all();
    let session = pick::ancestors().find_map(|a| {
        let who = Identity::from_stat(&a, None)?;
        places.iter().find_map(|p| store::session(p, &who)).filter(crate::record::Session::is_alive)
    });
    match session {
        Some(s) => check("hook", Holds::Yes, format!("this shell is session {} ({})", s.identity.key(), s.shell)),
        None => {
            let shell = std::env::var("SHELL").unwrap_or_default();
            let shell = crate::process::describe::base(&shell).to_owned();
            let known = ["bash", "zsh", "fish"].iter().find(|s| **s == shell).unwrap_or(&"bash");
            let line = match *known {
                "fish" => "echo 'pj init fish | source' >> ~/.config/fish/config.fish".to_owned(),
                known => format!("echo 'eval \"$(pj init {known})\"' >> ~/.{known}rc"),
            };
            check("hook", Holds::No, "this shell is not registered: jobs are bound to the terminal's session leader")
                .hint(line)
        }
    }
}

fn crontab() -> Check {
    let sweep = beside("pj-sweep").map_or_else(|| "pj-sweep".into(), |p| quote(&p.to_string_lossy()));
    check("cron", Holds::Note, "a sweep each minute ends what is left when both guards were killed; crontab -e:")
        .hint(format!("* * * * * {sweep} -q"))
}

fn cgroup() -> Check {
    let spared = "members are ended one by one, as without it";
    let mut random = [0; 10];
    let _ = file::random(&mut random);
    let made = Cgroup::make(&job::new_uid(clock::epoch_ms(), random));
    let entered = made.and_then(|(cgroup, _)| {
        let forked = cgroup.fork();
        let waited = match forked {
            Ok(Fork::Child) => spawn::leave(0),
            Ok(Fork::Parent(pid)) => spawn::wait_for(pid),
            Err(e) => Err(e),
        };
        cgroup::remove(cgroup.path());
        waited
    });
    match entered {
        Ok(()) => check("cgroup", Holds::Yes, "a job has a cgroup of its own, in ours, and can be ended in one stroke"),
        Err(e) => {
            let says = format!("not to be had here: {}; {spared}", plain(&e));
            // Where there is no version 2 at all the manager has none to give.
            if e.kind() == std::io::ErrorKind::Unsupported || scope::answers().is_err() {
                return check("cgroup", Holds::Note, says);
            }
            check("cgroup", Holds::Note, format!("{says}; systemd's user manager answers, and can make one"))
                .hint("pj config set wrap.scope true")
        }
    }
}

fn jobs(books: &Books) -> Check {
    let lost = books.jobs.iter().filter(|j| list::row::state(j) == "lost").count();
    let says = format!("{} on record", books.jobs.len());
    if lost == 0 {
        return check("jobs", Holds::Note, says);
    }
    check("jobs", Holds::No, format!("{says}, {lost} of them without a guard")).hint("pj sweep")
}

fn findings(books: &Books) -> Check {
    let Some(first) = books.findings.first() else {
        return check("findings", Holds::Yes, "every record can be read");
    };
    let says = format!("{} cannot be used; the first: {}: {}", books.findings.len(), first.path.display(), first.why);
    check("findings", Holds::No, says).hint("pj list")
}

fn bound() -> Check {
    check(
        "bound",
        Holds::Note,
        "after both guards were killed, a process that had left session, group and environment and was born after the \
         last census (at most 30 s before) cannot be proven ours: it is left alone",
    )
}
