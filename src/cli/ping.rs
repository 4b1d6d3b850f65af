//! `pj ping`: can the records be read, do the guards live that they name, and do those answer that have a socket? Asks the
//! kernel first, by identity: who is gone or stopped is not waited for. Changes nothing.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::gather::{Books, Health, Held};
use super::hail::{Heed, hail};
use super::out::Out;
use super::pick;
use super::table::Tone;
use super::wanted::{Narrow, Wanted};
use crate::error::Result;
use crate::exit;
use crate::guard::protocol::Ask;
use crate::process::{Identity, Looks};
use crate::record::Job;
use crate::sys::clock;

/// Whom to ask after.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    /// How long a guard may take to answer
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = crate::cli::wanted::time)]
    timeout: Duration,
}

/// It lives and does not answer.
const SILENT: &str = "silent";

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    jobs: Vec<Ping<'a>>,
    unreadable: usize,
}

#[derive(Serialize)]
struct Ping<'a> {
    id: u64,
    title: String,
    /// Who was looked at: `guard`, its `front` where that is gone, the `process` of an adopted job.
    whose: &'static str,
    pid: Option<i32>,
    /// `silent`: it lives and does not answer.
    state: &'static str,
    #[serde(skip)]
    job: &'a Job,
}

/// Asks after them: none means all.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let found = Wanted::read(&args.words, &books)?.of(&books);
    if found.is_empty() && !args.words.is_empty() {
        return Err(args.words.nothing(&books));
    }
    let mut looks = Looks::default();
    let pings: Vec<Ping> = found.into_iter().map(|held| ping(held, args.timeout, &mut looks)).collect();
    let code = code(&pings, !books.findings.is_empty());
    let count = pings.len();
    if out.json {
        out.value(&Answer { schema: "pj.ping/1", jobs: pings, unreadable: books.findings.len() });
    } else {
        pings.iter().for_each(|p| tell(p, out));
        if args.words.is_empty() {
            out.line(Tone::Plain, &format!("pong: {count} jobs on record"));
        }
    }
    books.tell_findings(out);
    Ok(code)
}

fn ping<'a>(held: &'a Held<Job>, patience: Duration, looks: &mut Looks) -> Ping<'a> {
    let job = &held.record;
    let mut health = |who: &Option<Identity>| who.as_ref().map_or(Health::Gone, |w| Health::seen(w, looks));
    let (whose, who, state) = match health(&job.guard) {
        _ if job.is_adopted() => ("process", &job.root, health(&job.root)),
        Health::Gone if health(&job.front) != Health::Gone => ("front", &job.front, health(&job.front)),
        guard => ("guard", &job.guard, guard),
    };
    let answers = match (&job.socket, whose, state) {
        (Some(path), "guard", Health::Alive) => hail(Path::new(path), Ask::Ping, clock::now() + patience),
        _ => Heed::Granted,
    };
    let state = if answers == Heed::Granted { state.word() } else { SILENT };
    Ping { id: job.id, title: job.title(), whose, pid: who.as_ref().map(|w| w.pid), state, job }
}

fn tell(p: &Ping, out: &mut Out) {
    let pid = p.pid.map_or(String::new(), |pid| format!(" {pid}"));
    let tone = if p.state == Health::Alive.word() { Tone::Plain } else { Tone::Warn };
    out.line(tone, &format!("{}: its {}{pid} is {}", pick::label(p.job), p.whose, p.state));
}

/// Who is stopped would not answer in time; who is gone is not running.
fn code(pings: &[Ping], has_findings: bool) -> i32 {
    let any = |wanted: &[&str]| pings.iter().any(|p| wanted.contains(&p.state));
    match () {
        () if any(&["gone", "elsewhere"]) => exit::NOTHING,
        () if pings.iter().any(|p| p.state == SILENT || p.state == "stopped" && p.whose != "process") => {
            exit::TIMED_OUT
        }
        () if has_findings => exit::FAILED,
        () => exit::DONE,
    }
}
