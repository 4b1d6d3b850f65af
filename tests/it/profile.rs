//! Known programs have the grace that they need, unless somebody says another.

use crate::stage::{ANY, Stage};

#[test]
fn a_known_command_has_its_own_grace_and_the_flag_wins() {
    for (line, grace) in [
        ("pj-wrap --name subject claude", 8000),
        ("pj-wrap --name subject --direct claude --continue", 8000),
        ("pj-wrap --name subject --grace 1s claude", 1000),
        ("pj-wrap --name subject other", 5000),
    ] {
        let stage = Stage::set(ANY);
        let beast = format!("#!/bin/sh\nexec beast {} plain\n", stage.roster.path().display());
        stage.world.script("claude", &beast);
        stage.world.script("other", &beast);
        stage.term.line(line);
        let beast = stage.roster.ready("plain");
        assert_eq!(stage.world.job("subject").json["grace_ms"], grace, "{line}");
        beast.kill();
        stage.world.no_guards();
    }
}
