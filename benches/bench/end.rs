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
