//! Does anybody of a job live? By identity and boot, never by number: who may not be signalled is alive, a zombie is dead
//! (LAWS L43). Reads only.

use super::gather::Health;
use crate::process::{Identity, Looks};
use crate::record::{Job, Place, members};

/// Does anybody whom the record names live, or of a job that nobody guards anybody of its census?
pub(super) fn lives(place: &Place, job: &Job, looks: &mut Looks) -> bool {
    let mut is_there = |who: &Identity| Health::seen(who, looks) != Health::Gone;
    [&job.guard, &job.front, &job.root].into_iter().flatten().any(&mut is_there) || below(place, job, looks)
}

/// Does anybody of the last census live? Of an adopted job only where it is a tree.
pub(super) fn below(place: &Place, job: &Job, looks: &mut Looks) -> bool {
    if job.is_adopted() && !job.tree {
        return false;
    }
    let census = std::fs::read_to_string(place.members(job.id)).unwrap_or_default();
    members::read(&census).iter().any(|m| Health::seen(&m.identity, looks) != Health::Gone)
}
