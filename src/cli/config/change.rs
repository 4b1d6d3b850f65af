//! `pj config set`, `edit` and `init`. What becomes the file has been read and understood before.

use std::path::Path;
use std::process::Command;

use toml_edit::{Array, DocumentMut, Item, Table};

use super::write;
use crate::cli::out::Out;
use crate::config::Settings;
use crate::config::keys::{Key, keys};
use crate::config::load::{contents, from_text};
use crate::config::read::read;
use crate::config::value::Value;
use crate::error::{Error, Result, plain};
use crate::exit;

/// Writes one key's value, or takes it out.
pub(super) fn set(key: &'static Key, word: Option<&str>, path: &Path, out: &mut Out) -> Result<i32> {
    let value = word.map(|word| key.takes.read(word));
    if let Some(value) = &value {
        (key.put)(&mut Settings::default(), value).map_err(|why| {
            Error::usage(format!("{}: {why}", key.name)).hint(format!("pj config set {} {}", key.name, typed(key)))
        })?;
    }
    let old = contents(path)?;
    let text = old.as_deref().unwrap_or_default();
    if read(text).is_err() {
        // In our own words, with the line.
        from_text(text, path).sound()?;
    }
    let new = changed(text, key, value.as_ref())
        .map_err(|cause| Error::new(format!("change {}", key.name), cause).hint("pj config edit"))?;
    if new != text {
        write::replace(path, old.as_deref(), &new)?;
    }
    if std::env::var_os(key.variable()).is_some_and(|v| !v.is_empty()) {
        out.note(&format!("{} is set here and wins over the file", key.variable()));
    }
    Ok(exit::DONE)
}

/// The example as somebody types it.
fn typed(key: &Key) -> String {
    key.example.chars().filter(|c| !"[]\" ".contains(*c)).collect()
}

/// The text with one value changed and nothing else.
fn changed(text: &str, key: &Key, value: Option<&Value>) -> std::result::Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| e.message().to_owned())?;
    let (section, name) = key.parts();
    let missing = || Item::Table(Table::new());
    let root = document.as_table_mut();
    if value.is_none() && !root.contains_key(section) {
        return Ok(text.to_owned());
    }
    let table = root.entry(section).or_insert_with(missing);
    let table = table.as_table_like_mut().ok_or_else(|| format!("{section} is no table in the file"))?;
    let Some(value) = value else {
        table.remove(name);
        return Ok(document.to_string());
    };
    let mut new = match value {
        Value::Flag(flag) => toml_edit::Value::from(*flag),
        Value::Number(number) => toml_edit::Value::from(*number),
        Value::Text(text) => toml_edit::Value::from(text.as_str()),
        Value::Numbers(all) => toml_edit::Value::from(all.iter().copied().collect::<Array>()),
        Value::List(items) => toml_edit::Value::from(items.iter().map(String::as_str).collect::<Array>()),
        Value::Other(what) => return Err(format!("{what} is no value")),
    };
    match table.get_mut(name) {
        Some(Item::Value(old)) => {
            // The comment behind it is part of what is around it.
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(_) => return Err("it is a table in the file".to_owned()),
        None => drop(table.insert(name, Item::Value(new))),
    }
    Ok(document.to_string())
}

/// Has a person change a copy, again while it is wrong, and puts it in place.
pub(super) fn edit(path: &Path, out: &mut Out) -> Result<i32> {
    let old = contents(path)?;
    let begin = old.clone().unwrap_or_else(template);
    let copy = write::copy(path, "edit", &begin)?;
    let done = rounds(path, &copy, old.as_deref(), &begin, out);
    if matches!(done, Ok(exit::DONE)) || std::fs::read_to_string(&copy).is_ok_and(|text| text == begin) {
        let _ = std::fs::remove_file(&copy);
    } else {
        // What somebody has typed is his, whatever it is worth.
        out.warn(&format!("nothing has been changed; what was written is in {}", copy.display()));
    }
    done
}

fn rounds(path: &Path, copy: &Path, old: Option<&str>, begin: &str, out: &mut Out) -> Result<i32> {
    loop {
        run_editor(copy)?;
        // Not by `contents`: an editor that writes a new file gives it the user's usual mode.
        let new = std::fs::read_to_string(copy).map_err(|e| Error::new("read what was edited", plain(&e)))?;
        if new == begin {
            out.note("nothing has been changed");
            return Ok(exit::DONE);
        }
        let wrong = from_text(&new, copy).wrong;
        if wrong.is_empty() {
            write::replace(path, old, &new)?;
            return Ok(exit::DONE);
        }
        wrong.iter().for_each(|e| out.error(e));
        if !out.can_ask() || !out.ask("Edit it again?") {
            return Ok(exit::USAGE);
        }
    }
}

fn run_editor(copy: &Path) -> Result<()> {
    let said = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let editor = said("VISUAL").or_else(|| said("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    // It may have arguments: it is a command of the shell's, as everywhere.
    let status = Command::new("/bin/sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(copy).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::new("edit", format!("{editor} failed: {status}")).hint("export VISUAL=vi")),
        Err(e) => Err(Error::new("edit", plain(&e))),
    }
}

/// Makes a file where there is none.
pub(super) fn init(path: &Path, out: &mut Out) -> Result<i32> {
    if std::fs::symlink_metadata(path).is_ok() {
        let doing = format!("write {}", path.display());
        return Err(Error::new(doing, "it is there already").hint("pj config edit"));
    }
    write::replace(path, None, &template())?;
    out.note(&format!("wrote {}", path.display()));
    Ok(exit::DONE)
}

/// A file that sets nothing and explains everything.
fn template() -> String {
    let mut text = String::from("# What pj does unless a flag or a variable, PJ_SECTION_KEY, says otherwise.\n");
    let mut section = "";
    for key in keys() {
        let (its, name) = key.parts();
        if its != section {
            section = its;
            text.push_str(&format!("\n[{section}]\n"));
        }
        text.push_str(&format!("# {} [default: {}]\n", key.about, key.default.trim_matches(['(', ')'])));
        text.push_str(&format!("# {name} = {}\n", key.example));
    }
    text + &super::rules::template()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_changes_and_every_comment_stays() {
        let to = |text: &str, name: &str, word: Option<&str>| {
            let key = Key::named(name).unwrap();
            changed(text, key, word.map(|w| key.takes.read(w)).as_ref())
        };
        let same = |text: &str| Ok(text.to_owned());
        for (text, name, word, then) in [
            ("", "wrap.grace", Some("3s"), "[wrap]\ngrace = \"3s\"\n"),
            (
                "# a\n[wrap] # b\n# c\ngrace = '1s' # d\n# e\n",
                "wrap.grace",
                Some("3s"),
                "# a\n[wrap] # b\n# c\ngrace = \"3s\" # d\n# e\n",
            ),
            ("wrap.direct = true\n", "wrap.grace", Some("3s"), "wrap.direct = true\nwrap.grace = \"3s\"\n"),
            ("wrap = { direct = true }\n", "wrap.direct", Some("false"), "wrap = { direct = false }\n"),
            ("[sweep]\nmax_kills = 1 # x\n", "sweep.max_kills", Some("7"), "[sweep]\nmax_kills = 7 # x\n"),
            ("[wrap]\ngrace = '1s'\ndirect = true\n", "wrap.grace", None, "[wrap]\ndirect = true\n"),
            ("# only\n", "wrap.grace", None, "# only\n"),
            (
                "# a\n[[strays.rule]] # b\nexe = 'x' # c\n",
                "strays.grace",
                Some("3s"),
                "[strays]\ngrace = \"3s\"\n# a\n[[strays.rule]] # b\nexe = 'x' # c\n",
            ),
        ] {
            assert_eq!(to(text, name, word), same(then), "{text:?}");
        }
        assert!(to("wrap = 1\n", "wrap.grace", Some("3s")).is_err());
        assert!(to("[wrap.grace]\n", "wrap.grace", Some("3s")).is_err());
    }

    #[test]
    fn the_template_sets_nothing_and_every_line_of_it_is_right_once_it_is_taken_in() {
        let text = template();
        assert!(from_text(&text, Path::new("/c")).said.is_empty() && read(&text).is_ok());
        let taken: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if keys().any(|key| rest.starts_with(&format!("{} = ", key.parts().1))) => rest,
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n");
        let all = from_text(&taken, Path::new("/c"));
        assert_eq!((all.wrong.len(), all.said.len()), (0, keys().count()), "{taken}");
    }
}
