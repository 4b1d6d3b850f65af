//! The last of an ending: the tree is gone, and its guards go. Step by step, so that nobody else's end waits for theirs.
//!
//! Never: begun while somebody of the tree lives; ends anybody but the two that the record names, by their identity.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{STEP, send};
use crate::kill::{Report, Survivor};
use crate::process::Identity;
use crate::record::Job;
use crate::sys::{os, signal};

/// How long guard and front may take to go once their tree is gone.
const LEAVING: Duration = Duration::from_millis(500);
/// The same of a background job's guard, which has its last words still to take in, and to write down how it ended.
const CONCLUDING: Duration = Duration::from_millis(3_500);

/// Guard next, front last.
pub(super) struct Leaving {
    /// What came of the tree; whoever does not go is added.
    pub(super) report: Report,
    who: VecDeque<Identity>,
    /// The first of them was told to go, and may take until then.
    until: Option<Instant>,
    killed: bool,
}

impl Leaving {
    /// Nobody is seen off who may still find survivors at home.
    pub(super) fn begin(job: &Job, report: Report) -> Leaving {
        let both = [job.guard.clone(), job.front.clone()].into_iter().flatten();
        let who = if report.survivors.is_empty() { both.collect() } else { VecDeque::new() };
        Leaving { report, who, until: None, killed: false }
    }

    /// Does what is due; answers when to come again, `None` when both have gone or will not.
    pub(super) fn turn(&mut self, job: &Job, now: Instant) -> Option<Instant> {
        while let Some(who) = self.who.front() {
            let Some(until) = self.until else {
                self.until = Some(now + see_off(job, who));
                continue;
            };
            if who.life().is_gone() {
                self.next();
            } else if now < until {
                return Some(until.min(now + STEP));
            } else if !self.killed {
                send(Some(who), signal::KILL);
                (self.killed, self.until) = (true, Some(now + LEAVING));
            } else {
                let name = os::stat(who.pid).map(|s| s.name()).unwrap_or_default();
                let reason = "a guard that is still there after KILL".to_owned();
                self.report.survivors.push(Survivor { pid: who.pid, start: who.start, name, reason });
                self.next();
            }
        }
        None
    }

    fn next(&mut self) {
        self.who.pop_front();
        (self.until, self.killed) = (None, false);
    }
}

/// Lets a front leave by itself, so that it restores its terminal and tells its status; a guard has nothing more to do,
/// but in the background. Answers how long it may take: then it is ended, by its own identity.
fn see_off(job: &Job, who: &Identity) -> Duration {
    crate::sys::hook!(SweepSeesOff);
    let is_front = job.front.as_ref() == Some(who);
    let concludes = !is_front && job.is_background();
    if concludes {
        // It alone knows how the command ended; told to stop, it does not run it again.
        send(Some(who), signal::TERM);
    }
    send(Some(who), if is_front || concludes { signal::CONT } else { signal::KILL });
    if concludes { CONCLUDING } else { LEAVING }
}
