//! Processes that try every known way to outlive their terminal. Built by the tests, never installed.
//!
//! `beast ROSTER KIND [OPTION…]`: each one gets into place, appends a line to the roster file (its path is an
//! argument, so that even a beast without an environment can announce itself) and then waits to be ended.
//! Whatever happens, its own alarm ends it: no test can leave one for ever.
#![allow(unsafe_code, clippy::print_stdout, clippy::print_stderr, clippy::exit)]

#[cfg(target_os = "linux")]
#[path = "it/beast/bomb.rs"]
mod bomb;
#[cfg(target_os = "linux")]
#[path = "it/beast/brood.rs"]
mod brood;
#[cfg(target_os = "linux")]
#[path = "it/beast/crowd.rs"]
mod crowd;
#[cfg(target_os = "linux")]
#[path = "it/beast/flock.rs"]
mod flock;
#[cfg(target_os = "linux")]
#[path = "it/beast/heavy.rs"]
mod heavy;
#[cfg(target_os = "linux")]
#[path = "it/beast/horde.rs"]
mod horde;
#[cfg(target_os = "linux")]
#[path = "it/beast/keeper.rs"]
mod keeper;
#[cfg(target_os = "linux")]
#[path = "it/beast/kinds.rs"]
mod kinds;
#[cfg(target_os = "linux")]
#[path = "it/beast/probe.rs"]
mod probe;
#[cfg(target_os = "linux")]
#[path = "it/beast/roster.rs"]
mod roster;
#[cfg(target_os = "linux")]
#[path = "it/beast/server.rs"]
mod server;
#[cfg(target_os = "linux")]
#[path = "it/beast/witness.rs"]
mod witness;

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, roster, kind, options @ ..] = args.as_slice() else {
        eprintln!("usage: beast ROSTER KIND [OPTION…]");
        std::process::exit(2);
    };
    roster::bound();
    let roster = roster::Roster::at(roster);
    match kind.as_str() {
        "bomb" => bomb::run(&roster, options),
        "brood" => brood::run(&roster, options),
        "horde" => horde::run(&roster, options),
        "witness" => witness::run(&roster, options),
        "crowd" => crowd::run(&roster, options),
        "flock" => flock::run(&roster),
        "keeper" => keeper::run(options),
        "adopter" => keeper::adopt(options),
        kind => {
            if !probe::run(&roster, kind, options)
                && !kinds::run(&roster, kind, options)
                && !heavy::run(&roster, kind, options)
                && !server::run(&roster, kind, options)
            {
                eprintln!("beast: no such kind: {kind}");
                std::process::exit(2);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
