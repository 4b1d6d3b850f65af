//! A word with a job's guard over its socket: a request, and whether it was granted. Silent, and never for longer than it was
//! given.

use std::io;
use std::path::Path;
use std::time::Instant;

use crate::guard::protocol::{Answer, Ask, Heard, Request, Said, Wire};
use crate::sys::fd::{self, Ask as Poll};
use crate::sys::{clock, peer};

/// Between two tries where the queue of those who wait for the guard is full: that cannot be polled for.
const AGAIN_MS: i32 = 20;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heed {
    /// It was granted.
    Granted,
    /// It was not, and why.
    Refused(String),
    /// Nothing was said in time.
    Silent,
    /// Nobody listens there.
    Absent,
}

/// Asks this of the guard that listens at `path`.
pub(super) fn hail(path: &Path, ask: Ask, until: Instant) -> Heed {
    let line = loop {
        match peer::open(path) {
            Ok(line) => break line,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock && clock::now() < until => {
                let _ = fd::poll::<0>(&[], AGAIN_MS);
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Heed::Silent,
            Err(_) => return Heed::Absent,
        }
    };
    let mut wire = Wire::new(line);
    wire.tell(&Request::new(ask));
    loop {
        match wire.hear::<Answer>() {
            Heard::Line(Answer { is: Said::Ok, .. }, _) => return Heed::Granted,
            Heard::Line(answer, _) => {
                return Heed::Refused(answer.why.unwrap_or_else(|| "its guard does not want to".to_owned()));
            }
            Heard::Broken(why) => return Heed::Refused(format!("what its guard says is odd: {why}")),
            Heard::Gone => return Heed::Absent,
            Heard::Nothing => {}
        }
        let now = clock::now();
        if now >= until {
            return Heed::Silent;
        }
        let polled = [Poll { fd: wire.fd(), read: true, write: wire.wants_write() }];
        let _ = fd::poll(&polled, clock::timeout_until(Some(until), now));
        wire.flush();
    }
}
