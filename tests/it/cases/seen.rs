//! One story played three times on a real terminal: bare, wrapped with a terminal of its own, wrapped without; and all
//! that could be seen of it from outside and inside. Transparent means that the three are equal.

use crate::harness::{Hook, Roster, Shell, Term, World, holds, proc};
use std::fs;

/// How the command is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Bare,
    Pty,
    Direct,
}

pub(crate) const WAYS: [Way; 3] = [Way::Bare, Way::Pty, Way::Direct];

/// What was seen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Every byte that the terminal got, prompts and the shell's own words too.
    pub(crate) bytes: String,
    /// The exit codes of what was run to its end.
    pub(crate) codes: Vec<i32>,
    /// `stty -a` for the shell, afterwards.
    pub(crate) modes: String,
    /// What the command was told and saw: size, modes, foreground, signals.
    pub(crate) told: Vec<String>,
    /// Whether the shell has its terminal again.
    pub(crate) shell_in_foreground: bool,
}

/// The stage of one of the three: a registered shell at its prompt. `W` runs a command this way, `B` a beast; so what
/// is typed is the same to the letter.
pub(crate) struct Play<'w> {
    pub(crate) world: &'w World,
    pub(crate) term: Term,
    pub(crate) roster: Roster,
    pub(crate) way: Way,
    codes: Vec<i32>,
    prompted: bool,
}

impl Way {
    /// The words before a command.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Way::Bare => "",
            Way::Pty => "pj-wrap --tag subject --grace 1s ",
            Way::Direct => "pj-wrap --direct --tag subject --grace 1s ",
        }
    }
}

impl Play<'_> {
    pub(crate) fn set(world: &World, shell: Shell, way: Way) -> Play<'_> {
        let roster = world.roster(&format!("{way:?}"));
        world.script("W", &format!("#!/bin/sh\nexec {}\"$@\"\n", way.words()));
        world.script("B", &format!("#!/bin/sh\nexec beast {} \"$@\"\n", roster.path().display()));
        let term = Term::shell(world, shell, Hook::Yes);
        Play { world, term, roster, way, codes: Vec::new(), prompted: true }
    }

    /// Type a line at the prompt, not before it is there.
    pub(crate) fn line(&mut self, text: &str) {
        if !std::mem::take(&mut self.prompted) {
            self.term.expect("ready> ");
        }
        self.term.line(text);
    }

    /// Type a line, wait for its end; its exit code is part of what is seen.
    pub(crate) fn run(&mut self, text: &str) {
        self.begin(text);
        self.code();
    }

    /// Type a line whose code will be asked for with [`Play::code`].
    pub(crate) fn begin(&mut self, text: &str) {
        let status = self.term.kind().status();
        self.line(&format!("{text}; printf 'CO''DE:%d.\\n' {status}"));
    }

    /// The code of what began.
    pub(crate) fn code(&mut self) {
        let code = self.term.expect_until("CODE:", ".");
        self.codes.push(code.parse().expect("an exit code"));
    }

    /// Wait until the witness, or another probe, has said this so many times.
    pub(crate) fn told(&self, kind: &str, what: &str, times: usize) {
        let said = || self.roster.events(kind).iter().filter(|one| one.contains(what)).count() >= times;
        holds(&format!("{:?}: {kind} says {what:?} {times} times: {:?}", self.way, self.roster.events(kind)), said);
    }

    /// Wait until this probe is in place.
    pub(crate) fn told_ready(&self, kind: &str) {
        self.roster.ready(kind);
        let ours = || self.way != Way::Pty || self.term.modes().contains("-icanon");
        holds("the keys are the relay's", ours);
    }

    /// Wait until a program of this name sleeps in the foreground, and nobody echoes in its place: what is typed now
    /// is its own.
    pub(crate) fn awaits_input(&self, name: &str) {
        let shell = self.term.id().pid;
        let asleep = |one: &proc::Stat| one.comm == name && one.state == 'S' && one.pgrp == one.tpgid;
        holds(&format!("{name} reads the terminal"), || proc::below(&proc::all(), shell).iter().any(asleep));
        let ours = || self.way != Way::Pty || self.term.modes().contains("-icanon");
        holds("the keys are the relay's", ours);
    }

    /// Signal the process that the shell started: the front, or the bare command.
    pub(crate) fn signal(&self, signal: i32) {
        let first = match self.way {
            Way::Bare => self.roster.members().first().expect("a beast").id,
            _ => self.world.job("subject").front(),
        };
        assert!(first.signal(signal), "{:?}: there is somebody to signal", self.way);
    }

    /// The end of the story.
    fn seen(mut self) -> Seen {
        self.line("true");
        self.term.expect("ready> ");
        let bytes = plain(&String::from_utf8_lossy(&self.term.raw()));
        let told = told(&self.roster);
        let own = self.term.id().pid;
        let shell_in_foreground = self.term.id().stat().is_some_and(|shell| shell.tpgid == own);
        let modes = self.term.stty(self.world);
        self.roster.gone();
        Seen { bytes, codes: self.codes, modes, told, shell_in_foreground }
    }
}

/// Everything that any beast said, without its pid.
fn told(roster: &Roster) -> Vec<String> {
    let text = fs::read_to_string(roster.path()).unwrap_or_default();
    let after = text.lines().filter_map(|line| line.strip_prefix("event "));
    after.filter_map(|rest| rest.rsplit_once(' ')).map(|(what, _)| what.to_owned()).collect()
}

/// Without what no two runs have in common: the pid in a shell's `[1] 1234`; and without our own words where a shell
/// names its job by the command that it became.
fn plain(bytes: &str) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some(at) = rest.find("] ") {
        let (head, tail) = rest.split_at(at + 2);
        out.push_str(head);
        rest = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.push_str(rest);
    out
}

/// Play it one way.
pub(crate) fn see(shell: Shell, way: Way, story: impl Fn(&mut Play<'_>)) -> Seen {
    let world = World::new();
    let mut play = Play::set(&world, shell, way);
    story(&mut play);
    let seen = play.seen();
    world.no_guards();
    seen
}

/// Play it three ways in bash: they are the same, in every respect.
pub(crate) fn same(story: impl Fn(&mut Play<'_>)) -> Seen {
    compare(WAYS.map(|way| see(Shell::Bash, way, &story)))
}

/// Play it three ways in this shell: the same but for what is forgiven, and for the bytes, since line editors that paint
/// while they wait do not paint the same twice.
pub(crate) fn alike(shell: Shell, story: impl Fn(&mut Play<'_>), forgive: impl Fn(&mut Seen)) -> Seen {
    compare(WAYS.map(|way| {
        let mut seen = Seen { bytes: String::new(), ..see(shell, way, &story) };
        forgive(&mut seen);
        seen
    }))
}

fn compare([bare, pty, direct]: [Seen; 3]) -> Seen {
    assert_eq!(pty, bare, "in pty mode it is not as bare");
    assert_eq!(direct, bare, "in direct mode it is not as bare");
    bare
}
