//! What a sweep says: the only place of this binary that prints. A closed stdout or stderr is nobody's loss.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use super::judge::Act;
use super::why;
use super::{Row, View};
use crate::process::Table;
use crate::process::describe::{command_line, escape, size};
use crate::sys::{Stat, os};

/// Data.
pub fn out(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Talk.
pub fn err(text: &str) {
    let _ = std::io::stderr().write_all(format!("pj: {text}\n").as_bytes());
}

/// An act in words.
pub fn would(act: Act) -> &'static str {
    match act {
        Act::Leave => "leave",
        Act::Prune => "forget",
        Act::Conclude => "put down as lost",
        Act::Wait => "wait, then end",
        Act::Ask | Act::TakeOver | Act::EndLost => "end",
    }
}

/// What would be done, a job a line, with the rule.
pub fn rows(view: &View, json: bool) {
    if json {
        return out(&as_json(view));
    }
    // One text, one write: there may be a thousand lines.
    let mut text = String::new();
    for row in &view.rows {
        let v = row.verdict;
        let title = escape(&row.job.title());
        let command = command_line(&row.job.argv);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}\t{title}\t{}\t{}: {}\t{command}", row.job.id, would(v.act), v.rule, v.reason);
        let all = processes(row, view);
        for p in &all {
            let (memory, age) = (size(p.memory), Duration::from_secs(p.age_seconds));
            let _ = writeln!(
                text,
                "  process {} ({})\t{}\t{memory}\t{}",
                p.pid,
                p.name,
                p.proof,
                humantime::format_duration(age)
            );
        }
        if all.len() > 1 {
            let memory = size(all.iter().map(|p| p.memory).sum());
            let _ = writeln!(text, "  {} processes\tin all\t{memory}", all.len());
        }
    }
    for (_, session) in &view.dead {
        let (key, shell) = (session.identity.key(), &session.shell);
        let _ = writeln!(text, "session {key}\t{shell}\tforget\tsession-over: its shell has ended");
    }
    out(&text);
    for f in &view.findings {
        err(&format!("cannot use {}: {}", escape(&f.path.to_string_lossy()), f.why));
    }
}

#[derive(Serialize)]
struct JobRow<'a> {
    id: u64,
    uid: &'a str,
    name: Option<&'a str>,
    argv: &'a [String],
    would: &'a str,
    rule: &'a str,
    reason: &'a str,
    processes: Vec<Process>,
}

impl<'a> JobRow<'a> {
    fn of(row: &'a Row, view: &View) -> JobRow<'a> {
        let (job, v) = (&row.job, row.verdict);
        JobRow {
            id: job.id,
            uid: &job.uid,
            name: job.name.as_deref(),
            argv: &job.argv,
            would: would(v.act),
            rule: v.rule,
            reason: v.reason,
            processes: processes(row, view),
        }
    }
}

#[derive(Serialize)]
struct Process {
    pid: i32,
    name: String,
    proof: &'static str,
    /// Bytes, shared ones too.
    memory: u64,
    age_seconds: u64,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    path: String,
    why: &'a str,
}

#[derive(Serialize)]
struct All<'a> {
    schema: &'a str,
    jobs: Vec<JobRow<'a>>,
    forget_sessions: Vec<String>,
    findings: Vec<FindingRow<'a>>,
}

fn as_json(view: &View) -> String {
    let all = All {
        schema: "pj.sweep/1",
        jobs: view.rows.iter().map(|r| JobRow::of(r, view)).collect(),
        forget_sessions: view.dead.iter().map(|(_, s)| s.identity.key()).collect(),
        findings: view
            .findings
            .iter()
            .map(|f| FindingRow { path: f.path.to_string_lossy().into_owned(), why: &f.why })
            .collect(),
    };
    serde_json::to_string_pretty(&all).map_or_else(|_| String::new(), |text| text + "\n")
}

/// Whom a job's end would take: found as the act itself finds them.
fn processes(row: &Row, view: &View) -> Vec<Process> {
    if matches!(row.verdict.act, Act::Leave | Act::Prune | Act::Conclude) {
        return Vec::new();
    }
    let table = view.table.get_or_init(|| Table::beside(&view.looks).unwrap_or_default());
    let found = why::those_of(&row.place, &row.job, &view.shells, table);
    let alive = found.into_iter().filter(|(s, _)| !s.is_dead());
    let of = |(s, proof): (Stat, _)| {
        let (name, age_seconds) = (escape(&s.name()), os::age_ms(s.start) / 1000);
        Process { pid: s.pid, name, proof, memory: s.rss, age_seconds }
    };
    alive.map(of).collect()
}
