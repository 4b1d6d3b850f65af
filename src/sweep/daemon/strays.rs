//! The look for strays, by the clock: `pj clean --unattended -q` in a process of its own, bounded in time.
//!
//! Never: without a rule by which somebody could be one; two at once; one that outlives its time, whatever becomes of us.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::config::Settings;
use crate::sys::signal::Mask;
use crate::sys::spawn::{self, Fork, Prepared, Waited};
use crate::sys::{Pid, apart, clock};

/// Seconds after which a look for strays ends itself.
const MOST: u32 = 300;

/// When the next one is due, and the one that is under way.
pub(super) struct Strays {
    every: Option<Duration>,
    next: Option<Instant>,
    child: Option<Pid>,
}

impl Strays {
    pub(super) fn new(settings: Option<&Settings>) -> Strays {
        let every = settings.filter(|s| !s.strays.rules.is_empty()).map(|s| s.strays.interval);
        Strays { every, next: every.map(|_| clock::now()), child: None }
    }

    /// When there is something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.next.filter(|_| self.child.is_none())
    }

    /// Starts one, if it is time.
    pub(super) fn turn(&mut self, exe: &Path, now: Instant) {
        if self.due().is_none_or(|at| now < at) {
            return;
        }
        self.next = self.every.map(|every| now + every);
        let mut argv: Vec<OsString> = vec![exe.into()];
        if let Some(file) = crate::config::chosen() {
            argv.extend(["--config".into(), file.into()]);
        }
        argv.extend(["clean", "--unattended", "-q"].map(OsString::from));
        let Ok(prepared) = Prepared::new(&argv, None) else { return };
        let env = spawn::environ();
        match spawn::fork() {
            Ok(Fork::Child) => {
                // Over the exec, too: it ends in time even if we are gone.
                apart::end_after(MOST);
                let _ = spawn::dispositions(false, &Mask::none());
                let _ = prepared.exec(&env);
                spawn::leave(crate::exit::NOT_FOUND)
            }
            Ok(Fork::Parent(pid)) => self.child = Some(pid),
            // Another time.
            Err(_) => {}
        }
    }

    /// Takes the end of our children.
    pub(super) fn reap(&mut self) {
        while let Waited::Changed(pid, change) = spawn::wait_any() {
            let has_ended = matches!(change, spawn::Change::Exited(_) | spawn::Change::Killed(..));
            self.child = self.child.filter(|&child| !(has_ended && child == pid));
        }
    }
}
