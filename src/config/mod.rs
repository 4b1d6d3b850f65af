//! What a person has set for good: `$XDG_CONFIG_HOME/pj/config.toml`, and `PJ_SECTION_KEY` above it. Data only.
//!
//! An unknown key or a bad value is an error that names file and line, never a guess; what follows from one is for the
//! caller to say: who ends processes refuses, who reads or wraps goes on with the rest. Knows no flags: whoever has one
//! lets it win (`--config` names another file for one process). Never reads a file that others can write. No file costs one failed open.

pub mod keys;
pub mod load;
pub mod name;
mod nearest;
pub mod read;
pub mod rule_keys;
pub mod rules;
pub mod value;

use std::path::{Path, PathBuf, absolute};
use std::sync::OnceLock;
use std::time::Duration;

use crate::error::{Error, Result, plain};
use crate::exit;
use crate::process::describe::escape;
use crate::sys::file;
pub use load::{Loaded, Origin, load};
use name::Name;
pub use rules::Rule;

/// Everything that can be set; `None` where the default is not one value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `[wrap]`
    pub wrap: Wrap,
    /// `[sweep]`
    pub sweep: Sweep,
    /// `[protect]`
    pub protect: Protect,
    /// `[log]`
    pub log: Log,
    /// `[watch]`
    pub watch: Watch,
    /// `[attach]`
    pub attach: Attach,
    /// `[output]`
    pub output: Output,
    /// `[strays]`
    pub strays: Strays,
    /// `[port]`
    pub port: Port,
    /// `[events]`
    pub events: Events,
    /// `[notify]`
    pub notify: Notify,
}

/// How commands are wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// The commands that a hook wraps when they are typed.
    pub auto: Vec<Name>,
    /// How long a tree may take to end by itself; else what its program needs.
    pub grace: Option<Duration>,
    /// `on_exit = "end"`: leftovers of a command that exits end with it.
    pub ends_on_exit: bool,
    /// No terminal in between.
    pub direct: bool,
    /// A cgroup of the job's own, where one is to be had.
    pub cgroup: bool,
    /// A scope of the user manager, where no cgroup can be made.
    pub scope: bool,
    /// How long a job whose terminal has closed waits for another one.
    pub reattach: Duration,
}

impl Default for Wrap {
    fn default() -> Wrap {
        Wrap {
            auto: Vec::new(),
            grace: None,
            ends_on_exit: false,
            direct: false,
            cgroup: true,
            scope: false,
            reattach: Duration::ZERO,
        }
    }
}

/// What the sweep does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// How long a tree may take to end by itself; else each job's own.
    pub grace: Option<Duration>,
    /// Unattended, no more jobs than this are ended in one pass: more is a mistake until a person says otherwise.
    pub max_kills: usize,
    /// How often the service looks for what no event has told it.
    pub interval: Duration,
    /// After how long a silence of its terminal a wrapped command ends though its session lives; `None`: never.
    pub idle: Option<Duration>,
}

impl Default for Sweep {
    fn default() -> Sweep {
        Sweep { grace: None, max_kills: 20, interval: Duration::from_secs(30), idle: None }
    }
}

/// Whom nothing ends, besides those of the built-in table, and who is taken out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protect {
    /// Names to add.
    pub add: Vec<String>,
    /// Names that the table is not to protect.
    pub remove: Vec<String>,
}

/// What background jobs write, and how long it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// Bytes after which a job's log begins a new file.
    pub max_size: u64,
    /// How many of the full ones are kept.
    pub keep: u32,
    /// Full ones are compressed.
    pub compress: bool,
    /// How long after its end a background job and its log are kept.
    pub retention: Duration,
}

impl Default for Log {
    fn default() -> Log {
        Log { max_size: 10 << 20, keep: 5, compress: true, retention: Duration::from_secs(30 * 86_400) }
    }
}

/// What readers note down of what they see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// That a job was seen alive is written no more often than this.
    pub last_seen: Duration,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { last_seen: Duration::from_secs(45) }
    }
}

/// How a terminal is lent to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attach {
    /// The control character that takes it back, if any.
    pub detach: Option<u8>,
}

impl Default for Attach {
    fn default() -> Attach {
        Attach { detach: Some(0x1d) }
    }
}

/// What `pj` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// When to colour.
    pub color: When,
    /// How `pj list` lists where nobody says how.
    pub format: Format,
}

/// When strays are ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strays {
    /// How long after its first sighting on record a stray may be ended.
    pub grace: Duration,
    /// How often the service looks.
    pub interval: Duration,
    /// Unattended, no more than this are ended in one pass.
    pub max_kills: usize,
    /// Whom the user calls one; the first that fits decides.
    pub rules: Vec<Rule>,
}

impl Default for Strays {
    fn default() -> Strays {
        Strays { grace: Duration::from_secs(30), interval: Duration::from_secs(30), max_kills: 20, rules: Vec::new() }
    }
}

/// Which ports are freed, and how patiently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Where none is named.
    pub default: Vec<u16>,
    /// What `all` means.
    pub all: Vec<u16>,
    /// From TERM to KILL.
    pub grace: Duration,
    /// How long to wait for a port to be free.
    pub timeout: Duration,
}

impl Default for Port {
    fn default() -> Port {
        let (grace, timeout) = (Duration::from_secs(2), Duration::from_secs(5));
        Port { default: vec![8000], all: vec![8000, 8080, 3000], grace, timeout }
    }
}

/// How long it is known what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// How long events are kept.
    pub retention: Duration,
}

impl Default for Events {
    fn default() -> Events {
        Events { retention: 7 * value::DAY }
    }
}

/// Who is told what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// On the desktop.
    pub desktop: bool,
    /// A command with the event on its standard input; empty: none.
    pub command: Vec<String>,
    /// Of which events.
    pub kinds: Vec<String>,
    /// How long one notification may take.
    pub timeout: Duration,
}

impl Default for Notify {
    fn default() -> Notify {
        let kinds = ["job.ended", "job.idle", "stray.ended", "sweep.stopped"].map(str::to_owned).into();
        Notify { desktop: false, command: Vec::new(), kinds, timeout: Duration::from_secs(5) }
    }
}

/// How jobs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table.
    #[default]
    Table,
    /// goproc's line.
    Line,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// The ids alone.
    Ids,
}

/// When to do something that a terminal may or may not want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Where it can.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Where a user's settings are, of any program: `$XDG_CONFIG_HOME`, or `~/.config`.
pub fn home() -> Option<PathBuf> {
    file::env_dir("XDG_CONFIG_HOME").or_else(|| Some(file::env_dir("HOME")?.join(".config")))
}

/// The file that a flag has named.
static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// `--config F`: this file from now on, in this process and in no child's. A file that was asked for and is not there is
/// wrong usage, and the user's own does not take its place.
pub fn choose(file: &Path) -> Result<()> {
    let bad = |why: String| Error::new(format!("use {}", escape(&file.to_string_lossy())), why).code(exit::USAGE);
    let whole = absolute(file).map_err(|e| bad(plain(&e)))?;
    let there = std::fs::metadata(&whole).map(drop);
    let _ = CHOSEN.set(whole);
    there.map_err(|e| bad(plain(&e)))
}

/// The file that a flag has named, if one has.
pub fn chosen() -> Option<&'static Path> {
    CHOSEN.get().map(PathBuf::as_path)
}

/// Where the file is.
pub fn path() -> Option<PathBuf> {
    CHOSEN.get().cloned().or_else(|| Some(home()?.join("pj/config.toml")))
}
