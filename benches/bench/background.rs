//! Background jobs: how long until `pj run` returns, and how long after the command was executed; what a flood of output
//! costs on its way into the log; a key there and back through `pj attach`; what the guards weigh.

use std::fs;
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::peers::Bench;
use super::pty::{Session, monotonic};
use super::relay;
use super::table::{Table, at, median, time};
use super::weight;

const MS: i64 = 1_000_000;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let queue = Queue::start(bench);
    let done = returns(bench, table, queue.is_some())
        .and_then(|()| flood(bench, table))
        .and_then(|()| keys(bench, table))
        .and_then(|()| memory(bench, table, queue.as_ref()));
    // Whatever happened: nobody stays.
    let ended = bench.quiet(&[&bench.ours("pj"), "kill", "--all", "-y", "--alive"]).or_else(none_is_fine);
    done.and(ended)
}

/// The daemon of pueue, at home in the run's own directory.
struct Queue {
    daemon: Child,
    stop: Command,
}

impl Queue {
    fn start(bench: &Bench) -> Option<Queue> {
        let (daemon, client) = (bench.find("pueued")?, bench.find("pueue")?);
        let daemon = bench.command(&[daemon]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut stop = bench.command(&[client.clone(), "shutdown".to_owned()]);
        stop.stdout(Stdio::null()).stderr(Stdio::null());
        let queue = Queue { daemon, stop };
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if bench.quiet(&[&client, "parallel", "20"]).is_ok() {
                return Some(queue);
            }
            // It says nowhere that it listens; nothing is measured yet.
            std::thread::sleep(Duration::from_millis(20));
        }
        bench.skip("pueue: skipped, its daemon does not answer");
        None
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if !self.stop.status().is_ok_and(|s| s.success()) {
            let _ = self.daemon.kill();
        }
        let _ = self.daemon.wait();
    }
}

/// The command line with which one of them puts `argv` into the background; `None`, with a word, where it cannot.
fn line(bench: &Bench, peer: &str, argv: &[String]) -> Option<Vec<String>> {
    let nohup = "nohup \"$@\" </dev/null >/dev/null 2>&1 &";
    let words: Vec<String> = match peer {
        "pj run" => [&bench.ours("pj"), "run", "-q"].map(str::to_owned).to_vec(),
        "pj run --pipe" => [&bench.ours("pj"), "run", "-q", "--pipe"].map(str::to_owned).to_vec(),
        "pueue add" => [&bench.find("pueue")?, "add", "--"].map(str::to_owned).to_vec(),
        "nq" => [&bench.find("nq")?, "-c", "-q"].map(str::to_owned).to_vec(),
        _ => ["sh", "-c", nohup, "sh"].map(str::to_owned).to_vec(),
    };
    Some(words.into_iter().chain(argv.iter().cloned()).collect())
}

fn returns(bench: &Bench, table: &mut Table, has_queue: bool) -> io::Result<()> {
    let Some(stamp) = bench.stamp() else {
        bench.skip("background: skipped, cc cannot build stamp.c");
        return Ok(());
    };
    let file = bench.path("stamped");
    let argv = [stamp, file.to_string_lossy().into_owned()];
    let mut peers = Vec::new();
    for peer in ["sh: nohup … &", "pj run", "pj run --pipe", "pueue add", "nq"] {
        if let Some(line) = line(bench, peer, &argv).filter(|_| peer != "pueue add" || has_queue) {
            peers.push((peer, line, Vec::new(), Vec::new()));
        }
    }
    // One round more, which is not counted.
    for round in 0..=bench.rounds(200) {
        for (_, line, whole, after) in &mut peers {
            let _ = fs::remove_file(&file);
            let mut command = bench.command(line);
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let from = monotonic();
            let status = command.status()?;
            let to = monotonic();
            if !status.success() {
                return Err(io::Error::other(format!("{}: {status}", line[0])));
            }
            let began = stamped(&file)?;
            if round > 0 {
                whole.push((to - from).cast_unsigned());
                after.push(to - began);
            }
        }
    }
    for (peer, _, whole, _) in &peers {
        let least = whole.iter().min().copied().unwrap_or(0);
        table.row("a job in the background: it returns", peer, format!("{} [{}]", time(median(whole)), time(least)));
    }
    for (peer, _, _, after) in &mut peers {
        after.sort_unstable();
        let (half, most) = (after[after.len() / 2], after[after.len() * 99 / 100]);
        let value = format!("{}, p99 {}", signed(half), signed(most));
        if peer.starts_with("pj run") {
            table.bar("… after the command's first instruction", peer, value, "≤ 5 ms", half <= 5 * MS);
        } else {
            table.row("… after the command's first instruction", peer, value);
        }
    }
    Ok(())
}

/// Who does not wait for that has returned before.
fn signed(ns: i64) -> String {
    format!("{}{}", if ns < 0 { "−" } else { "" }, time(ns.unsigned_abs()))
}

/// When the command began, once it has said so.
fn stamped(file: &std::path::Path) -> io::Result<i64> {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if let Some(at) = fs::read_to_string(file).ok().and_then(|text| text.strip_suffix('\n')?.parse().ok()) {
            return Ok(at);
        }
        // After the measurement: the job may still be in a queue.
        std::thread::sleep(Duration::from_micros(200));
    }
    Err(io::Error::other("a job did not begin"))
}

/// How each of them runs a command that writes, until it has ended and all of it is written down.
fn written(bench: &Bench, peer: &str, argv: &[String]) -> io::Result<Option<Command>> {
    let file = bench.path("flooded");
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).chain(argv.iter().cloned()).collect::<Vec<_>>();
    let pj = bench.ours("pj");
    let mut command = match peer {
        "script FILE" => {
            let Some(script) = bench.find("script") else { return Ok(None) };
            bench.command(&[script, "-qec".to_owned(), argv.join(" "), file.to_string_lossy().into_owned()])
        }
        "pj run" => bench.command(&words(&[&pj, "run", "-q", "--wait"])),
        _ if peer.starts_with("pj run --pipe") => bench.command(&words(&[&pj, "run", "-q", "--wait", "--pipe"])),
        _ => bench.command(argv),
    };
    if peer.ends_with("log.compress = false") {
        command.env("PJ_LOG_COMPRESS", "false");
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    if peer == FILE {
        command.stdout(fs::File::create(file)?);
    }
    Ok(Some(command))
}

/// What the others are measured by.
const FILE: &str = "into a file";
const WRITERS: &[&str] = &[FILE, "pj run --pipe", "pj run --pipe, log.compress = false", "script FILE", "pj run"];

fn flood(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let len: usize = if bench.quick { 16 << 20 } else { 256 << 20 };
    let argv = bench.part(&["flood", &len.to_string()]);
    let mut all: Vec<(&str, Vec<u64>)> = WRITERS.iter().map(|peer| (*peer, Vec::new())).collect();
    for _ in 0..bench.rounds(3) {
        for (peer, times) in &mut all {
            let Some(mut command) = written(bench, peer, &argv)? else { continue };
            let from = Instant::now();
            let status = command.status()?;
            times.push(from.elapsed().as_nanos() as u64);
            if !status.success() {
                return Err(io::Error::other(format!("{peer}: {status}")));
            }
            bench.quiet(&[&bench.ours("pj"), "rm", "--logs", "--all", "-y", "--dead"]).or_else(none_is_fine)?;
        }
    }
    let name = format!("{} MB of lines, kept", len >> 20);
    let bare = median(&all[0].1);
    for (peer, times) in all.iter().filter(|(_, times)| !times.is_empty()) {
        let rate = len as f64 / median(times) as f64 * 1e3;
        let ratio = median(times) as f64 / bare.max(1) as f64;
        table.row(&name, peer, format!("{rate:.0} MB/s, {ratio:.1} × the file's time"));
    }
    Ok(())
}

/// There was no job yet to forget.
fn none_is_fine(e: io::Error) -> io::Result<()> {
    if e.to_string().contains("exit status: 3") { Ok(()) } else { Err(e) }
}

fn keys(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let echo = bench.part(&["echo"]);
    let pj = bench.ours("pj");
    let start: Vec<&str> =
        [pj.as_str(), "run", "-q", "--name", "echo"].into_iter().chain(echo.iter().map(String::as_str)).collect();
    bench.quiet(&start)?;
    let attach = [pj.as_str(), "attach", "echo"].map(str::to_owned);
    let mut peers = Vec::new();
    for (peer, argv) in [("bare", &echo[..]), ("pj attach", &attach[..])] {
        let mut session = Session::start(bench.command(argv), None)?;
        session.ready()?;
        peers.push((peer, session, Vec::new()));
    }
    for _ in 0..bench.rounds(20) {
        for (_, session, times) in &mut peers {
            relay::echoes(session, times)?;
        }
    }
    for (peer, _, times) in &peers {
        let value = format!("p50 {}, p99 {}", time(at(times, 50)), time(at(times, 99)));
        table.row("echo of one key, attached", peer, value);
    }
    bench.quiet(&[&pj, "kill", "-y", "echo"])
}

fn memory(bench: &Bench, table: &mut Table, queue: Option<&Queue>) -> io::Result<()> {
    let hold = bench.part(&["hold"]);
    let pj = bench.ours("pj");
    for jobs in [1, 20] {
        let name = format!("memory of {jobs} idle background job{}", if jobs == 1 { "" } else { "s" });
        let mut guards = Vec::new();
        for _ in 0..jobs {
            let argv = [pj.as_str(), "run", "--json"].map(str::to_owned).into_iter().chain(hold.iter().cloned());
            let out = bench.command(&argv.collect::<Vec<_>>()).output()?;
            let said: serde_json::Value = serde_json::from_slice(&out.stdout)?;
            guards.extend(said["guard"].as_u64().and_then(|pid| u32::try_from(pid).ok()));
        }
        // The first censuses are over then.
        std::thread::sleep(Duration::from_secs(if bench.quick { 1 } else { 6 }));
        let of = |pids: &[u32]| {
            let (private, pss) = weight::memory(pids);
            format!("private {} KB, PSS {} KB a job", private / jobs, pss / jobs)
        };
        let private = weight::memory(&guards).0 / jobs;
        if jobs == 1 {
            // One alone is charged for the program's file, which nobody shares with it.
            table.row(&name, "pj run", of(&guards));
        } else {
            table.bar(&name, "pj run", of(&guards), "private ≤ 400 KB", private <= 400);
        }
        bench.quiet(&[&pj, "kill", "--all", "-y", "--alive"])?;
        if let (Some(queue), Some(pueue)) = (queue, bench.find("pueue")) {
            for _ in 0..jobs {
                bench.quiet(&[&pueue, "add", "--", "sleep", "600"])?;
            }
            table.row(&name, "pueued", of(&[queue.daemon.id()]));
            bench.quiet(&[&pueue, "kill", "--all"])?;
        }
    }
    Ok(())
}

/// Writes so many bytes of lines.
pub(crate) fn pour(len: usize) -> io::Result<()> {
    use std::io::Write;
    let line: Vec<u8> = (b'!'..b'!' + 63).chain([b'\n']).collect();
    let block = line.repeat(1024);
    let mut own = relay::own_out()?;
    let mut left = len;
    while left > 0 {
        let n = block.len().min(left);
        own.write_all(&block[..n])?;
        left -= n;
    }
    Ok(())
}
