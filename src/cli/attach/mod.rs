//! `pj attach` and `pj watch`: this terminal becomes a client of a job's guard. The guard alone reads the job's terminal, so
//! the log, other viewers and what is shown again later go on, whatever becomes of us.
//!
//! However it ends, by the key, by the job's end, by a guard that was killed, by a signal: the terminal's modes are as they
//! were, what the program armed is taken back, and a line says what happened.

pub(super) mod key;
mod terminal;
pub(super) mod view;

use super::connect;
use super::gather::{Books, Held};
use super::out::Out;
use super::pick;
use crate::error::{Error, Result};
use crate::exit;
use crate::guard::protocol::{Ask, Request};
use crate::record::Job;
use crate::sys::{signal, tty};
use terminal::Terminal;
use view::{End, View};

/// What to attach to.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The job: its id or name, or another selector that means one
    #[arg(value_name = "SELECTOR")]
    job: String,
    /// Only look on: nothing that is typed reaches the job
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    key: Leaving,
}

/// How to leave.
#[derive(Debug, clap::Args)]
pub(super) struct Leaving {
    /// The key that detaches, such as ^B or C-b; none: no key does [default: attach.detach of the config, ^]]
    #[arg(long, value_name = "KEY", value_parser = chosen)]
    detach_key: Option<Key>,
}

/// A key, or none at all.
#[derive(Clone, Copy, Debug)]
struct Key(Option<u8>);

fn chosen(text: &str) -> std::result::Result<Key, String> {
    key::parse(text).map(Key)
}

impl Leaving {
    pub(super) fn key(&self) -> Option<u8> {
        self.detach_key.map_or_else(|| crate::config::load().settings.attach.detach, |Key(key)| key)
    }
}

/// Attaches until it is over.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if args.watch {
        return super::watch::look(&args.job, &args.key, out);
    }
    if !(tty::is_controlling(tty::std_fd(0)) && tty::is_controlling(tty::std_fd(1))) {
        let hint = format!("pj watch {}, pj send {} TEXT", args.job, args.job);
        return Err(Error::usage("attach needs a terminal of its own as standard input and output").hint(hint));
    }
    let books = Books::read();
    let held = connect::one("attach", &args.job, &books)?;
    on_terminal("attach", held, args.key.key(), out)
}

/// Attaches or watches on our terminal.
pub(super) fn on_terminal(verb: &str, held: &Held<Job>, key: Option<u8>, out: &mut Out) -> Result<i32> {
    let types = verb == "attach";
    let mut terminal = Terminal::open(!types)?;
    // Before the guard knows of us: nobody is attached who is stopped.
    terminal.be_in_foreground()?;
    let want = if types { Ask::Attach } else { Ask::Watch };
    let request = Request { size: Some(terminal.size().into()), ..Request::new(want) };
    let mut line = connect::ask(verb, held, &request, None, out)?;
    let Some(stream) = line.stream.take() else { return Err(without_stream(verb, held)) };
    match key {
        Some(key) => out.note(&format!("{} {}; {} leaves", ing(types), pick::label(&held.record), key::name(key))),
        None => out.note(&format!("{} {}", ing(types), pick::label(&held.record))),
    }
    let inbox = view::begin(&mut terminal)?;
    let view = View::new(line, stream, terminal, inbox, key, types);
    Ok(tell(verb, &held.record, view.run(), out))
}

fn ing(types: bool) -> &'static str {
    if types { "attached to" } else { "watching" }
}

/// A guard that grants a stream and sends none.
pub(super) fn without_stream(verb: &str, held: &Held<Job>) -> Error {
    Error::new(format!("{verb} {}", pick::label(&held.record)), "its guard sent no stream").code(exit::FAILED)
}

/// Says what happened; answers our own exit code, or dies of what ended us.
pub(super) fn tell(verb: &str, job: &Job, end: End, out: &mut Out) -> i32 {
    let (name, again) = (pick::label(job), format!("pj {verb} {} comes back", job.id));
    let left = if verb == "attach" { "detached from" } else { "no longer watching" };
    match end {
        End::Left => {
            out.note(&format!("{left} {name}; {again}"));
            exit::DONE
        }
        End::Exited(end) => {
            out.note(&format!("{name} {}", end.text()));
            connect::code(&end)
        }
        End::Sent(why) => {
            out.warn(&format!("{left} {name}: {why}; {again}"));
            exit::FAILED
        }
        End::Gone => {
            out.warn(&format!("the guard of {name} is gone\nhint: pj list {}", job.id));
            exit::FAILED
        }
        End::Signal(sig) => {
            out.note(&format!("{left} {name}; {again}"));
            signal::die_of(sig);
            128 + sig
        }
    }
}
