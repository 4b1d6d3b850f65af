//! `pj-sweep`'s command line: data only. No library: the binary stays tiny.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process::describe::escape;
use crate::sys::Pid;

/// What `--help` says.
pub const HELP: &str = "\
Usage: pj-sweep [OPTIONS]

Ends what wrapped jobs left behind: jobs whose guards are gone, jobs whose session is over and whose guard does not get
on with it. For cron and for a terminal's close hook. Nothing to do: silent, exit 0.

Options:
  -n, --dry-run      say what would be done and by which rule; do nothing
      --json         the same as JSON
  -q, --quiet        say nothing but what went wrong, and findings once a day
      --session ID   treat this session (PID-START, as $PJ_SESSION) as over
      --after PID    for exit hooks: in the background, if this process has ended within 2 s, sweep; else nothing
      --all          end every job of every session; asks first
  -y, --yes          do not ask
      --grace TIME   how long a tree may take to end by itself [default: each job's own]
      --config FILE  these settings, not ~/.config/pj/config.toml
      --help, --version

What no flag says, PJ_SWEEP_GRACE and its like or config.toml do; on one that is wrong nobody is ended.
Exit codes: 0 done, 1 failed, 2 usage or config, 5 something is left or cannot be used, 6 refused.
";

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// `-n`
    pub dry_run: bool,
    /// `--json`
    pub json: bool,
    /// `-q`
    pub quiet: bool,
    /// `--session`
    pub session: Option<String>,
    /// `--after`
    pub after: Option<Pid>,
    /// `--all`
    pub all: bool,
    /// `-y`
    pub yes: bool,
    /// `--grace`
    pub grace: Option<Duration>,
    /// `--config`
    pub config: Option<PathBuf>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Sweep.
    Run(Args),
    /// Say this and leave with 0.
    Say(String),
}

/// Reads the words after our own name.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed> {
    let mut args = Args::default();
    let mut words = words.into_iter().map(|w| w.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let (flag, inline) = match word.split_once('=') {
            Some((f, v)) if f.starts_with("--") => (f.to_owned(), Some(v.to_owned())),
            _ => (word.clone(), None),
        };
        let mut value = || inline.clone().or_else(|| words.next()).ok_or_else(|| bad(format!("{flag} needs a value")));
        match flag.as_str() {
            "-n" | "--dry-run" => args.dry_run = true,
            "--json" => args.json = true,
            "-q" | "--quiet" => args.quiet = true,
            "--all" => args.all = true,
            "-y" | "--yes" => args.yes = true,
            "--session" => args.session = Some(session(&value()?)?),
            "--after" => args.after = Some(pid(&value()?)?),
            "--grace" => args.grace = Some(grace(&value()?)?),
            "--config" => args.config = Some(value()?.into()),
            "--help" | "-h" => return Ok(Parsed::Say(HELP.to_owned())),
            "--version" | "-V" => return Ok(Parsed::Say(format!("pj-sweep {}\n", env!("CARGO_PKG_VERSION")))),
            _ => return Err(bad(format!("unknown option '{}'", escape(&word)))),
        }
    }
    if args.after.is_some() && (args.dry_run || args.json || args.all || args.session.is_some()) {
        return Err(bad("--after goes with --quiet, --grace and --config only".to_owned()));
    }
    Ok(Parsed::Run(args))
}

fn bad(cause: String) -> Error {
    Error::usage(cause).hint("pj-sweep --help")
}

fn session(value: &str) -> Result<String> {
    let sound = value.split_once('-').is_some_and(|(p, s)| p.parse::<i32>().is_ok() && s.parse::<u64>().is_ok());
    if sound { Ok(value.to_owned()) } else { Err(bad(format!("'{}' is not a session: PID-START", escape(value)))) }
}

fn pid(value: &str) -> Result<Pid> {
    value.parse().ok().filter(|&pid| pid > 1).ok_or_else(|| bad(format!("'{}' is not a PID", escape(value))))
}

fn grace(value: &str) -> Result<Duration> {
    match humantime::parse_duration(value) {
        Ok(d) if d <= Duration::from_secs(86_400) => Ok(d),
        _ => Err(bad(format!("--grace takes a time up to a day, such as 500ms or 5s, not '{}'", escape(value)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_what_they_say() {
        let read = |words: &[&str]| parse(words.iter().map(OsString::from));
        let Ok(Parsed::Run(a)) = read(&["-n", "--session=12-34", "--grace", "1s"]) else { panic!() };
        assert_eq!((a.dry_run, a.session.as_deref(), a.grace), (true, Some("12-34"), Some(Duration::from_secs(1))));
        let Ok(Parsed::Run(a)) = read(&["-q", "--after", "42"]) else { panic!() };
        assert_eq!((a.quiet, a.after), (true, Some(42)));
        for bad in [
            &["--session", "x"][..],
            &["--session"],
            &["--nope"],
            &["12"],
            &["--grace", "-1s"],
            &["--after", "1"],
            &["--after", "2-3"],
            &["--after", "42", "-n"],
        ] {
            assert_eq!(read(bad).unwrap_err().exit_code(), 2, "{bad:?}");
        }
    }
}
