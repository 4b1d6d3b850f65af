//! `pj list`: the jobs on record and how they are. Reads only.

pub(super) mod columns;
pub(super) mod row;
mod seen;

use std::time::Duration;

use serde::Serialize;

use super::gather::Books;
use super::out::Out;
use super::table::Table;
use super::wanted::{Narrow, Wanted};
use crate::config;
use crate::error::Result;
use crate::exit;
use crate::process::describe::escape;
use crate::sys::{clock, fd, tty};
use columns::{Column, Order, USUAL};
pub(super) use row::{Row, rows};

/// Between two looks of `--watch`.
const STEP: Duration = Duration::from_secs(1);

/// What to list.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    words: Narrow,
    /// How: a table, goproc's line, columns with tabs between, JSON, one JSON object a line, or the ids alone [default:
    /// output.format of the config]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// These columns of the table, in this order
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Vec<Column>,
    /// By this column; with a - before it from the other end
    #[arg(long, value_name = "COLUMN", value_parser = Order::parse, allow_hyphen_values = true, default_value = "id")]
    sort: Order,
    /// Again whenever something has changed, until interrupted
    #[arg(short, long)]
    watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Line,
    Tsv,
    Json,
    Jsonl,
    Ids,
}

impl From<config::Format> for Format {
    fn from(set: config::Format) -> Format {
        match set {
            config::Format::Table => Format::Table,
            config::Format::Line => Format::Line,
            config::Format::Json => Format::Json,
            config::Format::Jsonl => Format::Jsonl,
            config::Format::Ids => Format::Ids,
        }
    }
}

impl Args {
    /// Where no flag says how, what is set holds; columns are of a table.
    pub(super) fn fill(&mut self, set: config::Output, out: &Out) {
        let by_flag = out.json || !self.columns.is_empty();
        self.format = self.format.or((!by_flag).then(|| set.format.into()));
    }
}

#[derive(Serialize)]
struct Listing<'r, 'a> {
    schema: &'static str,
    jobs: &'r [Row<'a>],
}

/// Lists them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if args.watch {
        return watch(args, out);
    }
    let books = Books::read().kept();
    let mut rows = found(args, books, out)?;
    seen::note(books, &mut rows, tells(args, out, Column::LastSeen));
    args.sort.sort(&mut rows);
    print(args, &rows, books, out);
    books.tell_findings(out);
    Ok(exit::DONE)
}

fn found<'a>(args: &Args, books: &'a Books, out: &Out) -> Result<Vec<Row<'a>>> {
    let found = Wanted::read(&args.words, books)?.of(books);
    if !args.words.is_empty() && found.is_empty() {
        return Err(args.words.nothing(books));
    }
    let is_whole = tells(args, out, Column::Alive) || format(args, out) == Format::Line;
    Ok(rows(found, books, is_whole))
}

/// Is this column told, or sorted by? JSON has all.
fn tells(args: &Args, out: &Out, column: Column) -> bool {
    let is_json = matches!(format(args, out), Format::Json | Format::Jsonl);
    is_json || args.columns.contains(&column) || args.sort.is_by(column)
}

/// `--json` says the same as `--format json`.
fn format(args: &Args, out: &Out) -> Format {
    let format = args.format.unwrap_or(Format::Table);
    if out.json && format == Format::Table { Format::Json } else { format }
}

fn print(args: &Args, rows: &[Row], books: &Books, out: &mut Out) {
    match format(args, out) {
        Format::Json => out.value(&Listing { schema: "pj.list/1", jobs: rows }),
        Format::Jsonl => rows.iter().for_each(|r| out.value_line(r)),
        Format::Ids => rows.iter().for_each(|r| out.text(&format!("{}\n", r.id))),
        Format::Line => {
            let lines: String = rows.iter().map(|r| escape(&columns::line(r)) + "\n").collect();
            out.text(&lines);
        }
        Format::Tsv => out.text(&columns::tsv(rows, if args.columns.is_empty() { USUAL } else { &args.columns })),
        Format::Table if rows.is_empty() => out.note("no jobs"),
        Format::Table if args.columns.is_empty() => out.table(&usual(rows, books)),
        Format::Table => out.table(&columns::table(rows, &args.columns)),
    }
}

/// As a plain `pj list` shows it.
pub(super) fn show(rows: &[Row], books: &Books, out: &mut Out) {
    match out.json {
        true => out.value(&Listing { schema: "pj.list/1", jobs: rows }),
        false => out.table(&usual(rows, books)),
    }
}

/// The table of what is shown where nobody says what: of several places also which.
pub(super) fn usual(rows: &[Row], books: &Books) -> Table {
    let is_shown = |c: &&Column| **c != Column::Dir || books.has_several_places();
    let usual: Vec<Column> = USUAL.iter().filter(is_shown).copied().collect();
    columns::table(rows, &usual)
}

/// Prints it anew whenever it says something else; on a terminal over the one before. Ends when nobody reads it.
fn watch(args: &Args, out: &mut Out) -> Result<i32> {
    let is_screen = tty::is_terminal(1) && format(args, out) == Format::Table;
    let mut before: Option<String> = None;
    while !out.is_broken() {
        let books = Books::read();
        let mut rows = found(args, &books, out).or_else(|e| if before.is_none() { Err(e) } else { Ok(Vec::new()) })?;
        args.sort.sort(&mut rows);
        let said = serde_json::to_string(&rows).unwrap_or_default();
        seen::note(&books, &mut rows, tells(args, out, Column::LastSeen));
        // Ages go on by themselves, as does the last look: only a screen shows them as they are.
        if is_screen || before.as_ref() != Some(&said) {
            if is_screen {
                out.text("\x1b[H\x1b[2J");
            }
            print(args, &rows, &books, out);
            before = Some(said);
        }
        if readers_gone() {
            break;
        }
    }
    Ok(exit::DONE)
}

/// Waits for the next look. Answers whether whoever read us has gone meanwhile.
fn readers_gone() -> bool {
    let until = clock::now() + STEP;
    let ask = [fd::Ask { fd: Some(tty::std_fd(1)), read: false, write: false }];
    match fd::poll(&ask, clock::timeout_until(Some(until), clock::now())) {
        Ok([ready]) => ready.hung_up,
        Err(_) => false,
    }
}
