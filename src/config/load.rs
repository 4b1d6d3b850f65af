//! From the file and the environment to settings, each with where it came from, and what was wrong on the way.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Settings;
use super::keys::{Key, keys};
use super::nearest::nearest;
use super::read::read_all;
use super::rules;
use super::value::Value;
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::process::describe::escape;
use crate::sys::{self, file::Own};

/// No file of settings is larger.
const MOST: usize = 1 << 16;

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file, in this line.
    File(usize),
    /// `PJ_SECTION_KEY`
    Variable,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The file, there or not.
    pub path: Option<PathBuf>,
    /// What holds: defaults, and over them all that was right.
    pub settings: Settings,
    /// What was said, in the order of the keys, the file before a variable.
    pub said: Vec<(&'static Key, Value, Origin)>,
    /// What is wrong.
    pub wrong: Vec<Error>,
}

impl Loaded {
    /// For those who end processes: nothing is touched on settings that are not understood.
    pub fn sound(mut self) -> Result<Settings> {
        if self.wrong.is_empty() { Ok(self.settings) } else { Err(self.wrong.swap_remove(0)) }
    }

    /// Who said what holds for a key, last.
    pub fn of(&self, key: &Key) -> Option<&(&'static Key, Value, Origin)> {
        self.said.iter().rev().find(|(said, ..)| said.name == key.name)
    }

    fn text(&mut self, text: &str, path: &Path) {
        let (entries, blocks) = read_all(text).unwrap_or_else(|(line, cause)| {
            self.wrong.push(fault(path, line, &cause));
            Default::default()
        });
        for entry in entries {
            let done = match Key::named(&entry.key) {
                Some(key) => (key.put)(&mut self.settings, &entry.value).map(|()| key),
                None => Err(unknown(&entry.key)),
            };
            match done {
                Ok(key) => self.said.push((key, entry.value, Origin::File(entry.line))),
                Err(why) if Key::named(&entry.key).is_some() => {
                    self.wrong.push(fault(path, entry.line, &format!("{}: {why}", entry.key)));
                }
                Err(why) => self.wrong.push(fault(path, entry.line, &why)),
            }
        }
        for (n, block) in blocks.iter().enumerate() {
            match rules::rule(block, n + 1) {
                Ok(rule) => self.settings.strays.rules.push(rule),
                Err(all) => self.wrong.extend(all.iter().map(|(line, why)| fault(path, *line, why))),
            }
        }
    }

    fn variables(&mut self, variable: impl Fn(&str) -> Option<String>) {
        for key in keys() {
            let name = key.variable();
            // Empty is unset, as a script has it that clears one.
            let Some(word) = variable(&name).filter(|word| !word.is_empty()) else { continue };
            let value = key.takes.read(&word);
            match (key.put)(&mut self.settings, &value) {
                Ok(()) => self.said.push((key, value, Origin::Variable)),
                Err(why) => {
                    let e = Error::new(format!("use {name}"), escape(&why)).hint(format!("unset {name}"));
                    self.wrong.push(e.code(exit::USAGE));
                }
            }
        }
    }
}

/// What is there, from the user's file and our environment.
pub fn load() -> Loaded {
    let mut loaded = from_file(super::path());
    loaded.variables(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()));
    loaded
}

/// What a file says, and nothing else.
pub fn from_file(path: Option<PathBuf>) -> Loaded {
    let mut loaded = Loaded::default();
    if let Some(path) = &path {
        match contents(path) {
            Ok(Some(text)) => loaded.text(&text, path),
            Ok(None) => {}
            Err(e) => loaded.wrong.push(e),
        }
    }
    Loaded { path, ..loaded }
}

/// What a text says that is to become the file.
pub fn from_text(text: &str, path: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    loaded.text(text, path);
    Loaded { path: Some(path.to_owned()), ..loaded }
}

/// The file's text, if there is one: a file that others can write says nothing to us.
pub fn contents(path: &Path) -> Result<Option<String>> {
    let bad = |cause: &str| Error::new(format!("use {}", escape(&path.to_string_lossy())), cause).code(exit::USAGE);
    let mut own = match Own::open_through(path) {
        Ok(own) => own,
        Err(e) if is_nobodys(e.kind(), path) => return Ok(None),
        Err(e) => return Err(bad(&plain(&e))),
    };
    // Root's is as good as ours: whoever is root needs no file to do us harm.
    if own.uid != sys::euid() && own.uid != 0 {
        return Err(bad("it belongs to another user"));
    }
    if own.mode & 0o022 != 0 {
        let hint = format!("chmod go-w {}", escape(&path.to_string_lossy()));
        return Err(bad("others can write to it").hint(hint));
    }
    let mut bytes = Vec::new();
    let text = own.read(&mut bytes, MOST + 1).map_err(|e| bad(&plain(&e)))?;
    if text.len() > MOST {
        return Err(bad("it is larger than 64 KB"));
    }
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(e) => {
            let line = 1 + text[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            Err(fault(path, line, "it is not UTF-8"))
        }
    }
}

/// Is there no file, or no way to one? What lies in a directory that is closed to us (`HOME` is another user's, or
/// `/dev/null`) is not what our user has set; a file that we see and may not read is.
fn is_nobodys(kind: ErrorKind, path: &Path) -> bool {
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => true,
        ErrorKind::PermissionDenied => std::fs::symlink_metadata(path).is_err(),
        _ => false,
    }
}

fn fault(path: &Path, line: usize, cause: &str) -> Error {
    // It may quote the file.
    Error::new(format!("use {}:{line}", escape(&path.to_string_lossy())), escape(cause))
        .hint("pj config edit")
        .code(exit::USAGE)
}

/// Why a key is none, and which is.
pub fn unknown(name: &str) -> String {
    if name == "strays.rule" || name.starts_with("strays.rule.") {
        return "rules are tables of their own in the file, each under [[strays.rule]]".to_owned();
    }
    format!("there is no key {}; the nearest is {}", escape(name), nearest(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::When;

    fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
        let mut loaded = from_text(text, Path::new("/c.toml"));
        loaded.variables(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
        loaded
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line_and_the_rest_holds() {
        for (text, line, word) in [
            ("[wrap]\n\nautos = []\n", 3, "no key wrap.autos; the nearest is wrap.auto"),
            ("\n[warp]\nauto = []", 3, "no key warp.auto; the nearest is wrap.auto"),
            ("color = 'never'\n", 1, "no key color; the nearest is output.color"),
            ("[wrap]\nauto = 'claude'\n", 2, "wrap.auto: takes a list"),
            ("[wrap]\nauto = [\n 'ok',\n '/bin/x']\n", 2, "/bin/x"),
            ("[wrap]\nauto = ['cd']\n", 2, "'cd'"),
            ("[wrap]\non_exit = 'die'\n", 2, "wrap.on_exit: takes \"linger\" or \"end\", not \"die\""),
            ("[sweep]\nmax_kills = 0\n", 2, "1 to 1000"),
            ("[protect]\nadd = ['-x']\n", 2, "'-x'"),
            ("[log]\nmax_size = '63KiB'\n", 2, "log.max_size: takes a size from 65536 bytes on"),
            ("[log]\nretention = 'ever'\n", 2, "a time up to 3650 days"),
            ("[attach]\ndetach = '^^^'\n", 2, "attach.detach: takes a control character"),
            ("[wrap]\nauto = ['a\u{9b}b']\n", 2, "'a\\u{9b}b' is not the name of a command"),
            ("[wrap\n", 1, ""),
        ] {
            let loaded = loaded(&format!("{text}\n[output]\ncolor = 'never'\n"), &[]);
            let rest = if text == "[wrap\n" { When::Auto } else { When::Never };
            assert_eq!(loaded.settings.output.color, rest, "{text:?}");
            let said = loaded.sound().unwrap_err();
            assert_eq!(said.exit_code(), exit::USAGE);
            let said = said.to_string();
            assert!(said.starts_with(&format!("cannot use /c.toml:{line}: ")) && said.contains(word), "{said}");
        }
        for (name, word) in [("PJ_WRAP_GRACE", "soon"), ("PJ_OUTPUT_FORMAT", "xml"), ("PJ_LOG_KEEP", "-1")] {
            let said = loaded("", &[(name, word)]).sound().unwrap_err().to_string();
            assert!(said.starts_with(&format!("cannot use {name}: takes ")), "{said}");
        }
    }

    #[test]
    fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
        let text = "[wrap]\ngrace = '3s'\ncgroup = false\n[protect]\nadd = ['a']";
        let all = loaded(text, &[("PJ_WRAP_GRACE", "4s"), ("PJ_PROTECT_ADD", "b,c"), ("PJ_WRAP_CGROUP", "")]);
        let origin = |name| all.of(Key::named(name).unwrap()).map(|(_, value, origin)| (value.toml(), origin.clone()));
        assert_eq!(origin("wrap.grace"), Some(("\"4s\"".into(), Origin::Variable)));
        assert_eq!(origin("wrap.cgroup"), Some(("false".into(), Origin::File(3))));
        assert_eq!(origin("protect.add"), Some((r#"["b", "c"]"#.into(), Origin::Variable)));
        assert_eq!(origin("sweep.max_kills"), None);
        let settings = all.sound().unwrap();
        assert_eq!((settings.wrap.cgroup, settings.sweep.max_kills, settings.protect.add.len()), (false, 20, 2));
        let log = |text, size| loaded(text, &[("PJ_LOG_MAX_SIZE", size)]).sound().unwrap().log.max_size;
        assert_eq!(
            [log("", ""), log("log.max_size = 70000", ""), log("log.max_size = 70000", "1MB")],
            [10 << 20, 70_000, 1_000_000]
        );
        for (word, byte) in [("^]", Some(0x1d)), ("^a", Some(1)), ("^?", Some(127)), ("none", None)] {
            assert_eq!(loaded("", &[("PJ_ATTACH_DETACH", word)]).sound().unwrap().attach.detach, byte, "{word}");
        }
    }

    #[test]
    fn no_file_is_the_default_and_no_right_to_read_is_not() {
        for path in ["/no/such/file", "/dev/null/.config/pj/config.toml"] {
            assert_eq!(from_file(Some(path.into())).sound().ok(), Some(Settings::default()), "{path}");
        }
        let said = from_file(Some("/".into())).sound().unwrap_err().to_string();
        assert!(said.starts_with("cannot use /: "), "{said}");
    }
}
