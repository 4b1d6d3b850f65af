//! What is read from people and shown to them, against any text at all.

use proptest::prelude::*;

use super::describe::{command_line, escape, is_plain};
use super::lines;
use super::select::{Selector, is_name};

/// Marks that make a row read backwards (Unicode, Bidi_Control), and the two separators that break it.
fn is_sneaky(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Text with more of what must not pass than any text has by chance.
fn nasty() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        4 => any::<char>(),
        2 => prop::char::range('\0', '\u{9f}'),
        1 => prop::char::range('\u{200b}', '\u{206f}'),
        1 => Just('\u{61c}'),
    ];
    prop::collection::vec(one, 0..40).prop_map(|all| all.into_iter().collect())
}

/// A word that may well be a selector.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![nasty(), "[@+%:/*a-z0-9._-]{0,9}", "[+0]?[0-9]{1,21}", "@(self|[0-9]{1,6})", "pid:[0-9]{1,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that moves a cursor or turns a row around, in a text or in a word of a command line; and plain text is
    /// shown as it is.
    #[test]
    fn nothing_that_moves_a_cursor_is_shown(text in nasty()) {
        prop_assert!(!escape(&text).chars().any(is_sneaky));
        prop_assert!(!command_line(&["sh", text.as_str()]).chars().any(is_sneaky));
        if is_plain(&text) {
            prop_assert_eq!(escape(&text), text);
        }
    }

    /// A selector that was read is printed as a word that reads as the same one, and that is the same word unless it is
    /// an id with zeros before it. A sign never becomes an id.
    #[test]
    fn a_selector_that_is_printed_reads_as_itself(word in word()) {
        if let Ok(selector) = Selector::parse(&word) {
            let printed = selector.to_string();
            prop_assert_eq!(Selector::parse(&printed), Ok(selector.clone()));
            match selector {
                Selector::Id(_) => prop_assert_eq!(printed.as_str(), match word.trim_start_matches('0') { "" => "0", w => w }),
                _ => prop_assert_eq!(printed, word),
            }
        }
    }

    /// What may be a job's name selects exactly that name; and a glob of its two ends and all that is between.
    #[test]
    fn a_name_selects_itself(name in "[a-z0-9._-]{1,12}", at in 0usize..12) {
        if is_name(&name) {
            let read = Selector::parse(&name).expect("a name");
            prop_assert!(read.matches(7, Some(&name)) && !read.matches(7, None));
            let at = at.min(name.len());
            let glob = Selector::parse(&format!("{}*{}", &name[..at], &name[at..])).expect("a glob");
            prop_assert!(glob.matches(7, Some(&name)));
        }
    }
}

#[test]
fn an_environment_is_its_lines_also_without_its_last_nul() {
    let of = |env: &'static [u8]| lines(env).collect::<Vec<_>>();
    assert_eq!(of(b"A=1\0\0PJ_JOB=1.x\0"), [&b"A=1"[..], b"", b"PJ_JOB=1.x"]);
    assert_eq!(of(b"A=1\0B"), [&b"A=1"[..], b"B"]);
    assert!(of(b"").is_empty() && of(b"\0") == [b""]);
}
