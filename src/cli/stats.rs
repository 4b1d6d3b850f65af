//! `pj stats`: what the events of some days come to: sessions, jobs, processes, memory, and by which rules. Counts what is
//! on record and nothing else; changes nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::events::{past, tell_bad};
use super::log::since;
use super::out::Out;
use super::table::{Table, Tone};
use crate::error::Result;
use crate::exit;
use crate::process::describe::size;
use crate::record::event::{Event, rfc3339};
use crate::sys::clock;

/// As long as events are kept where nobody says how long.
const WEEK_MS: u64 = 7 * 86_400_000;
/// Cells of the longest bar.
const WIDE: u64 = 30;

/// Of which time.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Since when: 7d ago, or a date such as 2026-11-21T22:00:00Z [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<u64>,
}

/// What was ended, of one day or by one rule.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Sum {
    /// Trees: jobs, strays, listeners.
    ended: usize,
    processes: usize,
    /// Processes that went only by KILL.
    forced: usize,
    /// Bytes.
    freed: u64,
    /// Processes that live and should not, and that were left alone on purpose.
    left: usize,
}

impl Sum {
    fn add(&mut self, event: &Event) {
        let Some(audit) = &event.audit else { return };
        self.ended += usize::from(audit.ended > 0);
        self.processes += audit.ended;
        self.forced += audit.forced;
        self.freed = self.freed.saturating_add(audit.freed);
        self.left += audit.left.len();
    }
}

#[derive(Debug, Default, Serialize)]
struct Stats {
    schema: &'static str,
    since: String,
    /// Sessions that were seen to be over.
    sessions: usize,
    /// Jobs whose trees were ended, and background jobs that left by themselves.
    jobs: usize,
    exited: usize,
    strays: usize,
    ports: usize,
    refused: usize,
    #[serde(flatten)]
    all: Sum,
    by_rule: BTreeMap<String, Sum>,
    by_day: BTreeMap<String, Sum>,
}

/// Adds up.
fn count(events: &[Event], since: u64) -> Stats {
    let mut stats = Stats { schema: "pj.stats/1", since: rfc3339(since), ..Stats::default() };
    let (mut sessions, mut jobs) = (BTreeSet::new(), BTreeSet::new());
    for event in events.iter().filter(|event| event.ms().is_some_and(|at| at >= since)) {
        match event.kind.as_str() {
            "session.over" => drop(event.session.as_ref().map(|key| sessions.insert(key))),
            // One that a sweep had to finish is told of twice.
            "job.ended" => drop(event.job.map(|id| jobs.insert(id))),
            "job.exited" => stats.exited += 1,
            "stray.ended" => stats.strays += 1,
            "port.freed" => stats.ports += 1,
            _ => {}
        }
        let Some(audit) = &event.audit else { continue };
        stats.refused += usize::from(audit.result == "refused");
        stats.all.add(event);
        stats.by_rule.entry(audit.rule.clone()).or_default().add(event);
        stats.by_day.entry(event.at.chars().take(10).collect()).or_default().add(event);
        if audit.rule.starts_with("session-over") {
            sessions.extend(&event.session);
        }
    }
    (stats.sessions, stats.jobs) = (sessions.len(), jobs.len());
    stats
}

/// Shows them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let (events, tails) = past();
    let stats = count(&events, args.since.unwrap_or_else(|| clock::epoch_ms().saturating_sub(WEEK_MS)));
    tell_bad(&tails, out);
    if out.json {
        out.value(&stats);
        return Ok(exit::DONE);
    }
    let all = &stats.all;
    out.line(Tone::Head, &format!("since {}", stats.since));
    let rows = [
        ("sessions", format!("{} over", stats.sessions)),
        ("jobs", format!("{} ended, {} exited by themselves", stats.jobs, stats.exited)),
        ("strays", format!("{} ended", stats.strays)),
        ("ports", format!("{} freed", stats.ports)),
        ("processes", format!("{} ended, {} of them only by KILL", all.processes, all.forced)),
        ("memory", format!("{} freed", size(all.freed))),
        ("left", format!("{} processes, {} times refused", all.left, stats.refused)),
    ];
    for (head, text) in rows {
        out.line(Tone::Plain, &format!("{head:<10} {text}"));
    }
    chart("RULE", &stats.by_rule, |sum| sum.ended as u64, out);
    chart("DAY", &stats.by_day, |sum| sum.freed, out);
    Ok(exit::DONE)
}

/// A bar for each, as long as what it measures is to the largest.
fn chart(head: &'static str, sums: &BTreeMap<String, Sum>, measure: impl Fn(&Sum) -> u64, out: &mut Out) {
    let Some(most) = sums.values().map(&measure).max().filter(|&most| most > 0) else { return };
    let block = if speaks_utf8() { "█" } else { "#" };
    let mut table = Table::new(&[head, ">ENDED", ">PROCESSES", ">FREED", ""]);
    for (name, sum) in sums {
        let long = u128::from(measure(sum)) * u128::from(WIDE) / u128::from(most);
        let bar = block.repeat(usize::try_from(long).unwrap_or(0).max(usize::from(measure(sum) > 0)));
        let cells = [name.clone(), sum.ended.to_string(), sum.processes.to_string(), size(sum.freed), bar];
        table.row(Tone::Plain, cells.map(Cow::from));
    }
    out.text("\n");
    out.table(&table);
}

/// Does the terminal? By the first of the variables that says anything (`locale(7)`).
fn speaks_utf8() -> bool {
    let said =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    said.is_some_and(|said| said.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Audit;

    #[test]
    fn events_add_up_by_rule_and_by_day_and_none_is_counted_twice() {
        let one = |at: &str, kind: &str, job, rule: &str, ended, freed| {
            let audit = Audit { rule: rule.into(), ended, freed, forced: ended / 2, ..Audit::default() };
            let session = Some("7-8".to_owned());
            Event { at: at.into(), job, session, audit: Some(audit), ..Event::new(kind, "x") }
        };
        let events = [
            one("2026-11-19T00:00:00Z", "job.ended", Some(9), "session-over", 99, 99),
            one("2026-11-20T00:00:00Z", "job.ended", Some(1), "session-over", 4, 100),
            one("2026-11-20T01:00:00Z", "job.ended", Some(1), "guards-gone", 2, 50),
            one("2026-11-21T01:00:00Z", "stray.ended", None, "old node", 1, 10),
            Event { at: "2026-11-21T01:00:00Z".into(), job: Some(2), ..Event::new("job.exited", "x") },
            Event { at: "no date".into(), ..Event::new("job.exited", "x") },
        ];
        let stats = count(&events, events[1].ms().unwrap());
        assert_eq!((stats.sessions, stats.jobs, stats.exited, stats.strays), (1, 1, 1, 1));
        assert_eq!((stats.all.processes, stats.all.forced, stats.all.freed), (7, 3, 160));
        assert_eq!(stats.by_rule.keys().collect::<Vec<_>>(), ["guards-gone", "old node", "session-over"]);
        assert_eq!(stats.by_day["2026-11-20"].freed, 150);
    }
}
