//! One snapshot of all processes, and questions about it. Read once; never a live view.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::{Looks, lines};
use crate::sys::{self, Pid, Stat};

/// All processes at about one instant, by number.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Stat>,
    /// Of each row the marks in its environment, NULs between; read when they are first asked for.
    marks: Vec<OnceCell<Vec<u8>>>,
    /// The rows by parent and number, when it was asked for.
    by_parent: OnceCell<Vec<u32>>,
}

impl Table {
    /// Reads the whole process table. Costs about 10 µs a process; an idle sweep never calls this.
    pub fn read() -> std::io::Result<Table> {
        Table::beside(&Looks::default())
    }

    /// The same for what is only told, of a pass that has looked at many already: nobody is looked at again.
    pub fn beside(looks: &Looks) -> std::io::Result<Table> {
        let mut pids = Vec::with_capacity(512);
        sys::os::all(&mut pids)?;
        let stat = |pid| looks.seen(pid).copied().or_else(|| sys::os::stat(pid));
        Ok(Table::new(pids.into_iter().filter_map(stat).collect()))
    }

    /// A table of given rows.
    pub fn new(rows: Vec<Stat>) -> Table {
        let mut rows = rows;
        rows.sort_unstable_by_key(|s| s.pid);
        let marks = vec![OnceCell::new(); rows.len()];
        Table { rows, marks, by_parent: OnceCell::new() }
    }

    /// The row of a process number.
    pub fn get(&self, pid: Pid) -> Option<&Stat> {
        self.rows.binary_search_by_key(&pid, |s| s.pid).ok().map(|i| &self.rows[i])
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = &Stat> {
        self.rows.iter()
    }

    /// Those not older than `since` whose environment held this marker line when it was read: each environment once, for
    /// however many jobs. A hint; whoever acts on it looks again.
    pub fn marked<'a>(&'a self, line: &'a str, since: u64) -> impl Iterator<Item = &'a Stat> {
        let read = |pid| {
            let env = sys::os::environ(pid).unwrap_or_default();
            let marks: Vec<&[u8]> = lines(&env).filter(|l| l.starts_with(super::MARK.as_bytes())).collect();
            marks.join(&0)
        };
        let young = self.rows.iter().zip(&self.marks).filter(move |(stat, _)| stat.start >= since);
        let marked = young.filter(move |(stat, marks)| {
            lines(marks.get_or_init(|| read(stat.pid))).any(|mark| mark == line.as_bytes())
        });
        marked.map(|(stat, _)| stat)
    }

    /// The parents of `pid`, nearest first, without `pid` itself.
    pub fn ancestors(&self, pid: Pid) -> Vec<&Stat> {
        let mut found: Vec<&Stat> = Vec::new();
        let mut next = self.get(pid).map_or(0, |s| s.ppid);
        while let Some(s) = self.get(next) {
            if found.len() > 4096 || found.iter().any(|f| f.pid == s.pid) {
                break;
            }
            found.push(s);
            next = s.ppid;
        }
        found
    }

    /// Everything below the given processes, without them, parents before children.
    pub fn below(&self, roots: &[Pid]) -> Vec<&Stat> {
        // One's children stand together there.
        let order = self.by_parent.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
            order.sort_unstable_by_key(|&at| (self.rows[at as usize].ppid, at));
            order
        });
        let row = |at: &u32| &self.rows[*at as usize];
        let mut found: Vec<&Stat> = Vec::new();
        let mut seen: BTreeSet<Pid> = roots.iter().copied().collect();
        let mut queue: Vec<Pid> = roots.to_vec();
        let mut next = 0;
        while next < queue.len() {
            let parent = queue[next];
            let first = order.partition_point(|at| row(at).ppid < parent);
            for s in order[first..].iter().map(row).take_while(|s| s.ppid == parent) {
                // A table read over time may show a loop.
                if seen.insert(s.pid) {
                    found.push(s);
                    queue.push(s.pid);
                }
            }
            next += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_is_everything_below_and_nothing_beside() {
        let t = Table::new(vec![
            Stat::made_up(1, 0),
            Stat::made_up(10, 1),
            Stat::made_up(11, 10),
            Stat::made_up(12, 11),
            Stat::made_up(20, 1),
        ]);
        let pids: Vec<Pid> = t.below(&[10]).iter().map(|s| s.pid).collect();
        assert_eq!(pids, [11, 12]);
        let up: Vec<Pid> = t.ancestors(12).iter().map(|s| s.pid).collect();
        assert_eq!(up, [11, 10, 1]);
    }

    #[test]
    fn a_loop_of_parents_ends() {
        let t = Table::new(vec![Stat::made_up(5, 6), Stat::made_up(6, 5)]);
        assert_eq!(t.ancestors(5).len(), 2);
        assert_eq!(t.below(&[5]).len(), 1);
    }
}
