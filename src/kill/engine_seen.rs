//! Whom an ending has seen, as roots of their own: for a sweep, which inherits nobody. A guard gets its orphans from the
//! kernel.

use super::Engine;
use crate::kill::Roots;
use crate::sys::Stat;

impl Engine {
    /// Adds every member of the last walk, so that one whose parent ends is found again without a reaper of ours above it.
    pub fn remember(&self, roots: &mut Roots) {
        for m in self.tree.members.iter().filter(|m| !m.stat.is_dead()) {
            roots.add((m.stat.pid, m.stat.start));
        }
    }

    /// Was this one ever seen?
    pub fn has_seen(&self, stat: &Stat) -> bool {
        self.known.iter().any(|k| (k.pid, k.start) == (stat.pid, stat.start))
    }

    /// Adds all who were ever seen: the guard has gone below which they were found.
    pub fn remember_all(&self, roots: &mut Roots) {
        for one in &self.known {
            roots.add((one.pid, one.start));
        }
    }
}
