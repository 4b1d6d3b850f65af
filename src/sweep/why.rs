//! `pj why PID`: whose is a process, how that is known, and what would be done with it; by the same code that does it.

use super::facts::{self, Said};
use super::judge::{Facts, judge};
use super::proof::{Evidence, Proof, names};
use super::{Row, View, say, view};
use crate::error::{Error, Result};
use crate::exit;
use crate::kill::protect::Protect;
use crate::kill::real;
use crate::process::{Table, describe};
use crate::record::job::State;
use crate::record::{Job, Place, Session};
use crate::sys::{Pid, Stat, os};

/// What is known of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Its number.
    pub pid: Pid,
    /// The kernel's short name.
    pub name: String,
    /// Its command line, escaped.
    pub command: String,
    /// Its job, if it is one's.
    pub job: Option<u64>,
    /// How that is known.
    pub proof: String,
    /// The rule that decides about it.
    pub rule: String,
    /// What a sweep would do with it now.
    pub would: String,
    /// All of it in words.
    pub says: Vec<String>,
}

/// Explains one process.
pub fn explain(pid: Pid, said: &Said) -> Result<Why> {
    let stat = os::stat(pid)
        .filter(|s| !s.is_dead())
        .ok_or_else(|| Error::new(format!("explain process {pid}"), "there is no such process").code(exit::NOTHING))?;
    let table = Table::read().map_err(|e| Error::new("read the process table", crate::error::plain(&e)))?;
    let seen = view(said);
    let command = describe::command_line(&describe::text_of(&os::argv(pid)));
    let name = describe::escape(&stat.name());
    let mut why = Why {
        pid,
        name,
        command,
        job: None,
        proof: "unknown: no record owns it".to_owned(),
        rule: "not-ours".to_owned(),
        would: "leave".to_owned(),
        says: Vec::new(),
    };
    let own = place_of(&stat, &table, &seen);
    match own {
        Some((row, place)) => fill(&mut why, &stat, &table, row, place, said),
        None => nobodys(&mut why, &stat),
    }
    if let Some(s) = seen.shells.iter().find(|s| s.identity.is(&stat)) {
        why.says.push(format!("it is the shell of session {} ({}), which lives", s.identity.key(), s.shell));
    }
    Ok(why)
}

/// Who is provably this job's now, its guards left out, and by which proof.
pub fn members(place: &Place, job: &Job, shells: &[Session]) -> Vec<(Stat, &'static str)> {
    let mut found = those_of(place, job, shells, &Table::read().unwrap_or_default());
    found.retain(|(stat, _)| !stat.is_dead());
    found
}

/// The same of a table that was read a moment ago, with those who have ended and were not reaped.
pub fn those_of(place: &Place, job: &Job, shells: &[Session], table: &Table) -> Vec<(Stat, &'static str)> {
    match job.guard.as_ref().filter(|g| g.life().is_alive()) {
        Some(g) => table.below(&[g.pid]).into_iter().map(|s| (*s, "proven: below the job's guard")).collect(),
        None => {
            let evidence = Evidence::new(place, job, shells);
            evidence.find(table).into_iter().map(|(s, proof)| (s, proof.text())).collect()
        }
    }
}

/// What a process is to a job.
enum Role {
    Guard,
    Front,
    Below,
    Lost(Proof),
}

fn place_of<'v>(stat: &Stat, table: &Table, seen: &'v View) -> Option<(&'v Row, Role)> {
    let pid = stat.pid;
    for row in &seen.rows {
        if names(row.job.guard.as_ref(), pid) {
            return Some((row, Role::Guard));
        }
        if names(row.job.front.as_ref(), pid) {
            return Some((row, Role::Front));
        }
    }
    // The nearest guard above it: jobs may stand below jobs.
    for above in table.ancestors(pid) {
        let row = seen.rows.iter().find(|r| r.job.guard.as_ref().is_some_and(|g| g.is(above)));
        if let Some(row) = row {
            return Some((row, Role::Below));
        }
    }
    let there = seen.rows.iter().filter(|r| r.job.state != State::Exited);
    let lost = there.filter(|r| !names(r.job.guard.as_ref(), r.job.guard.as_ref().map_or(0, |g| g.pid)));
    for row in lost {
        let found = Evidence::new(&row.place, &row.job, &seen.shells).find(table);
        if let Some((_, proof)) = found.iter().find(|(s, _)| s.pid == pid) {
            return Some((row, Role::Lost(*proof)));
        }
    }
    None
}

/// No job's. A shared daemon outlives the job in which it was born, so what protected it then is said still.
fn nobodys(why: &mut Why, stat: &Stat) {
    why.says.push("no job's record, census or marker names it, and it is below no guard".to_owned());
    if let Some(reason) = Protect::chosen().reason(&real::traits(stat.pid), None, false) {
        why.rule = "protected".to_owned();
        why.says.push(format!("below a guard it would be left alone too: it is protected: {reason}"));
    }
}

fn fill(why: &mut Why, stat: &Stat, table: &Table, row: &Row, role: Role, said: &Said) {
    let job = &row.job;
    why.job = Some(job.id);
    let title = describe::escape(&job.title());
    why.proof = match &role {
        Role::Guard => "proven: the record names it as the job's guard".to_owned(),
        Role::Front => "proven: the record names it as the job's front".to_owned(),
        Role::Below => "proven: it is below the job's living guard".to_owned(),
        Role::Lost(proof) => proof.text().to_owned(),
    };
    why.says.push(format!("it belongs to job {} ({title}), {}", job.id, why.proof));
    let facts: Facts = facts::gather(&row.place, job, said);
    let verdict = judge(&facts);
    why.rule = verdict.rule.to_owned();
    why.would = say::would(verdict.act).to_owned();
    why.says.push(format!("a sweep would {} the job: {} ({})", why.would, verdict.reason, verdict.rule));
    let is_root = job.root.as_ref().is_some_and(|r| r.is(stat));
    if let Some((who, reason)) = shield(stat, table, job, is_root) {
        why.rule = "protected".to_owned();
        why.would = "leave".to_owned();
        let whom = if who == stat.pid { "it".to_owned() } else { format!("process {who} above it") };
        why.says.push(format!("it is left alone all the same: {whom} is protected: {reason}"));
    } else if verdict.rule == "session-alive" {
        why.says.push("it ends when its session ends".to_owned());
    }
}

/// The protected process that it is or stands below, up to the guard.
fn shield(stat: &Stat, table: &Table, job: &Job, is_root: bool) -> Option<(Pid, &'static str)> {
    let protect = Protect::chosen();
    let (guard, home) = (job.guard.as_ref().map_or(0, |g| g.pid), job.unit.as_deref());
    let mut line = vec![*stat];
    line.extend(table.ancestors(stat.pid).into_iter().copied().take_while(|a| a.pid != guard && a.pid > 1));
    line.iter().find_map(|s| {
        let root = is_root && s.pid == stat.pid;
        protect.reason(&real::traits(s.pid), home, root).map(|reason| (s.pid, reason))
    })
}
