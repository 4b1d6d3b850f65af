//! Sockets and who holds them at one instant: heads, to whom nobody above handed the socket down, and inheritors, who have
//! it from a parent. Looks only.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{Chain, Listener, Proto};
use crate::process::describe::escape;
use crate::sys::{self, Pid, Stat, net, os};

/// A socket in the hand of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub listener: Listener,
    /// The nearest above who holds the same one; `None`: he is a head.
    pub from: Option<Pid>,
}

/// A process that holds some of the sockets.
#[derive(Clone, Debug)]
pub struct Holding {
    /// He and his parents.
    pub chain: Chain,
    /// What he holds, in the order of the table.
    pub sockets: Vec<Held>,
}

impl Holding {
    /// Who.
    pub fn pid(&self) -> Pid {
        self.chain.process().pid
    }

    /// By number and start time.
    pub fn who(&self) -> (Pid, u64) {
        (self.chain.process().pid, self.chain.process().start)
    }

    /// Has he any of them from nobody?
    pub fn is_head(&self) -> bool {
        self.sockets.iter().any(|held| held.from.is_none())
    }

    /// Does he hold one of this port?
    pub fn is_on(&self, port: u16) -> bool {
        self.sockets.iter().any(|held| held.listener.addr.port() == port)
    }

    /// `node (123)`.
    pub fn label(&self) -> String {
        format!("{} ({})", escape(&self.chain.process().name()), self.pid())
    }
}

/// A socket that nobody whom we can see holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ghost {
    /// Which.
    pub listener: Listener,
    /// Why nobody is seen.
    pub reason: String,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The sockets, as the kernel lists them.
    pub listeners: Vec<Listener>,
    /// Who holds them, by number.
    pub holders: Vec<Holding>,
    /// Processes whose descriptors we may not see.
    unseen: Vec<Pid>,
}

impl Survey {
    /// Looks at the sockets of these ports; at all where none is named.
    pub fn of(proto: Proto, ports: &[u16]) -> io::Result<Survey> {
        let mut listeners = match proto {
            Proto::Tcp => net::listeners()?,
            Proto::Udp => net::bound()?,
        };
        listeners.retain(|l| ports.is_empty() || ports.contains(&l.addr.port()));
        let mut survey = Survey { listeners, ..Survey::default() };
        if !survey.listeners.is_empty() {
            survey.find_holders()?;
        }
        Ok(survey)
    }

    fn find_holders(&mut self) -> io::Result<()> {
        let mut inodes: Vec<(u64, usize)> = self.listeners.iter().enumerate().map(|(at, l)| (l.inode, at)).collect();
        inodes.sort_unstable();
        let (mut pids, mut sockets, mut found) = (Vec::new(), Vec::new(), Vec::new());
        os::all(&mut pids)?;
        pids.sort_unstable();
        for pid in pids {
            sockets.clear();
            match net::sockets(pid, &mut sockets) {
                Err(e) if e.kind() == io::ErrorKind::PermissionDenied => self.unseen.push(pid),
                _ => {}
            }
            let place = |inode| inodes.binary_search_by_key(&inode, |(inode, _)| *inode).ok().map(|at| inodes[at].1);
            let mut held: Vec<usize> = sockets.iter().filter_map(|&inode| place(inode)).collect();
            held.sort_unstable();
            held.dedup();
            if !held.is_empty() {
                found.push((pid, held));
            }
        }
        self.holders = holdings(&self.listeners, &found, &mut os::stat);
        Ok(())
    }

    /// Who holds a socket of this port.
    pub fn on(&self, port: u16) -> impl Iterator<Item = &Holding> {
        self.holders.iter().filter(move |h| h.is_on(port))
    }

    /// Those whom nobody holds who can be seen.
    pub fn ghosts(&self) -> Vec<Ghost> {
        let held: BTreeSet<u64> =
            self.holders.iter().flat_map(|h| &h.sockets).map(|held| held.listener.inode).collect();
        let ghosts = self.listeners.iter().filter(|l| !held.contains(&l.inode));
        ghosts.map(|&listener| Ghost { listener, reason: self.reason(&listener) }).collect()
    }

    /// Why nobody is seen who holds it.
    fn reason(&self, l: &Listener) -> String {
        let us = sys::euid();
        if us != 0 && l.uid != us {
            return format!("user {} made it, whose processes only that user and root can look at", l.uid);
        }
        let hides = self.unseen.iter().copied().find(|&pid| os::user(pid).is_some_and(|uid| uid == us || us == 0));
        if let Some(pid) = hides.filter(|_| us != 0) {
            let name = os::stat(pid).map(|s| escape(&s.name())).unwrap_or_default();
            return format!("a process holds it that hides its descriptors, such as {name} ({pid})");
        }
        "no process of this pid namespace holds it: another namespace's does, the kernel itself (nfsd, rpc), or it is on \
         its way in a message between two processes"
            .to_owned()
    }
}

/// From who holds which to heads and inheritors. `stat` is asked once for each process.
fn holdings(
    listeners: &[Listener],
    found: &[(Pid, Vec<usize>)],
    stat: &mut dyn FnMut(Pid) -> Option<Stat>,
) -> Vec<Holding> {
    let mut seen: BTreeMap<Pid, Option<Stat>> = BTreeMap::new();
    let mut look = |pid| *seen.entry(pid).or_insert_with(|| stat(pid));
    let held: BTreeMap<Pid, &Vec<usize>> = found.iter().map(|(pid, held)| (*pid, held)).collect();
    let one = |(pid, sockets): &(Pid, Vec<usize>)| {
        let chain = Chain::by(*pid, &mut look)?;
        let from = |at: &usize| {
            let mut above = chain.line()[1..].iter().map(|s| s.pid);
            above.find(|pid| held.get(pid).is_some_and(|theirs| theirs.binary_search(at).is_ok()))
        };
        let sockets = sockets.iter().map(|at| Held { listener: listeners[*at], from: from(at) }).collect();
        Some(Holding { chain, sockets })
    };
    found.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(port: u16, inode: u64) -> Listener {
        Listener { proto: Proto::Tcp, addr: ([127, 0, 0, 1], port).into(), inode, uid: 0 }
    }

    /// A shell (5) over a server (10) with two workers (11, 12), one of which has a socket of its own; one (20) that was
    /// orphaned with the socket; one (30) that went while it was looked at.
    #[test]
    fn who_has_a_socket_from_nobody_above_is_a_head() {
        let sockets = [listener(8000, 1), listener(8001, 2)];
        let parents = [(5, 1), (10, 5), (11, 10), (12, 10), (20, 1), (1, 0)];
        let mut asked = 0;
        let mut stat = |pid| {
            asked += 1;
            parents.iter().find(|(p, _)| *p == pid).map(|(p, above)| Stat::made_up(*p, *above))
        };
        let found = [(10, vec![0]), (11, vec![0]), (12, vec![0, 1]), (20, vec![0]), (30, vec![0])];
        let all = holdings(&sockets, &found, &mut stat);
        let from: Vec<Vec<Option<Pid>>> = all.iter().map(|h| h.sockets.iter().map(|s| s.from).collect()).collect();
        assert_eq!(from, [vec![None], vec![Some(10)], vec![Some(10), None], vec![None]]);
        assert_eq!(all.iter().map(Holding::is_head).collect::<Vec<_>>(), [true, false, true, true]);
        assert_eq!(asked, 8, "each once: 1, 5, 10, 11, 12, 20, 30, and 0 above all");
        let survey = Survey { listeners: sockets.to_vec(), holders: all, unseen: vec![] };
        assert_eq!(survey.on(8001).map(Holding::pid).collect::<Vec<_>>(), [12]);
        assert_eq!(survey.ghosts(), []);
        let alone = Survey { listeners: sockets.to_vec(), ..Survey::default() };
        assert_eq!(alone.ghosts().len(), 2);
    }
}
