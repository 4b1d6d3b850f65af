//! `pj why PID`: whose a process is, by which rule, and what would become of it. The code that decides explains: the sweep's
//! of a job's process, the strays' of anybody else.

use serde::Serialize;

use super::out::Out;
use super::strays::Scene;
use super::table::Tone;
use crate::config::Settings;
use crate::error::Result;
use crate::exit;
use crate::strays::{Act, Row, Verdict};
use crate::sweep::facts::Said;
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
    /// Of a process that is no job's: the `[[strays.rule]]` that names it.
    stray_rule: Option<&'a str>,
    /// And what is known of where it comes from.
    evidence: &'a [String],
}

/// Explains.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let mut why = explain(args.pid, &Said::set(&args.settings))?;
    let row = match why.job {
        None => stray(&mut why, &args.settings, out)?,
        Some(_) => None,
    };
    let stray_rule = row.as_ref().and_then(|row| Some(row.facts.asked.as_ref()?.name.as_str()));
    let evidence = row.as_ref().map_or(&[][..], |row| &row.evidence);
    if out.json {
        let Why { pid, name, command, rule, says, job, proof, would } = &why;
        let (schema, pid, job) = ("pj.why/1", *pid, *job);
        out.value(&Answer { schema, pid, name, command, job, proof, rule, would, says, stray_rule, evidence });
        return Ok(exit::DONE);
    }
    out.line(Tone::Head, &format!("{} ({}): {}", why.name, why.pid, why.command));
    for line in why.says.iter().chain(evidence) {
        out.line(Tone::Plain, line);
    }
    let job = why.job.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let rows = [("job", job.as_str()), ("proof", &why.proof), ("rule", &why.rule), ("would", &why.would)];
    for (head, text) in rows {
        out.line(Tone::Plain, &format!("{head:<6} {text}"));
    }
    Ok(exit::DONE)
}

/// Of a process that no job owns: is it a stray, and what would `pj clean` do?
fn stray(why: &mut Why, settings: &Settings, out: &mut Out) -> Result<Option<Row>> {
    let scene = Scene::read(settings)?;
    scene.tell_findings(out);
    let Some(row) = scene.look()?.one(why.pid) else { return Ok(None) };
    let Verdict { act, rule, reason } = &row.verdict;
    if let Some(named) = scene.rule(&row) {
        let (line, text) = (named.line, named.text());
        why.says.push(format!("the rule '{}' in line {line} of the settings names it: {text}", named.name));
        (why.rule, why.would) = ((*rule).to_owned(), act.word().to_owned());
    }
    why.says.push(format!("pj clean would {} it: {reason} ({rule})", verb(*act)));
    Ok(Some(row))
}

/// What is done, as a sentence has it.
fn verb(act: Act) -> &'static str {
    match act {
        Act::Leave => "leave",
        Act::Report => "only report",
        Act::Wait => "not yet end",
        Act::End => "end",
    }
}
