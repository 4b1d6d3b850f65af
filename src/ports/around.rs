//! What else there is about a port: connections and their states, other network namespaces, the ranges that the kernel
//! gives ports out of, and programs that only pass a container's port on. Looks only.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;

use super::{Listener, Proto};
use crate::kill::protect::Traits;
use crate::process::describe::{base, escape};
use crate::sys::net::{self, Row};
use crate::sys::{self, Pid, os};

/// Connections of a port, none of which is a reason to end anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// How many are in each state, of those whose local port it is.
    pub states: BTreeMap<&'static str, usize>,
    /// Sockets of this machine that are connected to it, wherever it is: ours are the clients.
    pub clients: Vec<Client>,
}

/// One who is connected to the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its own end.
    pub local: SocketAddr,
    /// The end that has the port.
    pub remote: SocketAddr,
    /// The socket's number.
    pub inode: u64,
}

/// The connections of a port.
pub fn connections(proto: Proto, port: u16) -> io::Result<Connections> {
    let mut found = Connections::default();
    let mut take = |row: Row| {
        if row.local.port() == port && row.listener().is_none() {
            *found.states.entry(net::state_name(row.state)).or_default() += 1;
        }
        let is_connected = row.inode != 0 && net::state_name(row.state) == "ESTABLISHED";
        if row.remote.port() == port && is_connected {
            found.clients.push(Client { local: row.local, remote: row.remote, inode: row.inode });
        }
    };
    net::rows(proto, None, &mut take)?;
    Ok(found)
}

/// Who listens on the port in another network namespace, such as a container's: nothing that we could free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The namespace's number.
    pub namespace: u64,
    /// One process in it, and its name.
    pub pid: Pid,
    /// Escaped.
    pub name: String,
    /// Where they listen.
    pub listeners: Vec<Listener>,
}

/// Looks into every namespace of which we may see a process; as root into all.
pub fn elsewhere(proto: Proto, port: u16) -> io::Result<Vec<Elsewhere>> {
    let mut seen: BTreeSet<u64> = net::namespace(sys::pid()).into_iter().collect();
    let (mut pids, mut found) = (Vec::new(), Vec::new());
    os::all(&mut pids)?;
    for pid in pids {
        let Some(namespace) = net::namespace(pid).filter(|ns| seen.insert(*ns)) else { continue };
        let mut listeners = Vec::new();
        let mut take = |row: Row| listeners.extend(row.listener().filter(|l| l.addr.port() == port));
        // Gone meanwhile: its table is another's to tell, or nobody's.
        let is_read = net::rows(proto, Some(pid), &mut take).is_ok();
        if !is_read || net::namespace(pid) != Some(namespace) {
            seen.remove(&namespace);
        } else if !listeners.is_empty() {
            let name = os::stat(pid).map(|s| escape(&s.name())).unwrap_or_default();
            found.push(Elsewhere { namespace, pid, name, listeners });
        }
    }
    Ok(found)
}

/// What the kernel does with ports of this number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Those it gives to clients, first and last.
    pub ephemeral: Option<(u16, u16)>,
    /// Is it one of those?
    pub is_ephemeral: bool,
    /// Is it kept out of them (`ip_local_reserved_ports`)?
    pub is_reserved: bool,
    /// Below this only root may listen.
    pub unprivileged: Option<u16>,
}

/// Reads it (`ip-sysctl` in the kernel's documentation).
pub fn range(port: u16) -> Range {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).unwrap_or_default();
    let ephemeral = {
        let text = read("ip_local_port_range");
        let mut words = text.split_ascii_whitespace().map_while(|w| w.parse().ok());
        words.next().zip(words.next())
    };
    let is_reserved = is_among(&read("ip_local_reserved_ports"), port);
    let is_ephemeral = ephemeral.is_some_and(|(first, last)| (first..=last).contains(&port)) && !is_reserved;
    Range { ephemeral, is_ephemeral, is_reserved, unprivileged: read("ip_unprivileged_port_start").trim().parse().ok() }
}

/// `8000,9000-9100`
fn is_among(text: &str, port: u16) -> bool {
    text.trim().split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        matches!((first.parse::<u16>(), last.parse::<u16>()), (Ok(first), Ok(last)) if (first..=last).contains(&port))
    })
}

/// A program that listens only to pass what comes on to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// What it is.
    pub what: &'static str,
    tool: &'static str,
}

impl Proxy {
    /// What to type instead.
    pub fn hint(&self, mut ports: impl Iterator<Item = u16>) -> String {
        let port = ports.next().unwrap_or_default();
        format!("{} ps --filter publish={port}", self.tool)
    }
}

/// Names, what they are, and who knows the container.
const PROXIES: &[(&str, &str, &str)] = &[
    ("docker-proxy", "it passes a container's port on", "docker"),
    ("rootlesskit", "it passes a container's port on", "docker"),
    ("rootlessport", "it passes a container's port on", "podman"),
    ("slirp4netns", "it is a container's network", "podman"),
    ("pasta", "it is a container's network", "podman"),
    ("pasta.avx2", "it is a container's network", "podman"),
    ("passt", "it is a container's network", "podman"),
    ("gvproxy", "it passes a container's port on", "podman"),
    ("conmon", "it is a container's supervisor", "podman"),
    ("com.docker.backend", "it passes a container's port on", "docker"),
    ("containerd-shim-runc-v2", "it is a container's supervisor", "docker"),
];

/// Is it one?
pub fn proxy(t: &Traits) -> Option<Proxy> {
    let argv0 = t.argv.first().map_or("", |a| base(a));
    // The kernel cuts its short name at 15 bytes.
    let is = |name: &str| t.exe == name || t.comm == name[..name.len().min(15)] || argv0 == name;
    let found = PROXIES.iter().find(|(name, ..)| is(name));
    found.map(|&(_, what, tool)| Proxy { what, tool })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_kernel_writes_them() {
        for (text, wanted) in
            [("", false), ("8000\n", true), ("1-2,7000-8000,9000", true), ("7999", false), ("x-8000", false)]
        {
            assert_eq!(is_among(text, 8000), wanted, "{text}");
        }
    }

    #[test]
    fn a_containers_proxy_is_known_by_its_name_and_nothing_else() {
        let of =
            |comm: &str, argv: &str| proxy(&Traits { comm: comm.into(), argv: vec![argv.into()], ..Traits::default() });
        let one = of("docker-proxy", "/usr/bin/docker-proxy").unwrap();
        assert_eq!(one.hint([8000].into_iter()), "docker ps --filter publish=8000");
        assert!(of("containerd-shim", "x").is_some());
        assert_eq!(of("node", "docker-proxy-dashboard"), None);
    }
}
