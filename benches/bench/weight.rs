//! What a job weighs while it does nothing: memory of everybody but the command, and how often they wake.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::peers::Bench;
use super::pty::{Session, adopt_orphans};
use super::table::Table;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    // dtach's server leaves its parent; it must still be counted.
    adopt_orphans();
    let mut script = 0;
    for jobs in [1, 50] {
        for peer in ["script", "pj-wrap", "tini -s", "dtach"] {
            let Some((private, pss)) = weigh(bench, peer, jobs)? else { continue };
            if peer == "script" {
                script = pss;
            }
            let name = format!("memory of {jobs} idle job{}", if jobs == 1 { "" } else { "s" });
            let value = format!("private {} KB, PSS {} KB a job", private / jobs as u64, pss / jobs as u64);
            if peer == "pj-wrap" {
                let ratio = pss as f64 / script.max(1) as f64;
                let said = format!("private ≤ 400 KB, PSS ≤ 2 × script's (is {ratio:.2})");
                table.bar(&name, peer, value, &said, private / jobs as u64 <= 400 && ratio <= 2.0);
            } else {
                table.row(&name, peer, value);
            }
        }
    }
    idle(bench, table)
}

/// Private memory and PSS of all jobs, in KB.
fn weigh(bench: &Bench, peer: &str, jobs: usize) -> io::Result<Option<(u64, u64)>> {
    let Some(argv) = bench.under(peer, &bench.part(&["hold"])) else { return Ok(None) };
    let mut sessions = Vec::new();
    for _ in 0..jobs {
        let argv =
            if peer == "dtach" { bench.under(peer, &bench.part(&["hold"])).unwrap_or_default() } else { argv.clone() };
        let mut session = Session::start(bench.command(&argv), None)?;
        session.ready()?;
        sessions.push(session);
    }
    let ours = below(std::process::id());
    let relays: Vec<u32> = ours.iter().copied().filter(|pid| !is_held(*pid)).collect();
    let (private, pss) = memory(&relays);
    // The commands first: then everybody's relay ends by itself, dtach's server too.
    end(&ours);
    drop(sessions);
    Ok(Some((private, pss)))
}

/// Private memory and PSS of these together, in KB.
pub(crate) fn memory(pids: &[u32]) -> (u64, u64) {
    let (mut private, mut pss) = (0, 0);
    for pid in pids {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let field = |name: &str| -> u64 {
            let line = text.lines().find_map(|l| l.strip_prefix(name)).unwrap_or("0");
            line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
        };
        private += field("Private_Clean:") + field("Private_Dirty:");
        pss += field("Pss:");
    }
    (private, pss)
}

/// Is it the command itself?
fn is_held(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let own = std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    line.starts_with(own.as_bytes())
}

/// Ends the commands among these, our own descendants all.
fn end(pids: &[u32]) {
    for pid in pids.iter().filter(|p| is_held(**p)) {
        let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
}

/// Everybody below a process.
pub(crate) fn below(top: u32) -> Vec<u32> {
    let mut parents: Vec<(u32, u32)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        parents.push((pid, after.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)));
    }
    let mut found = BTreeSet::from([top]);
    loop {
        let new: Vec<u32> =
            parents.iter().filter(|(p, of)| found.contains(of) && !found.contains(p)).map(|(p, _)| *p).collect();
        if new.is_empty() {
            found.remove(&top);
            return found.into_iter().collect();
        }
        found.extend(new);
    }
}

/// How often front and guard wake when nothing happens.
fn idle(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let seconds = if bench.quick { 5 } else { 60 };
    let Some(argv) = bench.under("pj-wrap", &bench.part(&["hold"])) else { return Ok(()) };
    let mut session = Session::start(bench.command(&argv), None)?;
    session.ready()?;
    // The census comes 50 ms, 250 ms, 1 s and 5 s after the start, then every 30 s.
    std::thread::sleep(Duration::from_secs(6));
    let ours: Vec<u32> = [session.child.id()].into_iter().chain(below(session.child.id())).collect();
    let guards: Vec<u32> = ours.iter().copied().filter(|p| !is_held(*p)).collect();
    let (before, from) = (switches(&guards), Instant::now());
    // Nothing happens: that is the measurement.
    std::thread::sleep(Duration::from_secs(seconds));
    let woken = switches(&guards) - before;
    let census = from.elapsed().as_secs() / 30 + 1;
    let value = format!("{woken} context switches in {seconds} s, of {} processes", guards.len());
    table.bar("idle", "pj-wrap", value, &format!("the census alone (≤ {census})"), woken <= census);
    end(&ours);
    Ok(())
}

fn switches(pids: &[u32]) -> u64 {
    let of = |pid: &u32| -> u64 {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let lines = text.lines().filter(|l| l.contains("ctxt_switches"));
        lines.filter_map(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
    };
    pids.iter().map(of).sum()
}
