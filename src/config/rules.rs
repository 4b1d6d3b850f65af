//! `[[strays.rule]]`: whom the user calls a stray, a table for each rule. Every pattern is for a whole name or a whole
//! argument, never for a piece of one and never for the line that they make together: `node.*claude` would find the home
//! of claudette. What a rule means for a process is for the strays to say.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::read::{Block, Fault};
use super::rule_keys;
use crate::process::describe::escape;
use crate::sys::file;

/// A pattern is no longer.
const LONGEST: usize = 512;

/// Says of a text why it is no pattern.
pub type Check = fn(&str) -> Result<(), String>;
/// Reads the rule of one table, the n-th from 1, or says all that is wrong with it.
pub(super) type Reader = fn(&Block, usize) -> Result<Rule, Vec<Fault>>;

static READER: OnceLock<(Reader, Check)> = OnceLock::new();

/// Rules are read from here on, and their patterns checked by this. Guards and sweeps, to whom strays are nothing, do not
/// read them, and stay as small as they are.
pub fn read_rules(check: Check) {
    let _ = READER.set((rule_keys::rule, check));
}

/// What reads rules, where somebody wants them.
pub(super) fn reader() -> Option<Reader> {
    READER.get().map(|(reader, _)| *reader)
}

/// A regular expression that means all of a text, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes it where it is one.
    pub fn new(text: &str) -> Result<Pattern, String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("'{}' is empty or too long", escape(text)));
        }
        match READER.get().map_or(Ok(()), |(_, check)| check(text)) {
            Ok(()) => Ok(Pattern(text.to_owned())),
            Err(why) => Err(format!("'{}' {why}", escape(text))),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// A directory and what is below it; `*` stands for any letters in one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below(String);

impl Below {
    /// An absolute path, or one that begins with `~/`.
    pub fn new(text: &str) -> Result<Below, String> {
        let home = || file::env_dir("HOME").map(|home| home.to_string_lossy().into_owned());
        let whole = match text.strip_prefix("~/") {
            Some(rest) => home().map(|home| format!("{home}/{rest}")),
            None => Some(text.to_owned()),
        };
        let is_path = |p: &String| p.starts_with('/') && !p.split('/').any(|part| part == ".." || part == ".");
        match whole.filter(is_path) {
            Some(path) if !parts(&path).all(|part| part.chars().all(|c| c == '*')) => Ok(Below(path)),
            _ => Err(format!("'{}' is not an absolute path of one directory", escape(text))),
        }
    }

    /// Is this directory it, or below it?
    pub fn holds(&self, dir: &Path) -> bool {
        let Some(dir) = dir.to_str() else { return false };
        let mut its = parts(dir);
        dir.starts_with('/') && parts(&self.0).all(|glob| its.next().is_some_and(|part| fits(glob, part)))
    }

    /// As it was understood.
    pub fn text(&self) -> &str {
        &self.0
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// One name with stars in it. Each piece is taken where it first comes: to try every place would take for ever with ten
/// stars.
fn fits(glob: &str, name: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == name };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let begin = name.strip_prefix(first);
    let left = begin.and_then(|left| between.split('*').try_fold(left, |left, piece| Some(left.split_once(piece)?.1)));
    left.is_some_and(|left| left.ends_with(last))
}

/// One rule. Everything that it says must be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// The program's name.
    pub exe: Option<Pattern>,
    /// Each means one of the arguments.
    pub argv: Vec<Pattern>,
    /// Where it works.
    pub cwd: Option<Below>,
    /// How long it has lived at least.
    pub min_age: Duration,
    /// How long it has used no processor time at least.
    pub idle: Duration,
    /// It must be proven that its session is over.
    pub orphan: bool,
    /// Nobody needs to be asked.
    pub kill: bool,
    /// Instead of `strays.grace`.
    pub grace: Option<Duration>,
    /// Where it is in the file.
    pub line: usize,
}

impl Rule {
    /// One that says nothing.
    pub(super) fn blank(line: usize) -> Rule {
        Rule {
            name: String::new(),
            exe: None,
            argv: Vec::new(),
            cwd: None,
            min_age: Duration::ZERO,
            idle: Duration::ZERO,
            orphan: true,
            kill: false,
            grace: None,
            line,
        }
    }

    /// All that decides, in a line: a rule that is changed is another one.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        text.extend(self.exe.iter().map(|exe| format!("exe {}", exe.text())));
        text.extend(self.argv.iter().map(|argv| format!("argv {}", argv.text())));
        text.extend(self.cwd.iter().map(|cwd| format!("cwd {}", cwd.text())));
        let times = [("min_age", self.min_age), ("idle", self.idle)];
        let times = times.into_iter().filter(|(_, time)| !time.is_zero());
        text.extend(times.map(|(name, time)| format!("{name} {}", humantime::format_duration(time))));
        text.push(if self.orphan { "orphan" } else { "orphan or not" }.to_owned());
        text.push(if self.kill { "kill" } else { "report" }.to_owned());
        text.join(", ")
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
