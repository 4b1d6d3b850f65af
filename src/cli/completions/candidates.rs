//! `pj __complete LISTS [PREFIX]`: what a word may become, from the records, for the shells' completions. One candidate a
//! line, and behind a tab what it is.
//!
//! Never: looks at a process, tells an error, or offers what the verb would not take.

use std::collections::BTreeMap;

use crate::cli::gather::{Books, Held};
use crate::cli::out::Out;
use crate::exit;
use crate::process::describe::{command_line, escape};
use crate::process::select::{is_label, is_name};
use crate::record::{Job, Session};

/// What is typed, and what it may be.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// ids, names, tags, groups, sessions, selectors; several with commas
    lists: String,
    #[arg(default_value = "", allow_hyphen_values = true)]
    prefix: String,
}

/// Text, and what it is.
type Candidate = (String, String);

/// Prints them.
pub(in crate::cli) fn run(args: &Args, out: &mut Out) -> i32 {
    let books = Books::read().kept();
    let mut text = String::new();
    for list in args.lists.split(',') {
        for (word, about) in listed(list, books) {
            if word.starts_with(&args.prefix) {
                text.push_str(&format!("{word}\t{about}\n"));
            }
        }
    }
    out.text(&text);
    exit::DONE
}

fn listed(list: &str, books: &Books) -> Vec<Candidate> {
    let signed = |sign: char, list| -> Vec<Candidate> {
        let behind = listed(list, books).into_iter();
        behind.map(|(word, about)| (format!("{sign}{word}"), about)).collect()
    };
    match list {
        "ids" => books.jobs.iter().map(|j| (j.record.id.to_string(), about(&j.record))).collect(),
        "names" => names(&books.jobs),
        "tags" => labels(&books.jobs, |job| &job.tags),
        "groups" => labels(&books.jobs, |job| &job.groups),
        "sessions" => sessions(&books.sessions),
        "selectors" => {
            let all = [names(&books.jobs), listed("ids", books), signed('+', "tags"), signed('%', "groups")];
            all.into_iter().chain([signed('@', "sessions")]).flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The command, as far as there is room for it beside a candidate.
fn about(job: &Job) -> String {
    command_line(&job.argv).chars().take(60).collect()
}

/// What jobs are called: a name, or else the command's.
fn names(jobs: &[Held<Job>]) -> Vec<Candidate> {
    let mut found: BTreeMap<String, Vec<&Job>> = BTreeMap::new();
    for job in jobs.iter().map(|held| &held.record) {
        found.entry(job.title()).or_default().push(job);
    }
    let fit = found.into_iter().filter(|(name, _)| is_name(name));
    fit.map(|(name, jobs)| (name, if let [only] = jobs[..] { about(only) } else { count(jobs.len()) })).collect()
}

fn labels(jobs: &[Held<Job>], of: fn(&Job) -> &[String]) -> Vec<Candidate> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for label in jobs.iter().flat_map(|held| of(&held.record)) {
        *found.entry(label).or_default() += 1;
    }
    found.into_iter().filter(|(label, _)| is_label(label)).map(|(label, n)| (label.to_owned(), count(n))).collect()
}

fn count(jobs: usize) -> String {
    if jobs == 1 { "1 job".to_owned() } else { format!("{jobs} jobs") }
}

/// By their pids, which are enough where no other record has the same.
fn sessions(all: &[Held<Session>]) -> Vec<Candidate> {
    let mut found: BTreeMap<i32, BTreeMap<String, String>> = BTreeMap::new();
    for session in all.iter().map(|held| &held.record) {
        let about =
            format!("{} on {}", escape(&session.shell), escape(session.tty.as_deref().unwrap_or("no terminal")));
        found.entry(session.identity.pid).or_default().insert(session.identity.key(), about);
    }
    let mut words = vec![("self".to_owned(), "the session that this is typed in".to_owned())];
    for (pid, keys) in found {
        let is_one = keys.len() == 1;
        words.extend(keys.into_iter().map(|(key, about)| (if is_one { pid.to_string() } else { key }, about)));
    }
    words
}
