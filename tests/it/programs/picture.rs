//! What a terminal shows at one moment, and how two of them differ: cells with attributes, cursor, modes, title.

use crate::harness::Term;
use crate::harness::display::Told;
use std::fmt::Write;
use std::ops::Range;
use vt100::{Cell, Color, Screen};

/// Rows and columns that differ by nature and are not compared.
pub(crate) type Mask = (Range<u16>, Range<u16>);

pub(crate) struct Picture {
    screen: Screen,
    told: Told,
}

impl Picture {
    pub(crate) fn of(term: &Term) -> Picture {
        let (screen, told) = term.shows();
        Picture { screen, told }
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.screen.contents().contains(text)
    }

    /// All but the cells; the cursor only where no mask hides it.
    fn state(&self, masks: &[Mask]) -> String {
        let screen = &self.screen;
        let at = screen.cursor_position();
        let cursor = (!hidden(masks, at)).then_some(at);
        let wrapped: Vec<u16> = (0..screen.size().0).filter(|row| screen.row_wrapped(*row)).collect();
        format!(
            "size {:?}, cursor {cursor:?}, hidden {}, alternate screen {}, keypad {}, cursor keys {}, paste {}, \
             mouse {:?} {:?}, pen {:?}, wrapped rows {wrapped:?}, {:?}",
            screen.size(),
            screen.hide_cursor(),
            screen.alternate_screen(),
            screen.application_keypad(),
            screen.application_cursor(),
            screen.bracketed_paste(),
            screen.mouse_protocol_mode(),
            screen.mouse_protocol_encoding(),
            String::from_utf8_lossy(&screen.attributes_formatted()),
            self.told
        )
    }

    /// The first cell that does not look the same.
    fn cell(&self, bare: &Picture, masks: &[Mask]) -> Option<(u16, u16)> {
        let (rows, cols) = self.screen.size();
        let mut all = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col)));
        all.find(|at| !hidden(masks, *at) && look(self.screen.cell(at.0, at.1)) != look(bare.screen.cell(at.0, at.1)))
    }

    pub(crate) fn same(&self, bare: &Picture, masks: &[Mask]) -> bool {
        self.state(masks) == bare.state(masks) && self.cell(bare, masks).is_none()
    }

    /// Both screens, and where they part.
    pub(crate) fn difference(&self, bare: &Picture, masks: &[Mask]) -> String {
        let mut text = format!("it shows\n{}\n{}\n", self.framed(), self.state(masks));
        let _ = write!(text, "bare\n{}\n{}\n", bare.framed(), bare.state(masks));
        if let Some((row, col)) = self.cell(bare, masks) {
            let cells = (look(self.screen.cell(row, col)), look(bare.screen.cell(row, col)));
            let _ = writeln!(text, "first cell that differs, row {row} column {col}: {cells:?}");
        }
        text
    }

    fn framed(&self) -> String {
        let width = usize::from(self.screen.size().1);
        let rows = self.screen.rows(0, self.screen.size().1).map(|row| format!("|{row:width$}|\n"));
        rows.collect()
    }
}

/// A blank that was written looks like one that was not.
fn look(cell: Option<&Cell>) -> Option<(&str, [bool; 7], [Color; 2])> {
    cell.map(|cell| {
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let wide = [cell.is_wide(), cell.is_wide_continuation()];
        let [bold, dim, italic] = [cell.bold(), cell.dim(), cell.italic()];
        let marks = [wide[0], wide[1], bold, dim, italic, cell.underline(), cell.inverse()];
        (text, marks, [cell.fgcolor(), cell.bgcolor()])
    })
}

fn hidden(masks: &[Mask], (row, col): (u16, u16)) -> bool {
    masks.iter().any(|(rows, cols)| rows.contains(&row) && cols.contains(&col))
}

/// A comparison that found everything equal would prove nothing.
#[test]
fn every_part_of_a_picture_counts() {
    let shown = |bytes: &str| {
        let mut display = crate::harness::display::Display::new(4, 20);
        display.process(bytes.as_bytes());
        Picture { screen: display.screen().clone(), told: display.told().clone() }
    };
    let plain = shown("text");
    assert!(plain.same(&shown("text"), &[]));
    let others = [
        "test",
        "\x1b[1mtext\x1b[m",
        "\x1b[31mtext\x1b[m",
        "text\x1b[31m",
        "text\x1b[41m \x1b[m\x08",
        "\x1b[3mtext\x1b[m",
        "\x1b[2mtext\x1b[m",
        "\x1b[4mtext\x1b[m",
        "\x1b[7mtext\x1b[m",
        "\u{65e5}xt",
        "text\r",
        "\x1b[?1049htext",
        "text\x1b[?25l",
        "text\x1b[?1h",
        "text\x1b=",
        "text\x1b[?2004h",
        "text\x1b[?1000h",
        "text\x1b[?1006h",
        "text\x1b[?1004h",
        "text\x1b[4 q",
        "text\x1b]2;title\x07",
        "text\x1b]52;c;eA==\x07",
    ];
    for other in others {
        assert!(!shown(other).same(&plain, &[]), "{other:?}");
    }
    assert!(shown("test").same(&plain, &[(0..1, 2..3)]));
}
