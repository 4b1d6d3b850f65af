//! The same command twice: what a name means then.

use crate::harness::World;

#[test]
fn a_name_that_ran_twice_means_the_one_that_runs() {
    for verb in ["stop", "kill"] {
        let world = World::new();
        let run = |seconds: &str| world.pj(&["run", "-q", "sleep", seconds]).go().code(0);
        world.pj(&["run", "-q", "--wait", "sleep", "0"]).go().code(0);
        run("1000");
        world.pj(&[verb, "sleep"]).go().code(0).says(" 2 (sleep)").never_says("1 (sleep)");
        // With none that lives, and where an id is said, it is as it was.
        world.pj(&[verb, "sleep"]).go().code(4).says("2 jobs match");
        run("1001");
        world.pj(&[verb, "1", "3"]).go().code(4).says("2 jobs match");
        // Two that run are two.
        run("1002");
        world.pj(&[verb, "sleep"]).go().code(4).says("2 jobs match: 3 (sleep), 4 (sleep)");
        world.pj(&[verb, "--all", "sleep"]).go().code(0);
        world.no_guards();
    }
}
