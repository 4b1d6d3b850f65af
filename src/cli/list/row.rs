//! A job as `pj list` tells it: its record, and how those live whom it names. Looks at nobody twice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::cli::gather::{self, Books, Health, Held, same};
use crate::cli::sessions;
use crate::process::{Identity, Looks};
use crate::record::job::{Exit, State, Terminal};
use crate::record::{Job, Session, living, store};
use crate::sys::Pid;

/// All words for a job's state.
pub(in crate::cli) const STATES: [&str; 10] =
    ["running", "lingering", "ending", "ended", "lost", "detached", "resting", "exited", "failed", "killed"];

/// A job as JSON.
#[derive(Serialize)]
pub(in crate::cli) struct Row<'a> {
    pub(in crate::cli) id: u64,
    pub(in crate::cli) uid: &'a str,
    pub(in crate::cli) name: Option<&'a str>,
    pub(in crate::cli) title: String,
    pub(in crate::cli) tags: &'a [String],
    pub(in crate::cli) groups: &'a [String],
    /// `wrap`, or `add`: without a guard.
    pub(in crate::cli) kind: &'a str,
    /// Of an adopted job: with everything below it.
    pub(in crate::cli) tree: bool,
    pub(in crate::cli) state: &'static str,
    /// Does anybody whom the record names live?
    pub(in crate::cli) alive: bool,
    /// Of a job whose terminal has closed: that somebody is attached, or how long it waits for that.
    pub(in crate::cli) waits: Option<String>,
    pub(in crate::cli) keep: Option<&'a str>,
    pub(in crate::cli) owner: Option<Owner<'a>>,
    pub(in crate::cli) pid: Option<i32>,
    pub(in crate::cli) guard: Option<Process>,
    pub(in crate::cli) front: Option<Process>,
    /// An adopted process has its own, whatever it is.
    pub(in crate::cli) terminal: Option<Terminal>,
    pub(in crate::cli) cwd: Option<&'a str>,
    pub(in crate::cli) argv: &'a [String],
    pub(in crate::cli) created_at: &'a str,
    pub(in crate::cli) started_at: Option<&'a str>,
    pub(in crate::cli) exit: Option<&'a Exit>,
    /// When somebody looked and it lived; filled in where it is told.
    pub(in crate::cli) last_seen: Option<String>,
    pub(in crate::cli) state_dir: Cow<'a, str>,
}

#[derive(Serialize)]
pub(in crate::cli) struct Owner<'a> {
    pub(in crate::cli) session: String,
    pub(in crate::cli) state: &'static str,
    pub(in crate::cli) shell: Option<&'a str>,
    pub(in crate::cli) tty: Option<&'a str>,
}

#[derive(Serialize)]
pub(in crate::cli) struct Process {
    pub(in crate::cli) pid: i32,
    #[serde(serialize_with = "word")]
    pub(in crate::cli) state: Health,
}

fn word<S: Serializer>(health: &Health, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(health.word())
}

/// These jobs as they are now. Nobody is looked at twice, and a front only where it tells something: beside a guard that
/// lives it is in the JSON alone, as is whether anybody of a lost job lives (`whole`).
pub(in crate::cli) fn rows<'a>(
    jobs: impl IntoIterator<Item = &'a Held<Job>>,
    books: &'a Books,
    whole: bool,
) -> Vec<Row<'a>> {
    let mut owners = Owners::of(books);
    let jobs: Vec<&Held<Job>> = jobs.into_iter().collect();
    let records = || jobs.iter().map(|held| &held.record);
    // Of an ended job who guarded it is asked for the JSON alone.
    let guards =
        records().filter(|j| !matches!(j.state, State::Ended | State::Exited)).filter_map(|j| j.guard.as_ref());
    owners.looks.ahead(guards.chain(records().filter_map(|j| j.owner.session.as_ref())));
    jobs.into_iter().map(|j| row(j, &mut owners, whole)).collect()
}

fn row<'a>(held: &'a Held<Job>, owners: &mut Owners<'a>, whole: bool) -> Row<'a> {
    let j = &held.record;
    let mut process = |i: &Identity| Process { pid: i.pid, state: Health::seen(i, &mut owners.looks) };
    let guard = j.guard.as_ref().map(&mut process);
    let tells = whole || guard.as_ref().is_none_or(|g| g.state == Health::Gone);
    let front = j.front.as_ref().filter(|_| tells).map(process);
    let is_gone = |p: &Option<Process>| p.as_ref().is_none_or(|p| p.state == Health::Gone);
    let is_lost = is_gone(&guard) && is_gone(&front);
    let state = word_of(held, is_lost, &mut owners.looks);
    let alive = match state {
        _ if !is_lost => true,
        "running" | "lingering" => true,
        // Of thousands that are lost each census would be read, and nobody asked.
        _ if !whole => false,
        _ => living::lives(&held.place, j, &mut owners.looks),
    };
    Row {
        id: j.id,
        uid: &j.uid,
        name: j.name.as_deref(),
        title: j.title(),
        tags: &j.tags,
        groups: &j.groups,
        kind: &j.kind,
        tree: j.tree,
        state,
        alive,
        waits: gather::waits(j).filter(|_| state == "detached"),
        keep: keeps(held, alive),
        owner: j.owner.session.as_ref().map(|shell| owners.look(shell)),
        pid: j.root.as_ref().map(|r| r.pid),
        guard,
        front,
        terminal: Some(j.terminal).filter(|_| !j.is_adopted()),
        cwd: j.cwd.as_deref(),
        argv: &j.argv,
        created_at: &j.created_at,
        started_at: j.started_at.as_deref(),
        exit: j.exit.as_ref(),
        last_seen: None,
        state_dir: held.place.root().to_string_lossy(),
    }
}

impl Row<'_> {
    /// The processes that the record names, and how each lives.
    pub(in crate::cli) fn process_text(&self) -> Option<String> {
        let one =
            |head: &str, p: &Option<Process>| Some(format!("{head} {} {}", p.as_ref()?.pid, p.as_ref()?.state.word()));
        let root = self.pid.map(|pid| format!("command {pid}"));
        let all: Vec<String> =
            [root, one("guard", &self.guard), one("front", &self.front)].into_iter().flatten().collect();
        Some(all.join(", ")).filter(|text| !text.is_empty())
    }
}

/// The shells that jobs belong to. One may have many jobs, and there may be a thousand of either.
struct Owners<'a> {
    registered: BTreeMap<(Pid, u64), Vec<&'a Session>>,
    looks: Looks,
}

impl<'a> Owners<'a> {
    fn of(books: &'a Books) -> Owners<'a> {
        let mut registered: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for s in books.sessions.iter().map(|held| &held.record) {
            registered.entry((s.identity.pid, s.identity.start)).or_default().push(s);
        }
        Owners { registered, looks: Looks::default() }
    }

    fn look(&mut self, shell: &'a Identity) -> Owner<'a> {
        let key = (shell.pid, shell.start);
        let session = self.registered.get(&key).into_iter().flatten().find(|s| same(&s.identity, shell)).copied();
        let state = match session {
            Some(session) => sessions::state(session, &mut self.looks),
            None => unregistered(shell, &mut self.looks),
        };
        Owner {
            session: shell.key(),
            state,
            shell: session.map(|s| s.shell.as_str()),
            tty: session.and_then(|s| s.tty.as_deref()),
        }
    }
}

fn unregistered(shell: &Identity, looks: &mut Looks) -> &'static str {
    match Health::seen(shell, looks) {
        Health::Gone => "over",
        Health::Elsewhere => "elsewhere",
        Health::Alive | Health::Stopped => "alive",
    }
}

/// Why it outlives its session, if it does: what was said last, of one that lives.
fn keeps(held: &Held<Job>, alive: bool) -> Option<&str> {
    match alive.then(|| store::kept(&held.place, &held.record)).flatten() {
        Some(true) => Some(held.record.keep.as_deref().unwrap_or("pj keep")),
        Some(false) => None,
        None => held.record.keep.as_deref(),
    }
}

/// The record's state, or `lost` when nobody guards the job any more. An adopted job was never guarded: its state is its
/// process's.
pub(in crate::cli) fn state(held: &Held<Job>) -> &'static str {
    state_among(held, &mut Looks::default())
}

/// The same of one among many.
pub(in crate::cli) fn state_among(held: &Held<Job>, looks: &mut Looks) -> &'static str {
    let j = &held.record;
    let mut is_gone = |i: &Option<Identity>| i.as_ref().is_none_or(|i| Health::seen(i, looks) == Health::Gone);
    let is_lost = is_gone(&j.guard) && is_gone(&j.front);
    word_of(held, is_lost, looks)
}

fn word_of(held: &Held<Job>, is_lost: bool, looks: &mut Looks) -> &'static str {
    let j = &held.record;
    let is_there = |looks: &mut Looks| j.root.as_ref().is_some_and(|r| Health::seen(r, looks) != Health::Gone);
    match j.state {
        _ if j.is_adopted() && is_there(looks) => "running",
        _ if j.is_adopted() && living::below(&held.place, j, looks) => "lingering",
        _ if j.is_adopted() => "ended",
        State::Ended => "ended",
        State::Exited => exited(j),
        _ if is_lost => "lost",
        // Its guard has not written down yet that the command has ended, or cannot: what it has left behind may go on.
        State::Running if !is_there(looks) => "lingering",
        State::Running => "running",
        State::Lingering => "lingering",
        State::Ending => "ending",
        State::Detached => "detached",
        State::Resting => "resting",
    }
}

/// How a job ended of which nobody is left: nobody knows of one whose guard was killed.
fn exited(job: &Job) -> &'static str {
    match job.exit.as_ref().map(|exit| (exit.code, exit.signal)) {
        Some((Some(0), _)) => "exited",
        Some((Some(_), _)) => "failed",
        Some((None, Some(_))) => "killed",
        Some((None, None)) | None => "lost",
    }
}
