//! Tables as text: one line a row, as wide as the terminal and no wider. Other people's text is escaped on the way in.
//! Prints nothing.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::process::describe::{escape_into, is_plain};

/// How a row of a table looks, where there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Head,
    Dim,
    Warn,
}

impl Tone {
    /// The line in this tone.
    pub(super) fn paint(self, line: &str) -> String {
        let (before, after) = self.marks();
        [before, line, after].concat()
    }

    /// What goes before and behind a line.
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Tone::Plain => ("", ""),
            Tone::Head => ("\x1b[1m", "\x1b[0m"),
            Tone::Dim => ("\x1b[2m", "\x1b[0m"),
            Tone::Warn => ("\x1b[33m", "\x1b[0m"),
        }
    }
}

/// Rows under heads. A column without any text is left out. There may be a thousand rows: their text is in one piece.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Tone>,
    /// All cells, row after row, one for each column.
    cells: Vec<Cell>,
    /// Their text, escaped.
    text: String,
}

/// Where a cell's text ends, which begins where the one before ends, and how wide it is.
#[derive(Clone, Copy, Debug)]
struct Cell {
    end: usize,
    wide: usize,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    head: &'static str,
    is_number: bool,
    /// May be left out where there is no room.
    is_spare: bool,
}

/// A column that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    column: usize,
    wide: usize,
}

/// Blanks between columns.
const GAP: usize = 2;
/// What the last column wants at least; it alone is cut while there is room for the others.
const LAST: usize = 12;
/// What any column keeps, so that something can be read.
const LEAST: usize = 3;

impl Table {
    /// A head that begins with `>` makes a column of numbers, one that begins with `?` a column that may be left out.
    pub(super) fn new(heads: &[&'static str]) -> Table {
        let column = |head: &'static str| Column {
            head: head.trim_start_matches(['?', '>']),
            is_number: head.contains('>'),
            is_spare: head.starts_with('?'),
        };
        let columns = heads.iter().map(|h| column(h)).collect();
        Table { columns, rows: Vec::new(), cells: Vec::new(), text: String::new() }
    }

    /// Adds a row with a cell for each head.
    pub(super) fn row<'c>(&mut self, tone: Tone, cells: impl IntoIterator<Item = Cow<'c, str>>) {
        self.rows.push(tone);
        for cell in cells {
            let start = self.text.len();
            escape_into(&cell, &mut self.text);
            self.cells.push(Cell { end: self.text.len(), wide: width(&self.text[start..]) });
        }
        debug_assert_eq!(self.cells.len(), self.rows.len() * self.columns.len());
    }

    /// The columns that have any text, and how wide each would like to be.
    fn natural(&self) -> Vec<Place> {
        let n = self.columns.len();
        let widest = |column: usize| self.cells.iter().skip(column).step_by(n).map(|c| c.wide).max();
        let columns = self.columns.iter().enumerate().map(|(i, c)| (i, widest(i).unwrap_or(0), c.head.width()));
        let used = columns.filter(|(_, text, _)| *text > 0);
        used.map(|(column, text, head)| Place { column, wide: text.max(head) }).collect()
    }

    /// Which columns are shown, and how wide each is.
    fn layout(&self, width: Option<u16>) -> Vec<Place> {
        let mut used = self.natural();
        let (Some(width), Some(last)) = (width.map(usize::from), used.last().copied()) else { return used };
        let fits = |used: &[Place]| total(used) <= width;
        let excess = total(&used).saturating_sub(width);
        let cut = last.wide.saturating_sub(excess).max(LAST.min(last.wide));
        set_last(&mut used, cut);
        while !fits(&used) {
            match used.iter().rposition(|p| self.columns[p.column].is_spare) {
                Some(spare) => drop(used.remove(spare)),
                None => break,
            }
        }
        // Nothing left to leave out: the widest first.
        while !fits(&used) {
            let widest = used.iter_mut().filter(|p| p.wide > LEAST).max_by_key(|p| p.wide);
            if let Some(widest) = widest {
                widest.wide -= 1;
            } else if used.len() > 1 {
                used.pop();
            } else {
                break;
            }
        }
        // What leaving out has freed is the last one's.
        if used.last().is_some_and(|p| p.column == last.column) {
            let free = width.saturating_sub(total(&used));
            let now = used.last().map_or(0, |p| p.wide);
            set_last(&mut used, (now + free).min(last.wide));
        }
        used
    }

    /// One line a row, none wider than `width`: what does not fit is cut with an ellipsis.
    pub(super) fn render(&self, width: Option<u16>, color: bool) -> String {
        let used = self.layout(width);
        let mut out = String::with_capacity((self.rows.len() + 1) * (total(&used) + 1));
        let heads: Vec<(&str, usize)> = self.columns.iter().map(|c| (c.head, c.head.width())).collect();
        self.line(&mut out, if color { Tone::Head } else { Tone::Plain }, &used, &heads);
        let (mut start, mut row) = (0, heads);
        for (tone, cells) in self.rows.iter().zip(self.cells.chunks(self.columns.len())) {
            for (into, cell) in row.iter_mut().zip(cells) {
                *into = (&self.text[start..cell.end], cell.wide);
                start = cell.end;
            }
            self.line(&mut out, if color { *tone } else { Tone::Plain }, &used, &row);
        }
        out
    }

    /// Adds one line of these texts, each with how wide it is.
    fn line(&self, out: &mut String, tone: Tone, used: &[Place], cells: &[(&str, usize)]) {
        let (before, after) = tone.marks();
        out.push_str(before);
        let start = out.len();
        // Blanks before the next cell.
        let mut gap = 0;
        for p in used {
            let (text, wide) = match cells[p.column] {
                (text, wide) if wide <= p.wide => (Cow::Borrowed(text), wide),
                (text, _) => cut(text, p.wide),
            };
            let free = p.wide - wide;
            let (left, right) = if self.columns[p.column].is_number { (free, 0) } else { (0, free) };
            blanks(out, gap + left);
            out.push_str(&text);
            gap = right + GAP;
        }
        out.truncate(start + out[start..].trim_end().len());
        out.push_str(after);
        out.push('\n');
    }
}

fn blanks(out: &mut String, mut count: usize) {
    const SOME: &str = "                                ";
    while count > 0 {
        let now = count.min(SOME.len());
        out.push_str(&SOME[..now]);
        count -= now;
    }
}

fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.width() }
}

/// As much of a text that is wider as `wide` cells hold, and how many it takes; `…` stands for the rest.
fn cut(text: &str, wide: usize) -> (Cow<'_, str>, usize) {
    let (mut kept, mut taken) = (String::new(), 0);
    for c in text.chars() {
        let more = c.width().unwrap_or(0);
        if taken + more + 1 > wide {
            break;
        }
        kept.push(c);
        taken += more;
    }
    kept.push('…');
    (Cow::Owned(kept), taken + 1)
}

fn total(used: &[Place]) -> usize {
    used.iter().map(|p| p.wide + GAP).sum::<usize>().saturating_sub(GAP)
}

fn set_last(used: &mut [Place], wide: usize) {
    if let Some(p) = used.last_mut() {
        p.wide = wide;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut t = Table::new(&[">ID", "NAME", "KEEP", "?TERM", "COMMAND"]);
        let mut row = |tone, cells: [&str; 5]| t.row(tone, cells.map(Cow::from));
        row(Tone::Plain, ["1", "web", "", "pty", "node server.js --port 3000 --watch"]);
        row(Tone::Warn, ["12", "a\x1b[2Jb", "", "direct", "sh -c 'a\nb'"]);
        t
    }

    fn lines(width: Option<u16>) -> Vec<String> {
        table().render(width, false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_table_without_a_width_is_whole() {
        let wanted = [
            "ID  NAME         TERM    COMMAND",
            " 1  web          pty     node server.js --port 3000 --watch",
            "12  a\\u{1b}[2Jb  direct  sh -c 'a\\nb'",
        ];
        assert_eq!(lines(None), wanted);
        assert_eq!(lines(Some(200)), wanted);
    }

    #[test]
    fn the_last_column_is_cut_first_and_spare_ones_are_left_out() {
        assert_eq!(lines(Some(44))[1], " 1  web          pty     node server.js --p…");
        let narrow = lines(Some(33));
        assert_eq!(narrow[0], "ID  NAME         COMMAND");
        assert_eq!(narrow[1], " 1  web          node server.js …");
    }

    #[test]
    fn a_table_fits_any_width() {
        for width in 1..100 {
            let lines = lines(Some(width));
            assert_eq!(lines.len(), 3, "{width}: {lines:?}");
            for line in lines {
                assert!(line.chars().count() <= usize::from(width.max(3)), "{width}: {line}");
            }
        }
    }

    #[test]
    fn wide_characters_take_two_cells() {
        let mut t = Table::new(&["NAME", "COMMAND"]);
        t.row(Tone::Plain, ["日本語".into(), "日本語日本語".into()]);
        let text = t.render(Some(14), false);
        assert!(text.lines().nth(1).is_some_and(|l| l.starts_with("日本語  日")), "{text}");
    }

    #[test]
    fn colour_is_the_line_s_not_the_cell_s() {
        let text = table().render(None, true);
        assert!(text.starts_with("\x1b[1mID"));
        assert!(text.lines().nth(2).unwrap().starts_with("\x1b[33m12"));
        assert!(!table().render(None, false).contains('\x1b'));
    }
}
