//! Those who hold ports: servers of every kind, clients with a port of their own, and one who starts a server again and
//! again.

use crate::kinds::be_deaf;
use crate::roster::{Roster, bound, wait};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{ForkResult, fork};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Play one kind; false when there is no such kind.
pub(crate) fn run(roster: &Roster, kind: &str, options: &[String]) -> bool {
    match kind {
        "server" => server(roster, options),
        "client" => client(roster, options),
        "supervisor" => supervisor(roster, options),
        _ => false,
    }
}

fn said<'a>(options: &'a [String], key: &str) -> Option<&'a str> {
    options.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

fn has(options: &[String], word: &str) -> bool {
    options.iter().any(|one| one == word)
}

/// An address as the kernel wants it.
fn raw(addr: SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: an all-zero storage is a valid value, large enough and aligned for any address.
    unsafe {
        let mut storage: libc::sockaddr_storage = std::mem::zeroed();
        let len = match addr {
            SocketAddr::V4(addr) => {
                let four = (&raw mut storage).cast::<libc::sockaddr_in>();
                (*four).sin_family = libc::AF_INET as libc::sa_family_t;
                (*four).sin_port = addr.port().to_be();
                (*four).sin_addr.s_addr = u32::from_ne_bytes(addr.ip().octets());
                size_of::<libc::sockaddr_in>()
            }
            SocketAddr::V6(addr) => {
                let six = (&raw mut storage).cast::<libc::sockaddr_in6>();
                (*six).sin6_family = libc::AF_INET6 as libc::sa_family_t;
                (*six).sin6_port = addr.port().to_be();
                (*six).sin6_addr.s6_addr = addr.ip().octets();
                size_of::<libc::sockaddr_in6>()
            }
        };
        (storage, len as libc::socklen_t)
    }
}

/// A socket at an address, which others may share; of v6 for v4 too, where it is dual.
fn at(addr: &str, is_udp: bool, is_shared: bool, is_dual: bool) -> OwnedFd {
    let addr: SocketAddr = addr.parse().expect("an address");
    let family = if addr.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let kind = if is_udp { libc::SOCK_DGRAM } else { libc::SOCK_STREAM };
    let options = [
        (libc::SOL_SOCKET, libc::SO_REUSEADDR, true),
        (libc::SOL_SOCKET, libc::SO_REUSEPORT, is_shared),
        (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, !is_dual),
    ];
    let (storage, len) = raw(addr);
    // SAFETY: plain calls on a descriptor that is ours, with values that live over them.
    unsafe {
        let one = OwnedFd::from_raw_fd(libc::socket(family, kind | libc::SOCK_CLOEXEC, 0));
        for (level, name, value) in options.iter().filter(|(level, ..)| addr.is_ipv6() || *level == libc::SOL_SOCKET) {
            let value = libc::c_int::from(*value);
            libc::setsockopt(one.as_raw_fd(), *level, *name, (&raw const value).cast(), size_of_val(&value) as _);
        }
        let done = libc::bind(one.as_raw_fd(), (&raw const storage).cast(), len);
        assert_eq!(done, 0, "{addr}: {}", std::io::Error::last_os_error());
        one
    }
}

/// The port that it was given: 16 bits behind the family, for v4 as for v6.
fn port(of: &OwnedFd) -> u16 {
    // SAFETY: an all-zero storage is a valid value; the kernel writes at most `len` bytes of it.
    let storage = unsafe {
        let mut storage: libc::sockaddr_storage = std::mem::zeroed();
        let mut len = size_of_val(&storage) as libc::socklen_t;
        libc::getsockname(of.as_raw_fd(), (&raw mut storage).cast(), &mut len);
        (*(&raw const storage).cast::<libc::sockaddr_in>()).sin_port
    };
    u16::from_be(storage)
}

/// `at=ADDR udp reuse dual deaf heir deaf-heir kept-heir workers=N lets-go`
fn server(roster: &Roster, options: &[String]) -> ! {
    let is_udp = has(options, "udp");
    let one = at(said(options, "at").unwrap_or("127.0.0.1:0"), is_udp, has(options, "reuse"), has(options, "dual"));
    if !is_udp {
        // SAFETY: a descriptor of ours and a number.
        assert_eq!(unsafe { libc::listen(one.as_raw_fd(), 8) }, 0, "it listens");
    }
    for kind in ["heir", "deaf-heir"].into_iter().filter(|kind| has(options, kind)) {
        // SAFETY: a beast has one thread.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            bound();
            if kind == "deaf-heir" {
                be_deaf();
            }
            roster.announce(kind);
            wait()
        }
    }
    // SAFETY: a beast has one thread.
    if has(options, "kept-heir") && matches!(unsafe { fork() }, Ok(ForkResult::Child)) {
        // SAFETY: a descriptor of ours; its copy stays open over exec.
        unsafe { libc::dup(one.as_raw_fd()) };
        let own = std::env::current_exe().expect("an executable of our own");
        panic!("{}", Command::new(own).arg(roster.path()).arg("plain").env("PJ_KEEP", "1").exec());
    }
    for _ in 0..said(options, "workers").map_or(0, |n| n.parse().expect("a number")) {
        // SAFETY: a beast has one thread.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            bound();
            roster.announce("worker");
            wait()
        }
    }
    if has(options, "deaf") {
        be_deaf();
    }
    let mut term = SigSet::empty();
    if has(options, "lets-go") {
        term.add(Signal::SIGTERM);
        let _ = term.thread_block();
    }
    roster.event("server", &port(&one).to_string());
    roster.announce("server");
    if has(options, "lets-go") {
        let _ = term.wait();
        drop(one);
        roster.event("server", "closed");
    }
    wait()
}

/// `to=ADDR from=ADDR`: connected, with a local port of its own choice.
fn client(roster: &Roster, options: &[String]) -> ! {
    let one = at(said(options, "from").unwrap_or("127.0.0.1:0"), has(options, "udp"), false, false);
    let to: SocketAddr = said(options, "to").expect("somebody to connect to").parse().expect("an address");
    let (storage, len) = raw(to);
    // SAFETY: a descriptor of ours, an address that lives over the call.
    let done = unsafe { libc::connect(one.as_raw_fd(), (&raw const storage).cast(), len) };
    assert_eq!(done, 0, "somebody listens: {}", std::io::Error::last_os_error());
    roster.event("client", &port(&one).to_string());
    roster.announce("client");
    wait()
}

/// Starts a server at a fixed address, and again whenever it ends.
fn supervisor(roster: &Roster, options: &[String]) -> ! {
    let own = std::env::current_exe().expect("an executable of our own");
    roster.announce("supervisor");
    loop {
        let server = Command::new(&own).args([roster.path(), "server"]).args(options).spawn();
        let _ = server.and_then(|mut one| one.wait());
    }
}
