//! `pj events`: what happened and why, of every state directory, in the order of its times; with `-f` what happens. Changes
//! nothing.

use std::time::Duration;

use super::log::since;
use super::out::Out;
use super::table::Tone;
use crate::error::Result;
use crate::exit;
use crate::record::Place;
use crate::record::event::{Audit, Event, Tail};
use crate::sys::{fd, tty};

/// How many are shown where nobody says how many.
const FEW: usize = 50;
/// Between two looks at what is followed.
const LOOK: Duration = Duration::from_millis(100);

/// Which of them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Go on with what happens
    #[arg(short, long)]
    follow: bool,
    /// The last N of them [default: 50, or all since --since]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<usize>,
    /// What happened since: 10m ago, or a date such as 2026-11-21T22:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<u64>,
    /// Of this kind, such as job.ended, or of all whose kinds begin so, such as stray
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Of the job with this id
    #[arg(long, value_name = "ID")]
    job: Option<u64>,
}

impl Args {
    fn wants(&self, event: &Event) -> bool {
        let is_kind = |kind: &String| {
            let rest = event.kind.strip_prefix(kind.trim_end_matches(['*', '.']));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.kind.as_ref().is_none_or(is_kind)
            && self.job.is_none_or(|id| event.job == Some(id))
            && self.since.is_none_or(|since| event.ms().is_some_and(|at| at >= since))
    }
}

/// All that is on record of these places, in the order of its times, and how to go on.
pub(super) fn past() -> (Vec<Event>, Vec<Tail>) {
    let places = Place::all().into_iter().filter(|place| place.check().is_ok());
    let (found, tails): (Vec<_>, Vec<_>) = places.map(|place| Tail::with_past(&place)).unzip();
    let mut events: Vec<Event> = found.into_iter().flatten().collect();
    // Whole seconds, all in UTC: of one second each place's own order stays.
    events.sort_by(|a, b| a.at.cmp(&b.at));
    (events, tails)
}

/// Tells of lines that are none.
pub(super) fn tell_bad(tails: &[Tail], out: &mut Out) {
    let bad: usize = tails.iter().map(|tail| tail.bad).sum();
    if bad > 0 {
        out.warn(&format!("{bad} lines of events cannot be read; they are passed over"));
    }
}

/// Shows them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let (events, mut tails) = past();
    let wanted: Vec<&Event> = events.iter().filter(|event| args.wants(event)).collect();
    let most = args.lines.or(args.since.is_none().then_some(FEW)).unwrap_or(usize::MAX);
    wanted[wanted.len().saturating_sub(most)..].iter().for_each(|event| show(event, out));
    tell_bad(&tails, out);
    while args.follow && !out.is_broken() {
        let reader = fd::Ask { fd: Some(tty::std_fd(1)), read: false, write: false };
        if fd::poll(&[reader], LOOK.as_millis() as i32).is_ok_and(|[reader]| reader.hung_up) {
            break;
        }
        for tail in &mut tails {
            tail.read().iter().filter(|event| args.wants(event)).for_each(|event| show(event, out));
        }
    }
    Ok(exit::DONE)
}

fn show(event: &Event, out: &mut Out) {
    if out.json {
        return out.value_line(event);
    }
    let whose = match (event.job, &event.session) {
        (Some(id), _) => format!("job {id}"),
        (None, Some(session)) => format!("session {session}"),
        (None, None) => "-".to_owned(),
    };
    let what = event.audit.as_ref().map_or_else(String::new, what);
    let tone = if event.is_bad() { Tone::Warn } else { Tone::Plain };
    out.line(tone, &format!("{}  {:<14}  {whose:<10}  {}{what}", event.at, event.kind, event.text));
}

/// What was ended, by which rule, and what it came to.
fn what(audit: &Audit) -> String {
    let command = audit.command.chars().take(60).collect::<String>();
    let command = if command.is_empty() { command } else { format!(": {command}") };
    let mut parts = vec![format!("by {}", audit.by), audit.rule.clone(), audit.signal.clone()];
    parts.retain(|part| !part.is_empty());
    format!("{command} [{}]", parts.join(", "))
}
