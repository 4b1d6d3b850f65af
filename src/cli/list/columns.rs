//! The columns of `pj list`: what stands in each, and by what rows are sorted. Prints nothing.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::row::{Owner, Row};
use crate::cli::gather::{Health, age};
use crate::cli::table::{Table, Tone};
use crate::process::describe::{command_line, escape};
use crate::record::job::{BACKGROUND, Terminal};

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(in crate::cli) enum Column {
    Id,
    Name,
    State,
    Alive,
    Kind,
    Keep,
    Pid,
    Owner,
    Term,
    Age,
    LastSeen,
    Tags,
    Groups,
    Cwd,
    Dir,
    Command,
}

/// What is shown where nobody says what. One without any text is left out.
pub(in crate::cli) const USUAL: &[Column] = {
    use Column::{Age, Command, Dir, Groups, Id, Keep, Name, Owner, Pid, State, Tags, Term};
    &[Id, Name, State, Keep, Pid, Owner, Term, Age, Tags, Groups, Dir, Command]
};

impl Column {
    /// Its head: `?` where it may be left out for want of room, `>` for numbers.
    fn head(self) -> &'static str {
        match self {
            Column::Id => ">ID",
            Column::Name => "NAME",
            Column::State => "STATE",
            Column::Alive => "?ALIVE",
            Column::Kind => "?KIND",
            Column::Keep => "?KEEP",
            Column::Pid => "?>PID",
            Column::Owner => "?OWNER",
            Column::Term => "?TERM",
            Column::Age => "?>AGE",
            Column::LastSeen => "?LAST SEEN",
            Column::Tags => "?TAGS",
            Column::Groups => "?GROUPS",
            Column::Cwd => "?CWD",
            Column::Dir => "STATE DIR",
            Column::Command => "COMMAND",
        }
    }

    fn text<'r>(self, r: &'r Row) -> Cow<'r, str> {
        match self {
            Column::Id => r.id.to_string().into(),
            Column::Name => (&*r.title).into(),
            Column::State if is_stopped(r) => format!("{} (guard stopped)", r.state).into(),
            Column::State => match &r.waits {
                Some(waits) => format!("{} ({waits})", r.state).into(),
                None => r.state.into(),
            },
            Column::Alive => if r.alive { "yes" } else { "no" }.into(),
            Column::Kind => r.kind.into(),
            Column::Keep => r.keep.unwrap_or_default().into(),
            Column::Pid => r.pid.map(|p| p.to_string()).unwrap_or_default().into(),
            Column::Owner => r.owner.as_ref().map(owner_text).unwrap_or_default().into(),
            Column::Term => terminal(r).into(),
            Column::Age => age(born(r)).into(),
            Column::LastSeen => r.last_seen.as_deref().unwrap_or_default().into(),
            Column::Tags => r.tags.join(",").into(),
            Column::Groups => r.groups.join(",").into(),
            Column::Cwd => r.cwd.unwrap_or_default().into(),
            Column::Dir => (&*r.state_dir).into(),
            Column::Command => command_line(r.argv).into(),
        }
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        match self {
            Column::Id => a.id.cmp(&b.id),
            Column::Pid => a.pid.cmp(&b.pid),
            // The youngest first, as an age says it. RFC 3339 in UTC sorts as text.
            Column::Age => born(b).cmp(born(a)),
            other => other.text(a).cmp(&other.text(b)),
        }
    }
}

fn born<'r>(r: &'r Row) -> &'r str {
    r.started_at.unwrap_or(r.created_at)
}

fn is_stopped(r: &Row) -> bool {
    r.guard.as_ref().is_some_and(|g| g.state == Health::Stopped)
}

fn terminal(r: &Row) -> &'static str {
    match r.terminal {
        Some(Terminal::Pty) => "pty",
        Some(Terminal::Direct) if r.kind == BACKGROUND => "pipe",
        Some(Terminal::Direct) => "direct",
        None => "",
    }
}

fn owner_text(o: &Owner) -> String {
    let who = match (&o.shell, &o.tty) {
        (Some(shell), Some(tty)) => format!("{shell} {}", tty.strip_prefix("/dev/").unwrap_or(tty)),
        (Some(shell), None) => format!("{shell} {}", o.session),
        _ => o.session.clone(),
    };
    if o.state == "alive" { who } else { format!("{who} ({})", o.state) }
}

/// A column to sort by; with a `-` before it from the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    by: Column,
    is_reversed: bool,
}

impl Order {
    /// Reads it.
    pub(super) fn parse(text: &str) -> Result<Order, String> {
        let (is_reversed, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let by = <Column as clap::ValueEnum>::from_str(name, false);
        Ok(Order { by: by.map_err(|_| format!("'{name}' is no column: id, name, state, pid, age, ..."))?, is_reversed })
    }

    /// Is it this column that counts?
    pub(super) fn is_by(self, column: Column) -> bool {
        self.by == column
    }

    /// Sorts by it; equal ones stay as they were.
    pub(super) fn sort(self, rows: &mut [Row]) {
        rows.sort_by(|a, b| {
            let order = self.by.compare(a, b);
            if self.is_reversed { order.reverse() } else { order }
        });
    }
}

/// These rows as a table.
pub(in crate::cli) fn table(rows: &[Row], columns: &[Column]) -> Table {
    let heads: Vec<&'static str> = columns.iter().map(|c| c.head()).collect();
    let mut table = Table::new(&heads);
    for r in rows {
        let tone = match r.state {
            "lost" => Tone::Warn,
            "ended" => Tone::Dim,
            _ => Tone::Plain,
        };
        table.row(tone, columns.iter().map(|c| c.text(r)));
    }
    table
}

/// The same for programs: the columns' names, then a line a row, with tabs between. What is in a cell is escaped, so that
/// it holds neither.
pub(super) fn tsv(rows: &[Row], columns: &[Column]) -> String {
    let name = |c: &Column| clap::ValueEnum::to_possible_value(c).map(|v| v.get_name().to_owned());
    let mut text = columns.iter().filter_map(name).collect::<Vec<_>>().join("\t") + "\n";
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|c| escape(&c.text(row))).collect();
        text += &(cells.join("\t") + "\n");
    }
    text
}

/// A line that scripts written for goproc read: it is kept to the letter.
pub(super) fn line(r: &Row) -> String {
    format!(
        "[id={}] pid={} name={} alive={} cmd={} tags=[{}] groups=[{}]",
        r.id,
        r.pid.unwrap_or(0),
        r.name.unwrap_or("-"),
        r.alive,
        r.argv.join(" "),
        r.tags.join(","),
        r.groups.join(","),
    )
}
