//! What stays on record of a job of which nobody is left: of a wrapped one nothing; of one in the background how it ended,
//! if anybody knows.
//!
//! Never: says of a job that it is over before the kernel does, nor writes over what its guard has said of its end.

use crate::record::job::State;
use crate::record::{Job, Place, store};

/// Nobody of it is left.
pub fn conclude(at: &Place, job: &Job) {
    if !job.is_background() {
        job.cgroup.iter().for_each(|group| store::remove_cgroup(at, group));
        return store::remove_job(at, job.id);
    }
    // Read again: its guard may have written meanwhile how it ended. Forgotten meanwhile: nothing is left to say.
    let Some(mut now) = store::job(at, job.id).filter(|now| now.uid == job.uid) else { return };
    if now.state != State::Exited {
        now.cgroup.take().iter().for_each(|group| store::remove_cgroup(at, group));
        store::remove_socket(&now.uid);
        // The record last: a sweep looks at nothing of a job that is said to be over.
        store::remove_census(at, job.id);
        (now.state, now.socket, now.waits_until) = (State::Exited, None, None);
        store::conclude_job(at, &now);
    }
}

/// Its record has been kept for long enough: it goes, and the log with it.
pub fn forget(at: &Place, job: &Job) {
    if !job.is_background() {
        return store::remove_job(at, job.id);
    }
    // Somebody may have started it anew since it was judged.
    if store::job(at, job.id).is_some_and(|now| now.uid == job.uid && now.state == State::Exited) {
        store::remove_job(at, job.id);
        store::remove_logs(at, job.id);
    }
}
