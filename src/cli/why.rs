//! `pj why PID`: whose a process is, by which rule, and what would become of it. The code that decides explains.

use serde::Serialize;

use super::out::Out;
use super::table::Tone;
use crate::config::Settings;
use crate::error::Result;
use crate::exit;
use crate::sweep::why::{Why, explain};
use crate::sys::Pid;

/// Which process.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Process number
    pid: Pid,
    #[arg(skip)]
    settings: Settings,
}

impl Args {
    pub(super) fn fill(&mut self, settings: Settings) {
        self.settings = settings;
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    pid: Pid,
    name: &'a str,
    command: &'a str,
    job: Option<u64>,
    proof: &'a str,
    rule: &'a str,
    would: &'a str,
    says: &'a [String],
}

/// Explains.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let why = explain(args.pid)?;
    if out.json {
        let Why { pid, name, command, rule, says, job, proof, would } = &why;
        let schema = "pj.why/1";
        out.value(&Answer { schema, pid: *pid, name, command, job: *job, proof, rule, would, says });
        return Ok(exit::DONE);
    }
    out.line(Tone::Head, &format!("{} ({}): {}", why.name, why.pid, why.command));
    for line in &why.says {
        out.line(Tone::Plain, line);
    }
    let job = why.job.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let rows = [("job", job.as_str()), ("proof", &why.proof), ("rule", &why.rule), ("would", &why.would)];
    for (head, text) in rows {
        out.line(Tone::Plain, &format!("{head:<6} {text}"));
    }
    Ok(exit::DONE)
}
