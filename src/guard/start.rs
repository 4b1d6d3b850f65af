//! From the command line to the first fork: what is decided before anything runs. See the module above for why each step
//! may be the last one.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::args::Args;
use super::launch::{self, Exec};
use super::{background, environment, exec_or_say, name, owner, say, settings};
use crate::error::{Error, plain};
use crate::process::{Identity, describe};
use crate::record::job::{self, Job, OnExit, Terminal};
use crate::record::{Place, store};
use crate::sys::pty::Pty;
use crate::sys::spawn::{self, Prepared};
use crate::sys::tty::{self, Modes};
use crate::sys::{self, Pid, fd, file, os, signal};
use crate::{exit, kill};

/// The pseudo terminal and what belongs to it.
pub struct Plane {
    /// The master.
    pub pty: Pty,
    /// A follower kept open, so that the master is never hung up while the guard lives.
    pub follower: Option<OwnedFd>,
    /// The user's terminal, as the front relays it; the guard has none.
    pub user: Option<OwnedFd>,
    /// Its modes at the start.
    pub modes: Modes,
    /// Were we its foreground group at the start?
    pub foreground: bool,
}

/// Everything decided before the first fork; both loops take what is theirs.
pub struct Setup {
    /// The command line's flags.
    pub args: Args,
    /// Where records go, if anywhere.
    pub place: Option<Place>,
    /// The record, without the identities that are not born yet. Id 0: it is never written.
    pub job: Job,
    /// pty mode.
    pub plane: Option<Plane>,
    /// A descriptor of the user's terminal, for hang-ups and for what leftovers write.
    pub watch: Option<OwnedFd>,
    /// The front, which has our number.
    pub front: Option<Identity>,
    /// Our process group, which is the shell's job.
    pub group: Pid,
    /// Watched too, where there is no terminal and no session: whoever started us.
    pub parent: Option<Identity>,
    /// Children that we had before: never ours to end (`exec pj-wrap`, `> >(tee)`).
    pub strangers: Vec<(Pid, u64)>,
    /// The user's terminal's modes, for direct mode.
    pub modes: Option<Modes>,
    /// What to exec.
    pub exec: Exec,
    /// Of a job in the background.
    pub background: Option<background::Start>,
}

impl Setup {
    /// The command's terminal.
    pub fn follower(&self) -> Option<BorrowedFd<'_>> {
        self.plane.as_ref()?.follower.as_ref().map(AsFd::as_fd)
    }
}

/// Runs the command under guard. Answers only where it could not be started.
pub fn run(mut args: Args) -> i32 {
    let wrong = settings::fill(&mut args);
    let place = match usable_place() {
        Ok(place) => Some(place),
        Err(e) => {
            let cause = format!("{e}; if both guards are killed, no sweep can finish their work");
            say(&Error::new("write a record", cause));
            None
        }
    };
    let prepared = match Prepared::new(&args.command, std::env::var_os("PATH").as_deref()) {
        Ok(p) => p,
        Err(e) => {
            say(&Error::new("run the command", plain(&e)));
            return exit::NOT_EXECUTABLE;
        }
    };
    let mask = match signal::block_all() {
        Ok(mask) => mask,
        Err(e) => {
            say(&Error::new("block signals", plain(&e)));
            return exit::WRAP_FAILED;
        }
    };
    if owner::is_inside_a_job(place.as_ref()) {
        let env = spawn::environ();
        let _ = spawn::as_started(false, &mask);
        return exec_or_say(&prepared, &args.command[0], &env);
    }
    wrong.into_iter().chain(name::give_up(&mut args)).for_each(|e| say(&e));
    let setup = prepare(args, place, prepared, mask);
    launch::wrapped(setup)
}

/// The state directory, made and ours, with room to write.
fn usable_place() -> Result<Place, String> {
    let place = Place::current().map_err(|e| first_line(&e))?;
    place.make().map_err(|e| first_line(&e))?;
    if file::is_writable(&place.jobs()) { Ok(place) } else { Err(format!("{} is read-only", place.root().display())) }
}

fn first_line(e: &Error) -> String {
    e.to_string().lines().next().unwrap_or_default().to_owned()
}

fn prepare(args: Args, place: Option<Place>, prepared: Prepared, mask: signal::Mask) -> Box<Setup> {
    let sigchld_ignored = signal::is_ignored(signal::CHLD);
    if sigchld_ignored {
        // Else the statuses of our children vanish; the command gets the disposition back (LAWS L27).
        let _ = signal::default(signal::CHLD);
    }
    let claimed = place.as_ref().map(store::claim_id);
    let (place, id) = match claimed {
        Some(Ok(id)) => (place, id),
        Some(Err(e)) => {
            say(&Error::new("write a record", format!("{}; no sweep can finish the guards' work", plain(&e))));
            (None, 0)
        }
        None => (None, 0),
    };
    let plane = if args.direct { None } else { open_plane() };
    // The front's own again, where it has one: /dev/tty is looked up once.
    let again = plane.as_ref().and_then(|p| p.user.as_ref()?.try_clone().ok());
    let watch = again.or_else(|| tty::open_controlling().ok());
    let modes = watch.as_ref().and_then(|w| tty::modes(w.as_fd()).ok());
    let me = os::stat(sys::pid());
    let owner = owner::find(place.as_ref(), me.as_ref());
    let front = me.as_ref().and_then(owner::identity);
    let parent = owner::watched_parent(&owner);
    let job = describe(&args, id, owner, plane.is_some());
    let session = job.owner.session.as_ref().map(Identity::key);
    let env = environment(Some(&job.marker), session.as_deref());
    let strangers = children_now();
    let group = sys::pgid();
    // Boxed: it is large, and each page of a stack that it would be moved over costs three processes a fault.
    let exec = Exec { name: args.command[0].clone(), prepared, env, mask, sigchld_ignored, cwd: None };
    Box::new(Setup { args, place, job, plane, watch, front, group, parent, strangers, modes, exec, background: None })
}

/// The record as far as it is known.
fn describe(args: &Args, id: u64, owner: job::Owner, pty: bool) -> Job {
    let nohup = signal::is_ignored(signal::HUP).then(|| "nohup: HUP was ignored when it was started".to_owned());
    let keep = if args.keep { Some("--keep".to_owned()) } else { nohup };
    let cwd = std::env::current_dir().ok().map(|d| d.to_string_lossy().into_owned());
    Job {
        name: args.name.clone(),
        tags: args.tags.clone(),
        groups: args.groups.clone(),
        argv: describe::text_of(&args.command),
        cwd,
        terminal: if pty { Terminal::Pty } else { Terminal::Direct },
        keep,
        unit: os::own_unit(),
        grace_ms: u64::try_from(args.grace_or_profile().as_millis()).unwrap_or(u64::MAX),
        on_exit: if args.on_exit == Some(OnExit::End) { OnExit::End } else { OnExit::Linger },
        ..Job::blank(id, job::fresh_uid(), "wrap", owner)
    }
}

/// A pseudo terminal, if all three standard descriptors are our controlling terminal; else the command has what we have.
fn open_plane() -> Option<Plane> {
    if !(0..3).all(|n| !sys::inherited::was_closed(n) && tty::is_controlling(tty::std_fd(n))) {
        return None;
    }
    let opened = (|| -> io::Result<Plane> {
        let user = tty::open_controlling()?;
        let modes = tty::modes(user.as_fd())?;
        let size = tty::size(user.as_fd()).unwrap_or_default();
        let (pty, follower) = Pty::open(size)?;
        tty::copy_modes(&modes, follower.as_fd())?;
        let foreground = tty::foreground(user.as_fd()).is_ok_and(|g| g == sys::pgid());
        Ok(Plane { pty, follower: Some(follower), user: Some(user), modes, foreground })
    })();
    match opened {
        Ok(plane) => Some(plane),
        Err(e) => {
            say(&Error::new("open a pseudo terminal", format!("{}; going on as with --direct", plain(&e))));
            None
        }
    }
}

/// Children that we have already, with their start times.
fn children_now() -> Vec<(Pid, u64)> {
    if !spawn::has_children() {
        return Vec::new();
    }
    let mut kernel = kill::real::Real::new();
    let mut pids = Vec::new();
    if let Some(me) = os::stat(sys::pid()) {
        kill::Kernel::children(&mut kernel, &me, &mut pids);
    }
    pids.into_iter().filter_map(os::stat).map(|s| (s.pid, s.start)).collect()
}

/// Lets go of everything of the user's: 0–2 to /dev/null, what was inherited from 3 up closed, and no directory held.
pub fn let_go(keep: &[Option<i32>]) {
    let _ = fd::null_std(&[0, 1, 2]);
    let mut ours: Vec<i32> = keep.iter().copied().flatten().collect();
    fd::close_all_but(&mut ours);
    let _ = std::env::set_current_dir("/");
    crate::sys::hook!(LetGo);
}

impl Plane {
    /// The master's number, for [`let_go`].
    pub fn master_number(&self) -> i32 {
        self.pty.fd().as_raw_fd()
    }
}
