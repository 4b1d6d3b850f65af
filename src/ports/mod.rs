//! Who listens on which port: sockets from the kernel's table, and which processes hold them. It never connects to
//! anybody to find out; only [`free`] ends somebody, whom its caller has judged.
//!
//! TCP in the state LISTEN, v4 and v6, of our own network namespace; UDP only where it is asked for. A client whose local
//! port happens to be the same is not in it. What other users' processes hold is not to be seen without root: such a
//! listener has no holder here.

pub mod around;
pub mod free;
mod grip;
pub mod redirects;
mod survey;
pub mod units;
mod whose;

use std::io;

pub use crate::sys::net::{Listener, Proto};
use crate::sys::{Pid, net, os};
pub use survey::{Ghost, Held, Holding, Survey};
pub use whose::{Chain, heir};

/// A process that holds a listening socket. One socket may have several: all who inherited its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Who.
    pub pid: Pid,
    /// What.
    pub listener: Listener,
}

/// All that listen.
pub fn listeners() -> io::Result<Vec<Listener>> {
    net::listeners()
}

/// Those that listen on this port, at whatever address.
pub fn on(port: u16) -> io::Result<Vec<Listener>> {
    let mut found = listeners()?;
    found.retain(|l| l.addr.port() == port);
    Ok(found)
}

/// Which of these sockets do these processes hold? In the order of the processes. Of no sockets nobody's descriptors
/// are read, so that who waits for a port pays for two tables as long as nobody listens there. Who has gone, or may not
/// be seen, holds nothing.
pub fn of(members: &[Pid], among: &[Listener]) -> Vec<Holder> {
    let mut found = Vec::new();
    if among.is_empty() {
        return found;
    }
    let mut sockets = Vec::new();
    for &pid in members {
        sockets.clear();
        if net::sockets(pid, &mut sockets).is_ok() {
            let held = among.iter().filter(|l| sockets.contains(&l.inode));
            found.extend(held.map(|&listener| Holder { pid, listener }));
        }
    }
    found
}

/// The same of every process that we may look at.
pub fn holders(among: &[Listener]) -> io::Result<Vec<Holder>> {
    let mut pids = Vec::new();
    if !among.is_empty() {
        os::all(&mut pids)?;
    }
    pids.sort_unstable();
    Ok(of(&pids, among))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_holds_a_listener_is_found_and_a_client_is_not() {
        let own = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = own.local_addr().expect("it is bound");
        let client = std::net::TcpStream::connect(addr).expect("somebody listens");
        let me = crate::sys::pid();
        let there = on(addr.port()).expect("a table");
        assert_eq!(there.iter().map(|l| l.addr).collect::<Vec<_>>(), [addr]);
        let wanted = [Holder { pid: me, listener: there[0] }];
        assert_eq!(of(&[1, me, me + 1_000_000], &there), wanted);
        assert!(holders(&there).expect("a process table").contains(&wanted[0]));
        assert_eq!((of(&[me], &[]), holders(&[]).expect("nothing to look for")), (vec![], vec![]));
        let client = client.local_addr().expect("it is bound").port();
        assert_eq!(on(client).expect("a table"), []);
        drop(own);
        assert_eq!(on(addr.port()).expect("a table"), []);
    }
}
