//! One vocabulary for what went wrong: what could not be done, to what, why, and what to type next.

use std::fmt;
use std::io;

/// `pj: cannot DOING: CAUSE`, with an optional `hint:` line. Texts are lower case and end without a full stop.
#[derive(Debug)]
pub struct Error {
    doing: String,
    cause: String,
    hint: Option<String>,
    code: i32,
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `doing` is a fragment that starts with a verb and names the thing: `read /x/jobs/12.json`.
    pub fn new(doing: impl Into<String>, cause: impl fmt::Display) -> Error {
        Error { doing: doing.into(), cause: cause.to_string(), hint: None, code: crate::exit::FAILED }
    }

    /// What another process of ours has said already, hint and all.
    pub fn said(text: &str) -> Error {
        let (cause, hint) = match text.split_once("\nhint: ") {
            Some((cause, hint)) => (cause, Some(hint.to_owned())),
            None => (text, None),
        };
        Error { doing: String::new(), cause: cause.to_owned(), hint, code: crate::exit::FAILED }
    }

    /// Wrong usage: exit code 2.
    pub fn usage(cause: impl Into<String>) -> Error {
        Error { doing: String::new(), cause: cause.into(), hint: None, code: crate::exit::USAGE }
    }

    /// Adds the command to type next.
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// Leaves with this exit code.
    pub fn code(mut self, code: i32) -> Error {
        self.code = code;
        self
    }

    /// The exit code to leave with.
    pub fn exit_code(&self) -> i32 {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.doing.is_empty() {
            write!(f, "{}", self.cause)?;
        } else {
            write!(f, "cannot {}: {}", self.doing, self.cause)?;
        }
        match &self.hint {
            Some(h) => write!(f, "\nhint: {h}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Names what was being done when a system call failed.
pub trait Doing<T> {
    /// `open(p).doing(|| format!("open {p}"))`.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| Error::new(what(), plain(&e)))
    }
}

/// An I/O error's text without Rust's `(os error N)`.
pub fn plain(e: &io::Error) -> String {
    let text = e.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
