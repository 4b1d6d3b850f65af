//! `pj sessions`: the shells that registered, where they are and what they hold.
//!
//! The listing and `show` only read. `end` and `forget` act on exactly one session, named by whoever typed it.

pub(super) mod choose;
mod devices;
mod end;
mod facts;
mod fate;
mod forget;
mod list;
mod show;
mod terminal;
mod tmux;

use std::time::Duration;

use super::gather::Books;
use super::out::Out;
use crate::error::Result;
use crate::process::{Look, Looks};
use crate::record::Session;

/// What to do with sessions.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

impl Args {
    /// Does it end processes?
    pub(super) fn ends(&self) -> bool {
        matches!(self.what, Some(What::End(_)))
    }
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Tell everything about one session: its jobs and its processes too
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// End a session: its jobs first, then its shell is asked to hang up
    End(End),
    /// Take the record of a session away
    Forget {
        #[command(flatten)]
        which: Which,
        /// Of one that is alive too: its jobs keep their records
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The session: PID-START, the beginning of it such as the pid, or @self
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, clap::Args)]
struct End {
    #[command(flatten)]
    which: Which,
    /// Do not ask, even if this runs in that session
    #[arg(short, long)]
    yes: bool,
    /// From inside a job: another session than the job's too
    #[arg(long)]
    any_session: bool,
    /// How long to wait for the shell at most, and for each job [default: 5s; the job's grace and 3s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
}

/// Does it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read().kept();
    match &args.what {
        None => Ok(list::run(books, out)),
        Some(What::Show { which }) => show::run(&which.id, books, out),
        Some(What::End(args)) => end::run(args, books, out),
        Some(What::Forget { which, force }) => forget::run(&which.id, *force, books, out),
    }
}

/// `alive`, `over`, or `elsewhere` (another pid namespace's).
pub(super) fn state(s: &Session, looks: &mut Looks) -> &'static str {
    match looks.at(&s.identity) {
        Look::Elsewhere => "elsewhere",
        Look::Lives(stat) if stat.tty_dev == s.tty_dev => "alive",
        _ => "over",
    }
}
