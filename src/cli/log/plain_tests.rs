//! What gets through to the terminal of whoever reads a log.

use super::plain::Plain;
use proptest::prelude::*;

fn plain(pieces: &[&[u8]], colors: bool) -> String {
    let (mut plain, mut out) = (Plain::new(colors), Vec::new());
    pieces.iter().for_each(|piece| plain.feed(piece, &mut out));
    plain.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

const CASES: &[(&str, &str)] = &[
    ("a\tb\r\nc\n", "a\tb\nc\n"),
    ("10%\r50%\r100%\r\n", "100%\n"),
    ("bar\r\x1b[Kdone\nx\x1b[2Ky\n", "done\ny\n"),
    ("gone\r\x1b[K\n", "\n"),
    ("kept\r\x1b[0m\n", "kept\n"),
    ("end\r", "end"),
    ("\x1b[1;31mred\x1b[0m \x1b[?25lx\x1b[3;4Hy\x1b[>4;2mz\n", "red xyz\n"),
    ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "alink\n"),
    ("\x1b]0;no end\nnext\n", "\nnext\n"),
    ("\x1bPq#0;2\n-\x07\x1b\\a\x1b_Gx\x1b\\b\x1b^p\x1b\\c\n", "abc\n"),
    ("\x1b(Ba\x1bcb\x1b7\x1b[2J\x1b#8c\x1b\n", "abc\n"),
    ("\u{9b}2Ja\u{9d}0;t\x07b\u{90}q\x1b\\c\u{85}d\n", "abcd\n"),
    ("é日本€𝄞\u{a0}ÿ\n", "é日本€𝄞\u{a0}ÿ\n"),
    ("a\x07\x08\x0b\x0c\0\x7fb\x0e\n", "ab\n"),
    ("\x1b[3\n1mx\n", "\n1mx\n"),
    ("\x1b[31\x1b[1mx\n", "x\n"),
];

#[test]
fn what_a_terminal_shows_is_left_and_nothing_that_acts_on_it() {
    for (bytes, shown) in CASES {
        assert_eq!(plain(&[bytes.as_bytes()], false), *shown, "{bytes:?}");
        // Cut anywhere.
        for at in 0..bytes.len() {
            let (a, b) = bytes.as_bytes().split_at(at);
            assert_eq!(plain(&[a, b], false), *shown, "{bytes:?} at {at}");
        }
    }
}

#[test]
fn colours_are_kept_and_put_back() {
    for (bytes, shown) in [
        ("\x1b[1;31mred\x1b[0m\n", "\x1b[1;31mred\x1b[0m\n"),
        ("\x1b[31mred\n", "\x1b[31mred\n\x1b[0m"),
        ("\x1b[31ma\rb\x1b[m\n", "\x1b[31mb\x1b[m\n"),
        ("\x1b[38:2::1:2:3mx\x1b[0m\x1b[>1mq\n", "\x1b[38:2::1:2:3mx\x1b[0mq\n"),
    ] {
        assert_eq!(plain(&[bytes.as_bytes()], true), shown, "{bytes:?}");
    }
}

#[test]
fn a_question_is_shown_at_once_and_a_bar_when_it_is_whole() {
    let (mut plain, mut out) = (Plain::new(false), Vec::new());
    for (bytes, shown) in
        [("name? ", "name? "), ("me\n", "me\n"), ("1%", "1%"), ("\r2%", "\n"), ("\r3%", ""), ("\r4%\n", "4%\n")]
    {
        plain.feed(bytes.as_bytes(), &mut out);
        plain.pause(&mut out);
        assert_eq!(String::from_utf8(std::mem::take(&mut out)).unwrap(), shown, "{bytes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_gets_through_however_it_is_cut(
        bytes in prop::collection::vec(prop_oneof![Just(0x1b), Just(b'['), Just(b']'), Just(b'\r'), Just(b'm'), Just(0xc2), any::<u8>()], 0..200),
        cut in 0usize..200, colors: bool,
    ) {
        let (a, b) = bytes.split_at(cut.min(bytes.len()));
        let (mut whole, mut cut, mut out) = (Plain::new(colors), Plain::new(colors), (Vec::new(), Vec::new()));
        whole.feed(&bytes, &mut out.0);
        whole.finish(&mut out.0);
        cut.feed(a, &mut out.1);
        cut.feed(b, &mut out.1);
        cut.finish(&mut out.1);
        prop_assert_eq!(&out.0, &out.1);
        let text = String::from_utf8_lossy(&out.0);
        prop_assert!(colors || !text.chars().any(|c| c.is_control() && !"\n\t".contains(c)), "{text:?}");
        prop_assert!(!text.chars().any(|c| c.is_control() && !"\n\t\x1b".contains(c)), "{text:?}");
    }
}
