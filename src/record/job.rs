//! The record of a job: one command under guard and everything below it (DESIGN §3). Holds no environment.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::event;
use crate::process::Identity;
use crate::process::describe::is_written;
use crate::sys::cgroup::Cgroup;
use crate::sys::signal::{self, Signal};
use crate::sys::{Dev, Pid, clock, file, os};

/// The schema that this version writes.
pub const SCHEMA: &str = "pj.job/1";

/// The kind of a job that `pj add` recorded.
pub const ADOPTED: &str = "add";

/// The kind of a job that runs in the background (`pj run`).
pub const BACKGROUND: &str = "run";

/// Which way the command meets the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Terminal {
    /// A pseudo terminal of its own, relayed by the front.
    Pty,
    /// The user's own descriptors.
    Direct,
}

/// What happens to leftovers when the command exits by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExit {
    /// They go on under the guard until the session ends.
    Linger,
    /// They are ended right away.
    End,
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The command runs.
    Running,
    /// The command has exited, something below it lives on.
    Lingering,
    /// The tree is being ended.
    Ending,
    /// It is over; what is left could not or must not be ended.
    Ended,
    /// Its terminal has closed; it waits for `pj attach` until [`Job::waits_until`].
    Detached,
    /// In the background: between two runs.
    Resting,
    /// In the background: over, and nobody of it is left. The record stays for its exit, until `pj rm` or retention.
    Exited,
}

/// When is a background job run again?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// Never by itself.
    #[default]
    No,
    /// When it has failed: a code other than 0, or a signal.
    OnFailure,
    /// However it ended, unless somebody asked for that.
    Always,
}

/// What a background job has beyond a wrapped one: all that another run of it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// No terminal: pipes for what it reads and writes.
    pub pipe: bool,
    /// Rows and columns that its terminal began with.
    pub size: (u16, u16),
    /// `NAME=VALUE` of what flags added to the environment; nothing else of it is ever written down.
    pub env: Vec<String>,
    /// Files of more such lines: what is in them is not written down.
    pub env_files: Vec<String>,
    /// When it is run again.
    pub restart: Restart,
    /// How often at most, one after the other; 0: no bound.
    pub max_restarts: u32,
    /// Before the first of them, in milliseconds; twice as long before each further one, a minute at most.
    pub backoff_ms: u64,
    /// The signal that asks it to end.
    pub stop_signal: Signal,
}

/// A log, as the record tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Why something of it was lost, if anything was.
    pub lost: Option<String>,
}

/// Does the job end with a session?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// With its owner's session.
    Session,
    /// With its front: there is no session to wait for.
    None,
}

/// Whose a job is, found from the kernel, never from the environment (DESIGN §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The shell whose end is the session's end.
    pub session: Option<Identity>,
    /// The kernel session it was in.
    pub sid: Pid,
    /// The terminal it had; 0 for none.
    pub tty_dev: Dev,
    /// Session or none.
    pub policy: Policy,
}

/// How the command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code, if it left by itself.
    pub code: Option<i32>,
    /// The signal it died of.
    pub signal: Option<i32>,
    /// Whether it left a core file.
    pub core: bool,
    /// RFC 3339, UTC.
    pub at: String,
}

impl Exit {
    /// In words.
    pub fn text(&self) -> String {
        match (self.code, self.signal) {
            (Some(code), _) => format!("has exited with {code}"),
            (None, Some(sig)) => {
                format!("was ended by {}{}", signal::name(sig), if self.core { ", with a core file" } else { "" })
            }
            (None, None) => "has ended".to_owned(),
        }
    }
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Always [`SCHEMA`], and first in the file.
    pub schema: String,
    /// Small number for people; the file's name.
    pub id: u64,
    /// ULID: never the same twice, anywhere.
    pub uid: String,
    /// The machine that the identities are on.
    pub machine: String,
    /// For people and selectors.
    pub name: Option<String>,
    /// `--tag`.
    pub tags: Vec<String>,
    /// `--group`.
    pub groups: Vec<String>,
    /// `wrap`, [`ADOPTED`] or [`BACKGROUND`].
    pub kind: String,
    /// Of an adopted job: what is below its process is its own too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tree: bool,
    /// The command; bytes that are not UTF-8 are replaced, for people only.
    pub argv: Vec<String>,
    /// Where it was started.
    pub cwd: Option<String>,
    /// What was executed, where the kernel told.
    pub exe: Option<String>,
    /// pty or direct.
    pub terminal: Terminal,
    /// Whose it is.
    pub owner: Owner,
    /// Why it outlives its session; `None`: it does not.
    pub keep: Option<String>,
    /// The process that supervises it. Alive = this identity is alive.
    pub guard: Option<Identity>,
    /// The process in the user's terminal.
    pub front: Option<Identity>,
    /// The command itself; replaced when it is restarted.
    pub root: Option<Identity>,
    /// A cgroup of its own: its directory, a colon, and the directory's number, never given twice in one boot.
    pub cgroup: Option<String>,
    /// The systemd unit or cgroup that it was started in.
    #[serde(default)]
    pub unit: Option<String>,
    /// `PJ_JOB` in its environment: evidence, not authority (LAWS L47).
    pub marker: String,
    /// Where it is in its life.
    pub state: State,
    /// How long a tree may take to end by itself, in milliseconds.
    pub grace_ms: u64,
    /// What happens to leftovers.
    pub on_exit: OnExit,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub started_at: Option<String>,
    /// When the guard saw the owner's end. RFC 3339, UTC.
    pub owner_died_at: Option<String>,
    /// How the command ended.
    pub exit: Option<Exit>,
    /// Runs before this one.
    pub restarts: u32,
    /// Its log, in `jobs/<id>/`; a background job has one.
    #[serde(default)]
    pub log: Option<Log>,
    /// Of a background job: how it is run, and run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    /// Where its guard answers (`docs/PROTOCOL.md`), if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// Of a job whose terminal has closed: until when it waits for `pj attach`, in milliseconds since the epoch; 0 while
    /// somebody is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<u64>,
}

impl Job {
    /// One of which nothing is known yet but its number, what kind it is and whose: whoever makes one says the rest.
    pub fn blank(id: u64, uid: String, kind: &str, owner: Owner) -> Job {
        Job {
            schema: SCHEMA.to_owned(),
            id,
            machine: os::machine_id().to_owned(),
            name: None,
            tags: Vec::new(),
            groups: Vec::new(),
            kind: kind.to_owned(),
            tree: false,
            argv: Vec::new(),
            cwd: None,
            exe: None,
            terminal: Terminal::Direct,
            owner,
            keep: None,
            guard: None,
            front: None,
            root: None,
            cgroup: None,
            unit: None,
            marker: Job::marker_of(id, &uid),
            uid,
            state: State::Running,
            grace_ms: 0,
            on_exit: OnExit::Linger,
            created_at: event::now(),
            started_at: None,
            owner_died_at: None,
            exit: None,
            restarts: 0,
            log: None,
            background: None,
            socket: None,
            waits_until: None,
        }
    }

    /// The value of `PJ_JOB`: the id for people, the uid so that it means this job and no other.
    pub fn marker_of(id: u64, uid: &str) -> String {
        format!("{id}.{uid}")
    }

    /// The line that a marker is in an environment.
    pub fn marker_line(marker: &str) -> String {
        format!("{}{marker}", crate::process::MARK)
    }

    /// Does the record agree with itself? Anything else is a finding, never acted on.
    pub fn is_sound(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!("its schema is '{}', this version knows '{SCHEMA}'", self.schema));
        }
        // Files are called by it.
        if !self.uid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err("its uid is not one of ours".into());
        }
        if self.uid.len() < 16 || !is_written(&self.marker, format_args!("{}.{}", self.id, self.uid)) {
            return Err("its marker does not name it".into());
        }
        let all = [&self.guard, &self.front, &self.root, &self.owner.session];
        if all.into_iter().flatten().any(|i| i.pid <= 1 && Some(i) != self.owner.session.as_ref()) {
            return Err("it names a process that cannot be a job's".into());
        }
        let names = |text: &String| {
            let path = group(text).0.to_str()?;
            path.strip_suffix(".scope").unwrap_or(path).strip_suffix(&*self.uid)?.strip_suffix("/pj-").map(drop)
        };
        if self.cgroup.as_ref().is_some_and(|text| names(text).is_none()) {
            return Err("its cgroup does not bear its name".into());
        }
        if all.into_iter().flatten().any(|i| i.boot.is_empty()) {
            return Err("an identity in it has no boot id".into());
        }
        let supervised = self.guard.is_some() || self.front.is_some() || self.cgroup.is_some();
        if self.is_adopted() && (supervised || self.root.is_none()) {
            return Err("an adopted job has a process and no guard".into());
        }
        if self.is_background() != self.background.is_some() {
            return Err("it does not say how it is run".into());
        }
        if !(1..=64).contains(&self.stop_signal()) {
            return Err("it names a signal that there is not".into());
        }
        Ok(())
    }

    /// Was it adopted (`pj add`)? Then it never had a guard: that there is none says nothing, and nobody of it carries its
    /// marker.
    pub fn is_adopted(&self) -> bool {
        self.kind == ADOPTED
    }

    /// Does it run in the background (`pj run`)? Then it has no front, and its record outlives it.
    pub fn is_background(&self) -> bool {
        self.kind == BACKGROUND
    }

    /// What asks it to end.
    pub fn stop_signal(&self) -> Signal {
        self.background.as_ref().map_or(signal::TERM, |b| b.stop_signal)
    }

    /// The cgroup, if there is one and it is still the one that was meant.
    pub fn open_cgroup(&self) -> Option<Cgroup> {
        let (path, id) = group(self.cgroup.as_ref()?);
        Cgroup::open(path, id)
    }

    /// What a person calls it: the name, else the command's base name.
    pub fn title(&self) -> String {
        match (&self.name, self.argv.first()) {
            (Some(n), _) => n.clone(),
            (None, Some(a)) => crate::process::describe::base(a).to_owned(),
            (None, None) => self.id.to_string(),
        }
    }
}

/// Directory and number of a cgroup as [`Job::cgroup`] has them.
pub fn group(text: &str) -> (&Path, u64) {
    let (path, id) = text.rsplit_once(':').unwrap_or((text, ""));
    (Path::new(path), id.parse().unwrap_or(0))
}

/// A new ULID: 48 bits of milliseconds, 80 random bits, in Crockford's base 32.
pub fn new_uid(epoch_ms: u64, random: [u8; 10]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let low = random.iter().fold(0u128, |v, &b| v << 8 | u128::from(b));
    let all = u128::from(epoch_ms & 0xffff_ffff_ffff) << 80 | low;
    (0..26).rev().map(|i| DIGITS[(all >> (i * 5) & 31) as usize] as char).collect()
}

/// A new ULID of now.
pub fn fresh_uid() -> String {
    let mut random = [0u8; 10];
    // Without randomness the time alone must do.
    let _ = file::random(&mut random);
    new_uid(clock::epoch_ms(), random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_sort_by_time_and_have_26_digits() {
        let a = new_uid(1, [255; 10]);
        let b = new_uid(2, [0; 10]);
        assert!(a < b && a.len() == 26 && b.len() == 26);
    }
}
