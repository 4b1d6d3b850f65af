//! `pj sessions show ID`: all that is known of one session, its jobs, and its processes with their memory. Reads only.

use std::borrow::Cow;

use serde::Serialize;

use super::facts::{self, Facts, Process};
use super::list::{self, Row};
use super::{choose, terminal};
use crate::cli::gather::{Books, age, short};
use crate::cli::list as jobs;
use crate::cli::out::Out;
use crate::cli::table::{Table, Tone};
use crate::error::Result;
use crate::exit;
use crate::process::describe::{command_line, size, text_of};
use crate::sys::os;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    session: Row<'a>,
    jobs: Vec<jobs::Row<'a>>,
    processes: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    pid: i32,
    ppid: i32,
    name: String,
    memory: u64,
    argv: Vec<String>,
}

/// Shows one; the first of its records where there are several.
pub(super) fn run(id: &str, books: &Books, out: &mut Out) -> Result<i32> {
    let found = choose::choose(id, books)?;
    for f in facts::look(books, found.into_iter().take(1)) {
        let rows = jobs::rows(f.jobs.iter().copied(), books, out.json);
        if out.json {
            let processes = f.processes.iter().map(line).collect();
            let schema = "pj.sessions.show/1";
            out.value(&Answer { schema, session: list::row(&f), jobs: rows, processes });
            continue;
        }
        for (head, text) in facts_of(&f) {
            out.line(Tone::Plain, &format!("{head:<9} {text}"));
        }
        if !rows.is_empty() {
            out.text("\n");
            out.table(&jobs::usual(&rows, books));
        }
        if !f.processes.is_empty() {
            out.text("\n");
            out.table(&tree(&f));
        }
    }
    books.tell_findings(out);
    Ok(exit::DONE)
}

fn line(p: &Process) -> Line {
    let (pid, ppid, name) = (p.stat.pid, p.stat.ppid, p.stat.name());
    Line { pid, ppid, name, memory: p.memory, argv: text_of(&os::argv(pid)) }
}

fn facts_of(f: &Facts) -> Vec<(&'static str, String)> {
    let s = &f.held.record;
    let state = match (f.fate.state(), f.fate.died()) {
        (state, Some(how)) => format!("{state}: {how}"),
        (_, None) if f.is_self => format!("{}, this one", f.fate.word()),
        _ => f.fate.word().to_owned(),
    };
    let given = |t: &terminal::Terminal| match (t.from, t.pid) {
        (terminal::From::Environment, _) => format!("{} (only its environment says so)", t.text()),
        (_, Some(pid)) => format!("{} (process {pid})", t.text()),
        _ => t.text(),
    };
    let since = format!("{} ({})", s.registered_at, age(&s.registered_at));
    let mut rows = vec![
        ("session", s.identity.key()),
        ("state", state),
        ("shell", format!("{}, process {}", s.shell, s.identity.pid)),
    ];
    rows.extend(f.terminal.as_ref().map(|t| ("terminal", given(t))));
    rows.extend(s.tty.as_ref().map(|tty| ("tty", tty.clone())));
    rows.extend(f.cwd.as_ref().map(|cwd| ("cwd", cwd.clone())));
    rows.push(("since", since));
    rows.extend(f.idle.map(|d| ("idle", short(d))));
    rows.push(("memory", format!("{} in {} processes", size(f.memory()), f.processes.len())));
    rows.push(("record", f.held.place.session(&s.identity).to_string_lossy().into_owned()));
    rows
}

/// Its processes, by number.
fn tree(f: &Facts) -> Table {
    let mut table = Table::new(&[">PID", "?>PPID", ">MEM", "NAME", "COMMAND"]);
    for p in &f.processes {
        let command = command_line(&text_of(&os::argv(p.stat.pid)));
        let cells = [p.stat.pid.to_string(), p.stat.ppid.to_string(), size(p.memory), p.stat.name(), command];
        table.row(Tone::Plain, cells.map(Cow::from));
    }
    table
}
