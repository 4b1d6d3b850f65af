//! A background job that ends with a session watches that session's terminal, and leaves it alone.

use crate::harness::{Hook, Shell, Term, World};

/// What it writes is in its log, and so is what it has armed: the terminal is the shell's.
#[test]
fn what_a_tied_job_writes_is_not_on_the_terminal_that_it_watches() {
    let world = World::new();
    let mut term = Term::shell(&world, Shell::Bash, Hook::No);
    term.line("pj run -q --name subject --owner session sh -c 'printf \"\\033[?25lwo\"\"rds\\n\"; exit 3'");
    world.job("subject");
    world.pj(&["wait", "subject"]).go().code(3);
    world.pj(&["log", "subject"]).go().code(0).says("words");
    term.line("printf 'at the %s\\n' end");
    term.expect("at the end");
    assert!(!term.saw("words"), "{}", term.screen());
    assert!(!term.saw("\u{1b}[?25l"), "{}", term.screen());
}
