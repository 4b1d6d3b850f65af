//! Who a process is, beyond its number, which is used again: pid, start time, boot and pid namespace, and the pidfd's
//! inode where the kernel has one (DESIGN §3, LAWS L43). A number read from a file is nothing until this agrees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe;
use crate::sys::{self, Pid, Stat, hands, os};

/// One process of one boot in one pid namespace, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Process number.
    pub pid: Pid,
    /// Start time, in the unit of [`sys::Stat::start`].
    pub start: u64,
    /// Boot id; empty proves nothing.
    pub boot: String,
    /// Pid namespace.
    pub ns: u64,
    /// Inode of its pidfd, where that is unique (Linux 6.9).
    #[serde(default)]
    pub ino: Option<u64>,
}

/// What can be said of an identity now.
#[derive(Debug)]
pub enum Life {
    /// It lives; the handle is exactly it (`None` where the kernel has no pidfds).
    Alive(Option<os::Handle>),
    /// It has ended, or another boot had it.
    Gone,
    /// Another pid namespace, or a boot id that cannot be read: not ours to judge.
    Elsewhere,
}

/// How the process of an identity looks, for those who judge or tell. Nobody is held: a signal asks [`Identity::life`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It lives, and looks like this.
    Lives(Stat),
    /// It has ended, or another boot had it.
    Gone,
    /// Not ours to judge.
    Elsewhere,
}

/// What was asked of the kernel already: one look at each process for a whole pass, however many records name it.
#[derive(Debug, Default)]
pub struct Looks(BTreeMap<Pid, Stat>);

impl Looks {
    /// What was seen of this number, if it was looked at and somebody lived there.
    pub fn seen(&self, pid: Pid) -> Option<&Stat> {
        self.0.get(&pid)
    }

    /// Looks at these already, for who will ask after them all: several threads do, where there are many. Those of other boots and namespaces are passed over.
    pub fn ahead<'a>(&mut self, whom: impl Iterator<Item = &'a Identity>) {
        let mut pids: Vec<Pid> = whom.filter(|who| who.is_of_here()).map(|who| who.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        let read = |pids: &[Pid]| pids.iter().filter_map(|&pid| os::stat(pid)).collect::<Vec<Stat>>();
        hands::ahead(&pids, read, |seen| self.0.extend(seen.into_iter().map(|stat| (stat.pid, stat))));
    }

    /// How the process of this identity looks. Its number, start, boot and namespace prove it here; that it has ended is
    /// believed only when the handle says so too.
    pub fn at(&mut self, who: &Identity) -> Look {
        let is_of_here = who.is_of_here();
        let lives = |stat: &Stat| is_of_here && who.is(stat) && !stat.is_dead();
        if let Some(stat) = self.0.get(&who.pid).filter(|stat| lives(stat)) {
            return Look::Lives(*stat);
        }
        let now = if is_of_here { os::stat(who.pid) } else { None };
        if let Some(stat) = now.filter(lives) {
            self.0.insert(who.pid, stat);
            return Look::Lives(stat);
        }
        match who.life() {
            Life::Gone => Look::Gone,
            Life::Elsewhere => Look::Elsewhere,
            Life::Alive(handle) => match os::stat(who.pid).filter(lives) {
                Some(stat) => Look::Lives(stat),
                // Its handle says that it lives and its start that it is another: starts are counted from another boot
                // here, in a time namespace (`time_namespaces(7)`). Or nothing more could be read of it.
                None if handle.is_none_or(|h| !h.has_ended()) => Look::Elsewhere,
                None => Look::Gone,
            },
        }
    }
}

impl Life {
    /// Only `Alive`.
    pub fn is_alive(&self) -> bool {
        matches!(self, Life::Alive(_))
    }

    /// The handle, where it lives and there is one.
    pub fn handle(self) -> Option<os::Handle> {
        match self {
            Life::Alive(handle) => handle,
            Life::Gone | Life::Elsewhere => None,
        }
    }

    /// Only `Gone`: known to have ended.
    pub fn is_gone(&self) -> bool {
        matches!(self, Life::Gone)
    }
}

impl Identity {
    /// The identity of whoever has this number now; `None` if nobody or nothing can be proven here.
    pub fn of(pid: Pid) -> Option<Identity> {
        let handle = os::Handle::open(pid).ok();
        let stat = sys::os::stat(pid)?;
        let ino = handle.as_ref().and_then(os::Handle::inode);
        Identity::from_stat(&stat, ino)
    }

    /// The identity of a process whose `stat` was just read.
    pub fn from_stat(stat: &sys::Stat, ino: Option<u64>) -> Option<Identity> {
        let boot = os::boot_id();
        if boot.is_empty() {
            return None;
        }
        Some(Identity { pid: stat.pid, start: stat.start, boot: boot.to_owned(), ns: os::pid_namespace(), ino })
    }

    /// Is it the process of this `stat`, in this boot and pid namespace? For what is only told: nothing is held.
    pub fn is_here(&self, stat: &sys::Stat) -> bool {
        self.is(stat) && self.is_of_here()
    }

    /// Is it of this boot and this pid namespace?
    pub fn is_of_here(&self) -> bool {
        !self.boot.is_empty() && self.boot == os::boot_id() && self.ns == os::pid_namespace()
    }

    /// `PID-START`, the name of a session's record and the value of `PJ_SESSION`.
    pub fn key(&self) -> String {
        format!("{}-{}", self.pid, self.start)
    }

    /// Is this text its [`key`](Identity::key)? Allocates nothing.
    pub fn has_key(&self, text: &str) -> bool {
        describe::is_written(text, format_args!("{}-{}", self.pid, self.start))
    }

    /// Does it live? Opens the handle first and verifies after, so that the handle cannot be a stranger's.
    pub fn life(&self) -> Life {
        let here = os::boot_id();
        if here.is_empty() || self.boot.is_empty() {
            return Life::Elsewhere;
        }
        if self.boot != here {
            return Life::Gone;
        }
        if self.ns != os::pid_namespace() {
            return Life::Elsewhere;
        }
        if self.pid <= 0 {
            return Life::Gone;
        }
        match os::Handle::open(self.pid) {
            Ok(handle) => self.verify(handle),
            Err(e) if e.raw_os_error() == Some(3) => Life::Gone,
            Err(_) => self.look(None),
        }
    }

    /// By its start time. Who cannot even read of himself, for want of a descriptor, knows of nobody that he is gone.
    fn look(&self, handle: Option<os::Handle>) -> Life {
        match sys::os::stat(self.pid) {
            Some(s) if s.start == self.start && !s.is_dead() => Life::Alive(handle),
            // Nothing to be read of one who is there, for want of memory or of a file.
            None if sys::signal::reaches(self.pid) => Life::Elsewhere,
            None if sys::os::stat(sys::pid()).is_none() => Life::Elsewhere,
            _ => Life::Gone,
        }
    }

    fn verify(&self, handle: os::Handle) -> Life {
        if let (Some(recorded), Some(found)) = (self.ino, handle.inode()) {
            if recorded == found && !handle.has_ended() { Life::Alive(Some(handle)) } else { Life::Gone }
        } else {
            self.look(Some(handle))
        }
    }

    /// Is this the process that `stat` describes?
    pub fn is(&self, stat: &sys::Stat) -> bool {
        self.pid == stat.pid && self.start == stat.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_without_writing_it() {
        let who = Identity { pid: 12, start: 345, boot: "b".into(), ns: 1, ino: None };
        assert!(who.has_key(&who.key()));
        for other in ["", "12", "12-", "12-34", "12-3456", "012-345", "+12-345", "12-345 ", "1-345", "12-0345"] {
            assert!(!who.has_key(other), "{other}");
        }
    }

    #[test]
    fn we_are_alive_and_a_forged_start_is_not_us() {
        let me = Identity::of(sys::pid()).unwrap();
        assert!(me.life().is_alive());
        let forged = Identity { start: me.start + 1, ino: None, ..me.clone() };
        assert!(forged.life().is_gone());
        let other_boot = Identity { boot: "00000000-0000-0000-0000-000000000000".into(), ..me.clone() };
        assert!(other_boot.life().is_gone());
        let other_ns = Identity { ns: me.ns + 1, ..me };
        assert!(matches!(other_ns.life(), Life::Elsewhere));
    }

    #[test]
    fn one_look_is_remembered_for_exactly_whom_it_saw() {
        let (mut looks, me) = (Looks::default(), Identity::of(sys::pid()).unwrap());
        for _ in 0..2 {
            assert!(matches!(looks.at(&me), Look::Lives(stat) if me.is(&stat)));
            assert!(matches!(looks.at(&Identity { ino: None, ..me.clone() }), Look::Lives(_)));
            assert_eq!(looks.at(&Identity { start: me.start + 1, ino: None, ..me.clone() }), Look::Gone);
            assert_eq!(looks.at(&Identity { boot: "b".into(), ..me.clone() }), Look::Gone);
            assert_eq!(looks.at(&Identity { ns: me.ns + 1, ..me.clone() }), Look::Elsewhere);
            // Our handle, another start: of a time namespace, not gone.
            let shifted = Identity { start: me.start + 1, ..me.clone() };
            assert_eq!(looks.at(&shifted) == Look::Elsewhere, me.ino.is_some());
        }
    }
}
