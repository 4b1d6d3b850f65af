//! What the daemon looks at between two passes: the end of every shell, guard, front and adopted process that is on record,
//! and the directories in which records appear. Whatever it tells is a hint: a pass looks for itself.
//!
//! Never: decides anything, or fails. Where the kernel gives nothing to watch with, passes come by the clock.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use crate::error::plain;
use crate::process::{Identity, Look};
use crate::record::Place;
use crate::record::job::State;
use crate::sweep::View;
use crate::sys::Pid;
use crate::sys::watch::{Happened, Of, Watch};

/// No such process; no such file or directory.
const GONE: [i32; 2] = [3, 2];

/// The watches, or why there are none.
pub(super) struct Eyes {
    watch: Option<Watch>,
    /// What could not be watched, of what was wanted last.
    lost: Option<String>,
}

impl Eyes {
    pub(super) fn open() -> Eyes {
        match Watch::open() {
            Ok(watch) => Eyes { watch: Some(watch), lost: None },
            Err(e) => Eyes { watch: None, lost: Some(plain(&e)) },
        }
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().map(AsFd::as_fd)
    }

    /// Why not all can be watched that should be.
    pub(super) fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    pub(super) fn happened(&mut self) -> Happened {
        self.watch.as_mut().map(Watch::happened).unwrap_or_default()
    }

    /// Watches what there is to watch now, and nothing else. Answers whether something of it may have changed between the
    /// look and the watch: then it is to be looked at again. With `events`: what others write down is told, too.
    pub(super) fn follow(&mut self, view: &mut View, events: bool) -> bool {
        let Some(watch) = &mut self.watch else { return false };
        let mut lost = None;
        let (mut wanted, mut again) = (BTreeSet::new(), false);
        for who in whom(view) {
            if !matches!(view.looks.at(&who), Look::Lives(_)) || !wanted.insert(who.pid) {
                continue;
            }
            again |= match watch.process(who.pid) {
                // Is it still who was meant?
                Ok(new) => new && who.life().is_gone(),
                Err(e) => missed(&e, &mut lost),
            };
        }
        watch.keep(|pid: Pid| wanted.contains(&pid));
        for (path, of) in places(events) {
            match watch.path(&path, of) {
                Ok(new) => again |= new,
                // What is not there is told of by what is above it.
                Err(e) => drop(missed(&e, &mut lost)),
            }
        }
        self.lost = lost;
        again
    }
}

/// It went meanwhile, or cannot be watched.
fn missed(e: &io::Error, lost: &mut Option<String>) -> bool {
    let is_gone = e.raw_os_error().is_some_and(|code| GONE.contains(&code));
    if !is_gone {
        *lost = Some(plain(e));
    }
    is_gone
}

/// Whose end may mean work.
fn whom(view: &View) -> Vec<Identity> {
    let mut found: Vec<Identity> = view.shells.iter().map(|s| s.identity.clone()).collect();
    for job in view.rows.iter().map(|row| &row.job).filter(|job| job.state != State::Exited) {
        let adopted = job.root.as_ref().filter(|_| job.is_adopted());
        let all = [job.guard.as_ref(), job.front.as_ref(), adopted, job.owner.session.as_ref()];
        found.extend(all.into_iter().flatten().cloned());
    }
    found
}

/// Where records appear, and above that where places do.
fn places(events: bool) -> Vec<(std::path::PathBuf, Of)> {
    let mut found = Vec::new();
    let mut all = Place::all();
    all.extend([Place::current(), Place::default_place()].into_iter().flatten());
    for place in all {
        let above = place.root().parent().unwrap_or(Path::new("/")).to_owned();
        found.extend([(above, Of::Names), (place.root().to_owned(), Of::Names)]);
        // Nobody else's directory is looked at, and no directory that somebody else could change.
        if place.check().is_ok() {
            found.extend([(place.sessions(), Of::Records), (place.jobs(), Of::Records), (place.places(), Of::Text)]);
            found.extend(events.then(|| (place.events(), Of::Text)));
        }
    }
    found
}
