//! From the kernel to facts: who there is, which rule names him, and all that the judge wants to know of him. One table for
//! all; what costs more is asked only of those whom a rule names. Signals nobody, writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::judge::{Asked, Facts, Verdict, judge};
use super::origin::{self, Origin, Session};
use super::rule::{self, Matcher, Named};
use super::seen::{Now, Sightings};
use super::{again, unit};
use crate::config::{Rule, Strays};
use crate::kill::protect::Protect;
use crate::kill::{own_line, real};
use crate::process::describe::{base, command_line, escape, text_of};
use crate::process::{Table, lines};
use crate::sys::{self, Pid, Stat, clock, os, tty};

/// Of so much of a processor somebody spins who has no terminal any more: a busy machine leaves nobody all of one.
const SPINS: f64 = 0.25;
/// Over so long at least.
const SPIN_MS: u64 = 1_000;

/// Whom records own, by number and start time, each with what is to be said of it. Whoever reads records tells.
#[derive(Clone, Debug, Default)]
pub struct Owned(pub BTreeMap<(Pid, u64), String>);

impl Owned {
    fn of(&self, stat: &Stat) -> Option<&String> {
        self.0.get(&(stat.pid, stat.start))
    }
}

/// One process with what was found out about it.
#[derive(Clone, Debug)]
pub struct Row {
    /// As it was.
    pub stat: Stat,
    /// Its arguments.
    pub argv: Vec<String>,
    /// How long it has lived.
    pub age: Duration,
    /// For how long it is known to have used no processor time.
    pub idle: Option<Duration>,
    /// It uses a processor, and its terminal is gone.
    pub spins: bool,
    /// Processor time of it and of all below it, in milliseconds.
    pub cpu: u64,
    /// Its rule's place among the rules.
    pub rule: Option<usize>,
    /// What was judged by.
    pub facts: Facts,
    /// What is to be done.
    pub verdict: Verdict,
    /// What is known of where it comes from, in words.
    pub evidence: Vec<String>,
    /// Who is below it.
    pub below: Vec<Stat>,
    /// Who starts it, if he does it again and again; else who adopted it.
    pub parent: (Pid, u64),
}

impl Row {
    /// Its command line, escaped.
    pub fn command(&self) -> String {
        if self.argv.is_empty() { escape(&self.stat.name()) } else { command_line(&self.argv) }
    }

    /// Its memory and that of all below it, in bytes.
    pub fn memory(&self) -> u64 {
        std::iter::once(&self.stat).chain(&self.below).map(memory).sum()
    }

    /// When it was born, in milliseconds since the epoch.
    pub fn born(&self) -> u64 {
        clock::epoch_ms().saturating_sub(self.age.as_millis() as u64)
    }

    /// As a pass writes it down.
    pub fn now(&self, rules: &[Rule]) -> Option<Now> {
        let rule = rules.get(self.rule?)?.text();
        let (pid, start, is_stray, cpu) = (self.stat.pid, self.stat.start, self.verdict.act.is_stray(), self.cpu);
        Some(Now { pid, start, rule, is_stray, cpu })
    }
}

/// Bytes that it holds.
pub fn memory(stat: &Stat) -> u64 {
    if stat.rss > 0 { stat.rss } else { os::resident(stat.pid).unwrap_or(0) }
}

/// One look at everybody.
pub struct Look<'a> {
    table: Table,
    owned: &'a Owned,
    settings: &'a Strays,
    seen: &'a Sightings,
    protect: Protect,
    our_line: Vec<(Pid, u64)>,
    matchers: Vec<Option<Matcher>>,
}

impl<'a> Look<'a> {
    /// Reads the table.
    pub fn new(settings: &'a Strays, owned: &'a Owned, seen: &'a Sightings) -> std::io::Result<Look<'a>> {
        let (table, protect, our_line) = (Table::read()?, Protect::chosen(), own_line());
        let matchers = settings.rules.iter().map(Matcher::of).collect();
        Ok(Look { table, owned, settings, seen, protect, our_line, matchers })
    }

    /// Everybody whom a rule names.
    pub fn rows(&self) -> Vec<Row> {
        let ours = |stat: &&Stat| stat.pid > 1 && !stat.is_dead() && os::user(stat.pid) == Some(sys::euid());
        let mut rows = Vec::new();
        if !self.settings.rules.is_empty() {
            for stat in self.table.iter().filter(ours) {
                let named = named(stat);
                if let Some(at) = self.rule(stat.pid, &named) {
                    rows.push(self.row(stat, named.argv, Some(at)));
                }
            }
        }
        rows
    }

    /// One process, whatever the rules say of it; `None` when there is none of that number.
    pub fn one(&self, pid: Pid) -> Option<Row> {
        let stat = self.table.get(pid).filter(|stat| !stat.is_dead())?;
        let named = named(stat);
        let at = self.rule(pid, &named);
        Some(self.row(stat, named.argv, at))
    }

    /// The first rule that names it.
    fn rule(&self, pid: Pid, one: &Named) -> Option<usize> {
        let mut rules = self.settings.rules.iter().zip(&self.matchers);
        rules.position(|(rule, matcher)| {
            let is_named = matcher.as_ref().is_some_and(|matcher| matcher.names(one));
            is_named && rule::works_there(rule, || os::cwd(pid))
        })
    }

    fn row(&self, stat: &Stat, argv: Vec<String>, at: Option<usize>) -> Row {
        let line: Vec<Stat> =
            std::iter::once(*stat).chain(self.table.ancestors(stat.pid).into_iter().copied()).collect();
        let below: Vec<Stat> = self.table.below(&[stat.pid]).into_iter().copied().filter(|s| !s.is_dead()).collect();
        let Origin { mut is_orphan, live, mut evidence } = origin::origin(&self.table, stat);
        let cpu = std::iter::once(stat).chain(&below).filter_map(|s| os::cpu_ms(s.pid)).sum();
        let age = Duration::from_millis(os::age_ms(stat.start));
        let now = clock::epoch_ms();
        let parent = line.get(1).map_or((0, 0), |p| (p.pid, p.start));
        let rule = at.and_then(|at| self.settings.rules.get(at));
        let sighting = rule.and_then(|rule| self.seen.of(stat.pid, stat.start, &rule.text()));
        let idle = sighting.map(|s| if s.cpu == cpu { now.saturating_sub(s.still) } else { 0 });
        let terminals = os::terminals(stat.pid);
        let gone: Vec<&str> = terminals.iter().filter_map(|t| t.strip_suffix(" (deleted)")).collect();
        evidence.extend(gone.iter().map(|path| format!("it holds {path}, which is gone")));
        // Somebody may still read there what it writes, though nobody leads a session on it any more.
        if let Some(path) = terminals.iter().find(|path| path.starts_with("/dev/pts/") && !path.ends_with(" (deleted)"))
        {
            evidence.push(format!("it holds {path}, which is there"));
            is_orphan = false;
        }
        let spins = (is_orphan || !gone.is_empty()) && spins(cpu, age, sighting.map(|s| (s.cpu, s.last)), now);
        if stat.ignored & 1 != 0 {
            evidence.push("it ignores HUP, as one does that nohup has started".to_owned());
        }
        if spins {
            evidence.push("spinning: it uses a processor, and has no terminal any more".to_owned());
        }
        let born = now.saturating_sub(age.as_millis() as u64);
        let again = again::times(&self.seen.ended, &argv, parent, born);
        let facts = Facts {
            pid: stat.pid,
            is_our_line: self.our_line.contains(&(stat.pid, stat.start)),
            is_kernels: argv.is_empty() && os::exe(stat.pid).is_none(),
            is_anothers: os::user(stat.pid) != Some(sys::euid()),
            is_elsewhere: !os::is_in_namespace(stat.pid),
            owned: self.owner(&line),
            protected: self.shield(&line),
            live: live.or_else(|| self.shares(&terminals)).or_else(|| self.names_a_session(stat)),
            unit: in_unit(stat.pid),
            is_orphan,
            below: self.spared_below(&below),
            asked: rule.map(|rule| asked(rule, age, idle, self.settings.grace)),
            again: again::comes_back(again).then(|| self.starter(again, parent.0)),
            seen_ms: sighting.and_then(|s| s.first).map(|first| now.saturating_sub(first)),
            passes: sighting.filter(|s| s.first.is_some()).map_or(0, |s| s.passes),
        };
        let verdict = judge(&facts);
        let idle = idle.map(Duration::from_millis);
        Row { stat: *stat, argv, age, idle, spins, cpu, rule: at, facts, verdict, evidence, below, parent }
    }

    /// The record that owns it, or somebody above it; or a guard of ours above, whosever records it is in.
    fn owner(&self, line: &[Stat]) -> Option<String> {
        let is_guard =
            |s: &Stat| ["pj-guard", "pj-wrap", "pj-keeper"].iter().any(|name| s.comm.starts_with(name.as_bytes()));
        line.iter().enumerate().find_map(|(at, stat)| match (self.owned.of(stat), at) {
            (Some(who), 0) => Some(who.clone()),
            (Some(who), _) => Some(format!("below {} ({}): {who}", escape(&stat.name()), stat.pid)),
            (None, _) if is_guard(stat) => Some(format!("{} ({}) guards it", escape(&stat.name()), stat.pid)),
            _ => None,
        })
    }

    /// Whoever protects it: itself, or somebody above it, up to the system.
    fn shield(&self, line: &[Stat]) -> Option<String> {
        line.iter().enumerate().take_while(|(at, s)| *at == 0 || !origin::is_manager(s)).find_map(|(at, stat)| {
            let reason = self.protect.reason(&real::traits(stat.pid), None, false)?;
            let whom =
                if at == 0 { "it".to_owned() } else { format!("{} ({}) above it", escape(&stat.name()), stat.pid) };
            Some(format!("{whom} is protected: {reason}"))
        })
    }

    /// Somebody below it whom its end could take along and must not.
    fn spared_below(&self, below: &[Stat]) -> Option<String> {
        below.iter().find_map(|stat| {
            let who = |why: &str| format!("{} ({}), {why}", escape(&stat.name()), stat.pid);
            if self.our_line.contains(&(stat.pid, stat.start)) {
                return Some(who("in which this runs"));
            }
            if let Some(owner) = self.owned.of(stat) {
                return Some(who(owner));
            }
            if matches!(origin::session(&self.table, stat), Session::Lives(_)) {
                return Some(who("in a session that lives"));
            }
            if os::user(stat.pid).is_some_and(|user| user != sys::euid()) {
                return Some(who("which belongs to another user"));
            }
            let traits = real::traits(stat.pid);
            if let Some(unit) = unit::made_for(traits.unit.as_deref(), os::own_unit().as_deref()) {
                return Some(who(&format!("in {}, a unit of systemd's", escape(&unit))));
            }
            let reason = self.protect.reason(&traits, None, false)?;
            Some(who(&format!("which is protected: {reason}")))
        })
    }

    /// A terminal that it holds open and on which somebody leads a session.
    fn shares(&self, terminals: &[String]) -> Option<String> {
        let there = terminals.iter().filter(|path| !path.ends_with(" (deleted)"));
        there.filter_map(|path| Some((path, tty::last_used(path)?.0))).find_map(|(path, dev)| {
            let leads = |s: &&Stat| s.tty_dev == dev && s.sid == s.pid && !s.is_dead();
            let leader = self.table.iter().find(leads)?;
            Some(format!("it holds {path}, where {} ({}) leads a session", escape(&leader.name()), leader.pid))
        })
    }

    /// A session that its environment names and that lives. Where it names one that is over that proves nothing: a
    /// multiplexer hands its first shell's name to every later pane.
    fn names_a_session(&self, stat: &Stat) -> Option<String> {
        let environ = os::environ(stat.pid).ok()?;
        let key = lines(&environ).find_map(|line| std::str::from_utf8(line.strip_prefix(b"PJ_SESSION=")?).ok())?;
        let (pid, start) = key.split_once('-')?;
        let (pid, start): (Pid, u64) = (pid.parse().ok()?, start.parse().ok()?);
        let shell = self.table.get(pid).filter(|s| s.start == start && !s.is_dead())?;
        Some(format!("its environment names the session of {} ({pid}), which lives", escape(&shell.name())))
    }

    /// Who starts it each time.
    fn starter(&self, times: u32, parent: Pid) -> String {
        let name = self.table.get(parent).map_or_else(String::new, |p| escape(&p.name()));
        let unit = os::unit(parent).filter(|path| path != "/");
        let unit = unit.map_or_else(String::new, |path| format!(" of {}", escape(base(&path))));
        format!("it was ended {times} times, and each time {name} ({parent}){unit} started it again: end that first")
    }

    /// How many terminals are attached to each tmux server of ours.
    pub fn multiplexers(&self) -> Vec<(Stat, usize)> {
        let ours = |s: &&Stat| s.comm.starts_with(b"tmux: server") && os::user(s.pid) == Some(sys::euid());
        let clients = |s: &Stat| {
            let held = os::terminals(s.pid);
            let there = held.iter().filter(|t| t.starts_with("/dev/pts/") && !t.ends_with(" (deleted)"));
            there.collect::<BTreeSet<_>>().len()
        };
        self.table.iter().filter(ours).map(|s| (*s, clients(s))).collect()
    }
}

/// How to stop the unit of systemd's that was made for it.
fn in_unit(pid: Pid) -> Option<String> {
    let path = os::unit(pid)?;
    let unit = unit::made_for(Some(&path), os::own_unit().as_deref())?;
    Some(unit::stop(&escape(&path), &escape(&unit)))
}

fn named(stat: &Stat) -> Named {
    let exe = os::exe(stat.pid).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    Named { comm: stat.name(), exe, argv: text_of(&os::argv(stat.pid)) }
}

fn asked(rule: &Rule, age: Duration, idle_ms: Option<u64>, grace: Duration) -> Asked {
    let wanted = rule.idle.as_millis() as u64;
    let left = wanted.saturating_sub(idle_ms.unwrap_or(0));
    Asked {
        name: rule.name.clone(),
        orphan: rule.orphan,
        kill: rule.kill,
        is_old: age >= rule.min_age,
        busy_ms: (left > 0).then_some(left),
        grace_ms: rule.grace.unwrap_or(grace).as_millis() as u64,
    }
}

/// Does it use a processor? Since it was last seen, else over all of its life.
fn spins(cpu: u64, age: Duration, before: Option<(u64, u64)>, now: u64) -> bool {
    let share = |used: u64, over: u64| over >= SPIN_MS && used as f64 >= SPINS * over as f64;
    match before {
        Some((used, at)) if now.saturating_sub(at) >= SPIN_MS => share(cpu.saturating_sub(used), now - at),
        _ => share(cpu, age.as_millis() as u64),
    }
}
