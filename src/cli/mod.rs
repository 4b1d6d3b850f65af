//! `pj`: parse, ask the layers below, print. The only user of clap; [`out`] is the only place that prints.
//!
//! Decides nothing about processes by itself and never signals by number: verbs act through guards and the sweep.

mod doctor;
mod gather;
mod init;
mod kill;
mod list;
mod out;
mod pick;
mod sessions;
mod stop;
mod sweep;
mod table;
mod why;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::error::{Error, Result};
use crate::exit;
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
    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the hook that registers a shell: eval "$(pj init bash)"
    Init(init::Args),
    /// List registered shells
    Sessions,
    /// List jobs
    List(list::Args),
    /// End jobs: ask first, then insist
    Stop(stop::Args),
    /// Kill jobs at once, or send their commands a signal
    Kill(kill::Args),
    /// End what is left of jobs whose session is over
    Sweep(sweep::Args),
    /// Explain whose a process is and what would become of it
    Why(why::Args),
    /// Tell which lines of defence hold on this machine
    Doctor(doctor::Args),
    #[command(name = "__beast", hide = true)]
    Beast(doctor::beast::Args),
}

/// Entry point of the binary.
pub fn main() {
    std::process::exit(run(std::env::args_os().collect()));
}

fn run(words: Vec<OsString>) -> i32 {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(e) => return misread(&e),
    };
    let mut out = Out::new(cli.global.json, cli.global.quiet, cli.global.color);
    let done = dispatch(cli.verb, &mut out);
    let code = done.unwrap_or_else(|e| {
        out.error(&e);
        e.exit_code()
    });
    out.finish(code)
}

fn dispatch(verb: Verb, out: &mut Out) -> Result<i32> {
    match verb {
        Verb::Init(args) => init::run(&args, out),
        Verb::Sessions => sessions::run(out),
        Verb::List(args) => list::run(&args, out),
        Verb::Stop(args) => stop::run(&args, out),
        Verb::Kill(args) => kill::run(&args, out),
        Verb::Sweep(args) => Ok(sweep::run(args, out)),
        Verb::Why(args) => why::run(&args, out),
        Verb::Doctor(args) => doctor::run(&args, out),
        Verb::Beast(args) => doctor::beast::run(&args),
    }
}

/// Help and version are data; anything else is wrong usage, said in our own words.
fn misread(e: &clap::Error) -> i32 {
    let mut out = Out::new(false, false, Color::Auto);
    let text = e.render().to_string();
    match e.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            out.text(&text);
            out.finish(exit::DONE)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            out.talk(&text);
            exit::USAGE
        }
        _ => {
            out.error(&usage(&text));
            exit::USAGE
        }
    }
}

/// clap's report as one of ours: its first paragraph, and its tip or the page that helps.
fn usage(text: &str) -> Error {
    let body = text.strip_prefix("error: ").unwrap_or(text);
    let first: Vec<&str> = body.lines().take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
    let usage = body.lines().find_map(|l| l.trim().strip_prefix("Usage: ")).unwrap_or("pj");
    let verb: Vec<&str> = usage.split(' ').take_while(|w| w.chars().all(|c| c.is_ascii_lowercase())).collect();
    // Of clap's tips only a better word is one: "use '-- --x'" never is what was meant.
    let tip = body.lines().find_map(|l| l.trim().strip_prefix("tip: ").filter(|t| t.contains("similar")));
    Error::usage(first.join(" ")).hint(tip.map_or_else(|| format!("{} --help", verb.join(" ")), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misreading(words: &[&str]) -> String {
        usage(&Cli::try_parse_from(words).unwrap_err().render().to_string()).to_string()
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_one_line_and_a_hint() {
        assert_eq!(
            misreading(&["pj", "lost"]),
            "unrecognized subcommand 'lost'\nhint: a similar subcommand exists: 'list'"
        );
        assert_eq!(misreading(&["pj", "stop", "--nope"]), "unexpected argument '--nope' found\nhint: pj stop --help");
        assert!(misreading(&["pj", "why"]).starts_with("the following required arguments were not provided: <PID>"));
    }

    #[test]
    fn a_sweep_gets_its_flags_as_they_are() {
        let cli = Cli::try_parse_from(["pj", "sweep", "-n", "--session", "12-34"]).unwrap();
        let Verb::Sweep(args) = cli.verb else { panic!("a sweep") };
        assert_eq!(args.words, ["-n", "--session", "12-34"]);
    }
}
