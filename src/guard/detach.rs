//! `pj detach`: a command that belongs to no job and no session from its first instruction on. `PJ_KEEP=1` in its environment
//! is the wish to stay, which every ending of a job that it was started in respects (DESIGN §5).
//!
//! Never: holds a terminal open, nor takes part in anybody's job control.

use std::ffi::{CString, OsString};

use super::{environment, launch, why_not};
use crate::error::{Doing, Error, Result};
use crate::sys::spawn::{self, Fork, Prepared};
use crate::sys::{Pid, fd, pty, signal, tty};

/// Runs it; answers its number once it has been executed.
pub fn start(command: &[OsString]) -> Result<Pid> {
    let doing = || format!("run {}", crate::process::describe::escape(&command[0].to_string_lossy()));
    let prepared = Prepared::new(command, std::env::var_os("PATH").as_deref()).doing(doing)?;
    let mut env = environment(None, None);
    env.retain(|line| !line.as_bytes().starts_with(b"PJ_KEEP="));
    env.push(CString::from(c"PJ_KEEP=1"));
    // A file or a pipe that somebody gave it is its own; a terminal would end with it, or wait for it.
    let terminals = [1, 2].into_iter().filter(|&n| tty::is_terminal(n));
    let nobodys: Vec<_> = std::iter::once(0).chain(terminals).collect();
    let sigchld_ignored = signal::is_ignored(signal::CHLD);
    let mask = signal::block_all().doing(doing)?;
    let made = fd::pipe().and_then(|pipe| Ok((pipe, spawn::fork()?)));
    match made {
        Ok(((told, tell), Fork::Child)) => {
            drop(told);
            let ready = pty::leave_session()
                .and_then(|()| fd::null_std(&nobodys))
                .and_then(|()| spawn::as_started(sigchld_ignored, &mask));
            let e = match ready {
                Ok(()) => prepared.exec(&env),
                Err(e) => e,
            };
            let (code, e) = why_not(&e, &command[0]);
            let _ = fd::write_all(std::os::fd::AsFd::as_fd(&tell), format!("{code}\n{e}").as_bytes());
            spawn::leave(code)
        }
        Ok(((told, tell), Fork::Parent(pid))) => {
            let _ = signal::set_mask(&mask);
            drop(tell);
            match launch::what_was_told(&told) {
                None => Ok(pid),
                Some((code, why)) => {
                    let _ = spawn::wait_for(pid);
                    Err(Error::said(&why).code(code))
                }
            }
        }
        Err(e) => {
            let _ = signal::set_mask(&mask);
            Err(e).doing(doing)
        }
    }
}
