//! Ending strays. Each is judged again right before, by a table of that moment, and must still be the very process that was
//! judged; then all end at the same time, with what is below them.
//!
//! Never: walks into our own line, a job's guard or a registered shell.

use std::time::Duration;

use super::facts::{Look, Owned, Row};
use crate::kill::ending::{Ending, Whom, run};
use crate::kill::{Cause, Report, own_line};
use crate::sys::clock;

/// One stray that was to end.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As it was judged the second time; as the first time where it had gone.
    pub row: Row,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was ended, or not all of it.
    Done(Report),
    /// It had gone by itself.
    Gone,
    /// It is not what it was when it was judged: why.
    Changed(String),
}

/// Ends these, of whom none is below another. `may`: is what the second look says still enough?
pub fn end(rows: &[Row], look: &Look, owned: &Owned, grace: Duration, may: impl Fn(&Row) -> bool) -> Vec<Ended> {
    let strangers: Vec<_> = own_line().into_iter().chain(owned.0.keys().copied()).collect();
    let (mut done, mut places, mut endings) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let again = look.one(row.stat.pid).filter(|now| now.stat.start == row.stat.start);
        let (row, outcome) = match again {
            None => (row.clone(), Some(Outcome::Gone)),
            Some(now) if may(&now) => (now, None),
            Some(now) => {
                let why = now.verdict.reason.clone();
                (now, Some(Outcome::Changed(why)))
            }
        };
        if outcome.is_none() {
            let members = vec![(row.stat.pid, row.stat.start)];
            let whom = Whom { members, alone: false, strangers: strangers.clone(), grace };
            places.push(done.len());
            endings.push(Ending::begin(whom, Cause::SessionOver));
        }
        done.push(Ended { row, outcome: outcome.unwrap_or(Outcome::Gone) });
    }
    for (at, report) in places.into_iter().zip(run(&mut endings)) {
        done[at].outcome = Outcome::Done(report);
    }
    done
}

/// Those of these who are not below another of them: their end takes the others along.
pub fn tops(rows: Vec<Row>) -> Vec<Row> {
    let below = |row: &Row| rows.iter().any(|other| other.below.iter().any(|s| s.pid == row.stat.pid));
    let inner: Vec<bool> = rows.iter().map(below).collect();
    rows.into_iter().zip(inner).filter(|(_, inner)| !inner).map(|(row, _)| row).collect()
}

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    clock::epoch_ms()
}
