//! The record of a session: one interactive shell and its terminal. Made by pj, written by the shell (SHELLS §0.1).

use serde::{Deserialize, Serialize};

use crate::process::Identity;
use crate::sys::{self, Dev, Pid, Stat, os};

/// The schema that this version writes.
pub const SCHEMA: &str = "pj.session/1";

/// One registered shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat")]
pub struct Session {
    /// Always [`SCHEMA`], and first in the file.
    pub schema: String,
    /// The machine that `pid` is on.
    pub machine: String,
    /// `bash`, `zsh`, `fish` …
    pub shell: String,
    /// The shell's identity.
    #[serde(flatten)]
    pub identity: Identity,
    /// Its kernel session when it registered.
    pub sid: Pid,
    /// Its controlling terminal's device when it registered.
    pub tty_dev: Dev,
    /// That terminal's path, for people.
    pub tty: Option<String>,
    /// RFC 3339, UTC.
    pub registered_at: String,
}

/// What is in the file, read as it stands there: serde would hold a flattened part twice, for each of a thousand.
#[derive(Deserialize)]
struct Flat {
    schema: String,
    machine: String,
    shell: String,
    pid: Pid,
    start: u64,
    boot: String,
    ns: u64,
    #[serde(default)]
    ino: Option<u64>,
    sid: Pid,
    tty_dev: Dev,
    tty: Option<String>,
    registered_at: String,
}

impl From<Flat> for Session {
    fn from(f: Flat) -> Session {
        Session {
            schema: f.schema,
            machine: f.machine,
            shell: f.shell,
            identity: Identity { pid: f.pid, start: f.start, boot: f.boot, ns: f.ns, ino: f.ino },
            sid: f.sid,
            tty_dev: f.tty_dev,
            tty: f.tty,
            registered_at: f.registered_at,
        }
    }
}

impl Session {
    /// The record of the shell of which `stat` has just been read; `None` without a terminal, or if it has gone since.
    pub fn of(stat: &Stat, shell: &str, tty: Option<String>) -> Option<Session> {
        let identity = Identity::of(stat.pid)?;
        if !identity.is(stat) || stat.tty_dev == 0 {
            return None;
        }
        Some(Session {
            schema: SCHEMA.to_owned(),
            machine: os::machine_id().to_owned(),
            shell: shell.to_owned(),
            identity,
            sid: stat.sid,
            tty_dev: stat.tty_dev,
            tty,
            registered_at: super::event::rfc3339(sys::clock::epoch_ms()),
        })
    }

    /// Is the shell alive and still on the terminal it registered with? A shell that has lost it is over (DESIGN §4).
    pub fn is_alive(&self) -> bool {
        self.identity.life().is_alive()
            && os::stat(self.identity.pid).is_some_and(|s| self.identity.is(&s) && s.tty_dev == self.tty_dev)
    }
}
