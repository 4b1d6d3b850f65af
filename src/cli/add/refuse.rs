//! Whom `pj add` does not put on record: an adopted process may be ended by a verb or a sweep, so nobody is adopted who
//! must never be. Asks only.

use crate::cli::gather::Books;
use crate::cli::pick;
use crate::kill::protect::Protect;
use crate::kill::real;
use crate::process::{Identity, Table};
use crate::sys::{self, Stat, os};

/// Why this process is refused, if it is.
pub(super) fn why(who: &Identity, tree: bool, books: &Books, table: &Table) -> Option<String> {
    if who.pid <= 1 {
        return Some("it is the system's first process".to_owned());
    }
    if who.pid == sys::pid() || pick::ancestors().any(|above| above.pid == who.pid) {
        return Some("this runs in it".to_owned());
    }
    if os::user(who.pid) != Some(sys::euid()) {
        return Some("it belongs to another user".to_owned());
    }
    let Some(stat) = os::stat(who.pid).filter(|now| who.is(now)) else {
        return Some("it has just ended".to_owned());
    };
    if let Some(whose) = standing(&stat, books) {
        return Some(format!("it is {whose}"));
    }
    if let Some(reason) = Protect::chosen().reason(&real::traits(who.pid), None, false) {
        return Some(format!("it is protected: {reason}"));
    }
    let below = if tree { table.below(&[who.pid]) } else { Vec::new() };
    let met = below.into_iter().find_map(|s| Some((s.pid, standing(s, books)?)));
    met.map(|(pid, whose)| format!("below it {pid} is {whose}"))
}

/// What a process is to others, if it is a registered shell or of pj itself.
fn standing(stat: &Stat, books: &Books) -> Option<String> {
    let is_shell = |i: &&Identity| i.is_here(stat);
    if let Some(shell) = books.sessions.iter().map(|s| &s.record.identity).find(is_shell) {
        return Some(format!("the shell of session {}", shell.key()));
    }
    let guards = |j: &crate::record::Job| j.guard.iter().chain(&j.front).any(|g| g.is_here(stat));
    books.jobs.iter().find(|j| guards(&j.record)).map(|j| format!("the guard of job {}", j.record.id))
}
