//! Does a rule name a process? Pure: its names, its arguments, its directory. Never the line that the arguments make.

use std::path::PathBuf;

use regex_lite::Regex;

use crate::config::Rule;
use crate::config::rules::Pattern;
use crate::process::describe::base;

/// What rules are matched against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The kernel's short name, cut at 15 bytes.
    pub comm: String,
    /// Its executable's path; empty where it is not to be read.
    pub exe: String,
    /// Its arguments.
    pub argv: Vec<String>,
}

/// Why a text is no pattern.
pub fn check(text: &str) -> Result<(), String> {
    let bad = |e: regex_lite::Error| format!("is not a regular expression: {}", e.to_string().replace('\n', " "));
    // By itself first: `a)|(b` would leave the anchors.
    Regex::new(text).map_err(bad)?;
    let whole = Regex::new(&anchored(text)).map_err(bad)?;
    if whole.is_match("") { Err("would match anything, or nothing".to_owned()) } else { Ok(()) }
}

fn anchored(text: &str) -> String {
    format!("\\A(?:{text})\\z")
}

/// What a rule looks for, ready for many processes.
#[derive(Clone, Debug)]
pub struct Matcher {
    exe: Option<Regex>,
    argv: Vec<Regex>,
}

impl Matcher {
    /// Of a rule; `None` where a pattern of it is none, so that it names nobody.
    pub fn of(rule: &Rule) -> Option<Matcher> {
        let ready = |pattern: &Pattern| {
            check(pattern.text()).ok()?;
            Regex::new(&anchored(pattern.text())).ok()
        };
        let exe = match &rule.exe {
            Some(pattern) => Some(ready(pattern)?),
            None => None,
        };
        Some(Matcher { exe, argv: rule.argv.iter().map(ready).collect::<Option<_>>()? })
    }

    /// Does the rule name this one, its directory left out?
    pub fn names(&self, one: &Named) -> bool {
        let exe = base(one.exe.trim_end_matches(" (deleted)"));
        let first = base(one.argv.first().map_or("", String::as_str));
        let is_called = self.exe.as_ref().is_none_or(|re| [exe, first, &one.comm].iter().any(|name| re.is_match(name)));
        is_called && self.argv.iter().all(|re| one.argv.iter().any(|arg| re.is_match(arg)))
    }
}

/// Does it work where the rule says? `cwd` is asked for where the rule wants to know.
pub fn works_there(rule: &Rule, cwd: impl FnOnce() -> Option<PathBuf>) -> bool {
    rule.cwd.as_ref().is_none_or(|below| cwd().is_some_and(|dir| below.holds(&dir)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::from_text;
    use std::path::Path;

    fn rule(text: &str) -> Rule {
        crate::config::rules::read_rules(check);
        let text = format!("[[strays.rule]]\n{text}");
        from_text(&text, Path::new("/c")).sound().unwrap().strays.rules.remove(0)
    }

    fn is_named(text: &str, comm: &str, exe: &str, argv: &[&str]) -> bool {
        let argv = argv.iter().map(|a| (*a).to_owned()).collect();
        Matcher::of(&rule(text)).unwrap().names(&Named { comm: comm.into(), exe: exe.into(), argv })
    }

    #[test]
    fn a_pattern_means_a_whole_text_and_never_anything() {
        for (pattern, yes, no) in [
            ("node", "node", "nodejs"),
            ("node|bun", "bun", "bunx"),
            ("a.*b|c", "a  b", "xc"),
            (".*/mcp-server-[a-z]+", "/x/.bin/mcp-server-git", "/x/mcp-server-git/run"),
            ("(?i)claude", "Claude", "/home/claudette"),
        ] {
            assert!(check(pattern).is_ok(), "{pattern}");
            let regex = Regex::new(&anchored(pattern)).unwrap();
            assert!(regex.is_match(yes) && !regex.is_match(no), "{pattern}");
        }
        for wrong in ["", ".*", "a?", "a|", "(", "a)|(b", "[", "(?x)a #"] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_real_ones_are_named_and_the_home_of_claudette_is_not() {
        let mcp = "exe = 'node'\nargv = '.*/(mcp-server-[a-z]+|@modelcontextprotocol/server-[a-z]+/.*)'";
        let node = "/usr/bin/node";
        assert!(is_named(
            mcp,
            "node",
            node,
            &["node", "/home/u/.npm/_npx/1/node_modules/.bin/mcp-server-git", "/repo"]
        ));
        let dist = "/x/node_modules/@modelcontextprotocol/server-memory/dist/index.js";
        assert!(is_named(mcp, "MainThread", node, &["node", dist]));
        assert!(!is_named(mcp, "vim", "/usr/bin/vim", &["vim", dist]), "another program that reads it");
        let claude = "exe = 'claude'";
        assert!(is_named(claude, "claude", node, &["claude"]), "a title");
        assert!(is_named(claude, "x", "/opt/claude (deleted)", &["/opt/claude"]));
        let (python, home) = ("/usr/bin/python3.12", "/home/claudette");
        for text in [claude, "argv = 'claude'", "exe = 'node'\nargv = '.*claude.*'", "argv = 'node.*claude'"] {
            assert!(!is_named(text, "python3", python, &["python3", "backup.py", home]), "{text}");
        }
        assert!(!is_named("argv = 'node.*claude'", "node", node, &["node", "x.js", "claude"]), "two arguments");
        assert!(!is_named(claude, "tmux: server", "/usr/bin/tmux", &["tmux", "new", "-d", "-s", "claude-1"]));
        assert!(is_named("argv = ['vite', '--port']", "node", node, &["node", "vite", "--port", "1"]));
        assert!(!is_named("argv = ['vite', '--host']", "node", node, &["node", "vite", "--port", "1"]));
    }
}
