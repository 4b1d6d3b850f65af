//! The crash matrix: every named point of pj × every fault × both modes × without and with a cgroup of the job's own. At
//! the point the process dies, stops, or loses its disk, its rights, its descriptors, its memory; then the terminal closes
//! and one `pj-sweep` runs. After that no member lives, no record, claim, socket or cgroup is left, the terminal was as
//! before, and nobody else was touched. The same of a job in the background (`background.rs`), of which a record is left.
//!
//! A program of its own rather than `#[test]`s: one table at the end. `tests/run crash -- [WORD…]` runs what has all words
//! in its name. Never: touches a process or a file system that it did not make.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::print_stdout)]

/// The house of the integration tests.
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/harness/mod.rs"]
mod harness;

/// What must be true after it.
mod after;
/// One cell of a job in the background.
mod background;
/// One cell.
mod cell;
/// Cgroups of our own.
mod group;
/// Where each point is passed.
mod points;
/// Namespaces and a disk of our own.
mod space;
/// What is printed.
mod table;
/// What may come of a cell.
mod truth;

use cell::{Cell, Outcome};
use harness::Mode;
use pj::sys::hooks::{Fault, Point};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use table::Row;

fn cells() -> Vec<Cell> {
    let mut all = Vec::new();
    for grouped in [false, true] {
        for &point in Point::ALL {
            for passage in points::passages(point).filter(|&one| points::is_passed(point, one, grouped)) {
                let (process, nth, story) = passage;
                for &fault in Fault::ALL {
                    let every =
                        [Mode::Pty, Mode::Direct].map(|mode| Cell { point, process, nth, story, fault, mode, grouped });
                    all.extend(every.into_iter().filter(points::is_tried));
                }
            }
        }
    }
    all
}

fn play(cell: Cell) -> Outcome {
    if cell.story.is_background() { background::play(cell) } else { cell::play(cell) }
}

fn main() -> ExitCode {
    if let Some(done) = space::go_inside() {
        return done;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |cell: &Cell| {
        let name = format!("{cell:?} {} {}", cell.point.name(), cell.fault.name());
        words.iter().all(|word| name.contains(word))
    };
    let mut cells: Vec<Cell> = cells().into_iter().filter(wanted).collect();
    let (before, possible) = (cells.len(), group::is_possible());
    cells.retain(|cell| !cell.grouped || possible);
    if cells.len() < before {
        // Not for CI to insist on: the machine is as it is.
        eprintln!("SKIPPED {} cells of the crash matrix: no cgroup is to be had here", before - cells.len());
    }
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Row)>> = Mutex::default();
    // A cell waits far more than it computes.
    let workers = std::thread::available_parallelism().map_or(2, usize::from) * 4;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(at) else { break };
                    let done = std::panic::catch_unwind(|| play(*cell)).ok();
                    if done.is_none() {
                        eprintln!("FAILED {cell:?}");
                    }
                    rows.lock().expect("no panic").push((at, (*cell, done)));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("no panic");
    rows.sort_by_key(|row| row.0);
    let rows: Vec<Row> = rows.into_iter().map(|row| row.1).collect();
    table::print(&rows);
    if !rows.is_empty() && rows.iter().all(|row| row.1.is_some()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
