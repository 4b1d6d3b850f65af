//! One ending, round by round. The caller reaps and waits between rounds; a round walks, decides and signals.
//!
//! Protection is decided once for each member, when it is first seen and before it is ever signalled; what is below a
//! protected process stays protected. Nothing here waits, and after the first rounds nothing allocates.

use std::time::{Duration, Instant};

use super::ladder::{self, Cause, Told};
use super::protect::Protect;
use super::tree::{Member, Roots, Tree};
use super::{Kernel, Report, Sent, Survivor};
use crate::process::describe::escape;
use crate::sys::Pid;
use crate::sys::cgroup::Cgroup;
use crate::sys::signal::{CONT, KILL, STOP, Signal};

/// How long past the deadline KILL is tried.
const HARD_BOUND: Duration = Duration::from_secs(2);
/// Passes of freezing in one round.
const FREEZES: usize = 24;
/// Walks in a row that must find nobody.
const EMPTY_WALKS: usize = 3;
/// Between rounds while members may end by themselves.
const WAIT: Duration = Duration::from_millis(20);
/// Between rounds of killing.
const SPIN: Duration = Duration::from_millis(2);
/// A tree of so many is walked as often as one likes.
const SMALL: usize = 64;
/// For each member of a larger one, between walks: several times what looking at it costs.
const PER_MEMBER: Duration = Duration::from_micros(40);

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
    /// Killed with all of its cgroup.
    struck: bool,
    refused: bool,
    /// KILL was sent, or the stroke came.
    forced: bool,
    /// Bytes, when it was first seen.
    rss: u64,
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
    /// What asks it to end: TERM, if the user said nothing else.
    pub stop: Signal,
}

/// An ending under way.
pub struct Engine {
    cause: Cause,
    stop: Signal,
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
    has_struck: bool,
    /// How long past the deadline KILL is tried.
    bound: Duration,
}

impl Engine {
    /// Begins an ending at `now`; KILL comes after `grace`.
    pub fn new(cause: Cause, now: Instant, grace: Duration, subject: Subject) -> Engine {
        crate::sys::hook!(KillBegins);
        let Subject { protect, root, home, group, stop } = subject;
        // Who was ended while it held them could not thaw them; and the frozen do not hear what they are asked.
        group.iter().for_each(Cgroup::thaw);
        let grace = if cause == Cause::Kill { Duration::ZERO } else { grace };
        let (tree, known) = (Tree::default(), Vec::with_capacity(1024));
        let (deadline, half_way) = (now + grace, now + grace / 2);
        let (shields, has_asked) = (Vec::new(), false);
        Engine {
            cause,
            stop,
            deadline,
            half_way,
            has_asked,
            protect,
            root,
            tree,
            known,
            shields,
            home,
            group,
            strikes: true,
            has_struck: false,
            bound: HARD_BOUND,
        }
    }

    /// Tries KILL for so long past the deadline, instead of for [`HARD_BOUND`].
    pub fn persist(&mut self, bound: Duration) {
        self.bound = bound;
    }

    /// When all ends, done or not.
    pub fn end(&self) -> Instant {
        self.deadline + self.bound
    }

    /// When KILL comes.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The soonest that the next walk is worth its while, `now` that a round is over or a member has ended: at once, but
    /// a tree of thousands is not walked for each of them. Where each is killed by itself no time is to be lost.
    pub fn soonest(&self, now: Instant) -> Instant {
        let many = u32::try_from(self.tree.members.len()).unwrap_or(u32::MAX);
        let rest = if many as usize <= SMALL { Duration::ZERO } else { PER_MEMBER.saturating_mul(many) };
        match now < self.deadline {
            true => (now + rest).min(self.deadline),
            false if self.has_struck => now + rest,
            false => now,
        }
    }

    /// Walks the tree and does what is due at `now`.
    pub fn round(&mut self, kernel: &mut dyn Kernel, now: Instant, roots: &Roots) -> Round {
        let may_kill = now >= self.deadline;
        // Before a walk: a fork bomb is not to be outrun, and of thousands each was seen before.
        let struck = may_kill && now < self.end() && self.strike(kernel, roots, &mut |_| Vec::new());
        if !struck && !self.find_living(kernel, roots, if may_kill { None } else { Some(now) }) {
            return Round::Empty;
        }
        crate::sys::hook!(KillRound);
        if may_kill {
            return self.kill(kernel, now, roots, struck);
        }
        self.has_asked = true;
        crate::sys::hook!(KillTold);
        Round::More((now + WAIT).min(self.deadline))
    }

    /// Walks until somebody is found who lives and may be ended. One walk is never enough (LAWS L40): a process that
    /// forked and died behind it has a child that it did not see. `ask`: as [`Engine::look`].
    fn find_living(&mut self, kernel: &mut dyn Kernel, roots: &Roots, ask: Option<Instant>) -> bool {
        for _ in 0..EMPTY_WALKS {
            self.look(kernel, roots, ask);
            if self.living() > 0 {
                return true;
            }
        }
        false
    }

    /// One walk, and who of it stands under a shield. With a time to `ask` at each is asked as soon as that is known: of
    /// thousands the first end on another processor while the last are looked at.
    fn look(&mut self, kernel: &mut dyn Kernel, roots: &Roots, ask: Option<Instant>) {
        self.tree.walk(kernel, roots);
        let mut at_home = None;
        for at in 0..self.tree.members.len() {
            self.judge(kernel, at, &mut at_home);
            if let Some(now) = ask {
                self.tell(kernel, now, at);
            }
        }
    }

    /// Is this member to be left alone? Decided once for each, before it is ever signalled: a walk that missed somebody
    /// must not cost him his protection.
    fn judge(&mut self, kernel: &mut dyn Kernel, at: usize, at_home: &mut Option<Vec<Pid>>) {
        let Member { stat, parent, .. } = self.tree.members[at];
        // Parents come before children, but for those whom a record names.
        if let Some(above) = parent.filter(|&above| above > at) {
            self.judge(kernel, above, at_home);
        }
        let known = self.shields.iter().position(|s| s.pid == stat.pid && s.start == stat.start);
        self.tree.members[at].shield = known;
        let judged = stat.is_dead() || std::mem::replace(&mut self.known(at).judged, true);
        if known.is_some() {
            return;
        }
        if parent.is_some_and(|above| self.tree.members[above].shield.is_some()) {
            self.shield(at, None);
        } else if !judged {
            let with_unit = self.home.as_deref().is_some_and(|home| home != "/");
            let is_at_home =
                with_unit && at_home.get_or_insert_with(|| self.at_home()).binary_search(&stat.pid).is_ok();
            let traits = kernel.traits(&stat, with_unit && !is_at_home);
            let is_root = self.root == Some((stat.pid, stat.start));
            if let Some(reason) = self.protect.reason(&traits, self.home.as_deref(), is_root) {
                self.shield(at, Some(reason));
            }
        }
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
            let (judged, frozen, struck, refused, forced) = (false, false, false, false, false);
            let (pid, start, rss) = (s.pid, s.start, s.rss);
            let one = Known { pid, start, told, judged, is_late, frozen, struck, refused, forced, rss };
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
        let mut told = self.known(at).told;
        let send = ladder::next(cause, self.stop, &mut told, now, stat.ignored);
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

    /// Freezes until a walk finds nobody new, then kills (LAWS L37) whoever was not `struck` with all of the cgroup.
    fn kill(&mut self, kernel: &mut dyn Kernel, now: Instant, roots: &Roots, struck: bool) -> Round {
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
            self.look(kernel, roots, None);
        }
        crate::sys::hook!(KillFrozen);
        let mut all_refused = true;
        for at in 0..self.tree.members.len() {
            if self.may_end(at) && !self.known(at).struck {
                let stat = self.tree.members[at].stat;
                let refused = kernel.send(&stat, KILL) == Sent::Refused;
                let known = self.known(at);
                (known.refused, known.forced) = (refused, true);
                all_refused &= refused;
            }
            all_refused &= !self.known(at).struck;
        }
        crate::sys::hook!(KillKilled);
        if (all_refused && self.living() > 0) || now >= self.end() {
            return Round::Spent;
        }
        Round::More(now + if struck { WAIT } else { SPIN })
    }

    /// Did the last walk find anybody who is left alone?
    pub fn leaves_somebody(&self) -> bool {
        self.tree.members.iter().any(|m| m.shield.is_some() && !m.stat.is_dead())
    }

    /// What is left, by name. Walks once more.
    pub fn report(&mut self, kernel: &mut dyn Kernel, roots: &Roots) -> Report {
        self.look(kernel, roots, None);
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
        let left = |k: &Known| report.survivors.iter().any(|s| s.pid == k.pid && s.start == k.start);
        let gone = self.known.iter().filter(|k| (k.frozen || k.told.anything()) && !left(k));
        let gone: Vec<_> = gone.map(|k| (k.forced || k.struck, k.told.twice(), k.rss)).collect();
        report.count(&gone);
        report
    }
}

#[path = "engine_group.rs"]
mod group;
#[path = "engine_seen.rs"]
mod seen;

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
