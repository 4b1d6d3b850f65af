//! What must be true of a job in the background after a fault: what its client was told, what `pj list` says, what `pj stop`
//! and a sweep leave.

use crate::background::{NOT_RUNNING, Stage};
use crate::cell::SOON;
use crate::group::Group;
use crate::harness::eventually::within;
use crate::harness::proc;
use crate::points::Story;
use crate::truth::OWN;
use pj::sys::hooks::Fault;
use pj::sys::hooks::Point::*;
use serde_json::Value;
use std::fs;

impl Stage {
    /// It is told that its job runs only if that is on record.
    pub(crate) fn check_client(&self, ran: bool) {
        for one in self.roster.alive() {
            assert!(!proc::mentions(one.id.pid, "PJ_TEST_AT"), "{} has the test's variable", one.kind);
        }
        let code = fs::read_to_string(self.world.path("code")).unwrap_or_default();
        let is_on_record = self.job().is_some();
        let goes = matches!(self.cell.fault, Fault::Kill | Fault::Stop | Fault::NoMemory);
        assert!(code.trim() != "0" || (is_on_record && (ran || goes)), "told of what is not: {}", self.told());
        assert!(!ran || is_on_record, "it ran, and nothing is on record: {}", self.told());
    }

    /// One call, against the kernel's word. Answers the state, if the job is on record.
    pub(crate) fn list(&self) -> Option<String> {
        let done = self.world.pj(&["list", "--format", "jsonl"]).go();
        let said = done.text();
        assert!(matches!(done.status.code(), Some(0 | NOT_RUNNING)), "pj list: {} {said}", done.status);
        let row: Option<Value> = std::str::from_utf8(&done.out)
            .expect("text")
            .lines()
            .next()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {said}")));
        let Some(row) = row else {
            assert!(self.roster.alive().is_empty(), "somebody lives who is not listed: {said}");
            assert!(self.job().is_none(), "a record that is not listed: {said}");
            return None;
        };
        let (job, state) = (self.job().expect("a record"), row["state"].as_str().expect("a state").to_owned());
        let lives = |field: &str| job.identity(field).is_some_and(|id| id.alive());
        let (guard, root) = (lives("guard"), lives("root"));
        match &*state {
            "running" => assert!(guard && root, "running: {said}"),
            "lingering" | "ending" | "resting" => assert!(guard, "{state}: {said}"),
            // It could not see whom it was to end.
            "ended" => assert!(!guard && self.cell.fault == Fault::NoFiles, "ended: {said}"),
            "lost" => assert!(!guard, "lost: {said}"),
            "exited" | "failed" | "killed" => assert!(!root && self.roster.alive().is_empty(), "{state}: {said}"),
            other => panic!("{other}: {said}"),
        }
        Some(state)
    }

    /// Nobody of the tree lives after it.
    pub(crate) fn stop(&self, state: Option<&str>) {
        let done = self.world.pj(&["stop", "subject"]).go();
        let over = state.is_none_or(|state| matches!(state, "exited" | "failed" | "killed"));
        let code = done.status.code();
        let lost = state == Some("lost") && code == Some(NOT_RUNNING);
        assert!(
            lost || code == Some(if over { NOT_RUNNING } else { 0 }),
            "pj stop: {code:?} of {state:?}: {}",
            done.text()
        );
        let left = self.roster.alive();
        assert!(left.is_empty(), "after pj stop: {left:?}: {}", done.text());
    }

    /// One sweep; then nothing but the record and the log is left, and nobody else was touched.
    pub(crate) fn sweep(&mut self) {
        // Of a job that is over the guard is nobody's but the sweep's.
        let over = || self.others().iter().all(|one| !one.comm.starts_with("pj") || one.state == 'T').then_some(());
        assert!(within(SOON, over).is_some(), "these stay: {:?}", self.others());
        self.age();
        let swept = self.world.sh(&format!("{}; exec pj-sweep", self.enter())).go();
        let said = format!("pj-sweep: {} {:?}", swept.status, swept.text());
        assert_eq!(swept.status.code(), Some(0), "{said}");
        assert!(self.left().is_empty(), "left: {:?}; {said}", self.left());
        let (near, events) = (self.near.ready("signals"), self.near.events("signals"));
        // A shell that ends with its terminal takes along whom it has started there.
        if self.term.is_none() {
            assert!(near.alive() && events.is_empty(), "the bystander got {events:?}");
        }
        near.kill();
        self.shell.iter_mut().for_each(|shell| drop(shell.wait()));
    }

    /// What is taken away after a minute: here and now it is over.
    fn age(&self) {
        self.group.iter().for_each(Group::age);
        let (jobs, sockets) = (self.world.state().join("jobs"), self.world.path("run/pj"));
        let touch = format!(
            "touch -c -d '2 minutes ago' {jobs}/*.claim {jobs}/*.new {jobs}/[0-9] {sockets}/* 2>/dev/null; :",
            jobs = jobs.display(),
            sockets = sockets.display()
        );
        self.world.sh(&touch).go().code(0);
    }

    fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = self.others().iter().map(|one| format!("{one:?}")).collect();
        left.extend(self.group.iter().flat_map(Group::left));
        let state = self.world.state();
        let names = |dir: std::path::PathBuf| {
            let entries = fs::read_dir(dir).into_iter().flatten().flatten();
            entries.map(|one| one.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        left.extend(names(state.join("cgroups")));
        left.extend(names(self.world.path("run/pj")));
        let Some(job) = self.job() else {
            left.extend(names(state.join("jobs")));
            return left;
        };
        let (record, dir) = (format!("{}.json", job.id()), job.id().to_string());
        left.extend(names(state.join("jobs")).into_iter().filter(|name| *name != record && *name != dir));
        left.extend(names(job.dir()).into_iter().filter(|name| !name.starts_with("log") || name == "log.room"));
        if job.json["state"] != "exited" || !job.json["socket"].is_null() || !job.json["cgroup"].is_null() {
            left.push(job.json.to_string());
        }
        left
    }

    /// How it ended, as a shell would say it.
    pub(crate) fn exit(&self) -> Option<i32> {
        let exit = self.job()?.json["exit"].clone();
        let number = |name: &str| exit[name].as_i64().and_then(|n| i32::try_from(n).ok());
        let code = number("code").or_else(|| Some(128 + number("signal")?));
        let leaves = matches!(self.cell.story, Story::RunLeaves | Story::RunLogs);
        let is_command = matches!(self.cell.point, CommandGo | CommandExecs | CgroupChild | ForkChild);
        let is_its_own = code.is_none_or(|code| code == OWN) || is_command || self.cell.fault == Fault::Stop;
        assert!(!leaves || is_its_own, "it left with {OWN}, and {code:?} is on record");
        code
    }
}
