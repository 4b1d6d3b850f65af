//! Processes that are left behind below an adopter of our own, in a world with rules.

use crate::harness::cmd::Done;
use crate::harness::shells::skip;
use crate::harness::{Id, World, eventually, proc};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};

/// The rule that most tests have; its program is in the world alone.
pub(super) const RULE: &str = "[[strays.rule]]\nname = 'ours'\nexe = 'strayling'\nkill = true\n";

/// Each script has a file of its own: one that runs is not written over.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A world with strays.
pub(super) struct Scene {
    pub(super) world: World,
}

impl Scene {
    /// A world with these settings; its rules are for what works in it and for nobody else. `None` where whoever adopts
    /// orphans here is himself in a terminal's session: then nobody is a stray, rightly.
    pub(super) fn set(settings: &str) -> Option<Scene> {
        let world = World::new();
        for name in ["strayling", "gpg-agent"] {
            std::os::unix::fs::symlink("/bin/sleep", world.path("bin").join(name)).expect("a link");
        }
        for name in ["super", "systemd", "init", "Relay(9)"] {
            std::os::unix::fs::symlink(crate::harness::world::beast(), world.path("bin").join(name)).expect("a link");
        }
        let scene = Scene { world };
        scene.settings(settings);
        scene.leave("echo $$ > top.pid; exec strayling 600");
        let adopter = scene.left("top").stat().map_or(0, |top| top.ppid);
        let lives = |pid: i32| proc::stat(pid).is_some_and(|one| one.tpgid > 0 || one.comm.starts_with("pj-"));
        let above = std::iter::successors(Some(adopter), |&pid| proc::stat(pid).map(|one| one.ppid).filter(|&p| p > 0));
        let in_session = above.into_iter().any(lives);
        scene.left("top").kill();
        if in_session {
            skip("who adopts orphans here is in a terminal's session");
            return None;
        }
        Some(scene)
    }

    /// Writes the settings anew. Each rule is only for who works in this world.
    pub(super) fn settings(&self, text: &str) {
        let path = self.world.home().join(".config/pj/config.toml");
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        let here = format!("[[strays.rule]]\ncwd = '{}'\n", self.world.text("home"));
        fs::write(&path, text.replace("[[strays.rule]]\n", &here)).expect("settings");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    }

    /// Runs a script as the leader of a session without a terminal, whose parent is gone when it begins.
    pub(super) fn leave(&self, script: &str) {
        let file = self
            .world
            .script(&format!("leave-{}", COUNT.fetch_add(1, Ordering::Relaxed)), &format!("#!/bin/sh\n{script}\n"));
        self.world.sh(&format!("setsid {} </dev/null >/dev/null 2>&1 &", file.display())).go().code(0);
    }

    /// The same below these adopters, the outermost first; the last one's command is a session of its own, which ends.
    pub(super) fn leave_under(&self, adopters: &[&str], script: &str) {
        let inner = self.world.script("inner", &format!("#!/bin/sh\n{script}\n"));
        let mut line = format!("setsid {}", inner.display());
        for name in adopters.iter().rev() {
            line = format!("'{name}' - adopter {line}");
        }
        self.leave(&format!("exec {line}"));
    }

    /// Who has written his number into `NAME.pid`.
    pub(super) fn left(&self, name: &str) -> Id {
        let path = self.world.home().join(format!("{name}.pid"));
        eventually(&format!("{name} writes its number"), || {
            let pid = fs::read_to_string(&path).ok()?.trim().parse().ok()?;
            Id::of(pid)
        })
    }

    /// The usual stray: a program in the background of a script that ends. Answers when its session is over.
    pub(super) fn stray(&self) -> Id {
        self.leave("strayling 600 & echo $! > stray.pid");
        self.orphan("stray")
    }

    /// The same of one that a script has left; when the script is over.
    pub(super) fn orphan(&self, name: &str) -> Id {
        let id = self.left(name);
        crate::harness::holds("its session's leader is dead", || {
            id.stat().is_some_and(|one| proc::stat(one.session).is_none_or(|leader| matches!(leader.state, 'Z' | 'X')))
        });
        crate::harness::holds("it has been executed", || id.stat().is_some_and(|one| one.comm != "sh"));
        id
    }

    pub(super) fn pj(&self, words: &[&str]) -> Done {
        self.world.pj(words).go()
    }

    /// What a scan says of this process; `None` when it names it not.
    pub(super) fn row(&self, id: Id) -> Option<Value> {
        let said = self.pj(&["scan", "--json"]).json();
        assert_eq!(said["schema"], "pj.strays/1");
        let rows = said["rows"].as_array().expect("rows").clone();
        rows.into_iter().find(|row| row["pid"] == id.pid && row["start"] == id.start)
    }

    /// The verdict of a scan and the rule that decided.
    pub(super) fn verdict(&self, id: Id) -> (String, String) {
        let row = self.row(id).unwrap_or_else(|| panic!("no rule names {id:?}"));
        let word = |name: &str| row[name].as_str().expect("a word").to_owned();
        (word("verdict"), word("why"))
    }

    /// The events of this kind.
    pub(super) fn events(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.world.state().join("events.jsonl")).unwrap_or_default();
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        all.filter(|event| event["kind"] == kind).collect()
    }
}

/// A verdict as it is compared.
pub(super) fn is(act: &str, rule: &str) -> (String, String) {
    (act.to_owned(), rule.to_owned())
}
