//! What the records say, and what they cannot.

use super::{Check, Holds, check};
use crate::cli::gather::Books;
use crate::cli::list;
use crate::sweep::facts::Said;
use crate::sweep::judge::Act;
use crate::sweep::view;

pub(super) fn jobs(books: &Books) -> Check {
    let lost = books.jobs.iter().filter(|j| list::row::state(j) == "lost").count();
    let says = format!("{} on record", books.jobs.len());
    if lost == 0 {
        return check("jobs", Holds::Note, says);
    }
    check("jobs", Holds::No, format!("{says}, {lost} of them without a guard")).hint("pj sweep")
}

pub(super) fn findings(books: &Books) -> Check {
    let Some(first) = books.findings.first() else {
        return check("findings", Holds::Yes, "every record can be read");
    };
    let says = format!("{} cannot be used; the first: {}: {}", books.findings.len(), first.path.display(), first.why);
    check("findings", Holds::No, says).hint("pj list")
}

pub(super) fn bound() -> Check {
    check(
        "bound",
        Holds::Note,
        "after both guards were killed, a process that had left session, group and environment and was born after the \
         last census (at most 30 s before) cannot be proven ours: it is left alone",
    )
}

/// What a sweep would do.
pub(super) fn stale() -> Check {
    let seen = view(&Said::default());
    let jobs = seen.rows.iter().filter(|row| !matches!(row.verdict.act, Act::Leave | Act::Wait)).count();
    match (jobs, seen.dead.len()) {
        (0, 0) => check("stale", Holds::Yes, "nothing on record waits for a sweep"),
        (jobs, shells) => {
            let says = format!("{jobs} jobs and {shells} ended shells on record wait for a sweep");
            check("stale", Holds::No, says).hint("pj sweep")
        }
    }
}
