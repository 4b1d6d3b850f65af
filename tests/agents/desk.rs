//! One agent in one terminal: a fresh home, the model server, a shell with the hook, and the agent in it, bare or
//! wrapped. Never waits longer than a minute, and answers what agents ask their terminal.

use crate::agent::{Agent, cache};
use crate::harness::eventually::within;
use crate::harness::proc;
use crate::harness::world::beast;
use crate::harness::{Job, Roster, Shell, Term, World, holds};
use crate::mock::{self, Commands, Mock};
use std::fs;
use std::time::{Duration, Instant};

/// Agents start slowly, and slower when the machine is busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// A screen on which nothing has happened for this long is drawn.
const QUIET: Duration = Duration::from_millis(1500);
/// No paste has a pause like this in it.
const TYPING: Duration = Duration::from_millis(200);
/// Threads that have not worked more than `FAINT` hundredths for this long do nothing that matters.
const CALM: Duration = Duration::from_secs(1);
const FAINT: u64 = 5;

/// How the agent is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Bare,
    Pty,
    Direct,
}

impl How {
    /// What the job is called: a killed guard leaves its record, so the modes have different names.
    fn job(self) -> &'static str {
        match self {
            How::Bare => "",
            How::Pty => "pty",
            How::Direct => "direct",
        }
    }

    pub(crate) fn prefix(self) -> &'static str {
        match self {
            How::Bare => "",
            How::Pty => "pj-wrap --name pty ",
            How::Direct => "pj-wrap --direct --name direct ",
        }
    }
}

/// What the model has the shell tool run: scripts by their full path, since a tool's shell may be a login shell with a
/// search path of its own, and an agent may ask before it allows a redirection.
fn tools(world: &World, roster: &Roster) -> Commands {
    let beast = format!("{} {}", beast().display(), roster.path().display());
    let script = |name, text: String| world.script(name, &text).to_string_lossy().into_owned();
    let quiet = "</dev/null >/dev/null 2>&1 &";
    // Some agents kill a tool's group when it returns: it does when both are in place.
    let placed = format!("until grep -q 'deaf ' {0} && grep -q 'ignore-hup ' {0}; do :; done", roster.path().display());
    let behind = format!("#!/bin/sh\n{beast} deaf {quiet}\nsetsid {beast} ignore-hup {quiet}\n{placed}\n");
    Commands {
        behind: script("behind", behind),
        front: script("ahead", format!("#!/bin/sh\nsleep 4321 &\n{beast} plain\n")),
    }
}

/// Home and server of one agent.
pub(crate) struct Desk {
    pub(crate) agent: &'static Agent,
    pub(crate) roster: Roster,
    pub(crate) mock: Mock,
    pub(crate) world: World,
}

/// One terminal with the agent in it.
pub(crate) struct Seat {
    pub(crate) term: Term,
    answered: usize,
}

impl Desk {
    pub(crate) fn new(agent: &'static Agent) -> Desk {
        let world = World::lasting(Duration::from_secs(240));
        let roster = world.roster("tools");
        let mock = Mock::start(&tools(&world, &roster));
        Desk { agent, roster, mock, world }
    }

    /// A home as after the first day with this agent, the same each time.
    fn fresh_home(&self) {
        let home = self.world.home();
        for entry in fs::read_dir(&home).expect("the home").flatten() {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        (self.agent.settle)(&self.world, &self.mock.url());
    }

    fn rc(&self) -> String {
        let bin = cache().expect("the agents").join("node_modules/.bin");
        let path = format!("export PATH={}:$PATH\n", bin.display());
        format!("{path}{}{}", (self.agent.rc)(&self.mock.url()), Shell::Bash.hook())
    }

    /// bash with the hook, nothing in it.
    pub(crate) fn sit(&self) -> Seat {
        self.fresh_home();
        Seat { term: Term::shell_with(&self.world, Shell::Bash, &self.rc()), answered: 0 }
    }

    /// The same in a pane of a tmux server of this world.
    pub(crate) fn sit_in_tmux(&self) -> Seat {
        self.fresh_home();
        let (file, text) = Shell::Bash.rc();
        fs::write(self.world.home().join(file), format!("{text}{}", self.rc())).expect("an rc file");
        let argv = ["tmux", "-L", "agents", "-f", "/dev/null", "new-session", "bash", "-i"];
        let mut seat = Seat { term: Term::command(&self.world, &argv), answered: 0 };
        seat.see("ready>");
        seat
    }

    /// Start the agent and wait until it takes input and its tool servers are up.
    pub(crate) fn start(&self, seat: &mut Seat, how: How) {
        seat.term.line(&format!("clear; {}{}{}", how.prefix(), self.agent.name, self.agent.args));
        seat.see(self.agent.ready);
        let servers = || {
            let argv = |one: &proc::Stat| proc::file(one.pid, "cmdline");
            self.world.ours().iter().filter(|one| one.comm != "sh" && proc::contains(&argv(one), "mcp.mjs")).count()
        };
        let up = within(PATIENCE, || (servers() == 3).then_some(()));
        assert!(up.is_some(), "three tool servers run, not {}", servers());
    }

    /// A whole session: a greeting, and a tool that leaves deaf ones behind.
    pub(crate) fn talk(&self, seat: &mut Seat) {
        seat.ask(mock::GREET, mock::HELLO);
        seat.ask(mock::BEHIND, mock::FINISHED);
        self.roster.ready("deaf");
        self.roster.ready("ignore-hup");
    }

    /// A tool that does not return.
    pub(crate) fn work(&self, seat: &mut Seat) {
        seat.say(mock::FRONT);
        let most = Instant::now() + PATIENCE;
        let there = || self.roster.members().iter().any(|one| one.kind == "plain");
        let come = within(most - Instant::now(), || there().then_some(()));
        assert!(come.is_some(), "no command in the foreground: {:?}\n{}", self.mock.asked(), seat.term.screen());
    }

    pub(crate) fn job(&self, how: How) -> Job {
        self.world.job(how.job())
    }

    /// Wait until nothing is computed in the background. node optimises there what has run for a while, and waits for
    /// that at its end, long after everything is saved: gemini's parser of shell commands takes it two seconds.
    pub(crate) fn calm(&self) {
        let (mut spent, mut since) = (self.spent_behind(), Instant::now());
        let calm = within(PATIENCE, || {
            let now = self.spent_behind();
            if now.abs_diff(spent) > FAINT {
                (spent, since) = (now, Instant::now());
            }
            (since.elapsed() > CALM).then_some(())
        });
        assert!(calm.is_some(), "it never stops working in the background");
    }

    /// Processor time of all threads but each process' first, in hundredths of a second.
    fn spent_behind(&self) -> u64 {
        let threads = |one: proc::Stat| {
            let tasks = fs::read_dir(format!("/proc/{}/task", one.pid)).into_iter().flatten().flatten();
            let names = tasks.map(|task| task.file_name().to_string_lossy().into_owned());
            names.filter(move |name| *name != one.pid.to_string()).map(move |name| spent(one.pid, &name))
        };
        self.world.ours().into_iter().flat_map(threads).sum()
    }

    /// Whoever is left and nobody ends: after a bare agent, or under a guard that waits for the session's end.
    pub(crate) fn end_leftovers(&self, seat: &Seat) {
        let left = || self.world.ours().into_iter().map(|one| one.id()).filter(|id| *id != seat.term.id());
        holds("what the agent left is ended", || left().inspect(|id| _ = id.kill()).count() == 0);
    }
}

/// User and system time of one thread.
fn spent(pid: i32, thread: &str) -> u64 {
    let text = String::from_utf8_lossy(&proc::file(pid, &format!("task/{thread}/stat"))).into_owned();
    let fields = text.rsplit_once(") ").map(|(_, tail)| tail).unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|word| word.parse::<u64>().ok()).sum()
}

impl Seat {
    /// Answer what the program asked its terminal: where the cursor is, what it is.
    fn answer(&mut self) {
        let raw = self.term.raw();
        let new = &raw[self.answered..];
        for (ask, reply) in [("\x1b[6n", "\x1b[1;1R"), ("\x1b[c", "\x1b[?62;22c")] {
            for _ in new.windows(ask.len()).filter(|part| *part == ask.as_bytes()) {
                self.term.type_(reply);
            }
        }
        self.answered = raw.len();
    }

    /// Wait until the screen shows this.
    pub(crate) fn see(&mut self, text: &str) {
        let seen = within(PATIENCE, || {
            self.answer();
            self.term.screen().contains(text).then_some(())
        });
        assert!(seen.is_some(), "never saw {text:?}:\n{}", self.term.screen());
    }

    /// Wait until nothing more is drawn.
    pub(crate) fn settle(&mut self) {
        self.quiet_for(QUIET);
    }

    fn quiet_for(&mut self, least: Duration) {
        let (mut last, mut since) = (String::new(), Instant::now());
        let settled = within(PATIENCE, || {
            self.answer();
            let now = self.term.screen();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            (since.elapsed() > least).then_some(())
        });
        assert!(settled.is_some(), "it never stops drawing:\n{}", self.term.screen());
    }

    /// Type a line; Enter only a moment after it is on the screen, else an agent takes it for a part of a paste.
    pub(crate) fn say(&mut self, text: &str) {
        self.term.type_(text);
        self.see(text);
        self.quiet_for(TYPING);
        self.term.type_("\r");
    }

    /// A key that some agents want twice, and then say so.
    pub(crate) fn insist(&mut self, key: &str, again: Option<&str>) {
        self.term.type_(key);
        if let Some(again) = again {
            self.see(again);
            self.term.type_(key);
        }
    }

    pub(crate) fn ask(&mut self, text: &str, reply: &str) {
        self.say(text);
        self.see(reply);
    }
}
