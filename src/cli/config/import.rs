//! `pj config import proc-janitor`: its targets as `[[strays.rule]]`s that only report, its whitelist as `[protect] add`.
//!
//! Its patterns look for something anywhere in the line that all arguments make together, so `node.*claude` finds whatever
//! node does in the home of claudette. None is taken over as it is: each becomes a rule for a program's whole name and for
//! single arguments, and what that was and has become is said; what has no such meaning is told and left out.

use std::path::{Path, PathBuf};

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::write;
use crate::cli::out::Out;
use crate::config::load::{contents, from_text};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::process::describe::escape;
use crate::sys::file;

/// Those that run other programs' scripts.
const INTERPRETERS: &str = "node|bun|deno|npm|npx|python[0-9.]*|ruby";

/// A rule to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Draft {
    name: String,
    exe: String,
    argv: Option<String>,
}

/// Takes them over.
pub(super) fn run(from: Option<&Path>, path: &Path, out: &mut Out) -> Result<i32> {
    let from = match from {
        Some(from) => from.to_owned(),
        None => theirs().ok_or_else(|| Error::new("find the settings of proc-janitor", "HOME is not set"))?,
    };
    let (targets, whitelist) = read(&from)?;
    let old = contents(path)?;
    let text = old.as_deref().unwrap_or_default();
    from_text(text, path).sound()?;
    let failed = |cause: String| Error::new(format!("change {}", path.display()), cause).hint("pj config edit");
    let mut document: DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| failed(e.message().to_owned()))?;
    let mut left = 0;
    for pattern in &targets {
        let drafts = drafts(pattern);
        if drafts.is_empty() {
            left += 1;
            out.warn(&format!(
                "target '{pattern}': unsafe, and not taken over: it looks through the whole command line, and no program or \
                 single argument can be told from it\nhint: pj config edit, and write a [[strays.rule]] with exe and argv"
            ));
        }
        for draft in drafts {
            let is_new = add_rule(&mut document, &draft).map_err(failed)?;
            out.note(&told(pattern, &draft, is_new));
        }
    }
    for pattern in &whitelist {
        if is_word(pattern) {
            let is_new = add_name(&mut document, pattern).map_err(failed)?;
            let word = if is_new { "now" } else { "already" };
            out.note(&format!("whitelist '{pattern}': {word} in protect.add, as the whole name of a program"));
        } else {
            left += 1;
            out.warn(&format!(
                "whitelist '{pattern}': not taken over: protection is by a program's name; nobody is a stray whom no rule \
                 names, and PJ_KEEP=1 in its environment spares a process"
            ));
        }
    }
    let new = document.to_string();
    from_text(&new, path).sound()?;
    if new != text {
        write::replace(path, old.as_deref(), &new)?;
        out.note(&format!("wrote {}; the rules only report: pj scan shows whom they name", path.display()));
    }
    Ok(if left > 0 { exit::PARTLY } else { exit::DONE })
}

/// Where proc-janitor has its settings, on every system.
fn theirs() -> Option<PathBuf> {
    Some(file::env_dir("HOME")?.join(".config/proc-janitor/config.toml"))
}

/// Targets and whitelist of that file.
fn read(from: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let doing = || format!("read {}", escape(&from.to_string_lossy()));
    let text = std::fs::read_to_string(from).map_err(|e| {
        let code = if e.kind() == std::io::ErrorKind::NotFound { exit::NOTHING } else { exit::FAILED };
        Error::new(doing(), plain(&e)).code(code)
    })?;
    let document: DocumentMut =
        text.parse().map_err(|e: toml_edit::TomlError| Error::new(doing(), e.message()).code(exit::USAGE))?;
    let list = |name: &str| -> Result<Vec<String>> {
        let Some(item) = document.get(name) else { return Ok(Vec::new()) };
        let words = item.as_array().map(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect());
        words.flatten().ok_or_else(|| Error::new(doing(), format!("{name} is no list of texts")).code(exit::USAGE))
    };
    Ok((list("targets")?, list("whitelist")?))
}

/// A name, or several with bars between.
fn is_word(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_name)
}

fn are_words(text: &str) -> bool {
    text.split('|').all(is_word)
}

/// What a pattern means of programs and single arguments; nothing where that cannot be told.
fn drafts(pattern: &str) -> Vec<Draft> {
    let plain = pattern.strip_prefix('^').unwrap_or(pattern);
    let plain = plain.strip_suffix('$').unwrap_or(plain);
    let name: String = format!("proc-janitor {pattern}").chars().filter(|c| !c.is_control()).take(60).collect();
    // A whole part of a path, or the beginning or end of one at a hyphen.
    let part = |words: &str| format!("(.*[/@-])?({words})([-/.].*)?");
    if are_words(plain) {
        let script = Draft { name: format!("{name} *"), exe: INTERPRETERS.to_owned(), argv: Some(part(plain)) };
        return vec![Draft { name, exe: plain.to_owned(), argv: None }, script];
    }
    match plain.split_once(".*") {
        Some((exe, word)) if are_words(exe) && are_words(word) => {
            vec![Draft { name, exe: exe.to_owned(), argv: Some(part(word)) }]
        }
        _ => Vec::new(),
    }
}

fn told(pattern: &str, draft: &Draft, is_new: bool) -> String {
    if !is_new {
        return format!("target '{pattern}': the rule '{}' is there already", draft.name);
    }
    let argv = draft.argv.as_ref().map_or_else(String::new, |argv| format!(", argv '{argv}'"));
    let was = "unsafe, since it looks through the whole command line: other people's paths and texts too";
    format!("target '{pattern}': {was}; it became exe '{}'{argv}, each a whole name or argument", draft.exe)
}

/// Adds a rule; answers whether it is new.
fn add_rule(document: &mut DocumentMut, draft: &Draft) -> std::result::Result<bool, String> {
    let strays = document.as_table_mut().entry("strays").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let strays = strays.as_table_mut().ok_or("strays is no table of its own in the file")?;
    let rules = strays.entry("rule").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let rules = rules.as_array_of_tables_mut().ok_or("strays.rule is no list of tables in the file")?;
    if rules.iter().any(|rule| rule.get("name").and_then(Item::as_str) == Some(&draft.name)) {
        return Ok(false);
    }
    let mut rule = Table::new();
    rule.insert("name", value(draft.name.as_str()));
    rule.insert("exe", value(draft.exe.as_str()));
    if let Some(argv) = &draft.argv {
        rule.insert("argv", value(argv.as_str()));
    }
    rule.insert("kill", value(false));
    rules.push(rule);
    Ok(true)
}

/// Adds a name to those that are protected; answers whether it is new.
fn add_name(document: &mut DocumentMut, name: &str) -> std::result::Result<bool, String> {
    let protect = document.as_table_mut().entry("protect").or_insert_with(|| Item::Table(Table::new()));
    let protect = protect.as_table_like_mut().ok_or("protect is no table in the file")?;
    let add = protect.entry("add").or_insert_with(|| Item::Value(Value::Array(Array::new())));
    let add = add.as_array_mut().ok_or("protect.add is no list in the file")?;
    if add.iter().any(|one| one.as_str() == Some(name)) {
        return Ok(false);
    }
    add.push(name);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::rules::Pattern;

    #[test]
    fn a_pattern_becomes_a_program_and_an_argument_or_nothing() {
        let of = |pattern: &str| drafts(pattern).into_iter().map(|d| (d.exe, d.argv)).collect::<Vec<_>>();
        let claude = "(.*[/@-])?(claude)([-/.].*)?".to_owned();
        assert_eq!(of("node.*claude"), [("node".to_owned(), Some(claude.clone()))]);
        assert_eq!(of("^claude$")[0], ("claude".to_owned(), None));
        assert_eq!(of("claude")[1], (INTERPRETERS.to_owned(), Some(claude.clone())));
        assert_eq!(of("webpack|vite")[0].0, "webpack|vite");
        for none in ["", ".*", "node .*--x", "python.*-m\\s+x", "(a", "node.*claude.*x", "a.*|b"] {
            assert_eq!(of(none), [], "{none}");
        }
        let pattern = Pattern::new(&claude).unwrap();
        for (argument, is_it) in [
            ("/usr/bin/claude", true),
            ("/x/node_modules/@anthropic-ai/claude-code/cli.js", true),
            ("/home/claudette/backup.js", false),
            ("write about claude", false),
        ] {
            assert_eq!(pattern.is_match(argument), is_it, "{argument}");
        }
    }
}
