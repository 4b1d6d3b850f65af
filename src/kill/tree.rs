//! Who is in the tree: a walk from the top down, each step verified against its parent, who is verified to be still the
//! same process. So a number that was given away between two reads can only fall out of the tree, never into it.

use crate::sys::{Pid, Stat};

use super::Kernel;

/// Where a walk begins.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Processes whose children are members, themselves not: a guard, by number and start time.
    pub reapers: Vec<(Pid, u64)>,
    /// Members themselves, by number and start time, proven by a record.
    pub members: Vec<(Pid, u64)>,
    /// Never members, and nothing below them is: what a front had before it forked its guard, a sweep's own line.
    pub strangers: Vec<(Pid, u64)>,
    /// What is below a member is not one: of an adopted job, which is one process.
    pub alone: bool,
}

impl Roots {
    /// Adds a member, if he is not there yet; answers whether.
    pub fn add(&mut self, who: (Pid, u64)) -> bool {
        let is_new = !self.members.contains(&who);
        self.members.extend(is_new.then_some(who));
        is_new
    }
}

/// One member as last seen.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// What the kernel said.
    pub stat: Stat,
    /// Place of its parent among the members, if that is one.
    pub parent: Option<usize>,
    /// Place of the shield that it stands under, if any.
    pub shield: Option<usize>,
}

/// The members, parents before children. Kept between walks so that a walk allocates nothing.
#[derive(Debug)]
pub struct Tree {
    /// Members of the last walk.
    pub members: Vec<Member>,
    /// Their numbers, sorted: a tree may have thousands, and each is asked for.
    pids: Vec<Pid>,
    scratch: Vec<Pid>,
}

impl Default for Tree {
    fn default() -> Tree {
        let (pids, scratch) = (Vec::with_capacity(1024), Vec::with_capacity(1024));
        Tree { members: Vec::with_capacity(1024), pids, scratch }
    }
}

impl Tree {
    /// Walks anew.
    pub fn walk(&mut self, kernel: &mut dyn Kernel, roots: &Roots) {
        self.members.clear();
        self.pids.clear();
        for &(pid, start) in &roots.members {
            if let Some(stat) = kernel.stat(pid).filter(|s| s.start == start) {
                self.add(stat, None, roots, kernel.me());
            }
        }
        for &(pid, start) in &roots.reapers {
            if let Some(stat) = kernel.stat(pid).filter(|s| s.start == start) {
                self.step(kernel, roots, stat, None);
            }
        }
        let mut at = 0;
        while at < self.members.len() && !roots.alone {
            let stat = self.members[at].stat;
            self.step(kernel, roots, stat, Some(at));
            at += 1;
        }
        // Those whom a record names may be each other's children.
        for at in 0..roots.members.len().min(self.members.len()) {
            if self.members[at].parent.is_none() {
                let ppid = self.members[at].stat.ppid;
                self.members[at].parent = self.members.iter().position(|m| m.stat.pid == ppid);
            }
        }
    }

    /// Adds the children of one verified process.
    fn step(&mut self, kernel: &mut dyn Kernel, roots: &Roots, parent: Stat, at: Option<usize>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        kernel.children(&parent, &mut scratch);
        let before = self.members.len();
        for &pid in &scratch {
            match kernel.stat(pid) {
                // Reparented meanwhile: it is found where it is now, on this walk or the next.
                Some(stat) if stat.ppid == parent.pid => self.add(stat, at, roots, kernel.me()),
                _ => {}
            }
        }
        self.scratch = scratch;
        // Our own number cannot change hands. Another parent must still be who it was, or its number was used again
        // while we read, and these children are a stranger's.
        let is_same = |kernel: &mut dyn Kernel| kernel.stat(parent.pid).is_some_and(|s| s.start == parent.start);
        if self.members.len() > before && parent.pid != kernel.me() && !is_same(kernel) {
            for m in self.members.drain(before..) {
                self.pids.retain(|&pid| pid != m.stat.pid);
            }
        }
    }

    fn add(&mut self, stat: Stat, parent: Option<usize>, roots: &Roots, me: Pid) {
        let out = stat.pid <= 1
            || stat.pid == me
            || roots.strangers.contains(&(stat.pid, stat.start))
            || roots.reapers.contains(&(stat.pid, stat.start));
        if let (false, Err(place)) = (out, self.pids.binary_search(&stat.pid)) {
            self.pids.insert(place, stat.pid);
            self.members.push(Member { stat, parent, shield: None });
        }
    }
}
