//! `config.toml`: who wins, what `pj config` does to the file, and what a file that is wrong costs whom.

/// What a flag says over it.
mod flags;
/// `pj config`.
mod verb;

use crate::harness::{Cell, Mode, World, holds};
use crate::stage::{ANY, Stage};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

/// Where the file is in a world.
fn path(world: &World) -> PathBuf {
    world.home().join(".config/pj/config.toml")
}

fn write(world: &World, text: &str) -> PathBuf {
    let path = path(world);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(&path, text).expect("a config");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    path
}

/// Nobody is signalled, and the record says that the job runs.
#[test]
fn who_ends_processes_refuses_a_file_that_is_wrong_and_who_reads_goes_on() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let session = stage.world.sessions();
    for (text, mode, word) in [
        ("[wrap]\ngrase = '1s'\n", 0o600, "config.toml:2: there is no key wrap.grase; the nearest is wrap.grace"),
        ("[sweep]\n\nmax_kills = 'all'\n", 0o600, "config.toml:3: sweep.max_kills: takes a number"),
        ("[wrap\n", 0o600, "config.toml:1: "),
        ("[wrap]\n", 0o622, "others can write to it"),
    ] {
        let path = write(&stage.world, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        for verb in
            [&["stop", "subject"][..], &["kill", "subject"], &["sweep", "--all", "--yes"], &["sessions", "end", "1"]]
        {
            stage.world.pj(verb).go().code(2).stdout("").says(word);
        }
        stage.world.sweep(&["--all", "--yes"]).go().code(2).stdout("").says(word);
        let listed = stage.world.pj(&["list"]).go().code(0).says(word);
        assert!(listed.text().contains("subject"), "{}", listed.text());
        let swept = stage.world.sweep(&["-n", "--all"]).go().code(0).says(word);
        assert!(swept.text().contains("subject"), "{}", swept.text());
        stage.world.pj(&["config", "check"]).go().code(2).says(word);
    }
    assert!(beast.alive() && stage.world.sessions() == session, "nobody was touched");
    let unset = |world: &World, name: &str, value: &str| world.pj(&["kill", "subject"]).env(name, value).go().code(2);
    write(&stage.world, "");
    unset(&stage.world, "PJ_SWEEP_MAX_KILLS", "many").says("cannot use PJ_SWEEP_MAX_KILLS: takes a number");
    assert!(beast.alive());
    stage.world.pj(&["kill", "subject"]).go().code(0);
    job.record_gone();
}

/// One line on stderr; the command runs as ever, with what was right.
#[test]
fn a_file_that_is_wrong_never_costs_the_command() {
    let world = World::new();
    for (text, mode) in
        [("[wrap]\nnope = 1\n", 0o600), ("[wrap\n", 0o600), ("\u{0}[[[\n", 0o600), ("[wrap]\n", 0o666), ("", 0o600)]
    {
        let path = write(&world, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        let done = world.wrap(&["sh", "-c", "echo out; exit 7"]).go().code(7).stdout("out\n");
        let lines = usize::from(!text.is_empty());
        assert_eq!(done.err.lines().count(), lines, "{text:?}: {}", done.err);
        assert!(lines == 0 || done.err.starts_with("pj: cannot use "), "{}", done.err);
    }
    fs::remove_file(path(&world)).expect("the file");
    world.wrap(&["sh", "-c", "exit 7"]).go().code(7).silent();
    fs::create_dir(path(&world)).expect("a directory in its place");
    world.wrap(&["sh", "-c", "exit 7"]).go().code(7).says("config.toml: not a regular file");
    world.no_guards();
}

/// Flag, variable, file, default: what the record of a job says.
#[test]
fn flag_over_variable_over_file_over_default() {
    let world = World::new();
    let own = "cat \"$XDG_STATE_HOME\"/pj/jobs/*.json";
    for (text, variable, flags, grace, on_exit, direct) in [
        ("", None, &[][..], 5000, "linger", false),
        ("[wrap]\ngrace = '3s'\non_exit = 'end'\ndirect = true\n", None, &[][..], 3000, "end", true),
        ("[wrap]\ngrace = '3s'\n", Some("2s"), &[][..], 2000, "linger", false),
        ("[wrap]\ngrace = '3s'\n", Some(""), &[][..], 3000, "linger", false),
        (
            "[wrap]\ngrace = '3s'\non_exit = 'end'\n",
            Some("2s"),
            &["--grace", "1s", "--on-exit", "linger"][..],
            1000,
            "linger",
            false,
        ),
    ] {
        write(&world, text);
        let mut words = flags.to_vec();
        words.extend(["sh", "-c", own]);
        let mut run = world.wrap(&words);
        if let Some(variable) = variable {
            run = run.env("PJ_WRAP_GRACE", variable);
        }
        let record = run.go().code(0).stderr("").json();
        let seen = (record["grace_ms"].as_u64(), record["on_exit"].as_str());
        assert_eq!(seen, (Some(grace), Some(on_exit)), "{text:?} {variable:?} {flags:?}");
        assert!(!direct || record["terminal"] == "direct", "{record}");
    }
    world.no_guards();
}

/// A name in `protect.add` outlives its job; the guard has read it when it started, and an edit comes too late.
#[test]
fn whom_the_file_protects_the_guard_leaves_alone() {
    for (text, later, lives) in
        [("[protect]\nadd = ['keepme']\n", "", true), ("", "[protect]\nadd = ['keepme']\n", false)]
    {
        let mut stage = Stage::set(ANY);
        write(&stage.world, text);
        let kept = stage.world.bystanders("kept");
        let beast = crate::harness::world::beast();
        std::os::unix::fs::symlink(&beast, stage.world.path("bin").join("keepme")).expect("a link");
        let script = format!("(exec -a keepme keepme {} deaf) & wait", kept.path().display());
        stage.world.script("mother", &format!("#!/bin/bash\n{script}\n"));
        assert_eq!(stage.term.run("pj-wrap --name subject --grace 300ms mother &"), 0);
        let job = stage.world.job("subject");
        holds("the child runs", || kept.members().len() == 1);
        write(&stage.world, later);
        stage.world.pj(&["stop", "subject"]).env("PJ_PROTECT", "").go().code(0);
        job.record_gone();
        assert_eq!(kept.alive().len(), usize::from(lives), "{text:?}");
        kept.alive().iter().for_each(|one| assert!(one.id.kill()));
    }
}

/// Of two jobs that are to be ended one is, and the other is told; then the other is.
#[test]
fn a_sweep_ends_no_more_than_the_file_says() {
    let mut stage = Stage::set(ANY);
    write(&stage.world, "[sweep]\nmax_kills = 1\n");
    let roster = stage.roster.path().display().to_string();
    for name in ["one", "two"] {
        assert_eq!(stage.term.run(&format!("pj-wrap --name {name} beast {roster} plain &")), 0);
    }
    holds("two jobs run", || stage.roster.members().len() == 2 && stage.world.jobs().len() == 2);
    let shell = stage.term.id();
    let session = format!("{}-{}", shell.pid, shell.start);
    stage.world.sweep(&["--session", &session]).go().code(5).says("1 more jobs are to be ended, 1 at a time");
    holds("one of them is gone", || stage.roster.alive().len() == 1);
    stage.world.sweep(&["--session", &session]).go().code(0);
    stage.roster.gone();
}

/// A deaf tree is given what the file says, and what a flag says first; not what its own record does.
#[test]
fn a_sweep_waits_as_long_as_the_file_says() {
    let long = Duration::from_millis(2500);
    for (flags, waits) in [(&[][..], true), (&["--grace", "100ms"][..], false)] {
        let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
        write(&stage.world, "[sweep]\ngrace = '2500ms'\n");
        let (job, _) = stage.start("deaf");
        stage.kill_both(&job);
        let took = stage.world.sweep(flags).go().code(0).took;
        assert_eq!(took >= long, waits, "{flags:?}: {took:?}");
        job.record_gone();
    }
}

#[test]
fn a_file_of_another_user_is_not_believed() {
    if !nix::unistd::geteuid().is_root() {
        crate::harness::shells::skip("only root gives a file away");
        return;
    }
    let world = World::new();
    let path = write(&world, "[output]\ncolor = 'always'\n");
    assert!(world.pj(&["config", "show"]).go().code(0).text().contains('\x1b'), "it is in colour");
    let plain = world.pj(&["config", "show", "--color", "never"]).go().code(0).stderr("").text();
    assert!(!plain.contains('\x1b'), "a flag wins: {plain}");
    std::os::unix::fs::chown(&path, Some(12_345), None).expect("a chown");
    let word = "config.toml: it belongs to another user";
    let shown = world.pj(&["config", "show"]).go().code(0).says(word);
    assert!(!String::from_utf8_lossy(&shown.out).contains('\x1b'), "the default holds");
    world.pj(&["kill", "x"]).go().code(2).says(word);
    world.sweep(&[]).go().code(2).says(word);
    world.pj(&["config", "set", "wrap.grace", "1s"]).go().code(2).says(word);
    world.wrap(&["true"]).go().code(0).says(word);
}
