//! What a person is asked, what nobody is there to say yes to, and what is refused.

use super::scene::{RULE, Scene, executed, is};
use crate::harness::{Hook, Id, Shell, Term};
use serde_json::Value;

const REPORTS: &str = "[[strays.rule]]\nname = 'ours'\nexe = 'strayling'\n";

/// Several strays of one script, in their order.
fn several(scene: &Scene, count: usize) -> Vec<Id> {
    let line = |n: usize| format!("strayling {} & echo $! > stray{n}.pid", 600 + n);
    scene.leave(&(0..count).map(line).collect::<Vec<_>>().join("\n"));
    (0..count).map(|n| scene.orphan(&format!("stray{n}"))).collect()
}

#[test]
fn on_a_terminal_they_are_shown_and_a_yes_ends_them() {
    let Some(scene) = Scene::set(REPORTS) else { return };
    let all = several(&scene, 3);
    let mut term = Term::shell(&scene.world, Shell::Bash, Hook::No);
    for no in ["n", "", "nonsense"] {
        term.line("pj clean; echo code $?");
        term.expect("VERDICT");
        term.expect("3 strays hold");
        term.expect("[y/N] ");
        term.line(no);
        term.expect("code 6");
        assert!(all.iter().all(|id| id.alive()));
    }
    assert_eq!(term.run("pj clean -n -y | grep -c report"), 0);
    assert!(all.iter().all(|id| id.alive()), "a dry run");
    // One of them.
    assert_eq!(term.run("pj clean --match 'strayling 601' -y"), 0);
    assert_eq!(all.iter().map(|id| id.alive()).collect::<Vec<_>>(), [true, false, true]);
    // Each is asked for, with the evidence.
    term.line("pj clean -i; echo code $?");
    term.expect("adopted by");
    term.expect("end it? [y/N] ");
    term.line("y");
    term.expect("end it? [y/N] ");
    term.line("n");
    term.expect("code 0");
    assert_eq!([&all[0], &all[2]].iter().filter(|id| id.alive()).count(), 1);
    term.line("pj clean; echo code $?");
    term.expect("1 stray holds");
    term.line("y");
    term.expect("1 ended");
    term.expect("code 0");
    assert!(all.iter().all(|id| !id.alive()));
    assert_eq!(term.run("pj clean"), 3, "nobody is left");
    assert_eq!(scene.events("stray.ended").len(), 3);
}

#[test]
fn where_nobody_is_there_to_ask_only_a_rule_with_kill_ends_anybody() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{REPORTS}")) else { return };
    let stray = scene.stray();
    assert_eq!(scene.verdict(stray), is("report", "report"));
    for words in [&["clean"][..], &["clean", "-y"], &["clean", "--pid", &stray.pid.to_string()]] {
        scene.pj(words).code(6).stdout("").says("nobody is there to ask").says("hint: ");
    }
    scene.pj(&["clean", "--unattended", "-q"]).code(0).silent();
    assert!(stray.alive());
    // A rule that has been changed has seen nobody yet.
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}"));
    scene.pj(&["clean", "-y"]).code(0).says("nobody is ended yet: 1");
    assert!(stray.alive());
    let shown = scene.pj(&["clean", "-n", "--json"]).code(0).json();
    assert_eq!((&shown["schema"], &shown["rows"][0]["verdict"]), (&"pj.clean/1".into(), &"end".into()), "{shown}");
    assert!(stray.alive());
    let done = scene.pj(&["clean", "--json"]).code(0).json();
    assert_eq!((&done["results"][0]["result"], &done["results"][0]["ended"]), (&"ended".into(), &1.into()), "{done}");
    assert!(!stray.alive());
    scene.pj(&["clean"]).code(3).says("no strays");
    scene.pj(&["clean", "--unattended"]).code(0).silent();
}

#[test]
fn a_process_that_is_named_must_be_a_stray() {
    let Some(scene) = Scene::set(RULE) else { return };
    scene.leave("echo $$ > daemon.pid; exec strayling 600");
    scene.leave("sleep 600 & echo $! > other.pid");
    let (daemon, other) = (scene.left("daemon"), scene.orphan("other"));
    executed(daemon);
    let own = std::process::id().to_string();
    for (pid, code, why) in [
        (other.pid.to_string(), 6, "no [[strays.rule]] names it"),
        (daemon.pid.to_string(), 6, "not proven that its session is over"),
        ("1".to_owned(), 6, "the system's first process"),
        (own, 6, "this runs in it"),
        ("4194399".to_owned(), 3, "no such process"),
    ] {
        scene.pj(&["clean", "-y", "--pid", &pid]).code(code).stdout("").says(why);
    }
    assert!(daemon.alive() && other.alive());
    for words in [&["--pid", "x"][..], &["--match", "("], &["--older-than", "soon"], &["-i", "-y"], &["--limit", "x"]] {
        scene.pj(&[&["clean"][..], words].concat()).code(2);
    }
    // Settings that are not understood end nobody, and are told by who only looks.
    for (line, word) in [
        ("exe = '('", "config.toml:3: strays.rule.exe: '(' is not a regular expression"),
        ("argv = ['strayling', '.*']", "config.toml:3: strays.rule.argv: '.*' would match anything"),
        ("kill = true", "config.toml:1: a rule names a program: exe or argv is missing"),
    ] {
        scene.settings(&format!("[[strays.rule]]\n{line}\n"));
        scene.pj(&["clean", "--unattended"]).code(2).says(word);
        scene.pj(&["config", "check"]).code(2).says(word);
        // Who knows no strays reads no rules.
        scene.world.sweep(&[]).go().code(0).silent();
    }
    scene.settings("[[strays.rule]]\nexe = 'strayling'\nkil = true\n");
    scene
        .pj(&["clean", "--unattended"])
        .code(2)
        .says("config.toml:4: there is no key kil in a rule; the nearest is kill");
    scene.pj(&["scan"]).code(0).says("config.toml:4: ");
    scene.settings("");
    scene.pj(&["scan"]).code(0).says("hint: pj config edit");
    assert!(daemon.alive() && other.alive());
}

#[test]
fn no_more_than_max_kills_are_ended_at_once() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\nmax_kills = 2\n{RULE}")) else { return };
    let all = several(&scene, 5);
    let alive = || all.iter().filter(|id| id.alive()).count();
    scene.pj(&["scan"]).code(0).says("5 strays hold");
    scene.pj(&["clean"]).code(5).says("3 more strays are to be ended, 2 at a time").says("hint: ");
    assert_eq!((alive(), scene.events("sweep.stopped").len()), (3, 1));
    scene.pj(&["clean", "--limit", "1"]).code(0);
    assert_eq!((alive(), scene.events("sweep.stopped").len()), (2, 1), "who asks for fewer gets them");
    scene.pj(&["clean", "--older-than", "1h"]).code(3);
    scene.pj(&["clean", "--unattended", "-q"]).code(0);
    assert_eq!(alive(), 0);
}

/// One that ignores TERM goes by KILL; whoever is below it goes too.
#[test]
fn a_tree_that_will_not_go_is_killed_whole() {
    let Some(scene) = Scene::set(&format!("[sweep]\ngrace = '300ms'\n[strays]\ngrace = '0s'\n{RULE}")) else { return };
    scene
        .world
        .script("deaf", "#!/bin/sh\ntrap '' TERM HUP\nsleep 600 & echo $! > below.pid\nwhile :; do wait; done\n");
    scene.settings(&format!("[sweep]\ngrace = '300ms'\n[strays]\ngrace = '0s'\n{}", RULE.replace("strayling", "deaf")));
    scene.leave("deaf & echo $! > stray.pid");
    let (stray, below) = (scene.orphan("stray"), scene.left("below"));
    let row = scene.row(stray).expect("a row");
    assert_eq!(row["below"], 1, "{row}");
    let done = scene.pj(&["clean", "--json"]).code(0).json();
    let result = &done["results"][0];
    assert_eq!((&result["ended"], &result["forced"]), (&2.into(), &2.into()), "{done}");
    assert!(!stray.alive() && !below.alive());
    assert_eq!(scene.events("stray.ended")[0]["audit"]["signal"], Value::from("KILL"));
}

/// While the question was open somebody has put it on record: it is a job's now.
#[test]
fn who_is_no_stray_any_more_when_the_yes_comes_is_left_alone() {
    let Some(scene) = Scene::set(REPORTS) else { return };
    let stray = scene.stray();
    let mut term = Term::shell(&scene.world, Shell::Bash, Hook::No);
    term.line("pj clean; echo code $?");
    term.expect("[y/N] ");
    scene.pj(&["add", "-q", &stray.pid.to_string()]).code(0);
    term.line("y");
    term.expect("it belongs to job 1");
    term.expect("code 6");
    assert!(stray.alive());
    let refused = scene.events("stray.refused");
    assert_eq!((refused.len(), &refused[0]["audit"]["result"]), (1, &"refused".into()));
    // Or it has gone: nobody who has its number now is meant.
    scene.pj(&["rm", "--force", "1"]).code(0);
    term.line("pj clean; echo code $?");
    term.expect("[y/N] ");
    stray.kill();
    crate::harness::holds("it is gone", || !stray.alive());
    term.line("y");
    term.expect("has gone by itself");
    term.expect("code 0");
}
