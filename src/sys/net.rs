//! Which sockets of this machine wait for connections, which others there are, and which of them a process holds. Looks
//! only: it opens, connects and closes nothing.

use std::net::SocketAddr;

#[cfg_attr(target_os = "linux", path = "linux_net.rs")]
#[cfg_attr(target_os = "macos", path = "macos_net.rs")]
mod net_os;

pub use net_os::{bound, listeners, namespace, rows, sockets};

/// How a socket speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proto {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl Proto {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Proto::Tcp => "tcp",
            Proto::Udp => "udp",
        }
    }
}

/// A TCP socket in the state LISTEN, or a bound UDP socket without a peer, of our own network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// TCP or UDP.
    pub proto: Proto,
    /// Where it listens; all zeroes is "everywhere".
    pub addr: SocketAddr,
    /// The socket's number, the same in every process that holds it, in any namespace, and no other socket's meanwhile.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

/// A row of the kernel's table of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// TCP or UDP.
    pub proto: Proto,
    /// Our end.
    pub local: SocketAddr,
    /// The other end; zeroes where there is none.
    pub remote: SocketAddr,
    /// The state's number (net/tcp_states.h).
    pub state: u8,
    /// The socket's number; 0 for what no process can hold any more.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

impl Row {
    /// As a listener, if it is one: LISTEN; of UDP what has no peer.
    pub fn listener(&self) -> Option<Listener> {
        let is_one = match self.proto {
            Proto::Tcp => self.state == LISTEN,
            Proto::Udp => self.state == UNCONNECTED,
        };
        is_one.then_some(Listener { proto: self.proto, addr: self.local, inode: self.inode, uid: self.uid })
    }
}

/// TCP_LISTEN.
pub const LISTEN: u8 = 10;
/// TCP_CLOSE: for UDP, no peer.
pub const UNCONNECTED: u8 = 7;

/// What the kernel calls a state of TCP.
pub fn state_name(state: u8) -> &'static str {
    const NAMES: [&str; 13] = [
        "UNKNOWN",
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RECV",
        "FIN_WAIT1",
        "FIN_WAIT2",
        "TIME_WAIT",
        "CLOSE",
        "CLOSE_WAIT",
        "LAST_ACK",
        "LISTEN",
        "CLOSING",
        "NEW_SYN_RECV",
    ];
    NAMES.get(usize::from(state)).copied().unwrap_or(NAMES[0])
}
