//! A thousand listening sockets, two thousand processes: what it costs to tell who listens, and that nobody does. In a
//! network and a pid namespace of its own, so that there are exactly so many.

use std::io::{self, Read};
use std::net::TcpListener;
use std::process::Stdio;

use super::peers::Bench;
use super::pty::{as_three, children, pipe};
use super::records::tell_times;
use super::table::{Table, median, time};

const SS: &str = "ss -ltnp";

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let Some(unshare) = bench.find("unshare") else { return Ok(()) };
    let (sockets, processes) = if bench.quick { (100, 200) } else { (1000, 2000) };
    let home = bench.path("ports").to_string_lossy().into_owned();
    let words = ["ports", &sockets.to_string(), &processes.to_string(), &home, &bench.ours("pj")];
    let flags = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
    let argv: Vec<String> = [unshare].into_iter().chain(flags.map(str::to_owned)).chain(bench.part(&words)).collect();
    let mut command = bench.command(&argv);
    let (mut answer, passed) = pipe()?;
    as_three(&mut command, &passed);
    let status = command.stdin(Stdio::null()).status()?;
    drop((command, passed));
    let mut text = String::new();
    answer.read_to_string(&mut text)?;
    if !status.success() {
        bench.skip("ports: skipped, unshare may not make a network namespace here");
        return Ok(());
    }
    let name = format!("{sockets} listening sockets, {processes} processes");
    let numbers = |text: &str| text.split(' ').filter_map(|n| n.parse().ok()).collect::<Vec<u64>>();
    let times: Vec<(&str, Vec<u64>)> =
        text.lines().filter_map(|l| l.split_once('\t')).map(|(who, text)| (who, numbers(text))).collect();
    let ss = times.iter().find(|(who, _)| *who == SS).map(|(_, t)| median(t));
    for (who, times) in &times {
        let (took, least) = (median(times), times.iter().min().copied().unwrap_or(0));
        let value = format!("{} [{}]", time(took), time(least));
        match ss.filter(|_| who.starts_with("pj")) {
            Some(ss) => {
                let said = format!("≤ {SS} (is {:.2})", took as f64 / ss.max(1) as f64);
                table.bar(&name, who, value, &said, took <= ss);
            }
            None => table.row(&name, who, value),
        }
    }
    Ok(())
}

/// In the namespaces: makes sockets and processes, and runs each program in turn.
pub(crate) fn inner(sockets: usize, processes: usize, words: &[String]) -> io::Result<()> {
    let [home, pj] = words else { return Err(io::ErrorKind::InvalidInput.into()) };
    let mut port = String::new();
    for _ in 0..sockets {
        // In the hands of one child each: we let go of it.
        let socket = TcpListener::bind("0.0.0.0:0")?;
        port = socket.local_addr()?.port().to_string();
        if children(1, true).is_empty() {
            return Err(io::Error::other("no more processes"));
        }
    }
    if children(processes.saturating_sub(sockets), true).len() + sockets < processes {
        return Err(io::Error::other("no more processes"));
    }
    let free = TcpListener::bind("0.0.0.0:0")?.local_addr()?.port().to_string();
    let rows: &[(&str, &str, &[&str])] = &[
        ("pj port --list", home, &[pj, "port", "--list"]),
        (SS, home, &["ss", "-ltnp"]),
        ("pj port --list, one port", home, &[pj, "port", "--list", &port]),
        ("pj port, nobody listens", home, &[pj, "port", &free]),
        ("lsof -nP -iTCP -sTCP:LISTEN", home, &["lsof", "-nP", "-iTCP", "-sTCP:LISTEN"]),
    ];
    tell_times(rows, 12)
}
