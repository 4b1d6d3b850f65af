//! Whom the records own now: for those who look for processes that nobody owns. By the same proofs by which a sweep ends
//! them. Reads only.

use std::collections::BTreeMap;

use super::facts::Said;
use super::why::those_of;
use super::{View, view};
use crate::process::{Identity, Table};
use crate::record::job::State;
use crate::record::store::Finding;
use crate::sys::Pid;

/// Everybody whom a record owns, by number and start time, and what is to be said of it.
#[derive(Debug, Default)]
pub struct Held {
    /// Members of jobs, their guards, and shells of registered sessions.
    pub whom: BTreeMap<(Pid, u64), String>,
    /// Records that cannot be used: they may own anybody.
    pub findings: Vec<Finding>,
}

/// Reads all records.
pub fn owned(table: &Table) -> Held {
    let View { rows, shells, findings, .. } = view(&Said::default());
    let mut held = Held { findings, ..Held::default() };
    for row in &rows {
        let (job, id) = (&row.job, row.job.id);
        let guards = [(&job.guard, "guard"), (&job.front, "front")];
        for (who, role) in guards.into_iter().filter_map(|(who, role)| Some((who.as_ref()?, role))) {
            held.add(who, format!("it is the {role} of job {id}"));
        }
        if let Some(root) = &job.root {
            held.add(root, format!("it belongs to job {id}, proven: the job's record names it"));
        }
        if job.state == State::Exited {
            continue;
        }
        for (stat, proof) in those_of(&row.place, job, &shells, table) {
            held.whom.entry((stat.pid, stat.start)).or_insert_with(|| format!("it belongs to job {id}, {proof}"));
        }
    }
    for shell in &shells {
        held.add(&shell.identity, format!("it is the shell of session {}", shell.identity.key()));
    }
    held
}

impl Held {
    fn add(&mut self, who: &Identity, what: String) {
        if who.is_of_here() {
            self.whom.insert((who.pid, who.start), what);
        }
    }
}
