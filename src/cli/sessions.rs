//! `pj sessions`: the shells that registered. Reads only.

use serde::Serialize;

use super::gather::{Books, age, same};
use super::out::Out;
use super::table::{Table, Tone};
use crate::error::Result;
use crate::exit;
use crate::process::Life;
use crate::record::Session;

#[derive(Serialize)]
struct Listing {
    schema: &'static str,
    sessions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    state: &'static str,
    shell: String,
    pid: i32,
    start: u64,
    tty: Option<String>,
    tty_dev: u64,
    registered_at: String,
    jobs: usize,
}

/// Lists them, oldest first.
pub(super) fn run(out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let rows: Vec<Row> = books.sessions.iter().map(|s| row(&s.record, &books)).collect();
    if out.json {
        out.value(&Listing { schema: "pj.sessions/1", sessions: rows });
    } else if rows.is_empty() {
        out.note("no session is registered\nhint: pj doctor");
    } else {
        let mut table = Table::new(&["ID", "SHELL", "TTY", "SINCE", "STATE", ">JOBS"]);
        for r in rows {
            let tone = if r.state == "alive" { Tone::Plain } else { Tone::Dim };
            let tty = r.tty.unwrap_or_default();
            let tty = tty.strip_prefix("/dev/").unwrap_or(&tty).to_owned();
            table.row(tone, vec![r.id, r.shell, tty, age(&r.registered_at), r.state.into(), r.jobs.to_string()]);
        }
        out.table(&table);
    }
    books.tell_findings(out);
    Ok(exit::DONE)
}

fn row(s: &Session, books: &Books) -> Row {
    let is_owner = |j: &&super::gather::Held<crate::record::Job>| {
        j.record.owner.session.as_ref().is_some_and(|o| same(o, &s.identity))
    };
    Row {
        id: s.identity.key(),
        state: state(s),
        shell: s.shell.clone(),
        pid: s.identity.pid,
        start: s.identity.start,
        tty: s.tty.clone(),
        tty_dev: s.tty_dev,
        registered_at: s.registered_at.clone(),
        jobs: books.jobs.iter().filter(is_owner).count(),
    }
}

/// `alive`, `over`, or `elsewhere` (another pid namespace's).
pub(super) fn state(s: &Session) -> &'static str {
    match s.identity.life() {
        Life::Elsewhere => "elsewhere",
        _ if s.is_alive() => "alive",
        _ => "over",
    }
}
