//! The matrix as a table: a line for each passage of a point, a column for each fault, and counts.

use crate::cell::{Cell, Outcome};
use crate::harness::Mode;
use crate::truth::OWN;
use pj::sys::hooks::Fault;

/// One cell and what came of it; nothing where a promise was broken.
pub(crate) type Row = (Cell, Option<Outcome>);

/// Prints it. In a field: the code that the shell told in pty and in direct mode, or that is on record of
/// a background job with a terminal and with pipes; `-` for none.
pub(crate) fn print(rows: &[Row]) {
    print!("{:<54}", "point, process, passage, story");
    Fault::ALL.iter().for_each(|fault| print!("{:>10}", fault.name()));
    println!();
    let mut lines: Vec<String> = Vec::new();
    for (cell, _) in rows {
        let name = name(cell);
        if !lines.contains(&name) {
            lines.push(name);
        }
    }
    for line in &lines {
        print!("{line:<54}");
        for &fault in Fault::ALL {
            let fields = [Mode::Pty, Mode::Direct].map(|mode| {
                let here = |row: &&Row| name(&row.0) == *line && row.0.fault == fault && row.0.mode == mode;
                rows.iter().find(here).map_or(String::new(), |row| field(row.1.as_ref()))
            });
            print!("{:>10}", fields.join("/"));
        }
        println!();
    }
    print!("{:<54}", "kept / tried");
    for &fault in Fault::ALL {
        let of = || rows.iter().filter(|row| row.0.fault == fault);
        print!("{:>10}", format!("{}/{}", of().filter(|row| row.1.is_some()).count(), of().count()));
    }
    println!();
    count(rows);
}

fn count(rows: &[Row]) {
    let kept: Vec<&Outcome> = rows.iter().filter_map(|row| row.1.as_ref()).collect();
    let of = |what: fn(&&&Outcome) -> bool| kept.iter().filter(what).count();
    let (own, ran) = (of(|one| one.code == Some(OWN)), of(|one| one.ran));
    let (swept, bare) = (of(|one| one.left_to_sweep > 0), of(|one| one.unguarded));
    println!("{} cells, {} kept every promise", rows.len(), kept.len());
    println!(
        "the command ran in {ran} ({own} times it left by itself, and its own code was told), in {} never",
        kept.len() - ran
    );
    println!("in {swept} somebody of the tree lived when the sweep began; {bare} ran without a guard, and said so");
}

fn name(cell: &Cell) -> String {
    let grouped = if cell.grouped && !cell.story.is_background() { " in a cgroup" } else { "" };
    format!("{} {} {} {:?}{grouped}", cell.point.name(), cell.process, cell.nth, cell.story)
}

fn field(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "FAILED".to_owned(),
        Some(Outcome { code: Some(code), .. }) => code.to_string(),
        Some(_) => "-".to_owned(),
    }
}
