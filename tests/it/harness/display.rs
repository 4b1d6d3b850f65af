//! What a terminal shows: the `vt100` screen, and what that crate leaves to its caller (title, clipboard, other modes).
//! It must never take the terminal's reader down with it: `vt100` 0.16 panics once something is drawn over the left
//! half of a wide character whose right half a narrower window has cut off. The screen then starts empty, and says so.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use vt100::{Callbacks, Parser, Screen};

/// The screen of one terminal.
pub(crate) struct Display {
    parser: Parser<Told>,
    /// Whether the crate failed, so that the screen lacks what was drawn before.
    pub(crate) broke: bool,
}

/// What a program told its terminal beside the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    title: String,
    icon: String,
    /// The last OSC 52.
    clipboard: String,
    /// The cursor's shape by DECSCUSR.
    cursor: Vec<u16>,
    /// Those private modes that are on and that `vt100` does not know: focus, synchronized output …
    modes: BTreeSet<u16>,
}

impl Display {
    /// `vt100` cannot put a wide character into a single column.
    fn parser(rows: u16, cols: u16) -> Parser<Told> {
        Parser::new_with_callbacks(rows.max(1), cols.max(2), 0, Told::default())
    }

    pub(crate) fn new(rows: u16, cols: u16) -> Display {
        Display { parser: Display::parser(rows, cols), broke: false }
    }

    pub(crate) fn process(&mut self, bytes: &[u8]) {
        let (rows, cols) = self.parser.screen().size();
        if catch_unwind(AssertUnwindSafe(|| self.parser.process(bytes))).is_err() {
            self.parser = Display::parser(rows, cols);
            self.broke = true;
        }
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.parser.screen_mut().set_size(rows.max(1), cols.max(2));
    }

    pub(crate) fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    pub(crate) fn told(&self) -> &Told {
        self.parser.callbacks()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Callbacks for Told {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = text(title);
    }

    fn set_window_icon_name(&mut self, _: &mut Screen, name: &[u8]) {
        self.icon = text(name);
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.clipboard = text(data);
    }

    fn unhandled_csi(&mut self, _: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], last: char) {
        let numbers = params.iter().flat_map(|one| one.iter().copied());
        match (i1, last) {
            (Some(b' '), 'q') => self.cursor = numbers.collect(),
            (Some(b'?'), 'h') => self.modes.extend(numbers),
            (Some(b'?'), 'l') => numbers.for_each(|one| {
                self.modes.remove(&one);
            }),
            _ => {}
        }
    }
}

/// The crate's fault is real, and costs no more than the picture. Fails once `vt100` is repaired: then take this out.
#[test]
fn a_wide_character_cut_in_half_costs_the_screen_only() {
    let mut display = Display::new(5, 10);
    display.process("日本語日本".as_bytes());
    display.resize(5, 9);
    display.process(b"\x1b[1;9Hx");
    assert!(display.broke);
    display.process(b"goes on");
    assert_eq!(display.screen().contents(), "goes on");
    let mut narrow = Display::new(1, 1);
    narrow.process("日".as_bytes());
    assert!(!narrow.broke);
}
