//! The census: who is in the tree, written down for the day when both guards are gone (DESIGN §2, second line).
//!
//! Taken 50 ms, 250 ms, 1 s and 5 s after the start, after a child's end (once a second at the most), before the front
//! leaves, and every 30 s; written only when it says something new. A full disk costs the census, never the job.

use std::time::{Duration, Instant};

use crate::kill::real::Real;
use crate::kill::tree::{Roots, Tree};
use crate::process::{self, Identity};
use crate::record::members::{self, Member};
use crate::record::{Job, Place, store};
use crate::sys::{Pid, clock, os};

const FIRST: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(5)];
const EVERY: Duration = Duration::from_secs(30);
const AFTER_A_CHILD: Duration = Duration::from_secs(1);

/// The census of one job.
pub struct Census {
    place: Place,
    id: u64,
    marker: String,
    started: Instant,
    taken: usize,
    last: Instant,
    due: Option<Instant>,
    seen: Vec<Member>,
    tree: Tree,
}

impl Census {
    /// Of a job that starts now.
    pub fn new(place: Place, id: u64, marker: &str, now: Instant) -> Census {
        let marker = Job::marker_line(marker);
        let (seen, tree) = (Vec::new(), Tree::default());
        Census { place, id, marker, started: now, taken: 0, last: now, due: Some(now + FIRST[0]), seen, tree }
    }

    /// Whom it has seen, by number, start and the pidfd's inode, for those of whom that is known.
    pub fn seen(&self) -> impl Iterator<Item = (Pid, u64, u64)> {
        self.seen.iter().filter_map(|m| Some((m.identity.pid, m.identity.start, m.identity.ino?)))
    }

    /// When the next is due.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A child ended or was stopped: what was below it has moved.
    pub fn child_changed(&mut self, now: Instant) {
        let soonest = (self.last + AFTER_A_CHILD).max(now);
        self.due = Some(self.due.map_or(soonest, |d| d.min(soonest)));
    }

    /// Takes it now.
    pub fn take(&mut self, kernel: &mut Real, roots: &Roots, now: Instant) {
        crate::sys::hook!(CensusTakes);
        while self.taken < FIRST.len() && now >= self.started + FIRST[self.taken] {
            self.taken += 1;
        }
        self.last = now;
        self.due = Some(FIRST.get(self.taken).map_or(now + EVERY, |d| self.started + *d));
        self.tree.walk(kernel, roots);
        let mut changed = false;
        let before = self.seen.len();
        // Both by number, so that thousands are compared in one go.
        let mut members: Vec<_> = self.tree.members.iter().collect();
        members.sort_unstable_by_key(|m| m.stat.pid);
        let of = |pid| members.binary_search_by_key(&pid, |m| m.stat.pid).ok().map(|at| members[at].stat);
        self.seen.retain(|s| of(s.identity.pid).is_some_and(|m| s.identity.is(&m) && !m.is_dead()));
        changed |= self.seen.len() != before;
        self.seen.sort_unstable_by_key(|s| s.identity.pid);
        let old = self.seen.len();
        for m in &self.tree.members {
            if m.stat.is_dead() {
                continue;
            }
            // Nobody is in the tree twice: who was not there before is not among those who are added now.
            if let Ok(at) = self.seen[..old].binary_search_by_key(&m.stat.pid, |s| s.identity.pid) {
                let s = &mut self.seen[at];
                changed |= s.sid != m.stat.sid || s.pgid != m.stat.pgid;
                (s.sid, s.pgid) = (m.stat.sid, m.stat.pgid);
                continue;
            }
            let ino = os::Handle::open(m.stat.pid).ok().and_then(|h| h.inode());
            // The handle was opened after the walk: its inode counts only if the process is still the same one.
            let same = os::stat(m.stat.pid).is_some_and(|s| s.start == m.stat.start);
            let Some(identity) = Identity::from_stat(&m.stat, ino.filter(|_| same)) else { continue };
            let marked = process::carries(m.stat.pid, &self.marker);
            let (sid, pgid, name) = (m.stat.sid, m.stat.pgid, m.stat.name());
            self.seen.push(Member { identity, sid, pgid, first_seen: clock::epoch_ms(), marked, name });
            changed = true;
        }
        if changed {
            let text = members::write(os::boot_id(), os::pid_namespace(), &self.seen);
            // Lost on a full disk; the next one tries again, since `seen` is only what was seen.
            let _ = store::put_members(&self.place, self.id, &text);
        }
        crate::sys::hook!(CensusTaken);
    }
}
