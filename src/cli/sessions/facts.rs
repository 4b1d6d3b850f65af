//! What is known of sessions now: read once for all of them, from one snapshot of the process table. Changes nothing.
//!
//! The memory of a session is what is resident in everything below its shell and in the trees of its jobs, wherever
//! they hang by now; the shell itself is not in it. Pages that processes share count in each.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::choose;
use super::devices::Devices;
use super::fate::Fate;
use super::terminal::{self, Above, Terminal};
use super::tmux;
use crate::cli::gather::{Books, Held, same};
use crate::process::describe::text_of;
use crate::process::{Identity, Table};
use crate::record::{Job, Session, members};
use crate::sys::{Pid, Stat, os};

/// One process of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub(super) stat: Stat,
    /// Bytes that are resident.
    pub(super) memory: u64,
}

/// One session.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) held: &'a Held<Session>,
    pub(super) fate: Fate,
    pub(super) terminal: Option<Terminal>,
    pub(super) cwd: Option<String>,
    pub(super) idle: Option<Duration>,
    pub(super) jobs: Vec<&'a Held<Job>>,
    pub(super) processes: Vec<Process>,
    pub(super) is_self: bool,
}

impl Facts<'_> {
    pub(super) fn memory(&self) -> u64 {
        self.processes.iter().map(|p| p.memory).sum()
    }
}

type Key = (Pid, u64);

fn key(who: &Identity) -> Key {
    (who.pid, who.start)
}

/// What all sessions are judged by.
struct Snapshot<'a, 't> {
    table: &'t Table,
    devices: Devices,
    jobs: BTreeMap<Key, Vec<&'a Held<Job>>>,
    argv: BTreeMap<Pid, Vec<String>>,
    panes: BTreeMap<String, BTreeMap<String, String>>,
    own: Option<Identity>,
    now: SystemTime,
}

/// The facts of these sessions.
pub(super) fn look<'a>(books: &'a Books, which: impl Iterator<Item = &'a Held<Session>>) -> Vec<Facts<'a>> {
    // Without a table nobody is alive; better nobody than somebody wrong.
    let table = Table::read().unwrap_or_default();
    let mut jobs: BTreeMap<Key, Vec<&Held<Job>>> = BTreeMap::new();
    for job in &books.jobs {
        if let Some(owner) = &job.record.owner.session {
            jobs.entry(key(owner)).or_default().push(job);
        }
    }
    let mut snapshot = Snapshot {
        table: &table,
        devices: Devices::list(),
        jobs,
        argv: BTreeMap::new(),
        panes: BTreeMap::new(),
        own: choose::own(books),
        now: SystemTime::now(),
    };
    which.map(|held| snapshot.facts(held)).collect()
}

impl<'a> Snapshot<'a, '_> {
    fn facts(&mut self, held: &'a Held<Session>) -> Facts<'a> {
        let s = &held.record;
        let used = s.tty.as_deref().and_then(|path| self.devices.last_used(path, s.tty_dev));
        let fate = Fate::of(s, self.table, used.is_some());
        let is_alive = fate.is_alive();
        let owned = |j: &&&Held<Job>| j.record.owner.session.as_ref().is_some_and(|o| same(o, &s.identity));
        let jobs: Vec<_> = self.jobs.get(&key(&s.identity)).into_iter().flatten().filter(owned).copied().collect();
        let processes = self.processes(s, fate, &jobs);
        Facts {
            held,
            fate,
            terminal: if is_alive { self.terminal(s) } else { None },
            cwd: if is_alive { os::cwd(s.identity.pid) } else { None }.map(|p| p.to_string_lossy().into_owned()),
            idle: used.filter(|_| is_alive).map(|at| self.now.duration_since(at).unwrap_or_default()),
            jobs,
            processes,
            is_self: self.own.as_ref().is_some_and(|o| same(o, &s.identity)),
        }
    }

    fn terminal(&mut self, s: &Session) -> Option<Terminal> {
        let pid = s.identity.pid;
        let above: Vec<Above> = self.table.ancestors(pid).into_iter().map(|a| self.above(a, s)).collect();
        let text = OnceCell::new();
        let env = |name: &str| {
            let text: &Vec<u8> = text.get_or_init(|| os::environ(pid).unwrap_or_default());
            text.split(|&b| b == 0).find_map(|line| {
                let value = line.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
                Some(String::from_utf8_lossy(value).into_owned())
            })
        };
        let mut found = terminal::judge(&above, s.tty.as_deref(), &env)?;
        if found.program == "tmux"
            && let (Some(pane), Some(at)) = (&found.place, env("TMUX"))
            && let Some((socket, _)) = terminal::tmux_server(&at)
        {
            let panes = self.panes.entry(socket.to_owned()).or_insert_with_key(|socket| tmux::panes(socket));
            found.place = panes.get(pane).or(Some(pane)).cloned();
        }
        Some(found)
    }

    fn above(&mut self, a: &Stat, s: &Session) -> Above {
        let is_on_it = a.tty_dev == s.tty_dev;
        let argv = match is_on_it {
            true => Vec::new(),
            false => self.argv.entry(a.pid).or_insert_with(|| text_of(&os::argv(a.pid))).clone(),
        };
        Above { pid: a.pid, comm: a.name(), argv, is_on_it }
    }

    /// Everything below the shell, and the jobs' trees, each process once.
    fn processes(&self, s: &Session, fate: Fate, jobs: &[&Held<Job>]) -> Vec<Process> {
        if matches!(fate, Fate::Elsewhere | Fate::Rebooted) {
            return Vec::new();
        }
        let shell = self.living(&s.identity);
        let mut roots: BTreeSet<Pid> = BTreeSet::new();
        for job in jobs {
            let census = std::fs::read_to_string(job.place.members(job.record.id)).unwrap_or_default();
            let seen = members::read(&census).into_iter().map(|m| m.identity);
            let j = &job.record;
            let named = [&j.guard, &j.front, &j.root].into_iter().flatten().cloned();
            roots.extend(named.chain(seen).filter_map(|who| self.living(&who)).map(|row| row.pid));
        }
        if shell.is_none() && roots.is_empty() {
            return Vec::new();
        }
        let below: Vec<Pid> = shell.iter().map(|row| row.pid).chain(roots.iter().copied()).collect();
        let found = self.table.below(&below).into_iter().filter(|row| !row.is_dead());
        let mut all: BTreeMap<Pid, &Stat> = found.map(|row| (row.pid, row)).collect();
        all.extend(roots.iter().filter_map(|pid| Some((*pid, self.table.get(*pid)?))));
        let process = |stat: &Stat| Process { stat: *stat, memory: os::resident(stat.pid).unwrap_or(0) };
        all.values().map(|row| process(row)).collect()
    }

    fn living(&self, who: &Identity) -> Option<&Stat> {
        self.table.get(who.pid).filter(|row| who.is_here(row) && !row.is_dead())
    }
}
