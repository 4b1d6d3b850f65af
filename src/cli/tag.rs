//! `pj tag` and `pj group`: what jobs are labelled with. `NAME` lists, `NAME --rename NEW` renames it wherever it is,
//! `SEL +a -b` gives and takes. All jobs of a place change at one moment, or none does. Touches no process and no record
//! that a guard writes.

use std::collections::BTreeSet;

use super::gather::{Books, Held};
use super::list;
use super::out::Out;
use super::pick::{self, Many};
use super::wanted::{self, Narrow};
use super::{locked, wanted::Wanted};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::describe::quote;
use crate::record::labels::{Label, Labels};
use crate::record::{Job, Place};

/// Of what, and what to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to look for; or, with changes, the jobs to change, by any selector
    #[arg(value_name = "NAME|SELECTOR")]
    target: String,
    /// To give (+NAME) and to take (-NAME)
    #[arg(value_name = "CHANGE", allow_hyphen_values = true, conflicts_with = "rename")]
    changes: Vec<String>,
    /// Call it that from now on, in every job that has it
    #[arg(long, value_name = "NEW", value_parser = wanted::label)]
    rename: Option<String>,
    #[command(flatten)]
    many: Many,
}

/// Which of the two labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tag,
    Group,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Tag => "tag",
            Kind::Group => "group",
        }
    }

    fn of(self, job: &Job) -> &[String] {
        match self {
            Kind::Tag => &job.tags,
            Kind::Group => &job.groups,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Give(String),
    Take(String),
    Rename(String, String),
}

impl Change {
    fn parse(word: &str) -> Result<Change> {
        let named = |name: &str| {
            let bad = |why| Error::usage(format!("{} is no change: {why}", quote(word)));
            wanted::label(name).map_err(bad)
        };
        match word.split_at_checked(1) {
            Some(("+", name)) => Ok(Change::Give(named(name)?)),
            Some(("-", name)) => Ok(Change::Take(named(name)?)),
            _ => Err(Error::usage(format!("{} is no change: +NAME gives, -NAME takes", quote(word)))),
        }
    }

    /// Does it to these labels, which stay in order and without doubles.
    fn apply(&self, labels: &mut Vec<String>) {
        match self {
            Change::Take(name) => labels.retain(|l| l != name),
            Change::Give(name) if labels.contains(name) => {}
            Change::Give(name) => labels.push(name.clone()),
            Change::Rename(old, new) => {
                let has_both = old != new && labels.contains(new);
                labels.retain(|l| !has_both || l != old);
                labels.iter_mut().filter(|l| *l == old).for_each(|l| l.clone_from(new));
            }
        }
    }
}

/// Lists, renames or changes.
pub(super) fn run(kind: Kind, args: &Args, out: &mut Out) -> Result<i32> {
    let changes = args.changes.iter().map(|word| Change::parse(word)).collect::<Result<Vec<Change>>>()?;
    if !changes.is_empty() {
        return change(kind, args, &changes, out);
    }
    let name = wanted::label(&args.target).map_err(|why| {
        let e = Error::usage(format!("{} is no {}: {why}", quote(&args.target), kind.word()));
        e.hint(format!("pj {} {} +NAME", kind.word(), quote(&args.target)))
    })?;
    match &args.rename {
        Some(new) => rename(kind, &name, new, out),
        None => show(kind, &name, out),
    }
}

fn show(kind: Kind, name: &str, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let found = having(kind, name, &books)?;
    let rows = list::rows(found, &books, out.json);
    list::show(&rows, &books, out);
    books.tell_findings(out);
    Ok(exit::DONE)
}

fn having<'a>(kind: Kind, name: &str, books: &'a Books) -> Result<Vec<&'a Held<Job>>> {
    let has = |j: &&Held<Job>| kind.of(&j.record).iter().any(|l| l == name);
    let found: Vec<_> = books.jobs.iter().filter(has).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let all: BTreeSet<&str> = books.jobs.iter().flat_map(|j| kind.of(&j.record)).map(String::as_str).collect();
    let all: Vec<&str> = all.into_iter().collect();
    let said = match all.len() {
        0 => format!("no job has the {} {name}, or any", kind.word()),
        _ => format!("no job has the {} {name}; there are: {}", kind.word(), all.join(", ")),
    };
    Err(Error::usage(said).hint("pj list").code(exit::NOTHING))
}

fn rename(kind: Kind, old: &str, new: &str, out: &mut Out) -> Result<i32> {
    let _locks = locks()?;
    let books = Books::read();
    let found = having(kind, old, &books)?;
    let n = found.len();
    write(kind, &found, &[Change::Rename(old.to_owned(), new.to_owned())], &books)?;
    out.note(&format!("renamed {} {old} to {new} in {n} job{}", kind.word(), if n == 1 { "" } else { "s" }));
    Ok(exit::DONE)
}

fn change(kind: Kind, args: &Args, changes: &[Change], out: &mut Out) -> Result<i32> {
    let words = Narrow::of(&[&args.target]);
    // Asked before the lock is taken: a person may think about the answer.
    let asked: Vec<String> = {
        let books = Books::read();
        let picked = pick::pick_any(kind.word(), &words, &args.many, &books, out)?;
        picked.iter().map(|j| j.record.uid.clone()).collect()
    };
    let _locks = locks()?;
    let books = Books::read();
    let mut found = Wanted::read(&words, &books)?.of(&books);
    found.retain(|j| asked.contains(&j.record.uid));
    if found.is_empty() {
        return Err(words.nothing(&books));
    }
    write(kind, &found, changes, &books)?;
    for held in found {
        let mut labels = kind.of(&held.record).to_vec();
        changes.iter().for_each(|c| c.apply(&mut labels));
        out.note(&format!("{}: {}s=[{}]", pick::label(&held.record), kind.word(), labels.join(",")));
    }
    Ok(exit::DONE)
}

/// The locks of all places, always in the same order.
fn locks() -> Result<Vec<std::fs::File>> {
    let usable = |p: &Place| p.check().is_ok();
    let mut all: Vec<Place> = Place::all().into_iter().filter(usable).collect();
    all.sort_by(|a, b| a.root().cmp(b.root()));
    all.iter().map(locked::take).collect()
}

/// Writes what these jobs are labelled with now. Labels of jobs that are gone are left out.
fn write(kind: Kind, found: &[&Held<Job>], changes: &[Change], books: &Books) -> Result<()> {
    let mut places: Vec<&Place> = found.iter().map(|j| &*j.place).collect();
    places.dedup();
    for place in places {
        let doing = || format!("write {}", place.labels().display());
        let hint = |e: Error| e.hint("look at it, and remove it if it is nobody's");
        let mut labels = Labels::read(place).map_err(|why| hint(Error::new(doing(), why)))?;
        labels.0.retain(|uid, _| books.jobs.iter().any(|j| j.record.uid == *uid));
        for job in found.iter().filter(|j| *j.place == *place).map(|j| &j.record) {
            let mut label = Label { tags: job.tags.clone(), groups: job.groups.clone() };
            let mine = if kind == Kind::Tag { &mut label.tags } else { &mut label.groups };
            changes.iter().for_each(|c| c.apply(mine));
            labels.0.insert(job.uid.clone(), label);
        }
        labels.write(place).doing(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_keep_order_and_make_no_doubles() {
        let after = |before: &[&str], words: &[&str]| {
            let mut labels: Vec<String> = before.iter().map(|l| (*l).to_owned()).collect();
            words.iter().for_each(|w| Change::parse(w).unwrap().apply(&mut labels));
            labels.join(" ")
        };
        assert_eq!(after(&["a", "b"], &["+c", "+a", "-b"]), "a c");
        assert_eq!(after(&[], &["-x", "+x", "+x"]), "x");
        for bad in ["", "+", "-", "x", "+a b", "é"] {
            assert!(Change::parse(bad).is_err(), "{bad}");
        }
        let renamed = |before: &[&str], old: &str, new: &str| {
            let mut labels: Vec<String> = before.iter().map(|l| (*l).to_owned()).collect();
            Change::Rename(old.into(), new.into()).apply(&mut labels);
            labels.join(" ")
        };
        assert_eq!(renamed(&["a", "b"], "a", "c"), "c b");
        assert_eq!(renamed(&["a", "b"], "a", "b"), "b");
        assert_eq!(renamed(&["a"], "a", "a"), "a");
        assert_eq!(renamed(&["b"], "a", "c"), "b");
    }
}
