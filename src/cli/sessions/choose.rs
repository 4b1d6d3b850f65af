//! Which session a word names: its key `PID-START`, the beginning of one, such as the pid, or `@self`.

use crate::cli::gather::{Books, Held, same};
use crate::cli::pick;
use crate::error::{Error, Result};
use crate::exit;
use crate::kill::protect::Protect;
use crate::kill::real;
use crate::process::Identity;
use crate::process::describe::quote;
use crate::record::{Job, Session};
use crate::sys::{self, Stat, os};

/// The one session that `word` names. Its records: one, or more where it registered in several state directories.
pub(in crate::cli) fn choose<'a>(word: &str, books: &'a Books) -> Result<Vec<&'a Held<Session>>> {
    let bare = word.strip_prefix('@').unwrap_or(word);
    let who = match bare {
        "self" => own(books).ok_or_else(|| {
            Error::usage("this is not inside a registered session").hint("pj sessions").code(exit::NOTHING)
        })?,
        _ => by_key(bare, word, books)?,
    };
    Ok(books.sessions.iter().filter(|s| same(&s.record.identity, &who)).collect())
}

/// A whole pid or key first: `12` is the shell 12, not the one called 1234.
fn by_key(bare: &str, word: &str, books: &Books) -> Result<Identity> {
    let all = || books.sessions.iter().map(|s| &s.record.identity);
    let mut found: Vec<&Identity> = all().filter(|i| i.key() == bare || i.pid.to_string() == bare).collect();
    if found.is_empty() && !bare.is_empty() {
        found = all().filter(|i| i.key().starts_with(bare)).collect();
    }
    found.dedup_by(|a, b| same(a, b));
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Error::usage(format!("no session matches {}", quote(word))).hint("pj sessions").code(exit::NOTHING)),
        several => {
            let keys: Vec<String> = several.iter().map(|i| i.key()).collect();
            let said = format!("{} sessions match {}: {}", keys.len(), quote(word), keys.join(", "));
            Err(Error::usage(said).hint("type more of it").code(exit::SEVERAL))
        }
    }
}

/// The session that we are in: from the kernel, never from `PJ_SESSION` (a tmux server hands that to every pane).
pub(in crate::cli) fn own(books: &Books) -> Option<Identity> {
    let me = os::stat(sys::pid())?;
    let protect = Protect::chosen();
    for a in pick::ancestors() {
        if let Some(shell) = registered(&a, &me, books) {
            return Some(shell.identity.clone());
        }
        if let Some(job) = guarded(&a, books) {
            let shell = job.owner.session.as_ref()?;
            return books.session(shell).map(|s| s.identity.clone());
        }
        // A multiplexer that was started in a job: its panes are terminals of their own.
        if protect.reason(&real::traits(a.pid), None, false).is_some() {
            return None;
        }
    }
    None
}

/// A shell above us whose record still says the truth, in the same kernel session and on the same terminal as we.
fn registered<'a>(a: &Stat, me: &Stat, books: &'a Books) -> Option<&'a Session> {
    let here = |s: &&Session| s.identity.is_here(a) && (s.sid, s.tty_dev) == (a.sid, a.tty_dev);
    let found = books.sessions.iter().map(|s| &s.record).find(here)?;
    ((a.sid, a.tty_dev) == (me.sid, me.tty_dev)).then_some(found)
}

/// The job of which this is a guard: its owner was found from the kernel when it started.
fn guarded<'a>(a: &Stat, books: &'a Books) -> Option<&'a Job> {
    let jobs = books.jobs.iter().map(|j| &j.record);
    jobs.into_iter().find(|j| j.guard.iter().chain(&j.front).any(|g| g.is_here(a)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Place;

    fn books(all: &[(i32, u64)]) -> Books {
        let held = |&(pid, start): &(i32, u64)| {
            let identity = Identity { pid, start, boot: os::boot_id().into(), ns: os::pid_namespace(), ino: None };
            let record = Session {
                schema: String::new(),
                machine: String::new(),
                shell: "zsh".into(),
                identity,
                sid: pid,
                tty_dev: 1,
                tty: None,
                registered_at: String::new(),
            };
            Held { place: Place::at("/p").into(), record }
        };
        Books { sessions: all.iter().map(held).collect(), ..Books::default() }
    }

    #[test]
    fn a_word_names_one_session_or_says_why_not() {
        let books = books(&[(12, 500), (1234, 600), (1299, 700), (77, 1), (77, 2)]);
        let found = |word: &str| match choose(word, &books) {
            Ok(all) => Ok(all.iter().map(|s| s.record.identity.key()).collect::<Vec<_>>().join(" ")),
            Err(e) => Err(e.exit_code()),
        };
        assert_eq!(found("12"), Ok("12-500".into()), "a whole pid comes before the beginning of another");
        assert_eq!(found("@12"), Ok("12-500".into()));
        assert_eq!(found("123"), Ok("1234-600".into()));
        assert_eq!(found("77-2"), Ok("77-2".into()));
        assert_eq!(found("77"), Err(exit::SEVERAL));
        assert_eq!(found("1"), Err(exit::SEVERAL));
        assert_eq!(found("9"), Err(exit::NOTHING));
        assert_eq!(found(""), Err(exit::NOTHING));
        assert_eq!(found("@"), Err(exit::NOTHING));
    }
}
