//! What an ending left behind, by name (DESIGN §5.4).

use super::Cause;
use crate::process::describe::size;
use crate::sys::Pid;
use crate::sys::signal::{self, Signal};

/// A process that lives on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Process number.
    pub pid: Pid,
    /// Start time.
    pub start: u64,
    /// The kernel's short name, escaped.
    pub name: String,
    /// Why it lives.
    pub reason: String,
}

/// The end of an ending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Processes that were signalled and are gone.
    pub ended: usize,
    /// Those of them that went only by KILL.
    pub forced: usize,
    /// Those of the rest that had been sent the second signal, too.
    pub pressed: usize,
    /// Bytes of memory that those who are gone held when they were first seen; what several shared counts for each.
    pub freed: u64,
    /// Ours, and could not be ended.
    pub survivors: Vec<Survivor>,
    /// Ours, and left alone on purpose: protected or kept.
    pub kept: Vec<Survivor>,
}

impl Report {
    /// Counts those who are gone: whether it took KILL, whether they had the second signal, and what they held.
    pub(super) fn count(&mut self, gone: &[(bool, bool, u64)]) {
        self.ended = gone.len();
        self.forced = gone.iter().filter(|(forced, ..)| *forced).count();
        self.pressed = gone.iter().filter(|(forced, twice, _)| !forced && *twice).count();
        self.freed = gone.iter().map(|(.., held)| held).sum();
    }

    /// How many are gone, how many of them only by KILL, and the bytes that they held.
    pub fn counts(&self) -> (usize, usize, u64) {
        (self.ended, self.forced, self.freed)
    }

    /// Was nobody signalled, and is nobody left?
    pub fn is_silent(&self) -> bool {
        self.ended == 0 && self.survivors.is_empty() && self.kept.is_empty()
    }

    /// Who lives on: number, name, reason. Those who should not first.
    pub fn left(&self) -> impl Iterator<Item = (Pid, &str, &str)> {
        self.survivors.iter().chain(&self.kept).map(|s| (s.pid, s.name.as_str(), s.reason.as_str()))
    }

    /// The signal that the last of them needed.
    pub fn signal(&self, cause: Cause, stop: Signal) -> String {
        let last = match (self.forced, self.pressed, self.ended) {
            (0, 0, 0) => return String::new(),
            (0, 1.., _) if cause == Cause::SessionOver => signal::TERM,
            (0, ..) => cause.first(stop),
            _ => signal::KILL,
        };
        signal::name(last).trim_start_matches("SIG").to_owned()
    }

    /// One line for people.
    pub fn text(&self) -> String {
        let list = |all: &[Survivor]| {
            let rows: Vec<String> = all.iter().map(|s| format!("{} ({}): {}", s.name, s.pid, s.reason)).collect();
            rows.join("; ")
        };
        let mut text = format!("{} ended", self.ended);
        if self.freed > 0 {
            text += &format!(", {} freed", size(self.freed));
        }
        if !self.survivors.is_empty() {
            text += &format!("; could not be ended: {}", list(&self.survivors));
        }
        if !self.kept.is_empty() {
            text += &format!("; left alone: {}", list(&self.kept));
        }
        text
    }
}
