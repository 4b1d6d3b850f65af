//! `pj`: parse, ask the layers below, print. The only user of clap; [`out`] is the only place that prints.
//!
//! Decides nothing about processes by itself and never signals by number: verbs act through guards and the sweep.

mod add;
mod attach;
mod clean;
mod completions;
mod config;
mod connect;
mod daemon;
mod detach;
mod doctor;
mod events;
mod gather;
mod hail;
mod init;
mod keep;
mod kill;
mod list;
mod listening;
mod locked;
mod log;
mod man;
mod misread;
mod out;
mod pick;
mod ping;
mod port;
mod reset;
mod restart;
mod rm;
mod run;
mod scan;
mod send;
mod service;
mod sessions;
mod short;
mod show;
mod stats;
mod stop;
mod strays;
mod sweep;
mod table;
mod tag;
mod wait;
mod wanted;
mod watch;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::{self as settings, Loaded};
use crate::error::{Error, Result};
use crate::kill::protect::Protect;
use crate::sys::spawn;
use out::{Color, Out};

/// What a terminal started ends with it
#[derive(Debug, Parser)]
#[command(name = "pj", version, disable_help_subcommand = false, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Print JSON (reading commands)
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but what was asked for and what went wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Colour the output [default: output.color of the config]
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<Color>,
    /// These settings, not ~/.config/pj/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How long to wait at most, such as 10s (commands that wait)
    // A verb that has the same flag of its own is given what was said before it.
    #[arg(long, global = true, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the hook that registers a shell: eval "$(pj init bash)"
    Init(init::Args),
    /// List registered shells; show, end or forget one
    Sessions(sessions::Args),
    /// Run a command in the background, with a guard and a log
    Run(Box<run::Args>),
    /// Run a command in the foreground: pj-wrap
    Wrap(run::Wrapped),
    /// Make this terminal a job's: its keys, its size, what it writes
    Attach(attach::Args),
    /// See what a job writes, and type nothing
    Watch(watch::Args),
    /// Type something into a job, as its terminal or its standard input would
    Send(send::Args),
    /// List jobs
    List(list::Args),
    /// Show what background jobs have written
    Log(log::Args),
    /// Show all that is known of jobs
    Show(show::Args),
    /// Forget jobs of which nobody lives
    Rm(rm::Args),
    /// List the jobs with a tag, rename it, or tag jobs: SEL +a -b
    Tag(tag::Args),
    /// List the jobs of a group, rename it, or group jobs: SEL +a -b
    Group(tag::Args),
    /// Record processes that run already, as jobs without a guard
    Add(add::Args),
    /// End jobs: ask first, then insist
    Stop(stop::Args),
    /// Kill jobs at once, or send their commands a signal
    Kill(kill::Args),
    /// Run background jobs again
    Restart(restart::Args),
    /// Wait until jobs have ended, write nothing, or write something
    Wait(wait::Args),
    /// Let jobs outlive their session, or not
    Keep(keep::Args),
    /// Run a command apart from this terminal and from every job
    Detach(detach::Args),
    /// End what is left of jobs whose session is over
    Sweep(sweep::Args),
    /// Explain whose a process is and what would become of it
    Why(why::Args),
    /// Show strays: what no job owns and your rules name
    Scan(scan::Args),
    /// End strays
    Clean(clean::Args),
    /// End who listens on ports, and look that they are free
    Port(port::Args),
    #[command(name = "kill-port", hide = true)]
    KillPort(port::kill_port::Args),
    /// Sweep by itself: run, start, stop and ask the service
    Daemon(daemon::Args),
    /// Have the service, or a sweep each minute, started by the system
    Service(service::Args),
    /// Show what happened, and why
    Events(events::Args),
    /// Show how much was ended, by which rules
    Stats(stats::Args),
    /// Show, check and change the settings
    Config(config::Args),
    /// Tell which lines of defence hold on this machine
    Doctor(doctor::Args),
    /// Tell whether records can be read and guards live
    Ping(ping::Args),
    /// Put the whole registry aside and begin with id 1
    Reset(reset::Args),
    /// Print what a shell needs to complete pj, pj-wrap and pj-sweep
    Completions(completions::Args),
    /// Show a man page
    Man(man::Args),
    #[command(name = "__complete", hide = true)]
    Complete(completions::candidates::Args),
    #[command(name = "__beast", hide = true)]
    Beast(doctor::beast::Args),
}

/// Entry point of the binary.
pub fn main() {
    // All that was said is written: nothing waits for a destructor.
    spawn::leave(run(std::env::args_os().collect()))
}

fn run(words: Vec<OsString>) -> i32 {
    if let Some(words) = run::wrapped(&words) {
        return crate::guard::wrap(words);
    }
    if let Some(args) = init::Args::read(&words) {
        return finish(Out::new(false, false, Color::Never), |out| init::run(&args, out));
    }
    settings::rules::read_rules(crate::strays::rule::check);
    match Cli::read(&words) {
        Ok(Cli { global: g, mut verb }) => {
            let chosen = g.config.as_deref().map_or(Ok(()), settings::choose);
            let loaded = settings::load();
            let color = g.color.unwrap_or_else(|| loaded.settings.output.color.into());
            finish(Out::new(g.json, g.quiet, color), |out| {
                chosen.or_else(|e| forgive(e, &verb, out))?;
                obey(&mut verb, loaded, out)?;
                dispatch(verb, out)
            })
        }
        Err(e) => misread::tell(&e, &words),
    }
}

/// A file of settings that is not there: who names it may want to have it made, and a command is never lost for it.
fn forgive(e: Error, verb: &Verb, out: &mut Out) -> Result<()> {
    match verb {
        Verb::Config(args) if args.makes() => Ok(()),
        Verb::Wrap(_) => {
            out.error(&e);
            Ok(())
        }
        _ => Err(e),
    }
}

/// Settings that are not understood: who ends processes leaves, who reads says so and goes on.
fn obey(verb: &mut Verb, loaded: Loaded, out: &mut Out) -> Result<()> {
    let settings = match verb {
        // These look for themselves, or need none.
        Verb::Config(_)
        | Verb::Sweep(_)
        | Verb::Init(_)
        | Verb::Completions(_)
        | Verb::Complete(_)
        | Verb::Man(_)
        | Verb::Wrap(_)
        | Verb::Beast(_) => return Ok(()),
        // They look for themselves, each time.
        Verb::Daemon(_) | Verb::Service(_) => return Ok(()),
        Verb::Clean(_) | Verb::Port(_) | Verb::KillPort(_) => loaded.sound()?,
        // It stops the job that has its name.
        Verb::Run(args) if args.replaces() => loaded.sound()?,
        Verb::Stop(_) | Verb::Kill(_) | Verb::Restart(_) | Verb::Reset(_) => loaded.sound()?,
        Verb::Sessions(args) if args.ends() => loaded.sound()?,
        // It tells what is wrong among its findings.
        Verb::Doctor(_) => loaded.settings,
        Verb::Sessions(_)
        | Verb::Run(_)
        | Verb::Attach(_)
        | Verb::Watch(_)
        | Verb::Send(_)
        | Verb::List(_)
        | Verb::Log(_)
        | Verb::Add(_)
        | Verb::Rm(_)
        | Verb::Show(_)
        | Verb::Wait(_)
        | Verb::Keep(_)
        | Verb::Detach(_)
        | Verb::Tag(_)
        | Verb::Group(_)
        | Verb::Ping(_)
        | Verb::Scan(_)
        | Verb::Events(_)
        | Verb::Stats(_)
        | Verb::Why(_) => {
            loaded.wrong.iter().for_each(|e| out.error(e));
            loaded.settings
        }
    };
    Protect::choose(&settings.protect.add, &settings.protect.remove);
    match verb {
        Verb::List(args) => args.fill(settings.output, out),
        Verb::Run(args) => args.fill(settings),
        Verb::Port(args) => args.fill(settings),
        Verb::KillPort(args) => args.fill(settings),
        Verb::Scan(args) => args.fill(settings),
        Verb::Clean(args) => args.fill(settings),
        Verb::Why(args) => args.fill(settings),
        _ => {}
    }
    Ok(())
}

fn finish(mut out: Out, verb: impl FnOnce(&mut Out) -> Result<i32>) -> i32 {
    let done = verb(&mut out);
    let code = done.unwrap_or_else(|e| {
        out.error(&e);
        e.exit_code()
    });
    out.finish(code)
}

fn dispatch(verb: Verb, out: &mut Out) -> Result<i32> {
    match verb {
        Verb::Init(args) => init::run(&args, out),
        Verb::Sessions(args) => sessions::run(&args, out),
        Verb::Run(args) => run::run(&args, out),
        Verb::Wrap(args) => Ok(run::wrap(args)),
        Verb::Attach(args) => attach::run(&args, out),
        Verb::Watch(args) => watch::run(&args, out),
        Verb::Send(args) => send::run(&args, out),
        Verb::List(args) => list::run(&args, out),
        Verb::Add(args) => add::run(&args, out),
        Verb::Log(args) => log::run(&args, out),
        Verb::Show(args) => show::run(&args, out),
        Verb::Rm(args) => rm::run(&args, out),
        Verb::Tag(args) => tag::run(tag::Kind::Tag, &args, out),
        Verb::Group(args) => tag::run(tag::Kind::Group, &args, out),
        Verb::Ping(args) => ping::run(&args, out),
        Verb::Reset(args) => reset::run(&args, out),
        Verb::Stop(args) => stop::run(&args, out),
        Verb::Kill(args) => kill::run(&args, out),
        Verb::Restart(args) => restart::run(&args, out),
        Verb::Wait(args) => wait::run(&args, out),
        Verb::Keep(args) => keep::run(&args, out),
        Verb::Detach(args) => detach::run(&args, out),
        Verb::Sweep(args) => Ok(sweep::run(args, out)),
        Verb::Why(args) => why::run(&args, out),
        Verb::Scan(args) => scan::run(&args, out),
        Verb::Clean(args) => clean::run(&args, out),
        Verb::Port(args) => port::run(&args, out),
        Verb::KillPort(args) => port::kill_port::run(&args, out),
        Verb::Daemon(args) => daemon::run(&args, out),
        Verb::Service(args) => service::run(&args, out),
        Verb::Events(args) => events::run(&args, out),
        Verb::Stats(args) => stats::run(&args, out),
        Verb::Config(args) => config::run(&args, out),
        Verb::Doctor(args) => doctor::run(&args, out),
        Verb::Completions(args) => Ok(completions::run(&args, out)),
        Verb::Man(args) => man::run(&args),
        Verb::Complete(args) => Ok(completions::candidates::run(&args, out)),
        Verb::Beast(args) => doctor::beast::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_gets_its_flags_as_they_are() {
        let cli = Cli::try_parse_from(["pj", "sweep", "-n", "--session", "12-34"]).unwrap();
        let Verb::Sweep(args) = cli.verb else { panic!("a sweep") };
        assert_eq!(args.words, ["-n", "--session", "12-34"]);
    }
}
