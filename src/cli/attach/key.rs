//! The key that leaves: found in what is typed, however the terminal spells it, and never in a paste.
//!
//! A program may have asked the terminal for another spelling of keys (kitty's, xterm's modifyOtherKeys): the key counts
//! in each. What comes behind it in the same breath is thrown away: it would be typed into the shell.

/// What begins and ends a bracketed paste.
const PASTE: [&[u8]; 2] = [b"\x1b[200~", b"\x1b[201~"];
/// Longer than every sequence that counts here.
const LONGEST: usize = 24;

/// A control key, by its byte: `^]`, `^B`, `C-b`; `none` is `None`.
pub(in crate::cli) fn parse(text: &str) -> Result<Option<u8>, String> {
    if text == "none" {
        return Ok(None);
    }
    let key = text.strip_prefix('^').or_else(|| text.strip_prefix("C-"));
    key.and_then(control).map(Some).ok_or_else(|| "a control key such as ^] or C-b, or none".to_owned())
}

/// The byte that a key sends together with Control.
pub(in crate::cli) fn control(key: &str) -> Option<u8> {
    match key.as_bytes() {
        [b'?'] => Some(0x7f),
        [key @ (b'a'..=b'z' | b'A'..=b'Z' | b'@' | b'[' | b'\\' | b']' | b'^' | b'_')] => Some(key & 0x1f),
        _ => None,
    }
}

/// `^]` for 0x1d.
pub(in crate::cli) fn name(key: u8) -> String {
    format!("^{}", char::from(key ^ 0x40))
}

/// Looks for it in what is typed, cut anywhere.
#[derive(Debug)]
pub(super) struct Finder {
    key: Option<u8>,
    /// The escape sequence that is under way.
    sequence: Vec<u8>,
    in_paste: bool,
}

impl Finder {
    pub(super) fn new(key: Option<u8>) -> Finder {
        Finder { key, sequence: Vec::new(), in_paste: false }
    }

    /// How many of these bytes come before the key; `None` when it is not among them.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let key = self.key?;
        // Alone it was pressed, whatever a paste that never ended said before.
        if bytes == [key] {
            return Some(0);
        }
        for (at, &b) in bytes.iter().enumerate() {
            if b == key && !self.in_paste && key != 0x1b {
                return Some(at);
            }
            match b {
                0x1b => self.sequence = vec![b],
                _ if self.sequence.is_empty() => {}
                _ => self.sequence.push(b),
            }
            let ends = self.sequence.len() > 2 && matches!(b, 0x40..=0x7e);
            let is_none = self.sequence.len() == 2 && b != b'[';
            if ends || is_none || self.sequence.len() > LONGEST {
                let sequence = std::mem::take(&mut self.sequence);
                self.in_paste = (self.in_paste || sequence == PASTE[0]) && sequence != PASTE[1];
                if !self.in_paste && is_spelled(&sequence, key) {
                    return Some((at + 1).saturating_sub(sequence.len()));
                }
            }
        }
        None
    }
}

/// `CSI 93;5u` or `CSI 27;5;93~`: pressed or repeated, with Control and nothing else but locks.
fn is_spelled(sequence: &[u8], key: u8) -> bool {
    let Some(text) = sequence.strip_prefix(b"\x1b[").and_then(|t| std::str::from_utf8(t).ok()) else { return false };
    let (code, with) = match (text.strip_suffix('u'), text.strip_suffix('~').and_then(|t| t.strip_prefix("27;"))) {
        (Some(of_kitty), _) => of_kitty.split_once(';').unwrap_or((of_kitty, "")),
        (_, Some(of_xterm)) => of_xterm.split_once(';').map_or(("", ""), |(with, code)| (code, with)),
        (None, None) => return false,
    };
    let number = |t: &str| t.parse::<u32>().ok();
    let code = code.split(':').next().and_then(number);
    // What it writes may follow.
    let mut with = with.split(';').next().unwrap_or("").split(':');
    let locks = 64 + 128;
    let is_control = with.next().and_then(number).is_some_and(|m| m.wrapping_sub(1) & !locks == 4);
    let is_release = with.next() == Some("3");
    let plain = u32::from((key | 0x40).to_ascii_lowercase());
    is_control && !is_release && code == Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: u8 = 0x1d;

    fn before(text: &[u8]) -> Option<usize> {
        let whole = Finder::new(Some(KEY)).find(text);
        let mut cut = Finder::new(Some(KEY));
        // Byte by byte the same is found, if not where it began; the key alone always is.
        let found = text.iter().any(|b| cut.find(&[*b]).is_some());
        assert!(whole.is_none() || found, "{text:?}");
        whole
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        assert_eq!(parse("^]"), Ok(Some(0x1d)));
        assert_eq!(parse("C-b"), Ok(Some(2)));
        assert_eq!(parse("^B"), Ok(Some(2)));
        assert_eq!(parse("none"), Ok(None));
        assert!(["", "^", "x", "^bb", "C-", "^é", "^1", "None"].iter().all(|wrong| parse(wrong).is_err()));
        assert_eq!(name(0x1d), "^]");
        assert_eq!(name(2), "^B");
        assert_eq!(parse("^?").map(|key| key.map(name)), Ok(Some("^?".to_owned())));
    }

    #[test]
    fn the_key_is_found_in_every_spelling_and_not_in_a_paste() {
        assert_eq!(before(b"\x1d"), Some(0));
        assert_eq!(before(b"ls\r\x1drest"), Some(3));
        assert_eq!(before(b"ab\x1b[93;5u"), Some(2));
        assert_eq!(before(b"\x1b[93;133u"), Some(0));
        assert_eq!(before(b"\x1b[93:125;5:1u"), Some(0));
        assert_eq!(before(b"\x1b[27;5;93~"), Some(0));
        for other in [&b"\x1b[93;5:3u"[..], b"\x1b[93u", b"\x1b[93;6u", b"\x1b[98;5u", b"\x1b[93;5", b"\x1b]", b"5u"] {
            assert_eq!(before(other), None, "{other:?}");
        }
        assert_eq!(before(b"\x1b[A\x1bO\x1d"), Some(5));
        let mut finder = Finder::new(Some(KEY));
        assert_eq!(finder.find(b"\x1b[200~a\x1db"), None);
        assert_eq!(finder.find(b"\x1b[93;5uc\x1b[20"), None);
        assert_eq!(finder.find(b"1~d\x1d"), Some(3));
        assert_eq!(Finder::new(None).find(b"\x1d"), None);
    }
}
