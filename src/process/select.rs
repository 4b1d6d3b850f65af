//! Selectors: how a verb names jobs (DESIGN §7). Ids, names and sessions so far; the other kinds come with the registry.

use std::fmt;

/// What a selector asks of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `12`
    Id(u64),
    /// `web`
    Name(String),
    /// `web*`
    Glob(String),
    /// `@self`, `@PID`: the word behind the sign; whoever has the records finds out whose that is.
    Session(String),
}

impl Selector {
    /// Reads one word. An empty one is an error; kinds that are not there yet are refused by name rather than taken
    /// for a job's name.
    pub fn parse(word: &str) -> Result<Selector, String> {
        if word.is_empty() {
            return Err("an empty selector".into());
        }
        // Digits alone: what Rust reads as a number may begin with a `+`, which is another kind's sign.
        if let Some(id) = word.parse::<u64>().ok().filter(|_| word.bytes().all(|b| b.is_ascii_digit())) {
            return Ok(Selector::Id(id));
        }
        if let Some(session) = word.strip_prefix('@').filter(|s| !s.is_empty()) {
            return Ok(Selector::Session(session.to_owned()));
        }
        let kind = ["+", "%", "@", ":", "pid:", "/"].iter().find(|p| word.starts_with(**p));
        if kind.is_some() {
            return Err(format!("'{word}' is a kind of selector that this version does not have: use an id or a name"));
        }
        if word.contains('*') {
            return Ok(Selector::Glob(word.to_owned()));
        }
        Ok(Selector::Name(word.to_owned()))
    }

    /// Does a job of this id and name match? A session is not a matter of names: no.
    pub fn matches(&self, id: u64, name: Option<&str>) -> bool {
        match self {
            Selector::Id(wanted) => *wanted == id,
            Selector::Name(wanted) => name == Some(wanted),
            Selector::Glob(pattern) => name.is_some_and(|n| glob(pattern, n)),
            Selector::Session(_) => false,
        }
    }
}

/// `*` stands for any text, everything else for itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Id(id) => write!(f, "{id}"),
            Selector::Name(n) | Selector::Glob(n) => f.write_str(n),
            Selector::Session(s) => write!(f, "@{s}"),
        }
    }
}

/// May this be a job's name? Not a number, none of the selectors' signs, nothing that a table could not show.
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    !text.is_empty() && text.len() <= 64 && text.parse::<u64>().is_err() && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_what_they_say() {
        assert_eq!(Selector::parse("12"), Ok(Selector::Id(12)));
        assert_eq!(Selector::parse("web"), Ok(Selector::Name("web".into())));
        assert!(Selector::parse("web*").unwrap().matches(1, Some("web-2")));
        assert!(!Selector::parse("w*b").unwrap().matches(1, Some("web-2")));
        assert!(Selector::parse("*").unwrap().matches(1, Some("x")));
        assert!(!Selector::parse("a*a").unwrap().matches(1, Some("a")));
        assert!(!Selector::parse("*").unwrap().matches(1, None));
        assert_eq!(Selector::parse("@self"), Ok(Selector::Session("self".into())));
        for bad in ["", "+tag", "+5", "pid:3", ":80", "/re/", "%g", "@"] {
            assert!(Selector::parse(bad).is_err(), "{bad}");
        }
        assert!(is_name("web-1") && !is_name("12") && !is_name("a b") && !is_name("+x"));
    }
}
