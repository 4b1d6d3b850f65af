//! All the beasts at once, as one tree below one ordinary command.
//!
//! Options: `--leave` exit 0 once everybody is in place, `--deaf` hear no HUP, INT or TERM, `--code N` leave with
//! this code, `--only a,b` fewer kinds, `--as PROGRAM` the children are another copy of the beast.

use crate::kinds::be_deaf;
use crate::roster::{Roster, stat, tick};
use std::process::Command;

/// What a full brood consists of: the kind to start, and the name under which it announces itself.
const KINDS: &[(&str, &str)] = &[
    ("plain", "plain"),
    ("ignore-hup", "ignore-hup"),
    ("deaf", "deaf"),
    ("setsid", "setsid"),
    ("own-group", "own-group"),
    ("daemon", "daemon"),
    ("to-daemon-env", "daemon-env"),
    ("stopped", "stopped"),
    ("devnull", "devnull"),
    ("deep", "deep-1"),
    ("walker", "walker"),
    ("fork-on-term", "fork-on-term"),
    ("scribbler", "scribbler"),
    ("restorer", "restorer"),
    ("term-only", "term-only"),
    ("polite", "polite"),
];

struct Options {
    leave: bool,
    deaf: bool,
    code: i32,
    only: Option<Vec<String>>,
    program: Option<String>,
}

fn parse(words: &[String]) -> Options {
    let mut options = Options { leave: false, deaf: false, code: 0, only: None, program: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--leave" => options.leave = true,
            "--deaf" => options.deaf = true,
            "--code" => options.code = words.next().and_then(|n| n.parse().ok()).unwrap_or(0),
            "--as" => options.program = words.next().cloned(),
            "--only" => options.only = words.next().map(|list| list.split(',').map(str::to_owned).collect()),
            other => panic!("beast: brood: no such option: {other}"),
        }
    }
    options
}

/// Start everybody, wait until all are in place, announce ourselves, then leave or wait for the children.
pub(crate) fn run(roster: &Roster, words: &[String]) {
    let options = parse(words);
    if options.deaf {
        be_deaf();
    }
    let own = options.program.as_ref().map(Into::into).or_else(|| std::env::current_exe().ok());
    let own: std::path::PathBuf = own.expect("an executable of our own");
    let wanted: Vec<_> = KINDS
        .iter()
        .filter(|(_, name)| options.only.as_ref().is_none_or(|only| only.iter().any(|one| one == name)))
        .collect();
    let mut children = Vec::new();
    for (kind, _) in &wanted {
        children.push(Command::new(&own).args([roster.path(), kind]).spawn().expect("a child"));
    }
    while !wanted.iter().all(|(_, name)| in_place(roster, name)) {
        tick(5);
    }
    roster.announce("brood");
    if options.leave {
        std::process::exit(options.code);
    }
    for mut child in children {
        let _ = child.wait();
    }
    std::process::exit(options.code);
}

/// Announced; the stopped one must also be seen stopped.
fn in_place(roster: &Roster, name: &str) -> bool {
    let pids = roster.pids(name);
    let Some(pid) = pids.first() else { return false };
    name != "stopped" || stat(pid).first().is_some_and(|state| state == "T")
}
