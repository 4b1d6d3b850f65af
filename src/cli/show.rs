//! `pj show`: all that is known of a job: its record, how those live whom it names, who is provably its own, and where its
//! files are. Reads only.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::gather::{Books, Held, age, short};
use super::list::{self, Row};
use super::out::Out;
use super::table::{Table, Tone};
use super::wanted::{Narrow, Wanted};
use crate::error::{Error, Result};
use crate::exit;
use crate::process::describe::{command_line, size, text_of};
use crate::process::{self, Looks};
use crate::record::job::{Background, Restart};
use crate::record::{Job, store};
use crate::sweep::{self, why};
use crate::sys::{Stat, os, signal};

/// Which job.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    jobs: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// What `pj keep` said of it since it began.
    kept: Option<bool>,
    restarts: u32,
    grace_ms: u64,
    owner_died_at: Option<&'a str>,
    waits_until: Option<u64>,
    socket: Option<&'a str>,
    cgroup: Option<&'a str>,
    background: Option<&'a Background>,
    record: String,
    /// The files that its log is in, the newest first.
    log: Vec<String>,
    log_lost: Option<&'a str>,
    members: Vec<Member>,
    /// Who has ended and is not reaped by its parent: it counts as gone.
    zombies: Vec<Zombie>,
    idle_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Zombie {
    pid: i32,
    name: String,
    /// Who should have reaped it.
    parent: i32,
    parent_name: String,
}

#[derive(Serialize)]
struct Member {
    pid: i32,
    ppid: i32,
    name: String,
    memory: u64,
    age_ms: u64,
    /// How it is known to be the job's.
    proof: &'static str,
    argv: Vec<String>,
}

/// Shows them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if args.words.is_empty() {
        return Err(Error::usage("show what? a job's id or name, or another selector").hint("pj list"));
    }
    let books = Books::read();
    let found = Wanted::read(&args.words, &books)?.of(&books);
    if found.is_empty() {
        return Err(args.words.nothing(&books));
    }
    let rows = list::rows(found.iter().copied(), &books, true);
    let jobs: Vec<One> = found.into_iter().zip(rows).map(|(held, row)| one(held, row, &books)).collect();
    if out.json {
        out.value(&Answer { schema: "pj.show/1", jobs });
        return Ok(exit::DONE);
    }
    for (n, job) in jobs.iter().enumerate() {
        if n > 0 {
            out.text("\n");
        }
        for (head, text) in facts_of(job) {
            out.line(Tone::Plain, &format!("{head:<9} {text}"));
        }
        if !job.members.is_empty() {
            out.text("\n");
            out.table(&tree(job));
        }
    }
    Ok(exit::DONE)
}

fn processes(n: usize) -> String {
    format!("{n} process{}", if n == 1 { "" } else { "es" })
}

fn one<'a>(held: &'a Held<Job>, row: Row<'a>, books: &Books) -> One<'a> {
    let (j, place) = (&held.record, &held.place);
    let shells: Vec<_> = books.sessions.iter().map(|s| s.record.clone()).collect();
    let table = process::Table::read().unwrap_or_default();
    let (dead, living): (Vec<_>, Vec<_>) =
        why::those_of(place, j, &shells, &table).into_iter().partition(|(stat, _)| stat.is_dead());
    let name_of = |pid| table.get(pid).map(Stat::name).unwrap_or_default();
    let zombies = dead.into_iter().map(|(stat, _)| Zombie {
        pid: stat.pid,
        name: stat.name(),
        parent: stat.ppid,
        parent_name: name_of(stat.ppid),
    });
    let members = living.into_iter().map(|(stat, proof)| Member {
        pid: stat.pid,
        ppid: stat.ppid,
        name: stat.name(),
        memory: os::resident(stat.pid).unwrap_or(0),
        age_ms: os::age_ms(stat.start),
        proof,
        argv: text_of(&os::argv(stat.pid)),
    });
    One {
        kept: store::kept(place, j),
        restarts: j.restarts,
        grace_ms: j.grace_ms,
        owner_died_at: j.owner_died_at.as_deref(),
        waits_until: j.waits_until,
        socket: j.socket.as_deref(),
        cgroup: j.cgroup.as_deref(),
        background: j.background.as_ref(),
        record: place.job(j.id).to_string_lossy().into_owned(),
        log: logs(held),
        log_lost: j.log.as_ref().and_then(|log| log.lost.as_deref()),
        members: members.collect(),
        zombies: zombies.collect(),
        idle_seconds: sweep::idle(&held.place, &held.record, &mut Looks::default()).map(|time| time.as_secs()),
        row,
    }
}

/// The files of its log: bytes, not what is known about them.
fn logs(held: &Held<Job>) -> Vec<String> {
    let dir = held.place.job_dir(held.record.id);
    let mut found: Vec<(u64, String)> = Vec::new();
    for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let part = name.strip_prefix("log").map(|rest| rest.trim_start_matches('.').trim_end_matches(".zst"));
        let number = part.and_then(|n| if n.is_empty() { Some(u64::MAX) } else { n.parse().ok() });
        found.extend(number.map(|n| (n, dir.join(name).to_string_lossy().into_owned())));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

fn facts_of(one: &One) -> Vec<(&'static str, String)> {
    let r = &one.row;
    let since = |at: &str| format!("{at} ({})", age(at));
    let words = |labels: &[String]| Some(labels.join(" ")).filter(|text| !text.is_empty());
    let mut rows = vec![("job", format!("{} ({}), {}", r.id, r.title, r.uid)), ("kind", kind(one))];
    rows.push(("state", r.state.to_owned()));
    rows.extend(r.exit.map(|e| ("exit", ended(e))));
    rows.push(("command", command_line(r.argv)));
    rows.extend(r.cwd.map(|cwd| ("cwd", cwd.to_owned())));
    rows.extend(words(r.tags).map(|text| ("tags", text)));
    rows.extend(words(r.groups).map(|text| ("groups", text)));
    rows.extend(r.owner.as_ref().map(|o| ("session", format!("{}, {}", o.session, o.state))));
    let keep = match (r.keep, one.kept) {
        (_, Some(true)) => Some("pj keep".to_owned()),
        (Some(why), Some(false)) => Some(format!("no more ({why} before)")),
        (why, _) => why.map(str::to_owned),
    };
    rows.extend(keep.map(|why| ("keep", why)));
    rows.extend(one.owner_died_at.map(|at| ("over", since(at))));
    rows.extend(r.process_text().map(|text| ("processes", text)));
    rows.push(("created", since(r.created_at)));
    rows.extend(r.started_at.map(|at| ("started", since(at))));
    rows.extend((one.restarts > 0).then(|| ("restarts", one.restarts.to_string())));
    rows.extend(one.idle_seconds.map(|secs| ("idle", short(Duration::from_secs(secs)))));
    if let Some(first) = one.zombies.first() {
        let reaps = format!("{} ({}) does not reap them", first.parent_name, first.parent);
        rows.push(("zombies", format!("{}: {reaps}", one.zombies.len())));
    }
    rows.push(("grace", short_ms(one.grace_ms)));
    rows.extend(one.background.map(|b| ("runs", runs(b))));
    rows.extend(one.socket.map(|path| ("socket", path.to_owned())));
    rows.extend(one.cgroup.map(|path| ("cgroup", path.to_owned())));
    rows.extend(one.log.iter().map(|path| ("log", path.clone())));
    rows.extend(one.log_lost.map(|why| ("log lost", why.to_owned())));
    rows.push(("record", one.record.clone()));
    let memory: u64 = one.members.iter().map(|m| m.memory).sum();
    rows.push(("memory", format!("{} in {}", size(memory), processes(one.members.len()))));
    rows
}

fn kind(one: &One) -> String {
    match (one.background, one.row.kind) {
        (Some(b), kind) => format!("{kind}, in the background, with {}", if b.pipe { "pipes" } else { "a terminal" }),
        (None, kind) => kind.to_owned(),
    }
}

fn ended(e: &crate::record::job::Exit) -> String {
    let core = if e.core { ", with a core file" } else { "" };
    let how = match (e.code, e.signal) {
        (Some(code), _) => format!("code {code}"),
        (None, Some(sig)) => format!("{}{core}", signal::name(sig)),
        (None, None) => "nobody knows".to_owned(),
    };
    format!("{how}, {} ({})", e.at, age(&e.at))
}

fn runs(b: &Background) -> String {
    let most = match b.max_restarts {
        0 => "without a bound".to_owned(),
        n => format!("{n} times in a row at most"),
    };
    let again = match b.restart {
        Restart::No => "once".to_owned(),
        Restart::OnFailure => format!("again on failure, {most}"),
        Restart::Always => format!("again always, {most}"),
    };
    let added = b.env.iter().map(|line| line.split('=').next().unwrap_or_default().to_owned());
    let added: Vec<String> = added.chain(b.env_files.iter().cloned()).collect();
    let added = if added.is_empty() { String::new() } else { format!("; with {}", added.join(" ")) };
    format!("{again}; asked to end by {}{added}", signal::name(b.stop_signal))
}

fn short_ms(ms: u64) -> String {
    humantime::format_duration(Duration::from_millis(ms)).to_string()
}

fn tree(one: &One) -> Table {
    let mut table = Table::new(&[">PID", "?>PPID", ">MEM", ">AGE", "NAME", "COMMAND"]);
    for m in &one.members {
        let old = short(Duration::from_millis(m.age_ms));
        let command = command_line(&m.argv);
        let cells = [m.pid.to_string(), m.ppid.to_string(), size(m.memory), old, m.name.clone(), command];
        table.row(Tone::Plain, cells.map(Cow::from));
    }
    table
}
