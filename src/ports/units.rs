//! Which socket units a service manager may listen for, read from its files (`systemd.socket(5)`): no program is asked,
//! and none is needed to know what to type. Looks only.

use std::path::{Path, PathBuf};

/// Where systemd's units are, the strongest first; those of the user's own manager below [`own`].
const SYSTEM: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
const USER: &[&str] =
    &["/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"];

/// A unit that says it listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `web.socket`
    pub name: String,
    /// Of the user's own manager.
    pub is_users: bool,
    /// Its file.
    pub path: PathBuf,
}

impl Unit {
    /// What stops it.
    pub fn stop(&self) -> String {
        let whose = if self.is_users { "--user " } else { "" };
        format!("systemctl {whose}stop {}", self.name)
    }
}

/// The units of this port. A unit that is not started is named too: only its manager knows that.
pub fn of_port(port: u16) -> Vec<Unit> {
    let mut found: Vec<Unit> = Vec::new();
    let dirs = own().into_iter().map(|dir| (dir, true));
    let dirs =
        dirs.chain(USER.iter().map(|dir| (dir.into(), true))).chain(SYSTEM.iter().map(|dir| (dir.into(), false)));
    for (dir, is_users) in dirs {
        for (name, path) in sockets_in(&dir) {
            let is_known = found.iter().any(|unit| unit.name == name && unit.is_users == is_users);
            if !is_known && std::fs::read_to_string(&path).is_ok_and(|text| listens(&text, port)) {
                found.push(Unit { name, is_users, path });
            }
        }
    }
    found
}

/// The user's own directory of units.
fn own() -> Option<PathBuf> {
    Some(crate::config::home()?.join("systemd/user"))
}

fn sockets_in(dir: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let named = |e: std::fs::DirEntry| Some((e.file_name().into_string().ok()?, e.path()));
    let mut all: Vec<_> = entries.filter_map(named).filter(|(name, _)| name.ends_with(".socket")).collect();
    all.sort();
    all
}

/// Does this unit listen there? `8000`, `127.0.0.1:8000`, `[::1]:8000`; an empty value takes back what was said before.
fn listens(text: &str, port: u16) -> bool {
    let mut is_so = false;
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        if !matches!(key.trim(), "ListenStream" | "ListenDatagram") {
            continue;
        }
        match value.trim() {
            "" => is_so = false,
            value => is_so |= value.rsplit(':').next().is_some_and(|last| last.parse() == Ok(port)),
        }
    }
    is_so
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_listens_where_its_file_says() {
        for (text, wanted) in [
            ("[Socket]\nListenStream=8000\n", true),
            ("[Socket]\nListenStream = 127.0.0.1:8000\n", true),
            ("[Socket]\nListenStream=[::]:8000\nAccept=yes", true),
            ("[Socket]\nListenDatagram=8000", true),
            ("[Socket]\nListenStream=18000\n", false),
            ("[Socket]\nListenStream=/run/8000\n", false),
            ("[Socket]\nListenStream=8000\nListenStream=\n", false),
            ("[Socket]\n# ListenStream=8000\nDescription=8000", false),
            ("", false),
        ] {
            assert_eq!(listens(text, 8000), wanted, "{text}");
        }
    }
}
