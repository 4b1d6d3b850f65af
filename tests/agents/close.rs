//! Every kind of close while an agent is at work: nothing of its tree is left but its own shared daemons, and whoever
//! had something to save had the time for it.

use crate::agent::{Agent, LastHook};
use crate::desk::{Desk, How, Seat};
use crate::harness::deaths::Deaths;
use crate::harness::eventually::within;
use crate::harness::proc::{self, Stat};
use crate::harness::{Id, Job, Shell, holds};
use std::fs;
use std::time::Duration;

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    Terminal,
    Shell,
    Front,
    Guard,
    Pane,
    BothGuards,
    /// The agent is left with its own keys, then the shell with `exit`.
    Exit,
    /// The agent is suspended, then the shell is left all the same.
    Stopped,
}

impl Close {
    /// There is a guard to kill only where we are.
    fn is_bare_too(self) -> bool {
        !matches!(self, Close::Front | Close::Guard | Close::BothGuards)
    }

    /// The agent's terminal is there while it ends: a window's end takes the user's, both guards' end takes ours.
    fn leaves_terminal(self, how: How) -> bool {
        match self {
            Close::Terminal | Close::Pane => how == How::Pty,
            Close::BothGuards => how == How::Direct,
            _ => true,
        }
    }
}

/// Who of this world is not in `others`.
fn besides(desk: &Desk, others: &[Id]) -> Vec<Stat> {
    desk.world.ours().into_iter().filter(|one| !others.contains(&one.id())).collect()
}

fn argv(pid: i32) -> String {
    String::from_utf8_lossy(&proc::file(pid, "cmdline")).replace('\0', " ")
}

/// The agent's daemons, and with them everybody below.
fn daemons(desk: &Desk) -> (Vec<Id>, Vec<Id>) {
    let all = proc::all();
    let named = |one: &&Stat| desk.agent.daemons.iter().any(|part| argv(one.pid).contains(part));
    let heads: Vec<Stat> = desk.world.ours().iter().filter(named).cloned().collect();
    let below = heads.iter().flat_map(|one| proc::below(&all, one.pid));
    let tree = heads.iter().cloned().chain(below).map(|one| one.id()).collect();
    (heads.iter().map(Stat::id).collect(), tree)
}

/// What a member is called in the table of deaths.
fn name(one: &Stat, job: &Job) -> String {
    let argv = argv(one.pid);
    match () {
        () if job.identity("root") == Some(one.id()) => "leader".to_owned(),
        () if argv.ends_with("mcp.mjs ") => "server".to_owned(),
        () => format!("{} {}", one.comm, argv.rsplit(['/', ' ']).find(|word| !word.is_empty()).unwrap_or_default()),
    }
}

/// Both at once, stopped first so that neither sees the other's end. A sweep must do the rest.
fn both_guards(job: &Job, members: &[Id]) {
    // Who was born in silence is named by the round that comes every half minute only.
    let named = || fs::read_to_string(job.dir().join("members")).unwrap_or_default();
    let all = || members.iter().all(|id| !id.alive() || named().contains(&format!("{}", id.pid)));
    within(Duration::from_secs(40), || all().then_some(()));
    job.lose_guards(members);
}

/// A terminal with the agent in it, ready to be closed.
fn at_work(desk: &Desk, how: How, what: Close) -> (Seat, Vec<Id>) {
    let mut seat = if what == Close::Pane { desk.sit_in_tmux() } else { desk.sit() };
    let before = desk.world.ours().iter().map(Stat::id).collect();
    desk.start(&mut seat, how);
    desk.talk(&mut seat);
    if what != Close::Exit {
        desk.work(&mut seat);
    }
    desk.calm();
    (seat, before)
}

fn close(desk: &Desk, seat: &mut Seat, what: Close) {
    match what {
        Close::Terminal => seat.term.close(),
        Close::Shell => assert!(seat.term.id().kill()),
        Close::Pane => {
            desk.world.sh("tmux -L agents kill-pane").go().code(0);
        }
        Close::Exit => {
            seat.insist("\x03", desk.agent.again);
            seat.see("ready>");
            assert!(!desk.roster.alive().is_empty(), "who stays behind has until the session's end");
            seat.term.line("exit");
        }
        Close::Stopped => {
            seat.insist("\x1a", desk.agent.again_to_stop);
            seat.see(Shell::Bash.stopped());
            seat.term.line("exit");
            seat.see("There are stopped jobs");
            seat.term.line("exit");
        }
        Close::Front | Close::Guard | Close::BothGuards => unreachable!("not a close"),
    }
}

fn has_saved(desk: &Desk) -> bool {
    desk.world.path("hook").exists()
}

/// The bare agent, closed like this; whether its last hook has run.
fn bare(agent: &'static Agent, what: Close) -> bool {
    let desk = Desk::new(agent);
    let (mut seat, before) = at_work(&desk, How::Bare, what);
    let is_agent = |one: &Stat| before.iter().any(|id| id.pid == one.ppid);
    let agents: Vec<Id> = besides(&desk, &before).iter().filter(|one| is_agent(one)).map(Stat::id).collect();
    assert_eq!(agents.len(), 1, "one agent below the shell");
    let mut deaths = Deaths::watch(agents.iter().map(|id| ("agent".to_owned(), *id)));
    deaths.start();
    close(&desk, &mut seat, what);
    let left = deaths.wait(Duration::from_secs(20));
    within(Duration::from_secs(2), || has_saved(&desk).then_some(()));
    eprintln!("BARE {} {what:?}: {} {left:?}, saved {}", agent.name, deaths.told(), has_saved(&desk));
    desk.end_leftovers(&seat);
    has_saved(&desk)
}

/// The same under us: who must be gone is gone, in time; whether its last hook has run.
fn one(agent: &'static Agent, how: How, what: Close) -> bool {
    let desk = Desk::new(agent);
    let (mut seat, before) = at_work(&desk, how, what);
    let job = desk.job(how);
    let (heads, spared) = daemons(&desk);
    assert!(agent.name != "codex" || heads.is_empty() == agent.daemons.is_empty(), "codex has its daemon");
    let others: Vec<Id> = before.iter().chain(&spared).copied().collect();
    let members = besides(&desk, &others);
    let ids: Vec<Id> = members.iter().map(Stat::id).filter(|id| !job.guards().contains(id)).collect();
    let mut deaths = Deaths::watch(members.iter().map(|one| (name(one, &job), one.id())));
    deaths.start();
    match what {
        Close::Front => assert!(job.front().kill()),
        Close::Guard => assert!(job.guard().kill()),
        Close::BothGuards => both_guards(&job, &ids),
        _ => close(&desk, &mut seat, what),
    }
    let sweep = (what == Close::BothGuards).then(|| {
        // The wait for the census is not the agent's time.
        deaths.start();
        let run = desk.world.sweep(&[]);
        std::thread::spawn(move || run.go())
    });
    let left = deaths.wait(Duration::from_secs(20));
    sweep.map(|thread| thread.join().expect("the sweep ends").code(0));
    eprintln!("{} {how:?} {what:?}: {}", agent.name, deaths.told());
    assert!(left.is_empty(), "{} {how:?} {what:?}: these live: {left:?}", agent.name);
    let born = besides(&desk, &others);
    holds(&format!("nobody was born and stays: {born:?}"), || besides(&desk, &others).is_empty());
    job.record_gone();
    let polite = deaths.last(&["leader", "server"]).unwrap_or_default();
    let grace = Duration::from_millis(job.json["grace_ms"].as_u64().expect("a grace"));
    let (saved, needs) = (has_saved(&desk), polite.as_millis());
    eprintln!("NEEDS {} {how:?} {what:?}: {needs} ms of {} ms, saved {saved}", agent.name, grace.as_millis());
    assert!(polite < grace, "{} {how:?} {what:?}: it was killed while it saved", agent.name);
    let goes_on = !heads.is_empty() && what != Close::Exit;
    assert_eq!(!desk.roster.alive().is_empty(), goes_on, "what a shared daemon runs goes on, and nothing else");
    spared_and_named(&desk, &heads);
    end_daemons(&desk);
    saved
}

/// The daemons live, `pj why` says what they are, and the world's end takes them.
pub(crate) fn spared_and_named(desk: &Desk, heads: &[Id]) {
    for head in heads {
        assert!(head.alive(), "a shared daemon was ended");
        let said = desk.world.pj(&["why", &head.pid.to_string()]).go().text();
        assert!(said.contains("protected") && said.contains(desk.agent.name), "{said}");
    }
}

/// The test is over: its daemons go too, and what is below them.
fn end_daemons(desk: &Desk) {
    holds("the daemons are ended", || daemons(desk).1.iter().filter(|id| id.kill()).count() == 0);
}

/// What the bare agent saves is saved under us; and where ours outlives the user's terminal, what needs a terminal too.
pub(crate) fn leaves_nothing(agent: &'static Agent, what: Close) {
    let must = |how| match agent.last_hook {
        LastHook::Never => false,
        LastHook::OnTerminal => what.leaves_terminal(how),
        LastHook::Always => true,
    };
    if agent.last_hook != LastHook::Never && what.is_bare_too() {
        assert!(bare(agent, what) || !must(How::Bare), "{} {what:?}: not even bare its last hook runs", agent.name);
    }
    for how in [How::Pty, How::Direct] {
        assert!(one(agent, how, what) || !must(how), "{} {how:?} {what:?}: its last hook did not run", agent.name);
    }
}

/// claude's background agents: its daemon is born below us, and outlives us and the terminal.
pub(crate) fn background_agents(agent: &'static Agent) {
    for how in [How::Pty, How::Direct] {
        let desk = Desk::new(agent);
        let mut seat = desk.sit();
        let beast = format!("exec beast {} plain", desk.roster.path().display());
        seat.term.line(&format!("{}sh -c '{} --bg \"please greet\"; {beast}'", how.prefix(), agent.name));
        desk.roster.ready("plain");
        let (heads, _) = daemons(&desk);
        assert!(!heads.is_empty(), "no daemon:\n{}", seat.term.screen());
        let job = desk.job(how);
        seat.term.close();
        job.record_gone();
        desk.roster.gone();
        spared_and_named(&desk, &heads);
        end_daemons(&desk);
    }
}
