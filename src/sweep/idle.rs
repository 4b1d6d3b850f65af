//! How long nothing has gone through a job's terminal, either way; of one without a terminal, into its log. What nobody
//! knows is not idle. Asks only.

use std::time::{Duration, SystemTime};

use crate::process::{Look, Looks};
use crate::record::{Job, Place};
use crate::sys::{os, tty};

/// Of a job that lives. The kernel writes a terminal's times down every 8 s (`tty_update_time`, drivers/tty/tty_io.c).
pub fn idle(place: &Place, job: &Job, looks: &mut Looks) -> Option<Duration> {
    let Look::Lives(root) = looks.at(job.root.as_ref()?) else { return None };
    let on_terminal = || {
        let name = tty::name_of(root.tty_dev).filter(|_| root.tty_dev != 0)?;
        tty::last_used(&name).filter(|(device, _)| *device == root.tty_dev).map(|(_, at)| at)
    };
    let in_log = || std::fs::metadata(place.job_dir(job.id).join("log")).and_then(|m| m.modified()).ok();
    // Who has never written anything is idle since it began.
    let begun = || SystemTime::now().checked_sub(Duration::from_millis(os::age_ms(root.start)));
    let last = if job.is_background() { in_log().or_else(begun) } else { None };
    let last: SystemTime = [on_terminal(), last].into_iter().flatten().max()?;
    Some(SystemTime::now().duration_since(last).unwrap_or_default())
}
