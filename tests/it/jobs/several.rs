//! Several jobs at once, some of which are over and on record for their exit alone.

use super::script;
use crate::harness::World;

/// They are not in the way of those that run; meant alone they are told to be over.
#[test]
fn of_several_those_that_are_over_are_not_meant() {
    for verb in ["stop", "kill"] {
        let world = World::new();
        script(&world, &["--wait"], "exit 0");
        for name in ["one", "two"] {
            world.pj(&["run", "-q", "--name", name, "sleep", "1000"]).go().code(0);
        }
        world.pj(&[verb, "--all"]).go().code(2).says("--all is a yes").says(&format!("hint: pj {verb} --all --alive"));
        world.pj(&[verb, "--all", "*"]).go().code(0).never_says("not running");
        for name in ["one", "two"] {
            assert_eq!(world.job(name).json["state"], "exited", "{verb}");
        }
        world.pj(&[verb, "--all", "*"]).go().code(3).says("not running");
    }
}
