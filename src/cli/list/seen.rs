//! `last_seen`: whoever looks at a living job and says so notes when that was, at most every `watch.last_seen` for each.

use std::time::Duration;

use super::row::Row;
use crate::cli::gather::Books;
use crate::record::event::rfc3339;
use crate::record::job::State;
use crate::record::{Place, Seen};
use crate::sys::clock;

/// Notes who of these lives, and where it `is_told` writes into the rows when each was last seen.
pub(super) fn note(books: &Books, rows: &mut [Row], is_told: bool) {
    let good_for = crate::config::load().settings.watch.last_seen;
    let mut places: Vec<&Place> = books.jobs.iter().map(|held| &*held.place).collect();
    places.dedup();
    for place in places {
        let root = place.root().to_string_lossy();
        let mut here: Vec<&mut Row> = rows.iter_mut().filter(|row| row.state_dir == root).collect();
        if !is_told && !here.iter().any(|row| row.alive) {
            continue;
        }
        let mut seen = Seen::read(place);
        if bump(&mut seen, good_for, here.iter().filter(|row| row.alive).map(|row| row.uid)) {
            // Of what has ended the record says when; of what was forgotten nobody asks.
            let mut last = Seen::default();
            for job in books.jobs.iter().filter(|held| *held.place == *place).map(|held| &held.record) {
                let at = seen.0.get(&job.uid).filter(|_| !matches!(job.state, State::Ended | State::Exited));
                last.0.extend(at.map(|at| (job.uid.clone(), *at)));
            }
            seen = last;
            // A place that is read-only costs this note alone.
            let _ = seen.clone().write(place);
        }
        for row in here.iter_mut().filter(|_| is_told) {
            let ended = || row.exit.map(|exit| exit.at.clone());
            row.last_seen = seen.0.get(row.uid).map(|at| rfc3339(*at)).or_else(ended);
        }
    }
}

/// Notes these as seen now, but for those of whom the last look is `good_for` that. Was there anything to note?
fn bump<'a>(seen: &mut Seen, good_for: Duration, living: impl Iterator<Item = &'a str>) -> bool {
    let now = clock::epoch_ms();
    let every = u64::try_from(good_for.as_millis()).unwrap_or(u64::MAX);
    let mut is_new = false;
    for uid in living {
        // A clock that was set back must not silence it.
        let is_fresh = seen.0.get(uid).is_some_and(|at| *at <= now && now - at < every);
        if !is_fresh {
            seen.0.insert(uid.to_owned(), now);
            is_new = true;
        }
    }
    is_new
}
