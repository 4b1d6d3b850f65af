//! A terminal is closed; how long until a polite tree, each process in a session of its own, is gone.

use std::io::{self, Read};
use std::time::Instant;

use super::peers::Bench;
use super::pty::{Session, pipe};
use super::table::{Table, median, time};

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    for many in [1, 10, 100, 1000] {
        let name = format!("terminal closed → {many} gone");
        let mut times = [("pj-wrap", Vec::new()), ("bwrap", Vec::new())];
        for _ in 0..bench.rounds(15) {
            for (peer, times) in &mut times {
                if let Some(argv) = bench.under(peer, &bench.part(&["tree", &many.to_string()])) {
                    times.push(end(bench, &argv)?);
                }
            }
        }
        let [(_, ours), (_, theirs)] = &times;
        let value = |t: &[u64]| format!("{} [{}]", time(median(t)), time(t.iter().min().copied().unwrap_or(0)));
        if theirs.is_empty() {
            table.row(&name, "pj-wrap", value(ours));
            continue;
        }
        let ratio = median(ours) as f64 / median(theirs).max(1) as f64;
        table.bar(&name, "pj-wrap", value(ours), &format!("≤ 1.5 × bwrap's (is {ratio:.2})"), ratio <= 1.5);
        table.row(&name, "bwrap --die-with-parent", value(theirs));
    }
    deaf(bench, table)
}

/// A tree that is deaf to everything but KILL: what its end takes after the grace.
fn deaf(bench: &Bench, table: &mut Table) -> io::Result<()> {
    const GRACE: u64 = 1000;
    let many: usize = if bench.quick { 300 } else { 3000 };
    let flags = [bench.ours("pj-wrap"), "--grace".to_owned(), format!("{GRACE}ms")];
    let argv: Vec<String> = flags.into_iter().chain(bench.part(&["tree", &many.to_string(), "deaf"])).collect();
    let mut times = Vec::new();
    for _ in 0..bench.rounds(5) {
        times.push(end(bench, &argv)?.saturating_sub(GRACE * 1_000_000));
    }
    let value = format!("{} [{}]", time(median(&times)), time(times.iter().min().copied().unwrap_or(0)));
    let name = format!("{many} deaf sessions, after their grace");
    table.bar(&name, "pj-wrap", value, "≤ 250 ms", median(&times) <= 250_000_000);
    Ok(())
}

/// Nanoseconds from the end of the terminal to the end of the last who held our pipe. Guards hold nothing of the user's.
fn end(bench: &Bench, argv: &[String]) -> io::Result<u64> {
    let (mut alive, held) = pipe()?;
    let mut session = Session::start(bench.command(argv), Some(&held))?;
    drop(held);
    session.ready()?;
    let from = Instant::now();
    session.close();
    alive.read_to_end(&mut Vec::new())?;
    Ok(from.elapsed().as_nanos() as u64)
}
