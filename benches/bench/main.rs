//! `just bench`: what pj costs, each number against its peers in the same run, in rounds that take turns. Prints one table
//! and writes `benches/RESULTS.md`.
//!
//! Ratios of medians count: only they compare across machines. A peer that is not installed is skipped with a word. Nothing
//! here is pj's own code but the records that it writes: the programs under test are the release binaries.
//!
//! usage: cargo bench --profile dev -- [--quick] [start|relay|weight|end|records|shells|background|ports]...
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod background;
mod end;
mod peers;
mod ports;
mod pty;
mod records;
mod relay;
mod shells;
mod start;
mod table;
mod weight;

use std::io;

use peers::Bench;
use table::Table;

type Part = fn(&Bench, &mut Table) -> io::Result<()>;

const PARTS: &[(&str, Part)] = &[
    ("start", start::run),
    ("relay", relay::run),
    ("weight", weight::run),
    ("end", end::run),
    ("records", records::run),
    ("shells", shells::run),
    ("background", background::run),
    ("ports", ports::run),
];

fn main() {
    // What cargo itself says to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|w| w != "--bench").collect();
    let done = match words.first().map(String::as_str) {
        Some("as") => part_of_another(&words[1..]),
        _ => bench(&words),
    };
    if let Err(e) = done {
        eprintln!("bench: {e}");
        std::process::exit(1);
    }
}

/// The programs that the benches run on their terminals: this one again.
fn part_of_another(words: &[String]) -> io::Result<()> {
    let number = |at: usize| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(0);
    let is_raw = words.get(2).is_some_and(|w| w == "raw");
    match words.first().map(String::as_str) {
        Some("start") => start::inner(number(1), &words[2..]),
        Some("echo") => relay::echo(),
        Some("source") => relay::source(number(1), is_raw),
        Some("sink") => relay::sink(number(1), is_raw),
        Some("flood") => background::pour(number(1)),
        Some("hold") => {
            println!("R");
            pty::hold()
        }
        Some("tree") => {
            if words.get(2).is_some_and(|w| w == "deaf") {
                pty::be_deaf();
            }
            pty::children(number(1) - 1, true);
            println!("R");
            pty::hold()
        }
        Some("ports") => ports::inner(number(1), number(2), &words[3..]),
        Some("records") => records::inner(number(1), number(2), &words[3..]),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn bench(words: &[String]) -> io::Result<()> {
    let known = |w: &String| w == "--quick" || PARTS.iter().any(|(name, _)| name == w);
    if let Some(word) = words.iter().find(|w| !known(w)) {
        return Err(io::Error::other(format!("unknown word {word}\nhint: cargo bench -- [--quick] [PART]...")));
    }
    let quick = words.iter().any(|w| w == "--quick");
    let bench = Bench::new(quick)?;
    let mut table = Table::default();
    let chosen = |name: &str| words.iter().all(|w| w == "--quick") || words.iter().any(|w| w == name);
    for (name, part) in PARTS.iter().filter(|(name, _)| chosen(name)) {
        eprintln!("bench: {name}");
        if let Err(e) = part(&bench, &mut table) {
            table.word(format!("{name}: cut short: {e}"));
        }
    }
    for word in bench.words() {
        table.word(word);
    }
    let text = table.text(&bench);
    print!("{text}");
    // A part of the table is no result.
    if !quick && words.is_empty() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/RESULTS.md"), text)?;
    }
    Ok(())
}
