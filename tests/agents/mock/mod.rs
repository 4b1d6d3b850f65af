//! A model server on loopback that answers as the three vendors' do, just enough for a whole session: a greeting, a
//! shell command in the background, one in the foreground, a last word.
//!
//! It decides by what was said last, never by what came before, so that it needs no memory. It must never be reached
//! from outside, and knows no key.

mod speak;

use serde_json::Value;
use speak::Dialect;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What a person types, and what the model does then.
pub(crate) const GREET: &str = "please greet";
pub(crate) const BEHIND: &str = "start it behind";
pub(crate) const FRONT: &str = "start it ahead";
/// What the model says: to anything; after a tool has run.
pub(crate) const HELLO: &str = "salutations from loopback";
pub(crate) const FINISHED: &str = "the tool has returned";

/// What the model answers.
pub(crate) enum Answer {
    Text(&'static str),
    /// Run this in a shell.
    Shell(String),
}

/// The shell commands of the two prompts.
#[derive(Clone)]
pub(crate) struct Commands {
    pub(crate) behind: String,
    pub(crate) front: String,
}

/// The server; its threads end with the test binary.
pub(crate) struct Mock {
    port: u16,
    asked: Log,
}

/// The requests: the line with what was answered, and the last message.
type Log = Arc<Mutex<Vec<(String, Value)>>>;

impl Mock {
    pub(crate) fn start(commands: &Commands) -> Mock {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let asked = Log::default();
        let (commands, log) = (commands.clone(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (commands, log) = (commands.clone(), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, &commands, &log));
            }
        });
        Mock { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked for, for the message of a test that fails.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").iter().map(|(line, _)| line.clone()).collect()
    }

    /// Whether somebody said this as a last message.
    pub(crate) fn heard(&self, text: &str) -> bool {
        self.asked.lock().expect("no panic").iter().any(|(_, last)| says(last, text))
    }
}

/// One request, one answer, and the connection is closed: that is how a stream without a length ends.
fn serve(stream: TcpStream, commands: &Commands, log: &Mutex<Vec<(String, Value)>>) {
    let Some((line, body)) = request(&stream) else { return };
    let path = line.split(' ').nth(1).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, kind, text) = match Dialect::of(path) {
        Some(dialect) => {
            let answer = choose(dialect, &body, commands);
            let (kind, text) = dialect.speak(path, &body, &answer);
            ("200 OK", kind, text)
        }
        None => ("404 Not Found", "application/json", "{}".to_owned()),
    };
    let last = Dialect::of(path).map(|dialect| dialect.last(&body)).unwrap_or_default();
    log.lock().expect("no panic").push((format!("{line} -> {status}"), last));
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    let _ = (&stream).write_all(format!("{head}{text}").as_bytes());
}

/// Whether a text anywhere in a message contains this.
fn says(message: &Value, text: &str) -> bool {
    match message {
        Value::String(one) => one.contains(text),
        Value::Array(all) => all.iter().any(|one| says(one, text)),
        Value::Object(all) => all.values().any(|one| says(one, text)),
        _ => false,
    }
}

/// The request line and the body.
fn request(stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let (name, value) = line.trim().split_once(':').unwrap_or_default();
        if name.is_empty() {
            break;
        }
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.trim().to_owned(), body))
}

/// A tool that has returned is the end of a turn; an agent's side questions (a title, a summary) bring no tools.
fn choose(dialect: Dialect, body: &Value, commands: &Commands) -> Answer {
    let last = dialect.last(body).to_string();
    if dialect.is_result(&last) {
        return Answer::Text(FINISHED);
    }
    match dialect.shell(body) {
        Some(_) if last.contains(BEHIND) => Answer::Shell(commands.behind.clone()),
        Some(_) if last.contains(FRONT) => Answer::Shell(commands.front.clone()),
        _ => Answer::Text(HELLO),
    }
}

/// Beasts for the tool: deaf to everything but SIGKILL, one left behind at once, one that never returns.
pub(crate) fn beasts(roster: &Path) -> Commands {
    let roster = roster.display();
    Commands {
        behind: format!("beast {roster} deaf >/dev/null 2>&1 & setsid beast {roster} ignore-hup >/dev/null 2>&1 &"),
        front: format!("sleep 4321 & beast {roster} plain"),
    }
}
