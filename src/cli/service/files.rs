//! A service that is made of files in a directory of the user's, and of commands that have the system read them.
//!
//! Never: overwrites or removes a file that has not our mark.

use std::path::{Path, PathBuf};

use super::super::out::Out;
use super::{Look, run};
use crate::cli::daemon;
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::describe::quote;
use crate::sys::file;

/// In every file of ours.
pub(super) const MARK: &str = "Written by pj service install; pj service uninstall takes it away.";

/// A file to be.
pub(super) struct Piece {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A command, and whether all depends on it.
pub(super) struct Step {
    pub(super) words: Vec<String>,
    pub(super) must: bool,
}

impl Step {
    pub(super) fn new(words: &[&str], must: bool) -> Step {
        Step { words: words.iter().map(|w| (*w).to_owned()).collect(), must }
    }

    fn text(&self) -> String {
        self.words.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" ")
    }
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn is_ours(path: &Path) -> bool {
    read(path).is_some_and(|text| text.contains(MARK))
}

/// What there is of them. The first is the one that starts the daemon.
pub(super) fn look(pieces: &[Piece], program: fn(&str) -> Option<PathBuf>) -> Look {
    if !pieces.iter().any(|piece| is_ours(&piece.path)) {
        return Look::Nothing;
    }
    if pieces.iter().all(|piece| read(&piece.path).as_ref() == Some(&piece.text)) {
        return Look::Same;
    }
    Look::Other { program: pieces.first().and_then(|piece| program(&read(&piece.path)?)) }
}

/// Writes them, and has them read. The files are written even where nobody is there to read them: exit code 5 says so.
pub(super) fn install(pieces: &[Piece], steps: &[Step], dry: bool, out: &mut Out) -> Result<i32> {
    if dry {
        for piece in pieces {
            out.text(&format!("# {}\n{}\n", piece.path.display(), piece.text));
        }
        steps.iter().for_each(|step| out.text(&format!("{}\n", step.text())));
        return Ok(exit::DONE);
    }
    for piece in pieces.iter().filter(|piece| piece.path.symlink_metadata().is_ok()) {
        if !is_ours(&piece.path) {
            let path = piece.path.display();
            let e = Error::new(format!("write {path}"), "it is there, and pj has not written it");
            return Err(e.hint(format!("look at it, and move it away: {path}")).code(exit::REFUSED));
        }
    }
    for piece in pieces {
        write(piece).doing(|| format!("write {}", piece.path.display()))?;
        out.note(&format!("written: {}", piece.path.display()));
    }
    let program = &steps[0].words[0];
    if !run::has(program) {
        out.warn(&format!("there is no {program} here: nothing is started now"));
        return Ok(exit::PARTLY);
    }
    // It has the place that the system's is to have.
    daemon::make_way()?;
    for step in steps {
        let said = run::ask(&step.words, b"")?;
        if !said.is_done && step.must {
            out.warn(&format!("cannot run {}: {}", step.text(), said.err));
            return Ok(exit::PARTLY);
        }
    }
    if !daemon::is_there() {
        out.warn("the system was told to start the daemon, and it does not run");
        return Ok(exit::PARTLY);
    }
    Ok(exit::DONE)
}

/// Whole or not at all: a manager may read at any moment.
fn write(piece: &Piece) -> std::io::Result<()> {
    let dir = piece.path.parent().unwrap_or(Path::new("/"));
    file::make_private_dir(dir)?;
    let beside = piece.path.with_extension("pj-new");
    std::io::Write::write_all(&mut file::create_private(&beside)?, piece.text.as_bytes())?;
    std::fs::rename(&beside, &piece.path)
}

/// Has the system forget them, and takes them away.
pub(super) fn uninstall(pieces: &[Piece], steps: &[Step], dry: bool, out: &mut Out) -> Result<()> {
    let ours: Vec<&Piece> = pieces.iter().filter(|piece| is_ours(&piece.path)).collect();
    let (before, after): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(|step| step.must);
    if dry {
        before.iter().for_each(|step| out.text(&format!("{}\n", step.text())));
        ours.iter().for_each(|piece| out.text(&format!("rm {}\n", quote(&piece.path.to_string_lossy()))));
        after.iter().for_each(|step| out.text(&format!("{}\n", step.text())));
        return Ok(());
    }
    let go = |steps: &[&Step], out: &mut Out| {
        for step in steps.iter().filter(|step| run::has(&step.words[0])) {
            match run::ask(&step.words, b"") {
                Ok(said) if said.is_done => {}
                Ok(said) => out.note(&format!("{}: {}", step.text(), said.err)),
                Err(e) => out.error(&e),
            }
        }
    };
    go(&before, out);
    for piece in &ours {
        std::fs::remove_file(&piece.path).doing(|| format!("remove {}", piece.path.display()))?;
        out.note(&format!("removed: {}", piece.path.display()));
    }
    go(&after, out);
    daemon::make_way()
}
