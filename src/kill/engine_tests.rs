//! The engine against a scripted kernel: what the real one does once in a million times, here every time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::protect::{Protect, Traits};
use super::super::tree::Roots;
use super::super::{Cause, Kernel, Sent};
use super::{Engine, Round, Subject};
use crate::sys::signal::{CONT, HUP, KILL, STOP, Signal, TERM};
use crate::sys::{Pid, Stat};

const ME: Pid = 100;
const GRACE: Duration = Duration::from_secs(1);

/// A process table that can be changed between two questions.
#[derive(Default)]
struct Fake {
    rows: HashMap<Pid, Stat>,
    traits: HashMap<Pid, Traits>,
    ignored: HashMap<Pid, u64>,
    refuses: Vec<Pid>,
    sent: Vec<(Pid, Signal)>,
    /// Walks in which this one is not listed below anybody: it is being reparented.
    hidden: HashMap<Pid, u32>,
    /// Deaf to everything but KILL, or not even to that.
    immortal: bool,
}

impl Fake {
    fn with(rows: &[(Pid, Pid)]) -> Fake {
        let mut fake = Fake::default();
        fake.put(ME, 1);
        rows.iter().for_each(|&(pid, ppid)| fake.put(pid, ppid));
        fake
    }

    fn put(&mut self, pid: Pid, ppid: Pid) {
        let start = pid as u64 * 10;
        let stat = Stat { start, ..Stat::made_up(pid, ppid) };
        self.rows.insert(pid, stat);
    }

    fn got(&self, pid: Pid) -> Vec<Signal> {
        self.sent.iter().filter(|(p, _)| *p == pid).map(|(_, s)| *s).collect()
    }
}

impl Kernel for Fake {
    fn stat(&mut self, pid: Pid) -> Option<Stat> {
        let ignored = self.ignored.get(&pid).copied().unwrap_or(0);
        self.rows.get(&pid).map(|&stat| Stat { ignored, ..stat })
    }
    fn reaches(&mut self, pid: Pid, start: u64) -> bool {
        self.stat(pid).is_some_and(|s| s.start == start)
    }
    fn children(&mut self, of: &Stat, out: &mut Vec<Pid>) {
        let mut below: Vec<Pid> = self.rows.values().filter(|s| s.ppid == of.pid).map(|s| s.pid).collect();
        below.sort_unstable();
        for pid in below {
            match self.hidden.get_mut(&pid) {
                Some(left) if *left > 0 => *left -= 1,
                _ => out.push(pid),
            }
        }
    }
    fn traits(&mut self, of: &Stat, _: bool) -> Traits {
        self.traits.get(&of.pid).cloned().unwrap_or_default()
    }
    fn send(&mut self, member: &Stat, sig: Signal) -> Sent {
        if self.refuses.contains(&member.pid) {
            return Sent::Refused;
        }
        match self.rows.get(&member.pid) {
            Some(now) if now.start == member.start => {}
            _ => return Sent::Gone,
        }
        self.sent.push((member.pid, sig));
        let dies = match sig {
            KILL => true,
            HUP | TERM => member.ignored & (1 << (sig - 1)) == 0,
            _ => false,
        };
        if dies && !self.immortal {
            self.rows.remove(&member.pid);
            // The kernel gives its children to the reaper.
            self.rows.values_mut().filter(|s| s.ppid == member.pid).for_each(|s| s.ppid = ME);
        }
        Sent::Done
    }
    fn me(&self) -> Pid {
        ME
    }
}

fn roots() -> Roots {
    Roots { reapers: vec![(ME, ME as u64 * 10)], ..Roots::default() }
}

fn engine(now: Instant, home: Option<&str>) -> Engine {
    let subject = Subject {
        protect: Protect::parse(""),
        root: None,
        home: home.map(str::to_owned),
        group: None,
        stop: crate::sys::signal::TERM,
    };
    Engine::new(Cause::SessionOver, now, GRACE, subject)
}

fn named(comm: &str) -> Traits {
    Traits { comm: comm.to_owned(), ..Traits::default() }
}

#[test]
fn a_polite_tree_is_gone_with_the_first_signal_and_nobody_else_is_touched() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, 201), (300, 1), (301, 300)]), Instant::now());
    let mut e = engine(now, None);
    assert!(matches!(e.round(&mut k, now, &roots()), Round::More(_)));
    assert_eq!(e.round(&mut k, now, &roots()), Round::Empty);
    assert!(k.got(300).is_empty() && k.got(301).is_empty() && k.got(ME).is_empty());
    assert_eq!(k.got(201), [HUP]);
}

#[test]
fn the_deaf_are_frozen_then_killed_at_the_deadline_and_not_before() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, 201)]), Instant::now());
    k.ignored = HashMap::from([(201, u64::MAX), (202, u64::MAX)]);
    let mut e = engine(now, None);
    e.round(&mut k, now, &roots());
    e.round(&mut k, now + GRACE - Duration::from_millis(1), &roots());
    assert!(!k.sent.iter().any(|(_, s)| matches!(*s, KILL | STOP)));
    e.round(&mut k, now + GRACE, &roots());
    assert_eq!(k.got(202), [HUP, TERM, STOP, KILL]);
    assert_eq!(e.round(&mut k, now + GRACE, &roots()), Round::Empty);
}

#[test]
fn what_one_who_was_asked_starts_to_save_his_work_is_left_to_him_for_half_of_the_grace() {
    let (mut k, now) = (Fake::with(&[(201, ME), (210, ME)]), Instant::now());
    k.ignored = HashMap::from([(201, u64::MAX), (210, u64::MAX)]);
    let mut e = engine(now, None);
    e.round(&mut k, now, &roots());
    // A hook and its child, and one whose parent does not wait for it.
    [(202, 201), (203, 202), (204, ME)].into_iter().for_each(|(pid, ppid)| k.put(pid, ppid));
    e.round(&mut k, now + GRACE / 2 - Duration::from_millis(1), &roots());
    assert_eq!((k.got(202), k.got(203)), (vec![], vec![]));
    assert_eq!(k.got(204), [HUP]);
    e.round(&mut k, now + GRACE / 2, &roots());
    assert_eq!((k.got(202), k.got(203)), (vec![HUP], vec![HUP]));
}

#[test]
fn what_is_protected_stays_with_everything_below_it_and_is_named() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, 201), (203, 202), (204, 203), (205, 201)]), Instant::now());
    k.traits.insert(202, named("tmux: server"));
    let mut e = engine(now, None);
    for step in 0..4 {
        e.round(&mut k, now + GRACE * step, &roots());
    }
    for kept in [202, 203, 204] {
        assert!(k.got(kept).is_empty(), "{kept} got {:?}", k.got(kept));
    }
    let report = e.report(&mut k, &roots());
    assert_eq!(report.kept.iter().map(|s| s.pid).collect::<Vec<_>>(), [202, 203, 204]);
    assert_eq!(report.ended, 2);
}

/// One walk may miss a process that is being reparented. Seen late, it is judged then, before it is signalled.
#[test]
fn who_was_missed_by_the_first_walks_keeps_his_protection() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, ME), (203, 202)]), Instant::now());
    k.traits.insert(202, named("ssh-agent"));
    k.ignored.insert(201, u64::MAX);
    k.hidden.insert(202, 2);
    let mut e = engine(now, None);
    for step in 0..4 {
        e.round(&mut k, now + GRACE * step, &roots());
    }
    assert!(k.got(202).is_empty() && k.got(203).is_empty());
    assert_eq!(k.got(201), [HUP, TERM, STOP, KILL]);
}

#[test]
fn one_empty_walk_is_not_the_end() {
    let (mut k, now) = (Fake::with(&[(201, ME)]), Instant::now());
    k.hidden.insert(201, 2);
    let mut e = engine(now, None);
    assert!(matches!(e.round(&mut k, now, &roots()), Round::More(_)));
    assert_eq!(k.got(201), [HUP]);
}

/// The unit of the job counts, not that of whoever ends it: a sweep from cron is in another.
#[test]
fn members_of_the_jobs_own_unit_end_and_who_was_moved_out_of_it_stays() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, ME)]), Instant::now());
    k.traits.insert(ME, Traits { unit: Some("/system.slice/cron.service".into()), ..Traits::default() });
    k.traits.insert(201, Traits { unit: Some("/user.slice/session-3.scope".into()), ..Traits::default() });
    k.traits.insert(202, Traits { unit: Some("/user.slice/tmux-9.scope".into()), ..Traits::default() });
    let mut e = engine(now, Some("/user.slice/session-3.scope"));
    e.round(&mut k, now, &roots());
    assert_eq!(k.got(201), [HUP]);
    assert!(k.got(202).is_empty());
}

/// A number that is somebody else's now falls out of the tree: same pid, other start.
#[test]
fn a_number_that_was_used_again_is_never_signalled() {
    let (mut k, now) = (Fake::with(&[(201, ME), (300, 1)]), Instant::now());
    k.ignored.insert(201, u64::MAX);
    let mut roots = roots();
    roots.members.push((300, 2999));
    let mut e = engine(now, None);
    e.round(&mut k, now, &roots);
    e.remember(&mut roots);
    // 201 ends, and a stranger gets its number.
    k.put(201, 1);
    k.rows.get_mut(&201).unwrap().start = 7777;
    k.sent.clear();
    for step in 0..4 {
        e.round(&mut k, now + GRACE * step, &roots);
    }
    assert!(k.sent.is_empty(), "{:?}", k.sent);
}

#[test]
fn a_stopped_member_is_told_to_go_on_so_that_it_can_act() {
    let (mut k, now) = (Fake::with(&[(201, ME)]), Instant::now());
    k.ignored.insert(201, 1 << (HUP - 1));
    k.immortal = true;
    k.rows.get_mut(&201).unwrap().state = b'T';
    let mut e = engine(now, None);
    e.round(&mut k, now, &roots());
    assert_eq!(k.got(201), [HUP, TERM, CONT]);
}

#[test]
fn another_users_process_is_reported_and_does_not_hold_us() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, ME)]), Instant::now());
    k.refuses.push(202);
    let mut e = engine(now, None);
    e.round(&mut k, now, &roots());
    assert_eq!(e.round(&mut k, now + GRACE, &roots()), Round::Spent);
    let report = e.report(&mut k, &roots());
    assert_eq!(report.survivors.iter().map(|s| s.pid).collect::<Vec<_>>(), [202]);
}

#[test]
fn what_not_even_kill_ends_is_given_up_after_the_bound_and_named() {
    let (mut k, now) = (Fake::with(&[(201, ME)]), Instant::now());
    k.immortal = true;
    k.rows.get_mut(&201).unwrap().state = b'D';
    let mut e = engine(now, None);
    assert!(matches!(e.round(&mut k, now + GRACE, &roots()), Round::More(_)));
    assert_eq!(e.round(&mut k, now + GRACE + super::HARD_BOUND, &roots()), Round::Spent);
    assert_eq!(e.report(&mut k, &roots()).survivors[0].reason, "in uninterruptible sleep (D)");
}

#[test]
fn strangers_and_what_is_below_them_are_never_members() {
    let (mut k, now) = (Fake::with(&[(201, ME), (202, ME), (203, 202)]), Instant::now());
    let mut roots = roots();
    roots.strangers.push((202, 2020));
    let mut e = engine(now, None);
    for step in 0..3 {
        e.round(&mut k, now + GRACE * step, &roots);
    }
    assert!(k.got(202).is_empty() && k.got(203).is_empty() && k.got(201) == [HUP]);
}

#[test]
fn a_tree_of_hundreds_is_not_walked_for_each_that_ends_and_a_small_one_is() {
    let rows = |many: Pid| (0..many).map(|n| (201 + n, ME)).collect::<Vec<_>>();
    for (many, rests) in [(10, false), (300, true)] {
        let (mut k, now) = (Fake::with(&rows(many)), Instant::now());
        let mut e = engine(now, None);
        e.round(&mut k, now, &roots());
        assert_eq!(e.soonest(now) > now, rests, "{many}");
        // Neither the deadline nor the killing after it waits.
        assert!(e.soonest(now + GRACE - Duration::from_millis(1)) <= now + GRACE, "{many}");
        assert_eq!(e.soonest(now + GRACE), now + GRACE, "{many}");
    }
}
