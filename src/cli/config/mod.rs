//! `pj config`: shows what is set and who says so, and changes the file. Everything it knows of keys is in
//! [`crate::config::keys`]; how the file is written is in [`write`].
//!
//! It shows a file that is wrong, and never writes one.

mod change;
mod import;
mod rules;
mod write;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, TypedValueParser};
use serde::Serialize;
use serde_json::json;

use super::out::Out;
use super::table::{Table, Tone};
use crate::config::keys::{Key, keys};
use crate::config::load::{self, unknown};
use crate::config::read::read;
use crate::config::value::Value;
use crate::config::{self, Loaded, Origin};
use crate::error::{Error, Result};
use crate::exit;

/// What to do with the settings.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show every setting, its value and who says so
    Show,
    /// Print the value of one setting
    Get {
        /// Its name, such as wrap.grace
        #[arg(value_name = "KEY", value_parser = Names)]
        key: String,
    },
    /// Write one setting to the file; comments stay
    Set {
        /// Its name, such as wrap.grace
        #[arg(value_name = "KEY", value_parser = Names)]
        key: String,
        /// Its value; of a list each word, or one with commas
        #[arg(value_name = "VALUE", required_unless_present = "default", allow_hyphen_values = true)]
        value: Vec<String>,
        /// Take it out of the file instead
        #[arg(long, conflicts_with = "value")]
        default: bool,
    },
    /// Open a copy in $VISUAL or $EDITOR, and put it in place if it is right
    Edit,
    /// Tell what is wrong in the file and in the environment
    Check {
        /// This file, and no environment
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print where the file is
    Path,
    /// Write a file that sets nothing and explains everything
    Init,
    /// Take over what another program's settings say, as rules that only report
    Import {
        /// Whose
        #[arg(value_name = "PROGRAM", value_parser = ["proc-janitor"])]
        program: String,
        /// Its settings [default: ~/.config/proc-janitor/config.toml]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

impl Args {
    /// Does it make a file where there is none?
    pub(super) fn makes(&self) -> bool {
        matches!(self.what, What::Init | What::Import { .. })
    }
}

/// Any word; the names of the keys are for those who complete. What is wrong with another is ours to say.
#[derive(Clone)]
struct Names;

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> std::result::Result<String, clap::Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(keys().map(|key| PossibleValue::new(key.name))))
    }
}

/// One setting as JSON.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: serde_json::Value,
    origin: &'static str,
    line: Option<usize>,
    variable: String,
    takes: &'static str,
    default: &'static str,
    example: &'static str,
    about: &'static str,
}

/// Does it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    match &args.what {
        What::Show => Ok(show(out)),
        What::Get { key } => get(named(key)?, out),
        What::Set { key, value, default } => {
            let value = (!default).then(|| value.join(","));
            change::set(named(key)?, value.as_deref(), &file()?, out)
        }
        What::Edit => change::edit(&file()?, out),
        What::Check { file } => check(file.as_deref(), out),
        What::Path => {
            out.line(Tone::Plain, &file()?.to_string_lossy());
            Ok(exit::DONE)
        }
        What::Init => change::init(&file()?, out),
        What::Import { file: from, .. } => import::run(from.as_deref(), &file()?, out),
    }
}

fn file() -> Result<PathBuf> {
    config::path().ok_or_else(|| Error::new("find the config file", "HOME is not set"))
}

fn named(name: &str) -> Result<&'static Key> {
    let hint = if name.starts_with("strays.rule") { "pj config edit" } else { "pj config show" };
    Key::named(name).ok_or_else(|| Error::usage(unknown(name)).hint(hint))
}

/// The default as a value, where it is one.
fn default(key: &Key) -> Option<Value> {
    let mut entries = read(&format!("x = {}", key.default)).ok()?;
    entries.pop().map(|entry| entry.value)
}

fn value(loaded: &Loaded, key: &Key) -> Option<Value> {
    loaded.of(key).map(|(_, value, _)| value.clone()).or_else(|| default(key))
}

fn to_json(value: Option<Value>) -> serde_json::Value {
    match value {
        Some(Value::Flag(flag)) => json!(flag),
        Some(Value::Number(number)) => json!(number),
        Some(Value::Text(text)) => json!(text),
        Some(Value::List(items)) => json!(items),
        Some(Value::Numbers(all)) => json!(all),
        Some(Value::Other(_)) | None => serde_json::Value::Null,
    }
}

fn row(loaded: &Loaded, key: &'static Key) -> Row {
    let (origin, line) = match loaded.of(key) {
        Some((_, _, Origin::File(line))) => ("file", Some(*line)),
        Some((_, _, Origin::Variable)) => ("variable", None),
        None => ("default", None),
    };
    let value = to_json(value(loaded, key));
    let Key { name, takes, default, example, about, .. } = key;
    Row { key: name, value, origin, line, variable: key.variable(), takes: takes.word(), default, example, about }
}

fn show(out: &mut Out) -> i32 {
    let loaded = config::load();
    loaded.wrong.iter().for_each(|e| out.error(e));
    if out.json {
        let keys: Vec<Row> = keys().map(|key| row(&loaded, key)).collect();
        let there = loaded.path.as_deref().is_some_and(Path::exists);
        let rules: Vec<_> = loaded.settings.strays.rules.iter().map(rules::row).collect();
        out.value(&json!({ "schema": "pj.config/1", "path": loaded.path, "exists": there, "keys": keys,
            "rules": rules, "rule_keys": rules::keys() }));
        return exit::DONE;
    }
    let mut table = Table::new(&["KEY", "VALUE", "ORIGIN"]);
    for key in keys() {
        let said = loaded.of(key);
        let value = said.map_or_else(|| key.default.to_owned(), |(_, value, _)| value.toml());
        let origin = match (said, &loaded.path) {
            (Some((_, _, Origin::File(line))), Some(path)) => format!("{}:{line}", path.display()),
            (Some((_, _, Origin::Variable)), _) => key.variable(),
            _ => "default".to_owned(),
        };
        let tone = if said.is_some() { Tone::Plain } else { Tone::Dim };
        table.row(tone, [key.name.into(), value.into(), origin.into()]);
    }
    for rule in &loaded.settings.strays.rules {
        let path = loaded.path.as_deref().unwrap_or(Path::new(""));
        let (name, origin) = (format!("strays.rule {}", rule.name), format!("{}:{}", path.display(), rule.line));
        table.row(Tone::Plain, [name.into(), rule.text().into(), origin.into()]);
    }
    out.table(&table);
    exit::DONE
}

fn get(key: &'static Key, out: &mut Out) -> Result<i32> {
    let loaded = config::load();
    loaded.wrong.iter().for_each(|e| out.error(e));
    if out.json {
        let Row { key, value, origin, line, .. } = row(&loaded, key);
        out.value(
            &json!({ "schema": "pj.config.value/1", "key": key, "value": value, "origin": origin, "line": line }),
        );
        return Ok(exit::DONE);
    }
    let text = match value(&loaded, key) {
        Some(Value::Text(text)) => text,
        // As `set` and a variable take it.
        Some(Value::List(items)) => items.join(","),
        Some(Value::Numbers(all)) => all.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
        Some(value) => value.toml(),
        None => {
            let cause = format!("it is not set; default: {}", key.default.trim_matches(['(', ')']));
            return Err(Error::new(format!("get {}", key.name), cause).code(exit::NOTHING));
        }
    };
    out.line(Tone::Plain, &text);
    Ok(exit::DONE)
}

fn check(file: Option<&Path>, out: &mut Out) -> Result<i32> {
    if let Some(file) = file.filter(|file| !file.exists()) {
        return Err(Error::new(format!("read {}", file.display()), "there is no such file"));
    }
    let loaded = file.map_or_else(config::load, |file| load::from_file(Some(file.to_owned())));
    let code = if loaded.wrong.is_empty() { exit::DONE } else { exit::USAGE };
    if out.json {
        let wrong: Vec<String> = loaded.wrong.iter().map(ToString::to_string).collect();
        out.value(&json!({ "schema": "pj.config.check/1", "path": loaded.path, "wrong": wrong }));
        return Ok(code);
    }
    loaded.wrong.iter().for_each(|e| out.error(e));
    if loaded.wrong.is_empty() {
        let path = loaded.path.unwrap_or_default();
        let what = if path.exists() { "all of it is understood" } else { "there is no file, all defaults" };
        out.note(&format!("{}: {what}", path.display()));
    }
    Ok(code)
}
