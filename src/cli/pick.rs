//! Which jobs a verb is about: one rule for all verbs (DESIGN §7). Several need `--all` or a yes; from inside a job only
//! jobs of the same session and those that it started are in reach, and never the job that we run in ourselves.

use super::gather::{Books, Held, same};
use super::out::Out;
use super::wanted::{Narrow, Wanted};
use crate::error::{Error, Result};
use crate::exit;
use crate::process::{Identity, Looks};
use crate::record::job::State;
use crate::record::{Job, living};
use crate::sys::{self, Stat, os};

/// What writing verbs ask for.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    #[command(flatten)]
    pub(super) words: Narrow,
    #[command(flatten)]
    pub(super) many: Many,
    /// From inside a job: jobs of other sessions too, which that job did not start
    #[arg(long)]
    any_session: bool,
}

/// How a writing verb is told that several are meant.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Many {
    /// All that match, when several do
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// What stands between us and a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Ours,
    /// We are inside a job, and this one is another session's.
    OtherSession,
    /// We run in it: its guard rightly does not listen to us.
    Around,
}

/// The jobs that `verb` is to act on, of those in reach. Asks where it may; an error says what to type instead.
pub(super) fn pick<'a>(verb: &str, which: &Which, books: &'a Books, out: &mut Out) -> Result<Vec<&'a Held<Job>>> {
    if which.words.is_empty() && which.many.all {
        let e = Error::usage(format!("{verb} what? --all is a yes to several, and chooses none"));
        return Err(e.hint(format!("pj {verb} --all --alive")));
    }
    let found = named(verb, &which.words, books)?;
    let above: Vec<Stat> = ancestors().collect();
    let reach = |j: &&Held<Job>| reach(&j.record, books, &above, which.any_session);
    let (ours, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|j| reach(j) == Reach::Ours);
    if ours.is_empty() {
        return Err(out_of_reach(verb, which, others[0], reach(&others[0])));
    }
    for j in &others {
        out.note(&format!("{} is left alone: {}", label(&j.record), why_not(reach(j))));
    }
    agree(verb, &which.words, &which.many, ours, out)
}

/// The jobs that `verb` is to write about, wherever they run: it ends nobody.
pub(super) fn pick_any<'a>(
    verb: &str,
    words: &Narrow,
    many: &Many,
    books: &'a Books,
    out: &mut Out,
) -> Result<Vec<&'a Held<Job>>> {
    agree(verb, words, many, named(verb, words, books)?, out)
}

/// Those that are named. Nothing named is wrong usage: writing verbs want a word.
fn named<'a>(verb: &str, words: &Narrow, books: &'a Books) -> Result<Vec<&'a Held<Job>>> {
    if words.is_empty() {
        let e = Error::usage(format!("{verb} what? a job's id or name, or another selector"));
        return Err(e.hint("pj list"));
    }
    let found = Wanted::read(words, books)?.of(books);
    if found.is_empty() { Err(words.nothing(books)) } else { Ok(found) }
}

/// One is taken as it is; several need a word, or a yes.
fn agree<'a>(
    verb: &str,
    words: &Narrow,
    many: &Many,
    found: Vec<&'a Held<Job>>,
    out: &mut Out,
) -> Result<Vec<&'a Held<Job>>> {
    let found = if verb == "stop" || verb == "kill" { not_over(words, found) } else { found };
    if found.len() == 1 || many.all || many.yes {
        return Ok(found);
    }
    let names: Vec<String> = found.iter().map(|j| label(&j.record)).collect();
    let names = format!("{} jobs match: {}", names.len(), names.join(", "));
    if out.can_ask() {
        out.warn(&names);
        if out.ask(&format!("{verb} them all?")) {
            return Ok(found);
        }
        return Err(Error::usage("nothing was done").code(exit::SEVERAL));
    }
    Err(Error::usage(names).hint(format!("pj {verb} --all {}", words.text())).code(exit::SEVERAL))
}

/// Of several those that are over, and on record for their exit alone, are not meant, unless by an id. By a name alone those that live are,
/// if some do: whoever ran a command twice means the one that runs.
fn not_over<'a>(words: &Narrow, mut found: Vec<&'a Held<Job>>) -> Vec<&'a Held<Job>> {
    if !words.says_id() && found.iter().any(|j| j.record.state != State::Exited) {
        found.retain(|j| j.record.state != State::Exited);
    }
    let [name] = &words.selectors[..] else { return found };
    if found.iter().any(|j| j.record.title() != *name) {
        return found;
    }
    let mut looks = Looks::default();
    let mut living = found.clone();
    living.retain(|j| living::lives(&j.place, &j.record, &mut looks));
    if living.is_empty() { found } else { living }
}

fn out_of_reach(verb: &str, which: &Which, job: &Held<Job>, reach: Reach) -> Error {
    let hint = match reach {
        Reach::Around => "run it from another terminal".to_owned(),
        _ => format!("pj {verb} --any-session {}", which.words.text()),
    };
    let e = Error::new(format!("{verb} {}", label(&job.record)), why_not(reach));
    e.hint(hint).code(exit::REFUSED)
}

fn why_not(reach: Reach) -> &'static str {
    match reach {
        Reach::Ours => "",
        Reach::OtherSession => "this runs in a job that is of another session, and did not start it",
        Reach::Around => "it is the job that this runs in",
    }
}

/// `3 (web)`, or `3` where the name says no more.
pub(super) fn label(job: &Job) -> String {
    format!("{} ({})", job.id, job.title())
}

/// Our ancestors, nearest first, each read when it is asked for.
pub(super) fn ancestors() -> impl Iterator<Item = Stat> {
    std::iter::successors(os::stat(sys::ppid()), |s| os::stat(s.ppid)).take(256)
}

/// Where a process of `who` stands above us: the nearest is 0.
fn height<'a>(above: &[Stat], mut who: impl Iterator<Item = &'a Identity>) -> Option<usize> {
    who.find_map(|w| above.iter().position(|a| w.is_here(a)))
}

/// Those below whom everything is the job's.
fn guards(j: &Job) -> impl Iterator<Item = &Identity> {
    j.guard.iter().chain(j.front.iter())
}

/// The job that we run in: the nearest guard above us, unless somebody types at a registered shell below it. From the
/// kernel, not from `PJ_JOB`: a tmux server that was born in a job hands that to every later pane.
fn inside<'a>(books: &'a Books, above: &[Stat]) -> Option<&'a Job> {
    let jobs = books.jobs.iter().map(|j| &j.record);
    let around = jobs.filter_map(|j| Some((height(above, guards(j))?, j))).min_by_key(|(h, _)| *h);
    let shell = height(above, books.sessions.iter().map(|s| &s.record.identity));
    around.filter(|(guard, _)| shell.is_none_or(|s| s > *guard)).map(|(_, job)| job)
}

/// May who runs in a job touch this one: its own, one of its session, or one that it started?
pub(super) fn is_in_reach(job: &Job, books: &Books, above: &[Stat]) -> bool {
    reach(job, books, above, false) != Reach::OtherSession
}

fn reach(job: &Job, books: &Books, above: &[Stat], any_session: bool) -> Reach {
    if height(above, guards(job).chain(adopted(job))).is_some() {
        return Reach::Around;
    }
    let Some(around) = inside(books, above).filter(|_| !any_session) else { return Reach::Ours };
    match (&around.owner.session, &job.owner.session) {
        (Some(a), Some(b)) if same(a, b) => Reach::Ours,
        _ if is_below(job, around) => Reach::Ours,
        _ => Reach::OtherSession,
    }
}

/// Was this job started in that one, and does it hang below it still? By the kernel: whoever guards it is below a guard of
/// the other's, which takes its orphans in.
fn is_below(job: &Job, around: &Job) -> bool {
    let own = job.guard.iter().chain(job.root.iter()).find(|who| who.life().is_alive());
    let Some(first) = own.and_then(|who| os::stat(who.pid).filter(|s| who.is(s))) else { return false };
    let line: Vec<Stat> = std::iter::successors(os::stat(first.ppid), |s| os::stat(s.ppid)).take(256).collect();
    height(&line, guards(around)).is_some()
}

/// Do we run in this job?
pub(super) fn is_around(job: &Job) -> bool {
    let above: Vec<Stat> = ancestors().collect();
    height(&above, guards(job).chain(adopted(job))).is_some()
}

/// An adopted process, which guards nothing: who runs below it is told apart from it only where it is to end.
fn adopted(job: &Job) -> Option<&Identity> {
    job.root.as_ref().filter(|_| job.is_adopted())
}

/// Do we run in a job of another session than this shell's?
pub(super) fn is_foreign(shell: &Identity, books: &Books) -> bool {
    let above: Vec<Stat> = ancestors().collect();
    let owner = inside(books, &above).map(|around| &around.owner.session);
    owner.is_some_and(|o| !o.as_ref().is_some_and(|o| same(o, shell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::job::{Owner, Policy, Terminal};
    use crate::record::{Place, Session};

    pub(crate) fn who(pid: i32) -> Identity {
        let (boot, ns) = (os::boot_id().to_owned(), os::pid_namespace());
        Identity { pid, start: pid as u64, boot, ns, ino: None }
    }

    fn row(pid: i32) -> Stat {
        Stat::made_up(pid, 0)
    }

    fn job(id: u64, name: &str, shell: i32, guard: i32) -> Held<Job> {
        let owner = Owner { session: Some(who(shell)), sid: shell, tty_dev: 1, policy: Policy::Session };
        let record = Job {
            name: Some(name.into()),
            argv: vec![name.into()],
            terminal: Terminal::Pty,
            guard: Some(who(guard)),
            front: Some(who(guard - 1)),
            root: Some(who(guard + 1)),
            grace_ms: 5000,
            ..Job::blank(id, "0".repeat(26), "wrap", owner)
        };
        Held { place: Place::at("/p").into(), record }
    }

    fn books() -> Books {
        // Two jobs of shell 100, one of shell 200.
        let jobs = vec![job(1, "web", 100, 110), job(2, "web-2", 100, 120), job(3, "api", 200, 210)];
        Books { jobs, ..Books::default() }
    }

    fn words(words: &[&str]) -> Which {
        Which { words: Narrow::of(words), many: Many::default(), any_session: false }
    }

    fn picked(which: &Which) -> std::result::Result<Vec<u64>, i32> {
        let books = books();
        let mut out = Out::new(false, true, super::super::out::Color::Never);
        pick("stop", which, &books, &mut out)
            .map(|all| all.iter().map(|j| j.record.id).collect())
            .map_err(|e| e.exit_code())
    }

    #[test]
    fn one_is_taken_and_several_need_a_word() {
        assert_eq!(picked(&words(&["1"])), Ok(vec![1]));
        assert_eq!(picked(&words(&["web"])), Ok(vec![1]));
        assert_eq!(picked(&words(&["nope"])), Err(exit::NOTHING));
        assert_eq!(picked(&words(&["+"])), Err(exit::USAGE));
        assert_eq!(picked(&words(&[])), Err(exit::USAGE));
        // Tests may run on a terminal, where it would ask.
        if !crate::sys::tty::is_terminal(0) {
            assert_eq!(picked(&words(&["web*"])), Err(exit::SEVERAL));
            assert_eq!(picked(&words(&["1", "3"])), Err(exit::SEVERAL));
        }
        assert_eq!(picked(&Which { many: Many { all: true, yes: false }, ..words(&["web*"]) }), Ok(vec![1, 2]));
        assert_eq!(picked(&Which { many: Many { all: false, yes: true }, ..words(&["*"]) }), Ok(vec![1, 2, 3]));
    }

    #[test]
    fn inside_a_job_only_its_session_is_in_reach() {
        let mut books = books();
        // We are below the guard of job 1.
        let above = [row(111), row(110), row(109), row(100), row(1)];
        let all = |books: &Books, any| -> Vec<Reach> {
            books.jobs.iter().map(|j| reach(&j.record, books, &above, any)).collect()
        };
        assert_eq!(all(&books, false), [Reach::Around, Reach::Ours, Reach::OtherSession]);
        assert_eq!(all(&books, true), [Reach::Around, Reach::Ours, Reach::Ours]);
        // A registered shell between us and the guard: a person types.
        let session = Session {
            schema: String::new(),
            machine: String::new(),
            shell: "bash".into(),
            identity: who(111),
            sid: 111,
            tty_dev: 1,
            tty: None,
            registered_at: String::new(),
        };
        books.sessions.push(Held { place: Place::at("/p").into(), record: session });
        assert_eq!(all(&books, false), [Reach::Around, Reach::Ours, Reach::Ours]);
        let outside = [row(300), row(1)];
        assert_eq!(reach(&books.jobs[2].record, &books, &outside, false), Reach::Ours);
    }
}
