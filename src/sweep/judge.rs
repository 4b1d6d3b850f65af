//! What a sweep would do with a job, and by which rule: pure. The code that decides is the code that explains; `-n`,
//! `pj why` and the act itself read the same verdict (DESIGN §5).

use crate::kill::Cause;

/// What the kernel says of a process that a record names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It lives and can act.
    Runs,
    /// It lives and is stopped.
    Stopped,
    /// It has ended, or was never there.
    Gone,
    /// It is in another pid namespace: not ours to judge.
    Elsewhere,
    /// Nobody looked, since it could not change the verdict (a front whose guard lives and has a session to go by).
    Unasked,
}

impl Fact {
    /// Runs or stopped.
    pub fn lives(self) -> bool {
        matches!(self, Fact::Runs | Fact::Stopped)
    }
}

/// What the kernel says of a job's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFact {
    /// Its shell lives, on its terminal.
    Alive,
    /// Its shell has ended.
    ShellGone,
    /// Its shell lives and has lost the terminal.
    TerminalGone,
    /// There is none: the job's life is its front's.
    None,
    /// In another pid namespace.
    Elsewhere,
    /// The caller said that it is over (`--session`).
    Said,
}

/// Of a background job that is over: how long its record has been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Not yet for as long as it is to be. Then nothing else decides.
    Kept,
    /// For long enough.
    Old,
}

/// Everything that a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The guard.
    pub guard: Fact,
    /// The front.
    pub front: Fact,
    /// Of an adopted job, which never had a guard: its process.
    pub adopted: Option<Fact>,
    /// The session.
    pub session: SessionFact,
    /// It runs in the background: it never had a front, and its record outlives it.
    pub background: bool,
    /// It is over, and is on record for how it ended.
    pub over: Option<Over>,
    /// Its terminal has closed, and it waits for `pj attach`, or somebody is attached.
    pub waits: bool,
    /// The job may outlive its session.
    pub keep: bool,
    /// The record is of another boot of this machine.
    pub other_boot: bool,
    /// The caller wants every job to end (`--all`).
    pub all: bool,
    /// Nothing has gone through its terminal for as long as `sweep.idle` says.
    pub idle: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Nothing: it is as it should be, or not ours to judge.
    Leave,
    /// Take the record away: nothing of it can live.
    Prune,
    /// Put on record that it is over: nothing of it can live, and nobody knows how it ended.
    Conclude,
    /// Its guard is at it: wait the grace, then take over.
    Wait,
    /// Ask its guard to end it, wait the grace, then take over.
    Ask,
    /// End the tree below its stopped guard, then guard and front.
    TakeOver,
    /// End what the record and the census prove.
    EndLost,
}

/// A decision and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub act: Act,
    /// The rule's name, for dry runs and scripts.
    pub rule: &'static str,
    /// The rule in words.
    pub reason: &'static str,
}

impl Verdict {
    /// What its processes are ended for.
    pub fn cause(&self) -> Cause {
        if matches!(self.rule, "asked" | "idle") { Cause::Stop } else { Cause::SessionOver }
    }
}

const fn verdict(act: Act, rule: &'static str, reason: &'static str) -> Verdict {
    Verdict { act, rule, reason }
}

/// Judges one job.
pub fn judge(f: &Facts) -> Verdict {
    use Act::{Ask, Conclude, EndLost, Leave, Prune, TakeOver, Wait};
    match f.over {
        Some(_) if f.guard == Fact::Stopped => {
            return verdict(TakeOver, "exited-guard-stopped", "it has ended, and its guard is stopped");
        }
        Some(Over::Old) if !f.guard.lives() => return verdict(Prune, "retention", "it has ended long ago"),
        Some(_) => return verdict(Leave, "exited", "it has ended, and is on record for how"),
        None => {}
    }
    if f.other_boot && f.background {
        return verdict(Conclude, "other-boot", "the machine has been restarted since");
    }
    if f.other_boot {
        return verdict(Prune, "other-boot", "the machine has been restarted since");
    }
    if let Some(root) = f.adopted {
        return adopted(f, root);
    }
    if f.guard == Fact::Elsewhere || f.front == Fact::Elsewhere || f.session == SessionFact::Elsewhere {
        return verdict(Leave, "elsewhere", "it is in another pid namespace: not ours to judge");
    }
    if f.all {
        return match f.guard {
            Fact::Runs => verdict(Ask, "asked", "you asked for every job to end"),
            Fact::Stopped => verdict(TakeOver, "asked", "you asked for every job to end, and its guard is stopped"),
            Fact::Gone | Fact::Elsewhere | Fact::Unasked => verdict(EndLost, "asked", "you asked for every job to end"),
        };
    }
    if f.keep {
        return verdict(Leave, "keep", "it may outlive its session");
    }
    if !f.guard.lives() && !f.front.lives() {
        let reason = if f.background { "its guard is gone" } else { "its front and its guard are gone" };
        return verdict(EndLost, "guards-gone", reason);
    }
    if f.waits && f.guard.lives() {
        return verdict(Leave, "detached", "its terminal has closed, and it waits for pj attach");
    }
    if f.background && f.session == SessionFact::None {
        return verdict(Leave, "background", "it runs in the background, and ends with no session");
    }
    // Without a session the front is the session.
    let over = match f.session {
        SessionFact::Alive => None,
        SessionFact::ShellGone => Some("its session's shell has ended"),
        SessionFact::TerminalGone => Some("its session has lost its terminal"),
        SessionFact::Said => Some("its session is said to be over"),
        SessionFact::None if f.front.lives() => None,
        SessionFact::None => Some("it has no session, and its front is gone"),
        // Answered above.
        SessionFact::Elsewhere => None,
    };
    let Some(over) = over else {
        return if f.guard == Fact::Stopped {
            verdict(Leave, "guard-stopped", "its guard is stopped, and its session lives")
        } else if f.idle && f.guard == Fact::Runs && f.front == Fact::Runs {
            // Who was stopped was put aside, not forgotten.
            verdict(Ask, "idle", "nothing has gone through its terminal for as long as sweep.idle says")
        } else {
            verdict(Leave, "session-alive", "its session lives")
        };
    };
    match (f.guard, f.front) {
        (Fact::Stopped, _) => verdict(TakeOver, "guard-stopped-session-over", over),
        (Fact::Runs, _) => verdict(Wait, "session-over", over),
        (Fact::Gone | Fact::Elsewhere | Fact::Unasked, Fact::Runs) => verdict(Wait, "session-over", over),
        (Fact::Gone | Fact::Elsewhere | Fact::Unasked, _) => verdict(EndLost, "front-stopped-session-over", over),
    }
}

/// Judges an adopted job. That nobody guards it is as it should be: only its session's end is a reason to end it, and
/// without a session nothing is, but being asked to.
fn adopted(f: &Facts, root: Fact) -> Verdict {
    use Act::{EndLost, Leave};
    if root == Fact::Elsewhere || f.session == SessionFact::Elsewhere {
        return verdict(Leave, "elsewhere", "it is in another pid namespace: not ours to judge");
    }
    if f.all {
        return verdict(EndLost, "asked", "you asked for every job to end");
    }
    if f.keep {
        return verdict(Leave, "keep", "it may outlive its session");
    }
    match f.session {
        SessionFact::None | SessionFact::Elsewhere => {
            verdict(Leave, "adopted", "it was adopted, and ends with no session")
        }
        SessionFact::Alive => verdict(Leave, "session-alive", "its session lives"),
        SessionFact::ShellGone => verdict(EndLost, "adopted-session-over", "its session's shell has ended"),
        SessionFact::TerminalGone => verdict(EndLost, "adopted-session-over", "its session has lost its terminal"),
        SessionFact::Said => verdict(EndLost, "adopted-session-over", "its session is said to be over"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Facts> {
        let lives = [Fact::Runs, Fact::Stopped, Fact::Gone, Fact::Elsewhere];
        let sessions = [
            SessionFact::Alive,
            SessionFact::ShellGone,
            SessionFact::TerminalGone,
            SessionFact::None,
            SessionFact::Elsewhere,
            SessionFact::Said,
        ];
        let mut all_facts = Vec::new();
        for guard in lives {
            for front in lives {
                for session in sessions {
                    for bits in 0..8 {
                        let (keep, other_boot, all) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
                        let (background, over, waits) = (false, None, false);
                        let adopted = None;
                        all_facts.push(Facts {
                            guard,
                            front,
                            adopted,
                            session,
                            background,
                            over,
                            waits,
                            keep,
                            other_boot,
                            all,
                            idle: false,
                        });
                    }
                }
            }
        }
        all_facts
    }

    /// Over every combination: adoption alone ends nobody. Nor does a guard that there never was; it takes an asker, or the
    /// end of a session that the job was given to.
    #[test]
    fn an_adopted_job_ends_when_asked_or_with_its_session() {
        for f in every() {
            // What says nothing of an adopted job, in every combination.
            let v = judge(&Facts { adopted: Some(f.front), ..f });
            let elsewhere = f.front == Fact::Elsewhere || f.session == SessionFact::Elsewhere;
            let over =
                matches!(f.session, SessionFact::ShellGone | SessionFact::TerminalGone | SessionFact::Said) && !f.keep;
            let wanted = match () {
                () if f.other_boot => Act::Prune,
                () if !elsewhere && (f.all || over) => Act::EndLost,
                () => Act::Leave,
            };
            assert_eq!(v.act, wanted, "{f:?}");
        }
    }

    /// What is not asked changes nothing, whatever the answer had been.
    #[test]
    fn a_front_decides_nothing_where_a_guard_lives_and_a_session_tells() {
        for f in every().into_iter().filter(|f| f.guard.lives() && f.session != SessionFact::None) {
            if f.front != Fact::Elsewhere {
                assert_eq!(judge(&Facts { front: Fact::Unasked, ..f }), judge(&f), "{f:?}");
            }
        }
    }

    /// Over every combination: silence ends only what is at work in front of somebody, by its guard, and changes nothing
    /// else.
    #[test]
    fn silence_ends_only_what_its_own_guard_can_end() {
        for f in every() {
            let (before, v) = (judge(&f), judge(&Facts { idle: true, ..f }));
            if v != before {
                assert_eq!((v.act, before.act, before.rule), (Act::Ask, Act::Leave, "session-alive"), "{f:?}");
                assert_eq!(
                    (f.guard, f.front, f.keep, v.cause()),
                    (Fact::Runs, Fact::Runs, false, Cause::Stop),
                    "{f:?}"
                );
            }
        }
        let quiet = Facts { guard: Fact::Runs, front: Fact::Runs, idle: true, ..every()[0] };
        assert_eq!(judge(&quiet).rule, "idle");
        assert_eq!(judge(&Facts { waits: true, ..quiet }).act, Act::Leave);
    }

    /// Over every combination of facts: nothing of another boot or namespace is signalled; a living session with a guard
    /// or a front is left alone unless everything is to end; what is kept is left alone likewise; whoever lost both
    /// guards is ended.
    #[test]
    fn every_combination_of_facts_keeps_the_promises() {
        for f in every() {
            let v = judge(&f);
            let signals = matches!(v.act, Act::Wait | Act::Ask | Act::TakeOver | Act::EndLost);
            let elsewhere =
                f.guard == Fact::Elsewhere || f.front == Fact::Elsewhere || f.session == SessionFact::Elsewhere;
            if f.other_boot || elsewhere {
                assert!(!signals, "{f:?}");
                continue;
            }
            let guarded = f.guard.lives() || f.front.lives();
            if !f.all && (f.keep || (f.session == SessionFact::Alive && guarded)) {
                assert_eq!(v.act, Act::Leave, "{f:?}");
            }
            if !f.keep && !guarded {
                assert_eq!(v.act, Act::EndLost, "{f:?}");
            }
            if v.act == Act::TakeOver {
                assert_eq!(f.guard, Fact::Stopped, "{f:?}");
            }
            if f.guard == Fact::Runs {
                assert!(!matches!(v.act, Act::TakeOver | Act::EndLost | Act::Prune), "{f:?}");
            }
        }
    }
    /// Over every combination: a background job whose guard lives ends with its session or when asked, and never for want of
    /// a front; its record goes when it is old, and only then.
    #[test]
    fn a_background_job_is_left_alone_without_a_session_and_its_record_outlives_it() {
        for f in every().into_iter().filter(|f| f.front == Fact::Gone) {
            let f = Facts { background: true, ..f };
            assert_ne!(judge(&f).act, Act::Prune, "{f:?}");
            assert_eq!(judge(&f).act == Act::Conclude, f.other_boot, "{f:?}");
            if f.session == SessionFact::None && f.guard.lives() && !f.all && !f.other_boot {
                assert_eq!(judge(&f).act, Act::Leave, "{f:?}");
            }
            for (over, wanted) in [(Over::Kept, Act::Leave), (Over::Old, Act::Prune)] {
                let v = judge(&Facts { over: Some(over), ..f });
                let wanted = match f.guard {
                    Fact::Runs => Act::Leave,
                    // It has nothing more to do but to leave.
                    Fact::Stopped => Act::TakeOver,
                    _ => wanted,
                };
                assert_eq!(v.act, wanted, "{f:?}");
            }
        }
    }

    /// Over every combination: who waits for `pj attach` ends when asked and with his guards, and for nothing else.
    #[test]
    fn a_job_that_waits_to_be_taken_back_is_left_to_its_guard() {
        for f in every() {
            let (waits, before) = (judge(&Facts { waits: true, ..f }), judge(&f));
            match f.guard.lives() && !f.all && !f.other_boot {
                true => assert_eq!(waits.act, Act::Leave, "{f:?}"),
                false => assert_eq!(waits, before, "{f:?}"),
            }
        }
    }
}
