//! The ending that `pj clean` has decided on: all at once, what came of each, and an event of it.

use serde::Serialize;

use super::super::out::Out;
use super::super::strays::{Scene, Shown, finding, grace, title};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::exit;
use crate::kill::{Cause, Report};
use crate::record::Place;
use crate::record::event::{self, Audit, Event, Left};
use crate::strays::act::{self, Ended, Outcome};
use crate::strays::{Row, Sightings, again};
use crate::sweep::tell::Teller;
use crate::sys::{Pid, clock, signal};

/// What is printed as JSON.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    schema: &'static str,
    dry_run: bool,
    /// So many more are to be ended.
    left: usize,
    /// Where nobody was ended: whom it would have been, and whom not.
    pub(super) rows: Vec<Shown<'a>>,
    results: Vec<Ending>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(dry_run: bool, left: usize, results: Vec<Ending>) -> Answer<'a> {
        Answer { schema: "pj.clean/1", dry_run, left, rows: Vec::new(), results }
    }
}

/// What came of one.
#[derive(Serialize)]
pub(super) struct Ending {
    pid: Pid,
    command: String,
    rule: Option<String>,
    /// `ended`, `left`, `refused` or `gone`.
    result: &'static str,
    why: String,
    ended: usize,
    forced: usize,
    freed: u64,
    left: Vec<Left>,
}

/// How they are ended.
pub(super) struct Way<'a> {
    pub(super) settings: &'a Settings,
    /// Who may still be, by the second look.
    pub(super) may: fn(&Row) -> bool,
    /// So many more would have been, but for `strays.max_kills`.
    pub(super) left: usize,
    /// Whoever is to be told is told by us; of what the service has us do it tells itself.
    pub(super) tells: bool,
}

/// Ends them and says so.
pub(super) fn end(chosen: Vec<Row>, way: &Way, out: &mut Out) -> Result<i32> {
    // Read again: a question may have been open for long.
    let scene = Scene::read(way.settings)?;
    let unusable = scene.tell_findings(out);
    if unusable != exit::DONE {
        return Ok(unusable);
    }
    let mut teller = if way.tells { Teller::new(&way.settings.notify) } else { None };
    let began = clock::epoch_ms();
    let done = act::end(&chosen, &scene.look()?, &scene.owned, grace(way.settings), way.may);
    remember(&scene, &done, began, out);
    let mut code = exit::DONE;
    let mut results = Vec::new();
    for one in &done {
        put(&scene.place, &scene, one);
        let worse = tell(one, out);
        code = super::super::stop::worse(code, worse);
        results.push(result(one));
    }
    if way.left > 0 {
        let most = way.settings.strays.max_kills;
        let text = format!("{} more strays are to be ended, {most} at a time", way.left);
        event::add(&scene.place, "sweep.stopped", None, text.clone());
        out.warn(&format!("{text}\nhint: pj scan shows them; pj clean again ends the next ones"));
        code = super::super::stop::worse(code, exit::PARTLY);
    }
    if out.json {
        out.value(&Answer::of(false, way.left, results));
    }
    if let Some(teller) = &mut teller {
        if let Some(failed) = teller.look() {
            out.warn(&format!("cannot {failed}"));
        }
        teller.finish();
    }
    Ok(code)
}

/// Writes down whose end it was: who comes back is known by that.
fn remember(scene: &Scene, done: &[Ended], began: u64, out: &mut Out) {
    let ended = |one: &&Ended| matches!(&one.outcome, Outcome::Done(report) if report.ended > 0);
    let rows: Vec<&Row> = done.iter().filter(ended).map(|one| &one.row).collect();
    let note = |seen: &mut Sightings| {
        for row in rows {
            again::note(&mut seen.ended, &row.argv, row.parent, row.born().min(began), began);
        }
    };
    if let Err(bad) = Sightings::change(&scene.place, note) {
        let f = finding(bad);
        out.warn(&format!("cannot use {}: {}", f.path.display(), f.why));
    }
}

/// Says once, as an event, who comes back and is left alone for that.
pub(super) fn tell_of_returners(scene: &Scene, rows: &[Row]) {
    for row in rows.iter().filter(|row| row.verdict.rule == "comes-back") {
        let is_new = |seen: &mut Sightings| again::tell(&mut seen.ended, &row.argv, row.parent);
        if Sightings::change(&scene.place, is_new).unwrap_or(false) {
            let audit = Audit { result: "refused".to_owned(), ..audit(scene, row) };
            put_event(&scene.place, "stray.refused", &row.verdict.reason, audit);
        }
    }
}

fn audit(scene: &Scene, row: &Row) -> Audit {
    let rule = scene.rule(row).map(|rule| rule.name.clone()).unwrap_or_default();
    Audit {
        by: "clean".to_owned(),
        pid: Some(row.stat.pid),
        command: row.command(),
        age: Some(row.age.as_secs()),
        rule,
        proof: row.evidence.join("; "),
        ..Audit::default()
    }
}

fn put_event(place: &Place, kind: &str, text: &str, audit: Audit) {
    event::put(place, &Event { audit: Some(audit), ..Event::new(kind, text) });
}

fn put(place: &Place, scene: &Scene, one: &Ended) {
    let row = &one.row;
    let audit = audit(scene, row);
    let (name, pid) = (title(row), row.stat.pid);
    match &one.outcome {
        Outcome::Done(report) => {
            let signal = report.signal(Cause::SessionOver, signal::TERM);
            let audit = Audit { signal, ..audit.came(report.counts(), report.left(), !report.survivors.is_empty()) };
            put_event(place, "stray.ended", &report.text(), audit);
        }
        Outcome::Changed(why) => {
            let audit = Audit { result: "refused".to_owned(), ..audit };
            put_event(place, "stray.refused", &format!("{name} ({pid}): {why}"), audit);
        }
        Outcome::Gone => {}
    }
}

/// Says what became of one, and answers the exit code for it.
fn tell(one: &Ended, out: &mut Out) -> i32 {
    let (name, pid) = (title(&one.row), one.row.stat.pid);
    match &one.outcome {
        Outcome::Done(report) if report.survivors.is_empty() => {
            out.note(&format!("{name} ({pid}): {}", report.text()));
            exit::DONE
        }
        Outcome::Done(report) => {
            let left = report.survivors.first().map_or(pid, |survivor| survivor.pid);
            out.error(&Error::new(format!("end all of {name} ({pid})"), report.text()).hint(format!("pj why {left}")));
            exit::PARTLY
        }
        Outcome::Changed(why) => {
            out.error(&Error::new(format!("end {name} ({pid})"), why).hint(format!("pj why {pid}")));
            exit::REFUSED
        }
        Outcome::Gone => {
            out.note(&format!("{name} ({pid}) has gone by itself"));
            exit::DONE
        }
    }
}

fn result(one: &Ended) -> Ending {
    let rule = one.row.facts.asked.as_ref().map(|asked| asked.name.clone());
    let (result, why, report) = match &one.outcome {
        Outcome::Done(report) if report.survivors.is_empty() => ("ended", String::new(), report.clone()),
        Outcome::Done(report) => ("left", report.text(), report.clone()),
        Outcome::Changed(why) => ("refused", why.clone(), Report::default()),
        Outcome::Gone => ("gone", String::new(), Report::default()),
    };
    let left = report.left().map(|(pid, name, reason)| Left { pid, name: name.to_owned(), reason: reason.to_owned() });
    let left = left.collect();
    let Report { ended, forced, freed, .. } = report;
    Ending { pid: one.row.stat.pid, command: one.row.command(), rule, result, why, ended, forced, freed, left }
}
