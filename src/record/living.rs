//! Does anybody of a job live? By identity and boot, never by number: who may not be signalled is alive, a zombie is dead
//! (LAWS L43). Reads only, for what is told and for names; who ends somebody proves it anew.

use super::{Job, Place, members, store};
use crate::process::{Identity, Look, Looks};

/// Does anybody whom the record names live, or of a job that nobody guards anybody of its census?
pub fn lives(place: &Place, job: &Job, looks: &mut Looks) -> bool {
    let mut is_there = |who: &Identity| looks.at(who) != Look::Gone;
    [&job.guard, &job.front, &job.root].into_iter().flatten().any(&mut is_there) || below(place, job, looks)
}

/// Does anybody of the last census live? Of an adopted job only where it is a tree.
pub fn below(place: &Place, job: &Job, looks: &mut Looks) -> bool {
    if job.is_adopted() && !job.tree {
        return false;
    }
    let census = std::fs::read_to_string(place.members(job.id)).unwrap_or_default();
    members::read(&census).iter().any(|m| looks.at(&m.identity) != Look::Gone)
}

/// The living job of this name, in any place that may be trusted.
pub fn named(name: &str) -> Option<u64> {
    let mut looks = Looks::default();
    Place::all().iter().filter(|place| place.check().is_ok()).find_map(|place| {
        let mut all = store::jobs(place).good.into_iter().filter(|job| job.name.as_deref() == Some(name));
        all.find(|job| lives(place, job, &mut looks)).map(|job| job.id)
    })
}
