//! `pj run`: a command in the background, with a guard of its own and a log. Returns when it has been executed, or could
//! not be; `pj wrap` is `pj-wrap`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::add::Whose;
use super::gather::Books;
use super::out::Out;
use super::table::Tone;
use super::{add, locked, pick, stop, wanted};
use crate::config::Settings;
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::guard::background::{self, Spec};
use crate::log::Limits;
use crate::record::job::{Background, Restart};
use crate::record::{Place, store};
use crate::sys::signal::{self, Signal};
use crate::sys::{clock, tty};

/// What a terminal is like where there is none to be like.
const SIZE: (u16, u16) = (30, 120);

/// What to run, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A name that no other living job has
    #[arg(long, value_name = "NAME", value_parser = wanted::name)]
    name: Option<String>,
    /// Stop the living job that has this name
    #[arg(long, requires = "name")]
    replace: bool,
    /// Tags, to select it by
    #[arg(long, value_name = "TAG", value_parser = wanted::label)]
    tag: Vec<String>,
    /// Groups, to select it by
    #[arg(long, value_name = "GROUP", value_parser = wanted::label)]
    group: Vec<String>,
    /// Run it in this directory
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Add a variable to its environment; on record with the job
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<String>,
    /// Add the variables of a file, NAME=VALUE lines; only the file's path is on record
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// It may outlive its session, and what it leaves behind outlives it
    #[arg(long)]
    keep: bool,
    /// Whose end ends it: that of the session that this is typed in, or nobody's
    #[arg(long, value_name = "WHOSE", default_value = "none")]
    owner: Whose,
    /// Pipes instead of a terminal: what it writes to standard error is told apart
    #[arg(long, conflicts_with = "size")]
    pipe: bool,
    /// Size of its terminal [default: that of yours, else 120x30]
    #[arg(long, value_name = "COLSxROWS", value_parser = size)]
    size: Option<(u16, u16)>,
    /// Run it again when it has ended
    #[arg(long, value_name = "WHEN", default_value = "no")]
    restart: When,
    /// How often in a row at most; 0: for ever
    #[arg(long, value_name = "N", default_value_t = 5)]
    max_restarts: u32,
    /// How long to rest before that; twice as long each further time
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = crate::cli::wanted::time)]
    backoff: Duration,
    /// How long its tree may take to end by itself [default: 5s; claude, gemini: 8s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    grace: Option<Duration>,
    /// The signal that asks it to end
    #[arg(long, value_name = "SIGNAL", default_value = "TERM", value_parser = stop_signal)]
    stop_signal: Signal,
    /// Wait until it has ended, and leave with its exit code
    #[arg(long)]
    wait: bool,
    /// The command; the first word that is no option begins it
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
    #[arg(skip)]
    settings: Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum When {
    No,
    OnFailure,
    Always,
}

impl Args {
    /// May it end another job?
    pub(super) fn replaces(&self) -> bool {
        self.replace
    }

    /// What the settings say: they were read once already.
    pub(super) fn fill(&mut self, settings: Settings) {
        self.settings = settings;
    }
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    id: u64,
    pid: Option<i32>,
    guard: Option<i32>,
}

/// Starts it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let place = Place::current()?;
    place.make()?;
    let cwd = std::env::current_dir().doing(|| "find out where we are".to_owned())?;
    let cwd = args.cwd.as_ref().map_or(cwd.clone(), |dir| cwd.join(dir));
    let spec = spec(args, cwd)?;
    let lock = name_for(args, &place, out)?;
    let (id, warning) = background::start(spec, &place)?;
    drop(lock);
    if let Some(lost) = warning {
        out.warn(&lost);
    }
    if out.json {
        let job = store::job(&place, id);
        let pid = |who: Option<&crate::process::Identity>| who.map(|who| who.pid);
        let (root, guard) =
            (job.as_ref().and_then(|j| pid(j.root.as_ref())), job.as_ref().and_then(|j| pid(j.guard.as_ref())));
        out.value(&Answer { schema: "pj.run/1", id, pid: root, guard });
    } else {
        out.line(Tone::Plain, &id.to_string());
    }
    if args.wait { Ok(wait(&place, id)) } else { Ok(exit::DONE) }
}

fn spec(args: &Args, cwd: PathBuf) -> Result<Spec> {
    let settings = &args.settings;
    let env = variables(&args.env_file, &args.env, args.pipe)?;
    let files = args.env_file.iter().map(|f| std::path::absolute(f).unwrap_or_else(|_| f.clone()));
    let restart = match args.restart {
        When::No => Restart::No,
        When::OnFailure => Restart::OnFailure,
        When::Always => Restart::Always,
    };
    let of_ours = || tty::size(tty::std_fd(1)).ok().filter(|s| s.rows > 0 && s.cols > 0).map(|s| (s.rows, s.cols));
    Ok(Spec {
        command: args.command.clone(),
        name: args.name.clone(),
        tags: args.tag.clone(),
        groups: args.group.clone(),
        keep: args.keep.then(|| "--keep".to_owned()),
        with_session: args.owner == Whose::Session,
        cwd,
        env,
        background: Background {
            pipe: args.pipe,
            size: args.size.or_else(of_ours).unwrap_or(SIZE),
            env: args.env.clone(),
            env_files: files.map(|f| f.to_string_lossy().into_owned()).collect(),
            restart,
            max_restarts: args.max_restarts,
            backoff_ms: u64::try_from(args.backoff.as_millis()).unwrap_or(u64::MAX),
            stop_signal: args.stop_signal,
        },
        grace: args.grace.or(settings.wrap.grace),
        cgroup: (settings.wrap.cgroup, settings.wrap.scope),
        log: limits(settings),
        again: None,
    })
}

/// How much of what it writes is kept.
pub(super) fn limits(settings: &Settings) -> Limits {
    let log = settings.log;
    Limits { max_size: log.max_size, keep: log.keep, compress: log.compress }
}

/// The name is free, or made so, and stays it while the lock is held.
fn name_for(args: &Args, place: &Place, out: &mut Out) -> Result<Option<std::fs::File>> {
    let Some(name) = args.name.as_deref() else { return Ok(None) };
    if args.replace {
        let books = Books::read();
        if let Some(old) = add::named(name, &books) {
            if pick::is_around(&old.record) {
                return Err(is_taken(name, old.record.id));
            }
            match stop::all(&[old], None, out) {
                exit::DONE => {}
                code => return Err(Error::new(format!("replace {name}"), "it has not ended").code(code)),
            }
        }
    }
    let lock = locked::take(place)?;
    match add::named(name, &Books::read()) {
        Some(taken) => Err(is_taken(name, taken.record.id)),
        None => Ok(Some(lock)),
    }
}

pub(super) fn is_taken(name: &str, id: u64) -> Error {
    let e = Error::new(format!("call it {name}"), format!("job {id} lives and is called that"));
    e.hint(format!("pj run --replace --name {name} ...")).code(exit::REFUSED)
}

/// Waits for the end of a job; answers as a shell would.
fn wait(place: &Place, id: u64) -> i32 {
    let guard = store::job(place, id).and_then(|job| job.guard);
    if let Some(handle) = guard.and_then(|g| g.life().handle()) {
        while !stop::wait(&handle, clock::now() + Duration::from_secs(3600)) {}
    }
    match store::job(place, id).and_then(|job| job.exit) {
        Some(exit) => exit.code.unwrap_or_else(|| 128 + exit.signal.unwrap_or(0)),
        None => exit::FAILED,
    }
}

fn variable(text: &str) -> std::result::Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() && !text.contains('\0') => Ok(text.to_owned()),
        _ => Err("NAME=VALUE".to_owned()),
    }
}

fn size(text: &str) -> std::result::Result<(u16, u16), String> {
    let read = |n: &str| n.parse::<u16>().ok().filter(|n| *n > 0);
    let both = text.split_once('x').and_then(|(cols, rows)| Some((read(rows)?, read(cols)?)));
    both.ok_or_else(|| "columns and rows, such as 120x30".to_owned())
}

fn stop_signal(text: &str) -> std::result::Result<Signal, String> {
    let sig = signal::parse(text).ok_or_else(|| "no signal is called that".to_owned())?;
    match sig {
        signal::KILL | signal::STOP => Err("it has to be one that can be heard".to_owned()),
        sig => Ok(sig),
    }
}

/// All that is added to its environment.
pub(super) fn variables(files: &[PathBuf], given: &[String], pipe: bool) -> Result<Vec<String>> {
    let mut env = Vec::new();
    if !pipe && std::env::var_os("TERM").is_none() {
        env.push("TERM=xterm-256color".to_owned());
    }
    for file in files {
        env.extend(read_variables(file)?);
    }
    env.extend(given.iter().cloned());
    Ok(env)
}

/// The variables of a file: `NAME=VALUE` lines, with or without `export` and quotes; `#` begins a comment line.
fn read_variables(path: &Path) -> Result<Vec<String>> {
    let doing = || format!("read {}", path.display());
    let text = std::fs::read_to_string(path).doing(doing)?;
    let mut found = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let Some((name, value)) = line.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            let cause = format!("line {} is not NAME=VALUE", n + 1);
            return Err(Error::new(doing(), cause).code(exit::USAGE));
        };
        let value = value.trim();
        let unquoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
        found.push(format!("{}={}", name.trim(), unquoted.unwrap_or(value)));
    }
    Ok(found)
}

/// The words of `pj wrap`, which are `pj-wrap`'s own.
pub(super) fn wrapped(words: &[OsString]) -> Option<Vec<OsString>> {
    (words.get(1)? == "wrap").then(|| words[2..].to_vec())
}

/// For help and completions only: what it takes is read by `pj-wrap`.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Wrapped {
    /// As pj-wrap has them: pj-wrap --help
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// With global options before it.
pub(super) fn wrap(args: Wrapped) -> i32 {
    crate::guard::wrap(args.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_variables_are_read_as_they_are_written() {
        assert_eq!(size("120x30"), Ok((30, 120)));
        for wrong in ["", "120", "0x1", "1x", "axb", "70000x1", "1x1x1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert!(variable("A=").is_ok() && variable("=b").is_err() && variable("A").is_err());
        assert!(stop_signal("INT").is_ok() && stop_signal("KILL").is_err() && stop_signal("NOPE").is_err());
    }
}
