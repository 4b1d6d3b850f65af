//! The registry: processes that are adopted, how jobs are listed, named, found by a port and forgotten.

/// `pj add`, and what becomes of an adopted job.
mod adopt;
/// `pj add` in a shell.
mod adopt_typed;
/// What is written about jobs.
mod books;
/// Who listens on a port.
mod listening;
/// How they are listed.
mod listing;
/// Many at once.
mod many;
/// When they were last seen.
mod seen;

use crate::harness::{Id, Roster, World};
use std::process::Child;

/// Somebody who runs without pj, with children if its kind has some. He is a bystander: whoever ends him is in the test.
pub(crate) struct Loose {
    pub(crate) roster: Roster,
    pub(crate) id: Id,
    /// Kept so that he can be waited for.
    child: Child,
}

impl Loose {
    pub(crate) fn start(world: &World, name: &str, words: &str) -> Loose {
        Loose::start_under(world, name, "", words)
    }

    /// The same by way of a program that executes it: `nsenter …`.
    pub(crate) fn start_under(world: &World, name: &str, above: &str, words: &str) -> Loose {
        let roster = world.bystanders(name);
        let run = world.sh(&format!("exec {above} beast {} {words}", roster.path().display()));
        let (child, id) = run.start();
        let kind = words.split(' ').next().expect("a kind").to_owned();
        assert_eq!(roster.ready(&kind), id);
        Loose { roster, id, child }
    }

    pub(crate) fn pid(&self) -> String {
        self.id.pid.to_string()
    }

    /// He is gone or a zombie, which is dead; then no longer a zombie.
    pub(crate) fn ended(&mut self) {
        crate::harness::holds("it has ended", || !self.id.alive());
        let _ = self.child.wait();
    }
}
