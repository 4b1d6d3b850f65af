//! One value as it was said: in the file, by a variable, on a command line. Knows no key and no meaning.

use std::time::Duration;

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
}

impl Takes {
    /// Reads the one word of a variable or of a command line.
    pub fn read(self, word: &str) -> Value {
        let text = || Value::Text(word.to_owned());
        match self {
            Takes::Flag => word.parse().map_or_else(|_| text(), Value::Flag),
            Takes::Number => word.parse().map_or_else(|_| text(), Value::Number),
            Takes::Text => text(),
            Takes::List => {
                Value::List(word.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect())
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

    /// A time for people, at most a day: longer is a mistake.
    pub fn time(&self) -> Result<Duration, String> {
        let time = if let Value::Text(text) = self { humantime::parse_duration(text).ok() } else { None };
        time.filter(|t| *t <= Duration::from_secs(86_400))
            .ok_or_else(|| self.not("a time up to a day, such as \"500ms\" or \"5s\""))
    }

    /// A whole number from 1 on.
    pub fn count(&self, most: usize) -> Result<usize, String> {
        let number = if let Value::Number(number) = self { usize::try_from(*number).ok() } else { None };
        number.filter(|n| (1..=most).contains(n)).ok_or_else(|| self.not(&format!("a number from 1 to {most}")))
    }

    /// A list of texts.
    pub fn list(&self) -> Result<&[String], String> {
        if let Value::List(items) = self { Ok(items) } else { Err(self.not("a list, such as [\"one\", \"two\"]")) }
    }

    fn not(&self, wanted: &str) -> String {
        format!("takes {wanted}, not {}", self.toml())
    }
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
        ] {
            assert_eq!(takes.read(word).toml(), toml, "{word:?}");
        }
        let text = |t: &str| Value::Text(t.to_owned());
        assert_eq!(text("1s").time(), Ok(Duration::from_secs(1)));
        for (wrong, words) in [
            (text("2d").time().unwrap_err(), ["a day", "not \"2d\""]),
            (Value::Number(5).time().unwrap_err(), ["5s", "not 5"]),
            (Value::Number(0).count(9).unwrap_err(), ["1 to 9", "not 0"]),
            (text("x").flag().unwrap_err(), ["true or false", "not \"x\""]),
            (text("x").one_of(&["a", "b"]).unwrap_err(), ["\"a\" or \"b\"", "not \"x\""]),
            (text("x").list().unwrap_err(), ["a list", "not \"x\""]),
        ] {
            assert!(words.iter().all(|word| wrong.contains(word)), "{wrong}");
        }
    }
}
