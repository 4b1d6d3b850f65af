//! `[[strays.rule]]`: whom the user calls a stray, a table for each rule. Every pattern is for a whole name or a whole
//! argument, never for a piece of one and never for the line that they make together: `node.*claude` would find the home
//! of claudette. What a rule means for a process is for the strays to say.

use std::path::Path;
use std::time::Duration;

use regex_lite::Regex;

use super::nearest;
use super::read::{Block, Fault};
use super::value::{DAY, Takes, Value};
use crate::process::describe::{self, escape};
use crate::sys::{self, file};

/// The longest `min_age` and `idle`.
const YEAR: Duration = Duration::from_secs(365 * 86_400);
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
    fn blank(line: usize) -> Rule {
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

/// A key of a rule.
#[derive(Debug)]
pub struct RuleKey {
    /// Its name in the table.
    pub name: &'static str,
    /// The kind of its value.
    pub takes: Takes,
    /// What is so where nobody says anything.
    pub default: &'static str,
    /// What to write for an example.
    pub example: &'static str,
    /// What it does.
    pub about: &'static str,
    put: fn(&mut Rule, &Value) -> Result<(), String>,
}

/// All of them.
pub static RULE_KEYS: &[RuleKey] = &[
    RuleKey {
        name: "name",
        takes: Takes::Text,
        default: "(its place among the rules)",
        example: "\"mcp\"",
        about: "What the rule is called where it is told.",
        put: |rule, v| {
            rule.name = text(v)?.to_owned();
            let is_name = !rule.name.is_empty() && rule.name.len() < 64 && !rule.name.chars().any(char::is_control);
            if is_name { Ok(()) } else { Err("is not a name of one line".to_owned()) }
        },
    },
    RuleKey {
        name: "exe",
        takes: Takes::Text,
        default: "(any)",
        example: "\"node|bun\"",
        about: "A regular expression for the whole name of the program: the last part of its executable's path or of its \
                first argument, or the kernel's short name for it.",
        put: |rule, v| {
            rule.exe = Some(Pattern::new(text(v)?)?);
            Ok(())
        },
    },
    RuleKey {
        name: "argv",
        takes: Takes::List,
        default: "(any)",
        example: "[\".*/mcp-server-[a-z]+\"]",
        about: "Regular expressions, each for one whole argument that there must be; a text is a list of one. What is to \
                be found inside an argument has .* around it; no expression ever sees two arguments.",
        put: |rule, v| {
            let all = if let Value::Text(one) = v { std::slice::from_ref(one) } else { v.list()? };
            rule.argv = all.iter().map(|one| Pattern::new(one)).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    RuleKey {
        name: "cwd",
        takes: Takes::Text,
        default: "(anywhere)",
        example: "\"~/src/*/web\"",
        about: "It works in this directory or below it; a * stands for any letters of one name.",
        put: |rule, v| {
            rule.cwd = Some(Below::new(text(v)?)?);
            Ok(())
        },
    },
    RuleKey {
        name: "uid",
        takes: Takes::Number,
        default: "(yours)",
        example: "1000",
        about: "Whose processes: your own number and no other.",
        put: |_, v| {
            let own = i64::from(sys::euid());
            v.number(0, i64::from(u32::MAX)).and_then(|uid| match uid == own {
                true => Ok(()),
                false => Err(format!("only your own processes are ever ended: {own}, not {uid}")),
            })
        },
    },
    RuleKey {
        name: "min_age",
        takes: Takes::Text,
        default: "\"0s\"",
        example: "\"10m\"",
        about: "How long it has lived at least.",
        put: |rule, v| {
            rule.min_age = v.time(YEAR)?;
            Ok(())
        },
    },
    RuleKey {
        name: "idle",
        takes: Takes::Text,
        default: "\"0s\"",
        example: "\"2h\"",
        about: "How long it, and what is below it, has used no processor time at least, from one sighting on record to \
                the next.",
        put: |rule, v| {
            rule.idle = v.time(YEAR)?;
            Ok(())
        },
    },
    RuleKey {
        name: "orphan",
        takes: Takes::Flag,
        default: "true",
        example: "false",
        about: "It must be proven that the session it was started in is over. With false this may be unknown; who is in \
                a session that lives, or below one, is never a stray.",
        put: |rule, v| {
            rule.orphan = v.flag()?;
            Ok(())
        },
    },
    RuleKey {
        name: "kill",
        takes: Takes::Flag,
        default: "false",
        example: "true",
        about: "End it where nobody is there to ask; else it is reported.",
        put: |rule, v| {
            rule.kill = v.flag()?;
            Ok(())
        },
    },
    RuleKey {
        name: "grace",
        takes: Takes::Text,
        default: "(strays.grace)",
        example: "\"5m\"",
        about: "How long it must have been a stray, instead of strays.grace.",
        put: |rule, v| {
            rule.grace = Some(v.time(DAY)?);
            Ok(())
        },
    },
];

fn text(value: &Value) -> Result<&str, String> {
    if let Value::Text(text) = value { Ok(text) } else { Err(format!("takes a text, not {}", value.toml())) }
}

/// The rule of one table, the `n`-th from 1; or all that is wrong with it.
pub fn rule(block: &Block, n: usize) -> Result<Rule, Vec<Fault>> {
    let (mut rule, mut wrong) = (Rule::blank(block.line), Vec::new());
    for entry in &block.entries {
        let key = RULE_KEYS.iter().find(|key| key.name == entry.key);
        let Some(key) = key else {
            let near = nearest::of(&entry.key, RULE_KEYS.iter().map(|key| key.name));
            let text = format!("there is no key {} in a rule; the nearest is {near}", escape(&entry.key));
            wrong.push((entry.line, text));
            continue;
        };
        if let Err(why) = (key.put)(&mut rule, &entry.value) {
            wrong.push((entry.line, format!("strays.rule.{}: {why}", key.name)));
        }
    }
    if rule.exe.is_none() && rule.argv.is_empty() && wrong.is_empty() {
        wrong.push((block.line, "a rule names a program: exe or argv is missing".to_owned()));
    }
    if rule.name.is_empty() {
        let called = rule.exe.as_ref().map(|exe| exe.text()).filter(|exe| exe.chars().all(char::is_alphanumeric));
        rule.name = called.map_or_else(|| format!("rule {n}"), |exe| describe::base(exe).to_owned());
    }
    if wrong.is_empty() { Ok(rule) } else { Err(wrong) }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
