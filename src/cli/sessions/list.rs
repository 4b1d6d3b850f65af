//! `pj sessions`: one row a session. Reads only.

use std::borrow::Cow;

use serde::Serialize;

use super::facts::{self, Facts};
use super::terminal::Terminal;
use crate::cli::gather::{self, Books, age, short};
use crate::cli::out::Out;
use crate::cli::table::{Table, Tone};
use crate::exit;
use crate::process::describe::size;

#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    sessions: Vec<Row<'a>>,
}

/// A session as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    id: String,
    state: &'static str,
    /// How it died, as far as that can be known.
    died: Option<&'static str>,
    stopped: bool,
    #[serde(rename = "self")]
    is_self: bool,
    shell: &'a str,
    pid: i32,
    start: u64,
    terminal: Option<&'a Terminal>,
    tty: Option<&'a str>,
    tty_dev: u64,
    cwd: Option<&'a str>,
    registered_at: &'a str,
    idle_seconds: Option<u64>,
    jobs: usize,
    job_ids: Vec<u64>,
    processes: usize,
    memory: u64,
    state_dir: Cow<'a, str>,
}

/// Lists them, oldest first.
pub(super) fn run(books: &Books, out: &mut Out) -> i32 {
    let all = facts::look(books, books.sessions.iter());
    if out.json {
        out.value(&Listing { schema: "pj.sessions/1", sessions: all.iter().map(row).collect() });
    } else if all.is_empty() {
        out.note("no session is registered\nhint: pj doctor");
    } else {
        out.table(&table(&all, books));
    }
    books.tell_findings(out);
    exit::DONE
}

pub(super) fn row<'a>(f: &'a Facts) -> Row<'a> {
    let s = &f.held.record;
    Row {
        id: s.identity.key(),
        state: f.fate.state(),
        died: f.fate.died(),
        stopped: f.fate == super::fate::Fate::Stopped,
        is_self: f.is_self,
        shell: &s.shell,
        pid: s.identity.pid,
        start: s.identity.start,
        terminal: f.terminal.as_ref(),
        tty: s.tty.as_deref(),
        tty_dev: s.tty_dev,
        cwd: f.cwd.as_deref(),
        registered_at: &s.registered_at,
        idle_seconds: f.idle.map(|d| d.as_secs()),
        jobs: f.jobs.len(),
        job_ids: f.jobs.iter().map(|j| j.record.id).collect(),
        processes: f.processes.len(),
        memory: f.memory(),
        state_dir: f.held.place.root().to_string_lossy(),
    }
}

fn table(all: &[Facts], books: &Books) -> Table {
    let heads = ["ID", "SHELL", "TERMINAL", ">JOBS", "?>MEM", "?>IDLE", "?TTY", "?>SINCE", "STATE", "CWD"];
    let mut table = Table::new(&heads);
    let pids = Pids::of(books);
    for f in all {
        let s = &f.held.record;
        let tone = if f.fate.is_alive() { Tone::Plain } else { Tone::Dim };
        let tty = s.tty.as_deref().unwrap_or_default();
        let memory = if f.processes.is_empty() { String::new() } else { size(f.memory()) };
        table.row(
            tone,
            [
                if pids.has_one(s.identity.pid) { s.identity.pid.to_string() } else { s.identity.key() }.into(),
                s.shell.as_str().into(),
                f.terminal.as_ref().map(Terminal::text).unwrap_or_default().into(),
                f.jobs.len().to_string().into(),
                memory.into(),
                f.idle.map(short).unwrap_or_default().into(),
                tty.strip_prefix("/dev/").unwrap_or(tty).into(),
                age(&s.registered_at).into(),
                state(f).into(),
                f.cwd.as_deref().map(at_home).unwrap_or_default(),
            ],
        );
    }
    table
}

/// How it is, and what of it still waits to be taken back.
fn state(f: &Facts) -> String {
    let word = if f.is_self { "@self" } else { f.fate.word() };
    let waiting = f.jobs.iter().filter_map(|j| Some(format!("job {} {}", j.record.id, gather::waits(&j.record)?)));
    std::iter::once(word.to_owned()).chain(waiting).collect::<Vec<_>>().join(", ")
}

/// All records' pids: one that only one record has is a name that can be typed.
struct Pids(Vec<i32>);

impl Pids {
    fn of(books: &Books) -> Pids {
        let mut all: Vec<i32> = books.sessions.iter().map(|s| s.record.identity.pid).collect();
        all.sort_unstable();
        Pids(all)
    }

    fn has_one(&self, pid: i32) -> bool {
        let first = self.0.partition_point(|&p| p < pid);
        self.0[first..].iter().take_while(|&&p| p == pid).count() == 1
    }
}

/// `~` for the home directory.
fn at_home(path: &str) -> Cow<'_, str> {
    let home = std::env::var("HOME").unwrap_or_default();
    match path.strip_prefix(&home) {
        Some(rest) if home.len() > 1 && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}").into(),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_is_shown_where_it_names_one() {
        let pids = Pids(vec![5, 7, 7, 9]);
        assert!(pids.has_one(5) && pids.has_one(9) && !pids.has_one(7));
    }
}
