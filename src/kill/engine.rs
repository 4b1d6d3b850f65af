//! One ending, round by round. The caller reaps and waits between rounds; a round walks, decides and signals.
//!
//! Protection is decided once for each member, when it is first seen and before it is ever signalled; what is below a
//! protected process stays protected. Nothing here waits, and after the first rounds nothing allocates.

use std::time::{Duration, Instant};

use super::ladder::{self, Cause, Told};
use super::protect::Protect;
use super::tree::{Roots, Tree};
use super::{Kernel, Report, Sent, Survivor};
use crate::process::describe::escape;
use crate::sys::Pid;
use crate::sys::cgroup::Cgroup;
use crate::sys::signal::{CONT, KILL, STOP};

/// How long past the deadline KILL is tried.
pub const HARD_BOUND: Duration = Duration::from_secs(2);
/// Passes of freezing in one round.
const FREEZES: usize = 24;
/// Walks in a row that must find nobody.
const EMPTY_WALKS: usize = 3;
/// Between rounds while members may end by themselves.
const WAIT: Duration = Duration::from_millis(20);
/// Between rounds of killing.
const SPIN: Duration = Duration::from_millis(2);

/// What a round found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Nobody is left who may be ended.
    Empty,
    /// Some are left; come again at this time, or sooner when a child ended.
    More(Instant),
    /// Some are left and nothing more can be done.
    Spent,
}

/// A process that is left alone, with everything below it.
#[derive(Clone, Debug)]
struct Shield {
    pid: Pid,
    start: u64,
    /// `None`: it stands below another.
    reason: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    pid: Pid,
    start: u64,
    told: Told,
    judged: bool,
    /// First seen when others had been asked already.
    is_late: bool,
    frozen: bool,
    refused: bool,
}

/// What an ending is of.
#[derive(Debug, Default)]
pub struct Subject {
    /// Who is left alone.
    pub protect: Protect,
    /// The command itself, which no name protects.
    pub root: Option<(Pid, u64)>,
    /// The unit that the job was started in.
    pub home: Option<String>,
    /// A cgroup of the job's own.
    pub group: Option<Cgroup>,
}

/// An ending under way.
pub struct Engine {
    cause: Cause,
    deadline: Instant,
    /// From when on children of those who were asked are asked too.
    half_way: Instant,
    /// Has anybody been asked?
    has_asked: bool,
    protect: Protect,
    /// Named by `pj-wrap CMD` itself: no name protects it.
    root: Option<(Pid, u64)>,
    tree: Tree,
    /// Sorted by number and start: each is asked for on every round.
    known: Vec<Known>,
    shields: Vec<Shield>,
    /// The unit that the job was started in: who is in another was moved there on purpose.
    home: Option<String>,
    group: Option<Cgroup>,
    /// May the cgroup be used? No longer once it would not do what it should.
    strikes: bool,
}

impl Engine {
    /// Begins an ending at `now`; KILL comes after `grace`.
    pub fn new(cause: Cause, now: Instant, grace: Duration, subject: Subject) -> Engine {
        crate::sys::hook!(KillBegins);
        let Subject { protect, root, home, group } = subject;
        // Who was ended while it held them could not thaw them; and the frozen do not hear what they are asked.
        group.iter().for_each(Cgroup::thaw);
        let grace = if cause == Cause::Kill { Duration::ZERO } else { grace };
        let (tree, known) = (Tree::default(), Vec::with_capacity(1024));
        let (deadline, half_way) = (now + grace, now + grace / 2);
        let (shields, has_asked) = (Vec::new(), false);
        Engine { cause, deadline, half_way, has_asked, protect, root, tree, known, shields, home, group, strikes: true }
    }

    /// When KILL comes.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Adds every member that was seen to the roots, so that one whose parent ends is found again without a reaper of
    /// ours above it. For a sweep; a guard gets its orphans from the kernel.
    pub fn remember(&self, roots: &mut Roots) {
        for m in &self.tree.members {
            let who = (m.stat.pid, m.stat.start);
            if !m.stat.is_dead() && !roots.members.contains(&who) {
                roots.members.push(who);
            }
        }
    }

    /// Walks the tree and does what is due at `now`.
    pub fn round(&mut self, kernel: &mut dyn Kernel, now: Instant, roots: &Roots) -> Round {
        if !self.find_living(kernel, roots) {
            return Round::Empty;
        }
        crate::sys::hook!(KillRound);
        if now >= self.deadline {
            return self.kill(kernel, now, roots);
        }
        for at in 0..self.tree.members.len() {
            self.tell(kernel, now, at);
        }
        self.has_asked = true;
        crate::sys::hook!(KillTold);
        Round::More((now + WAIT).min(self.deadline))
    }

    /// Walks until somebody is found who lives and may be ended. One walk is never enough (LAWS L40): a process that
    /// forked and died behind it has a child that it did not see.
    fn find_living(&mut self, kernel: &mut dyn Kernel, roots: &Roots) -> bool {
        for _ in 0..EMPTY_WALKS {
            self.look(kernel, roots);
            if self.living() > 0 {
                return true;
            }
        }
        false
    }

    /// One walk, and who of it stands under a shield.
    fn look(&mut self, kernel: &mut dyn Kernel, roots: &Roots) {
        self.tree.walk(kernel, roots);
        for at in 0..self.tree.members.len() {
            let stat = self.tree.members[at].stat;
            self.tree.members[at].shield = self.shields.iter().position(|s| s.pid == stat.pid && s.start == stat.start);
            // Once for each, before it is ever signalled: a walk that missed somebody must not cost him his protection.
            let judged = stat.is_dead() || std::mem::replace(&mut self.known(at).judged, true);
            if !judged && self.tree.members[at].shield.is_none() {
                let is_root = self.root == Some((stat.pid, stat.start));
                if let Some(reason) = self.protect.reason(&kernel.traits(stat.pid), self.home.as_deref(), is_root) {
                    self.shield(at, Some(reason));
                }
            }
        }
        // Parents come before children, but for those whom a record names: hence until nothing changes.
        while self.spread() {}
    }

    /// Puts what is below a shielded process under a shield too. True when that found anybody.
    fn spread(&mut self) -> bool {
        let mut found = false;
        for at in 0..self.tree.members.len() {
            let m = self.tree.members[at];
            if m.shield.is_none() && m.parent.is_some_and(|p| self.tree.members[p].shield.is_some()) {
                self.shield(at, None);
                found = true;
            }
        }
        found
    }

    fn shield(&mut self, at: usize, reason: Option<&'static str>) {
        let stat = self.tree.members[at].stat;
        self.shields.push(Shield { pid: stat.pid, start: stat.start, reason });
        self.tree.members[at].shield = Some(self.shields.len() - 1);
    }

    fn may_end(&self, at: usize) -> bool {
        let m = &self.tree.members[at];
        m.shield.is_none() && !m.stat.is_dead()
    }

    /// Members that may be ended and still live.
    fn living(&self) -> usize {
        (0..self.tree.members.len()).filter(|&at| self.may_end(at)).count()
    }

    fn known(&mut self, at: usize) -> &mut Known {
        let s = self.tree.members[at].stat;
        let found = self.known.binary_search_by_key(&(s.pid, s.start), |k| (k.pid, k.start));
        let place = found.unwrap_or_else(|place| {
            let (told, is_late) = (Told::default(), self.has_asked);
            let one = Known { pid: s.pid, start: s.start, told, judged: false, is_late, frozen: false, refused: false };
            self.known.insert(place, one);
            place
        });
        &mut self.known[place]
    }

    /// Born of a member that was asked to go and has not gone: what that one saves its work with, as an agent runs its
    /// user's hooks for the end of a session. It is left to its parent for half of the grace.
    fn is_for_the_end(&mut self, at: usize) -> bool {
        // A living parent has been asked by now, or is such a one itself.
        self.known(at).is_late && self.tree.members[at].parent.is_some_and(|p| self.may_end(p))
    }

    /// The ladder's signals for one member.
    fn tell(&mut self, kernel: &mut dyn Kernel, now: Instant, at: usize) {
        if !self.may_end(at) || (now < self.half_way && self.is_for_the_end(at)) {
            return;
        }
        let stat = self.tree.members[at].stat;
        let cause = self.cause;
        let mask = kernel.ignored(stat.pid);
        let mut told = self.known(at).told;
        let send = ladder::next(cause, &mut told, now, mask);
        for sig in [send.first, send.then].into_iter().flatten() {
            match kernel.send(&stat, sig) {
                Sent::Done => {}
                Sent::Refused => {
                    self.known(at).refused = true;
                    return;
                }
                // Its parent died a moment ago, or it did: the next walk finds it where it is now, still untold.
                Sent::Gone => return,
            }
        }
        self.known(at).told = told;
        // A stopped process acts on nothing but KILL; asked anew on every round, since CONT is visible (LAWS L38).
        if stat.is_stopped() {
            kernel.send(&stat, CONT);
        }
    }

    /// Freezes until a walk finds nobody new, then kills (LAWS L37).
    fn kill(&mut self, kernel: &mut dyn Kernel, now: Instant, roots: &Roots) -> Round {
        if now < self.deadline + HARD_BOUND && self.strike(kernel, roots, &mut |_| Vec::new()) {
            return Round::More(now + SPIN);
        }
        for _ in 0..FREEZES {
            let mut new = false;
            for at in 0..self.tree.members.len() {
                if self.may_end(at) && !self.known(at).frozen {
                    self.known(at).frozen = true;
                    new = true;
                    let stat = self.tree.members[at].stat;
                    if kernel.send(&stat, STOP) == Sent::Refused {
                        self.known(at).refused = true;
                    }
                }
            }
            if !new {
                break;
            }
            self.look(kernel, roots);
        }
        crate::sys::hook!(KillFrozen);
        let mut all_refused = true;
        for at in 0..self.tree.members.len() {
            if self.may_end(at) {
                let stat = self.tree.members[at].stat;
                let refused = kernel.send(&stat, KILL) == Sent::Refused;
                self.known(at).refused = refused;
                all_refused &= refused;
            }
        }
        crate::sys::hook!(KillKilled);
        if (all_refused && self.living() > 0) || now >= self.deadline + HARD_BOUND {
            return Round::Spent;
        }
        Round::More(now + SPIN)
    }

    /// Did the last walk find anybody who is left alone?
    pub fn leaves_somebody(&self) -> bool {
        self.tree.members.iter().any(|m| m.shield.is_some() && !m.stat.is_dead())
    }

    /// What is left, by name. Walks once more.
    pub fn report(&mut self, kernel: &mut dyn Kernel, roots: &Roots) -> Report {
        self.look(kernel, roots);
        let mut report = Report::default();
        if kernel.stat(kernel.me()).is_none() {
            // Who cannot read of himself has seen nobody: that is not the same as that nobody is there.
            let reason = "it cannot be seen: no process can".to_owned();
            report.survivors.push(Survivor { pid: 0, start: 0, name: "whoever is left".to_owned(), reason });
        }
        for at in 0..self.tree.members.len() {
            let m = self.tree.members[at];
            if m.stat.is_dead() {
                continue;
            }
            let named = |reason: &str| Survivor {
                pid: m.stat.pid,
                start: m.stat.start,
                name: escape(&m.stat.name()),
                reason: reason.to_owned(),
            };
            match m.shield {
                Some(s) => {
                    let reason = self.shields[s].reason.unwrap_or("below a process that is left alone");
                    report.kept.push(named(reason));
                }
                None if self.known(at).refused => report.survivors.push(named("the kernel refuses: not our user's")),
                None if m.stat.state == b'D' => report.survivors.push(named("in uninterruptible sleep (D)")),
                None => report.survivors.push(named("still there after KILL")),
            }
        }
        self.tell_strangers(kernel, &mut report);
        let signalled = self.known.iter().filter(|k| k.frozen || k.told.anything()).count();
        report.ended = signalled.saturating_sub(report.survivors.len());
        report
    }
}

#[path = "engine_group.rs"]
mod group;

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
