//! What is said, and written down, of ports that were freed or not.

use serde::Serialize;

use super::super::out::Out;
use super::super::stop::worse;
use super::list::{self, Row, Unseen};
use super::whose::Judgement;
use crate::exit;
use crate::ports::Holding;
use crate::ports::free::{Fate, Freed, Order, Refusal, Status, Tried};
use crate::record::event::{self, Audit, Event, Left};
use crate::record::job::Restart;
use crate::record::{Job, Place};
use crate::sys::signal::{self, KILL};
use crate::sys::{Pid, os};

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    dry_run: bool,
    ports: Vec<Port<'a>>,
}

#[derive(Serialize)]
struct Port<'a> {
    port: u16,
    status: &'static str,
    killed: Vec<Pid>,
    failed: Vec<Pid>,
    ghost: Vec<Unseen>,
    still_listening: bool,
    remaining_pids: Vec<Pid>,
    diagnostics: Vec<String>,
    listeners: Vec<&'a Row>,
}

/// Says what became of each port; the code of the one that went worst.
pub(super) fn tell(order: &Order, rows: &[Row], freed: &Freed, judgement: &Judgement, out: &mut Out) -> i32 {
    let mut code = exit::DONE;
    let mut ports = Vec::new();
    for &port in &order.ports {
        let status = freed.status(port);
        code = worse(code, code_of(status, freed.late));
        let said = diagnostics(port, freed, judgement);
        if out.json {
            ports.push(of_port(port, status, rows, freed, said));
        } else {
            in_words(port, status, freed, &said, out);
        }
    }
    if out.json {
        out.value(&Report { schema: "pj.port/1", dry_run: order.dry_run, ports });
    }
    code
}

/// A port that is free, whoever freed it, is done. Whoever was not touched because he may not be, or is not to be seen,
/// is refused. 7 only where the time was over before somebody's grace was.
fn code_of(status: Status, late: bool) -> i32 {
    match status {
        Status::Free | Status::Cleaned => exit::DONE,
        Status::Partial | Status::Stuck if late => exit::TIMED_OUT,
        Status::Partial | Status::Stuck => exit::PARTLY,
        Status::Ghost | Status::Refused => exit::REFUSED,
    }
}

fn of_port<'a>(port: u16, status: Status, rows: &'a [Row], freed: &Freed, said: Vec<Said>) -> Port<'a> {
    let of = |wanted: fn(&Fate) -> bool| {
        let tried = freed.tried.iter().filter(|t| t.holding.is_on(port) && wanted(&t.fate));
        tried.map(|t| t.holding.pid()).collect()
    };
    let mut ghost = list::unseen(&freed.after);
    ghost.retain(|g| g.is_on(port));
    Port {
        port,
        status: status.word(),
        killed: of(|fate| matches!(fate, Fate::Gone | Fate::Would)),
        failed: of(|fate| matches!(fate, Fate::Left(_))),
        ghost,
        still_listening: freed.is_listening(port),
        remaining_pids: freed.after.on(port).map(Holding::pid).collect(),
        diagnostics: said
            .into_iter()
            .map(|s| s.hint.map_or(s.what.clone(), |hint| format!("{}: {hint}", s.what)))
            .collect(),
        listeners: rows.iter().filter(|row| row.local_port == port && row.from.is_none()).collect(),
    }
}

/// Something to know of a port, and what to type.
struct Said {
    what: String,
    hint: Option<String>,
}

fn said(what: String, hint: Option<String>) -> Said {
    Said { what, hint }
}

fn diagnostics(port: u16, freed: &Freed, judgement: &Judgement) -> Vec<Said> {
    let mut all = Vec::new();
    for (who, Refusal { why, hint }) in freed.refused.iter().filter(|(who, _)| who.is_on(port)) {
        all.push(said(format!("{} is left alone: {why}", who.label()), hint.clone()));
    }
    for t in freed.tried.iter().filter(|t| t.holding.is_on(port)) {
        match &t.fate {
            Fate::Left(why) => all.push(said(format!("{} holds it still: {why}", t.holding.label()), None)),
            Fate::LetGo => {
                let hint = format!("pj why {}", t.holding.pid());
                all.push(said(format!("{} has let go of it and runs on", t.holding.label()), Some(hint)));
            }
            Fate::Gone | Fate::Would => all.extend(runs_again(t, judgement)),
        }
        if t.is_heir {
            all.push(said(format!("{} had inherited it", t.holding.label()), None));
        }
    }
    all.extend(freed.after.on(port).filter(|h| !h.is_head() && is_new(h, freed)).map(inherited));
    all.extend(freed.again(port).map(|who| again(who, judgement)));
    for ghost in freed.ghosts(port) {
        let at = format!("{} {}", ghost.listener.proto.name(), ghost.listener.addr);
        all.push(said(format!("{at}: {}", ghost.reason), Some(format!("sudo pj port diagnose {port}"))));
    }
    all
}

fn is_new(h: &Holding, freed: &Freed) -> bool {
    !freed.tried.iter().any(|t| t.holding.who() == h.who())
}

fn inherited(h: &Holding) -> Said {
    let from = h.sockets.iter().find_map(|held| held.from).unwrap_or_default();
    said(format!("{} has inherited it from {from}", h.label()), None)
}

/// The job of one who was ended is run again a moment later: the port is free for no longer.
fn runs_again(t: &Tried, judgement: &Judgement) -> Option<Said> {
    let job = &judgement.whose(&t.holding.chain).job.filter(|held| restarts(&held.record))?.record;
    let is_root = job.root.as_ref().is_some_and(|root| root.is_here(t.holding.chain.process()));
    is_root.then(|| said(format!("job {} is run again whenever it ends", job.id), Some(format!("pj stop {}", job.id))))
}

fn restarts(job: &Job) -> bool {
    job.background.as_ref().is_some_and(|b| b.restart != Restart::No)
}

/// Who took the port after it was free, and who stands behind that.
fn again(who: &Holding, judgement: &Judgement) -> Said {
    let label = who.label();
    if let Some(held) = judgement.whose(&who.chain).job {
        let why = if restarts(&held.record) { ", which is run again whenever it ends" } else { "" };
        let hint = format!("pj stop {}", held.record.id);
        return said(format!("{label} has taken it again: job {}{why}", held.record.id), Some(hint));
    }
    match who.chain.line().get(1).filter(|above| above.pid > 1) {
        Some(above) => {
            let name = crate::process::describe::escape(&above.name());
            let hint = format!("pj why {}", above.pid);
            said(format!("{label} has taken it again, started by {name} ({}): end that first", above.pid), Some(hint))
        }
        None => {
            let unit = os::unit(who.pid()).and_then(|unit| Some(unit.rsplit('/').next()?.to_owned()));
            let unit = unit.filter(|unit| unit.ends_with(".service"));
            said(format!("{label} has taken it again"), unit.map(|unit| format!("systemctl stop {unit}")))
        }
    }
}

fn in_words(port: u16, status: Status, freed: &Freed, said: &[Said], out: &mut Out) {
    let names = |wanted: fn(&Fate) -> bool| -> Vec<String> {
        freed.tried.iter().filter(|t| t.holding.is_on(port) && wanted(&t.fate)).map(ended).collect()
    };
    let would_be = if freed.is_dry_run() && !matches!(status, Status::Free) { "would be " } else { "" };
    let mut text = format!("port {port}: {would_be}{}", status.word());
    let (gone, would) = (names(|f| *f == Fate::Gone), names(|f| *f == Fate::Would));
    if !gone.is_empty() {
        text += &format!(": ended {}", gone.join(", "));
    }
    if !would.is_empty() {
        text += &format!(": would end {}", would.join(", "));
    }
    let what: Vec<&str> = said.iter().map(|s| s.what.as_str()).collect();
    if !what.is_empty() {
        text += &format!("; {}", what.join("; "));
    }
    match status {
        Status::Free | Status::Cleaned => out.note(&text),
        _ => out.warn(&text),
    }
    let mut hints: Vec<&String> = said.iter().filter_map(|s| s.hint.as_ref()).collect();
    hints.dedup();
    if !out.quiet || !matches!(status, Status::Free | Status::Cleaned) {
        hints.iter().for_each(|hint| out.talk(&format!("hint: {hint}\n")));
    }
}

/// `node (12) by KILL`
fn ended(t: &Tried) -> String {
    match t.signal {
        Some(KILL) => format!("{} by KILL", t.holding.label()),
        _ => t.holding.label(),
    }
}

/// Writes down who was ended, and why.
pub(super) fn note(freed: &Freed, judgement: &Judgement) {
    let tried: Vec<&Tried> = freed.tried.iter().filter(|t| t.fate != Fate::Would).collect();
    // Nowhere to write it is no reason to fail: it was done.
    let Some(place) = Place::current().ok().filter(|place| !tried.is_empty() && place.make().is_ok()) else { return };
    for t in tried {
        let whose = judgement.whose(&t.holding.chain);
        let (result, left) = match &t.fate {
            Fate::Left(why) => (
                "left",
                vec![Left { pid: t.holding.pid(), name: t.holding.chain.process().name(), reason: why.clone() }],
            ),
            Fate::LetGo => ("left", Vec::new()),
            _ if t.signal.is_none() => ("gone", Vec::new()),
            _ => ("ended", Vec::new()),
        };
        let is_gone = result == "ended";
        let inodes: Vec<String> = t.holding.sockets.iter().map(|held| held.listener.inode.to_string()).collect();
        let mut ports: Vec<String> =
            t.holding.sockets.iter().map(|held| held.listener.addr.port().to_string()).collect();
        ports.dedup();
        let audit = Audit {
            by: "port".into(),
            pid: Some(t.holding.pid()),
            command: t.command.clone(),
            age: Some(t.age),
            rule: format!("port {}", ports.join(", ")),
            proof: format!("holds the listening socket (inode {})", inodes.join(", ")),
            signal: t.signal.map(|sig| signal::name(sig).trim_start_matches("SIG").to_owned()).unwrap_or_default(),
            result: result.into(),
            ended: usize::from(is_gone),
            forced: usize::from(is_gone && t.signal == Some(KILL)),
            freed: if is_gone { t.holding.chain.process().rss } else { 0 },
            left,
        };
        let text = format!("port {}: {} {result}", ports.join(", "), t.holding.label());
        let (job, session) = (whose.job.map(|held| held.record.id), whose.session.map(|s| s.key()));
        event::put(&place, &Event { job, session, audit: Some(audit), ..Event::new("port.freed", &text) });
    }
}
