//! Who is signalled, whatever happens meanwhile: the engine against process tables that change between any two of its
//! questions: births, deaths, orphans, numbers that are used again at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::engine::{Engine, Round, Subject};
use super::protect::{Protect, Traits};
use super::{Cause, Kernel, Roots, Sent};
use crate::sys::signal::{HUP, KILL, Signal, TERM};
use crate::sys::{Pid, Stat};

/// We, below a shell, below pid 1; a stranger's tree beside us.
const ME: Pid = 10;
const SHELL: Pid = 9;
/// Few numbers, so that they are used again within a step or two.
const NUMBERS: std::ops::Range<Pid> = 11..40;
const GRACE: Duration = Duration::from_millis(100);

/// One process, and what is true of it whatever the engine believes.
#[derive(Clone, Debug)]
struct One {
    stat: Stat,
    /// Below us by birth, through whatever died in between.
    is_ours: bool,
    is_protected: bool,
    is_foreign: bool,
}

/// A process table that moves with each question, by the bytes of a tape.
struct Moving<'a> {
    all: BTreeMap<Pid, One>,
    tape: std::slice::Iter<'a, u8>,
    births: u64,
    /// Our orphans come to us; to a sweep's they do not.
    is_reaper: bool,
    wrong: Option<String>,
}

impl Moving<'_> {
    fn new(tape: &[u8], is_reaper: bool) -> Moving<'_> {
        let mut k = Moving { all: BTreeMap::new(), tape: tape.iter(), births: 0, is_reaper, wrong: None };
        for (pid, ppid) in [(1, 0), (SHELL, 1), (ME, SHELL), (8, 1)] {
            k.put(pid, ppid, false);
        }
        k
    }

    fn byte(&mut self) -> u8 {
        self.tape.next().copied().unwrap_or(0)
    }

    fn put(&mut self, pid: Pid, ppid: Pid, is_ours: bool) {
        self.births += 1;
        let start = self.births;
        let traits = self.byte();
        let ignored = if traits & 1 == 0 { 0 } else { u64::MAX };
        let stat = Stat { start, ignored, ..Stat::made_up(pid, ppid) };
        let (is_protected, is_foreign) = (traits & 0x0e == 0x0e && pid > ME, traits & 0x30 == 0x30 && pid > ME);
        self.all.insert(pid, One { stat, is_ours, is_protected, is_foreign });
    }

    fn any(&mut self) -> Option<Pid> {
        let at = usize::from(self.byte());
        self.all.keys().copied().nth(at % self.all.len())
    }

    /// A birth, a death, or nothing.
    fn step(&mut self) {
        match self.byte() % 4 {
            1 => {
                let number = NUMBERS.clone().find(|n| !self.all.contains_key(n));
                let parent = self.any().filter(|p| self.all[p].stat.state != b'Z');
                if let (Some(number), Some(parent)) = (number, parent) {
                    let is_ours = self.all[&parent].is_ours || (self.is_reaper && parent == ME);
                    self.put(number, parent, is_ours);
                }
            }
            2 => {
                if let Some(pid) = self.any().filter(|&p| p > ME) {
                    self.die(pid);
                }
            }
            _ => {}
        }
    }

    /// Our own children stay zombies until we reap them, which keeps their numbers taken.
    fn die(&mut self, pid: Pid) {
        let Some(one) = self.all.get_mut(&pid) else { return };
        if one.stat.ppid == ME {
            one.stat.state = b'Z';
        } else {
            self.all.remove(&pid);
        }
        for below in self.all.values_mut().filter(|o| o.stat.ppid == pid) {
            below.stat.ppid = if below.is_ours && self.is_reaper { ME } else { 1 };
        }
    }

    fn reap(&mut self) {
        self.all.retain(|_, o| o.stat.ppid != ME || o.stat.state != b'Z');
    }

    /// What must never be. A foreign process is asked for and refused: the kernel's own rule.
    fn check(&mut self, to: &One, sig: Signal) {
        let below_protected = self.all.get(&to.stat.ppid).is_some_and(|p| p.is_protected && p.stat.state != b'Z');
        let what = match () {
            () if to.stat.pid <= 1 => "pid 1",
            () if to.stat.pid == ME => "ourselves",
            () if to.stat.pid == SHELL => "an ancestor",
            () if !to.is_ours => "a stranger",
            () if to.is_protected => "a protected member",
            () if below_protected => "a child of a protected member",
            () => return,
        };
        self.wrong.get_or_insert_with(|| format!("{what} got signal {sig}: {to:?}"));
    }
}

impl Kernel for Moving<'_> {
    fn stat(&mut self, pid: Pid) -> Option<Stat> {
        self.step();
        self.all.get(&pid).map(|o| o.stat)
    }
    fn reaches(&mut self, pid: Pid, start: u64) -> bool {
        self.stat(pid).is_some_and(|s| s.start == start)
    }
    fn children(&mut self, of: &Stat, out: &mut Vec<Pid>) {
        self.step();
        out.extend(self.all.values().filter(|o| o.stat.ppid == of.pid).map(|o| o.stat.pid));
    }
    fn traits(&mut self, of: &Stat, _: bool) -> Traits {
        self.step();
        let is_protected = self.all.get(&of.pid).is_some_and(|o| o.is_protected);
        Traits { comm: if is_protected { "ssh-agent" } else { "sh" }.to_owned(), ..Traits::default() }
    }
    /// The check and the signal are one: what happens in between, happens to a handle that is no number.
    fn send(&mut self, member: &Stat, sig: Signal) -> Sent {
        self.step();
        let Some(to) = self.all.get(&member.pid).cloned() else { return Sent::Gone };
        let is_child = self.is_reaper && member.ppid == ME;
        let is_same = to.stat.start == member.start && (to.stat.ppid == member.ppid || to.stat.ppid == ME);
        if !is_child && !is_same {
            return Sent::Gone;
        }
        if to.is_foreign {
            return Sent::Refused;
        }
        self.check(&to, sig);
        if sig == KILL || (matches!(sig, HUP | TERM) && to.stat.ignored == 0) {
            self.die(member.pid);
        }
        Sent::Done
    }
    fn me(&self) -> Pid {
        ME
    }
}

/// One whole ending; what went wrong, if anything did.
fn play(tape: &[u8], is_reaper: bool, cause: Cause) -> Option<String> {
    let mut k = Moving::new(tape, is_reaper);
    let mut roots = Roots { strangers: vec![(ME, 3), (SHELL, 2)], ..Roots::default() };
    if is_reaper {
        roots.reapers.push((ME, 3));
        // A child from before: `exec pj-wrap` in a shell with background jobs.
        k.put(11, ME, false);
        roots.strangers.push((11, 5));
        k.put(12, ME, true);
    } else {
        for pid in [11, 12] {
            k.put(pid, 1, true);
            roots.members.push((pid, k.all[&pid].stat.start));
        }
    }
    for _ in 0..16 {
        k.step();
    }
    let now = Instant::now();
    let subject =
        Subject { protect: Protect::parse(""), root: None, home: None, group: None, stop: crate::sys::signal::TERM };
    let mut engine = Engine::new(cause, now, GRACE, subject);
    for turn in 0..12 {
        let round = engine.round(&mut k, now + GRACE * turn / 6, &roots);
        if !is_reaper {
            engine.remember(&mut roots);
        }
        k.reap();
        if matches!(round, Round::Empty | Round::Spent) {
            break;
        }
    }
    engine.report(&mut k, &roots);
    k.wrong
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    /// In any ending and for any cause: no signal goes to ourselves, to an ancestor, to pid 1 or below, to whoever is not
    /// below us by birth, to a protected member or to a child of one; whoever the kernel refuses gets none.
    #[test]
    fn a_guard_signals_members_alone(tape in prop::collection::vec(any::<u8>(), 0..900), cause in 0..3) {
        let cause = [Cause::SessionOver, Cause::Stop, Cause::Kill][cause as usize];
        prop_assert_eq!(play(&tape, true, cause), None);
    }

    /// The same for a sweep, which has its members from a record and whose orphans go to pid 1, as strangers' do.
    #[test]
    fn a_sweep_signals_members_alone(tape in prop::collection::vec(any::<u8>(), 0..900), cause in 0..3) {
        let cause = [Cause::SessionOver, Cause::Stop, Cause::Kill][cause as usize];
        prop_assert_eq!(play(&tape, false, cause), None);
    }
}

/// The tables really move: in a thousand endings members die and are signalled, and numbers change hands.
#[test]
fn the_moving_table_would_catch_a_kill_by_number() {
    let mut rng = proptest::test_runner::TestRunner::deterministic();
    let mut seen = 0;
    for _ in 0..300 {
        let tape = prop::collection::vec(any::<u8>(), 900).new_tree(&mut rng).unwrap().current();
        let mut k = Moving::new(&tape, true);
        k.put(12, ME, true);
        let mut stale: Vec<Stat> = Vec::new();
        for _ in 0..200 {
            k.step();
            stale.extend(k.all.values().filter(|o| o.is_ours).map(|o| o.stat));
        }
        // A kill by number alone, as it must not be done.
        for one in stale {
            if let Some(to) = k.all.get(&one.pid).cloned() {
                k.check(&to, TERM);
            }
        }
        seen += usize::from(k.wrong.is_some());
    }
    assert!(seen > 100, "only {seen} of 300 tables gave a member's number to a stranger");
}
