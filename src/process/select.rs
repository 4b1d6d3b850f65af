//! Selectors: how a verb names jobs (DESIGN §7). Words alone: whose a session or a port is finds out whoever has the records.

use std::fmt;

use crate::sys::Pid;

/// What a selector asks of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `12`
    Id(u64),
    /// `web`
    Name(String),
    /// `web*`
    Glob(String),
    /// `+tag`
    Tag(String),
    /// `%group`
    Group(String),
    /// `:3000`: who listens there.
    Port(u16),
    /// `pid:4242`
    Pid(Pid),
    /// `/re/`: the text between, which whoever asks compiles.
    Match(String),
    /// `@self`, `@PID`: the word behind the sign; whoever has the records finds out whose that is.
    Session(String),
}

impl Selector {
    /// Reads one word. An empty one is an error; what begins as a kind and is none is refused by name rather than taken for
    /// a job's name.
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
        let behind = |sign| word.strip_prefix(sign);
        if let Some(tag) = behind("+").filter(|t| is_label(t)) {
            return Ok(Selector::Tag(tag.to_owned()));
        }
        if let Some(group) = behind("%").filter(|t| is_label(t)) {
            return Ok(Selector::Group(group.to_owned()));
        }
        // As a number is written: `+1` and `01` are not.
        let number = |text: &str| text.parse().ok().filter(|pid: &Pid| *pid > 0 && pid.to_string() == text);
        if let Some(pid) = behind("pid:").and_then(number) {
            return Ok(Selector::Pid(pid));
        }
        if let Some(text) = behind("/").and_then(|t| t.strip_suffix('/')).filter(|t| !t.is_empty()) {
            return Ok(Selector::Match(text.to_owned()));
        }
        let port = |text: &str| text.parse().ok().filter(|port: &u16| *port > 0 && port.to_string() == text);
        if let Some(port) = behind(":").and_then(port) {
            return Ok(Selector::Port(port));
        }
        if ["+", "%", "@", ":", "pid:", "/"].iter().any(|sign| word.starts_with(sign)) {
            return Err(format!("'{word}' is no selector: +TAG, %GROUP, @SESSION, :PORT, pid:PID, /RE/"));
        }
        if word.contains('*') {
            return Ok(Selector::Glob(word.to_owned()));
        }
        Ok(Selector::Name(word.to_owned()))
    }

    /// Does a job of this id and name match? The other kinds are not a matter of names: no.
    pub fn matches(&self, id: u64, name: Option<&str>) -> bool {
        match self {
            Selector::Id(wanted) => *wanted == id,
            Selector::Name(wanted) => name == Some(wanted),
            Selector::Glob(pattern) => name.is_some_and(|n| glob(pattern, n)),
            _ => false,
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
            Selector::Tag(t) => write!(f, "+{t}"),
            Selector::Group(g) => write!(f, "%{g}"),
            Selector::Port(p) => write!(f, ":{p}"),
            Selector::Pid(p) => write!(f, "pid:{p}"),
            Selector::Match(t) => write!(f, "/{t}/"),
            Selector::Session(s) => write!(f, "@{s}"),
        }
    }
}

/// May this be a job's name? Not a number, none of the selectors' signs, nothing that a table could not show.
pub fn is_name(text: &str) -> bool {
    is_label(text) && text.parse::<u64>().is_err()
}

/// May this be a tag or a group? As a name, but a number too.
pub fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(plain)
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
        assert_eq!(Selector::parse("+5"), Ok(Selector::Tag("5".into())));
        assert_eq!(Selector::parse("%g"), Ok(Selector::Group("g".into())));
        assert_eq!(Selector::parse("pid:3"), Ok(Selector::Pid(3)));
        assert_eq!(Selector::parse(":3000"), Ok(Selector::Port(3000)));
        assert_eq!(Selector::parse("/a b/"), Ok(Selector::Match("a b".into())));
        for bad in [
            "", "+", "+a b", "pid:", "pid:-1", "pid:0", "pid:01", "pid:+1", ":", ":0", ":080", ":65536", ":x", "/",
            "//", "/re", "%", "@",
        ] {
            assert!(Selector::parse(bad).is_err(), "{bad}");
        }
        assert!(is_name("web-1") && !is_name("12") && !is_name("a b") && !is_name("+x"));
    }
}
