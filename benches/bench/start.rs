//! Start and exit of `true` on a terminal, as a shell runs it: forked in the session's foreground group and waited for.

use std::io::{self, Read, Write};
use std::process::Command;
use std::time::Instant;

use super::peers::{Bench, RELAY};
use super::pty::{Session, as_three, pipe, three};
use super::table::{Table, median, time};

const PEERS: &[&str] =
    &["bare", "pj-wrap", "pj-wrap --direct", "tini -s", "dumb-init", "script", "dtach", "sudo (use_pty)", RELAY];

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let name = "start + exit of `true` on a terminal";
    let of_true = [bench.find("true").unwrap_or_else(|| "/bin/true".to_owned())];
    let peers: Vec<(&str, Vec<String>)> = PEERS.iter().filter_map(|p| Some((*p, bench.under(p, &of_true)?))).collect();
    let lines: Vec<String> = peers.iter().map(|(_, argv)| argv.join("\x1f")).collect();
    let rounds = bench.rounds(400).to_string();
    let words: Vec<&str> = ["start", &rounds].into_iter().chain(lines.iter().map(String::as_str)).collect();
    let mut command = bench.command(&bench.part(&words));
    let (mut answer, passed) = pipe()?;
    as_three(&mut command, &passed);
    let session = Session::start(command, None)?;
    drop(passed);
    session.finish()?;
    let mut text = String::new();
    answer.read_to_string(&mut text)?;
    let times: Vec<Vec<u64>> = text.lines().map(|l| l.split(' ').filter_map(|n| n.parse().ok()).collect()).collect();
    if times.len() != peers.len() {
        return Err(io::Error::other("the rounds were cut short"));
    }
    let bare = median(&times[0]);
    let added = |at: usize| median(&times[at]).saturating_sub(bare);
    let tini = peers.iter().position(|(p, _)| *p == "tini -s").map(added);
    for (at, (peer, _)) in peers.iter().enumerate() {
        let least = times[at].iter().min().copied().unwrap_or(0);
        let value = format!("{} [{}], added {}", time(median(&times[at])), time(least), time(added(at)));
        let most = match *peer {
            "pj-wrap" => 1.0,
            "pj-wrap --direct" => 0.8,
            _ => 0.0,
        };
        match tini {
            Some(tini) if most > 0.0 => {
                let ratio = added(at) as f64 / tini.max(1) as f64;
                let said = format!("added ≤ {most} × tini's (is {ratio:.2})");
                table.bar(name, peer, value, &said, ratio <= most);
            }
            _ => table.row(name, peer, value),
        }
    }
    Ok(())
}

/// On the terminal: runs each line in turn, so many rounds; one line of nanoseconds for each.
pub(crate) fn inner(rounds: usize, lines: &[String]) -> io::Result<()> {
    let commands: Vec<Vec<&str>> = lines.iter().map(|l| l.split('\x1f').collect()).collect();
    let mut times = vec![Vec::with_capacity(rounds); lines.len()];
    // One round more, which is not counted: what must be read from the disk is there after it.
    for round in 0..=rounds {
        for (argv, times) in commands.iter().zip(&mut times) {
            let mut command = Command::new(argv[0]);
            command.args(&argv[1..]);
            let from = Instant::now();
            let status = command.status()?;
            let took = from.elapsed();
            if !status.success() {
                return Err(io::Error::other(format!("{}: {status}", argv[0])));
            }
            if round > 0 {
                times.push(took.as_nanos().to_string());
            }
        }
    }
    let text: Vec<String> = times.iter().map(|t| t.join(" ")).collect();
    three().write_all(text.join("\n").as_bytes())
}
