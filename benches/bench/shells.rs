//! What the hook costs a shell's start: on a terminal of its own until it has left at its first prompt, with an empty rc
//! file, with the hook, and with other programs' lines.

use std::fs;
use std::io;
use std::time::Instant;

use super::peers::Bench;
use super::pty::Session;
use super::table::{Table, median, time};

const WHICH: &[&str] = &["an empty rc file", "pj init", "pj init --wrap", "zoxide init", "starship init"];

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let pj = bench.ours("pj");
    let others = [bench.find("zoxide"), bench.find("starship")];
    for shell in ["bash", "zsh", "fish"] {
        let Some(path) = bench.find(shell) else { continue };
        let name = format!("start of {shell}");
        let mut times: Vec<(&str, String, Vec<u64>)> = Vec::new();
        for which in WHICH {
            let line = match *which {
                "an empty rc file" => None,
                "pj init" => Some(format!("{pj} init {shell}")),
                "pj init --wrap" => Some(format!("{pj} init {shell} --wrap claude,codex,gemini")),
                "zoxide init" => match &others[0] {
                    Some(zoxide) => Some(format!("{zoxide} init {shell}")),
                    None => continue,
                },
                _ => match &others[1] {
                    Some(starship) => Some(format!("{starship} init {shell} --print-full-init")),
                    None => continue,
                },
            };
            let home = bench.path(&format!("{shell}-{}", which.replace(' ', "-")));
            settings(shell, &home, line.as_deref())?;
            times.push((which, home.to_string_lossy().into_owned(), Vec::new()));
        }
        // One round more, which is not counted.
        for round in 0..=bench.rounds(40) {
            for (_, home, times) in &mut times {
                let mut command = bench.command(&[path.clone(), "-i".to_owned()]);
                command.env("HOME", home);
                let from = Instant::now();
                Session::start(command, None)?.finish()?;
                if round > 0 {
                    times.push(from.elapsed().as_nanos() as u64);
                }
            }
        }
        tell(table, &name, &times);
    }
    Ok(())
}

fn tell(table: &mut Table, name: &str, times: &[(&str, String, Vec<u64>)]) {
    let empty = median(&times[0].2);
    let added = |which: &str| times.iter().find(|t| t.0 == which).map(|t| median(&t.2).saturating_sub(empty));
    let zoxide = added("zoxide init");
    for (which, _, times) in times {
        let least = times.iter().min().copied().unwrap_or(0);
        let ours = added(which).unwrap_or(0);
        let value = format!("{} [{}], added {}", time(median(times)), time(least), time(ours));
        match zoxide {
            Some(theirs) if *which == "pj init" => {
                let said = format!("added ≤ zoxide's ({})", time(theirs));
                table.bar(name, which, value, &said, ours <= theirs);
            }
            _ => table.row(name, which, value),
        }
    }
}

/// A home whose shell leaves at its first prompt.
fn settings(shell: &str, home: &std::path::Path, line: Option<&str>) -> io::Result<()> {
    fs::create_dir_all(home.join(".config/fish"))?;
    // A fish that finds no generated completions starts a python that makes them.
    fs::create_dir_all(home.join(".local/share/fish/generated_completions"))?;
    let (file, hook, leave) = match shell {
        "bash" => (".bashrc", line.map(|l| format!("eval \"$({l})\"")), "PROMPT_COMMAND=exit"),
        "zsh" => (".zshrc", line.map(|l| format!("eval \"$({l})\"")), "precmd_functions+=(leave); leave() { exit }"),
        _ => (
            ".config/fish/config.fish",
            line.map(|l| format!("{l} | source")),
            "set -g fish_greeting; function fish_prompt; exec true; end",
        ),
    };
    fs::write(home.join(file), format!("{}\n{leave}\n", hook.unwrap_or_default()))
}
