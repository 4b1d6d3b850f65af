//! What becomes of a process that is no job's: pure, from facts to a verdict with its reason. The same verdict is acted on,
//! printed by `pj scan` and explained by `pj why`.
//!
//! Whoever may not be ended is found out before anybody asks for a rule.

use crate::sys::Pid;

/// What the user's rule asks for, and whether it is so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Which rule.
    pub name: String,
    /// It must be proven that its session is over.
    pub orphan: bool,
    /// Nobody needs to be asked.
    pub kill: bool,
    /// It has lived for as long as the rule wants.
    pub is_old: bool,
    /// How much longer it must use no processor time, in milliseconds; `None`: it has been idle for as long as wanted.
    pub busy_ms: Option<u64>,
    /// From the first sighting on record to an end that nobody was asked about.
    pub grace_ms: u64,
}

/// All that decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Process number.
    pub pid: Pid,
    /// It is ourselves, or started us.
    pub is_our_line: bool,
    /// The kernel's own, or nothing can be read of it.
    pub is_kernels: bool,
    /// It is not our user's.
    pub is_anothers: bool,
    /// In another pid namespace.
    pub is_elsewhere: bool,
    /// The record that owns it, in words.
    pub owned: Option<String>,
    /// It or somebody above it is protected: why.
    pub protected: Option<String>,
    /// A session that lives and has to do with it, in words.
    pub live: Option<String>,
    /// The unit of systemd's that was made for it.
    pub unit: Option<String>,
    /// Its session is over, and whoever adopted it is outside any session.
    pub is_orphan: bool,
    /// Somebody below it may not be ended: who, and why.
    pub below: Option<String>,
    /// The rule that names it.
    pub asked: Option<Asked>,
    /// Who starts it again each time.
    pub again: Option<String>,
    /// How long ago it was first seen as a stray, on record.
    pub seen_ms: Option<u64>,
    /// In how many runs before this one.
    pub passes: u32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing: it is no stray, or may not be ended.
    Leave,
    /// It is a stray, and the rule does not say `kill`: a person may.
    Report,
    /// It is to be ended, but not yet.
    Wait,
    /// It is to be ended.
    End,
}

impl Act {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Act::Leave => "leave",
            Act::Report => "report",
            Act::Wait => "wait",
            Act::End => "end",
        }
    }

    /// May a person have it ended?
    pub fn is_stray(self) -> bool {
        self != Act::Leave
    }
}

/// What is to be done, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub act: Act,
    /// Which of our own rules has decided.
    pub rule: &'static str,
    /// Why, for people.
    pub reason: String,
}

/// Who may never be ended here, whatever a rule says.
fn never(f: &Facts) -> Option<(&'static str, String)> {
    let known = |rule, text: &str| Some((rule, text.to_owned()));
    if f.pid <= 1 {
        return known("init", "it is the system's first process");
    }
    if f.is_our_line {
        return known("ourselves", "this runs in it");
    }
    if f.is_kernels {
        return known("kernel", "it is the kernel's own, or nothing of it can be read");
    }
    if f.is_anothers {
        return known("other-user", "it belongs to another user");
    }
    if f.is_elsewhere {
        return known("elsewhere", "it is in another pid namespace");
    }
    let words = [("owned", &f.owned), ("protected", &f.protected), ("live-session", &f.live)];
    words.into_iter().find_map(|(rule, text)| Some((rule, text.clone()?))).or_else(|| {
        let unit = f.unit.as_ref()?;
        Some(("unit", format!("systemd's unit {unit} was made for it: systemctl stop {unit}")))
    })
}

/// What becomes of it where nobody is there to ask.
pub fn judge(f: &Facts) -> Verdict {
    let verdict = |act, rule, reason: String| Verdict { act, rule, reason };
    let leave = |rule, reason: String| verdict(Act::Leave, rule, reason);
    if let Some((rule, reason)) = never(f) {
        return leave(rule, reason);
    }
    let Some(asked) = &f.asked else { return leave("no-rule", "no [[strays.rule]] names it".to_owned()) };
    if asked.orphan && !f.is_orphan {
        return leave("not-orphan", "it is not proven that its session is over".to_owned());
    }
    if !asked.is_old {
        return leave("young", "it is younger than the rule's min_age".to_owned());
    }
    if let Some(who) = &f.below {
        return leave("spared-below", format!("below it is {who}, which its end could take along"));
    }
    if let Some(who) = &f.again {
        return leave("comes-back", who.clone());
    }
    if let Some(ms) = asked.busy_ms {
        return leave("busy", format!("it has used processor time; idle enough in {}", wait(ms)));
    }
    if !asked.kill {
        return verdict(Act::Report, "report", "a stray; its rule does not say kill = true".to_owned());
    }
    match f.seen_ms {
        Some(ms) if ms >= asked.grace_ms && f.passes > 0 => {
            verdict(Act::End, "stray", format!("a stray, first seen {} ago", wait(ms)))
        }
        Some(ms) if ms < asked.grace_ms => {
            verdict(Act::Wait, "grace", format!("a stray; its grace ends in {}", wait(asked.grace_ms - ms)))
        }
        _ => verdict(Act::Wait, "seen-once", "a stray that no other run has seen yet".to_owned()),
    }
}

/// A time in whole seconds, for people.
fn wait(ms: u64) -> String {
    humantime::format_duration(std::time::Duration::from_secs(ms.div_ceil(1000))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stray() -> Facts {
        let asked = Asked { name: "r".into(), orphan: true, kill: true, is_old: true, busy_ms: None, grace_ms: 30_000 };
        Facts { pid: 7, is_orphan: true, asked: Some(asked), seen_ms: Some(30_000), passes: 1, ..Facts::default() }
    }

    #[test]
    fn each_thing_that_is_missing_keeps_it_alive_and_says_so() {
        let with = |change: &dyn Fn(&mut Facts)| {
            let mut facts = stray();
            change(&mut facts);
            let verdict = judge(&facts);
            assert!(!verdict.reason.is_empty());
            (verdict.act, verdict.rule)
        };
        fn ask(f: &mut Facts) -> &mut Asked {
            f.asked.get_or_insert_default()
        }
        assert_eq!(with(&|_| ()), (Act::End, "stray"));
        assert_eq!(with(&|f| f.passes = 0), (Act::Wait, "seen-once"));
        assert_eq!(with(&|f| f.seen_ms = None), (Act::Wait, "seen-once"));
        assert_eq!(with(&|f| f.seen_ms = Some(29_999)), (Act::Wait, "grace"));
        assert_eq!(with(&|f| ask(f).kill = false), (Act::Report, "report"));
        assert_eq!(with(&|f| ask(f).busy_ms = Some(1)), (Act::Leave, "busy"));
        assert_eq!(with(&|f| ask(f).is_old = false), (Act::Leave, "young"));
        assert_eq!(with(&|f| f.again = Some("x".into())), (Act::Leave, "comes-back"));
        assert_eq!(with(&|f| f.below = Some("x".into())), (Act::Leave, "spared-below"));
        assert_eq!(with(&|f| f.is_orphan = false), (Act::Leave, "not-orphan"));
        assert_eq!(with(&|f| (f.is_orphan, ask(f).orphan) = (false, false)), (Act::End, "stray"));
        assert_eq!(with(&|f| f.asked = None), (Act::Leave, "no-rule"));
        assert_eq!(with(&|f| f.unit = Some("x.service".into())), (Act::Leave, "unit"));
        assert_eq!(with(&|f| f.live = Some("x".into())), (Act::Leave, "live-session"));
        assert_eq!(with(&|f| f.protected = Some("x".into())), (Act::Leave, "protected"));
        assert_eq!(with(&|f| f.owned = Some("x".into())), (Act::Leave, "owned"));
        assert_eq!(with(&|f| f.is_elsewhere = true), (Act::Leave, "elsewhere"));
        assert_eq!(with(&|f| f.is_anothers = true), (Act::Leave, "other-user"));
        assert_eq!(with(&|f| f.is_kernels = true), (Act::Leave, "kernel"));
        assert_eq!(with(&|f| f.is_our_line = true), (Act::Leave, "ourselves"));
        assert_eq!(with(&|f| f.pid = 1), (Act::Leave, "init"));
    }

    prop_compose! {
        fn asked()(flags in any::<[bool; 4]>(), busy_ms in any::<Option<u64>>(), grace_ms in any::<u64>()) -> Asked {
            let [orphan, kill, is_old, is_busy] = flags;
            Asked { name: "r".into(), orphan, kill, is_old, busy_ms: busy_ms.filter(|_| is_busy), grace_ms }
        }
    }

    prop_compose! {
        fn facts()(
            pid in -3..9i32,
            is in any::<[bool; 5]>(),
            words in proptest::collection::vec(proptest::option::weighted(0.2, Just("x".to_owned())), 6),
            asked in proptest::option::weighted(0.9, asked()),
            seen_ms in any::<Option<u64>>(),
            passes in 0..3u32,
        ) -> Facts {
            let [is_our_line, is_kernels, is_anothers, is_elsewhere, is_orphan] = is;
            let [owned, protected, live, unit, below, again] = <[_; 6]>::try_from(words).unwrap();
            Facts {
                pid, is_our_line, is_kernels, is_anothers, is_elsewhere, owned, protected, live, unit, is_orphan, below,
                asked, again, seen_ms, passes,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn nobody_who_must_live_is_ever_a_stray(f in facts()) {
            let act = judge(&f).act;
            let may_never = f.pid <= 1 || f.is_our_line || f.is_kernels || f.is_anothers || f.is_elsewhere
                || [&f.owned, &f.protected, &f.live, &f.unit, &f.below, &f.again].into_iter().any(Option::is_some)
                || f.asked.as_ref().is_none_or(|a| !a.is_old || a.busy_ms.is_some() || (a.orphan && !f.is_orphan));
            prop_assert_eq!(act.is_stray(), !may_never);
            if act == Act::End || act == Act::Wait {
                prop_assert!(f.asked.as_ref().is_some_and(|a| a.kill));
            }
            if act == Act::End {
                let asked = f.asked.unwrap();
                prop_assert!(f.passes > 0 && f.seen_ms.is_some_and(|ms| ms >= asked.grace_ms));
            }
        }
    }
}
