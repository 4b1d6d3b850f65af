//! `pj run`: a command with a guard and without a front. Whoever starts it waits until the command was executed, or could
//! not be, and goes; the guard stays with a terminal of the job's own, or with pipes.
//!
//! Never: starts what could not be put on record, since nobody could find it again.

use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use super::args::Args;
use super::clients::Clients;
use super::launch::{self, Exec};
use super::pipes::{Pipes, Theirs};
use super::start::{Plane, Setup};
use super::{environment, owner, profile};
use crate::error::{Doing, Error, Result};
use crate::log::{self, Stream};
use crate::process::Identity;
use crate::process::describe::text_of;
use crate::record::job::{self, Background, Job, Log, OnExit, Owner, Policy, Terminal};
use crate::record::{Place, event, store};
use crate::sys::pty::Pty;
use crate::sys::spawn::Prepared;
use crate::sys::tty::{self, Size};
use crate::sys::{self, fd, os, signal};

/// Where what a job writes goes. Never waits, and never fails: what cannot be kept is lost, and told. The one there is is
/// [`log::Writer`], which `pj-wrap` need not carry along.
pub trait Sink {
    /// The next bytes.
    fn write(&mut self, stream: Stream, bytes: &[u8], epoch_ms: u64);
    /// Why something was lost, if anything was.
    fn lost(&self) -> Option<&str>;
    /// Is there work that can be done when there is time?
    fn has_work(&self) -> bool;
    /// A few milliseconds of it.
    fn work(&mut self);
}

impl Sink for log::Writer {
    fn write(&mut self, stream: Stream, bytes: &[u8], epoch_ms: u64) {
        self.write(stream, bytes, epoch_ms);
    }

    fn lost(&self) -> Option<&str> {
        self.lost()
    }

    fn has_work(&self) -> bool {
        self.has_work()
    }

    fn work(&mut self) {
        self.work();
    }
}

/// What to run, and how.
pub struct Spec {
    /// The command; never empty.
    pub command: Vec<OsString>,
    /// Its name.
    pub name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Why it outlives its session.
    pub keep: Option<String>,
    /// It ends with the session that it is started in.
    pub with_session: bool,
    /// Where to run it.
    pub cwd: PathBuf,
    /// What is added to its environment.
    pub env: Vec<String>,
    /// How, and how often.
    pub background: Background,
    /// How long its tree may take to end by itself; else what the command needs.
    pub grace: Option<Duration>,
    /// A cgroup of its own, where one is to be had, and a scope where not.
    pub cgroup: (bool, bool),
    /// How much is kept of what it writes.
    pub log: log::Limits,
    /// The record of a job that is over and is run again: it keeps its number.
    pub again: Option<Job>,
}

/// What a job in the background has before it runs.
pub struct Start {
    /// Until whoever started it has been told.
    tell: Option<OwnedFd>,
    pipes: Option<Pipes>,
    sink: Option<Box<dyn Sink>>,
    clients: Option<Clients>,
}

/// Starts it. Answers its id, and what is lost, when the command has been executed.
pub fn start(spec: Spec, place: &Place) -> Result<(u64, Option<String>)> {
    crate::sys::hook!(ClientBegun);
    let doing = || format!("run {}", crate::process::describe::escape(&spec.command[0].to_string_lossy()));
    let path = path_of(&spec.env);
    let prepared = Prepared::new(&spec.command, path.as_deref()).doing(doing)?;
    let claimed = match &spec.again {
        Some(job) => job.id,
        None => store::claim_id(place).doing(|| "write a record".to_owned())?,
    };
    let (told, tell) = fd::pipe().doing(doing)?;
    let setup = setup(spec, place, claimed, prepared, tell).inspect_err(|_| store::remove_claim(place, claimed))?;
    let name = setup.exec.name.to_string_lossy().into_owned();
    launch::alone(setup).doing(|| format!("run {name}"))?;
    let said = Start::read(&told);
    crate::sys::hook!(ClientTold);
    match said.split_once('\n').map(|(code, text)| (code.parse::<i32>(), text)) {
        Some((Ok(crate::exit::DONE), warning)) => Ok((claimed, Some(warning.to_owned()).filter(|w| !w.is_empty()))),
        Some((Ok(code), why)) => Err(Error::said(why).code(code)),
        _ => Err(Error::new(format!("run {name}"), "its guard was killed as it started")),
    }
}

/// `PATH` as the command will have it.
fn path_of(added: &[String]) -> Option<OsString> {
    let set = added.iter().rev().find_map(|line| line.strip_prefix("PATH="));
    set.map(OsString::from).or_else(|| std::env::var_os("PATH"))
}

fn setup(spec: Spec, place: &Place, id: u64, prepared: Prepared, tell: OwnedFd) -> Result<Box<Setup>> {
    let pty = !spec.background.pipe;
    let plane = if pty { Some(open_plane(spec.background.size).doing(|| "open a terminal".to_owned())?) } else { None };
    let mask = signal::block_all().doing(|| "block signals".to_owned())?;
    let sigchld_ignored = signal::is_ignored(signal::CHLD);
    if sigchld_ignored {
        // Else the statuses of our children vanish.
        let _ = signal::default(signal::CHLD);
    }
    let me = os::stat(sys::pid());
    let owner = match spec.with_session {
        true => owner::find(Some(place), me.as_ref()),
        false => Owner { session: None, sid: 0, tty_dev: 0, policy: Policy::None },
    };
    let watch = if owner.session.is_some() { tty::open_controlling().ok() } else { None };
    let parent = owner.session.as_ref().and_then(|_| owner::watched_parent(&owner));
    let args = args(&spec);
    let job = describe(&spec, &args, id, owner);
    let session = job.owner.session.as_ref().map(Identity::key);
    let mut env = environment(Some(&job.marker), session.as_deref());
    for line in &spec.env {
        let name = &line.as_bytes()[..=line.find('=').unwrap_or(0)];
        env.retain(|old| !old.as_bytes().starts_with(name));
        env.extend(CString::new(line.as_bytes()));
    }
    let name = args.command[0].clone();
    let sink = Box::new(log::Writer::new(&place.job_dir(id), spec.log));
    Ok(Box::new(Setup {
        args,
        place: Some(place.clone()),
        job,
        plane,
        watch,
        front: None,
        group: sys::pgid(),
        parent,
        strangers: Vec::new(),
        modes: None,
        exec: Exec { name, prepared, env, mask, sigchld_ignored, cwd: Some(spec.cwd) },
        background: Some(Start { tell: Some(tell), pipes: None, sink: Some(sink), clients: None }),
    }))
}

fn args(spec: &Spec) -> Args {
    Args {
        name: spec.name.clone(),
        tags: spec.tags.clone(),
        groups: spec.groups.clone(),
        direct: false,
        keep: spec.keep.is_some(),
        scope: spec.cgroup.1,
        on_exit: None,
        grace: spec.grace,
        reattach: None,
        config: None,
        cgroup: spec.cgroup.0,
        command: spec.command.clone(),
    }
}

fn describe(spec: &Spec, args: &Args, id: u64, owner: Owner) -> Job {
    let uid = spec.again.as_ref().map_or_else(job::fresh_uid, |old| old.uid.clone());
    Job {
        name: spec.name.clone(),
        tags: spec.tags.clone(),
        groups: spec.groups.clone(),
        argv: text_of(&spec.command),
        cwd: Some(spec.cwd.to_string_lossy().into_owned()),
        terminal: if spec.background.pipe { Terminal::Direct } else { Terminal::Pty },
        keep: spec.keep.clone(),
        unit: os::own_unit(),
        grace_ms: u64::try_from(spec.grace.unwrap_or_else(|| profile::grace(&args.command)).as_millis())
            .unwrap_or(u64::MAX),
        on_exit: OnExit::End,
        created_at: spec.again.as_ref().map_or_else(event::now, |old| old.created_at.clone()),
        restarts: spec.again.as_ref().map_or(0, |old| old.restarts.saturating_add(1)),
        log: Some(Log::default()),
        background: Some(spec.background.clone()),
        ..Job::blank(id, uid, job::BACKGROUND, owner)
    }
}

/// A terminal of the job's own, in its foreground from the start.
fn open_plane((rows, cols): (u16, u16)) -> io::Result<Plane> {
    let (pty, follower) = Pty::open(Size { rows, cols, ..Size::default() })?;
    let modes = tty::modes(follower.as_fd())?;
    Ok(Plane { pty, follower: Some(follower), user: None, modes, foreground: true })
}

impl Start {
    /// In the guard: the socket that its clients come in by, and the pipes of a job without a terminal.
    pub fn open(&mut self, job: &mut Job, place: Option<&Place>) -> io::Result<Option<Theirs>> {
        let pty = job.background.as_ref().is_some_and(|b| !b.pipe);
        // Without it the job runs, and is ended, all the same.
        if let Ok((clients, path)) = listen(job, pty) {
            (self.clients, job.socket) = (Some(clients), Some(path));
        }
        // Moved out of the way here, not in the middle of a run: it may have been run before.
        if let Some(place) = place {
            let _ = std::fs::remove_file(place.members(job.id));
        }
        if pty {
            return Ok(None);
        }
        let (ours, theirs) = Pipes::open()?;
        self.pipes = Some(ours);
        Ok(Some(theirs))
    }

    /// Says how it went, to whoever started it.
    pub fn tell(&mut self, code: i32, why: &str) {
        let Some(tell) = self.tell.take() else { return };
        let text = match (code, &self.clients) {
            (crate::exit::DONE, None) => "nobody can attach to it: its socket could not be made",
            _ => why,
        };
        crate::sys::hook!(GuardTellsClient);
        let _ = fd::write_all(tell.as_fd(), format!("{code}\n{text}").as_bytes());
        crate::sys::hook!(GuardToldClient);
    }

    /// Before it leaves without a loop.
    pub fn forget(&self) {
        if let Some(clients) = &self.clients {
            clients.forget();
        }
    }

    /// All that is said on a pipe until its end.
    pub fn read(told: &OwnedFd) -> String {
        let mut text = Vec::new();
        let mut buf = [0; 1024];
        loop {
            match fd::read(told.as_fd(), &mut buf) {
                Ok(0) => break,
                Ok(n) => text.extend_from_slice(&buf[..n]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Ours to keep open when everything else is let go of.
    pub fn numbers(&self) -> impl Iterator<Item = Option<i32>> {
        let clients = self.clients.iter().map(|c| c.fd().as_raw_fd());
        self.pipes.iter().flat_map(Pipes::numbers).chain(clients).map(Some)
    }

    /// What the guard's loop goes on with.
    pub fn take(self) -> (Option<Pipes>, Option<Box<dyn Sink>>, Option<Clients>) {
        (self.pipes, self.sink, self.clients)
    }
}

/// A socket for a job's clients, and its path as the record has it.
pub fn listen(job: &Job, terminal: bool) -> io::Result<(Clients, String)> {
    let path = crate::record::place::sockets()?.join(&job.uid);
    // What a guard that was killed has left: the job is ours, and so is its name.
    let _ = std::fs::remove_file(&path);
    let text = path.to_str().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    let made = Clients::listen(&path, job.id, terminal)?;
    crate::sys::hook!(SocketMade);
    Ok((made, text))
}
