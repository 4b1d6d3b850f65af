//! `pj list`: the jobs on record and how they are. Reads only.

use serde::Serialize;

use super::gather::{Books, Health, Held, age};
use super::out::Out;
use super::table::{Table, Tone};
use super::{pick, sessions};
use crate::error::Result;
use crate::exit;
use crate::process::describe::command_line;
use crate::record::Job;
use crate::record::job::{Exit, State, Terminal};

/// What to list.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Jobs by id, name, pattern (web*) or session (@self, @PID); none: all
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
}

#[derive(Serialize)]
struct Listing {
    schema: &'static str,
    jobs: Vec<Row>,
}

/// A job as JSON.
#[derive(Serialize)]
pub(super) struct Row {
    id: u64,
    uid: String,
    name: Option<String>,
    title: String,
    tags: Vec<String>,
    groups: Vec<String>,
    state: &'static str,
    keep: Option<String>,
    owner: Option<Owner>,
    pid: Option<i32>,
    guard: Option<Process>,
    front: Option<Process>,
    terminal: Terminal,
    cwd: Option<String>,
    argv: Vec<String>,
    created_at: String,
    started_at: Option<String>,
    exit: Option<Exit>,
    state_dir: String,
}

#[derive(Serialize)]
struct Owner {
    session: String,
    state: &'static str,
    shell: Option<String>,
    tty: Option<String>,
}

#[derive(Serialize)]
struct Process {
    pid: i32,
    state: &'static str,
}

/// Lists them, by id.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let wanted = pick::Wanted::read(&args.selectors, &books)?;
    let found: Vec<&Held<Job>> = books.jobs.iter().filter(|j| wanted.has(&j.record)).collect();
    if !args.selectors.is_empty() && found.is_empty() {
        return Err(pick::nothing(&args.selectors));
    }
    let rows: Vec<Row> = found.into_iter().map(|j| row(j, &books)).collect();
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

pub(super) fn row(held: &Held<Job>, books: &Books) -> Row {
    let j = &held.record;
    let process = |i: &crate::process::Identity| Process { pid: i.pid, state: Health::of(i).word() };
    Row {
        id: j.id,
        uid: j.uid.clone(),
        name: j.name.clone(),
        title: j.title(),
        tags: j.tags.clone(),
        groups: j.groups.clone(),
        state: state(j),
        keep: j.keep.clone(),
        owner: j.owner.session.as_ref().map(|shell| owner(shell, books)),
        pid: j.root.as_ref().map(|r| r.pid),
        guard: j.guard.as_ref().map(process),
        front: j.front.as_ref().map(process),
        terminal: j.terminal,
        cwd: j.cwd.clone(),
        argv: j.argv.clone(),
        created_at: j.created_at.clone(),
        started_at: j.started_at.clone(),
        exit: j.exit.clone(),
        state_dir: held.place.root().to_string_lossy().into_owned(),
    }
}

fn owner(shell: &crate::process::Identity, books: &Books) -> Owner {
    let session = books.session(shell);
    let unregistered = || match Health::of(shell) {
        Health::Gone => "over",
        Health::Elsewhere => "elsewhere",
        Health::Alive | Health::Stopped => "alive",
    };
    Owner {
        session: shell.key(),
        state: session.map_or_else(unregistered, sessions::state),
        shell: session.map(|s| s.shell.clone()),
        tty: session.and_then(|s| s.tty.clone()),
    }
}

/// The record's state, or `lost` when nobody guards the job any more.
pub(super) fn state(j: &Job) -> &'static str {
    let is_gone = |i: &Option<crate::process::Identity>| i.as_ref().is_none_or(|i| Health::of(i) == Health::Gone);
    match j.state {
        State::Ended => "ended",
        _ if is_gone(&j.guard) && is_gone(&j.front) => "lost",
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
        let guard = r.guard.as_ref().map_or("", |g| g.state);
        let state = if guard == "stopped" { format!("{} (guard stopped)", r.state) } else { r.state.to_owned() };
        let terminal = match r.terminal {
            Terminal::Pty => "pty",
            Terminal::Direct => "direct",
        };
        table.row(
            tone,
            vec![
                r.id.to_string(),
                r.title.clone(),
                state,
                r.keep.clone().unwrap_or_default(),
                r.pid.map(|p| p.to_string()).unwrap_or_default(),
                r.owner.as_ref().map(owner_text).unwrap_or_default(),
                terminal.into(),
                age(r.started_at.as_deref().unwrap_or(&r.created_at)),
                if with_place { r.state_dir.clone() } else { String::new() },
                command_line(&r.argv),
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
