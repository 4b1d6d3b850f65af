//! Everything on record, of all places, read once. Judges nobody and changes nothing.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::out::Out;
use crate::process::{Identity, Look, Looks};
use crate::record::job::State;
use crate::record::store::Finding;
use crate::record::{Job, Labels, Place, Session, store};
use crate::sys::clock;

/// A record and where it was found.
#[derive(Clone, Debug)]
pub(super) struct Held<T> {
    pub(super) place: Rc<Place>,
    pub(super) record: T,
}

/// All records.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) jobs: Vec<Held<Job>>,
    pub(super) sessions: Vec<Held<Session>>,
    /// Files that cannot be used.
    pub(super) findings: Vec<Finding>,
}

impl Books {
    /// Reads the records of every place that may be trusted; one that may not is a finding.
    pub(super) fn read() -> Books {
        let mut books = Books::default();
        for place in Place::all() {
            if let Err(e) = place.check() {
                let why = crate::error::plain(&e);
                books.findings.push(Finding { path: place.root().to_owned(), why });
                continue;
            }
            let (mut jobs, sessions) = store::all_ahead(&place);
            match Labels::read(&place) {
                Ok(labels) => jobs.good.iter_mut().for_each(|job| labels.put_on(job)),
                Err(why) => {
                    let why = crate::process::describe::escape(&why);
                    books.findings.push(Finding { path: place.labels(), why });
                }
            }
            let place = Rc::new(place);
            books.jobs.extend(jobs.good.into_iter().map(|record| Held { place: place.clone(), record }));
            books.sessions.extend(sessions.good.into_iter().map(|record| Held { place: place.clone(), record }));
            books.findings.extend(jobs.findings);
            books.findings.extend(sessions.findings);
        }
        books
    }

    /// The same until the process ends, for verbs that end right after: a thousand records are not freed one by one.
    pub(super) fn kept(self) -> &'static Books {
        Box::leak(Box::new(self))
    }

    /// Says what cannot be used.
    pub(super) fn tell_findings(&self, out: &mut Out) {
        for f in &self.findings {
            out.warn(&format!("cannot use {}: {}", f.path.display(), f.why));
        }
    }

    /// The registered session of a shell.
    pub(super) fn session(&self, shell: &Identity) -> Option<&Session> {
        self.sessions.iter().map(|s| &s.record).find(|s| same(&s.identity, shell))
    }

    /// Several places have jobs, so that an id alone does not name one.
    pub(super) fn has_several_places(&self) -> bool {
        self.jobs.iter().any(|j| j.place != self.jobs[0].place)
    }
}

/// The same process? A shell that registered again without its pidfd's inode is still the same.
pub(super) fn same(a: &Identity, b: &Identity) -> bool {
    (a.pid, a.start, a.ns) == (b.pid, b.start, b.ns) && a.boot == b.boot
}

/// How a process of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Alive,
    Stopped,
    Gone,
    /// In another pid namespace: not ours to judge.
    Elsewhere,
}

impl Health {
    pub(super) fn of(identity: &Identity) -> Health {
        Health::seen(identity, &mut Looks::default())
    }

    /// The same of one among many.
    pub(super) fn seen(identity: &Identity, looks: &mut Looks) -> Health {
        match looks.at(identity) {
            Look::Lives(stat) if stat.is_stopped() => Health::Stopped,
            Look::Lives(_) => Health::Alive,
            Look::Gone => Health::Gone,
            Look::Elsewhere => Health::Elsewhere,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Health::Alive => "alive",
            Health::Stopped => "stopped",
            Health::Gone => "gone",
            Health::Elsewhere => "elsewhere",
        }
    }
}

/// How long ago a record's date was, for people: `5s`, `3m`, `2h10m`, `4d`.
pub(super) fn age(date: &str) -> String {
    let since = humantime::parse_rfc3339_weak(date).ok();
    since.map_or_else(String::new, |at| short(SystemTime::now().duration_since(at).unwrap_or_default()))
}

/// A length of time in the same words.
pub(super) fn short(d: Duration) -> String {
    let (s, m) = (d.as_secs(), d.as_secs() / 60);
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{m}m"),
        3600..86_400 if m % 60 > 0 => format!("{}h{}m", m / 60, m % 60),
        3600..86_400 => format!("{}h", m / 60),
        _ => format!("{}d", s / 86_400),
    }
}

/// What is said of a job whose terminal has closed: that somebody is attached to it, or how long it waits for that.
pub(super) fn waits(job: &Job) -> Option<String> {
    let until = job.waits_until.filter(|_| job.state == State::Detached)?;
    let left = Duration::from_millis(until.saturating_sub(clock::epoch_ms()));
    Some(if until == 0 { "attached".to_owned() } else { format!("ends in {}", short(left)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let of = |s| short(Duration::from_secs(s));
        assert_eq!([of(0), of(59), of(60), of(3600), of(7800), of(400_000)], ["0s", "59s", "1m", "1h", "2h10m", "4d"]);
        assert_eq!(age("not a date"), "");
    }

    #[test]
    fn we_are_alive() {
        let me = Identity::of(crate::sys::pid()).unwrap();
        assert_eq!(Health::of(&me), Health::Alive);
        assert!(same(&me, &Identity { ino: None, ..me.clone() }));
    }
}
