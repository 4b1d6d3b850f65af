//! Waiting for a condition: the only place in the tests that may sleep, a few milliseconds between two looks.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before a test calls it "never". Long, since a busy machine may stand still for a while; it
/// costs nothing where a test passes.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Look until there is an answer; panic with `what` when there is none in [`LONG`].
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(LONG, look).unwrap_or_else(|| panic!("in {} s this never came true: {what}", LONG.as_secs()))
}

/// The same for a condition.
pub(crate) fn holds(what: &str, mut look: impl FnMut() -> bool) {
    eventually(what, || look().then_some(()));
}

/// Look until there is an answer, at most this long; the last look is after the deadline.
pub(crate) fn within<T>(most: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + most;
    let mut pause = Duration::from_millis(1);
    loop {
        let late = Instant::now() >= deadline;
        if let Some(answer) = look() {
            return Some(answer);
        }
        if late {
            return None;
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(16));
    }
}
