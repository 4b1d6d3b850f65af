//! `pj sessions forget ID`: takes a record away. Touches no process and no job's record: a guard that waits for that
//! shell goes on waiting for it.

use super::choose;
use super::facts;
use crate::cli::gather::Books;
use crate::cli::out::Out;
use crate::error::{Doing, Error, Result};
use crate::exit;

/// Forgets one, in every state directory that has it.
pub(super) fn run(id: &str, force: bool, books: &Books, out: &mut Out) -> Result<i32> {
    for f in facts::look(books, choose::choose(id, books)?.into_iter()) {
        let who = &f.held.record.identity;
        if f.fate.died().is_none() && !force {
            let why = match f.fate.is_alive() {
                true => "it is alive",
                false => "it is in another pid namespace, where it may be alive",
            };
            let e = Error::new(format!("forget session {}", who.key()), why);
            return Err(e.hint(format!("pj sessions forget --force {}", who.key())).code(exit::REFUSED));
        }
        let path = f.held.place.session(who);
        std::fs::remove_file(&path).doing(|| format!("remove {}", path.display()))?;
        let jobs = match f.jobs.len() {
            0 => String::new(),
            1 => "; its job keeps its record".to_owned(),
            n => format!("; its {n} jobs keep their records"),
        };
        out.note(&format!("forgot session {} ({}){jobs}", who.key(), f.held.record.shell));
    }
    Ok(exit::DONE)
}
