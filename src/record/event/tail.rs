//! Reading events: those of the past, and those that come. A line that is none is counted and passed over.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use super::{Event, files};
use crate::record::Place;
use crate::sys::file::Own;

/// No line is longer; what is, is none.
const LONGEST: usize = 1 << 20;

/// The events of one place, in the order in which they were written, and what is added later.
#[derive(Debug)]
pub struct Tail {
    place: Place,
    file: Option<File>,
    /// A line that is not whole yet.
    rest: Vec<u8>,
    /// Lines that could not be read.
    pub bad: usize,
}

impl Tail {
    /// Behind all that is there.
    pub fn at_end(place: &Place) -> Tail {
        let mut tail = Tail { place: place.clone(), file: None, rest: Vec::new(), bad: 0 };
        tail.open();
        if let Some(file) = &mut tail.file {
            // A place that cannot be taken is the beginning: told twice is better than never.
            let _ = std::io::Seek::seek(file, std::io::SeekFrom::End(0));
        }
        tail
    }

    /// Before all that is there, full files too: their events come first.
    pub fn with_past(place: &Place) -> (Vec<Event>, Tail) {
        let mut tail = Tail { place: place.clone(), file: None, rest: Vec::new(), bad: 0 };
        // Opened first: a file that gets full meanwhile is then read as this one, and not twice.
        tail.open();
        let ours = tail.file.as_ref().and_then(|f| f.metadata().ok()).map(|m| (m.dev(), m.ino()));
        let mut found = Vec::new();
        for path in files(place) {
            let Some(mut file) = open(&path) else { continue };
            if file.metadata().is_ok_and(|m| Some((m.dev(), m.ino())) != ours) {
                tail.take(&mut file, &mut found);
                tail.end();
            }
        }
        found.extend(tail.read());
        (found, tail)
    }

    /// What was added since.
    pub fn read(&mut self) -> Vec<Event> {
        let mut found = Vec::new();
        loop {
            if let Some(mut file) = self.file.take() {
                self.take(&mut file, &mut found);
                self.file = Some(file);
            }
            if self.is_current() {
                return found;
            }
            // Full, and another has its name: what was written to ours before that is still to be had, once.
            if let Some(mut file) = self.file.take() {
                self.take(&mut file, &mut found);
                self.end();
            }
            self.open();
            if self.file.is_none() {
                return found;
            }
        }
    }

    fn open(&mut self) {
        self.file = open(&self.place.events());
    }

    /// Is what we read the file that is written?
    fn is_current(&self) -> bool {
        let ours = self.file.as_ref().and_then(|f| f.metadata().ok()).map(|m| (m.dev(), m.ino()));
        let named = std::fs::symlink_metadata(self.place.events()).ok().map(|m| (m.dev(), m.ino()));
        // Ours was renamed, and nobody has begun another yet.
        named.is_none() || (ours.is_some() && ours == named)
    }

    fn take(&mut self, file: &mut File, found: &mut Vec<Event>) {
        // What could be read before an error is as good as without it.
        let _ = file.read_to_end(&mut self.rest);
        let Some(end) = self.rest.iter().rposition(|&b| b == b'\n') else {
            if self.rest.len() > LONGEST {
                self.end();
            }
            return;
        };
        let rest = self.rest.split_off(end + 1);
        let whole = std::mem::replace(&mut self.rest, rest);
        for line in whole.split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice::<Event>(line) {
                Ok(event) if event.schema == super::SCHEMA => found.push(event),
                _ => self.bad += 1,
            }
        }
    }

    /// Nothing more comes behind this.
    fn end(&mut self) {
        self.bad += usize::from(!self.rest.is_empty());
        self.rest.clear();
    }
}

/// A file of our own user, and no link.
fn open(path: &std::path::Path) -> Option<File> {
    let own = Own::open(path).ok()?;
    (own.uid == crate::sys::euid()).then(|| own.into_file())
}
