//! Where records, sockets, settings and events are, and whether they can be written.

use std::io::ErrorKind;
use std::path::Path;

use super::{Check, Holds, check, failed};
use crate::config;
use crate::error::plain;
use crate::process::describe::{escape, size};
use crate::record::{Place, event, place};
use crate::sys::{self, file};

pub(super) fn state_dir() -> Check {
    let place = match Place::current() {
        Ok(place) => place,
        Err(e) => return failed("records", &e, ""),
    };
    let path = place.root().display().to_string();
    let lost = "if both guards are killed, no sweep can finish their work";
    match place.check() {
        Ok(()) if file::is_writable(place.root()) => check("records", Holds::Yes, path),
        Ok(()) => check("records", Holds::Broken, format!("{path} is read-only: {lost}")),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            match place.root().ancestors().skip(1).find_map(|p| Some((p, file::owner_and_mode(p).ok()?.0))) {
                Some((above, uid)) if uid == sys::euid() && file::is_writable(above) => {
                    check("records", Holds::Yes, format!("{path} will be made when it is needed"))
                }
                _ => check("records", Holds::Broken, format!("{path} cannot be made: {lost}"))
                    .hint("export XDG_STATE_HOME=/a/directory/of/your/own"),
            }
        }
        Err(e) => check("records", Holds::Broken, format!("{path} is not used: {}; {lost}", plain(&e))),
    }
}

/// On settings that are not understood nobody is ended, by no sweep either.
pub(super) fn settings() -> Check {
    let loaded = config::load();
    let path = loaded.path.as_deref().map_or_else(|| "no HOME".into(), |p| escape(&p.to_string_lossy()));
    match &loaded.wrong[..] {
        [] if loaded.path.as_deref().is_some_and(Path::exists) => {
            check("config", Holds::Yes, format!("{path}: all of it is understood"))
        }
        [] => check("config", Holds::Yes, format!("no file, all defaults ({path})")),
        [only] => failed("config", only, "; nobody is ended until it is right"),
        [first, rest @ ..] => {
            failed("config", first, &format!("; and {} more; nobody is ended until all is right", rest.len()))
        }
    }
}

/// Where background jobs listen for `pj attach` and its like.
pub(super) fn runtime_dir() -> Check {
    let lost = "background jobs run, and nobody can attach to them";
    match place::sockets_there() {
        Ok(dir) if file::is_writable(&dir) => check("sockets", Holds::Yes, dir.display().to_string()),
        Ok(dir) => check("sockets", Holds::Broken, format!("{} is read-only: {lost}", dir.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            check("sockets", Holds::Yes, "their directory will be made when it is needed")
        }
        Err(e) => check("sockets", Holds::Broken, format!("their directory is not used: {}; {lost}", plain(&e)))
            .hint("export XDG_RUNTIME_DIR=/a/directory/of/your/own"),
    }
}

/// What is written down of what happened.
pub(super) fn events() -> Check {
    let Ok(place) = Place::current() else { return check("events", Holds::No, "there is no state directory") };
    let files = event::files(&place);
    let sizes = files.iter().filter_map(|path| path.metadata().ok()).map(|meta| meta.len());
    let (count, bytes) = sizes.fold((0, 0), |(n, all), len| (n + 1, all + len));
    let path = place.events();
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => check("events", Holds::Yes, "none yet"),
        Ok(meta) if meta.is_file() && std::fs::OpenOptions::new().append(true).open(&path).is_ok() => {
            check("events", Holds::Yes, format!("{} in {count} files: {}", size(bytes), path.display()))
        }
        _ => check("events", Holds::No, format!("{} cannot be written: nobody will know why", path.display()))
            .hint(format!("rm {}", crate::process::describe::quote(&path.to_string_lossy()))),
    }
}
