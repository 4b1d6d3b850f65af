//! Which lines of defence hold on this machine, and why not (DESIGN §2). Asks, and leaves everything as it was.

mod books;
mod files;
mod kernel;
mod programs;
mod service;

use serde::Serialize;

use crate::cli::gather::Books;
use crate::error::Error;
pub(in crate::cli) use programs::beside;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli::doctor) enum Holds {
    Yes,
    /// Less is caught, or something is to be done.
    No,
    /// pj cannot do its work.
    Broken,
    /// Good to know.
    Note,
}

/// One check.
#[derive(Debug, Serialize)]
pub(in crate::cli::doctor) struct Check {
    pub(in crate::cli::doctor) name: &'static str,
    pub(in crate::cli::doctor) holds: Holds,
    pub(in crate::cli::doctor) says: String,
    pub(in crate::cli::doctor) hint: Option<String>,
}

fn check(name: &'static str, holds: Holds, says: impl Into<String>) -> Check {
    Check { name, holds, says: says.into(), hint: None }
}

/// What an error says, and its hint.
fn failed(name: &'static str, e: &Error, more: &str) -> Check {
    let text = e.to_string();
    let mut lines = text.lines();
    let first = check(name, Holds::Broken, format!("{}{more}", lines.next().unwrap_or_default()));
    match lines.next().and_then(|h| h.strip_prefix("hint: ")) {
        Some(hint) => first.hint(hint),
        None => first,
    }
}

impl Check {
    fn hint(mut self, hint: impl Into<String>) -> Check {
        self.hint = Some(hint.into());
        self
    }
}

/// All of them.
pub(in crate::cli::doctor) fn all() -> Vec<Check> {
    let books = Books::read();
    let mut found = vec![
        kernel::subreapers(),
        kernel::pidfd(),
        kernel::inode(),
        kernel::children(),
        kernel::terminal(),
        files::state_dir(),
        files::runtime_dir(),
        files::settings(),
    ];
    found.extend(["pj-wrap", "pj-sweep"].map(programs::binary));
    found.push(programs::hook());
    found.extend(service::all());
    found.extend([kernel::cgroup(), kernel::clock(&books), files::events()]);
    found.extend([books::jobs(&books), books::stale(), books::findings(&books), books::bound()]);
    found
}
