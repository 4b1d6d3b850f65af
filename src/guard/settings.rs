//! What the user has set, read once, before there is a guard: it inherits what its front has read, and a file that is
//! edited later changes no tree.
//!
//! Never: costs the command anything. A file that is wrong is one line, told only where a job begins.

use super::args::Args;
use crate::config::{self, Wrap};
use crate::error::Error;
use crate::kill::protect::Protect;
use crate::record::job::OnExit;

/// Where no flag says anything, what is set holds. Answers what is wrong with it.
pub fn fill(args: &mut Args) -> Option<Error> {
    let missing = args.config.take().and_then(|file| config::choose(&file).err());
    let loaded = config::load();
    Protect::choose(&loaded.settings.protect.add, &loaded.settings.protect.remove);
    take(args, &loaded.settings.wrap);
    let wrong = missing.as_ref().or(loaded.wrong.first())?.to_string();
    Some(Error::usage(wrong.lines().next().unwrap_or_default()))
}

fn take(args: &mut Args, set: &Wrap) {
    args.grace = args.grace.or(set.grace);
    args.direct |= set.direct;
    args.on_exit = args.on_exit.or(set.ends_on_exit.then_some(OnExit::End));
    args.cgroup &= set.cgroup;
    args.scope |= set.scope;
    args.reattach = args.reattach.or(Some(set.reattach));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::args::{Parsed, parse};
    use std::time::Duration;

    fn taken(words: &[&str], set: &Wrap) -> (Option<Duration>, Option<OnExit>, [bool; 3]) {
        let Ok(Parsed::Run(mut args)) = parse(words.iter().map(Into::into)) else { panic!("{words:?}") };
        take(&mut args, set);
        (args.grace, args.on_exit, [args.direct, args.scope, args.cgroup])
    }

    #[test]
    fn a_flag_wins_over_what_is_set() {
        let (one, two) = (Duration::from_secs(1), Duration::from_secs(2));
        let (grace, ends_on_exit) = (Some(one), true);
        let set = Wrap { grace, ends_on_exit, direct: true, scope: true, cgroup: false, ..Wrap::default() };
        for (words, grace, on_exit) in [
            (&["x"][..], one, OnExit::End),
            (&["--grace", "2s", "x"], two, OnExit::End),
            (&["--on-exit", "linger", "x"], one, OnExit::Linger),
        ] {
            assert_eq!(taken(words, &set), (Some(grace), Some(on_exit), [true, true, false]), "{words:?}");
        }
        assert_eq!(taken(&["x"], &Wrap::default()), (None, None, [false, false, true]));
    }
}
