//! What a sweep says: the only place of this binary that prints. A closed stdout or stderr is nobody's loss.

use std::io::Write;

use super::View;
use super::judge::Act;
use crate::process::describe::{command_line, escape};

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
        Act::Wait => "wait, then end",
        Act::Ask | Act::TakeOver | Act::EndLost => "end",
    }
}

/// What would be done, a job a line, with the rule.
pub fn rows(view: &View, json: bool) {
    if json {
        return out(&as_json(view));
    }
    for row in &view.rows {
        let v = row.verdict;
        let title = escape(&row.job.title());
        let command = command_line(&row.job.argv);
        out(&format!("{}\t{title}\t{}\t{}: {}\t{command}\n", row.job.id, would(v.act), v.rule, v.reason));
    }
    for (_, session) in &view.dead {
        out(&format!(
            "session {}\t{}\tforget\tsession-over: its shell has ended\n",
            session.identity.key(),
            session.shell
        ));
    }
    for f in &view.findings {
        err(&format!("cannot use {}: {}", escape(&f.path.to_string_lossy()), f.why));
    }
}

fn as_json(view: &View) -> String {
    let jobs = view.rows.iter().map(|r| {
        serde_json::json!({
            "id": r.job.id, "uid": r.job.uid, "name": r.job.name, "argv": r.job.argv,
            "would": would(r.verdict.act), "rule": r.verdict.rule, "reason": r.verdict.reason,
        })
    });
    let sessions = view.dead.iter().map(|(_, s)| s.identity.key());
    let findings = view.findings.iter().map(|f| serde_json::json!({ "path": f.path.to_string_lossy(), "why": f.why }));
    let all = serde_json::json!({
        "schema": "pj.sweep/1",
        "jobs": jobs.collect::<Vec<_>>(),
        "forget_sessions": sessions.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    });
    format!("{all:#}\n")
}
