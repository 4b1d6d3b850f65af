//! What a person has set for good: `$XDG_CONFIG_HOME/pj/config.toml`. Data only.
//!
//! An unknown key or a bad value is an error that names file and line, never a guess. No file is the default. Knows no
//! flags: whoever has one lets it win.

pub mod name;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result, plain};
use crate::exit;
use crate::sys::file;
use name::Name;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[wrap]`
    pub wrap: Wrap,
}

/// How commands are wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wrap {
    /// The commands that a hook wraps when they are typed.
    pub auto: Vec<Name>,
}

impl Config {
    /// The user's file; the default where there is none.
    pub fn read() -> Result<Config> {
        match path() {
            Some(path) => Config::read_from(&path),
            None => Ok(Config::default()),
        }
    }

    fn read_from(path: &Path) -> Result<Config> {
        match std::fs::read_to_string(path) {
            Ok(text) => Config::parse(&text, path),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(e) => Err(Error::new(format!("read {}", path.display()), plain(&e))),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Config> {
        toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|at| text.get(..at.start)).unwrap_or_default();
            let line = 1 + before.bytes().filter(|&b| b == b'\n').count();
            let cause = e.message().lines().next().unwrap_or_default();
            Error::new(format!("use {}:{line}", path.display()), cause).code(exit::USAGE)
        })
    }
}

/// Where a user's settings are, of any program: `$XDG_CONFIG_HOME`, or `~/.config`.
pub fn home() -> Option<PathBuf> {
    file::env_dir("XDG_CONFIG_HOME").or_else(|| Some(file::env_dir("HOME")?.join(".config")))
}

/// Where the file is.
pub fn path() -> Option<PathBuf> {
    Some(home()?.join("pj/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> std::result::Result<Vec<String>, String> {
        let config = Config::parse(text, Path::new("/c.toml")).map_err(|e| e.to_string())?;
        Ok(config.wrap.auto.iter().map(|name| name.as_str().to_owned()).collect())
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        assert_eq!(parsed(""), Ok(vec![]));
        assert_eq!(parsed("# x\n[wrap]\nauto = ['claude', 'g++']\n"), Ok(vec!["claude".into(), "g++".into()]));
        for (text, line, word) in [
            ("[wrap]\n\nautos = []\n", 3, "autos"),
            ("\n[warp]\n", 2, "warp"),
            ("[wrap]\nauto = 'claude'\n", 2, "sequence"),
            ("[wrap]\nauto = [\n 'ok',\n '/bin/x']\n", 2, "/bin/x"),
            ("[wrap]\nauto = ['cd']\n", 2, "'cd'"),
            ("[wrap\n", 1, ""),
        ] {
            let said = parsed(text).unwrap_err();
            assert!(
                said.starts_with(&format!("cannot use /c.toml:{line}: ")) && said.contains(word),
                "{text:?}: {said}"
            );
            assert!(!said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn no_file_is_the_default_and_no_right_to_read_is_not() {
        assert_eq!(Config::read_from(Path::new("/no/such/file")).ok(), Some(Config::default()));
        assert!(Config::read_from(Path::new("/")).unwrap_err().to_string().starts_with("cannot read /: "));
    }
}
