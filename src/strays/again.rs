//! Who comes back: somebody starts it again each time it is ended (a supervisor that was not thought of). After the third
//! time it is no longer fought, and the one who does it is named. Pure, but for whether the parent lives.

use serde::{Deserialize, Serialize};

use super::seen::lives;
use crate::sys::Pid;

/// So often, and it comes back.
const TIMES: u32 = 3;
/// One that is born later than this after an end was not started because of it.
const SOON_MS: u64 = 60_000;

/// What was ended, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Its arguments.
    pub argv: Vec<String>,
    /// Its parent.
    pub parent: Pid,
    /// The parent's start time.
    pub parent_start: u64,
    /// How often in a row.
    pub times: u32,
    /// When the last end began, in milliseconds since the epoch.
    pub at: u64,
    /// It was said that it comes back.
    #[serde(default)]
    pub told: bool,
}

impl Ended {
    /// Does it say anything still? Nobody is started again by one who is dead, or because of what was long ago.
    pub fn is_wanted(&self, now: u64) -> bool {
        let is_new = now <= self.at.saturating_add(10 * SOON_MS);
        (is_new || comes_back(self.times)) && lives(self.parent, self.parent_start)
    }

    fn is_of(&self, argv: &[String], parent: (Pid, u64)) -> bool {
        self.argv == argv && (self.parent, self.parent_start) == parent
    }
}

/// How often one of these arguments and this parent was ended, the last time just before this one was `born`. Its likes that
/// were there before are no return.
pub fn times(ended: &[Ended], argv: &[String], parent: (Pid, u64), born: u64) -> u32 {
    let after = |at: u64| at < born && born <= at.saturating_add(SOON_MS);
    let soon = |one: &&Ended| one.is_of(argv, parent) && after(one.at);
    ended.iter().find(soon).map_or(0, |one| one.times)
}

/// Is that so often that it is no longer fought?
pub fn comes_back(times: u32) -> bool {
    times >= TIMES
}

/// Notes an end that began now.
pub fn note(ended: &mut Vec<Ended>, argv: &[String], parent: (Pid, u64), born: u64, now: u64) {
    let before = times(ended, argv, parent, born);
    ended.retain(|one| !one.is_of(argv, parent));
    let (parent, parent_start) = parent;
    ended.push(Ended { argv: argv.to_vec(), parent, parent_start, times: before + 1, at: now, told: false });
}

/// Notes that it is said of them that they come back; answers whether that is new.
pub fn tell(ended: &mut [Ended], argv: &[String], parent: (Pid, u64)) -> bool {
    let one = ended.iter_mut().find(|one| one.is_of(argv, parent));
    one.is_some_and(|one| !std::mem::replace(&mut one.told, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_at_once_is_a_supervisor_and_three_times_a_day_is_not() {
        let (argv, other) = (["node".to_owned(), "x".to_owned()], ["node".to_owned(), "y".to_owned()]);
        let parent = (7, 70);
        for (gap, comes) in [(1_000, true), (SOON_MS + 1, false)] {
            let (mut ended, mut now) = (Vec::new(), 1_000_000);
            for _ in 0..TIMES {
                note(&mut ended, &argv, parent, now, now + 10);
                now += 10 + gap;
            }
            assert_eq!(comes_back(times(&ended, &argv, parent, now)), comes, "{gap}");
            assert_eq!(times(&ended, &other, parent, now) + times(&ended, &argv, (7, 71), now), 0);
            assert_eq!(ended.len(), 1);
        }
        let mut ended = Vec::new();
        for _ in 0..9 {
            note(&mut ended, &argv, parent, 5, 10);
        }
        assert_eq!(ended[0].times, 1, "nine that were there before the first end");
    }
}
