//! One script, played by three terminals in step: bare, under `pj-wrap`, under `pj-wrap --direct`. It goes on only once
//! all three show the same; that is also how it knows that they have drawn everything.

use super::picture::{Mask, Picture};
use crate::harness::eventually::{LONG, within};
use crate::harness::raw::Size;
use crate::harness::{Term, World, needs};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

/// What happens at the terminal.
pub(crate) enum Step {
    Type(&'static str),
    /// A picture: it has this text, and is the same everywhere.
    See(&'static str),
    /// The same, once this text is no longer there.
    Gone(&'static str),
    Resize(Size),
}

/// A program and what is done with it.
pub(crate) struct Script {
    pub(crate) needs: &'static str,
    /// `{pid}` is a process that sleeps, the same one for all three.
    pub(crate) argv: &'static [&'static str],
    /// Files below HOME.
    pub(crate) files: &'static [(&'static str, &'static str)],
    pub(crate) steps: &'static [Step],
    pub(crate) masks: &'static [Mask],
    /// Whether it always writes the same bytes in the same order, so that they are compared too.
    pub(crate) exact: bool,
}

/// What is not said is empty.
pub(crate) const SCRIPT: Script = Script { needs: "", argv: &[], files: &[], steps: &[], masks: &[], exact: false };

/// The same command in its three surroundings.
pub(crate) const WRAPS: [(&str, &[&str]); 3] =
    [("bare", &[]), ("pj-wrap", &["pj-wrap"]), ("pj-wrap --direct", &["pj-wrap", "--direct"])];

/// One of the three. The terminal is closed before its world ends.
pub(crate) struct Player {
    pub(crate) name: &'static str,
    pub(crate) term: Term,
    pub(crate) world: World,
}

impl Player {
    pub(crate) fn start((name, wrap): (&'static str, &[&str]), world: World, argv: &[&str]) -> Player {
        let term = Term::command(&world, &[wrap, argv].concat());
        Player { name, term, world }
    }
}

impl Script {
    pub(crate) fn play(&self) {
        if !needs(self.needs) {
            return;
        }
        let aside = World::new();
        let (mut sleeper, id) = aside.sh("exec sleep 60").start();
        let pid = id.pid.to_string();
        let argv: Vec<String> = self.argv.iter().map(|word| word.replace("{pid}", &pid)).collect();
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        let mut players = WRAPS.map(|wrap| Player::start(wrap, self.world(), &argv));
        for (n, step) in self.steps.iter().enumerate() {
            let at = |what: &str| format!("{}, step {n}: {what}", self.argv.join(" "));
            match step {
                Step::Type(text) => players.iter().for_each(|one| one.term.type_(text)),
                Step::See(text) => self.see(&players, &at(&format!("{text:?} is seen")), |one| one.has(text)),
                Step::Gone(text) => self.see(&players, &at(&format!("{text:?} is gone")), |one| !one.has(text)),
                Step::Resize(size) => players.iter().for_each(|one| one.term.resize(*size)),
            }
        }
        self.end(&mut players);
        id.kill();
        sleeper.wait().expect("the sleeper's end");
    }

    fn world(&self) -> World {
        let world = World::new();
        for (name, text) in self.files {
            let path = world.home().join(name);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        world
    }

    /// All three show it, and the same.
    fn see(&self, players: &[Player; 3], what: &str, shown: impl Fn(&Picture) -> bool) {
        let shows = || players.each_ref().map(|one| Picture::of(&one.term));
        let equal = |[bare, pty, direct]: &[Picture; 3]| {
            shown(bare) && pty.same(bare, self.masks) && direct.same(bare, self.masks)
        };
        if within(LONG, || equal(&shows()).then_some(())).is_some() {
            return;
        }
        let all = shows();
        for (player, picture) in players.iter().zip(&all) {
            assert!(
                picture.same(&all[0], self.masks),
                "{what}\n{}: {}",
                player.name,
                picture.difference(&all[0], self.masks)
            );
        }
        panic!("{what}: none of the three shows it\n{}", players[0].term.screen());
    }

    /// The program has ended everywhere, in the same way, and left the same screen.
    fn end(&self, players: &mut [Player; 3]) {
        let ends = players.each_mut().map(|one| {
            let status = one.term.wait();
            assert!(one.term.ended_within(LONG), "{}: somebody holds the terminal", one.name);
            (status.code(), status.signal())
        });
        assert_eq!(ends, [ends[0]; 3], "{:?} leaves with another status", self.argv);
        self.see(players, "the end", |_| true);
        let [bare, pty, direct] = players.each_ref().map(|one| one.term.raw());
        if self.exact {
            for (name, other) in [("pj-wrap", pty), ("pj-wrap --direct", direct)] {
                let (bare, other) = (String::from_utf8_lossy(&bare), String::from_utf8_lossy(&other));
                assert_eq!(bare, other, "{name}: other bytes");
            }
        }
    }
}
