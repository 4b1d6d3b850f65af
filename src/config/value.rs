//! One value as it was said: in the file, by a variable, on a command line. Knows no key and no meaning.

use std::time::Duration;

/// The longest time that most settings can be: longer is a mistake.
pub const DAY: Duration = Duration::from_secs(86_400);

/// What can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true`, `false`
    Flag(bool),
    /// `20`
    Number(i64),
    /// `"5s"`
    Text(String),
    /// `["a", "b"]`
    List(Vec<String>),
    /// `[8000, 3000]`
    Numbers(Vec<i64>),
    /// What no setting is: a date, a fraction, a list of lists.
    Other(&'static str),
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`
    Flag,
    /// A whole number.
    Number,
    /// Text.
    Text,
    /// A list of texts; with commas where there is one word for it.
    List,
    /// A list of whole numbers, likewise.
    Numbers,
}

impl Takes {
    /// `flag`, `number`, `text`, `list`, `numbers`
    pub fn word(self) -> &'static str {
        match self {
            Takes::Flag => "flag",
            Takes::Number => "number",
            Takes::Text => "text",
            Takes::List => "list",
            Takes::Numbers => "numbers",
        }
    }

    /// Reads the one word of a variable or of a command line.
    pub fn read(self, word: &str) -> Value {
        let text = || Value::Text(word.to_owned());
        match self {
            Takes::Flag => word.parse().map_or_else(|_| text(), Value::Flag),
            Takes::Number => word.parse().map_or_else(|_| text(), Value::Number),
            Takes::Text => text(),
            Takes::List => Value::List(words(word).map(str::to_owned).collect()),
            Takes::Numbers => {
                words(word).map(|w| w.parse().ok()).collect::<Option<_>>().map_or_else(text, Value::Numbers)
            }
        }
    }
}

impl Value {
    /// As it is written in the file.
    pub fn toml(&self) -> String {
        match self {
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => quoted(text),
            Value::List(items) => format!("[{}]", items.iter().map(|i| quoted(i)).collect::<Vec<_>>().join(", ")),
            Value::Numbers(all) => format!("{all:?}"),
            Value::Other(what) => (*what).to_owned(),
        }
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Result<bool, String> {
        if let Value::Flag(flag) = self { Ok(*flag) } else { Err(self.not("true or false")) }
    }

    /// One of these words: its place.
    pub fn one_of(&self, words: &[&str]) -> Result<usize, String> {
        let at = if let Value::Text(text) = self { words.iter().position(|w| w == text) } else { None };
        at.ok_or_else(|| self.not(&words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" or ")))
    }

    /// A time for people, `most` at most.
    pub fn time(&self, most: Duration) -> Result<Duration, String> {
        let time = if let Value::Text(text) = self { humantime::parse_duration(text).ok() } else { None };
        time.filter(|t| *t <= most).ok_or_else(|| match most.as_secs() / DAY.as_secs() {
            0..=1 => self.not("a time up to a day, such as \"500ms\" or \"5s\""),
            days => self.not(&format!("a time up to {days} days, such as \"12h\" or \"30d\"")),
        })
    }

    /// A whole number of this range.
    pub fn number(&self, least: i64, most: i64) -> Result<i64, String> {
        match self {
            Value::Number(number) if (least..=most).contains(number) => Ok(*number),
            _ => Err(self.not(&format!("a number from {least} to {most}"))),
        }
    }

    /// So many bytes, `least` at least: a number, or a text with a unit.
    pub fn size(&self, least: u64) -> Result<u64, String> {
        let size = match self {
            Value::Number(number) => u64::try_from(*number).ok(),
            Value::Text(text) => bytes(text),
            _ => None,
        };
        size.filter(|size| *size >= least)
            .ok_or_else(|| self.not(&format!("a size from {least} bytes on, such as \"10MiB\" or \"500KB\"")))
    }

    /// A control character as a terminal's settings show it, `^X`; `none` for none.
    pub fn control(&self) -> Result<Option<u8>, String> {
        let text = if let Value::Text(text) = self { text.as_bytes() } else { b"" };
        match text {
            b"none" => Ok(None),
            b"^?" => Ok(Some(0x7f)),
            [b'^', c @ (b'@'..=b'_' | b'a'..=b'z')] => Ok(Some(c & 0x1f)),
            _ => Err(self.not("a control character such as \"^]\", or \"none\"")),
        }
    }

    /// A list of texts.
    pub fn list(&self) -> Result<&[String], String> {
        if let Value::List(items) = self { Ok(items) } else { Err(self.not("a list, such as [\"one\", \"two\"]")) }
    }

    /// A list of whole numbers of this range, with something in it.
    pub fn numbers(&self, least: i64, most: i64) -> Result<&[i64], String> {
        match self {
            Value::Numbers(all) if !all.is_empty() && all.iter().all(|n| (least..=most).contains(n)) => Ok(all),
            _ => Err(self.not(&format!("a list of numbers from {least} to {most}, such as [{most}]"))),
        }
    }

    fn not(&self, wanted: &str) -> String {
        format!("takes {wanted}, not {}", self.toml())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|w| !w.is_empty())
}

/// `10MiB`, `500 KB`, `4096`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_the_key_takes_and_wrong_ones_are_named() {
        for (takes, word, toml) in [
            (Takes::Flag, "true", "true"),
            (Takes::Flag, "yes", "\"yes\""),
            (Takes::Number, "20", "20"),
            (Takes::Text, "5s", "\"5s\""),
            (Takes::Text, "a\"\\\n", "\"a\\\"\\\\\\u000A\""),
            (Takes::List, " a, b,,", "[\"a\", \"b\"]"),
            (Takes::List, "", "[]"),
            (Takes::Numbers, "8000, 3000", "[8000, 3000]"),
            (Takes::Numbers, "8000,x", "\"8000,x\""),
        ] {
            assert_eq!(takes.read(word).toml(), toml, "{word:?}");
        }
        let text = |t: &str| Value::Text(t.to_owned());
        assert_eq!(text("1s").time(DAY), Ok(Duration::from_secs(1)));
        for (size, is) in
            [("4096", 4096), ("64KiB", 65_536), ("500 kb", 500_000), ("2MB", 2_000_000), ("1GiB", 1 << 30)]
        {
            assert_eq!(text(size).size(1), Ok(is), "{size}");
        }
        for (wrong, words) in [
            (text("2d").time(DAY).unwrap_err(), ["a day", "not \"2d\""]),
            (Value::Number(5).time(DAY).unwrap_err(), ["5s", "not 5"]),
            (text("9999d").time(7 * DAY).unwrap_err(), ["7 days", "not \"9999d\""]),
            (Value::Number(0).number(1, 9).unwrap_err(), ["1 to 9", "not 0"]),
            (text("9").number(1, 9).unwrap_err(), ["1 to 9", "not \"9\""]),
            (Value::Number(63).size(64).unwrap_err(), ["64 bytes", "not 63"]),
            (Value::Number(-1).size(0).unwrap_err(), ["0 bytes", "not -1"]),
            (text("10M").size(1).unwrap_err(), ["\"10MiB\"", "not \"10M\""]),
            (text("99999999999GiB").size(1).unwrap_err(), ["1 bytes", "not"]),
            (text("x").flag().unwrap_err(), ["true or false", "not \"x\""]),
            (text("x").one_of(&["a", "b"]).unwrap_err(), ["\"a\" or \"b\"", "not \"x\""]),
            (text("x").list().unwrap_err(), ["a list", "not \"x\""]),
            (Value::Numbers(vec![0]).numbers(1, 9).unwrap_err(), ["numbers from 1 to 9", "not [0]"]),
            (Value::List(vec![]).numbers(1, 9).unwrap_err(), ["numbers from 1 to 9", "not []"]),
        ] {
            assert!(words.iter().all(|word| wrong.contains(word)), "{wrong}");
        }
    }
}
