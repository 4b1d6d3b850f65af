//! A terminal that is a job's for a while: what it shows, what is typed, and how it is given back.

use super::{run, script};
use crate::harness::{Hook, Id, Run, Shell, Term, World, holds, proc};
use std::fs;

/// Arms the terminal, says so, and leaves as it is told.
const ARMED: &str = r"printf '\033[?1049h\033[?25l\033[?1000h\033[?2004harmed'; read x; exit $x";

/// The client of this world: `pj attach`, or `pj watch`.
fn client(world: &World) -> Id {
    let is = |one: &proc::Stat| one.comm == "pj" && ["attach\0", "watch\0"].iter().any(|v| proc::mentions(one.pid, v));
    crate::harness::eventually("pj attach runs", || world.ours().into_iter().find(is).map(|one| one.id()))
}

/// A terminal with a shell in it that has typed this.
fn typed(world: &World, line: &str) -> Term {
    let mut term = Term::shell(world, Shell::Bash, Hook::No);
    term.line(&format!("{line}; echo \"<rc:$?>\""));
    term.expect("<rc:$?>");
    term
}

/// How it ends to be attached.
enum Way {
    Keys(&'static str),
    CommandDies,
    GuardDies,
    Signal(i32),
    TakenOver,
}

impl Way {
    fn go(&self, world: &World, term: &Term) {
        let job = world.job("subject");
        match self {
            Way::Keys(keys) => term.type_(keys),
            Way::CommandDies => assert!(job.identity("root").expect("a command").kill()),
            Way::GuardDies => assert!(job.guard().kill()),
            Way::Signal(signal) => assert!(client(world).signal(*signal)),
            Way::TakenOver => {
                let mut other = Term::command(world, &["pj", "attach", "subject"]);
                other.expect("\x1b[?1049h");
                other.type_("\x1d");
                assert!(other.wait().success());
            }
        }
    }
}

#[test]
fn however_it_ends_the_terminal_is_as_it_was() {
    let world = World::lasting(std::time::Duration::from_secs(180));
    let mut term = Term::shell(&world, Shell::Bash, Hook::No);
    let before = term.stty(&world);
    let ways = [
        (Way::Keys("\x1d"), "detached from", 0),
        (Way::Keys("\x1b[93;5u"), "detached from", 0),
        (Way::Keys("7\r"), "has exited with 7", 7),
        (Way::CommandDies, "was ended by SIGKILL", 137),
        (Way::GuardDies, "is gone", 1),
        (Way::Signal(libc::SIGTERM), "detached from", 143),
        (Way::Signal(libc::SIGINT), "detached from", 130),
        (Way::Signal(libc::SIGHUP), "detached from", 129),
        (Way::TakenOver, "another terminal is attached now", 1),
    ];
    for (way, says, code) in ways {
        script(&world, &[], ARMED);
        term.line("pj attach subject");
        // What it shows is its own to paint; what it has armed is armed here.
        term.expect("^] leaves");
        term.expect("\x1b[?1000h");
        holds("the terminal is raw", || term.modes().contains("-icanon"));
        way.go(&world, &term);
        for undone in ["\x1b[?25h", "\x1b[?1049l", says] {
            term.expect(undone);
        }
        assert_eq!(term.run("(exit $?)"), code, "{says}");
        assert_eq!(term.stty(&world), before, "{says}");
        world.pj(&["stop", "-q", "subject"]).go();
        world.pj(&["rm", "-q", "--all", "*"]).go();
        holds("the name is free", || world.jobs().is_empty());
    }
}

#[test]
fn a_closed_terminal_or_a_killed_client_detaches_and_ends_nothing() {
    let world = World::new();
    let job = script(&world, &[], "stty -echo; echo begun; while read x; do echo \"heard $x\"; done");
    let mut closed = Term::command(&world, &["pj", "attach", "subject"]);
    closed.expect("begun");
    closed.close();
    let mut killed = Term::command(&world, &["pj", "attach", "subject"]);
    killed.expect("begun");
    killed.line("one");
    killed.expect("heard one");
    assert!(client(&world).kill());
    killed.wait();
    let mut third = Term::command(&world, &["pj", "attach", "subject"]);
    third.expect("heard one");
    third.line("two");
    third.expect("heard two");
    third.type_("exit\x1d");
    third.expect("detached from");
    assert!(third.wait().success());
    assert!(job.guard().alive());
    // What was typed before the key has arrived.
    world.pj(&["send", "subject", "--key", "Enter"]).go().code(0);
    let mut last = Term::command(&world, &["env", "PJ_ATTACH_DETACH=^B", "pj", "attach", "subject"]);
    last.expect("heard exit");
    last.line("\x1d");
    last.expect("heard \x1d");
    last.type_("\x02");
    assert!(last.wait().success());
}

#[test]
fn what_is_typed_and_what_is_written_arrive_whole_and_in_order() {
    let world = World::new();
    let line = "text\twith \u{65e5}\u{672c}\u{8a9e}, \r\n, \x03\x04\x11\x13\x1a\x1c\x1d\x7f\x1b[A and more\r";
    let paste = line.repeat(1_000_000 / line.len());
    fs::write(world.path("paste"), &paste).expect("a file");
    let sum = "stty raw -echo; echo ready; head -c $1 > $2; echo; seq 1 60000; printf 'END.'; read x";
    let (length, out) = (paste.len().to_string(), world.text("out"));
    run(&world, &["sh", "-c", sum, "-", &length, &out]);
    let mut term = Term::command(&world, &["pj", "attach", "subject", "--detach-key", "none"]);
    term.expect("ready");
    // Beside the terminal, one who only looks on gets the same bytes.
    let seen = world.path("seen");
    let watch = format!("exec pj watch subject > {}", seen.display());
    let mut watch = world.sh(&watch);
    let (mut watcher, _) = (watch.command.spawn().expect("a watcher"), ());
    holds("it watches", || fs::read(&seen).is_ok_and(|text| text.starts_with(b"ready")));
    term.send(paste.as_bytes());
    term.expect("END.");
    assert!(fs::read(world.path("out")).expect("what arrived") == paste.as_bytes(), "1 MB of paste arrives whole");
    let wrote: String = (1..=60_000).map(|n| format!("{n}\n")).collect();
    let whole = |raw: &[u8]| proc::contains(raw, &format!("\n{wrote}END."));
    assert!(whole(&term.raw()), "all that was written arrives");
    term.type_("\n");
    assert_eq!(term.wait().code(), Some(0));
    assert!(crate::harness::cmd::wait(&mut watcher, "pj watch").success());
    assert!(whole(&fs::read(&seen).expect("what was seen")), "and at the watcher's too");
}

/// What the job has just written when it ends is in its terminal still, and the slow one's share is full.
#[test]
fn one_who_is_slow_gets_all_that_was_written_and_so_does_the_log() {
    let world = World::new();
    let slow =
        "pj watch -q $0 | while n=$(dd bs=32k count=1 2>&- | wc -c) && [ $n -gt 0 ]; do echo $n; sleep 0.02; done";
    for nth in 0..3 {
        let (name, go) = (format!("slow{nth}"), "stty -opost -echo; read x; seq 1 200000");
        world.pj(&["run", "-q", "--name", &name, "sh", "-c", go]).go().code(0);
        let mut watch = Run::new(&world, "sh", &["-c", slow, &name]);
        let watch = watch.command.stdout(std::process::Stdio::piped()).spawn().expect("a watcher");
        holds("it watches", || world.ours().iter().any(|one| proc::mentions(one.pid, "watch\0")));
        world.pj(&["send", &name, "--key", "Enter"]).go().code(0);
        let counts = watch.wait_with_output().expect("its counts").stdout;
        let seen: usize = String::from_utf8_lossy(&counts).lines().map(|n| n.parse::<usize>().expect("a number")).sum();
        let log = world.pj(&["log", "--raw", &name]).go().code(0).out.len();
        let wrote: usize = (1..=200_000).map(|n| format!("{n}\n").len()).sum();
        assert!(seen >= wrote && log >= wrote, "{seen} seen and {log} kept of {wrote}");
    }
}

#[test]
fn control_z_stops_the_client_as_the_shells_job_and_fg_brings_both_back() {
    let world = World::new();
    script(&world, &[], "stty -echo; printf '\\033[?2004hup\\n'; exec cat");
    let mut term = typed(&world, "pj attach subject");
    term.expect("up");
    for round in 0..3 {
        holds("the terminal is raw", || term.modes().contains("-icanon"));
        term.line(&format!("line {round}"));
        term.expect(&format!("line {round}"));
        term.type_("\x1a");
        term.expect("Stopped");
        let client = client(&world);
        holds("the client is stopped", || client.state() == Some('T'));
        term.expect("ready> ");
        // The shell's own again: it ran a command with the modes of its choice.
        assert_eq!(term.run("stty -a | grep -qw -- icanon"), 0);
        term.line("fg");
        // Armed again.
        term.expect("\x1b[?2004h");
        holds("the client goes on", || client.state() != Some('T'));
    }
    holds("the terminal is raw", || term.modes().contains("-icanon"));
    term.line("after");
    term.expect("after");
    term.type_("\x04");
    term.expect("has exited with 0");
}

#[test]
fn a_command_that_was_stopped_meanwhile_goes_on_when_somebody_comes() {
    let world = World::new();
    let job = script(&world, &[], "stty -echo; echo up; exec cat");
    let root = job.identity("root").expect("a command");
    assert!(root.signal(libc::SIGSTOP));
    holds("it is stopped", || root.state() == Some('T'));
    let mut term = Term::command(&world, &["pj", "attach", "subject"]);
    term.expect("up");
    term.line("on");
    term.expect("on");
    // A terminal's own command has nobody who would fetch it: both go on.
    term.type_("\x1a");
    term.line("again");
    term.expect("again");
    term.type_("\x1d");
    assert!(term.wait().success());
}

#[test]
fn several_look_on_and_the_thirteenth_is_told_that_he_waits() {
    let world = World::new();
    script(&world, &[], "stty -echo; echo up; while read x; do echo \"heard $x\"; done");
    let terms: Vec<Term> = (0..12)
        .map(|_| {
            let mut term = Term::command(&world, &["pj", "watch", "subject"]);
            term.expect("up");
            term
        })
        .collect();
    let mut late = Term::command(&world, &["pj", "attach", "subject"]);
    late.expect("is waited for: as many are connected to it as can be");
    let mut terms = terms;
    // Nothing that one types who looks on reaches the job; control-C ends him.
    terms[0].type_("nothing\r\x03");
    terms[0].expect("no longer watching");
    late.expect("up");
    late.line("one");
    late.expect("heard one");
    for term in &mut terms[1..] {
        term.expect("heard one");
        assert!(!term.saw("nothing"));
        term.type_("\x1d");
        assert!(term.wait().success());
    }
}

#[test]
fn sizes_are_passed_on() {
    let world = World::new();
    script(&world, &["--size", "100x40"], "stty -echo; stty size; trap 'stty size' WINCH; while :; do read x; done");
    let mut term = Term::command(&world, &["pj", "attach", "subject"]);
    term.expect("40 100");
    term.expect("24 80");
    term.resize((50, 132, 0, 0));
    term.expect("50 132");
    term.type_("\x1d");
    assert!(term.wait().success());
    // Whoever only looks on has no say.
    let mut watch = Term::command(&world, &["pj", "attach", "--watch", "subject"]);
    watch.expect("50 132");
    watch.resize((30, 60, 0, 0));
    world.pj(&["send", "subject", "--key", "Enter"]).go().code(0);
    watch.type_("\x1d");
    assert!(watch.wait().success());
    assert!(!watch.saw("30 60"));
}

#[test]
fn who_cannot_be_attached_to_says_why() {
    let world = World::new();
    world.pj(&["attach", "nobody"]).go().code(2).says("attach needs a terminal").says("hint: pj watch nobody");
    let mut term = Term::shell(&world, Shell::Bash, Hook::No);
    assert_eq!(term.run("pj attach nobody"), 3);
    script(&world, &[], "exit 4");
    holds("it has exited", || world.job("subject").json["state"] == "exited");
    assert_eq!(term.run("pj attach subject"), 3);
    assert!(term.saw("pj: 1 (subject) has exited with 4\r\nhint: pj log 1"));
    world.pj(&["run", "--name", "pipes", "--pipe", "cat"]).go().code(0);
    assert_eq!(term.run("pj attach pipes"), 6);
    assert!(term.saw("the job has no terminal: watch it, and send to it"));
    term.line("pj-wrap --name front sh -c 'pj attach front; pj watch front; echo inside=$?; read x'");
    term.expect("inside=6");
    assert!(term.saw("it is the job that this runs in"));
    let mut other = Term::shell(&world, Shell::Bash, Hook::No);
    assert_eq!(other.run("pj attach front"), 6);
    assert!(other.saw("it is in the foreground of its own terminal"));
    assert_eq!(other.run("pj attach '*'"), 4);
    term.line("");
    assert_eq!(other.run("pj attach --detach-key x pipes"), 2);
}
