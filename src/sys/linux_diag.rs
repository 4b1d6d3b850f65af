//! Linux: the kernel's sockets in one state, by `sock_diag(7)`. Unlike `/proc/net/tcp` it does not walk the table of
//! connections to find those that listen. Where it is not there, its caller reads `/proc`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use super::{Proto, Row};
use crate::sys::fd;

/// `SOCK_DIAG_BY_FAMILY` (linux/sock_diag.h).
const BY_FAMILY: u16 = 20;
/// `struct nlmsghdr`: length, type, flags, sequence, port.
const HEAD: usize = 16;
/// `struct inet_diag_msg` (linux/inet_diag.h).
const MESSAGE: usize = 72;

/// All sockets in this state, v4 and v6, of our own network namespace.
pub(super) fn in_state(proto: Proto, state: u8, f: &mut dyn FnMut(Row)) -> io::Result<()> {
    // SAFETY: socket takes numbers.
    let line =
        unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, libc::NETLINK_SOCK_DIAG) };
    if line < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: socket has just returned this descriptor to us alone.
    let line = unsafe { OwnedFd::from_raw_fd(line) };
    for family in [libc::AF_INET, libc::AF_INET6] {
        let request = request(family as u8, proto, state);
        // SAFETY: sends bytes that live over the call.
        let sent = unsafe { libc::send(line.as_raw_fd(), request.as_ptr().cast(), request.len(), 0) };
        if sent != request.len() as isize {
            return Err(io::Error::last_os_error());
        }
        answers(&line, proto, f)?;
    }
    Ok(())
}

/// `struct nlmsghdr`, then `struct inet_diag_req_v2`, of which all else is zero: any address.
fn request(family: u8, proto: Proto, state: u8) -> [u8; HEAD + 56] {
    let mut bytes = [0; HEAD + 56];
    let protocol = if proto == Proto::Tcp { libc::IPPROTO_TCP } else { libc::IPPROTO_UDP };
    let flags = (libc::NLM_F_REQUEST | libc::NLM_F_DUMP) as u16;
    bytes[..4].copy_from_slice(&((HEAD + 56) as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
    bytes[HEAD] = family;
    bytes[HEAD + 1] = protocol as u8;
    bytes[HEAD + 4..HEAD + 8].copy_from_slice(&(1u32 << state).to_ne_bytes());
    bytes
}

/// Reads to the end of one answer.
fn answers(line: &OwnedFd, proto: Proto, f: &mut dyn FnMut(Row)) -> io::Result<()> {
    let mut buf = vec![0; 32 << 10];
    loop {
        let len = match fd::read(line.as_fd(), &mut buf) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            done => done?,
        };
        if part(&buf[..len], proto, f)? {
            return Ok(());
        }
    }
}

/// One read: whole messages, one after the other. Was the last among them?
fn part(mut bytes: &[u8], proto: Proto, f: &mut dyn FnMut(Row)) -> io::Result<bool> {
    let odd = || io::Error::from(io::ErrorKind::InvalidData);
    if bytes.is_empty() {
        return Err(odd());
    }
    while !bytes.is_empty() {
        let len = number(bytes, 0).ok_or_else(odd)? as usize;
        let message = bytes.get(..len).filter(|m| m.len() >= HEAD).ok_or_else(odd)?;
        match i32::from(u16::from_ne_bytes([message[4], message[5]])) {
            // With the error that it ended with: of a protocol for which it has no such module, and cannot load one any
            // more, the kernel lists nobody and says so only here (`netlink_dump_done`, net/netlink/af_netlink.c).
            libc::NLMSG_DONE => {
                return if number(message, HEAD).is_some_and(|e| e != 0) { Err(odd()) } else { Ok(true) };
            }
            libc::NLMSG_ERROR => return Err(odd()),
            _ => row(&message[HEAD..], proto).into_iter().for_each(&mut *f),
        }
        bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// family, state, timer, retransmits; ports, addresses, interface, cookie; expires, queues, user, inode.
fn row(m: &[u8], proto: Proto) -> Option<Row> {
    let m: &[u8; MESSAGE] = m.get(..MESSAGE)?.try_into().ok()?;
    let port = |at: usize| u16::from_be_bytes([m[at], m[at + 1]]);
    let ip = |at: usize| {
        let all: [u8; 16] = m[at..at + 16].try_into().unwrap_or_default();
        match i32::from(m[0]) {
            libc::AF_INET => IpAddr::V4(Ipv4Addr::new(all[0], all[1], all[2], all[3])),
            _ => IpAddr::V6(Ipv6Addr::from(all)),
        }
    };
    let (local, remote) = (SocketAddr::new(ip(8), port(4)), SocketAddr::new(ip(24), port(6)));
    let (uid, inode) = (number(m, 64)?, u64::from(number(m, 68)?));
    Some(Row { proto, local, remote, state: m[1], inode, uid })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As it came from a kernel that was asked for a protocol which it cannot list: nobody listed is not nobody there.
    #[test]
    fn a_list_that_ends_with_an_error_is_none() {
        let done = |code: i32| {
            let head = [&20u32.to_ne_bytes()[..], &3u16.to_ne_bytes(), &2u16.to_ne_bytes(), &[0; 8]].concat();
            part(&[&head[..], &code.to_ne_bytes()].concat(), Proto::Tcp, &mut |_| {})
        };
        assert_eq!(done(0).ok(), Some(true));
        assert!(done(-libc::ENOENT).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        /// No bytes are too strange, and what is cut is no row.
        #[test]
        fn no_answer_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200), len in 0u32..120) {
            let mut rows = 0;
            let _ = part(&bytes, Proto::Tcp, &mut |_| rows += 1);
            let whole = [&len.to_ne_bytes()[..], &bytes].concat();
            let _ = part(&whole, Proto::Tcp, &mut |_| rows += 1);
            prop_assert!(rows <= bytes.len() / MESSAGE + whole.len() / MESSAGE);
        }
    }
}
