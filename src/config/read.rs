//! The text of the file as a flat list of keys and values with their lines. TOML's own lexer and parser do the work;
//! what a key means is another's business.
//!
//! A text that is not TOML has no entries at all: after a bracket that is missing nobody knows what belongs to whom.

use std::borrow::Cow;

use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};
use toml_parser::{ParseError, Source, Span};

use super::value::Value;

/// One `key = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// With its tables: `wrap.grace`.
    pub key: String,
    /// What it says.
    pub value: Value,
    /// Where it is, from 1.
    pub line: usize,
}

/// One `[[strays.rule]]`, the only kind of table of which there may be several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Where it begins.
    pub line: usize,
    /// What is in it; the keys without the table.
    pub entries: Vec<Entry>,
}

/// The tables of which there may be several.
const BLOCK: [&str; 2] = ["strays", "rule"];

/// Something that is not right, and its line.
pub type Fault = (usize, String);

/// No file of ours is nested deeper.
const DEPTH: u32 = 8;

/// Reads all but the rules, or says what is wrong first.
pub fn read(text: &str) -> Result<Vec<Entry>, Fault> {
    read_all(text).map(|(entries, _)| entries)
}

/// Reads it all, rules apart, or says what is wrong first.
pub fn read_all(text: &str) -> Result<(Vec<Entry>, Vec<Block>), Fault> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut errors: Vec<ParseError> = Vec::new();
    let mut reader = Reader::new(source);
    {
        let mut receive = |event: Event| reader.take(&event);
        parse_document(&tokens, &mut RecursionGuard::new(&mut receive, DEPTH), &mut errors);
    }
    errors.append(&mut reader.errors);
    let line = |at: usize| 1 + text.bytes().take(at).filter(|&b| b == b'\n').count();
    let wrong = errors.iter().map(|e| (place(e), e.description().to_owned())).chain(reader.wrong);
    if let Some((at, cause)) = wrong.min_by_key(|(at, _)| *at) {
        return Err((line(at), cause));
    }
    let mut blocks: Vec<Block> = reader.blocks.iter().map(|&at| Block { line: line(at), ..Block::default() }).collect();
    let mut entries = Vec::new();
    for Found { at, key, value, block } in reader.found {
        let entry = |key| Entry { key, value, line: line(at) };
        match block {
            Some(n) => blocks[n].entries.push(entry(key[BLOCK.join(".").len() + 1..].to_owned())),
            None => entries.push(entry(key)),
        }
    }
    Ok((entries, blocks))
}

/// One entry as it was met.
struct Found {
    at: usize,
    key: String,
    value: Value,
    /// Of which rule.
    block: Option<usize>,
}

fn place(e: &ParseError) -> usize {
    e.unexpected().or(e.context()).map_or(0, |span| span.start())
}

/// Where in the text we are.
struct Reader<'s> {
    source: Source<'s>,
    /// The table of the last header, and below it the tables in braces.
    table: Vec<String>,
    /// How long `table` was before each open brace.
    braces: Vec<usize>,
    /// The parts of the key, or of the header, that is being read, and where it begins.
    key: Vec<String>,
    at: usize,
    /// In brackets: what was in them so far.
    list: Option<Vec<Value>>,
    /// Brackets and braces inside of them.
    inner: usize,
    odd: Option<&'static str>,
    headers: Vec<Vec<String>>,
    /// Where each rule begins.
    blocks: Vec<usize>,
    /// Are we in the last of them?
    in_block: bool,
    found: Vec<Found>,
    wrong: Vec<Fault>,
    errors: Vec<ParseError>,
}

impl<'s> Reader<'s> {
    fn new(source: Source<'s>) -> Reader<'s> {
        Reader {
            source,
            table: Vec::new(),
            braces: Vec::new(),
            key: Vec::new(),
            at: 0,
            list: None,
            inner: 0,
            odd: None,
            headers: Vec::new(),
            blocks: Vec::new(),
            in_block: false,
            found: Vec::new(),
            wrong: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn take(&mut self, event: &Event) {
        let in_list = self.list.is_some();
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.table.clear();
                self.key.clear();
                self.in_block = false;
            }
            EventKind::ArrayTableClose => self.block(event.span()),
            EventKind::StdTableClose => self.header(event.span()),
            EventKind::SimpleKey if !in_list => self.part(event),
            EventKind::InlineTableOpen if in_list => self.inside("a list with tables in it"),
            EventKind::InlineTableOpen => {
                self.braces.push(self.table.len());
                self.table.append(&mut self.key);
            }
            EventKind::InlineTableClose if in_list => self.inner = self.inner.saturating_sub(1),
            EventKind::InlineTableClose => {
                let len = self.braces.pop().unwrap_or_default();
                self.table.truncate(len);
                self.key.clear();
            }
            EventKind::ArrayOpen if in_list => self.inside("a list of lists"),
            EventKind::ArrayOpen => self.list = Some(Vec::new()),
            EventKind::ArrayClose if self.inner > 0 => self.inner -= 1,
            EventKind::ArrayClose => {
                let items = self.list.take().unwrap_or_default();
                let value = self.odd.take().map_or_else(|| list(items), Value::Other);
                self.entry(value);
            }
            EventKind::Scalar => {
                let value = self.scalar(event);
                match (&mut self.list, value) {
                    (None, value) => self.entry(value),
                    (Some(items), value @ (Value::Text(_) | Value::Number(_))) => items.push(value),
                    (Some(_), _) => {
                        self.odd.get_or_insert("a list with something else than texts or numbers in it");
                    }
                }
            }
            _ => {}
        }
    }

    fn inside(&mut self, what: &'static str) {
        self.inner += 1;
        self.odd.get_or_insert(what);
    }

    fn header(&mut self, span: Span) {
        self.table = std::mem::take(&mut self.key);
        if self.headers.contains(&self.table) {
            self.wrong.push((span.start(), format!("[{}] is there twice", self.table.join("."))));
        }
        self.headers.push(self.table.clone());
    }

    fn block(&mut self, span: Span) {
        self.table = std::mem::take(&mut self.key);
        self.in_block = self.table == BLOCK;
        if self.in_block {
            self.blocks.push(span.start());
        } else {
            let cause = "no table but [[strays.rule]] is a list here: one pair of brackets";
            self.wrong.push((span.start(), cause.into()));
        }
    }

    fn part(&mut self, event: &Event) {
        if self.key.is_empty() {
            self.at = event.span().start();
        }
        let mut text = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut text, &mut self.errors);
        }
        self.key.push(text.into_owned());
    }

    fn entry(&mut self, value: Value) {
        let key = self.table.iter().chain(&self.key).map(String::as_str).collect::<Vec<_>>().join(".");
        self.key.clear();
        let block = self.in_block.then(|| self.blocks.len() - 1);
        if self.found.iter().any(|found| (&found.key, found.block) == (&key, block)) {
            self.wrong.push((self.at, format!("{key} is there twice")));
        }
        self.found.push(Found { at: self.at, key, value, block });
    }

    fn scalar(&mut self, event: &Event) -> Value {
        let mut text = Cow::Borrowed("");
        let Some(raw) = self.source.get(event) else { return Value::Other("nothing") };
        match raw.decode_scalar(&mut text, &mut self.errors) {
            ScalarKind::String => Value::Text(text.into_owned()),
            ScalarKind::Boolean(flag) => Value::Flag(flag),
            ScalarKind::Integer(radix) => {
                i64::from_str_radix(&text, radix.value()).map_or(Value::Other("so large a number"), Value::Number)
            }
            ScalarKind::DateTime => Value::Other("a date"),
            ScalarKind::Float => Value::Other("a fraction"),
        }
    }
}

/// A list of one kind of thing.
fn list(items: Vec<Value>) -> Value {
    let numbers = |v: &Value| if let Value::Number(n) = v { Some(*n) } else { None };
    if !items.is_empty()
        && let Some(all) = items.iter().map(numbers).collect()
    {
        return Value::Numbers(all);
    }
    let text = |v| if let Value::Text(text) = v { Some(text) } else { None };
    items.into_iter().map(text).collect::<Option<_>>().map_or(Value::Other("a list of texts and numbers"), Value::List)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_their_tables_and_lines_however_they_are_written() {
        let read = |text| {
            read(text).map(|all| {
                all.iter().map(|e| format!("{}:{}={}", e.line, e.key, e.value.toml())).collect::<Vec<_>>().join(" ")
            })
        };
        for (text, flat) in [
            ("", ""),
            ("# x\n[wrap]\nauto = ['a',\n \"b\", # c\n]\n", r#"3:wrap.auto=["a", "b"]"#),
            ("wrap.grace = '5s'\n[sweep]\nmax_kills = 0x10", r#"1:wrap.grace="5s" 3:sweep.max_kills=16"#),
            ("wrap = { direct = true, 'grace' = '1s' }\ntop = 1", r#"1:wrap.direct=true 1:wrap.grace="1s" 2:top=1"#),
            ("a = [[1], {b=2}]\nb = 1.5\nc=1979-05-27", "1:a=a list of lists 2:b=a fraction 3:c=a date"),
            ("\u{feff}[wrap]\r\nx = 1\r\n", "2:wrap.x=1"),
            ("[wrap]\n", ""),
        ] {
            assert_eq!(read(text).as_deref(), Ok(flat), "{text:?}");
        }
        for (text, line) in [
            ("[wrap\nx = 1\n", 1),
            ("[wrap]\nx = \n", 2),
            ("[wrap]\nx = 'a\n", 2),
            ("[wrap]\nx = 1\nx = 2\n", 3),
            ("[wrap]\n[sweep]\n[wrap]\n", 3),
            ("\n[[wrap]]\n", 2),
            ("x = \"\\q\"\n", 1),
            ("a b = 1\n", 1),
        ] {
            let (at, cause) = read(text).unwrap_err();
            assert!(at == line && !cause.is_empty(), "{text:?}: {at} {cause}");
        }
        assert!(super::read(&"[".repeat(5000)).is_err());
        assert!(super::read(&format!("x = {}", "[".repeat(5000))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_the_end_of_the_command(text in "(?s)([\\[\\]{}=.,'\"#\n\\\\ a-c1-3]|.){0,60}") {
            let _ = read(&text);
        }
    }
}
