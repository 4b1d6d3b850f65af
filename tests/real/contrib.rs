//! What the files in `contrib/` promise, run as they are: the guards are dead, nobody else sweeps, and then the file's
//! event comes.

use crate::cases::windows;
use crate::harness::{Hook, Id, Roster, Run, Shell, Term, World, needs};
use crate::seat::Seat;
use crate::tmux;
use crate::window::Window;
use std::path::{Path, PathBuf};

/// Name, whether it has a window, the check: false where it was skipped.
pub(crate) type Promise = (&'static str, bool, fn() -> bool);

pub(crate) const ALL: &[Promise] = &[
    ("tmux.conf: a pane's shell exits", false, || in_tmux(tmux::with_session, |seat, _| seat.line("exit"))),
    ("tmux.conf: the server's last exits", false, || in_tmux(tmux::alone, |seat, _| seat.line("exit"))),
    ("tmux.conf: kill-pane", false, || {
        in_tmux(tmux::with_pane, |_, world| ask(world, ["kill-pane", "-t", "main:0.0"]))
    }),
    ("tmux.conf: kill-window", false, || {
        in_tmux(tmux::with_session, |_, world| ask(world, ["kill-window", "-t", "main:0"]))
    }),
    ("tmux.conf: kill-session", false, || {
        in_tmux(tmux::with_session, |_, world| ask(world, ["kill-session", "-t", "main"]))
    }),
    ("kitty.py: close button", true, in_kitty),
    ("bash_logout: exit", false, at_logout),
    ("crontab: cron's environment", false, from_cron),
];

fn ask(world: &World, words: [&str; 3]) {
    tmux::ask(world, &words);
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A wrapped tree in this seat whose guards are killed: they live until somebody sweeps. No shell is registered, so
/// that nobody does who was not asked.
fn orphans(world: &World, seat: &Seat) -> Roster {
    let roster = world.roster("orphans");
    let path = roster.path().display();
    let line = format!("pj-wrap --name orphans --grace 1s beast {path} brood --only setsid,daemon-env,deaf");
    world.script("w-orphans", &format!("#!/bin/sh\nexec {line}\n"));
    seat.line("w-orphans");
    roster.ready("brood");
    let job = world.job("orphans");
    let known: Vec<Id> = roster.steady().iter().map(|one| one.id).collect();
    job.lose_guards(&known);
    let survivors = roster.alive();
    for kind in ["setsid", "daemon-env", "deaf"] {
        assert!(survivors.iter().any(|one| one.kind == kind), "{kind} survives its guards: {survivors:?}");
    }
    roster
}

fn plain_rc(world: &World) {
    let (rc, text) = Shell::Bash.rc();
    std::fs::write(world.home().join(rc), text).expect("an rc file");
}

/// The hooks as they are read from the file.
fn in_tmux(open: fn(&World, Shell) -> Seat, event: fn(&Seat, &World)) -> bool {
    if !needs("tmux") {
        return false;
    }
    let world = World::new();
    plain_rc(&world);
    let mut seat = open(&world, Shell::Bash);
    seat.the_term().expect("ready> ");
    tmux::ask(&world, &["source-file", &file("tmux.conf").to_string_lossy()]);
    let roster = orphans(&world, &seat);
    event(&seat, &world);
    roster.gone();
    assert!(seat.neighbours.iter().all(|one| one.alive().len() == 1), "the neighbour's job goes on");
    true
}

fn in_kitty() -> bool {
    if !windows("kitty") {
        return false;
    }
    let world = World::new();
    plain_rc(&world);
    std::fs::write(world.path("kitty.conf"), format!("watcher {}\n", file("kitty.py").display())).expect("a config");
    let window = Window::kitty_with(&world, Shell::Bash, &world.text("kitty.conf"));
    let seat = Seat::window(window);
    let roster = orphans(&world, &seat);
    seat.the_window().close_button();
    roster.gone();
    true
}

fn at_logout() -> bool {
    let world = World::new();
    std::fs::write(world.home().join(".bash_logout"), read("bash_logout")).expect("a logout file");
    plain_rc(&world);
    let path = world.env().into_iter().find(|(name, _)| *name == "PATH").expect("a search path").1;
    let profile = format!("export PATH='{}'\n. ~/.bashrc\n", path.to_string_lossy());
    std::fs::write(world.home().join(".bash_profile"), profile).expect("a profile");
    let mut seat = Seat::term(Term::command(&world, &["bash", "-l"]));
    seat.the_term().expect("ready> ");
    let roster = orphans(&world, &seat);
    seat.line("exit");
    roster.gone();
    true
}

/// A home as `install.sh` leaves it, with the state where it is without XDG_ variables.
fn installed(world: &World) {
    let local = world.home().join(".local");
    std::fs::create_dir_all(local.join("bin")).expect("a directory");
    std::os::unix::fs::symlink(crate::harness::world::bin().join("pj-sweep"), local.join("bin/pj-sweep"))
        .expect("a link");
    std::os::unix::fs::symlink(world.path("state"), local.join("state")).expect("a link");
}

/// One command line, with as little environment as cron gives; it ends the orphans and says nothing but that.
fn swept_by(command: &str) {
    let world = World::new();
    installed(&world);
    let seat = Seat::term(Term::shell(&world, Shell::Bash, Hook::No));
    let roster = orphans(&world, &seat);
    let mut run = Run::new(&world, "/bin/sh", &["-c", command]).env("PATH", "/usr/bin:/bin");
    for (name, _) in world.env().into_iter().filter(|(name, _)| !["HOME", "PATH", "SHELL", "PJ_TEST"].contains(name)) {
        run = run.unset(name);
    }
    run.go().code(0);
    roster.gone();
}

fn from_cron() -> bool {
    let text = read("crontab");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let [line] = lines.as_slice() else { panic!("one line that is no comment: {lines:?}") };
    let command = line.strip_prefix("* * * * * ").expect("each minute");
    assert!(!command.contains('%'), "cron reads % as the end of the line");
    swept_by(command);
    true
}
