//! `pj kill`: ends whole trees at once, without warning; with `--signal`, signals their commands and nothing else.

use std::time::Duration;

use super::gather::Books;
use super::out::Out;
use super::pick::{self, Which};
use super::stop::{end, tell, worse};
use crate::error::{Error, Result, plain};
use crate::exit;
use crate::kill::Cause;
use crate::process::Life;
use crate::record::Job;
use crate::sys::clock;
use crate::sys::signal::{self, Signal};

/// What to kill.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Send the command this signal, such as INT or 10, and leave the rest of its tree alone
    #[arg(short, long, value_name = "SIGNAL", value_parser = sig)]
    signal: Option<Signal>,
}

fn sig(text: &str) -> std::result::Result<Signal, String> {
    signal::parse(text).ok_or_else(|| format!("'{}' is not a signal", crate::process::describe::escape(text)))
}

/// Kills one tree after the other.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let jobs = pick::pick("kill", &args.which, &books, out)?;
    let mut code = exit::DONE;
    for held in jobs {
        let (job, began) = (&held.record, clock::now());
        let one = match args.signal {
            Some(sig) => match send(job, sig) {
                Ok(()) => {
                    out.note(&format!("sent {} to {}", signal::name(sig), pick::label(job)));
                    exit::DONE
                }
                Err(e) => {
                    out.error(&e);
                    e.exit_code()
                }
            },
            None => {
                let done = end(&held.place, job, Cause::Kill, Duration::ZERO);
                tell("kill", "killed", job, &done, began, out)
            }
        };
        code = worse(code, one);
    }
    Ok(code)
}

/// To the command itself, through a handle that cannot be a stranger's.
fn send(job: &Job, sig: Signal) -> Result<()> {
    let doing = || format!("send {} to {}", signal::name(sig), pick::label(job));
    let life = job.root.as_ref().map_or(Life::Gone, |r| r.life());
    match life {
        Life::Alive(Some(handle)) => handle.send(sig).map_err(|e| Error::new(doing(), plain(&e))),
        Life::Alive(None) => {
            Err(Error::new(doing(), "this kernel cannot prove that it is the same process").code(exit::REFUSED))
        }
        Life::Elsewhere => Err(Error::new(doing(), "it is in another pid namespace").code(exit::REFUSED)),
        Life::Gone => {
            let verb = if job.is_adopted() && !job.tree { "rm" } else { "stop" };
            Err(Error::new(doing(), "the command has exited").hint(format!("pj {verb} {}", job.id)).code(exit::NOTHING))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn signals_are_names_or_numbers() {
        assert_eq!(super::sig("INT"), Ok(2));
        assert_eq!(super::sig("SIGKILL"), Ok(9));
        assert!(super::sig("SOON").is_err());
    }
}
