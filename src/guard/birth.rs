//! Where the command is born: in a cgroup of its own, if that is to be had (DESIGN §2, third line), else where we are.
//!
//! Never: costs the command anything but the microseconds, unless the user asked for a scope; makes one that no record
//! would name.

use std::io;

use super::start::Setup;
use super::{say, scope};
use crate::error::{Error, plain};
use crate::record::{Job, Place, store};
use crate::sys::cgroup::{self, Cgroup};
use crate::sys::spawn::{self, Fork};
use crate::sys::{Pid, os, signal};

/// Forks the command; the record that is still to be written says where it was born.
pub fn fork(setup: &mut Setup) -> io::Result<Fork> {
    if !setup.args.cgroup || setup.place.is_none() {
        return spawn::fork();
    }
    let Ok((cgroup, ours)) = Cgroup::make(&setup.job.uid) else { return fork_beside(setup) };
    let Ok(fork) = cgroup.fork() else {
        cgroup::remove(cgroup.path());
        return fork_beside(setup);
    };
    if fork != Fork::Child {
        if setup.job.unit.as_ref() == Some(&ours) {
            // Who leaves this one was moved on purpose.
            setup.job.unit = Some(format!("{}/pj-{}", ours.trim_end_matches('/'), setup.job.uid));
        }
        name(setup, &cgroup);
    }
    Ok(fork)
}

fn name(setup: &mut Setup, cgroup: &Cgroup) {
    setup.job.cgroup = Some(format!("{}:{}", cgroup.path().display(), cgroup.id()));
}

/// Where none can be made: in a scope, if the user asked for one, else where we are.
fn fork_beside(setup: &mut Setup) -> io::Result<Fork> {
    let fork = spawn::fork()?;
    let Fork::Parent(command) = fork else { return Ok(fork) };
    if !setup.args.scope {
        return Ok(fork);
    }
    match scope::enter(&setup.job.uid, command) {
        Ok(cgroup) => {
            // Who leaves this one was moved on purpose.
            setup.job.unit = os::unit(command);
            name(setup, &cgroup);
            Ok(fork)
        }
        Err(e) => {
            say(&Error::new("start the command in a scope", format!("{}; it runs without one", plain(&e))));
            born_again(command)
        }
    }
}

/// A manager that answers late would take the command, and all below it, out of the unit where a record says that they
/// are: it shall find nobody. This one waits for its go, and has run nothing.
fn born_again(command: Pid) -> io::Result<Fork> {
    signal::send_child(command, signal::KILL)?;
    spawn::wait_for(command)?;
    spawn::fork()
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
