//! `pj log`: what background jobs have written, and with `-f` what they write. One job's as it is, several line by line in
//! the order of their times. Without `--raw` nothing of it can act on a terminal. Changes nothing.

mod lines;
pub(super) mod plain;
#[cfg(test)]
mod plain_tests;
mod source;

use std::os::fd::AsFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::gather::{Books, Held};
use super::out::Out;
use super::pick;
use super::wanted::{Narrow, Wanted};
use crate::error::{Error, Result, plain as plainly};
use crate::exit;
use crate::log::{Reader, Stream};
use crate::process::Looks;
use crate::process::describe::escape;
use crate::record::job::BACKGROUND;
use crate::record::{Job, living};
use crate::sys::{clock, fd, tty};
use lines::{Line, Lines};
use plain::Plain;
use source::{Came, Source, Wish};

/// Between two looks at a log that is followed: at first, and when nothing comes.
const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(100);
/// Bytes that are printed at once.
const PRINT: usize = 64 << 10;

/// Whose, and how much of it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    /// Go on with what is written, until the job ends
    #[arg(short, long)]
    follow: bool,
    /// The last N lines
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<u64>,
    /// What was written since: 10m ago, or a date such as 2026-11-21T22:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<u64>,
    /// The bytes as they were written, with all that they do to a terminal
    #[arg(long)]
    raw: bool,
    /// Stdout alone; what was written to a terminal counts as that
    #[arg(long, conflicts_with = "stderr")]
    stdout: bool,
    /// Stderr alone
    #[arg(long)]
    stderr: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    at: Option<String>,
    job: u64,
    stream: &'static str,
    text: std::borrow::Cow<'a, str>,
}

/// Shows them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let jobs = choose(args, &books)?;
    let only = if args.stdout { Some(Stream::Out) } else { args.stderr.then_some(Stream::Err) };
    let wish = Wish { lines: args.lines, since: args.since, only, follow: args.follow };
    let (mut sources, mut code) = (Vec::new(), exit::DONE);
    for job in jobs {
        match Source::open(job, wish) {
            Ok(source) => sources.push(source),
            Err(e) => {
                out.error(&Error::new(format!("read the log of {}", pick::label(&job.record)), plainly(&e)));
                code = exit::FAILED;
            }
        }
    }
    let has_failed = match &mut sources[..] {
        [source] if !out.json => one(source, args.raw, out),
        _ => several(sources, args.raw, out),
    };
    Ok(if has_failed { exit::FAILED } else { code })
}

/// The jobs whose logs are meant. None named: the only one that lives and has a log.
fn choose<'a>(args: &Args, books: &'a Books) -> Result<Vec<&'a Held<Job>>> {
    let has_log = |j: &&Held<Job>| j.record.kind == BACKGROUND || Reader::exists(&j.place.job_dir(j.record.id));
    if args.words.is_empty() {
        let mut looks = Looks::default();
        let lives = |j: &&Held<Job>| living::lives(&j.place, &j.record, &mut looks);
        let found: Vec<_> = books.jobs.iter().filter(has_log).filter(lives).collect();
        return match found.len() {
            1 => Ok(found),
            n => {
                let e = Error::usage(format!("the log of what? {n} jobs with a log live"));
                Err(e.hint("pj list"))
            }
        };
    }
    let found = Wanted::read(&args.words, books)?.of(books);
    let Some(first) = found.first() else { return Err(args.words.nothing(books)) };
    let who = if found.len() == 1 { pick::label(&first.record) } else { "none of these jobs".to_owned() };
    let found: Vec<_> = found.into_iter().filter(has_log).collect();
    if found.is_empty() {
        let has = if who.starts_with("none") { "has a log" } else { "has no log" };
        return Err(Error::usage(format!("{who} {has}")).hint("pj list").code(exit::NOTHING));
    }
    Ok(found)
}

/// One log as it is. Answers whether it could not be read.
fn one(source: &mut Source, raw: bool, out: &mut Out) -> bool {
    let mut plain = (!raw).then(|| Plain::new(out.has_colors()));
    let (mut text, mut step) = (Vec::new(), SOON);
    while !out.is_broken() {
        let is_over = source.is_over();
        let mut any = false;
        while !out.is_broken() {
            let take = |_, _, bytes: &[u8]| match &mut plain {
                Some(plain) => plain.feed(bytes, &mut text),
                None => text.extend(bytes),
            };
            let came = source.read(out, take);
            any |= came == Came::Something;
            if came == Came::Nothing || text.len() >= PRINT {
                out.bytes(&text);
                text.clear();
            }
            if came == Came::Nothing {
                break;
            }
        }
        if let Some(plain) = &mut plain {
            if is_over { plain.finish(&mut text) } else { plain.pause(&mut text) }
        }
        out.bytes(&text);
        text.clear();
        if is_over || nobody_reads_after(&[source], any, &mut step) {
            break;
        }
    }
    source.has_failed
}

/// Several line by line, or as JSON. Answers whether one could not be read.
fn several(sources: Vec<Source>, raw: bool, out: &mut Out) -> bool {
    let names = names(&sources);
    let ids: Vec<u64> = sources.iter().map(|source| source.held.record.id).collect();
    let colors = out.has_colors() && !out.json;
    let mut all: Vec<Lines> = sources.into_iter().map(|s| Lines::new(s, (!raw).then_some(colors))).collect();
    let show = |n: usize, line: Line, out: &mut Out| match out.json {
        true => out.value_line(&row(ids[n], &line)),
        false => out.bytes(&prefixed(&names[n], line.text)),
    };
    let mut step = SOON;
    while !out.is_broken() {
        let mut are_over = true;
        all.iter_mut().for_each(|lines| are_over &= lines.source.is_over());
        let any = lines::drain(&mut all, out, show);
        if are_over {
            all.iter_mut().for_each(Lines::finish);
            lines::drain(&mut all, out, show);
            break;
        }
        let sources: Vec<&Source> = all.iter().map(|lines| &lines.source).collect();
        if nobody_reads_after(&sources, any, &mut step) {
            break;
        }
    }
    all.iter().any(|lines| lines.source.has_failed)
}

/// What each job's lines begin with: its name, with its id where two have the same.
fn names(sources: &[Source]) -> Vec<String> {
    let titles: Vec<String> = sources.iter().map(|s| s.held.record.title()).collect();
    let is_shared = |title: &String| titles.iter().filter(|other| *other == title).count() > 1;
    let label = |s: &Source, title: &String| if is_shared(title) { pick::label(&s.held.record) } else { title.clone() };
    let names: Vec<String> = sources.iter().zip(&titles).map(|(s, title)| escape(&label(s, title))).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    names.iter().map(|name| format!("{name:width$} | ")).collect()
}

fn prefixed(name: &str, mut text: Vec<u8>) -> Vec<u8> {
    // What one job paints is not another's.
    if text.contains(&0x1b) {
        text.extend(b"\x1b[0m");
    }
    [name.as_bytes(), &text, b"\n"].concat()
}

fn row<'a>(job: u64, line: &'a Line) -> Row<'a> {
    let date = |ms| humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms)).to_string();
    let stream = match line.stream {
        Stream::Terminal => "terminal",
        Stream::Out => "stdout",
        Stream::Err => "stderr",
    };
    Row { at: line.epoch_ms.map(date), job, stream, text: String::from_utf8_lossy(&line.text) }
}

/// Waits for the next look, which is soon where something came: no longer than a guard lives. `true`: nobody reads us.
fn nobody_reads_after(sources: &[&Source], any: bool, step: &mut Duration) -> bool {
    *step = if any { SOON } else { (*step * 2).min(LATER) };
    let until = clock::now() + *step;
    let guard = sources.iter().find_map(|source| source.handle()).map(AsFd::as_fd);
    let asks = [
        fd::Ask { fd: Some(tty::std_fd(1)), read: false, write: false },
        fd::Ask { fd: guard, read: true, write: false },
    ];
    match fd::poll(&asks, clock::timeout_until(Some(until), clock::now())) {
        Ok([reader, _]) => reader.hung_up,
        Err(_) => false,
    }
}

/// A length of time before now, or a date: milliseconds since the epoch.
pub(super) fn since(text: &str) -> std::result::Result<u64, String> {
    let at = match humantime::parse_duration(text) {
        Ok(ago) => SystemTime::now().checked_sub(ago).unwrap_or(UNIX_EPOCH),
        // A day alone is its beginning.
        Err(_) => humantime::parse_rfc3339_weak(text)
            .or_else(|_| humantime::parse_rfc3339_weak(&format!("{text}T00:00:00")))
            .map_err(|_| {
                "neither a length of time, such as 10m, nor a date, such as 2026-11-21T22:00:00Z".to_owned()
            })?,
    };
    Ok(at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64))
}
