//! `pj port --list`: who listens where, and for which job and session. Ends nobody.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::gather::Books;
use super::super::out::Out;
use super::super::table::{Table, Tone};
use super::look;
use super::whose::Judgement;
use crate::error::Result;
use crate::exit;
use crate::ports::{Holding, Listener, Proto, Survey};
use crate::process::describe;
use crate::sys::{Pid, os};

/// One listener and one who holds it; nobody, where nobody can be seen.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) proto: &'static str,
    pub(super) local_addr: String,
    pub(super) local_port: u16,
    pub(super) pid: Option<Pid>,
    pub(super) job: Option<u64>,
    pub(super) session: Option<String>,
    pub(super) cmd: String,
    /// Who handed the socket down to him.
    #[serde(skip)]
    pub(super) from: Option<Pid>,
}

/// A socket whose holder cannot be seen.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Unseen {
    proto: &'static str,
    local_addr: String,
    local_port: u16,
    reason: String,
}

impl Unseen {
    pub(super) fn is_on(&self, port: u16) -> bool {
        self.local_port == port
    }

    /// `127.0.0.1: why`
    pub(super) fn text(&self) -> String {
        format!("{}: {}", self.local_addr, self.reason)
    }
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    listeners: Vec<&'a Row>,
    inheritors: Vec<&'a Row>,
    ghosts: Vec<Unseen>,
}

/// All of a survey: for each socket its heads, then its inheritors.
pub(super) fn rows(survey: &Survey, judgement: &Judgement) -> Vec<Row> {
    // Each process is looked up once, however many sockets it holds; there may be thousands of both.
    let mut held: BTreeMap<u64, Vec<(Option<Pid>, usize)>> = BTreeMap::new();
    for (at, holding) in survey.holders.iter().enumerate() {
        for socket in &holding.sockets {
            held.entry(socket.listener.inode).or_default().push((socket.from, at));
        }
    }
    let told: Vec<Row> = survey.holders.iter().map(|h| told(h, judgement)).collect();
    let mut rows = Vec::with_capacity(survey.listeners.len());
    for l in &survey.listeners {
        let Some(own) = held.get_mut(&l.inode) else {
            rows.push(row(l, None, &Row::nobody()));
            continue;
        };
        own.sort_by_key(|(from, _)| from.is_some());
        rows.extend(own.iter().map(|(from, at)| row(l, *from, &told[*at])));
    }
    rows
}

impl Row {
    fn nobody() -> Row {
        let (local_addr, cmd) = (String::new(), String::new());
        Row { proto: "", local_addr, local_port: 0, pid: None, job: None, session: None, cmd, from: None }
    }
}

fn row(l: &Listener, from: Option<Pid>, about: &Row) -> Row {
    let (proto, local_addr, local_port) = (l.proto.name(), l.addr.ip().to_string(), l.addr.port());
    Row { proto, local_addr, local_port, from, ..about.clone() }
}

/// All but the socket.
fn told(h: &Holding, judgement: &Judgement) -> Row {
    let whose = judgement.whose(&h.chain);
    let line = describe::command_line(&describe::text_of(&os::argv(h.pid())));
    let cmd = if line.is_empty() { format!("[{}]", h.chain.process().name()) } else { line };
    let (job, session) = (whose.job.map(|held| held.record.id), whose.session.map(|s| s.key()));
    Row { pid: Some(h.pid()), job, session, cmd, ..Row::nobody() }
}

/// Those whom nobody is seen to hold.
pub(super) fn unseen(survey: &Survey) -> Vec<Unseen> {
    let one = |g: crate::ports::Ghost| Unseen {
        proto: g.listener.proto.name(),
        local_addr: g.listener.addr.ip().to_string(),
        local_port: g.listener.addr.port(),
        reason: g.reason,
    };
    survey.ghosts().into_iter().map(one).collect()
}

/// Shows them. That nobody listens is an answer, too.
pub(super) fn run(proto: Proto, ports: &[u16], out: &mut Out) -> Result<i32> {
    let books = Books::read().kept();
    books.tell_findings(out);
    let mut survey = look(proto, ports)?;
    survey.listeners.sort_by_key(|l| (l.addr.port(), l.addr));
    let rows = rows(&survey, &Judgement::new(books, false));
    if out.json {
        let (listeners, inheritors) = rows.iter().partition(|row| row.from.is_none());
        out.value(&List { schema: "pj.port.list/1", listeners, inheritors, ghosts: unseen(&survey) });
        return Ok(exit::DONE);
    }
    if rows.is_empty() {
        out.note("nobody listens there");
        return Ok(exit::DONE);
    }
    table(&rows, out);
    Ok(exit::DONE)
}

fn table(rows: &[Row], out: &mut Out) {
    let mut table = Table::new(&["PROTO", "ADDRESS", ">PORT", ">PID", ">FROM", ">JOB", "?SESSION", "COMMAND"]);
    let number = |n: Option<String>| n.unwrap_or_default();
    for row in rows {
        let tone = if row.from.is_some() || row.pid.is_none() { Tone::Dim } else { Tone::Plain };
        let cmd = if row.pid.is_none() { "(nobody whom we can see: pj port diagnose PORT)" } else { &row.cmd };
        let cells = [
            row.proto.to_owned(),
            row.local_addr.clone(),
            row.local_port.to_string(),
            number(row.pid.map(|p| p.to_string())),
            number(row.from.map(|p| p.to_string())),
            number(row.job.map(|j| j.to_string())),
            row.session.clone().unwrap_or_default(),
            cmd.to_owned(),
        ];
        table.row(tone, cells.map(Into::into));
    }
    out.table(&table);
}
