//! The scene of every fault: a registered shell in its terminal with a wrapped brood, and around it those whom
//! nothing may touch.

use crate::harness::deaths::Deaths;
use crate::harness::proc::{self, Id};
use crate::harness::{Cell, Hook, Job, Roster, Term, World, holds};
use std::time::Duration;

/// Default signals, or a handler for HUP and TERM: gone as soon as they are asked.
pub(crate) const POLITE: &[&str] = &[
    "plain",
    "polite",
    "setsid",
    "own-group",
    "daemon",
    "daemon-env",
    "devnull",
    "deep-1",
    "deep-2",
    "deep-3",
    "deep-4",
    "deep-5",
    "deep-6",
    "deep-7",
    "deep-8",
    "scribbler",
    "restorer",
    "brood",
];
/// Deaf to HUP only.
pub(crate) const TERM_ONLY: &[&str] = &["ignore-hup", "term-only", "stopped"];
/// Nothing but SIGKILL ends these.
pub(crate) const DEAF: &[&str] = &["deaf", "fork-on-term"];
/// The grace of the jobs under test.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// How the job is started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Foreground,
    Background,
    /// In the foreground, then Ctrl-Z.
    Suspended,
    /// The command exits by itself as soon as its brood is in place.
    Leaving,
}

/// Everything on stage.
pub(crate) struct Scene {
    pub(crate) cell: Cell,
    pub(crate) term: Term,
    pub(crate) job: Job,
    pub(crate) roster: Roster,
    pub(crate) bystanders: Bystanders,
    pub(crate) deaths: Deaths,
    pub(crate) world: World,
}

/// Who must be untouched: a second terminal with an identical wrapped tree, and unwrapped beasts of the same name,
/// one below that terminal's shell and one below the shell under test.
pub(crate) struct Bystanders {
    _term: Term,
    rosters: Vec<Roster>,
    intact: Vec<(String, Id)>,
}

fn wrapped(cell: Cell, name: &str, roster: &Roster, options: &str) -> String {
    let roster = roster.path().display();
    format!("pj-wrap {}--name {name} --grace 1s beast {roster} brood{options}", cell.mode.flag())
}

impl Bystanders {
    fn new(world: &World, cell: Cell, under_test: &mut Term) -> Bystanders {
        let (twin, alone, near) = (world.bystanders("twin"), world.bystanders("alone"), world.bystanders("near"));
        let mut term = Term::shell(world, cell.shell, Hook::Yes);
        assert_eq!(term.run(&format!("beast {} deaf &", alone.path().display())), 0);
        term.line(&wrapped(cell, "twin", &twin, ""));
        assert_eq!(under_test.run(&format!("beast {} deaf &", near.path().display())), 0);
        twin.ready("brood");
        alone.ready("deaf");
        near.ready("deaf");
        let job = world.job("twin");
        let mut intact: Vec<(String, Id)> = vec![("the other shell".to_owned(), term.id())];
        intact.extend(job.guards().into_iter().map(|id| ("front or guard of the twin".to_owned(), id)));
        assert_eq!(intact.len(), 3, "a shell, a front and a guard");
        for (name, roster) in [("twin's", &twin), ("alone", &alone), ("near", &near)] {
            intact.extend(roster.steady().into_iter().map(|one| (format!("{name} {}", one.kind), one.id)));
        }
        Bystanders { _term: term, rosters: vec![twin, alone, near], intact }
    }

    /// Every one of them lives.
    pub(crate) fn check(&self) {
        let dead: Vec<_> = self.intact.iter().filter(|(_, id)| !id.alive()).collect();
        assert!(dead.is_empty(), "bystanders died: {dead:?}");
        holds("the bystanders' walker walks on", || self.rosters[0].walks());
        let wrong = self
            .rosters
            .iter()
            .any(|roster| roster.happened("stopped", "term") || roster.happened("restorer", "restored"));
        assert!(!wrong, "a bystander was signalled");
    }
}

impl Scene {
    /// Set the stage in this cell and wait until everybody is in place.
    pub(crate) fn set(cell: Cell, start: Start) -> Scene {
        let world = World::new();
        let mut term = Term::shell(&world, cell.shell, Hook::Yes);
        let bystanders = Bystanders::new(&world, cell, &mut term);
        let roster = world.roster("brood");
        let options = if start == Start::Leaving { " --leave --code 3" } else { "" };
        let line = wrapped(cell, "subject", &roster, options);
        let (job, front);
        match start {
            Start::Leaving => {
                assert_eq!(term.run(&line), 3, "the command's own code");
                job = world.job("subject");
                holds("the front leaves with the command", || !job.front().alive());
                assert!(roster.alive().len() > 15, "the brood lingers: {:?}", roster.alive());
            }
            Start::Background => {
                assert_eq!(term.run(&format!("{line} &")), 0);
                roster.ready("brood");
                job = world.job("subject");
            }
            Start::Foreground | Start::Suspended => {
                term.line(&line);
                roster.ready("brood");
                job = world.job("subject");
            }
        }
        if start == Start::Suspended {
            front = job.front();
            term.type_("\x1a");
            term.expect(cell.shell.stopped());
            holds("the front is stopped, as a job of the shell must be", || front.state() == Some('T'));
            holds("the command is stopped", || roster.ready("brood").state() == Some('T'));
        }
        let deaths = Deaths::watch([]);
        Scene { cell, term, job, roster, bystanders, deaths, world }
    }

    /// Take down the names of all who must die; the next thing that happens is the fault.
    pub(crate) fn fault(&mut self) {
        let all = proc::all();
        let mut doomed: Vec<(String, Id)> = self.roster.steady().into_iter().map(|one| (one.kind, one.id)).collect();
        for guard in self.job.guards() {
            let name = if Some(guard) == self.job.identity("front") { "front" } else { "guard" };
            doomed.push((name.to_owned(), guard));
            for one in
                proc::below(&all, guard.pid).iter().filter(|one| one.comm != "beast" && !one.comm.starts_with("pj-"))
            {
                doomed.push((format!("descendant {}", one.comm), one.id()));
            }
        }
        self.deaths = Deaths::watch(doomed);
        self.deaths.start();
    }

    /// The clock starts again: what ends them comes only now.
    pub(crate) fn again(&mut self) {
        self.deaths.start();
    }

    /// All are gone: those of the list, those born since, front, guard, the record. Times are told, and asserted with
    /// much slack; the bystanders are intact.
    pub(crate) fn all_gone(&mut self, what: &str) {
        let left = self.deaths.wait(Duration::from_secs(8));
        let Cell { mode, shell } = self.cell;
        eprintln!("{what} {mode:?} {shell:?}: {}", self.deaths.told());
        assert!(left.is_empty(), "{what}: these live: {left:?}");
        self.roster.gone();
        self.job.record_gone();
        self.on_time(what);
        assert!(self.roster.happened("stopped", "term"), "the stopped one was continued and its TERM handler ran");
        assert!(self.roster.happened("restorer", "restored"), "the restorer restored its terminal");
        self.bystanders.check();
    }

    /// Polite ones well before the deaf ones, the deaf ones not before the grace has passed.
    fn on_time(&self, what: &str) {
        let last = |names| self.deaths.last(names).unwrap_or_else(|| panic!("{what}: some never died"));
        let deaf = self.deaths.first(DEAF).unwrap_or_default();
        let soon = GRACE * 7 / 10;
        assert!(deaf >= soon, "{what}: deaf ones had {deaf:?} instead of the grace");
        assert!(last(POLITE) < soon, "{what}: polite ones took {:?}", last(POLITE));
        let restored = last(&["restorer"]);
        assert!(restored < GRACE * 4 / 10, "{what}: the restorer was held up for {restored:?} by its terminal");
        assert!(last(TERM_ONLY) < soon, "{what}: those that hear TERM took {:?}", last(TERM_ONLY));
        assert!(last(DEAF) < GRACE * 4, "{what}: deaf ones took {:?}", last(DEAF));
    }
}
