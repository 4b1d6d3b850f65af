//! Every kind of close while an agent is at work: nothing of its tree is left but its own shared daemons, and whoever
//! had something to save had the time for it.

use crate::agent::Agent;
use crate::desk::{Desk, How, Seat};
use crate::harness::deaths::Deaths;
use crate::harness::eventually::within;
use crate::harness::proc::{self, Stat};
use crate::harness::{Id, Job, holds};
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
    job.census_names(members);
    let both = [job.front(), job.guard()];
    assert!(both.iter().all(|one| one.signal(libc::SIGSTOP)));
    assert!(both.iter().all(|one| one.kill()));
    holds("both are gone", || both.iter().all(|one| !one.alive()));
}

fn close(desk: &Desk, seat: &mut Seat, job: &Job, members: &[Id], how: Close) {
    match how {
        Close::Terminal => seat.term.close(),
        Close::Shell => assert!(seat.term.id().kill()),
        Close::Front => assert!(job.front().kill()),
        Close::Guard => assert!(job.guard().kill()),
        Close::Pane => {
            desk.world.sh("tmux -L agents kill-pane").go().code(0);
        }
        Close::BothGuards => both_guards(job, members),
    }
}

fn one(agent: &'static Agent, how: How, what: Close) {
    let desk = Desk::new(agent);
    let mut seat = if what == Close::Pane { desk.sit_in_tmux() } else { desk.sit() };
    let before: Vec<Id> = desk.world.ours().iter().map(Stat::id).collect();
    desk.start(&mut seat, how);
    desk.work(&mut seat);
    let job = desk.job(how);
    let (heads, spared) = daemons(&desk);
    assert!(agent.name != "codex" || !heads.is_empty(), "codex has its daemon");
    let others: Vec<Id> = before.iter().chain(&spared).copied().collect();
    let members = besides(&desk, &others);
    let ids: Vec<Id> = members.iter().map(Stat::id).filter(|id| !job.guards().contains(id)).collect();
    let mut deaths = Deaths::watch(members.iter().map(|one| (name(one, &job), one.id())));
    deaths.start();
    close(&desk, &mut seat, &job, &ids, what);
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
    eprintln!("NEEDS {} {how:?} {what:?}: {} ms of {} ms", agent.name, polite.as_millis(), grace.as_millis());
    assert!(!agent.heeds || polite < grace, "{} {how:?} {what:?}: it was killed while it saved", agent.name);
    // Told, not asserted: whoever is born during an ending is asked to end too, so a slow hook may be cut short.
    if agent.hooks {
        eprintln!("HOOK {} {how:?} {what:?}: written {}", agent.name, desk.world.path("hook").exists());
    }
    spared_and_named(&desk, &heads);
    end_daemons(&desk);
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

pub(crate) fn leaves_nothing(agent: &'static Agent, what: Close) {
    for how in [How::Pty, How::Direct] {
        one(agent, how, what);
    }
}

/// claude's background agents: its daemon is born below us, and outlives us and the terminal.
pub(crate) fn background_agents(agent: &'static Agent) {
    let desk = Desk::new(agent);
    let mut seat = desk.sit();
    let beast = format!("exec beast {} plain", desk.roster.path().display());
    seat.term.line(&format!("pj-wrap --name pty sh -c '{} --bg \"please greet\"; {beast}'", agent.name));
    desk.roster.ready("plain");
    let (heads, _) = daemons(&desk);
    assert!(!heads.is_empty(), "no daemon:\n{}", seat.term.screen());
    let job = desk.job(How::Pty);
    seat.term.close();
    job.record_gone();
    desk.roster.gone();
    spared_and_named(&desk, &heads);
    end_daemons(&desk);
}
