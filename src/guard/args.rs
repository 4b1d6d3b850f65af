//! `pj-wrap`'s command line: data only. The first word that is not a flag of ours begins the command.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process::select::is_name;
use crate::record::job::OnExit;

/// What `--help` says.
pub const HELP: &str = "\
Usage: pj-wrap [OPTIONS] COMMAND [ARGUMENTS]...

Runs COMMAND as it would run without us; when its terminal or shell ends, everything below it ends too.

Options:
      --name NAME        name the job
      --tag TAG          tag it (repeatable)
      --group GROUP      put it into a group (repeatable)
      --direct           no terminal in between: the command has yours
      --keep             the job may outlive its session
      --scope            ask systemd's user manager for a cgroup where pj-wrap may make none (PJ_WRAP_SCOPE=true)
      --on-exit WHAT     leftovers of a command that exits: linger (until the session ends) or end
      --grace TIME       how long a tree may take to end by itself, such as 500ms, 5s [default: 5s; claude, gemini: 8s]
      --reattach TIME    how long it waits for pj attach when its terminal closes, before it ends [default: 0s]
      --config FILE      these settings, not ~/.config/pj/config.toml
      --help, --version

What no flag says, PJ_WRAP_GRACE and its like or config.toml do: pj config show.
Exits as COMMAND does; 125: wrong usage or no process to be had, 126: cannot be executed, 127: not found.
";

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// `--name`
    pub name: Option<String>,
    /// `--tag`
    pub tags: Vec<String>,
    /// `--group`
    pub groups: Vec<String>,
    /// `--direct`
    pub direct: bool,
    /// `--keep`
    pub keep: bool,
    /// `--scope`
    pub scope: bool,
    /// `--on-exit`
    pub on_exit: Option<OnExit>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--grace`; else the command's own, of [`super::profile`].
    pub grace: Option<Duration>,
    /// `--reattach`: how long a job whose terminal closes waits for `pj attach`.
    pub reattach: Option<Duration>,
    /// A cgroup of its own, where one is to be had. No flag says so; see [`super::settings`].
    pub cgroup: bool,
    /// The command and its arguments; never empty.
    pub command: Vec<OsString>,
}

impl Args {
    /// Does a job whose terminal closes wait for `pj attach`?
    pub fn takes_back(&self) -> bool {
        self.reattach.is_some_and(|d| !d.is_zero())
    }

    /// What was said, else what a command of this name needs.
    pub fn grace_or_profile(&self) -> Duration {
        self.grace.unwrap_or_else(|| super::profile::grace(&self.command))
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Run a command.
    Run(Args),
    /// Say this and leave with 0.
    Say(String),
}

/// Reads the words after our own name.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed> {
    let mut words = words.into_iter();
    let mut args = Args {
        name: None,
        tags: Vec::new(),
        groups: Vec::new(),
        direct: false,
        keep: false,
        scope: false,
        on_exit: None,
        config: None,
        grace: None,
        reattach: None,
        cgroup: true,
        command: Vec::new(),
    };
    while let Some(word) = words.next() {
        if word == "--" {
            args.command = words.collect();
            break;
        }
        let bytes = word.as_bytes();
        if !bytes.starts_with(b"-") || bytes == b"-" {
            args.command = std::iter::once(word).chain(words).collect();
            break;
        }
        let text = word.to_string_lossy().into_owned();
        let (flag, inline) = match text.split_once('=') {
            Some((f, v)) if f.starts_with("--") => (f.to_owned(), Some(v.to_owned())),
            _ => (text.clone(), None),
        };
        let mut value = || match inline.clone() {
            Some(v) => Ok(v),
            None => match words.next() {
                Some(v) => Ok(v.to_string_lossy().into_owned()),
                None => Err(bad(format!("{flag} needs a value"))),
            },
        };
        match flag.as_str() {
            "--name" => args.name = Some(named("--name", value()?)?),
            "--tag" => args.tags.push(named("--tag", value()?)?),
            "--group" => args.groups.push(named("--group", value()?)?),
            "--on-exit" => args.on_exit = Some(on_exit(&value()?)?),
            "--grace" => args.grace = Some(time("--grace", &value()?)?),
            "--reattach" => args.reattach = Some(time("--reattach", &value()?)?),
            "--config" => args.config = Some(value()?.into()),
            "--direct" if inline.is_none() => args.direct = true,
            "--keep" if inline.is_none() => args.keep = true,
            "--scope" if inline.is_none() => args.scope = true,
            "--help" | "-h" => return Ok(Parsed::Say(HELP.to_owned())),
            "--version" | "-V" => return Ok(Parsed::Say(format!("pj-wrap {}\n", env!("CARGO_PKG_VERSION")))),
            _ => return Err(bad(format!("unknown option '{}'", crate::process::describe::escape(&text)))),
        }
    }
    if args.command.is_empty() {
        return Err(bad("no command to run".into()));
    }
    Ok(Parsed::Run(args))
}

fn bad(cause: String) -> Error {
    Error::usage(cause).hint("pj-wrap --help").code(crate::exit::WRAP_FAILED)
}

fn named(flag: &str, value: String) -> Result<String> {
    if is_name(&value) {
        return Ok(value);
    }
    let value = crate::process::describe::escape(&value);
    Err(bad(format!("{flag} '{value}' is not a name: letters, digits, - _ . and not a number")))
}

fn on_exit(value: &str) -> Result<OnExit> {
    match value {
        "linger" => Ok(OnExit::Linger),
        "end" => Ok(OnExit::End),
        _ => Err(bad(format!("--on-exit takes linger or end, not '{}'", crate::process::describe::escape(value)))),
    }
}

/// A duration for people, at most a day: a longer one is a mistake.
fn time(flag: &str, value: &str) -> Result<Duration> {
    match humantime::parse_duration(value) {
        Ok(d) if d <= Duration::from_secs(86_400) => Ok(d),
        _ => {
            let value = crate::process::describe::escape(value);
            Err(bad(format!("{flag} takes a time up to a day, such as 500ms or 5s, not '{value}'")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> Args {
        match parse(words.iter().map(OsString::from)) {
            Ok(Parsed::Run(a)) => a,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn our_flags_end_where_the_command_begins() {
        let a = run(&["--name", "web", "--tag=a", "--grace", "1s", "sh", "-c", "exit 3", "--keep"]);
        assert_eq!(a.command, ["sh", "-c", "exit 3", "--keep"]);
        assert_eq!((a.name.as_deref(), a.grace, a.keep), (Some("web"), Some(Duration::from_secs(1)), false));
        assert!(run(&["--scope", "x"]).scope && !run(&["x", "--scope"]).scope);
        assert_eq!(run(&["--", "-x"]).command, ["-x"]);
        assert_eq!(run(&["-"]).command, ["-"]);
    }

    #[test]
    fn wrong_usage_is_125_and_says_what_to_type() {
        for words in [
            &["--name"][..],
            &[],
            &["--nope", "x"],
            &["--grace", "soon", "x"],
            &["--name", "12", "x"],
            &["--keep=1", "x"],
            &["--scope=yes", "x"],
        ] {
            let e = parse(words.iter().map(OsString::from)).unwrap_err();
            assert_eq!(e.exit_code(), 125, "{words:?}");
            assert!(e.to_string().contains("hint: pj-wrap --help"));
        }
    }
}
