//! `pj send`: types something into a job. Done when the guard has taken all of it: nothing is lost that we said was sent.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::attach::key;
use super::connect;
use super::gather::{Books, Held};
use super::out::Out;
use super::{attach, pick};
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::guard::protocol::{Ask as Want, Request};
use crate::record::Job;
use crate::sys::clock;
use crate::sys::fd::{self, Ask};

/// What to send, and to whom. In this order: the text, the file, the keys, the end.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The job: its id or name, or another selector that means one
    #[arg(value_name = "SELECTOR")]
    job: String,
    /// Sent as it is; --key Enter ends a line
    #[arg(value_name = "TEXT")]
    text: Option<OsString>,
    /// Then what this file holds; -: standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Then a key: Enter, Tab, Escape, Space, Backspace, Delete, Up, Down, Left, Right, Home, End, PageUp, PageDown,
    /// F1 to F12, C-x, M-x
    #[arg(long, value_name = "KEY", value_parser = Key::parse)]
    key: Vec<Key>,
    /// Then the end of what is typed: control-D on a terminal, else the end of its standard input
    #[arg(long)]
    eof: bool,
    /// How long the job may take to take it
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::cli::wanted::time)]
    timeout: Duration,
}

/// What a key sends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// The end of a line: what it sends depends on who reads.
    Enter,
    Bytes(Vec<u8>),
}

/// As a terminal sends them before a program asks for anything else.
const KEYS: &[(&str, &str)] = &[
    ("tab", "\t"),
    ("escape", "\x1b"),
    ("esc", "\x1b"),
    ("space", " "),
    ("backspace", "\x7f"),
    ("up", "\x1b[A"),
    ("down", "\x1b[B"),
    ("right", "\x1b[C"),
    ("left", "\x1b[D"),
    ("home", "\x1b[H"),
    ("end", "\x1b[F"),
    ("insert", "\x1b[2~"),
    ("delete", "\x1b[3~"),
    ("pageup", "\x1b[5~"),
    ("pagedown", "\x1b[6~"),
    ("f1", "\x1bOP"),
    ("f2", "\x1bOQ"),
    ("f3", "\x1bOR"),
    ("f4", "\x1bOS"),
    ("f5", "\x1b[15~"),
    ("f6", "\x1b[17~"),
    ("f7", "\x1b[18~"),
    ("f8", "\x1b[19~"),
    ("f9", "\x1b[20~"),
    ("f10", "\x1b[21~"),
    ("f11", "\x1b[23~"),
    ("f12", "\x1b[24~"),
];

impl Key {
    fn parse(name: &str) -> std::result::Result<Key, String> {
        let lower = name.to_ascii_lowercase();
        if lower == "enter" {
            return Ok(Key::Enter);
        }
        if let Some((_, bytes)) = KEYS.iter().find(|(known, _)| *known == lower) {
            return Ok(Key::Bytes(bytes.as_bytes().to_vec()));
        }
        let control = name.strip_prefix("C-").or_else(|| name.strip_prefix('^')).and_then(key::control);
        let mut meta = name.strip_prefix("M-").unwrap_or_default().chars();
        match (control, meta.next(), meta.next()) {
            (Some(byte), ..) => Ok(Key::Bytes(vec![byte])),
            (None, Some(one), None) => Ok(Key::Bytes(format!("\x1b{one}").into_bytes())),
            _ => Err("Enter, Tab, Escape, Up, F1, C-c, M-x and the like".to_owned()),
        }
    }

    fn bytes(&self, terminal: bool) -> &[u8] {
        match self {
            // A terminal makes a line's end of it; a program that reads a pipe waits for that itself.
            Key::Enter if terminal => b"\r",
            Key::Enter => b"\n",
            Key::Bytes(bytes) => bytes,
        }
    }
}

/// Sends it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    if args.text.is_none() && args.file.is_none() && args.key.is_empty() && !args.eof {
        return Err(Error::usage("send what? TEXT, --key, --file or --eof").hint("pj send --help"));
    }
    let books = Books::read();
    let held = connect::one("send to", &args.job, &books)?;
    let mut text = args.text.as_ref().map_or_else(Vec::new, |t| t.as_bytes().to_vec());
    if let Some(path) = &args.file {
        text.extend(read(path)?);
    }
    let until = clock::now() + args.timeout;
    if !text.is_empty() || !args.key.is_empty() {
        let mut line = connect::ask("send to", held, &Request::new(Want::Send), Some(until), out)?;
        let Some(stream) = line.stream.take() else { return Err(attach::without_stream("send to", held)) };
        args.key.iter().for_each(|key| text.extend(key.bytes(line.terminal)));
        give(&text, &stream, held, until)?;
    }
    if args.eof {
        connect::ask("send to", held, &Request::new(Want::Eof), Some(until), out)?;
    }
    Ok(exit::DONE)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let doing = || format!("read {}", path.display());
    if path != Path::new("-") {
        return std::fs::read(path).doing(doing);
    }
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text).doing(doing)?;
    Ok(text)
}

/// Writes all of it and waits until the guard has read to the end, which it says by closing its side.
fn give(mut text: &[u8], stream: &OwnedFd, held: &Held<Job>, until: Instant) -> Result<()> {
    let (all, mut ended) = (text.len(), false);
    let failed = |why: String| Error::new(format!("send to {}", pick::label(&held.record)), why);
    loop {
        while !text.is_empty() {
            match fd::send(stream.as_fd(), text) {
                Ok(n) => text = &text[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(failed("its guard has gone, and took not all of it".to_owned())),
            }
        }
        if text.is_empty() && !std::mem::replace(&mut ended, true) {
            let _ = fd::shutdown_write(stream.as_fd());
        }
        match if ended { fd::read(stream.as_fd(), &mut [0]) } else { Err(io::ErrorKind::WouldBlock.into()) } {
            Ok(0) => return Ok(()),
            Err(e) if !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Err(failed("its guard has gone, and took not all of it".to_owned()));
            }
            Ok(_) | Err(_) => {}
        }
        let now = clock::now();
        if now >= until {
            let why = format!("it has not taken all in time: {} of {all} bytes are on their way", all - text.len());
            return Err(failed(why).code(exit::TIMED_OUT));
        }
        let ask = [Ask { fd: Some(stream.as_fd()), read: ended, write: !text.is_empty() }];
        let _ = fd::poll(&ask, clock::timeout_until(Some(until), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_a_terminal_sends() {
        let of = |name: &str| Key::parse(name).map(|k| String::from_utf8(k.bytes(true).to_vec()).unwrap());
        for (name, bytes) in [
            ("Enter", "\r"),
            ("enter", "\r"),
            ("C-c", "\x03"),
            ("^D", "\x04"),
            ("M-x", "\x1bx"),
            ("M-é", "\x1bé"),
            ("F12", "\x1b[24~"),
            ("PageUp", "\x1b[5~"),
        ] {
            assert_eq!(of(name).as_deref(), Ok(bytes), "{name}");
        }
        assert_eq!(Key::Enter.bytes(false), b"\n");
        assert!(["", "C-", "M-", "C-é", "M-xy", "F13", "Entre"].iter().all(|wrong| Key::parse(wrong).is_err()));
    }
}
