//! One shell in one terminal, with everything that a user leaves running there, and around it those whom nothing may
//! touch: an unwrapped process of the same shell, a twin in another terminal, neighbours in the same server.

use crate::Times;
use crate::harness::deaths::Deaths;
use crate::harness::eventually::within;
use crate::harness::proc::{self, Id};
use crate::harness::{Hook, Job, Roster, Shell, Term, World, holds};
use crate::scene::{DEAF, GRACE, POLITE, TERM_ONLY};
use crate::seat::Seat;
use std::time::Duration;

/// The wrapped jobs of the shell under test: the full brood in the foreground of a nested shell, the others smaller.
const JOBS: [&str; 4] = ["front", "nested", "back", "disowned"];
/// What the smaller broods consist of: each another way to be out of reach.
const FEW: &str = " --only setsid,daemon-env,ignore-hup,deaf,stopped";

/// Everything on stage.
pub(crate) struct Stage {
    pub(crate) seat: Seat,
    pub(crate) shell: Id,
    rosters: Vec<Roster>,
    jobs: Vec<Job>,
    doomed: Vec<(String, Id)>,
    spared: Vec<(String, Id)>,
    twin: Twin,
    pub(crate) world: World,
}

/// Another terminal of the same user, with a wrapped tree like ours.
struct Twin {
    _term: Term,
    roster: Roster,
}

/// A command in the search path that starts one of the jobs: short to type, and exec'd, so that the shell is its parent.
fn command(world: &World, name: &str, roster: &Roster, options: &str) {
    let roster = roster.path().display();
    let text = format!("#!/bin/sh\nexec pj-wrap --name {name} --grace 1s beast {roster} brood{options}\n");
    world.script(&format!("w-{name}"), &text);
}

impl Twin {
    fn new(world: &World, shell: Shell) -> Twin {
        let roster = world.bystanders("twin");
        command(world, "twin", &roster, "");
        let term = Term::shell(world, shell, Hook::Yes);
        term.line("w-twin");
        roster.ready("brood");
        Twin { _term: term, roster }
    }
}

impl Stage {
    /// Take a seat in the terminal, start everything, and wait until everybody is in place.
    pub(crate) fn set(open: fn(&World, Shell) -> Seat, shell: Shell) -> Stage {
        let world = World::new();
        let twin = Twin::new(&world, shell);
        let near = world.bystanders("near");
        world.script("near", &format!("#!/bin/sh\nexec beast {} deaf\n", near.path().display()));
        let rosters: Vec<Roster> = JOBS.iter().map(|name| world.roster(name)).collect();
        for (name, roster) in JOBS.iter().zip(&rosters) {
            command(&world, name, roster, if *name == "front" { "" } else { FEW });
        }
        let mut seat = open(&world, shell);
        registered(&world, 2, &seat);
        seat.prompt();
        seat.line("near &");
        let first = near.ready("deaf");
        let outer = parent(first);
        seat.line("w-disowned & disown");
        rosters[3].ready("brood");
        seat.line("w-back &");
        rosters[2].ready("brood");
        seat.line(&shell.argv().join(" "));
        registered(&world, 3, &seat);
        seat.line("w-nested &");
        rosters[1].ready("brood");
        seat.line("w-front");
        rosters[0].ready("brood");
        let jobs: Vec<Job> = JOBS.iter().map(|name| world.job(name)).collect();
        let nested = parent(jobs[1].front());
        assert_eq!(parent(jobs[2].front()), outer, "the background job is the outer shell's");
        assert_eq!(parent(nested), outer, "a nested shell");
        let mut stage =
            Stage { seat, shell: outer, rosters, jobs, doomed: Vec::new(), spared: Vec::new(), twin, world };
        stage.doomed.extend([("shell".to_owned(), outer), ("shell".to_owned(), nested)]);
        stage.take_names(&near);
        stage
    }

    fn take_names(&mut self, near: &Roster) {
        for (job, roster) in self.jobs.iter().zip(&self.rosters) {
            self.doomed.extend(job.guards().into_iter().map(|id| ("guard".to_owned(), id)));
            self.doomed.extend(roster.steady().into_iter().map(|one| (one.kind, one.id)));
        }
        self.spared.extend(self.world.job("twin").guards().into_iter().map(|id| ("the twin's guard".to_owned(), id)));
        for roster in [near, &self.twin.roster].into_iter().chain(&self.seat.neighbours) {
            let of = roster.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            self.spared.extend(roster.steady().into_iter().map(|one| (format!("{of} {}", one.kind), one.id)));
        }
    }

    /// Nothing dies: not now, not in the next second, and not by a sweep.
    pub(crate) fn nobody_dies(&self, what: &str) {
        self.world.sweep(&[]).go().code(0).silent();
        let dead = within(Duration::from_secs(1), || self.doomed.iter().find(|(_, id)| !id.alive()));
        assert!(dead.is_none(), "{what} killed {dead:?}");
        self.bystanders(what);
    }

    /// The terminal is closed by `close`; everything of ours is gone, nobody else is.
    pub(crate) fn closed(mut self, close: fn(&mut Stage)) -> Times {
        let what = std::thread::current().name().unwrap_or("?").to_owned();
        let ended = self.doomed.len();
        let mut deaths = Deaths::watch(std::mem::take(&mut self.doomed));
        deaths.start();
        close(&mut self);
        let left = deaths.wait(Duration::from_secs(8));
        assert!(left.is_empty(), "{what}: these live: {left:?}\n{}", deaths.told());
        for (roster, job) in self.rosters.iter().zip(&self.jobs) {
            roster.gone();
            job.record_gone();
        }
        self.bystanders(&what);
        let last = |kinds: &[&[&str]]| deaths.last(&kinds.concat()).expect("all of them died");
        let (polite, deaf) = (last(&[POLITE, TERM_ONLY]), last(&[DEAF]));
        let first = deaths.first(DEAF).unwrap_or_default();
        assert!(first >= GRACE * 7 / 10, "{what}: deaf ones had {first:?} instead of the grace: {}", deaths.told());
        assert!(polite < first, "{what}: polite ones took {polite:?}: {}", deaths.told());
        assert!(deaf < GRACE * 5, "{what}: deaf ones took {deaf:?}: {}", deaths.told());
        let handled = self.rosters.iter().all(|roster| roster.happened("stopped", "term"));
        assert!(handled, "{what}: a stopped one was not continued for its handler of TERM");
        assert!(self.rosters[0].happened("restorer", "restored"), "{what}: the restorer restored its terminal");
        Times { ended, polite, deaf }
    }

    /// Every one of them lives.
    fn bystanders(&self, what: &str) {
        let dead: Vec<_> = self.spared.iter().filter(|(_, id)| !id.alive()).collect();
        assert!(dead.is_empty(), "{what}: bystanders died: {dead:?}");
        let twin = &self.twin.roster;
        holds("the twin's walker walks on", || twin.walks());
        assert!(!twin.happened("stopped", "term"), "{what}: the twin was signalled");
    }
}

fn parent(of: Id) -> Id {
    let stat = of.stat().unwrap_or_else(|| panic!("{of:?} lives"));
    proc::stat(stat.ppid).expect("a parent").id()
}

/// Wait until this many shells have run their hook.
fn registered(world: &World, count: usize, seat: &Seat) {
    let told = || format!("{count} shells are registered\n{}", seat.screen());
    let done = within(Duration::from_secs(20), || (world.sessions().len() >= count).then_some(()));
    assert!(done.is_some(), "{}", told());
}
