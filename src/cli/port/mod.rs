//! `pj port`: ends who listens on ports and looks that they are free; shows who listens; explains a port.
//!
//! Whom it ends was seen to hold the socket, is judged (`whose.rs`), and is asked for anew before each signal. A port of
//! which somebody may not be ended is left as it is.

mod diagnose;
pub(super) mod kill_port;
mod list;
mod say;
mod whose;

use std::time::Duration;

use super::gather::Books;
use super::out::Out;
use crate::config::{Port, Settings};
use crate::error::{Doing, Error, Result};
use crate::ports::free::{self, Order};
use crate::ports::{Proto, Survey};
use list::Row;
use whose::Judgement;

/// What is said of a port, and the exit code for it.
const WORDS: &str = "A port is free, cleaned (who listened is gone), partial (some are), stuck (somebody listens still, or again), \
refused (left alone: protected, or of another session that lives) or ghost (who listens cannot be seen from here). The \
exit code is 0 for free and cleaned, 5 for partial and stuck, 6 for refused and ghost, and 7 where the time was over \
before a grace was. Where one of a port is refused, nobody of that port is ended.";

/// Which ports, and what to do.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = WORDS)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    free: Free,
    #[arg(skip)]
    settings: Box<Port>,
}

#[derive(Debug, clap::Args)]
struct Free {
    /// The ports: numbers, or all for those of port.all [default: port.default of the config, 8000]
    #[arg(value_name = "PORT", value_parser = word)]
    ports: Vec<Word>,
    /// UDP sockets that are bound and have no peer, instead of TCP listeners
    #[arg(long)]
    udp: bool,
    /// Show who listens, and end nobody; on any port where none is named
    #[arg(long, conflicts_with_all = ["force", "grace", "dry_run"])]
    list: bool,
    /// End protected programs and listeners of other sessions that live, too
    #[arg(long)]
    force: bool,
    /// How long each may take to end by itself before it is killed [default: port.grace of the config, 2s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    grace: Option<Duration>,
    /// How long to wait for the ports at most [default: port.timeout of the config, 5s]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    timeout: Option<Duration>,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Explain ports: who listens, who is connected, what else may hold them, and what to do
    Diagnose(diagnose::Args),
}

/// A port, or a word for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    One(u16),
    All,
}

fn word(text: &str) -> std::result::Result<Word, String> {
    if text == "all" { Ok(Word::All) } else { number(text).map(Word::One) }
}

/// `8000`, or `:8000` as a selector has it.
fn number(text: &str) -> std::result::Result<u16, String> {
    let digits = text.strip_prefix(':').unwrap_or(text);
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|port| *port > 0 && is_plain)
        .ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

impl Args {
    /// What the settings say where no flag does.
    pub(super) fn fill(&mut self, settings: Settings) {
        *self.settings = settings.port;
    }
}

impl Free {
    /// Each port once, in the order in which they were named.
    fn chosen(&self, settings: &Port) -> Vec<u16> {
        let mut all = Vec::new();
        let words = self.ports.iter().flat_map(|word| match word {
            Word::One(port) => vec![*port],
            Word::All => settings.all.clone(),
        });
        words.for_each(|port| push(&mut all, port));
        if all.is_empty() && !self.list {
            settings.default.iter().for_each(|&port| push(&mut all, port));
        }
        all
    }

    fn proto(&self) -> Proto {
        if self.udp { Proto::Udp } else { Proto::Tcp }
    }
}

fn push(all: &mut Vec<u16>, port: u16) {
    if !all.contains(&port) {
        all.push(port);
    }
}

/// Does it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if let Some(What::Diagnose(args)) = &args.what {
        return diagnose::run(args, out);
    }
    let ports = args.free.chosen(&args.settings);
    if args.free.list {
        return list::run(args.free.proto(), &ports, out);
    }
    let order = Order {
        proto: args.free.proto(),
        ports,
        grace: args.free.grace.unwrap_or(args.settings.grace),
        timeout: args.free.timeout.unwrap_or(args.settings.timeout),
        dry_run: args.free.dry_run,
    };
    end(&order, args.free.force, out)
}

/// Frees the ports and says what came of it.
fn end(order: &Order, force: bool, out: &mut Out) -> Result<i32> {
    let books = Books::read().kept();
    let first = look(order.proto, &order.ports)?;
    let mut judgement = Judgement::new(books, force);
    let rows: Vec<Row> = list::rows(&first, &judgement);
    let freed = free::run(&first, order, &mut judgement).doing(|| "see who listens".to_owned())?;
    say::note(&freed, &judgement);
    Ok(say::tell(order, &rows, &freed, &judgement, out))
}

fn look(proto: Proto, ports: &[u16]) -> Result<Survey> {
    Survey::of(proto, ports).map_err(|e| match e.kind() {
        std::io::ErrorKind::Unsupported => Error::new("find out who listens", "pj cannot yet on this system"),
        _ => Error::new("find out who listens", crate::error::plain(&e)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_and_nothing_else() {
        for (text, wanted) in [
            ("8000", Some(8000)),
            (":8000", Some(8000)),
            ("0", None),
            ("65536", None),
            ("+80", None),
            ("", None),
            ("80a", None),
        ] {
            assert_eq!(number(text).ok(), wanted, "{text}");
        }
        assert_eq!(word("all"), Ok(Word::All));
    }

    #[test]
    fn each_port_is_meant_once() {
        let free = |ports: &[Word], list| Free {
            ports: ports.to_vec(),
            udp: false,
            list,
            force: false,
            grace: None,
            timeout: None,
            dry_run: false,
        };
        let settings = Port::default();
        assert_eq!(free(&[], false).chosen(&settings), [8000]);
        assert_eq!(free(&[], true).chosen(&settings), [0u16; 0]);
        assert_eq!(free(&[Word::One(3000), Word::All], false).chosen(&settings), [3000, 8000, 8080]);
    }
}
