//! Which signal, to whom, when: pure. Two signals in one instant would trip programs that take the second for "force",
//! so the second rung is a quarter of a second away (DESIGN §5.1).

use std::time::{Duration, Instant};

use crate::sys::signal::{HUP, KILL, Signal, TERM};

/// From the first signal to the second.
pub const SECOND: Duration = Duration::from_millis(250);

/// Why a tree ends: it decides the first signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its session is over, or its guards are: HUP, then TERM.
    SessionOver,
    /// Somebody asked for it: TERM, then HUP for those who ignore it (interactive shells).
    Stop,
    /// At once, without warning.
    Kill,
}

impl Cause {
    /// The first signal, where a stop begins with `stop`.
    pub fn first(self, stop: Signal) -> Signal {
        match self {
            Cause::SessionOver => HUP,
            Cause::Stop => stop,
            Cause::Kill => KILL,
        }
    }
}

/// What one member has been sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// When it got its first signal.
    first: Option<Instant>,
    second: bool,
}

impl Told {
    /// Has it had the second, too?
    pub fn twice(&self) -> bool {
        self.second
    }

    /// Has it been sent anything?
    pub fn anything(&self) -> bool {
        self.first.is_some()
    }
}

/// What to send to one member now; CONT is the caller's, who knows who is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Send {
    /// Sent first, where there is something to send.
    pub first: Option<Signal>,
    /// Sent right after it.
    pub then: Option<Signal>,
}

const fn ignores(mask: u64, sig: Signal) -> bool {
    mask & (1 << (sig - 1)) != 0
}

/// The next signals for a member that ignores `mask`.
pub fn next(cause: Cause, stop: Signal, told: &mut Told, now: Instant, mask: u64) -> Send {
    let (first, second) = match cause {
        Cause::SessionOver => (HUP, TERM),
        Cause::Stop => (stop, HUP),
        Cause::Kill => return Send::default(),
    };
    match told.first {
        None => {
            told.first = Some(now);
            // An ignored first signal says nothing to anybody: the second goes at once.
            told.second = cause == Cause::SessionOver && ignores(mask, first);
            Send { first: Some(first), then: told.second.then_some(second) }
        }
        Some(at) if !told.second && now >= at + SECOND => {
            told.second = true;
            let wanted = cause == Cause::SessionOver || ignores(mask, first);
            Send { first: wanted.then_some(second), then: None }
        }
        Some(_) => Send::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IGN_HUP: u64 = 1 << (HUP - 1);
    const IGN_TERM: u64 = 1 << (TERM - 1);

    #[test]
    fn a_session_that_is_over_says_hup_then_term() {
        let (mut t, now) = (Told::default(), Instant::now());
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now, 0), Send { first: Some(HUP), then: None });
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now + Duration::from_millis(249), 0), Send::default());
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now + SECOND, 0), Send { first: Some(TERM), then: None });
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now + SECOND * 9, 0), Send::default());
    }

    #[test]
    fn who_ignores_hup_gets_term_at_once_and_only_once() {
        let (mut t, now) = (Told::default(), Instant::now());
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now, IGN_HUP), Send { first: Some(HUP), then: Some(TERM) });
        assert_eq!(next(Cause::SessionOver, TERM, &mut t, now + SECOND, IGN_HUP), Send::default());
    }

    #[test]
    fn a_stop_says_term_and_hup_only_to_who_ignores_it() {
        let (mut t, now) = (Told::default(), Instant::now());
        assert_eq!(next(Cause::Stop, TERM, &mut t, now, 0).first, Some(TERM));
        assert_eq!(next(Cause::Stop, TERM, &mut t, now + SECOND, 0), Send::default());
        let mut shell = Told::default();
        next(Cause::Stop, TERM, &mut shell, now, IGN_TERM);
        assert_eq!(next(Cause::Stop, TERM, &mut shell, now + SECOND, IGN_TERM).first, Some(HUP));
        // Some want another word for it; a session's end is said as always.
        assert_eq!(next(Cause::Stop, 2, &mut Told::default(), now, 0).first, Some(2));
        assert_eq!(next(Cause::SessionOver, 2, &mut Told::default(), now, 0).first, Some(HUP));
    }
}
