//! Every key: what it takes, what it does, and where its value goes. One table; a key that nothing reads is not in it.

mod janitor;

use std::time::Duration;

use super::name::Name;
use super::value::{DAY, Takes, Value};
use super::{Format, Settings, When};

/// One key.
#[derive(Debug)]
pub struct Key {
    /// `section.key`
    pub name: &'static str,
    /// The kind of its value.
    pub takes: Takes,
    /// What is so where nobody says anything, as it is written in the file or, in brackets, in words.
    pub default: &'static str,
    /// What to write for an example.
    pub example: &'static str,
    /// What it does, in lines.
    pub about: &'static str,
    /// Checks a value and keeps it.
    pub put: fn(&mut Settings, &Value) -> Result<(), String>,
}

/// All of them, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    JOBS.iter().chain(janitor::KEYS)
}

/// What is said of jobs, and of what `pj` prints.
static JOBS: &[Key] = &[
    Key {
        name: "wrap.auto",
        takes: Takes::List,
        default: "[]",
        example: "[\"claude\", \"codex\"]",
        about: "Commands that the shell's hook runs under pj-wrap when they are typed.",
        put: |s, v| {
            s.wrap.auto = v.list()?.iter().map(|name| Name::new(name)).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        name: "wrap.grace",
        takes: Takes::Text,
        default: "(5s; claude, gemini: 8s)",
        example: "\"5s\"",
        about: "How long a tree may take to end by itself: pj-wrap --grace.",
        put: |s, v| {
            s.wrap.grace = Some(v.time(DAY)?);
            Ok(())
        },
    },
    Key {
        name: "wrap.on_exit",
        takes: Takes::Text,
        default: "\"linger\"",
        example: "\"end\"",
        about: "Leftovers of a command that exits linger until the session ends, or end: pj-wrap --on-exit.",
        put: |s, v| {
            s.wrap.ends_on_exit = v.one_of(&["linger", "end"])? == 1;
            Ok(())
        },
    },
    Key {
        name: "wrap.direct",
        takes: Takes::Flag,
        default: "false",
        example: "true",
        about: "No terminal in between, the command has yours: pj-wrap --direct.",
        put: |s, v| {
            s.wrap.direct = v.flag()?;
            Ok(())
        },
    },
    Key {
        name: "wrap.cgroup",
        takes: Takes::Flag,
        default: "true",
        example: "false",
        about: "Give each job a cgroup of its own where one is to be had.",
        put: |s, v| {
            s.wrap.cgroup = v.flag()?;
            Ok(())
        },
    },
    Key {
        name: "wrap.scope",
        takes: Takes::Flag,
        default: "false",
        example: "true",
        about: "Where none can be made, ask systemd's user manager for one: pj-wrap --scope.",
        put: |s, v| {
            s.wrap.scope = v.flag()?;
            Ok(())
        },
    },
    Key {
        name: "wrap.reattach",
        takes: Takes::Text,
        default: "\"0s\"",
        example: "\"30s\"",
        about: "How long a job whose terminal has closed waits for pj attach before it is ended: pj-wrap --reattach.",
        put: |s, v| {
            s.wrap.reattach = v.time(DAY)?;
            Ok(())
        },
    },
    Key {
        name: "sweep.grace",
        takes: Takes::Text,
        default: "(each job's own)",
        example: "\"2s\"",
        about: "How long a tree may take to end by itself when a sweep ends it: pj-sweep --grace.",
        put: |s, v| {
            s.sweep.grace = Some(v.time(DAY)?);
            Ok(())
        },
    },
    Key {
        name: "sweep.max_kills",
        takes: Takes::Number,
        default: "20",
        example: "20",
        about: "Jobs that one sweep ends at most, but for pj-sweep --all; the rest is told.",
        put: |s, v| {
            s.sweep.max_kills = v.number(1, 1000)? as usize;
            Ok(())
        },
    },
    Key {
        name: "sweep.interval",
        takes: Takes::Text,
        default: "\"30s\"",
        example: "\"5m\"",
        about: "How often pj daemon looks for what no event has told it.",
        put: |s, v| {
            s.sweep.interval = v.time(DAY)?.max(Duration::from_secs(1));
            Ok(())
        },
    },
    Key {
        name: "sweep.idle",
        takes: Takes::Text,
        default: "\"0s\"",
        example: "\"12h\"",
        about: "A wrapped command whose terminal is silent for so long is ended, unless kept or suspended; 0s: never.",
        put: |s, v| {
            let time = v.time(365 * DAY)?;
            if !time.is_zero() && time < Duration::from_secs(60) {
                return Err("takes a minute at least: the kernel writes a terminal's times down every 8 s".to_owned());
            }
            s.sweep.idle = (!time.is_zero()).then_some(time);
            Ok(())
        },
    },
    Key {
        name: "protect.add",
        takes: Takes::List,
        default: "[]",
        example: "[\"mydaemon\"]",
        about: "Names of programs that nothing ends, nor what is below them. PJ_PROTECT=a,-b adds and takes out too.",
        put: |s, v| {
            s.protect.add = names(v)?;
            Ok(())
        },
    },
    Key {
        name: "protect.remove",
        takes: Takes::List,
        default: "[]",
        example: "[\"firefox\"]",
        about: "Names that pj protects by itself and is not to.",
        put: |s, v| {
            s.protect.remove = names(v)?;
            Ok(())
        },
    },
    Key {
        name: "log.max_size",
        takes: Takes::Text,
        default: "\"10MiB\"",
        example: "\"500KB\"",
        about: "How large a file of a job's log becomes before the next one begins: 64KiB at least.",
        put: |s, v| {
            s.log.max_size = v.size(64 << 10)?;
            Ok(())
        },
    },
    Key {
        name: "log.keep",
        takes: Takes::Number,
        default: "5",
        example: "2",
        about: "How many full files of a job's log are kept besides the one that is written.",
        put: |s, v| {
            s.log.keep = v.number(0, 1000)? as u32;
            Ok(())
        },
    },
    Key {
        name: "log.compress",
        takes: Takes::Flag,
        default: "true",
        example: "false",
        about: "Compress the full files.",
        put: |s, v| {
            s.log.compress = v.flag()?;
            Ok(())
        },
    },
    Key {
        name: "log.retention",
        takes: Takes::Text,
        default: "\"30d\"",
        example: "\"7d\"",
        about: "How long an ended background job and its log are kept.",
        put: |s, v| {
            s.log.retention = v.time(10 * 365 * DAY)?;
            Ok(())
        },
    },
    Key {
        name: "watch.last_seen",
        takes: Takes::Text,
        default: "\"45s\"",
        example: "\"5m\"",
        about: "That a job was seen alive is written no more often than this.",
        put: |s, v| {
            s.watch.last_seen = v.time(DAY)?;
            Ok(())
        },
    },
    Key {
        name: "attach.detach",
        takes: Takes::Text,
        default: "\"^]\"",
        example: "\"^A\"",
        about: "The key that takes your terminal back from pj attach: ^ and a character, or none.",
        put: |s, v| {
            s.attach.detach = v.control()?;
            Ok(())
        },
    },
    Key {
        name: "output.color",
        takes: Takes::Text,
        default: "\"auto\"",
        example: "\"never\"",
        about: "Colour the output: auto, always or never: pj --color.",
        put: |s, v| {
            s.output.color = [When::Auto, When::Always, When::Never][v.one_of(&["auto", "always", "never"])?];
            Ok(())
        },
    },
    Key {
        name: "output.format",
        takes: Takes::Text,
        default: "\"table\"",
        example: "\"line\"",
        about: "How pj list lists: table, line, json, jsonl or ids: pj list --format.",
        put: |s, v| {
            let all = [Format::Table, Format::Line, Format::Json, Format::Jsonl, Format::Ids];
            s.output.format = all[v.one_of(&["table", "line", "json", "jsonl", "ids"])?];
            Ok(())
        },
    },
];

/// Names of programs: a wrong one would protect nobody, in silence.
fn names(value: &Value) -> Result<Vec<String>, String> {
    let names = value.list()?;
    let is_name = |n: &str| !n.is_empty() && !n.starts_with('-') && !n.contains(['/', ',']) && n.trim() == n;
    match names.iter().find(|n| !is_name(n)) {
        Some(bad) => Err(format!("'{}' is not the name of a program", crate::process::describe::escape(bad))),
        None => Ok(names.to_vec()),
    }
}

impl Key {
    /// The key of this name.
    pub fn named(name: &str) -> Option<&'static Key> {
        keys().find(|key| key.name == name)
    }

    /// The variable that wins over the file.
    pub fn variable(&self) -> String {
        format!("PJ_{}", self.name.replace('.', "_").to_ascii_uppercase())
    }

    /// Its table, and its name there.
    pub fn parts(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::read;

    #[test]
    fn every_key_takes_its_own_example_and_default_and_its_section_stands_together() {
        let mut sections: Vec<&str> = keys().map(|key| key.parts().0).collect();
        sections.dedup();
        let (count, mut sorted) = (sections.len(), sections.clone());
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), count, "{sections:?}");
        for key in keys() {
            for text in [key.example, key.default].into_iter().filter(|t| !t.starts_with('(')) {
                let value = &read(&format!("x = {text}")).unwrap()[0].value;
                let mut settings = Settings::default();
                (key.put)(&mut settings, value).unwrap();
                assert!(text != key.default || settings == Settings::default(), "{} has another default", key.name);
            }
            assert!((key.put)(&mut Settings::default(), &Value::Other("a date")).is_err(), "{}", key.name);
        }
    }
}
