//! Every path that pj writes, and whether it may be trusted. The state directory is used only if our effective user owns
//! it and nobody else can write there; root never writes into a user's home.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error, Result};
use crate::process::Identity;
use crate::sys::{self, file, peer};

/// How long a job's uid is, which its socket is called by.
pub const UID: usize = 26;

/// A state directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// `$XDG_STATE_HOME/pj`, or the default `~/.local/state/pj`. Says where, not whether it is there.
    pub fn current() -> Result<Place> {
        if let Some(state) = file::env_dir("XDG_STATE_HOME") {
            return Ok(Place { root: state.join("pj") });
        }
        Place::default_place()
    }

    /// `~/.local/state/pj`, the only place that a cron job knows.
    pub fn default_place() -> Result<Place> {
        let home = file::env_dir("HOME").ok_or_else(|| {
            Error::new("find the state directory", "HOME is not set").hint("export XDG_STATE_HOME=/some/directory")
        })?;
        Ok(Place { root: home.join(".local/state/pj") })
    }

    /// A place at a given directory.
    pub fn at(root: impl Into<PathBuf>) -> Place {
        Place { root: root.into() }
    }

    /// All places to look for records: the current one, the default, and those that the default's `places` names.
    pub fn all() -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        let mut add = |p: Place| {
            if !found.contains(&p) && p.root.is_dir() {
                found.push(p);
            }
        };
        if let Ok(p) = Place::current() {
            add(p);
        }
        if let Ok(p) = Place::default_place() {
            let listed = if p.check().is_ok() { std::fs::read_to_string(p.places()) } else { Ok(String::new()) };
            add(p);
            for line in listed.unwrap_or_default().lines() {
                let path = PathBuf::from(line);
                if path.is_absolute() {
                    add(Place { root: path });
                }
            }
        }
        found
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Sessions' records.
    pub fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    /// Jobs' records and directories.
    pub fn jobs(&self) -> PathBuf {
        self.root.join("jobs")
    }

    /// The record of one session.
    pub fn session(&self, shell: &Identity) -> PathBuf {
        self.sessions().join(format!("{}.json", shell.key()))
    }

    /// The record of one job.
    pub fn job(&self, id: u64) -> PathBuf {
        self.jobs().join(format!("{id}.json"))
    }

    /// What makes an id somebody's, and then becomes its record.
    pub fn claim(&self, id: u64) -> PathBuf {
        self.jobs().join(format!("{id}.claim"))
    }

    /// The directory of one job, when it has a census: its members, later its log.
    pub fn job_dir(&self, id: u64) -> PathBuf {
        self.jobs().join(id.to_string())
    }

    /// The census of one job.
    pub fn members(&self, id: u64) -> PathBuf {
        self.job_dir(id).join("members")
    }

    /// What `pj keep` said of one job.
    pub fn keep(&self, id: u64) -> PathBuf {
        self.job_dir(id).join("keep")
    }

    /// The hint for the next id.
    pub fn seq(&self) -> PathBuf {
        self.root.join("seq")
    }

    /// What happened.
    pub fn events(&self) -> PathBuf {
        self.root.join("events.jsonl")
    }

    /// Held for milliseconds by a pass of the sweep, whose identity is in it; never renamed.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Held by the service of this user, whose identity is in it.
    pub fn daemon_lock(&self) -> PathBuf {
        self.root.join("daemon.lock")
    }

    /// What a service in the background says of itself.
    pub fn daemon_log(&self) -> PathBuf {
        self.root.join("daemon.log")
    }

    /// Held while `pj` changes what is on record: names, tags, adopted jobs.
    pub fn books_lock(&self) -> PathBuf {
        self.root.join("books.lock")
    }

    /// The tags and groups that were changed after a job had begun.
    pub fn labels(&self) -> PathBuf {
        self.root.join("labels")
    }

    /// When jobs were last seen alive.
    pub fn seen(&self) -> PathBuf {
        self.root.join("seen")
    }

    /// When findings were last told.
    pub fn told(&self) -> PathBuf {
        self.root.join("told")
    }

    /// A link for each cgroup of an ended job in which somebody was left.
    pub fn cgroups(&self) -> PathBuf {
        self.root.join("cgroups")
    }

    /// Which strays were seen.
    pub fn strays(&self) -> PathBuf {
        self.root.join("strays.json")
    }

    /// Held while that is changed.
    pub fn strays_lock(&self) -> PathBuf {
        self.root.join("strays.lock")
    }

    /// The other places of this user, a path a line.
    pub fn places(&self) -> PathBuf {
        self.root.join("places")
    }

    /// Is the directory ours alone? `NotFound` when it is not there.
    pub fn check(&self) -> io::Result<()> {
        let (uid, mode) = file::owner_and_mode(&self.root)?;
        let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        if mode & 0o170_000 != 0o040_000 {
            return refuse("it is not a directory");
        }
        if uid != sys::euid() {
            return refuse("it belongs to another user");
        }
        if mode & 0o022 != 0 {
            return refuse("others can write there");
        }
        self.check_above()
    }

    /// Root never writes into a user's home, whatever is in it.
    fn check_above(&self) -> io::Result<()> {
        let users = |p: &Path| file::owner_and_mode(p).is_ok_and(|(uid, _)| uid != 0);
        if sys::euid() == 0 && self.root.ancestors().skip(1).any(users) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it lies in another user's directory"));
        }
        Ok(())
    }

    /// Makes the directories where they are missing, if that writes into nobody else's home, and checks them.
    pub fn make(&self) -> Result<()> {
        let doing = || format!("use the state directory {}", self.root.display());
        match self.check() {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let above = self.root.ancestors().skip(1).find_map(|p| file::owner_and_mode(p).ok());
                if above.is_some_and(|(uid, _)| uid != sys::euid()) {
                    let cause = "it would lie in another user's directory";
                    return Err(Error::new(doing(), cause).hint("export XDG_STATE_HOME=/a/directory/of/your/own"));
                }
                self.check_above().doing(doing)?;
                file::make_private_dir(&self.root).doing(doing)?;
            }
            Err(e) => return Err(e).doing(doing),
        }
        for dir in [self.sessions(), self.jobs()] {
            match file::claim_dir(&dir) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e).doing(doing),
                _ => {}
            }
        }
        Ok(())
    }

    /// Leaves our path in the default place's `places`, since cron knows no XDG variables. Nothing to do when we are
    /// the default, or are there already.
    pub fn leave_word(&self) {
        let Ok(default) = Place::default_place() else { return };
        let Some(path) = self.root.to_str().filter(|p| !p.contains('\n')) else { return };
        if default == *self {
            return;
        }
        let listed = std::fs::read_to_string(default.places()).unwrap_or_default();
        if listed.lines().any(|l| l == path) || default.make().is_err() {
            return;
        }
        if let Ok(mut f) = file::append_private(&default.places()) {
            // One write, so that two writers cannot mix their lines; losing it costs cron this place, nothing else.
            let _ = f.write_all(format!("{path}\n").as_bytes());
        }
    }
}

/// Where guards' sockets are: below the runtime directory, or a directory of our own below the temporary one. Made if
/// missing; ours alone, or not used. Short, since a socket's path must be.
pub fn sockets() -> io::Result<PathBuf> {
    let dir = place_of_sockets()?;
    match file::claim_dir(&dir) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    is_ours_alone(&dir)?;
    Ok(dir)
}

/// The same where it is there, and nothing where it is not: for who takes sockets away.
pub fn sockets_there() -> io::Result<PathBuf> {
    let dir = place_of_sockets()?;
    is_ours_alone(&dir)?;
    Ok(dir)
}

fn place_of_sockets() -> io::Result<PathBuf> {
    let runtime = file::env_dir("XDG_RUNTIME_DIR").filter(|dir| is_ours_alone(dir).is_ok());
    let temporary = || file::env_dir("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
    let own = |dir: PathBuf| dir.join(format!("pj-{}", sys::euid()));
    let fits = |dir: &PathBuf| dir.as_os_str().len() + 1 + UID <= peer::LONGEST;
    let candidates = [runtime.map(|dir| dir.join("pj")), Some(own(temporary())), Some(own(PathBuf::from("/tmp")))];
    candidates.into_iter().flatten().find(fits).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// A directory, not a link to one, that we own and nobody else can write to.
fn is_ours_alone(dir: &Path) -> io::Result<()> {
    let (uid, mode) = file::owner_and_mode(dir)?;
    let is_dir = mode & 0o170_000 == 0o040_000;
    if is_dir && uid == sys::euid() && mode & 0o022 == 0 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}
