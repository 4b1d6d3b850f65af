//! The other binaries, and the hook in this shell.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Check, Holds, check};
use crate::cli::pick;
use crate::error::plain;
use crate::process::Identity;
use crate::process::describe::quote;
use crate::record::{Place, store};
use crate::sys::file;

/// The binary of this name beside us.
pub(in crate::cli) fn beside(name: &str) -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join(name)).filter(|p| p.is_file())
}

pub(super) fn binary(name: &'static str) -> Check {
    let Some(path) = beside(name) else {
        return check(name, Holds::Broken, "it is not beside pj").hint("./install.sh");
    };
    let shown = path.display().to_string();
    let run = Command::new(&path).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let wanted = format!("{name} {}", env!("CARGO_PKG_VERSION"));
    match run {
        Err(e) => check(name, Holds::Broken, format!("{shown} cannot be run: {}", plain(&e))),
        Ok(o) if String::from_utf8_lossy(&o.stdout).trim() != wanted => {
            let said = String::from_utf8_lossy(&o.stdout).trim().to_owned();
            check(name, Holds::Broken, format!("{shown} says '{said}', not '{wanted}'")).hint("./install.sh")
        }
        Ok(_) => on_path(name, &path, format!("{} {shown}", env!("CARGO_PKG_VERSION"))),
    }
}

/// Which one would a shell run?
fn on_path(name: &'static str, path: &Path, says: String) -> Check {
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&dirs).map(|d| d.join(name)).find(|p| file::is_writable(p) || p.is_file());
    let same = |p: &PathBuf| std::fs::canonicalize(p).ok() == std::fs::canonicalize(path).ok();
    match first {
        Some(p) if same(&p) => check(name, Holds::Yes, says),
        Some(p) => check(name, Holds::No, format!("{says}; but PATH finds {} first", p.display())),
        None => {
            let dir = path.parent().map(|d| quote(&d.to_string_lossy())).unwrap_or_default();
            check(name, Holds::No, format!("{says}; but not on PATH")).hint(format!("export PATH={dir}:\"$PATH\""))
        }
    }
}

/// Is one of our ancestors a registered shell?
pub(super) fn hook() -> Check {
    let places = Place::all();
    let session = pick::ancestors().find_map(|a| {
        let who = Identity::from_stat(&a, None)?;
        places.iter().find_map(|p| store::session(p, &who)).filter(crate::record::Session::is_alive)
    });
    match session {
        Some(s) => check("hook", Holds::Yes, format!("this shell is session {} ({})", s.identity.key(), s.shell)),
        None => {
            let shell = std::env::var("SHELL").unwrap_or_default();
            let shell = crate::process::describe::base(&shell).to_owned();
            let known = ["bash", "zsh", "fish"].iter().find(|s| **s == shell).unwrap_or(&"bash");
            let line = match *known {
                "fish" => "echo 'pj init fish | source' >> ~/.config/fish/config.fish".to_owned(),
                known => format!("echo 'eval \"$(pj init {known})\"' >> ~/.{known}rc"),
            };
            check("hook", Holds::No, "this shell is not registered: jobs are bound to the terminal's session leader")
                .hint(line)
        }
    }
}
