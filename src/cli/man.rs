//! `pj man [PAGE]`: the man page that was installed with us, else the one that man finds by itself. Shows it with the
//! user's own man and pager, and holds no page.

use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result, plain};
use crate::exit;

/// Which page.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which page
    #[arg(value_name = "PAGE", default_value = "pj")]
    page: Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Page {
    Pj,
    Wrap,
    Sweep,
    Config,
    Records,
    Selectors,
}

impl Page {
    /// Its name and section.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Page::Pj => ("pj", "1"),
            Page::Wrap => ("pj-wrap", "1"),
            Page::Sweep => ("pj-sweep", "1"),
            Page::Config => ("pj-config", "5"),
            Page::Records => ("pj-records", "5"),
            Page::Selectors => ("pj-selectors", "7"),
        }
    }
}

/// Shows it.
pub(super) fn run(args: &Args) -> Result<i32> {
    let (name, section) = args.page.name();
    let mut man = Command::new("man");
    match installed(name, section) {
        Some(path) => man.arg(path),
        None => man.args([section, name]),
    };
    match man.status() {
        Ok(status) => Ok(status.code().unwrap_or(exit::FAILED)),
        Err(e) => Err(Error::new("run man", plain(&e)).hint("pj --help")),
    }
}

/// `PREFIX/share/man` beside our `PREFIX/bin`, which man may not know of.
fn installed(name: &str, section: &str) -> Option<PathBuf> {
    let prefix = std::env::current_exe().ok()?.parent()?.parent()?.join("share/man");
    Some(prefix.join(format!("man{section}/{name}.{section}"))).filter(|page| page.is_file())
}
