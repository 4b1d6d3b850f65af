//! Background jobs: what they write, how that is read, and who may look on.

/// `pj attach`, `pj watch`: a terminal that is a job's for a while.
mod attach;
/// A job whose terminal has closed is taken back.
mod back;
/// Guards and clients that are killed or stopped.
mod crash;
/// What a guard and its clients say.
mod protocol;
/// Programs that people run, through `pj attach`.
mod real;
/// `pj send`.
mod send;
/// Several at once.
mod several;
/// A job that ends with a session.
mod tied;
/// The same command twice.
mod twice;

/// What is done from inside one.
mod inside;
/// How they begin, run again and end.
mod lifecycle;
/// `pj log`.
mod log;
/// The logs of jobs that run.
mod log_run;
/// What is done to them.
mod verbs;

use crate::harness::{Job, World};

/// Runs this in the background under the name `subject`.
fn run(world: &World, words: &[&str]) -> Job {
    let words = [&["run", "-q", "--name", "subject"], words].concat();
    world.pj(&words).go().code(0);
    world.job("subject")
}

/// The same for a shell script.
fn script(world: &World, flags: &[&str], text: &str) -> Job {
    run(world, &[flags, &["sh", "-c", text]].concat())
}
