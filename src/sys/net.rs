//! Which sockets of this machine wait for connections, and which of them a process holds. Looks only: it opens,
//! connects and closes nothing.

use std::net::SocketAddr;

#[cfg_attr(target_os = "linux", path = "linux_net.rs")]
#[cfg_attr(target_os = "macos", path = "macos_net.rs")]
mod net_os;

pub use net_os::{listeners, sockets};

/// A TCP socket in the state LISTEN, of our own network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// Where it listens; all zeroes is "everywhere".
    pub addr: SocketAddr,
    /// The socket's number, the same in every process that holds it, in any namespace, and no other socket's meanwhile.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}
