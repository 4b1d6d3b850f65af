//! Where the command is born: in a cgroup of its own, if that is to be had (DESIGN §2, third line), else where we are.
//!
//! Never: costs the command anything but the microseconds; makes one that no record would name.

use std::io;

use super::start::Setup;
use crate::record::{Job, Place, store};
use crate::sys::cgroup::{self, Cgroup};
use crate::sys::spawn::{self, Fork};

/// Forks the command; the record that is still to be written says where it was born.
pub fn fork(setup: &mut Setup) -> io::Result<Fork> {
    let made = if setup.args.cgroup && setup.place.is_some() { Cgroup::make(&setup.job.uid).ok() } else { None };
    let Some((cgroup, ours)) = made else { return spawn::fork() };
    let Ok(fork) = cgroup.fork() else {
        cgroup::remove(cgroup.path());
        return spawn::fork();
    };
    if fork != Fork::Child {
        if setup.job.unit.as_ref() == Some(&ours) {
            // Who leaves this one was moved on purpose.
            setup.job.unit = Some(format!("{}/pj-{}", ours.trim_end_matches('/'), setup.job.uid));
        }
        setup.job.cgroup = Some(format!("{}:{}", cgroup.path().display(), cgroup.id()));
    }
    Ok(fork)
}

/// For a front whose guard was killed: the record, which names the cgroup that the guard alone knew.
pub fn record(place: Option<&Place>, id: u64, marker: &str) -> Option<Job> {
    store::job(place?, id).filter(|job| job.marker == marker)
}

/// For a front whose guard was killed before it wrote a record: takes away the cgroup that nothing names.
pub fn forget(marker: &str) {
    if let Some((_, uid)) = marker.split_once('.') {
        cgroup::remove_of(uid);
    }
}
