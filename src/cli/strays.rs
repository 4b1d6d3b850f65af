//! What `pj scan`, `pj clean` and `pj why` have in common: the strays of this moment, with what the records own, and how
//! they are shown. Ends nobody.

use std::time::Duration;

use serde::Serialize;

use super::gather::short;
use super::out::Out;
use super::table::{Table, Tone};
use crate::config::{self, Rule, Settings};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::process;
use crate::process::describe::{base, escape, size};
use crate::record::Place;
use crate::record::store::Finding;
use crate::strays::seen::{Now, Unusable};
use crate::strays::{Act, Look, Owned, Row, Sightings};
use crate::sweep::owned::owned;
use crate::sys::{Pid, clock};

/// All that a look at the strays needs.
pub(super) struct Scene {
    pub(super) settings: config::Strays,
    pub(super) place: Place,
    pub(super) seen: Sightings,
    pub(super) owned: Owned,
    /// Records, and sightings, that cannot be used.
    pub(super) findings: Vec<Finding>,
}

impl Scene {
    /// Reads what is on record.
    pub(super) fn read(settings: &Settings) -> Result<Scene> {
        let place = Place::current()?;
        let (owned, mut findings) = held()?;
        let seen = Sightings::read(&place).unwrap_or_else(|bad| {
            findings.push(finding(bad));
            Sightings::default()
        });
        Ok(Scene { settings: settings.strays.clone(), place, seen, owned, findings })
    }

    /// One look at everybody.
    pub(super) fn look(&self) -> Result<Look<'_>> {
        Look::new(&self.settings, &self.owned, &self.seen).map_err(|e| Error::new("read the process table", plain(&e)))
    }

    /// Writes down who is there, for the next run.
    pub(super) fn record(&self, rows: &[Row]) -> std::result::Result<(), Finding> {
        let now: Vec<Now> = rows.iter().filter_map(|row| row.now(&self.settings.rules)).collect();
        // Whoever has no rules has no file.
        if now.is_empty() && !self.place.strays().exists() {
            return Ok(());
        }
        let make = |e: Error| Unusable { path: self.place.strays(), why: e.to_string() };
        let change = || Sightings::change(&self.place, |seen| seen.pass(clock::epoch_ms(), &now));
        self.place.make().map_err(make).and_then(|()| change()).map_err(finding)
    }

    /// Says what cannot be used; answers the exit code for that.
    pub(super) fn tell_findings(&self, out: &mut Out) -> i32 {
        for f in &self.findings {
            let path = escape(&f.path.to_string_lossy());
            out.warn(&format!("cannot use {path}: {}\nhint: look at it, and remove it if it is nobody's", f.why));
        }
        if self.findings.is_empty() { exit::DONE } else { exit::PARTLY }
    }

    pub(super) fn rule(&self, row: &Row) -> Option<&Rule> {
        self.settings.rules.get(row.rule?)
    }
}

pub(super) fn finding(bad: Unusable) -> Finding {
    Finding { path: bad.path, why: bad.why }
}

/// Whom the records own now, and which of them cannot be used.
pub(super) fn held() -> Result<(Owned, Vec<Finding>)> {
    let table = process::Table::read().map_err(|e| Error::new("read the process table", plain(&e)))?;
    let held = owned(&table);
    Ok((Owned(held.whom), held.findings))
}

/// One row as JSON.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    pid: Pid,
    start: u64,
    name: String,
    command: String,
    rule: Option<&'a str>,
    kill: bool,
    age_s: u64,
    idle_s: Option<u64>,
    /// Of it and of all below it, in bytes.
    memory: u64,
    below: usize,
    spinning: bool,
    orphan: bool,
    first_seen_s: Option<u64>,
    passes: u32,
    /// `leave`, `report`, `wait` or `end`.
    verdict: &'static str,
    /// The rule of our own that decided.
    why: &'static str,
    reason: &'a str,
    evidence: &'a [String],
}

impl<'a> Shown<'a> {
    pub(super) fn of(row: &'a Row) -> Shown<'a> {
        let asked = row.facts.asked.as_ref();
        Shown {
            pid: row.stat.pid,
            start: row.stat.start,
            name: escape(&row.stat.name()),
            command: row.command(),
            rule: asked.map(|asked| asked.name.as_str()),
            kill: asked.is_some_and(|asked| asked.kill),
            age_s: row.age.as_secs(),
            idle_s: row.idle.map(|idle| idle.as_secs()),
            memory: row.memory(),
            below: row.below.len(),
            spinning: row.spins,
            orphan: row.facts.is_orphan,
            first_seen_s: row.facts.seen_ms.map(|ms| ms / 1000),
            passes: row.facts.passes,
            verdict: row.verdict.act.word(),
            why: row.verdict.rule,
            reason: &row.verdict.reason,
            evidence: &row.evidence,
        }
    }
}

/// The rows as a table, strays first.
pub(super) fn table(rows: &[&Row]) -> Table {
    let mut table = Table::new(&[">PID", ">AGE", ">MEMORY", "?>IDLE", "RULE", "VERDICT", "COMMAND", "WHY"]);
    for row in rows {
        let tone = match row.verdict.act {
            Act::Leave => Tone::Dim,
            Act::End => Tone::Warn,
            Act::Report | Act::Wait => Tone::Plain,
        };
        let rule = row.facts.asked.as_ref().map_or("", |asked| asked.name.as_str());
        let verdict =
            if row.spins { format!("{}, spins", row.verdict.act.word()) } else { row.verdict.act.word().into() };
        table.row(
            tone,
            [
                row.stat.pid.to_string().into(),
                short(row.age).into(),
                size(row.memory()).into(),
                row.idle.map(short).unwrap_or_default().into(),
                rule.into(),
                verdict.into(),
                title(row).into(),
                row.verdict.reason.as_str().into(),
            ],
        );
    }
    table
}

/// Its command line, short enough for a column: the program without its directories.
pub(super) fn title(row: &Row) -> String {
    const MOST: usize = 40;
    let mut words = row.command();
    if let Some(first) = row.argv.first().filter(|first| words.starts_with(first.as_str())) {
        words.replace_range(..first.len() - base(first).len(), "");
    }
    match words.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}

/// What they hold together, nobody counted twice.
pub(super) fn together(rows: &[&Row]) -> u64 {
    let mut all: Vec<_> = rows.iter().flat_map(|row| std::iter::once(&row.stat).chain(&row.below)).collect();
    all.sort_unstable_by_key(|stat| stat.pid);
    all.dedup_by_key(|stat| stat.pid);
    all.into_iter().map(crate::strays::facts::memory).sum()
}

/// What it is worth to end them.
pub(super) fn total(rows: &[&Row]) -> String {
    let count = if rows.len() == 1 { "1 stray holds".to_owned() } else { format!("{} strays hold", rows.len()) };
    format!("{count} {}", size(together(rows)))
}

/// The strays first, then the oldest.
pub(super) fn sort(rows: &mut [Row]) {
    rows.sort_by_key(|row| (!row.verdict.act.is_stray(), std::cmp::Reverse(row.age), row.stat.pid));
}

/// From asking to KILL.
pub(super) fn grace(settings: &Settings) -> Duration {
    settings.sweep.grace.unwrap_or(Duration::from_secs(5))
}
