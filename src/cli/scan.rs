//! `pj scan`: shows whom the user's rules name, what would become of each and why. Ends nobody; writes down whom it has seen,
//! since a grace counts from there.

use serde::Serialize;

use super::out::Out;
use super::strays::{Scene, Shown, sort, table, together, total};
use super::table::Tone;
use crate::config::Settings;
use crate::error::Result;
use crate::process::describe::escape;
use crate::strays::Row;
use crate::sys::Pid;

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show what is known of where each comes from
    #[arg(short, long)]
    evidence: bool,
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
    /// How many rules there are.
    rules: usize,
    /// How many of the rows are strays.
    strays: usize,
    /// What these hold together, in bytes.
    memory: u64,
    rows: Vec<Shown<'a>>,
    multiplexers: Vec<Server>,
}

/// A tmux server: it may be the only thing that is left of a terminal, and is never a stray.
#[derive(Serialize)]
struct Server {
    pid: Pid,
    name: String,
    /// How many terminals are attached.
    terminals: usize,
}

/// Shows them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let mut scene = Scene::read(&args.settings)?;
    let look = scene.look()?;
    let mut rows = look.rows();
    let servers = look.multiplexers();
    if let Err(f) = scene.record(&rows) {
        let is_new = !scene.findings.contains(&f);
        scene.findings.extend(is_new.then_some(f));
    }
    let code = scene.tell_findings(out);
    sort(&mut rows);
    let strays: Vec<&Row> = rows.iter().filter(|row| row.verdict.act.is_stray()).collect();
    if out.json {
        let multiplexers = servers.iter().map(|(stat, terminals)| Server {
            pid: stat.pid,
            name: escape(&stat.name()),
            terminals: *terminals,
        });
        out.value(&Answer {
            schema: "pj.strays/1",
            rules: scene.settings.rules.len(),
            strays: strays.len(),
            memory: together(&strays),
            rows: rows.iter().map(Shown::of).collect(),
            multiplexers: multiplexers.collect(),
        });
        return Ok(code);
    }
    if scene.settings.rules.is_empty() {
        out.note("nobody is a stray without a rule\nhint: pj config edit, and see [[strays.rule]] in pj man config");
    }
    if !rows.is_empty() {
        out.table(&table(&rows.iter().collect::<Vec<_>>()));
    }
    if args.evidence {
        for row in &rows {
            out.line(Tone::Head, &format!("{} ({})", row.stat.name(), row.stat.pid));
            row.evidence.iter().for_each(|line| out.line(Tone::Plain, &format!("  {line}")));
        }
    }
    for (stat, clients) in &servers {
        let on = if *clients == 1 { "1 terminal is".to_owned() } else { format!("{clients} terminals are") };
        out.line(Tone::Dim, &format!("tmux server {}: {on} attached; it is protected, with all in it", stat.pid));
    }
    if !strays.is_empty() {
        out.line(Tone::Plain, &total(&strays));
    } else if !scene.settings.rules.is_empty() {
        out.note("no strays");
    }
    Ok(code)
}
