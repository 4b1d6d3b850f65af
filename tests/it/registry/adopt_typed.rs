//! `pj add $!` as it is typed: in a registered shell, of what that shell has in the background.

use crate::harness::{Hook, Shell, Term, World};

#[test]
fn what_is_adopted_where_it_was_started_is_found_and_ended() {
    let world = World::new();
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    for (flag, words, first, kinds) in [
        ("", "plain", "plain", &["plain"][..]),
        ("--tree", "brood --only plain,setsid", "brood", &["brood", "plain", "setsid"]),
    ] {
        let roster = world.roster(&format!("typed{flag}"));
        term.line(&format!("beast {} {words} &", roster.path().display()));
        let root = roster.ready(first);
        let all: Vec<_> = kinds.iter().map(|kind| roster.ready(kind)).collect();
        assert_eq!(term.run(&format!("pj add -q --name typed {flag} {}", root.pid)), 0);
        let why = world.pj(&["why", &root.pid.to_string()]).go().code(0).text();
        assert!(why.contains("(typed)") && why.contains("the job's record names it"), "{why}");
        let shown = world.pj(&["show", "typed"]).go().code(0).text();
        assert!(shown.contains(&format!("in {} process", all.len())), "{shown}");
        world.pj(&["add", "-q", &term.id().pid.to_string()]).go().code(6);
        assert_eq!(term.run("pj stop typed"), 0);
        let left: Vec<_> = all.iter().filter(|one| one.alive()).collect();
        assert!(left.is_empty(), "pj stop has said that they are stopped: {left:?}");
        assert!(world.jobs().is_empty());
    }
    assert!(term.id().alive());
}
