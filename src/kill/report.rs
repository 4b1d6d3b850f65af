//! What an ending left behind, by name (DESIGN §5.4).

use crate::sys::Pid;

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
    /// Bytes of memory that those who are gone held when they were first seen; what several shared counts for each.
    pub freed: u64,
    /// Ours, and could not be ended.
    pub survivors: Vec<Survivor>,
    /// Ours, and left alone on purpose: protected or kept.
    pub kept: Vec<Survivor>,
}

impl Report {
    /// One line for people.
    pub fn text(&self) -> String {
        let list = |all: &[Survivor]| {
            let rows: Vec<String> = all.iter().map(|s| format!("{} ({}): {}", s.name, s.pid, s.reason)).collect();
            rows.join("; ")
        };
        let mut text = format!("{} ended", self.ended);
        if !self.survivors.is_empty() {
            text += &format!("; could not be ended: {}", list(&self.survivors));
        }
        if !self.kept.is_empty() {
            text += &format!("; left alone: {}", list(&self.kept));
        }
        text
    }
}
