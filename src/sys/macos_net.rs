//! macOS: not known here yet. `proc_pidfdinfo` would tell (`PROC_PIDFDSOCKETINFO`), but the structure that it fills
//! (`socket_fdinfo`, bsd/sys/proc_info.h) is not in the libc crate, and one written by hand could not be tried.

use std::io;

use super::{Listener, Proto, Row};
use crate::sys::Pid;

/// Says `Unsupported`.
pub fn listeners() -> io::Result<Vec<Listener>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Says `Unsupported`.
pub fn bound() -> io::Result<Vec<Listener>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Says `Unsupported`.
pub fn rows(_proto: Proto, _of: Option<Pid>, _f: &mut dyn FnMut(Row)) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There is one for all.
pub fn namespace(_pid: Pid) -> Option<u64> {
    None
}

/// Says `Unsupported`.
pub fn sockets(_pid: Pid, _out: &mut Vec<u64>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
