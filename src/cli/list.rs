//! `pj list`: the jobs on record and how they are. Reads only.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::gather::{Books, Health, Held, age, same};
use super::out::Out;
use super::table::{Table, Tone};
use super::{pick, sessions};
use crate::error::Result;
use crate::exit;
use crate::process::describe::command_line;
use crate::process::{Identity, Looks};
use crate::record::job::{Exit, State, Terminal};
use crate::record::{Job, Session};
use crate::sys::Pid;

/// What to list.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Jobs by id, name, pattern (web*) or session (@self, @PID); none: all
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
}

#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    jobs: Vec<Row<'a>>,
}

/// A job as JSON.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: u64,
    uid: &'a str,
    name: Option<&'a str>,
    title: String,
    tags: &'a [String],
    groups: &'a [String],
    state: &'static str,
    keep: Option<&'a str>,
    owner: Option<Owner<'a>>,
    pid: Option<i32>,
    guard: Option<Process>,
    front: Option<Process>,
    terminal: Terminal,
    cwd: Option<&'a str>,
    argv: &'a [String],
    created_at: &'a str,
    started_at: Option<&'a str>,
    exit: Option<&'a Exit>,
    state_dir: Cow<'a, str>,
}

#[derive(Serialize)]
struct Owner<'a> {
    session: String,
    state: &'static str,
    shell: Option<&'a str>,
    tty: Option<&'a str>,
}

#[derive(Serialize)]
struct Process {
    pid: i32,
    #[serde(serialize_with = "word")]
    state: Health,
}

fn word<S: Serializer>(health: &Health, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(health.word())
}

/// Lists them, by id.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read().kept();
    let wanted = pick::Wanted::read(&args.selectors, books)?;
    let found: Vec<&Held<Job>> = books.jobs.iter().filter(|j| wanted.has(&j.record)).collect();
    if !args.selectors.is_empty() && found.is_empty() {
        return Err(pick::nothing(&args.selectors));
    }
    let rows = rows(found, books, out.json);
    if out.json {
        out.value(&Listing { schema: "pj.list/1", jobs: rows });
    } else if rows.is_empty() {
        out.note("no jobs");
    } else {
        out.table(&table(&rows, books.has_several_places()));
    }
    books.tell_findings(out);
    Ok(exit::DONE)
}

/// These jobs as they are now. Nobody is looked at twice, and a front only where it tells something: beside a guard that
/// lives it is in the JSON alone (`whole`).
pub(super) fn rows<'a>(jobs: impl IntoIterator<Item = &'a Held<Job>>, books: &'a Books, whole: bool) -> Vec<Row<'a>> {
    let mut owners = Owners::of(books);
    jobs.into_iter().map(|j| row(j, &mut owners, whole)).collect()
}

fn row<'a>(held: &'a Held<Job>, owners: &mut Owners<'a>, whole: bool) -> Row<'a> {
    let j = &held.record;
    let mut process = |i: &Identity| Process { pid: i.pid, state: Health::seen(i, &mut owners.looks) };
    let guard = j.guard.as_ref().map(&mut process);
    let tells = whole || guard.as_ref().is_none_or(|g| g.state == Health::Gone);
    let front = j.front.as_ref().filter(|_| tells).map(process);
    let is_gone = |p: &Option<Process>| p.as_ref().is_none_or(|p| p.state == Health::Gone);
    Row {
        id: j.id,
        uid: &j.uid,
        name: j.name.as_deref(),
        title: j.title(),
        tags: &j.tags,
        groups: &j.groups,
        state: word_of(j.state, is_gone(&guard) && is_gone(&front)),
        keep: j.keep.as_deref(),
        owner: j.owner.session.as_ref().map(|shell| owners.look(shell)),
        pid: j.root.as_ref().map(|r| r.pid),
        guard,
        front,
        terminal: j.terminal,
        cwd: j.cwd.as_deref(),
        argv: &j.argv,
        created_at: &j.created_at,
        started_at: j.started_at.as_deref(),
        exit: j.exit.as_ref(),
        state_dir: held.place.root().to_string_lossy(),
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

/// The record's state, or `lost` when nobody guards the job any more.
pub(super) fn state(j: &Job) -> &'static str {
    let is_gone = |i: &Option<Identity>| i.as_ref().is_none_or(|i| Health::of(i) == Health::Gone);
    word_of(j.state, is_gone(&j.guard) && is_gone(&j.front))
}

fn word_of(state: State, is_lost: bool) -> &'static str {
    match state {
        State::Ended => "ended",
        _ if is_lost => "lost",
        State::Running => "running",
        State::Lingering => "lingering",
        State::Ending => "ending",
    }
}

pub(super) fn table(rows: &[Row], with_place: bool) -> Table {
    let mut table =
        Table::new(&[">ID", "NAME", "STATE", "?KEEP", "?>PID", "?OWNER", "?TERM", "?>AGE", "STATE DIR", "COMMAND"]);
    for r in rows {
        let tone = match r.state {
            "lost" => Tone::Warn,
            "ended" => Tone::Dim,
            _ => Tone::Plain,
        };
        let is_stopped = r.guard.as_ref().is_some_and(|g| g.state == Health::Stopped);
        let terminal = match r.terminal {
            Terminal::Pty => "pty",
            Terminal::Direct => "direct",
        };
        table.row(
            tone,
            [
                r.id.to_string().into(),
                (&*r.title).into(),
                if is_stopped { format!("{} (guard stopped)", r.state).into() } else { r.state.into() },
                r.keep.unwrap_or_default().into(),
                r.pid.map(|p| p.to_string()).unwrap_or_default().into(),
                r.owner.as_ref().map(owner_text).unwrap_or_default().into(),
                terminal.into(),
                age(r.started_at.unwrap_or(r.created_at)).into(),
                if with_place { &*r.state_dir } else { "" }.into(),
                command_line(r.argv).into(),
            ],
        );
    }
    table
}

fn owner_text(o: &Owner) -> String {
    let who = match (&o.shell, &o.tty) {
        (Some(shell), Some(tty)) => format!("{shell} {}", tty.strip_prefix("/dev/").unwrap_or(tty)),
        (Some(shell), None) => format!("{shell} {}", o.session),
        _ => o.session.clone(),
    };
    if o.state == "alive" { who } else { format!("{who} ({})", o.state) }
}
