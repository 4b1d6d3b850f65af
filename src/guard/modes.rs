//! What a program has armed in the user's terminal, read from its output on the way past: so that exactly that, and
//! nothing else, can be taken back when it dies without doing so (LAWS L24). Never changes a byte.

use super::replies::{self, Shape};

/// DEC private modes that a dead program leaves behind, and whether "armed" means set (`h`) or reset (`l`).
const DEC: &[(u16, bool)] = &[
    (1, true),    // application cursor keys
    (25, false),  // hidden cursor
    (1000, true), // mouse …
    (1002, true),
    (1003, true),
    (1005, true),
    (1006, true),
    (1015, true),
    (1016, true),
    (1004, true), // focus reports
    (2004, true), // bracketed paste
    (SYNCHRONIZED, true),
    (2031, true), // theme reports
    (47, true),   // alternate screens …
    (1047, true),
    (1049, true),
    (7, false), // no wrap
];
/// Nothing is shown until its end: never to be begun for another.
const SYNCHRONIZED: u16 = 2026;
const KEYPAD: u32 = 1 << 30;
const OTHER_KEYS: u32 = 1 << 31;
const ALT: u32 = 1 << 13 | 1 << 14 | 1 << 15;

/// What is armed now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Armed {
    bits: u32,
    /// Depth of the kitty keyboard stack on the main and on the alternate screen.
    kitty: [u8; 2],
}

impl Armed {
    /// From what [`Armed::bits`] and [`Armed::kitty`] gave.
    pub fn from_parts(bits: u32, kitty: u16) -> Armed {
        Armed { bits, kitty: kitty.to_le_bytes() }
    }

    /// One bit a mode.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Both depths.
    pub fn kitty(&self) -> u16 {
        u16::from_le_bytes(self.kitty)
    }

    /// What to write to the terminal to take it all back; empty when there is nothing.
    pub fn undo(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut pop = |n: u8| {
            if n > 0 {
                out.extend_from_slice(format!("\x1b[<{n}u").as_bytes());
            }
        };
        if self.bits & ALT != 0 {
            pop(self.kitty[1]);
        }
        let mut dec = |alt: bool| {
            for (i, (mode, set)) in DEC.iter().enumerate() {
                if self.bits & (1 << i) != 0 && ((1 << i) & ALT != 0) == alt {
                    out.extend_from_slice(format!("\x1b[?{mode}{}", if *set { 'l' } else { 'h' }).as_bytes());
                }
            }
        };
        dec(false);
        dec(true);
        if self.bits & OTHER_KEYS != 0 {
            out.extend_from_slice(b"\x1b[>4;0m");
        }
        if self.bits & KEYPAD != 0 {
            out.extend_from_slice(b"\x1b>");
        }
        if self.kitty[0] > 0 {
            out.extend_from_slice(format!("\x1b[<{}u", self.kitty[0]).as_bytes());
        }
        out
    }

    /// What to write to a terminal that comes later, so that it is armed as the first one was.
    pub fn redo(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut dec = |wanted: u32| {
            for (i, (mode, set)) in DEC.iter().enumerate().filter(|(_, (mode, _))| *mode != SYNCHRONIZED) {
                if self.bits & wanted & (1 << i) != 0 {
                    out.extend_from_slice(format!("\x1b[?{mode}{}", if *set { 'h' } else { 'l' }).as_bytes());
                }
            }
        };
        // The screen first: some of the others belong to it.
        dec(ALT);
        dec(!ALT);
        if self.bits & OTHER_KEYS != 0 {
            out.extend_from_slice(b"\x1b[>4;1m");
        }
        if self.bits & KEYPAD != 0 {
            out.extend_from_slice(b"\x1b=");
        }
        out.extend_from_slice("\x1b[>1u".repeat(usize::from(self.kitty[self.screen()])).as_bytes());
        out
    }

    /// Is an alternate screen shown?
    pub fn is_full_screen(&self) -> bool {
        self.bits & ALT != 0
    }

    fn screen(&self) -> usize {
        usize::from(self.bits & ALT != 0)
    }

    fn apply(&mut self, intro: u8, params: &[u8], last: u8) {
        let numbers = || params.split(|&b| b == b';').map(|p| std::str::from_utf8(p).ok().and_then(|t| t.parse().ok()));
        match (intro, last) {
            (b'?', b'h' | b'l') => {
                for n in numbers().flatten() {
                    self.dec(n, last == b'h');
                }
            }
            (b'>', b'u') => {
                let s = self.screen();
                self.kitty[s] = self.kitty[s].saturating_add(1);
            }
            (b'<', b'u') => {
                let n: u16 = numbers().next().flatten().unwrap_or(1);
                let s = self.screen();
                self.kitty[s] = self.kitty[s].saturating_sub(n.min(255) as u8);
            }
            (b'>', b'm') => {
                let mut n = numbers();
                match (n.next().flatten(), n.next().flatten()) {
                    (Some(4), Some(level)) if level > 0 => self.bits |= OTHER_KEYS,
                    (Some(4) | None, _) => self.bits &= !OTHER_KEYS,
                    _ => {}
                }
            }
            // Soft reset (DECSTR).
            (b'!', b'p') => self.bits &= ALT,
            _ => {}
        }
    }

    fn dec(&mut self, mode: u16, set: bool) {
        for (i, (known, armed)) in DEC.iter().enumerate() {
            if *known == mode {
                if set == *armed { self.bits |= 1 << i } else { self.bits &= !(1 << i) }
            }
        }
        if matches!(mode, 47 | 1047 | 1049) && !set {
            self.bits &= !ALT;
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Ground,
    Escape,
    Csi,
    /// Inside OSC, DCS, APC, PM: until BEL or ESC \.
    Text,
    TextEscape,
}

/// Reads a stream of output, cut anywhere.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    armed: Armed,
    at: At,
    intro: u8,
    params: Vec<u8>,
    /// What was asked of the terminal on the way.
    asked: Vec<Shape>,
}

impl Tracker {
    /// Goes on from what another tracker had found.
    pub fn from(armed: Armed) -> Tracker {
        Tracker { armed, ..Tracker::default() }
    }

    /// What is armed now.
    pub fn armed(&self) -> Armed {
        self.armed
    }

    /// The questions since the last time.
    pub fn questions(&mut self) -> std::vec::Drain<'_, Shape> {
        self.asked.drain(..)
    }

    /// Reads the next piece.
    pub fn read(&mut self, mut bytes: &[u8]) {
        while let Some((&b, rest)) = bytes.split_first() {
            if self.at == At::Ground && b != 0x1b {
                // The common case: nothing to see up to the next escape.
                match bytes.iter().position(|&b| b == 0x1b) {
                    Some(n) => bytes = &bytes[n..],
                    None => return,
                }
                continue;
            }
            self.byte(b);
            bytes = rest;
        }
    }

    fn byte(&mut self, b: u8) {
        self.at = match (self.at, b) {
            (At::Text, 0x07) | (At::TextEscape, b'\\') => {
                self.ask(replies::asked_by_text(self.intro, &self.params));
                At::Ground
            }
            (At::Text, 0x18 | 0x1a) => At::Ground,
            (At::Text, 0x1b) => At::TextEscape,
            (At::Text, _) => self.keep(b, At::Text),
            (_, 0x1b) => At::Escape,
            (At::TextEscape, _) => At::Text,
            (At::Ground, _) => At::Ground,
            (At::Escape, b'[') => {
                self.intro = 0;
                self.params.clear();
                At::Csi
            }
            (At::Escape, b']' | b'P' | b'X' | b'^' | b'_') => {
                self.intro = b;
                self.params.clear();
                At::Text
            }
            (At::Escape, b'=') => self.keypad(true),
            (At::Escape, b'>') => self.keypad(false),
            (At::Escape, b'c') => {
                self.armed = Armed::default();
                At::Ground
            }
            (At::Escape, _) => At::Ground,
            (At::Csi, b'<' | b'=' | b'>' | b'?' | b'!') => {
                self.intro = b;
                At::Csi
            }
            (At::Csi, 0x40..=0x7e) => {
                let params = std::mem::take(&mut self.params);
                self.armed.apply(self.intro, &params, b);
                self.ask(replies::asked_by_csi(self.intro, &params, b));
                self.params = params;
                At::Ground
            }
            (At::Csi, 0x18 | 0x1a) => At::Ground,
            (At::Csi, _) => self.keep(b, At::Csi),
        };
    }

    /// Up to more than any sequence that counts here has; the rest of it is passed over.
    fn keep(&mut self, b: u8, at: At) -> At {
        if self.params.len() < 64 {
            self.params.push(b);
        }
        at
    }

    /// Nobody may be there to take them (the guard's own tracker): not more than anybody would wait for.
    fn ask(&mut self, shape: Option<Shape>) {
        if self.asked.len() < 32 {
            self.asked.extend(shape);
        }
    }

    fn keypad(&mut self, on: bool) -> At {
        if on {
            self.armed.bits |= KEYPAD
        } else {
            self.armed.bits &= !KEYPAD
        }
        At::Ground
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undo(text: &str) -> String {
        let mut whole = Tracker::default();
        whole.read(text.as_bytes());
        let mut cut = Tracker::default();
        text.as_bytes().iter().for_each(|b| cut.read(&[*b]));
        assert_eq!(whole.armed(), cut.armed(), "cut anywhere, the same");
        String::from_utf8(whole.armed().undo()).unwrap()
    }

    #[test]
    fn what_was_armed_is_taken_back_and_nothing_else() {
        assert_eq!(undo("plain \x1b[31mred\x1b[0m"), "");
        assert_eq!(undo("\x1b[?1000;1006h\x1b[?2004h"), "\x1b[?1000l\x1b[?1006l\x1b[?2004l");
        assert_eq!(undo("\x1b[?25l"), "\x1b[?25h");
        assert_eq!(undo("\x1b[?1049h\x1b[?1049l"), "");
        assert_eq!(undo("\x1b[>1u"), "\x1b[<1u");
        assert_eq!(undo("\x1b[>1u\x1b[<u"), "");
        assert_eq!(undo("\x1b[?1049h\x1b[>7u"), "\x1b[<1u\x1b[?1049l");
        assert_eq!(undo("\x1b[>4;2m"), "\x1b[>4;0m");
        assert_eq!(undo("\x1b[>4;2m\x1b[>4m"), "");
        assert_eq!(undo("\x1b=\x1b[?1h"), "\x1b[?1l\x1b>");
        assert_eq!(undo("\x1b[?2004h\x1bc"), "");
    }

    #[test]
    fn text_inside_a_title_is_not_a_mode() {
        assert_eq!(undo("\x1b]0;\x1b[?1000h\x07"), "");
        assert_eq!(undo("\x1b]0;title\x1b\\\x1b[?1004h"), "\x1b[?1004l");
    }
}
