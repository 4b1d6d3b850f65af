//! `[[strays.rule]]`: whom the user calls a stray, a table for each rule. Every pattern is for a whole name or a whole
//! argument, never for a piece of one and never for the line that they make together: `node.*claude` would find the home
//! of claudette. What a rule means for a process is for the strays to say.

use std::path::Path;
use std::time::Duration;

use regex_lite::Regex;

use crate::process::describe::escape;
use crate::sys::file;

/// A pattern is no longer.
const LONGEST: usize = 512;

/// A regular expression that means all of a text.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Compiles it; one that means anything at all is refused.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let bad = |why: &str| Err(format!("'{}' {why}", escape(text)));
        if text.len() > LONGEST {
            return bad("is too long");
        }
        // By itself first: `a)|(b` would leave the anchors.
        if let Err(e) = Regex::new(text) {
            return bad(&format!("is not a regular expression: {}", e.to_string().replace('\n', " ")));
        }
        match Regex::new(&format!("\\A(?:{text})\\z")) {
            Ok(regex) if regex.is_match("") => bad("would match anything, or nothing"),
            Ok(regex) => Ok(Pattern { text: text.to_owned(), regex }),
            Err(e) => bad(&format!("is not a regular expression: {}", e.to_string().replace('\n', " "))),
        }
    }

    /// Does it mean all of this text?
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
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

/// One name with stars in it.
fn fits(glob: &str, name: &str) -> bool {
    let Some((before, after)) = glob.split_once('*') else { return glob == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|&at| rest.is_char_boundary(at)).any(|at| fits(after, &rest[at..]))
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
