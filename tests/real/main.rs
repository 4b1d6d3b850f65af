//! The terminals that people have: xterm, kitty and alacritty on a screen of our own, tmux, screen, ssh, node-pty, a
//! login shell, each closed in each of its ways, under bash, zsh and fish. One table at the end tells the times.
//!
//! A program of its own rather than `#[test]`s: the windows share one X server that must end with us, and type one at
//! a time, since keys go to whoever has the focus. `cargo test --test real -- [WORD…]` runs what has all words in its name.
//! Never: touches a terminal, a server or a configuration that it did not start.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::print_stdout)]

/// The house of the integration tests.
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/harness/mod.rs"]
mod harness;
/// The scene of the integration tests: who of a brood is polite and who is deaf.
#[allow(dead_code)]
#[path = "../it/matrix/scene.rs"]
mod scene;

/// Programs in the background.
mod background;
/// The table terminal × close.
mod cases;
/// What `contrib/` promises, run.
mod contrib;
/// GNU screen.
mod screen;
/// Where somebody types.
mod seat;
/// sshd on loopback.
mod ssh;
/// One shell in one terminal, and everything that is started in it.
mod stage;
/// tmux with a socket of its own.
mod tmux;
/// Windows on an X server of our own.
mod window;

use harness::Shell;
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What one check has measured: how many were to die, when the last polite and the last deaf one did. Zero of them where
/// no time was taken.
#[derive(Default)]
struct Times {
    ended: usize,
    polite: Duration,
    deaf: Duration,
}

/// One thing to check, by a name that says it.
struct Check {
    name: [&'static str; 3],
    window: bool,
    run: Box<dyn FnOnce() -> Option<Times> + Send>,
}

/// How a check ended.
struct Row {
    name: [&'static str; 3],
    took: Duration,
    /// `None` skipped, `Err` failed.
    times: Result<Option<Times>, ()>,
}

fn checks() -> Vec<Check> {
    let mut all = Vec::new();
    for case in cases::ALL {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let name = [case.terminal, case.close, shell.name()];
            all.push(Check { name, window: case.window, run: Box::new(move || cases::run(case, shell)) });
        }
    }
    for (group, promises) in [("contrib", contrib::ALL), ("job", background::ALL)] {
        for (name, window, run) in promises {
            let run = Box::new(move || run().then(Times::default));
            all.push(Check { name: [group, name, "bash"], window: *window, run });
        }
    }
    all
}

/// Run one check in a thread that bears its name, so that what it says can be told apart.
fn run(check: Check) -> Row {
    let (name, began) = (check.name, Instant::now());
    let thread = std::thread::Builder::new().name(name.join(" · "));
    let times = thread.spawn(check.run).expect("a thread").join().map_err(|_| ());
    Row { name, took: began.elapsed(), times }
}

/// Two lanes: the first has all the windows and helps with the rest when it is done with them.
fn run_all(checks: Vec<Check>) -> Vec<Row> {
    let (windows, rest): (VecDeque<Check>, VecDeque<Check>) = checks.into_iter().partition(|check| check.window);
    let (windows, rest, rows) = (Mutex::new(windows), Mutex::new(rest), Mutex::new(Vec::new()));
    let take = |from: &Mutex<VecDeque<Check>>| from.lock().expect("no panic").pop_front();
    let lane = |with_windows: bool| {
        while let Some(check) = with_windows.then(|| take(&windows)).flatten().or_else(|| take(&rest)) {
            let row = run(check);
            rows.lock().expect("no panic").push(row);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| lane(true));
        scope.spawn(|| lane(false));
    });
    rows.into_inner().expect("no panic")
}

/// `terminal  close  shell  ended  survivors  polite  deaf`, in milliseconds after the close.
fn tell(rows: &[Row]) {
    let line = |cells: [&str; 7]| {
        let [terminal, close, shell, ended, left, polite, deaf] = cells;
        println!("{terminal:<10} {close:<34} {shell:<5} {ended:>6} {left:>10} {polite:>10} {deaf:>8}");
    };
    line(["terminal", "close", "shell", "ended", "survivors", "polite ms", "deaf ms"]);
    for row in rows {
        let [terminal, close, shell] = row.name;
        match &row.times {
            Ok(Some(times)) if times.ended == 0 => line([terminal, close, shell, "", "0", "", ""]),
            Ok(Some(times)) => {
                let ms = |time: Duration| time.as_millis().to_string();
                let (ended, polite, deaf) = (times.ended.to_string(), ms(times.polite), ms(times.deaf));
                line([terminal, close, shell, &ended, "0", &polite, &deaf]);
            }
            Ok(None) => line([terminal, close, shell, "", "SKIPPED", "", ""]),
            Err(()) => line([terminal, close, shell, "", "FAILED", "", ""]),
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut all = checks();
    all.retain(|check| words.iter().all(|word| check.name.join(" ").contains(word.as_str())));
    let (order, began): (Vec<_>, _) = (all.iter().map(|check| check.name).collect(), Instant::now());
    let mut rows = run_all(all);
    window::end_server();
    rows.sort_by_key(|row| order.iter().position(|name| *name == row.name));
    println!();
    tell(&rows);
    let failed = rows.iter().filter(|row| row.times.is_err()).count();
    let slowest = rows.iter().max_by_key(|row| row.took);
    let slowest = slowest.map(|row| format!("{} {:.1} s", row.name.join(" · "), row.took.as_secs_f32()));
    println!(
        "\n{} checks in {:.0} s, {failed} failed; the slowest: {}",
        rows.len(),
        began.elapsed().as_secs_f32(),
        slowest.unwrap_or_default()
    );
    ExitCode::from(u8::from(failed > 0 || rows.is_empty()))
}
