//! The way through a relay: one key there and back, and 64 MB in either direction, raw and as lines, not a byte off.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::peers::{Bench, RELAY};
use super::pty::{Session, set_own};
use super::table::{Table, at, median, time};

const PEERS: &[&str] = &["bare", "pj-wrap", RELAY, "script"];

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    keys(bench, table)?;
    for way in [Way::Down, Way::Up, Way::Slow] {
        for raw in [true, false] {
            if way != Way::Slow || raw {
                bulk(bench, table, way, raw)?;
            }
        }
    }
    Ok(())
}

fn keys(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let name = "echo of one key";
    let mut sessions = Vec::new();
    for peer in PEERS {
        if let Some(argv) = bench.under(peer, &bench.part(&["echo"])) {
            let mut session = Session::start(bench.command(&argv), None)?;
            session.ready()?;
            sessions.push((*peer, session, Vec::new()));
        }
    }
    for _ in 0..bench.rounds(20) {
        for (_, session, times) in &mut sessions {
            echoes(session, times)?;
        }
    }
    let of = |who: &str, percent| sessions.iter().find(|s| s.0 == who).map(|s| at(&s.2, percent));
    let bare = of("bare", 50).unwrap_or(0);
    let added = |who| of(who, 50).map(|t| t.saturating_sub(bare));
    for (peer, _, times) in &sessions {
        let value = format!("p50 {}, p99 {}", time(at(times, 50)), time(at(times, 99)));
        match (*peer, added(peer), added(RELAY), of("script", 99)) {
            ("pj-wrap", Some(ours), Some(theirs), Some(script)) => {
                let (ratio, p99) = (ours as f64 / theirs.max(1) as f64, at(times, 99));
                let said = format!("added p50 ≤ 1.1 × the C relay's (is {ratio:.2}), p99 ≤ script's");
                table.bar(name, peer, value, &said, ratio <= 1.1 && p99 <= script);
            }
            _ => table.row(name, peer, value),
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From the command to the terminal.
    Down,
    /// From the terminal to the command.
    Up,
    /// Down, to somebody who takes his time.
    Slow,
}

fn bulk(bench: &Bench, table: &mut Table, way: Way, raw: bool) -> io::Result<()> {
    let len: usize = if bench.quick || way == Way::Slow { 4 << 20 } else { 64 << 20 };
    let modes = if raw { "raw" } else { "cooked" };
    let (what, part) = match way {
        Way::Down => ("from the command", "source"),
        Way::Up => ("to the command", "sink"),
        Way::Slow => ("to a slow reader", "source"),
    };
    let name = format!("{} MB {what}, {modes}", len >> 20);
    let mut times: Vec<(&str, Vec<u64>)> = PEERS.iter().map(|p| (*p, Vec::new())).collect();
    for _ in 0..bench.rounds(3) {
        for (peer, times) in &mut times {
            let Some(argv) = bench.under(peer, &bench.part(&[part, &len.to_string(), modes])) else { continue };
            let mut session = Session::start(bench.command(&argv), None)?;
            session.ready()?;
            let from = Instant::now();
            match way {
                Way::Up => send(&mut session, len, raw)?,
                Way::Down => receive(&mut session, len, raw, Duration::ZERO)?,
                Way::Slow => receive(&mut session, len, raw, Duration::from_micros(100))?,
            }
            times.push(from.elapsed().as_nanos() as u64);
        }
    }
    times.retain(|(_, t)| !t.is_empty());
    let relay = times.iter().find(|(p, _)| *p == RELAY).map(|(_, t)| median(t));
    for (peer, times) in &times {
        let rate = |ns: u64| len as f64 / ns as f64 * 1e3;
        let value = format!("{:.0} MB/s [{:.0}]", rate(median(times)), rate(times.iter().min().copied().unwrap_or(1)));
        match relay {
            Some(relay) if *peer == "pj-wrap" => {
                let ratio = relay as f64 / median(times) as f64;
                let said = format!("≥ 0.97 × the C relay's (is {ratio:.2})");
                table.bar(&name, peer, value, &said, ratio >= 0.97);
            }
            _ => table.row(&name, peer, value),
        }
    }
    Ok(())
}

/// What is sent: bytes of every value, or lines.
fn pattern(raw: bool, is_shown: bool) -> Vec<u8> {
    let period: Vec<u8> = match (raw, is_shown) {
        (true, _) => (0..251).collect(),
        (false, false) => (b'!'..b'!' + 63).chain([b'\n']).collect(),
        // As a terminal shows lines.
        (false, true) => (b'!'..b'!' + 63).chain([b'\r', b'\n']).collect(),
    };
    period.iter().copied().cycle().take(period.len() * (131_072 / period.len() + 1)).collect()
}

/// Which bytes follow, `at` so many.
struct Expected {
    tile: Vec<u8>,
    period: usize,
    at: usize,
}

impl Expected {
    fn new(raw: bool, is_shown: bool) -> Expected {
        let period = if raw { 251 } else { 64 + usize::from(is_shown) };
        Expected { tile: pattern(raw, is_shown), period, at: 0 }
    }

    fn next(&mut self, len: usize) -> &[u8] {
        let from = self.at % self.period;
        self.at += len;
        &self.tile[from..from + len]
    }
}

fn receive(session: &mut Session, len: usize, raw: bool, rest: Duration) -> io::Result<()> {
    let mut expected = Expected::new(raw, true);
    let len = if raw { len } else { len / 64 * 65 };
    let mut buf = [0; 65536];
    // The word for which the source waits, so that nothing was sent before the clock ran.
    session.write(b"g\n")?;
    while expected.at < len {
        let n = session.read(&mut buf)?;
        if n == 0 || expected.next(n) != &buf[..n] {
            return Err(io::Error::other(format!("a byte is off before {}", expected.at)));
        }
        if !rest.is_zero() {
            // The reader's slowness is what is asked for.
            std::thread::sleep(rest);
        }
    }
    Ok(())
}

fn send(session: &mut Session, len: usize, raw: bool) -> io::Result<()> {
    let mut expected = Expected::new(raw, false);
    while expected.at < len {
        let n = 65536.min(len - expected.at);
        let text = expected.next(n).to_vec();
        session.write(&text)?;
    }
    let mut buf = [0; 64];
    let n = session.read(&mut buf)?;
    if buf[..n].starts_with(b"ok") { Ok(()) } else { Err(io::Error::other("a byte is off")) }
}

/// Sends every byte back.
pub(crate) fn echo() -> io::Result<()> {
    set_own(true);
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    to.write_all(b"R")?;
    to.flush()?;
    let mut buf = [0; 4096];
    loop {
        match from.read(&mut buf)? {
            0 => return Ok(()),
            n => to.write_all(&buf[..n]).and_then(|()| to.flush())?,
        }
    }
}

/// Writes so many bytes.
pub(crate) fn source(len: usize, raw: bool) -> io::Result<()> {
    set_own(raw);
    let mut to = io::stdout().lock();
    to.write_all(b"R")?;
    to.flush()?;
    io::stdin().lock().read_exact(&mut [0; 2])?;
    let mut expected = Expected::new(raw, false);
    let mut own = own_out()?;
    while expected.at < len {
        let n = 65536.min(len - expected.at);
        own.write_all(expected.next(n))?;
    }
    Ok(())
}

/// Standard output without the buffer that looks for lines.
pub(crate) fn own_out() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Reads so many bytes and says whether they were right.
pub(crate) fn sink(len: usize, raw: bool) -> io::Result<()> {
    set_own(raw);
    let mut own = own_out()?;
    own.write_all(b"R")?;
    let mut expected = Expected::new(raw, false);
    let mut buf = [0; 65536];
    let mut from = io::stdin().lock();
    while expected.at < len {
        let n = from.read(&mut buf)?;
        if n == 0 || expected.next(n) != &buf[..n] {
            return own.write_all(b"off");
        }
    }
    own.write_all(b"ok")
}

/// Two hundred keys, one after the other, and how long each took to come back.
pub(crate) fn echoes(session: &mut Session, times: &mut Vec<u64>) -> io::Result<()> {
    for _ in 0..200 {
        let from = Instant::now();
        session.write(b"x")?;
        if session.read(&mut [0; 16])? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        times.push(from.elapsed().as_nanos() as u64);
    }
    Ok(())
}
