//! Every key of a `[[strays.rule]]`: what it takes, what it does, and where its value goes; and the rule of one table.

use std::time::Duration;

use super::nearest;
use super::read::{Block, Fault};
use super::rules::{Below, Pattern, Rule};
use super::value::{DAY, Takes, Value};
use crate::process::describe::escape;
use crate::sys;

/// The longest `min_age` and `idle`.
const YEAR: Duration = Duration::from_secs(365 * 86_400);

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
        rule.name = called.map_or_else(|| format!("rule {n}"), |exe| exe.to_owned());
    }
    if wrong.is_empty() { Ok(rule) } else { Err(wrong) }
}
