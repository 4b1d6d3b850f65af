//! `pj add`: puts processes on record that run already. Such a job has no guard: nobody waits for its end or learns its
//! exit code, and a sweep ends it only with the session that it was given to.
//!
//! Signals nobody, but for the job that `--replace` names; takes nobody on record who is another's or is to be left alone.

mod refuse;

use std::time::Duration;

use serde::Serialize;

use super::gather::{Books, Held, same};
use super::out::Out;
use super::sessions::choose;
use super::table::Tone;
use super::{locked, pick, stop, wanted};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::describe::text_of;
use crate::process::{Identity, Looks, Table};
use crate::record::job::{self, Owner, Policy};
use crate::record::members::{self, Member};
use crate::record::{Job, Place, event, living, store};
use crate::sys::{Pid, Stat, clock, os};

/// How long an adopted process may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// What to put on record.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Processes that run
    #[arg(value_name = "PID", required = true, value_parser = clap::value_parser!(Pid).range(1..))]
    pids: Vec<Pid>,
    /// With everything below them
    #[arg(long)]
    tree: bool,
    /// A name that no other living job has
    #[arg(long, value_name = "NAME", value_parser = wanted::name)]
    name: Option<String>,
    /// Stop the living job that has this name
    #[arg(long, requires = "name")]
    replace: bool,
    /// Tags, to select them by
    #[arg(long, value_name = "TAG", value_parser = wanted::label)]
    tag: Vec<String>,
    /// Groups, to select them by
    #[arg(long, value_name = "GROUP", value_parser = wanted::label)]
    group: Vec<String>,
    /// They may outlive the session that they are given to
    #[arg(long)]
    keep: bool,
    /// Whose end ends them: that of the session that this is typed in, or nobody's
    #[arg(long, value_name = "WHOSE", default_value = "none")]
    owner: Whose,
    /// Fine if they are on record already
    #[arg(long)]
    or_existing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Whose {
    Session,
    None,
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    jobs: Vec<Added>,
}

#[derive(Serialize)]
struct Added {
    id: u64,
    pid: Pid,
    existed: bool,
}

/// Puts them on record: all of them, or none.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if args.name.is_some() && args.pids.len() > 1 {
        return Err(Error::usage("a name is for one process").hint("pj add --tag TAG PID..."));
    }
    let place = Place::current()?;
    place.make()?;
    make_room(args, out)?;
    let lock = locked::take(&place)?;
    let books = Books::read();
    if let Some(taken) = args.name.as_deref().and_then(|name| named(name, &books)) {
        return Err(is_taken(args, &taken.record));
    }
    let owner = owner(args.owner, &books)?;
    let table = Table::read().doing(|| "read the process table".to_owned())?;
    let mut pids = args.pids.clone();
    pids.sort_unstable();
    pids.dedup();
    let found = pids.iter().map(|&pid| look(pid, args, &books, &table)).collect::<Result<Vec<Found>>>()?;
    let existing: Vec<u64> = found.iter().filter_map(|f| f.job).collect();
    let is_refused = !existing.is_empty() && !args.or_existing;
    let mut added = Vec::new();
    for one in &found {
        let Identity { pid, .. } = one.who;
        match one.job {
            Some(id) => added.push(Added { id, pid, existed: true }),
            None if is_refused => {}
            None => added.push(Added { id: adopt(&place, one, args, owner.clone(), &table)?, pid, existed: false }),
        }
    }
    drop(lock);
    place.leave_word();
    tell(&added, out);
    if !is_refused {
        return Ok(exit::DONE);
    }
    let pids: Vec<String> = pids.iter().map(Pid::to_string).collect();
    let cause =
        format!("on record already as job {}", existing.iter().map(u64::to_string).collect::<Vec<_>>().join(", "));
    let e = Error::new(format!("add process {}", pids.join(", ")), cause);
    Err(e.hint(format!("pj add --or-existing {}", pids.join(" "))).code(exit::REFUSED))
}

fn tell(added: &[Added], out: &mut Out) {
    if out.json {
        let jobs = added.iter().map(|a| Added { ..*a }).collect();
        return out.value(&Answer { schema: "pj.add/1", jobs });
    }
    for Added { id, pid, .. } in added {
        let text = if out.quiet { id.to_string() } else { format!("Process {pid} registered with id {id}") };
        out.line(Tone::Plain, &text);
    }
}

/// The living job of this name.
pub(super) fn named<'a>(name: &str, books: &'a Books) -> Option<&'a Held<Job>> {
    let mut looks = Looks::default();
    books.jobs.iter().find(|j| j.record.name.as_deref() == Some(name) && living::lives(&j.place, &j.record, &mut looks))
}

fn is_taken(args: &Args, job: &Job) -> Error {
    let name = args.name.as_deref().unwrap_or_default();
    let e = Error::new(format!("call it {name}"), format!("job {} lives and is called that", job.id));
    e.hint(format!("pj add --replace --name {name} {}", args.pids[0])).code(exit::REFUSED)
}

/// Stops whoever has the name, where that is wished. Before the lock is taken: it may last as long as the job's grace.
fn make_room(args: &Args, out: &mut Out) -> Result<()> {
    let (Some(name), true) = (&args.name, args.replace) else { return Ok(()) };
    let books = Books::read();
    let Some(old) = named(name, &books) else { return Ok(()) };
    // Not for the sake of somebody who cannot have the name.
    let table = Table::read().doing(|| "read the process table".to_owned())?;
    let new = look(args.pids[0], args, &books, &table)?;
    if new.job.is_some() || pick::is_around(&old.record) {
        return Err(is_taken(args, &old.record));
    }
    match stop::all(&[old], None, out) {
        exit::DONE => Ok(()),
        code => Err(Error::new(format!("replace {}", pick::label(&old.record)), "it has not ended").code(code)),
    }
}

/// A process that may be put on record, or is.
struct Found {
    who: Identity,
    stat: Stat,
    job: Option<u64>,
}

fn look(pid: Pid, args: &Args, books: &Books, table: &Table) -> Result<Found> {
    let doing = || format!("add process {pid}");
    let stat = os::stat(pid).filter(|s| !s.is_dead());
    let who = Identity::of(pid).filter(|_| stat.is_some());
    let (Some(stat), Some(who)) = (stat, who) else {
        return Err(Error::new(doing(), "there is no such process").code(exit::NOTHING));
    };
    let is_it = |j: &&Held<Job>| j.record.root.as_ref().is_some_and(|r| same(r, &who));
    let job = books.jobs.iter().find(is_it).map(|j| j.record.id);
    if let Some(why) = refuse::why(&who, args.tree, books, table).filter(|_| job.is_none()) {
        return Err(Error::new(doing(), why).hint(format!("pj why {pid}")).code(exit::REFUSED));
    }
    Ok(Found { who, stat, job })
}

/// Whose end is to end them.
fn owner(whose: Whose, books: &Books) -> Result<Option<Owner>> {
    if whose == Whose::None {
        return Ok(None);
    }
    let session = choose::own(books).and_then(|shell| books.session(&shell));
    let session = session.ok_or_else(|| {
        let e = Error::usage("this is not inside a registered session, whose end would end it");
        e.hint("eval \"$(pj init bash)\"").code(exit::NOTHING)
    })?;
    let (sid, tty_dev) = (session.sid, session.tty_dev);
    Ok(Some(Owner { session: Some(session.identity.clone()), sid, tty_dev, policy: Policy::Session }))
}

/// Writes the record, of a tree the census before it. Answers the id.
fn adopt(place: &Place, found: &Found, args: &Args, owner: Option<Owner>, table: &Table) -> Result<u64> {
    let doing = || format!("write the record of process {}", found.who.pid);
    let id = store::claim_id(place).doing(doing)?;
    let job = describe(id, found, args, owner);
    let written = match args.tree {
        true => store::put_members(place, id, &census(&found.who, table)),
        false => Ok(()),
    };
    if let Err(e) = written.and_then(|()| store::publish_job(place, &job)) {
        store::remove_job(place, id);
        return Err(e).doing(doing);
    }
    store::pass_id(place, id);
    event::add(place, "job.added", Some(id), format!("process {} was adopted", found.who.pid));
    Ok(id)
}

fn describe(id: u64, found: &Found, args: &Args, owner: Option<Owner>) -> Job {
    let (who, stat) = (&found.who, &found.stat);
    let text = |path: Option<std::path::PathBuf>| path.map(|p| p.to_string_lossy().into_owned());
    let argv = match os::argv(who.pid) {
        none if none.is_empty() => vec![stat.name()],
        argv => text_of(&argv),
    };
    let started = clock::epoch_ms().saturating_sub(os::age_ms(stat.start));
    let nobody = Owner { session: None, sid: stat.sid, tty_dev: stat.tty_dev, policy: Policy::None };
    Job {
        name: args.name.clone(),
        tags: args.tag.clone(),
        groups: args.group.clone(),
        tree: args.tree,
        argv,
        cwd: text(os::cwd(who.pid)),
        exe: text(os::exe(who.pid)),
        keep: args.keep.then(|| "--keep".to_owned()),
        root: Some(who.clone()),
        unit: os::unit(who.pid),
        grace_ms: u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX),
        started_at: Some(event::rfc3339(started)),
        ..Job::blank(id, job::fresh_uid(), job::ADOPTED, owner.unwrap_or(nobody))
    }
}

/// The process and everything below it, as they are now: it is proven later by this alone.
fn census(root: &Identity, table: &Table) -> String {
    let all = table.get(root.pid).into_iter().chain(table.below(&[root.pid]));
    let member = |stat: &Stat| {
        let identity = Identity::of(stat.pid).filter(|i| i.is(stat))?;
        let (first_seen, name) = (clock::epoch_ms(), stat.name());
        Some(Member { identity, sid: stat.sid, pgid: stat.pgid, first_seen, marked: false, name })
    };
    let members: Vec<Member> = all.filter(|s| !s.is_dead()).filter_map(member).collect();
    members::write(&root.boot, root.ns, &members)
}
