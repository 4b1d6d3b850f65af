//! What a person calls a process. Other people's argv is text from strangers: it is escaped before it is shown.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;

/// Text that cannot move a cursor or forge a line: control characters become `\n`, `\x1b` …, bad UTF-8 becomes �.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    out
}

/// The same, added to what is there.
pub fn escape_into(text: &str, out: &mut String) {
    // Nearly all text: nothing to ask letter by letter.
    if is_plain(text) {
        return out.push_str(text);
    }
    for c in text.chars() {
        // Direction marks could make a row read backwards.
        let sneaky = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        if c.is_control() || sneaky { out.extend(c.escape_default()) } else { out.push(c) }
    }
}

/// Printable ASCII: a cell a byte, and nothing to escape.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Is this text what would be written? Writes nothing.
pub fn is_written(text: &str, what: fmt::Arguments) -> bool {
    /// Text of which is taken away what is written to it.
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    fmt::Write::write_fmt(&mut rest, what).is_ok() && rest.0.is_empty()
}

/// A command line as a shell would read it back, escaped.
pub fn command_line<S: AsRef<str>>(argv: &[S]) -> String {
    let mut line = String::new();
    for (n, word) in argv.iter().enumerate() {
        if n > 0 {
            line.push(' ');
        }
        escape_into(&quoted(word.as_ref()), &mut line);
    }
    line
}

/// Bytes for people: `0K`, `812K`, `24M`, `1.3G`.
pub fn size(bytes: u64) -> String {
    let (k, m) = (bytes >> 10, bytes >> 20);
    match k {
        0..1024 => format!("{k}K"),
        1024..1_048_576 => format!("{m}M"),
        _ => format!("{}.{}G", m >> 10, ((m & 1023) * 10) >> 10),
    }
}

/// One word, quoted for a POSIX shell only when it needs to be.
pub fn quote(word: &str) -> String {
    quoted(word).into_owned()
}

fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

/// Arguments as text; bytes that are not UTF-8 become �.
pub fn text_of(argv: &[OsString]) -> Vec<String> {
    argv.iter().map(|a| String::from_utf8_lossy(a.as_bytes()).into_owned()).collect()
}

/// The last part of a path.
pub fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let of = |k: u64| size(k << 10);
        assert_eq!(
            [of(0), of(1023), of(1024), of(300 << 10), of(1 << 20), of(1_400_000)],
            ["0K", "1023K", "1M", "300M", "1.0G", "1.3G"]
        );
    }

    #[test]
    fn nothing_that_moves_a_cursor_passes() {
        assert_eq!(escape("a\x1b[2Jb\nc\u{202e}d\u{9b}"), "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{9b}");
        assert_eq!(command_line(&["sh", "-c", "echo 'x'"]), "sh -c 'echo '\\''x'\\'''");
        assert_eq!(quote(""), "''");
    }
}
