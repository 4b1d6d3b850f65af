//! The forks: the front's of the guard, the guard's of the command. See the module above for why each step may be the last
//! one.

use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use super::background::Start;
use super::control::Line;
use super::pipes::Theirs;
use super::start::Setup;
use super::{birth, exec_or_say, front, owner, say, supervisor, why_not};
use crate::error::{Error, plain};
use crate::exit;
use crate::process::Identity;
use crate::record::{event, store};
use crate::sys::spawn::{self, Fork, Prepared};
use crate::sys::{self, Pid, fd, os, signal, tty};

/// All that a run of the command needs, the first one or a later.
pub struct Exec {
    /// What the command is called by.
    pub name: OsString,
    /// What to exec.
    pub prepared: Prepared,
    /// With what.
    pub env: Vec<CString>,
    /// Mask to give the command.
    pub mask: signal::Mask,
    /// Was SIGCHLD ignored when we were started?
    pub sigchld_ignored: bool,
    /// Where to run it, if not where we are.
    pub cwd: Option<PathBuf>,
}

/// Forks the guard; this process goes on as the front.
pub fn wrapped(mut setup: Box<Setup>) -> i32 {
    // Without it an orphan goes to init as it would without us: less is caught, nothing else is lost.
    match os::become_subreaper() {
        // macOS has no such thing, which is no news.
        Err(e) if e.kind() != io::ErrorKind::Unsupported => {
            let lost = "whoever leaves its parent may outlive the session";
            say(&Error::new("adopt orphans", format!("{}; {lost}", plain(&e))));
        }
        _ => {}
    }
    let (front_end, guard_end, inbox) = match fd::socket_pair().and_then(|(a, b)| Ok((a, b, os::Inbox::open()?))) {
        Ok(made) => made,
        Err(e) => return unguarded(&setup, &e),
    };
    match spawn::fork() {
        Err(e) => {
            forget_claim(&setup);
            say(&Error::new("start the guard", plain(&e)));
            exit::WRAP_FAILED
        }
        Ok(Fork::Child) => {
            drop(front_end);
            if let Some(plane) = &mut setup.plane {
                plane.user = None;
            }
            // Ours already: it reads the signals of whoever reads it.
            guard(setup, guard_end, inbox)
        }
        Ok(Fork::Parent(pid)) => {
            drop(guard_end);
            if let Some(plane) = &mut setup.plane {
                // The guard has its own; a follower of ours would keep a dead guard's terminal alive.
                plane.follower = None;
            }
            setup.watch = None;
            front::run(setup, Line::new(front_end), inbox, pid)
        }
    }
}

/// Forks the guard of a job in the background, which has no front; this process goes on without it.
pub fn alone(mut setup: Box<Setup>) -> io::Result<()> {
    let made = fd::socket_pair();
    // Nobody is at the other end.
    let forked = made.and_then(|(_, line)| Ok((spawn::fork()?, line)));
    match forked {
        Ok((Fork::Child, line)) => match os::Inbox::open() {
            Ok(inbox) => guard(setup, line, inbox),
            Err(e) => failed(&mut setup, &Error::new("start the guard", plain(&e))),
        },
        Ok((Fork::Parent(_), _)) => signal::set_mask(&setup.exec.mask),
        Err(e) => {
            forget_claim(&setup);
            Err(e)
        }
    }
}

/// No descriptors left: the command runs, as it would have without us.
fn unguarded(setup: &Setup, e: &io::Error) -> i32 {
    forget_claim(setup);
    say(&Error::new("guard the command", format!("{}; it runs without a guard", plain(e))));
    let env = spawn::environ();
    let _ = spawn::as_started(setup.exec.sigchld_ignored, &setup.exec.mask);
    exec_or_say(&setup.exec.prepared, &setup.exec.name, &env)
}

fn forget_claim(setup: &Setup) {
    if let Some(place) = &setup.place {
        store::remove_job(place, setup.job.id);
    }
}

/// There is no command, and nothing to guard: says why, to whoever waits for that.
fn failed(setup: &mut Setup, e: &Error) -> ! {
    forget_claim(setup);
    match &mut setup.background {
        Some(start) => {
            start.forget();
            start.tell(exit::FAILED, &e.to_string());
        }
        None => say(e),
    }
    spawn::leave(exit::WRAP_FAILED)
}

/// The guard: from its birth to its loop.
fn guard(mut setup: Box<Setup>, line: OwnedFd, inbox: os::Inbox) -> ! {
    // Under this name it is left alone by the job that it was started in.
    let stays = setup.background.is_some() && (setup.job.owner.session.is_none() || setup.job.keep.is_some());
    let name = if stays { "pj-keeper" } else { "pj-guard" };
    let me = os::rename_self(name, &format!("{name} {}", setup.job.id));
    let _ = os::become_subreaper();
    match setup.follower() {
        // Failing that the command still runs on the pty, only without job control in it.
        Some(follower) => drop(sys::pty::lead_session(follower)),
        None if setup.background.is_some() => drop(sys::pty::leave_session()),
        None => {}
    }
    // All of the record that can be known by now: the command waits for the rest.
    setup.job.guard = me.as_ref().and_then(owner::identity);
    setup.job.front = setup.front.clone();
    setup.job.exe = setup.exec.prepared.resolved();
    let (job, place) = (&mut setup.job, setup.place.as_ref());
    let theirs = match setup.background.as_mut().map(|start| start.open(job, place)).transpose() {
        Ok(theirs) => theirs.flatten(),
        Err(e) => failed(&mut setup, &Error::new("start the command", plain(&e))),
    };
    // Without one of the two descriptors that a pipe takes, the command is worth more than the watch on its terminal.
    let pipe = fd::pipe().or_else(|_| setup.watch.take().map_or_else(fd::pipe, |watch| (drop(watch), fd::pipe()).1));
    let forked = pipe.and_then(|(wait, go)| {
        let told = setup.background.as_ref().map(|_| fd::pipe()).transpose()?;
        Ok((birth::fork(&mut setup)?, wait, go, told))
    });
    let (command, go, told) = match forked {
        Ok((Fork::Child, wait, go, told)) => {
            drop(go);
            setup.exec.run(setup.follower(), theirs.as_ref(), &wait, told.map(|(_, tell)| tell))
        }
        Ok((Fork::Parent(pid), wait, go, told)) => {
            drop((wait, theirs));
            (pid, go, told.map(|(told, _)| told))
        }
        Err(e) => failed(&mut setup, &Error::new("start the command", plain(&e))),
    };
    if let Some(follower) = setup.follower() {
        let foreground = setup.plane.as_ref().is_some_and(|p| p.foreground);
        of_its_own(command, Some(follower).filter(|_| foreground));
    } else if setup.background.is_some() {
        of_its_own(command, None);
    } else {
        // The command stays in the shell's job; we leave it, and come back when the front is gone (DESIGN §2 direct).
        let _ = sys::set_group(0, 0);
    }
    publish(&mut setup, command);
    crate::sys::hook!(GuardPublished);
    let _ = fd::write(go.as_fd(), b"g");
    crate::sys::hook!(GuardWent);
    drop(go);
    if let Some(told) = told {
        hear_of_exec(&mut setup, &told, command);
    }
    supervisor::run(setup, Line::new(line), inbox, command)
}

/// Its own group, on this terminal in the foreground. Both sides do it, whoever comes first.
pub fn of_its_own(command: Pid, foreground: Option<BorrowedFd>) {
    let _ = sys::set_group(command, command);
    if let Some(follower) = foreground {
        let _ = tty::set_foreground(follower, command);
    }
}

/// The one record, with all identities, before the command runs.
fn publish(setup: &mut Setup, command: Pid) {
    setup.job.root = Identity::of(command);
    setup.job.started_at = Some(event::now());
    let Some(place) = &setup.place else { return };
    let Err(e) = store::publish_job(place, &setup.job) else { return };
    if setup.background.is_some() {
        // Nobody could ever find it again: it shall not run, and it waits for its go.
        let _ = signal::send_child(command, signal::KILL);
        let _ = spawn::wait_for(command);
        setup.job.cgroup.iter().for_each(|group| store::remove_cgroup(place, group));
        failed(setup, &Error::new("write a record", plain(&e)));
    }
    say(&Error::new("write a record", format!("{}; no sweep can finish the guards' work", plain(&e))));
    forget_claim(setup);
    setup.place = None;
}

/// Whoever started a job in the background wants to know whether it was executed.
fn hear_of_exec(setup: &mut Setup, told: &OwnedFd, command: Pid) {
    let told = what_was_told(told);
    if told.is_some() {
        let _ = spawn::wait_for(command);
        forget_claim(setup);
    }
    let Some(start) = &mut setup.background else { return };
    match told {
        None => start.tell(exit::DONE, ""),
        Some((code, why)) => {
            if let (Some(place), Some(group)) = (&setup.place, &setup.job.cgroup) {
                store::remove_cgroup(place, group);
            }
            start.forget();
            start.tell(code, &why);
            spawn::leave(code)
        }
    }
}

/// What a command says that could not be executed: its exit code and why. `None`: it was.
pub fn what_was_told(told: &OwnedFd) -> Option<(i32, String)> {
    let text = Start::read(told);
    let (code, why) = text.split_once('\n')?;
    Some((code.parse().unwrap_or(exit::NOT_EXECUTABLE), why.to_owned()))
}

impl Exec {
    /// The command, from its birth to its exec. What keeps it from that is said on `tell`, else on its own stderr.
    pub fn run(
        &self,
        terminal: Option<BorrowedFd>,
        pipes: Option<&Theirs>,
        wait: &OwnedFd,
        tell: Option<OwnedFd>,
    ) -> ! {
        let std = match (terminal, pipes) {
            (Some(follower), _) => fd::onto_std(follower),
            (None, Some(pipes)) => pipes.onto_std(),
            (None, None) => Ok(()),
        };
        if terminal.is_some() || pipes.is_some() {
            let _ = sys::set_group(0, 0);
        }
        if let Err(e) = std {
            self.give_up(exit::WRAP_FAILED, &Error::new("give the command its terminal", plain(&e)), tell);
        }
        let mut byte = [0u8; 1];
        loop {
            match fd::read(wait.as_fd(), &mut byte) {
                Ok(1) => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // The guard died before the record was there: nothing has run, nothing shall.
                _ => spawn::leave(exit::WRAP_FAILED),
            }
        }
        crate::sys::hook!(CommandGo);
        if let Some(cwd) = &self.cwd
            && let Err(e) = std::env::set_current_dir(cwd)
        {
            let e = Error::new(format!("enter {}", cwd.display()), plain(&e));
            self.give_up(exit::NOT_EXECUTABLE, &e, tell);
        }
        let born = match terminal.is_some() || pipes.is_some() {
            true => spawn::dispositions(self.sigchld_ignored, &self.mask),
            false => spawn::as_started(self.sigchld_ignored, &self.mask),
        };
        if let Err(e) = born {
            say(&Error::new("give the command its signals", plain(&e)));
        }
        crate::sys::hook!(CommandExecs);
        let e = self.prepared.exec(&self.env);
        let (code, e) = why_not(&e, &self.name);
        self.give_up(code, &e, tell)
    }

    fn give_up(&self, code: i32, e: &Error, tell: Option<OwnedFd>) -> ! {
        match tell {
            Some(tell) => drop(fd::write_all(tell.as_fd(), format!("{code}\n{e}").as_bytes())),
            None => say(e),
        }
        spawn::leave(code)
    }
}
