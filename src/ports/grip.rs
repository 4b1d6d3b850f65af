//! The kernel for those who hold a port: a signal goes to nobody who does not hold the very socket any more, asked before
//! each signal, beside the identity that [`Real`] verifies. Notes which signal was the last.

use std::collections::BTreeMap;

use super::Holding;
use crate::kill::protect::Traits;
use crate::kill::real::Real;
use crate::kill::{Kernel, Sent};
use crate::sys::signal::{CONT, KILL, STOP, Signal};
use crate::sys::{Pid, Stat, net};

/// Over the kernel as it is.
#[derive(Debug)]
pub(super) struct Grip {
    real: Real,
    /// The sockets for which each may be signalled.
    sockets: BTreeMap<Pid, Vec<u64>>,
    /// The last signal that each was sent.
    sent: BTreeMap<Pid, Signal>,
    /// Those whom the kernel would not let us signal.
    refused: Vec<Pid>,
}

impl Grip {
    pub(super) fn new() -> Grip {
        Grip { real: Real::new(), sockets: BTreeMap::new(), sent: BTreeMap::new(), refused: Vec::new() }
    }

    /// He may be signalled as long as he holds one of these; those of a `blocked` port are no reason.
    pub(super) fn allow(&mut self, one: &Holding, blocked: &[u16]) {
        let ours = one.sockets.iter().filter(|held| !blocked.contains(&held.listener.addr.port()));
        self.sockets.insert(one.pid(), ours.map(|held| held.listener.inode).collect());
    }

    /// Does he hold any of them still?
    pub(super) fn holds(&self, pid: Pid) -> bool {
        let mut now = Vec::new();
        let wanted = self.sockets.get(&pid);
        net::sockets(pid, &mut now).is_ok() && wanted.is_some_and(|w| w.iter().any(|inode| now.contains(inode)))
    }

    /// The last signal that he was sent.
    pub(super) fn last(&self, pid: Pid) -> Option<Signal> {
        self.sent.get(&pid).copied()
    }

    /// Would the kernel not let us?
    pub(super) fn was_refused(&self, pid: Pid) -> bool {
        self.refused.contains(&pid)
    }
}

impl Kernel for Grip {
    fn stat(&mut self, pid: Pid) -> Option<Stat> {
        self.real.stat(pid)
    }

    fn reaches(&mut self, pid: Pid, start: u64) -> bool {
        self.real.reaches(pid, start)
    }

    fn children(&mut self, of: &Stat, out: &mut Vec<Pid>) {
        self.real.children(of, out);
    }

    fn traits(&mut self, of: &Stat, with_unit: bool) -> Traits {
        self.real.traits(of, with_unit)
    }

    /// Who stands still cannot have let go since; and nobody is left standing.
    fn send(&mut self, member: &Stat, sig: Signal) -> Sent {
        let was_frozen = sig == KILL && self.last(member.pid) == Some(STOP);
        if !was_frozen && !self.holds(member.pid) {
            return Sent::Gone;
        }
        let sent = self.real.send(member, sig);
        match sent {
            Sent::Done if sig != CONT => drop(self.sent.insert(member.pid, sig)),
            Sent::Refused => self.refused.push(member.pid),
            Sent::Done | Sent::Gone => {}
        }
        sent
    }

    fn me(&self) -> Pid {
        self.real.me()
    }
}
