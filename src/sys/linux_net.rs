//! Linux: `/proc/net/tcp` and its neighbours (`proc_pid_net(5)`), and the links in `/proc/PID/fd`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::path::Path;

use super::{LISTEN, Listener, Proto, Row, UNCONNECTED};
use crate::sys::{Pid, fd, file};

/// All TCP sockets in LISTEN, v4 and v6. A kernel without v6 has none of those.
///
/// The whole of both tables is read: every kernel of Linux's own lists those that listen first, but it says so nowhere,
/// and others that speak `/proc` do not.
pub fn listeners() -> io::Result<Vec<Listener>> {
    waiting(Proto::Tcp, LISTEN)
}

/// All UDP sockets that are bound and have no peer, v4 and v6.
pub fn bound() -> io::Result<Vec<Listener>> {
    waiting(Proto::Udp, UNCONNECTED)
}

fn waiting(proto: Proto, state: u8) -> io::Result<Vec<Listener>> {
    let mut found = Vec::new();
    tables(proto, None, Some(state), &mut |row| found.extend(row.listener()))?;
    Ok(found)
}

/// Every row of the tables, whatever its state: our own namespace's, or that of a process.
pub fn rows(proto: Proto, of: Option<Pid>, f: &mut dyn FnMut(Row)) -> io::Result<()> {
    tables(proto, of, None, f)
}

/// The number of the network namespace that a process is in.
pub fn namespace(pid: Pid) -> Option<u64> {
    let link = std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()?;
    link.to_str()?.strip_prefix("net:[")?.strip_suffix(']')?.parse().ok()
}

fn tables(proto: Proto, of: Option<Pid>, state: Option<u8>, f: &mut dyn FnMut(Row)) -> io::Result<()> {
    let whose = of.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let mut read = |six: &str| table(Path::new(&format!("/proc/{whose}/net/{}{six}", proto.name())), proto, state, f);
    read("")?;
    match read("6") {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Row by row, whatever its length: a table of many connections is long, and nothing of them is kept.
fn table(path: &Path, proto: Proto, state: Option<u8>, f: &mut dyn FnMut(Row)) -> io::Result<()> {
    let file = file::open_plain(path)?;
    let mut buf = [0; 16 << 10];
    let mut len = 0;
    loop {
        let read = match fd::read(file.as_fd(), &mut buf[len..]) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            done => done?,
        };
        if read == 0 {
            return Ok(());
        }
        len += read;
        let whole = buf[..len].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        parse(&buf[..whole], proto, state).for_each(&mut *f);
        // No row is as long as this: what never ends is not a table.
        if whole == 0 && len == buf.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        buf.copy_within(whole..len, 0);
        len -= whole;
    }
}

/// The rows of a table that are in this state, or all; what is no row is passed over.
fn parse(text: &[u8], proto: Proto, state: Option<u8>) -> impl Iterator<Item = Row> {
    text.split(|&b| b == b'\n').filter_map(move |line| row(std::str::from_utf8(line).ok()?, proto, state))
}

/// `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …` (`get_tcp4_sock`,
/// net/ipv4/tcp_ipv4.c; `udp4_format_sock`, net/ipv4/udp.c).
fn row(line: &str, proto: Proto, wanted: Option<u8>) -> Option<Row> {
    let mut words = line.split_ascii_whitespace();
    let (local, remote, state) = (words.nth(1)?, words.next()?, words.next()?);
    let state = u8::from_str_radix(state, 16).ok().filter(|_| !state.starts_with('+'))?;
    if wanted.is_some_and(|wanted| wanted != state) {
        return None;
    }
    let (uid, inode) = (words.nth(3)?, words.nth(1)?);
    let (local, remote) = (address(local)?, address(remote)?);
    Some(Row { proto, local, remote, state, inode: inode.parse().ok()?, uid: uid.parse().ok()? })
}

/// `0100007F:1F90`: each 32 bits of the address as the machine reads them from memory, the port as it is.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let hex = |text: &str| u32::from_str_radix(text, 16).ok().filter(|_| text.bytes().all(|b| b.is_ascii_hexdigit()));
    let port = hex(port).and_then(|port| u16::try_from(port).ok())?;
    let mut bytes = [0; 16];
    for (at, part) in bytes.chunks_exact_mut(4).zip((0..ip.len()).step_by(8)).map(|(at, i)| (at, ip.get(i..i + 8))) {
        at.copy_from_slice(&hex(part?)?.to_ne_bytes());
    }
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3])),
        32 => IpAddr::V6(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Adds the numbers of the sockets that a process holds, each once for every descriptor. An error where that may not be
/// seen: another user's, or one that is gone.
pub fn sockets(pid: Pid, out: &mut Vec<u64>) -> io::Result<()> {
    let mut dir = file::Dir::open(Path::new(&format!("/proc/{pid}/fd")))?;
    dir.each_link(|link| {
        let number = link.strip_prefix("socket:[").and_then(|l| l.strip_suffix(']'));
        out.extend(number.and_then(|n| n.parse::<u64>().ok()));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An address as the kernel writes it (`%08X` of each word as it lies in memory).
    fn written(addr: SocketAddr) -> String {
        let bytes = match addr.ip() {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        let word = |w: &[u8]| format!("{:08X}", u32::from_ne_bytes([w[0], w[1], w[2], w[3]]));
        format!("{}:{:04X}", bytes.chunks(4).map(word).collect::<String>(), addr.port())
    }

    fn line(l: &Listener, state: &str) -> String {
        let nobody = if l.addr.is_ipv4() { "00000000:0000" } else { "00000000000000000000000000000000:0000" };
        format!(
            "   0: {} {nobody} {state} 00000000:00000000 00:00000000 00000000 {:>5}        0 {} 1 0000000000000000 100 0 0 10 0\n",
            written(l.addr),
            l.uid,
            l.inode
        )
    }

    fn listener() -> impl Strategy<Value = Listener> {
        let ip = prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)];
        (ip, any::<u16>(), any::<u64>(), any::<u32>()).prop_map(|(ip, port, inode, uid)| Listener {
            proto: Proto::Tcp,
            addr: SocketAddr::new(ip, port),
            inode,
            uid,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whoever listens comes back, and nobody in another state, whatever stands between the rows.
        #[test]
        fn a_table_tells_who_listens(all in prop::collection::vec((listener(), 1u8..13), 0..9), noise in "[ -~]{0,40}") {
            let mut text = format!("  sl  local_address rem_address   st tx_queue rx_queue\n{noise}\n");
            all.iter().for_each(|(l, state)| text += &line(l, &format!("{state:02X}")));
            let wanted: Vec<Listener> = all.iter().filter(|(_, s)| *s == 10).map(|(l, _)| *l).collect();
            let found = parse(text.as_bytes(), Proto::Tcp, Some(LISTEN));
            prop_assert_eq!(found.filter_map(|row| row.listener()).collect::<Vec<_>>(), wanted);
            let states: Vec<u8> = parse(text.as_bytes(), Proto::Udp, None).map(|row| row.state).collect();
            prop_assert_eq!(states, all.iter().map(|(_, state)| *state).collect::<Vec<_>>());
        }

        /// No bytes are too strange: words of a row in any order and cut anywhere, or none at all.
        #[test]
        fn no_table_is_too_strange(
            words in prop::collection::vec(prop_oneof!["[0-9A-Fa-f+é]{0,33}:[0-9A-Fé]{0,6}", Just("0A".into()), "[0-9]{0,22}"], 0..14),
            bytes in prop::collection::vec(any::<u8>(), 0..99),
        ) {
            let parse = |text| parse(text, Proto::Tcp, None);
            for row in parse(words.join(" ").as_bytes()).chain(parse(&bytes)) {
                prop_assert_eq!(address(&written(row.local)), Some(row.local));
            }
        }
    }

    #[test]
    fn our_own_listeners_are_found_by_number() {
        for at in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(own) = std::net::TcpListener::bind(at) else { continue };
            let addr = own.local_addr().expect("it is bound");
            let found = listeners().expect("a table");
            let l = found.iter().find(|l| l.addr == addr).expect("it is in the table");
            assert_eq!(l.uid, crate::sys::euid());
            let mut held = Vec::new();
            sockets(crate::sys::pid(), &mut held).expect("our own");
            assert!(held.contains(&l.inode), "{l:?} in {held:?}");
        }
        assert!(sockets(0, &mut Vec::new()).is_err());
    }
}
