//! `pj-sweep`: the last line of defence (DESIGN §2). Small, no daemon; ends what the guards could not,
//! by the records alone. Nothing to do is silent, takes well under a millisecond, and scans nothing.
//!
//! It never acts on a record that it cannot read whole, and never on a pattern.

pub mod act;
mod after;
pub mod args;
pub mod daemon;
pub mod facts;
mod idle;
pub mod judge;
pub mod over;
pub mod owned;
pub mod proof;
pub mod say;
pub mod tell;
mod turn;
pub mod why;

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::mem::ManuallyDrop;
use std::time::Duration;

use crate::config::{self, Settings};
use crate::error::{Error, Result};
use crate::exit;
use crate::kill::Cause;
use crate::kill::protect::Protect;
use crate::process::{Look, Looks, Table};
use crate::record::event::{self, Event};
use crate::record::store::{self, Finding};
use crate::record::{Job, Place, Session};
use crate::sys::{file, tty};
use act::Task;
use args::{Args, Parsed};
use facts::Said;
pub use idle::idle;
use judge::{Act, Verdict, judge};
use tell::Teller;
use turn::Turn;

/// How often a quiet sweep tells findings.
const TELL_EVERY: Duration = Duration::from_secs(86_400);

/// Entry point of `pj-sweep`.
pub fn main() {
    let code = run(std::env::args_os().skip(1).collect());
    crate::sys::spawn::leave(code);
}

/// `pj-sweep` and `pj sweep`: answers the exit code.
pub fn run(words: Vec<OsString>) -> i32 {
    crate::sys::hook!(SweepBegun);
    let done = match args::parse(words) {
        Ok(Parsed::Say(text)) => {
            say::out(&text);
            return exit::DONE;
        }
        Ok(Parsed::Run(args)) => match args.after {
            Some(pid) if !after::is_over(pid) => Ok(exit::DONE),
            _ => settings(&args).and_then(|settings| sweep(&args, &settings)),
        },
        Err(e) => Err(e),
    };
    done.unwrap_or_else(|e| {
        say::err(&e.to_string());
        e.exit_code()
    })
}

/// One job and what is to become of it.
pub struct Row {
    /// Where its record is.
    pub place: Place,
    /// Its record.
    pub job: Job,
    /// What to do, and why.
    pub verdict: Verdict,
}

/// Everything that the records of all places say.
#[derive(Default)]
pub struct View {
    /// Jobs with their verdicts.
    pub rows: Vec<Row>,
    /// Live sessions.
    pub shells: Vec<Session>,
    /// Sessions that are over, with the place of their record.
    pub dead: Vec<(Place, Session)>,
    /// Files that cannot be used.
    pub findings: Vec<Finding>,
    /// One snapshot for whatever is told of these jobs; read when it is first wanted.
    pub table: OnceCell<Table>,
    /// Whom the judge looked at.
    pub looks: Looks,
}

/// Reads and judges everything; acts on nothing.
pub fn view(said: &Said) -> View {
    let mut view = View::default();
    for place in Place::all() {
        if let Err(e) = place.check() {
            view.findings.push(Finding { path: place.root().to_owned(), why: crate::error::plain(&e) });
            continue;
        }
        let (jobs, sessions) = (store::jobs(&place), store::sessions(&place));
        for job in jobs.good {
            let verdict = judge(&facts::seen(&place, &job, said, &mut view.looks));
            view.rows.push(Row { place: place.clone(), job, verdict });
        }
        for session in sessions.good {
            if view.looks.at(&session.identity) == Look::Gone {
                view.dead.push((place.clone(), session));
            } else {
                view.shells.push(session);
            }
        }
        view.findings.extend(jobs.findings);
        view.findings.extend(sessions.findings);
    }
    view
}

/// Nobody is ended on settings that are not understood; who only asks is told and gets his answer.
fn settings(args: &Args) -> Result<Settings> {
    args.config.as_deref().map_or(Ok(()), config::choose)?;
    let loaded = config::load();
    let settings = if args.dry_run || args.json {
        loaded.wrong.iter().for_each(|e| say::err(&e.to_string()));
        loaded.settings
    } else {
        loaded.sound()?
    };
    Protect::choose(&settings.protect.add, &settings.protect.remove);
    let sweep = config::Sweep { grace: args.grace.or(settings.sweep.grace), ..settings.sweep };
    Ok(Settings { sweep, ..settings })
}

fn sweep(args: &Args, settings: &Settings) -> Result<i32> {
    let said = Said { session: args.session.clone(), all: args.all, ..Said::set(settings) };
    // Not freed: the process ends right after, and there may be a thousand records.
    let first = ManuallyDrop::new(view(&said));
    crate::sys::hook!(SweepViewed);
    if args.dry_run || args.json {
        say::rows(&first, args.json);
        return Ok(if first.findings.is_empty() { exit::DONE } else { exit::PARTLY });
    }
    let mut code = exit::DONE;
    if has_work(&first) {
        if args.all && !agreed(args, &first)? {
            return Ok(exit::REFUSED);
        }
        let _lock = match turn::take(args.after.is_some())? {
            Turn::Ours(lock) => lock,
            Turn::Anothers { continued } => {
                let what = if continued { "was stopped, and goes on now" } else { "is at work" };
                say::err(&format!("another sweep {what}: nothing to do here"));
                return Ok(exit::DONE);
            }
        };
        // Read again under the lock: the other one may have done it meanwhile.
        crate::sys::hook!(SweepLocked);
        let mut teller = Teller::new(&settings.notify);
        code = work(args, &settings.sweep, view(&said));
        crate::sys::hook!(SweepWorked);
        if let Some(teller) = &mut teller {
            teller.look().iter().for_each(|failed| say::err(&format!("cannot {failed}")));
            teller.finish();
        }
        Place::all().iter().for_each(|place| event::tidy(place, settings.events.retention));
    }
    for place in Place::all() {
        store::forget_claims(&place);
        store::forget_cgroups(&place);
    }
    if !first.findings.is_empty() {
        tell(&first.findings, args.quiet);
        code = exit::PARTLY;
    }
    Ok(code)
}

fn has_work(view: &View) -> bool {
    !view.dead.is_empty() || view.rows.iter().any(|r| r.verdict.act != Act::Leave)
}

/// Everything that is to be done, done.
fn work(args: &Args, settings: &config::Sweep, view: View) -> i32 {
    let most = settings.max_kills;
    for (place, session) in &view.dead {
        forget_session(place, session);
    }
    let mut tasks = Vec::new();
    let mut left = 0;
    for row in &view.rows {
        match row.verdict.act {
            Act::Leave => {}
            Act::Prune => over::forget(&row.place, &row.job),
            Act::Conclude => over::conclude(&row.place, &row.job),
            Act::Wait | Act::Ask | Act::TakeOver | Act::EndLost if !args.all && tasks.len() >= most => left += 1,
            Act::Wait | Act::Ask | Act::TakeOver | Act::EndLost => {
                // Who asks for all of them asks also where another rule comes first.
                let cause = if args.all { Cause::Stop } else { row.verdict.cause() };
                tasks.push(Task::begin(&row.place, &row.job, row.verdict, cause, settings.grace));
                crate::sys::hook!(SweepTaskBegun);
            }
        }
    }
    act::run(&mut tasks, &view.shells);
    let mut code = exit::DONE;
    for task in &tasks {
        if !say_report(task, args.quiet) {
            code = exit::PARTLY;
        }
    }
    if left > 0 {
        // Each place has its own events; a person looks at this one first.
        if let Ok(place) = Place::current() {
            event::add(&place, "sweep.stopped", None, format!("{left} more jobs are to be ended, {most} at a time"));
        }
        let hint = "pj-sweep -n shows them; pj-sweep again ends the next ones";
        say::err(&format!("{left} more jobs are to be ended, {most} at a time\nhint: {hint}"));
        code = exit::PARTLY;
    }
    code
}

/// Its shell has ended. Told once, by whoever takes the record away: one that nobody can take away would be told of for
/// ever, and the daemon wakes at each event where somebody is to be told.
fn forget_session(place: &Place, session: &Session) {
    if store::remove_session(place, session) {
        let (key, text) = (session.identity.key(), format!("{}: its shell has ended", session.shell));
        event::put(place, &Event { session: Some(key), ..Event::new("session.over", &text) });
    }
}

/// Tells what became of a job. Answers whether all of it is gone that should be.
fn say_report(task: &Task, quiet: bool) -> bool {
    let Some(report) = task.report() else { return true };
    let text = format!("job {} ({}): {}", task.job.id, task.job.title(), report.text());
    if !report.survivors.is_empty() {
        say::err(&text);
    } else if !quiet && report.ended + report.kept.len() > 0 {
        say::out(&(text + "\n"));
    }
    report.survivors.is_empty()
}

fn agreed(args: &Args, view: &View) -> Result<bool> {
    let jobs = view.rows.iter().filter(|r| r.verdict.act != Act::Leave).count();
    if args.yes || jobs == 0 {
        return Ok(true);
    }
    if !tty::is_terminal(0) {
        let cause = format!("{jobs} jobs of every session would end, and nobody is there to ask");
        return Err(Error::new("end every job", cause).hint("pj-sweep --all --yes").code(exit::REFUSED));
    }
    say::rows(view, false);
    let _ = std::io::stderr().write_all(format!("end {jobs} jobs of every session? [y/N] ").as_bytes());
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Findings, each time; a quiet sweep once a day, not once a minute.
fn tell(findings: &[Finding], quiet: bool) {
    let place = Place::current().ok().filter(|p| p.check().is_ok());
    if let (true, Some(place)) = (quiet, &place) {
        let told = std::fs::metadata(place.told()).and_then(|m| m.modified()).ok();
        if told.and_then(|t| t.elapsed().ok()).is_some_and(|ago| ago < TELL_EVERY) {
            return;
        }
    }
    for f in findings {
        let path = crate::process::describe::escape(&f.path.to_string_lossy());
        say::err(&format!("cannot use {path}: {}\nhint: look at it, and remove it if it is nobody's", f.why));
    }
    if let Some(place) = &place {
        // Lost on a full disk: told again, which is better than never.
        let _ = file::create_private(&place.told());
        if quiet {
            event::add(place, "sweep.findings", None, format!("{} records cannot be used", findings.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Identity;

    /// A directory in the record's place is removed by nobody, root neither.
    #[test]
    fn a_session_whose_record_stays_is_not_told_of() {
        let place = Place::at(std::env::temp_dir().join(format!("pj-forget-{}", crate::sys::pid())));
        let identity = Identity { pid: 7, start: 8, boot: "b".into(), ns: 9, ino: None };
        let (schema, machine, shell) = ("pj.session/1".to_owned(), String::new(), "sh".to_owned());
        let (tty, registered_at) = (None, event::now());
        let session = Session { schema, machine, shell, identity, sid: 7, tty_dev: 1, tty, registered_at };
        std::fs::create_dir_all(place.session(&session.identity)).unwrap();
        forget_session(&place, &session);
        assert!(!place.events().exists());
        std::fs::remove_dir(place.session(&session.identity)).unwrap();
        std::fs::write(place.session(&session.identity), "").unwrap();
        (0..2).for_each(|_| forget_session(&place, &session));
        let events = std::fs::read_to_string(place.events()).unwrap();
        assert_eq!(events.lines().count(), 1, "{events}");
        std::fs::remove_dir_all(place.root()).unwrap();
    }
}
