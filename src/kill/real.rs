//! The kernel as it is: `sys`, with the verification that makes a signal safe to send.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::protect::Traits;
use super::{Kernel, Sent};
use crate::process::{self, describe};
use crate::sys::signal::{self, Signal};
use crate::sys::{self, Pid, Stat, os};

/// Sent to nobody: the kernel only says whether it might be (kill(2)).
const PROBE: Signal = 0;

/// The running kernel.
#[derive(Debug)]
pub struct Real {
    me: Pid,
    /// Every process number, for kernels without `children` files.
    all: Vec<Pid>,
    /// Number, start and the pidfd's inode of those who were verified once, sorted: an inode is one process's for ever.
    verified: Vec<(Pid, u64, u64)>,
}

impl Real {
    /// Seen from this process.
    pub fn new() -> Real {
        Real { me: sys::pid(), all: Vec::new(), verified: Vec::with_capacity(1024) }
    }

    /// Whom somebody verified before, by number, start and the pidfd's inode; a signal to them takes no second look.
    pub fn trust(&mut self, those: impl Iterator<Item = (Pid, u64, u64)>) {
        self.verified.extend(those);
        self.verified.sort_unstable();
        self.verified.dedup();
    }

    fn scan_children(&mut self, of: Pid, out: &mut Vec<Pid>) {
        self.all.clear();
        if os::all(&mut self.all).is_err() {
            return;
        }
        out.extend(self.all.iter().copied().filter(|&p| os::stat(p).is_some_and(|s| s.ppid == of)));
    }
}

impl Default for Real {
    fn default() -> Real {
        Real::new()
    }
}

impl Kernel for Real {
    fn stat(&mut self, pid: Pid) -> Option<Stat> {
        os::stat(pid)
    }

    /// By its inode where that was verified before: half of what asking `/proc` costs.
    fn reaches(&mut self, pid: Pid, start: u64) -> bool {
        let Ok(handle) = os::Handle::open(pid) else { return false };
        let known = |inode| self.verified.binary_search(&(pid, start, inode)).is_ok();
        let is_still = handle.inode().is_some_and(known) || os::stat(pid).is_some_and(|s| s.start == start);
        is_still && handle.send(PROBE).is_ok()
    }

    fn children(&mut self, of: &Stat, out: &mut Vec<Pid>) {
        if os::children(of.pid, of.threads, out).is_err() {
            self.scan_children(of.pid, out);
        }
    }

    fn traits(&mut self, of: &Stat, with_unit: bool) -> Traits {
        let unit = if with_unit { os::unit(of.pid) } else { None };
        Traits { unit, ..by_name(of.pid, of.name()) }
    }

    fn send(&mut self, member: &Stat, sig: Signal) -> Sent {
        if member.pid <= 1 || member.pid == self.me {
            return Sent::Gone;
        }
        // Our own child that we have not reaped since the walk: its number cannot be another's (LAWS L43a).
        if member.ppid == self.me {
            return judge(signal::send_child(member.pid, sig));
        }
        match os::Handle::open(member.pid) {
            Ok(handle) => {
                let inode = handle.inode();
                let who = (member.pid, member.start, inode.unwrap_or(0));
                let place = self.verified.binary_search(&who);
                // The very process that was verified at an earlier signal, wherever it hangs now.
                if inode.is_some() && place.is_ok() {
                    return judge(handle.send(sig));
                }
                match os::stat(member.pid) {
                    // Same start, and still below the same parent or orphaned to us: the handle is the member.
                    Some(now) if now.start == member.start && (now.ppid == member.ppid || now.ppid == self.me) => {
                        if let (Some(_), Err(place)) = (inode, place) {
                            self.verified.insert(place, who);
                        }
                        judge(handle.send(sig))
                    }
                    // Orphaned to another reaper of the tree: the next walk verifies it there.
                    _ => Sent::Gone,
                }
            }
            Err(e) if e.raw_os_error() == Some(3) => Sent::Gone,
            // No pidfds here: only our own children can be signalled safely, and the rest become ours as those end.
            Err(_) => Sent::Gone,
        }
    }

    fn me(&self) -> Pid {
        self.me
    }
}

fn judge(sent: std::io::Result<()>) -> Sent {
    match sent {
        Ok(()) => Sent::Done,
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Sent::Refused,
        Err(_) => Sent::Gone,
    }
}

/// What protection is decided on, read from the kernel.
pub fn traits(pid: Pid) -> Traits {
    let comm = os::stat(pid).map(|s| s.name()).unwrap_or_default();
    Traits { unit: os::unit(pid), ..by_name(pid, comm) }
}

/// All but the unit.
fn by_name(pid: Pid, comm: String) -> Traits {
    let argv: Vec<OsString> = os::argv(pid);
    let keep = process::carries(pid, "PJ_KEEP=1");
    let exe = os::exe(pid).map(|p| String::from_utf8_lossy(p.as_os_str().as_bytes()).into_owned());
    let exe = exe.map(|p| describe::base(&p).to_owned()).unwrap_or_default();
    Traits { comm, exe, argv: describe::text_of(&argv), keep, unit: None }
}
