//! A roster as the tests read it: who announced itself, who of them lives, what happened.

use super::eventually::{eventually, holds, within};
use super::proc::{self, Id};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One tree's roster file; the beasts append to it.
#[derive(Clone)]
pub(crate) struct Roster {
    path: PathBuf,
}

/// Whoever announced itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) kind: String,
    pub(crate) id: Id,
}

impl Roster {
    pub(crate) fn at(path: PathBuf) -> Roster {
        Roster { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }

    /// Everybody who ever announced itself, the walker's dead steps too.
    pub(crate) fn members(&self) -> Vec<Member> {
        let parse = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let ["member", kind, pid, start] = words.as_slice() else { return None };
            Some(Member { kind: (*kind).to_owned(), id: Id { pid: pid.parse().ok()?, start: start.parse().ok()? } })
        };
        self.text().lines().filter_map(parse).collect()
    }

    /// Whether `event KIND WHAT` was written.
    pub(crate) fn happened(&self, kind: &str, what: &str) -> bool {
        self.events(kind).iter().any(|one| one == what)
    }

    /// What happened to this kind, in order.
    pub(crate) fn events(&self, kind: &str) -> Vec<String> {
        let start = format!("event {kind} ");
        let text = self.text();
        let after = text.lines().filter_map(|line| line.strip_prefix(&start));
        after.filter_map(|rest| rest.rsplit_once(' ')).map(|(what, _)| what.to_owned()).collect()
    }

    /// Wait until this kind is in place.
    pub(crate) fn ready(&self, kind: &str) -> Id {
        let first = || self.members().into_iter().find(|one| one.kind == kind);
        eventually(&format!("a beast of kind {kind} announces itself in {}", self.path.display()), first).id
    }

    /// Everybody of this tree who lives: announced, or found by the roster's path in its argv.
    pub(crate) fn alive(&self) -> Vec<Member> {
        let mut living: Vec<Member> = self.members().into_iter().filter(|one| one.id.alive()).collect();
        let path = self.path.to_string_lossy().into_owned();
        for one in proc::all().into_iter().filter(|one| one.comm != "pj-wrap" && one.comm != "keeper") {
            let argv = proc::file(one.pid, "cmdline");
            let ours = argv.starts_with(b"beast") || contains_beast(&argv);
            if ours && proc::contains(&argv, &path) && !living.iter().any(|known| known.id == one.id()) {
                living.push(Member { kind: "unannounced".to_owned(), id: one.id() });
            }
        }
        living
    }

    /// Nobody lives and nobody announces himself, for several looks in a row: one look may miss a walker's step.
    pub(crate) fn gone(&self) {
        let (mut quiet, mut known) = (0, 0);
        holds(&format!("nobody of {} lives: {:?}", self.path.display(), self.alive()), || {
            let before = std::mem::replace(&mut known, self.members().len());
            quiet = if before == known && self.alive().is_empty() { quiet + 1 } else { 0 };
            quiet > 5
        });
    }

    /// The walker lives; looked for more than once, since it may take a step between two looks.
    pub(crate) fn walks(&self) -> bool {
        let step = || self.alive().iter().any(|one| one.kind == "walker" || one.kind == "unannounced").then_some(());
        within(Duration::from_millis(500), step).is_some()
    }

    /// End the walker, if there is one: by the roster alone, since a look through `/proc` may take longer than a step.
    /// Gone means that nobody has announced itself for three steps.
    pub(crate) fn end_walker(&self) {
        let mut quiet = 0;
        let look = || {
            let last = self.members().into_iter().rev().find(|one| one.kind == "walker");
            quiet = if last.is_some_and(|one| one.id.kill()) { 0 } else { quiet + 1 };
            (quiet > 5).then_some(())
        };
        within(Duration::from_secs(2), look);
    }

    /// Everybody but the walker, whose identity changes.
    pub(crate) fn steady(&self) -> Vec<Member> {
        self.members().into_iter().filter(|one| one.kind != "walker").collect()
    }
}

/// argv\[0\] ends in the beast's name, wherever it was built.
fn contains_beast(argv: &[u8]) -> bool {
    let first = argv.split(|byte| *byte == 0).next().unwrap_or_default();
    first.ends_with(b"/beast") || first.ends_with(b"/firefox")
}
