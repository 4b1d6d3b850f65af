//! The table: one row a measure, with what it must be; and the machine that it was measured on.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use super::peers::Bench;

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
    words: Vec<String>,
}

/// The median of some numbers.
pub(crate) fn median(numbers: &[u64]) -> u64 {
    at(numbers, 50)
}

/// The number below which so many of a hundred are.
pub(crate) fn at(numbers: &[u64], percent: usize) -> u64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

/// Nanoseconds, for people.
pub(crate) fn time(ns: u64) -> String {
    match ns {
        0..10_000_000 => format!("{:.0} µs", ns as f64 / 1e3),
        _ => format!("{:.1} ms", ns as f64 / 1e6),
    }
}

impl Table {
    /// A measure that has nothing to be.
    pub(crate) fn row(&mut self, bench: &str, who: &str, value: String) {
        self.rows.push([bench.to_owned(), who.to_owned(), value, String::new()]);
    }

    /// A measure, what it must be, and whether it is.
    pub(crate) fn bar(&mut self, bench: &str, who: &str, value: String, said: &str, is_met: bool) {
        let verdict = format!("{said}: {}", if is_met { "met" } else { "**missed**" });
        self.rows.push([bench.to_owned(), who.to_owned(), value, verdict]);
    }

    /// Something that the reader must know.
    pub(crate) fn word(&mut self, word: String) {
        self.words.push(word);
    }

    /// The whole, in Markdown.
    pub(crate) fn text(&self, bench: &Bench) -> String {
        let mut text =
            String::from("# What pj costs\n\nWritten by `just bench`. Medians over rounds that take turns; ");
        text += "least values in brackets. Only ratios compare across machines.\n\n";
        machine(&mut text, bench);
        text += "\n| bench | who | measured | must be |\n|---|---|---|---|\n";
        let mut last = "";
        for [bench, who, value, verdict] in &self.rows {
            let name = if bench == last { "" } else { bench };
            let _ = writeln!(text, "| {name} | {who} | {value} | {verdict} |");
            last = bench;
        }
        if !self.words.is_empty() {
            text.push('\n');
        }
        for word in &self.words {
            let _ = writeln!(text, "- {word}");
        }
        text
    }
}

fn machine(text: &mut String, bench: &Bench) {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = file("/proc/cpuinfo");
    let model =
        cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or("").trim_start_matches([' ', '\t', ':']);
    let cores = cpu.lines().filter(|l| l.starts_with("processor")).count();
    let load = file("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let _ = writeln!(text, "- date: {}", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]));
    let kernel = file("/proc/sys/kernel/osrelease");
    let _ = writeln!(text, "- machine: {model}, {cores} cores, Linux {}, load at the end {load}", kernel.trim());
    let state = said("stat", &["-f", "-c", "%T", &bench.path("state").to_string_lossy()]);
    let _ = writeln!(text, "- records on: {state}");
    let mut versions = vec![said(&bench.ours("pj"), &["--version"])];
    let asked: &[(&str, &[&str])] = &[
        ("tini", &["--version"]),
        ("dumb-init", &["--version"]),
        ("script", &["--version"]),
        ("bwrap", &["--version"]),
        ("ps", &["--version"]),
        ("zoxide", &["--version"]),
        ("starship", &["--version"]),
        ("pueue", &["--version"]),
        ("bash", &["--version"]),
        ("zsh", &["--version"]),
        ("fish", &["--version"]),
        ("cc", &["--version"]),
    ];
    versions.extend(asked.iter().map(|(program, words)| said(program, words)));
    versions.retain(|v| !v.is_empty());
    let _ = writeln!(text, "- versions: {}", versions.join("; "));
}

/// The first line that a program says.
fn said(program: &str, words: &[&str]) -> String {
    let Ok(out) = Command::new(program).args(words).output() else { return String::new() };
    let all = if out.stdout.is_empty() { out.stderr } else { out.stdout };
    String::from_utf8_lossy(&all).lines().next().unwrap_or_default().trim().to_owned()
}
