//! The only place that prints. Data goes to stdout, talk to stderr; other people's text is escaped on the way; a reader
//! that has gone is a quiet end, never a panic. Knows nothing of jobs.

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::table::{Table, Tone};
use crate::config::When;
use crate::error::{Error, plain};
use crate::exit;
use crate::process::describe::escape;
use crate::sys::{fd, tty};

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
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

impl From<When> for Color {
    fn from(when: When) -> Color {
        match when {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        }
    }
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

    /// Are colours wanted?
    pub(super) fn has_colors(&self) -> bool {
        self.color
    }

    /// Bytes as they are: a hook for a shell.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        // Each text is whole: what the library's stdout adds is a buffer.
        self.broken = fd::write_all(tty::std_fd(1), bytes).err();
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
        let text = table.render(width(), self.color);
        self.text(&text);
    }

    /// One JSON value. Its first field is the schema's name.
    pub(super) fn value<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.text(&(plain_json(text) + "\n")),
            Err(e) => self.broken = Some(io::Error::other(e)),
        }
    }

    /// One JSON value on one line.
    pub(super) fn value_line<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) => self.text(&(plain_json(text) + "\n")),
            Err(e) => self.broken = Some(io::Error::other(e)),
        }
    }

    /// Has the reader gone, or the disk no room?
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
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

/// JSON keeps text exactly; what could act on a terminal is written as `\u....`, which reads back the same. Whoever wrote
/// the JSON has done so below the blank.
fn plain_json(text: String) -> String {
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = to_look_at(rest.as_bytes()) {
        let (before, after) = rest.split_at(at);
        let c = after.chars().next().unwrap_or_default();
        let acts = escape(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8();
        out.push_str(before);
        if acts {
            out.push_str(&format!("\\u{:04x}", u32::from(c)))
        } else {
            out.push(c)
        }
        rest = &after[c.len_utf8()..];
    }
    if out.is_empty() { text } else { out + rest }
}

/// Where the first byte is that is no printable ASCII, of text without control characters below the blank. There may be
/// half a megabyte of it, so eight are asked at once: 0x7f and what is above has its highest bit set, or gets it by 1.
fn to_look_at(text: &[u8]) -> Option<usize> {
    let (words, _) = text.as_chunks::<8>();
    let high = |word: u64| (word | ((word & (u64::MAX / 255 * 0x7f)) + u64::MAX / 255)) & (u64::MAX / 255 * 0x80);
    let plain = words.iter().take_while(|word| high(u64::from_ne_bytes(**word)) == 0).count() * 8;
    text[plain..].iter().position(|&b| b >= 0x7f).map(|at| plain + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_back_and_cannot_move_a_cursor() {
        for before in 0..17 {
            let text = format!("{}a\u{9b}2J\u{202e}\x1b\x7f \"x\"\n~", "-".repeat(before));
            let json = plain_json(serde_json::to_string(&text).unwrap());
            assert!(json.bytes().all(|b| matches!(b, b' '..=b'~')), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            let kept = format!("{}é日 x", "~".repeat(before));
            assert_eq!(plain_json(kept.clone()), kept);
        }
    }
}
