//! A small stage for tests that need one wrapped job in one terminal, and nothing around it.

use crate::harness::{Cell, Hook, Id, Job, Mode, Roster, Shell, Term, World, holds};

/// A registered shell in its terminal, and a roster for what will be wrapped there.
pub(crate) struct Stage {
    pub(crate) term: Term,
    pub(crate) roster: Roster,
    pub(crate) cell: Cell,
    pub(crate) world: World,
}

/// bash, pty mode: where a test does not care.
pub(crate) const ANY: Cell = Cell { mode: Mode::Pty, shell: Shell::Bash };

impl Stage {
    pub(crate) fn set(cell: Cell) -> Stage {
        Stage::set_in(World::new(), cell)
    }

    /// The same in a world of another length.
    pub(crate) fn set_in(world: World, cell: Cell) -> Stage {
        let term = Term::shell(&world, cell.shell, Hook::Yes);
        let roster = world.roster("roster");
        Stage { term, roster, cell, world }
    }

    /// `pj-wrap` of a beast of this kind, as a command line.
    pub(crate) fn wrapped(&self, kind: &str) -> String {
        let roster = self.roster.path().display();
        format!("pj-wrap {}--name subject --grace 1s beast {roster} {kind}", self.cell.mode.flag())
    }

    /// Type it and wait until the beast is in place.
    pub(crate) fn start(&mut self, kind: &str) -> (Job, Id) {
        self.term.line(&self.wrapped(kind));
        let beast = self.roster.ready(kind.split(' ').next().expect("a kind"));
        (self.world.job("subject"), beast)
    }

    /// Ctrl-Z, and wait until the shell has its terminal back.
    pub(crate) fn suspend(&mut self, job: &Job, beast: Id) {
        self.term.type_("\x1a");
        self.term.expect(self.cell.shell.stopped());
        holds("the front is stopped", || job.front().state() == Some('T'));
        holds("the command is stopped", || beast.state() == Some('T'));
    }

    /// Wait until the terminal is raw: the job has taken it.
    pub(crate) fn raw(&self) {
        holds("the terminal is raw", || self.term.modes().contains("-icanon"));
    }

    /// SIGKILL front and guard in one instant, the census complete.
    pub(crate) fn kill_both(&self, job: &Job) {
        let known: Vec<Id> = self.roster.steady().iter().map(|one| one.id).collect();
        job.lose_guards(&known);
    }
}
