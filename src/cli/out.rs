//! The only place that prints. Data goes to stdout, talk to stderr; other people's text is escaped on the way; a reader
//! that has gone is a quiet end, never a panic. Knows nothing of jobs.

use std::io::{self, BufRead, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Row};
use serde::Serialize;

use crate::error::{Error, plain};
use crate::exit;
use crate::process::describe::escape;
use crate::sys::tty;

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// How a row of a table looks, where there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Head,
    Dim,
    Warn,
}

impl Tone {
    fn paint(self, line: &str) -> String {
        let code = match self {
            Tone::Plain => return line.to_owned(),
            Tone::Head => 1,
            Tone::Dim => 2,
            Tone::Warn => 33,
        };
        format!("\x1b[{code}m{line}\x1b[0m")
    }
}

/// Rows under heads. A column without any text is left out.
#[derive(Debug)]
pub(super) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<(Tone, Vec<String>)>,
}

impl Table {
    /// A head that begins with `>` makes a column of numbers.
    pub(super) fn new(heads: &[&'static str]) -> Table {
        Table { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each head.
    pub(super) fn row(&mut self, tone: Tone, cells: Vec<String>) {
        self.rows.push((tone, cells.iter().map(|c| escape(c)).collect()));
    }

    /// One line a row, none wider than `width`: what does not fit is cut with an ellipsis.
    fn render(&self, width: Option<u16>, color: bool) -> String {
        let has_text = |i: &usize| self.rows.iter().any(|(_, cells)| cells.get(*i).is_some_and(|c| !c.is_empty()));
        let used: Vec<usize> = (0..self.heads.len()).filter(has_text).collect();
        let mut table = comfy_table::Table::new();
        table.load_preset(comfy_table::presets::NOTHING).set_truncation_indicator("…");
        // Words are cut anywhere: the delimiter is a character that escaped text cannot hold.
        table.set_delimiter('\0');
        match width {
            Some(w) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(w),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        let line = |cell: &dyn Fn(usize) -> String| {
            let mut row = Row::from(used.iter().map(|&i| Cell::new(cell(i))).collect::<Vec<_>>());
            row.max_height(1);
            row
        };
        table.set_header(line(&|i| self.heads[i].trim_start_matches('>').to_owned()));
        for (_, cells) in &self.rows {
            table.add_row(line(&|i| cells[i].clone()));
        }
        for (n, &i) in used.iter().enumerate() {
            if let Some(column) = table.column_mut(n) {
                column.set_padding((0, if n + 1 < used.len() { 2 } else { 0 }));
                let is_number = self.heads[i].starts_with('>');
                column.set_cell_alignment(if is_number { CellAlignment::Right } else { CellAlignment::Left });
            }
        }
        let tones = std::iter::once(Tone::Head).chain(self.rows.iter().map(|(tone, _)| *tone));
        let tones = tones.map(|t| if color { t } else { Tone::Plain });
        table.lines().zip(tones).map(|(line, tone)| tone.paint(line.trim_end()) + "\n").collect()
    }
}

/// Stdout and stderr.
#[derive(Debug)]
pub(super) struct Out {
    /// `--json`
    pub(super) json: bool,
    /// `--quiet`
    pub(super) quiet: bool,
    color: bool,
    /// The first thing that went wrong with stdout; nothing is written after it.
    broken: Option<io::Error>,
}

impl Out {
    pub(super) fn new(json: bool, quiet: bool, color: Color) -> Out {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let dumb = || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => tty::is_terminal(1) && !set("NO_COLOR") && !dumb(),
        };
        Out { json, quiet, color, broken: None }
    }

    /// Bytes as they are: a hook for a shell.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        let mut stdout = io::stdout().lock();
        self.broken = stdout.write_all(bytes).and_then(|()| stdout.flush()).err();
    }

    /// Text of our own, with its line ends.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// One line of data, escaped.
    pub(super) fn line(&mut self, tone: Tone, line: &str) {
        let line = escape(line);
        let line = if self.color { tone.paint(&line) } else { line };
        self.text(&(line + "\n"));
    }

    /// A table as wide as the terminal; as wide as it is when nobody says how wide.
    pub(super) fn table(&mut self, table: &Table) {
        if !table.rows.is_empty() {
            self.text(&table.render(width(), self.color));
        }
    }

    /// One JSON value. Its first field is the schema's name.
    pub(super) fn value<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.text(&(plain_json(&text) + "\n")),
            Err(e) => self.broken = Some(io::Error::other(e)),
        }
    }

    /// Something to know that is not the answer; silent with `--quiet`.
    pub(super) fn note(&mut self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Something that is wrong: `pj: …`.
    pub(super) fn warn(&mut self, text: &str) {
        let mut lines = text.lines().map(escape);
        let first = lines.next().unwrap_or_default();
        let rest: String = lines.map(|l| format!("{l}\n")).collect();
        self.talk(&format!("pj: {first}\n{rest}"));
    }

    /// An error, once.
    pub(super) fn error(&mut self, e: &Error) {
        self.warn(&e.to_string());
    }

    /// Text of our own to stderr. That nobody reads it changes nothing.
    pub(super) fn talk(&mut self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Is there somebody to ask?
    pub(super) fn can_ask(&self) -> bool {
        tty::is_terminal(0) && tty::is_terminal(2)
    }

    /// Asks on the terminal; anything but a yes is a no.
    pub(super) fn ask(&mut self, question: &str) -> bool {
        self.talk(&format!("{} [y/N] ", escape(question)));
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// The exit code: a reader that left early is not an error, a full disk is.
    pub(super) fn finish(mut self, code: i32) -> i32 {
        match self.broken.take() {
            Some(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&Error::new("write the output", plain(&e)));
                if code == exit::DONE { exit::FAILED } else { code }
            }
            _ => code,
        }
    }
}

/// How wide a table may be: the terminal's width, else `$COLUMNS`, else as it comes.
fn width() -> Option<u16> {
    let from_tty = tty::size(tty::std_fd(1)).ok().map(|s| s.cols);
    let from_env = || std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    from_tty.filter(|&w| w > 0).or_else(from_env).filter(|&w: &u16| w > 0)
}

/// JSON keeps text exactly; what could act on a terminal is written as `\u....`, which reads back the same.
fn plain_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c != '\n' && escape(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8();
        if acts { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut t = Table::new(&[">ID", "NAME", "KEEP", "COMMAND"]);
        t.row(Tone::Plain, vec!["1".into(), "web".into(), String::new(), "node server.js --port 3000 --watch".into()]);
        t.row(Tone::Warn, vec!["12".into(), "a\x1b[2Jb".into(), String::new(), "sh -c 'a\nb'".into()]);
        t
    }

    #[test]
    fn a_table_without_a_width_is_whole() {
        let text = table().render(None, false);
        let wanted = [
            "ID  NAME         COMMAND",
            " 1  web          node server.js --port 3000 --watch",
            "12  a\\u{1b}[2Jb  sh -c 'a\\nb'",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn a_table_fits_any_width() {
        for width in 20..100 {
            let text = table().render(Some(width), false);
            assert_eq!(text.lines().count(), 3, "{width}: {text}");
            for line in text.lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
        }
        assert!(table().render(Some(40), false).contains('…'));
    }

    #[test]
    fn colour_is_the_line_s_not_the_cell_s() {
        let text = table().render(None, true);
        assert!(text.starts_with("\x1b[1mID"));
        assert!(text.lines().nth(2).unwrap().starts_with("\x1b[33m12"));
        assert!(!table().render(None, false).contains('\x1b'));
    }

    #[test]
    fn json_reads_back_and_cannot_move_a_cursor() {
        let text = "a\u{9b}2J\u{202e}\x1b\x7f \"x\"";
        let json = plain_json(&serde_json::to_string(&text).unwrap());
        assert!(json.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
