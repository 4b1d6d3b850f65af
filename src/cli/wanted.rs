//! The words and flags that name jobs, the same for every verb, and which jobs they mean. Different kinds AND, repeats of
//! one kind OR (DESIGN §7). Asks and changes nothing.

use std::time::Duration;

use regex_lite::Regex;

use super::gather::{Books, Held, same};
use super::sessions::choose::choose;
use super::{list, listening};
use crate::error::{Error, Result};
use crate::exit;
use crate::process::describe::{command_line, quote};
use crate::process::select::{self, Selector};
use crate::process::{Identity, Looks};
use crate::record::{Job, living};
use crate::sweep;
use crate::sys::Pid;

/// Which jobs.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Narrow {
    /// Jobs by id, name, pattern (web*), +TAG, %GROUP, @SESSION (@self, @PID), :PORT, pid:PID or /RE/
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// The job with this id
    #[arg(long, value_name = "ID", help_heading = "Selecting")]
    id: Vec<u64>,
    /// Jobs of this name, or pattern
    #[arg(long, value_name = "NAME", help_heading = "Selecting")]
    name: Vec<String>,
    /// Jobs with this tag; of several, any
    #[arg(long, value_name = "TAG", help_heading = "Selecting")]
    tag: Vec<String>,
    /// Jobs with this tag; of several, all
    #[arg(long, value_name = "TAG", help_heading = "Selecting")]
    tag_all: Vec<String>,
    /// Jobs in this group; of several, any
    #[arg(long, value_name = "GROUP", help_heading = "Selecting")]
    group: Vec<String>,
    /// Jobs in this group; of several, all
    #[arg(long, value_name = "GROUP", help_heading = "Selecting")]
    group_all: Vec<String>,
    /// The job whose command has this process number
    #[arg(long, value_name = "PID", help_heading = "Selecting")]
    pid: Vec<Pid>,
    /// Jobs with this text in their command line
    #[arg(long, value_name = "TEXT", help_heading = "Selecting")]
    search: Vec<String>,
    /// Jobs whose name or command line matches this pattern
    #[arg(long = "match", value_name = "RE", help_heading = "Selecting")]
    pattern: Vec<String>,
    /// Jobs in this state
    #[arg(long, value_name = "STATE", value_parser = list::row::STATES, help_heading = "Selecting")]
    state: Vec<String>,
    /// Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Selecting")]
    idle_for: Option<Duration>,
    /// Jobs of which somebody lives
    #[arg(long, help_heading = "Selecting")]
    alive: bool,
    /// Jobs of which nobody lives
    #[arg(long, conflicts_with = "alive", help_heading = "Selecting")]
    dead: bool,
}

impl Narrow {
    /// Does it say a job's id? Then that one is meant, however it is.
    pub(super) fn says_id(&self) -> bool {
        !self.id.is_empty() || self.selectors.iter().any(|word| word.parse::<u64>().is_ok())
    }

    /// Selectors alone, as they were typed.
    pub(super) fn of(words: &[&str]) -> Narrow {
        let selectors = words.iter().map(|w| (*w).to_owned()).collect();
        Narrow { selectors, ..Narrow::default() }
    }

    /// Does it ask for nothing at all?
    pub(super) fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// As it would be typed.
    pub(super) fn text(&self) -> String {
        let mut words: Vec<String> = self.selectors.iter().map(|w| quote(w)).collect();
        let mut flag = |name: &str, value: &str| words.push(format!("--{name} {}", quote(value)));
        self.id.iter().for_each(|id| flag("id", &id.to_string()));
        self.pid.iter().for_each(|pid| flag("pid", &pid.to_string()));
        let texts = [
            ("name", &self.name),
            ("tag", &self.tag),
            ("tag-all", &self.tag_all),
            ("group", &self.group),
            ("group-all", &self.group_all),
            ("search", &self.search),
            ("match", &self.pattern),
            ("state", &self.state),
        ];
        for (name, values) in texts {
            values.iter().for_each(|value| flag(name, value));
        }
        let idle = self.idle_for.map(|time| humantime::format_duration(time).to_string().replace(' ', ""));
        words.extend(idle.map(|time| format!("--idle-for {time}")));
        words.extend(self.alive.then(|| "--alive".to_owned()));
        words.extend(self.dead.then(|| "--dead".to_owned()));
        words.join(" ")
    }

    /// Nothing matched. Of a port also who listens there, if nobody's job does.
    pub(super) fn nothing(&self, books: &Books) -> Error {
        let selectors = self.selectors.iter().filter_map(|word| Selector::parse(word).ok());
        let ports = selectors.filter_map(|s| if let Selector::Port(port) = s { Some(port) } else { None });
        let strangers: Vec<_> = ports.filter_map(|port| listening::stranger(port, books)).collect();
        let (who, hint) = strangers.into_iter().next().unwrap_or((String::new(), "pj list".into()));
        Error::usage(format!("no job matches {}{who}", self.text())).hint(hint).code(exit::NOTHING)
    }
}

/// What the words ask for.
#[derive(Debug)]
pub(super) struct Wanted<'b> {
    called: Vec<Selector>,
    owners: Vec<Identity>,
    patterns: Vec<Regex>,
    /// Those that listen on a port that was asked for, if any was.
    listening: Option<Vec<&'b Held<Job>>>,
    /// With what the signs have added.
    flags: Narrow,
}

impl<'b> Wanted<'b> {
    /// Reads the words; wrong ones are wrong usage.
    pub(super) fn read(words: &Narrow, books: &'b Books) -> Result<Wanted<'b>> {
        let mut flags = Narrow { selectors: Vec::new(), ..words.clone() };
        let mut called: Vec<Selector> = flags.id.iter().map(|id| Selector::Id(*id)).collect();
        called.extend(flags.name.iter().map(|name| match name.contains('*') {
            true => Selector::Glob(name.clone()),
            false => Selector::Name(name.clone()),
        }));
        let (mut owners, mut patterns, mut listening) = (Vec::new(), Vec::new(), None);
        for word in &words.selectors {
            match Selector::parse(word).map_err(|e| Error::usage(e).hint("pj list"))? {
                Selector::Session(id) => {
                    let found = choose(&id, books)?;
                    owners.extend(found.first().map(|s| s.record.identity.clone()));
                }
                Selector::Tag(tag) => flags.tag.push(tag),
                Selector::Group(group) => flags.group.push(group),
                Selector::Port(port) => {
                    listening.get_or_insert_with(Vec::new).extend(listening::jobs(port, books)?);
                }
                Selector::Pid(pid) => flags.pid.push(pid),
                Selector::Match(text) => patterns.push(pattern(&text)?),
                name => called.push(name),
            }
        }
        patterns.extend(flags.pattern.iter().map(|text| pattern(text)).collect::<Result<Vec<_>>>()?);
        Ok(Wanted { called, owners, patterns, listening, flags })
    }

    /// The jobs that it means.
    pub(super) fn of<'a>(&self, books: &'a Books) -> Vec<&'a Held<Job>> {
        let mut looks = Looks::default();
        books.jobs.iter().filter(|j| self.has(j, &mut looks)).collect()
    }

    fn has(&self, held: &Held<Job>, looks: &mut Looks) -> bool {
        let (job, f) = (&held.record, &self.flags);
        let any = |wanted: &[String], has: &[String]| wanted.is_empty() || wanted.iter().any(|w| has.contains(w));
        let all = |wanted: &[String], has: &[String]| wanted.iter().all(|w| has.contains(w));
        // What a job is called is one kind, whether by id or by name.
        (self.called.is_empty() || self.called.iter().any(|s| s.matches(job.id, Some(&job.title()))))
            && any(&f.tag, &job.tags)
            && all(&f.tag_all, &job.tags)
            && any(&f.group, &job.groups)
            && all(&f.group_all, &job.groups)
            && (f.pid.is_empty() || job.root.as_ref().is_some_and(|r| f.pid.contains(&r.pid)))
            && (self.owners.is_empty()
                || job.owner.session.as_ref().is_some_and(|o| self.owners.iter().any(|w| same(o, w))))
            && self.listening.as_ref().is_none_or(|all| all.iter().any(|one| std::ptr::eq(*one, held)))
            && self.has_text(job)
            && (f.state.is_empty() || f.state.iter().any(|s| s == list::row::state_among(held, looks)))
            && f.idle_for
                .is_none_or(|least| sweep::idle(&held.place, &held.record, looks).is_some_and(|time| time >= least))
            && (!(f.alive || f.dead) || living::lives(&held.place, job, looks) == f.alive)
    }

    fn has_text(&self, job: &Job) -> bool {
        if self.patterns.is_empty() && self.flags.search.is_empty() {
            return true;
        }
        let line = command_line(&job.argv);
        let plain = job.argv.join(" ");
        let matches = |re: &Regex| re.is_match(&plain) || job.name.as_ref().is_some_and(|n| re.is_match(n));
        (self.patterns.is_empty() || self.patterns.iter().any(matches))
            && (self.flags.search.is_empty()
                || self.flags.search.iter().any(|text| plain.contains(text) || line.contains(text)))
    }
}

fn pattern(text: &str) -> Result<Regex> {
    Regex::new(text).map_err(|e| Error::usage(format!("{} is no pattern: {e}", quote(text))))
}

/// A tag or group that was typed: fit to be selected again, or wrong usage.
pub(super) fn label(text: &str) -> std::result::Result<String, String> {
    if select::is_label(text) { Ok(text.to_owned()) } else { Err("letters, digits, '_', '-' and '.' only".into()) }
}

/// The same of a name, which an id must not be.
pub(super) fn name(text: &str) -> std::result::Result<String, String> {
    let why = "letters, digits, '_', '-' and '.' only, and not a number";
    if select::is_name(text) { Ok(text.to_owned()) } else { Err(why.into()) }
}

/// Longer is a mistake, and more than the clock counts.
const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

/// A length of time that was typed.
pub(super) fn time(text: &str) -> std::result::Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|e| e.to_string())?;
    if time <= LONGEST { Ok(time) } else { Err("a time up to a hundred years".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is typed is added to the clock.
    #[test]
    fn no_time_is_longer_than_the_clock_counts() {
        for (text, is_one) in
            [("5s", true), ("100y", true), ("101y", false), ("18446744073709551615s", false), ("5", false)]
        {
            assert_eq!(time(text).is_ok(), is_one, "{text}");
        }
        assert!(crate::sys::clock::now().checked_add(LONGEST).is_some());
    }
}
