//! What `pj wait` waits for other than a job's end: that it writes nothing for a while, that a line of its log matches, that
//! somebody of it listens. Looks only.

use std::fs;
use std::time::{Duration, SystemTime};

use regex_lite::Regex;

use super::log_of;
use crate::cli::gather::Held;
use crate::cli::log::plain::Plain;
use crate::error::{Error, Result};
use crate::exit;
use crate::log::{Next, Reader, Stream};
use crate::ports;
use crate::record::{Job, store};
use crate::sweep::why;
use crate::sys::Pid;

/// A line is not kept for longer than this.
const MOST: usize = 64 << 10;

/// What is waited for.
#[derive(Debug)]
pub(super) enum Sign {
    /// The job's end.
    Exit,
    /// It has written nothing for so long.
    Idle(Duration),
    /// A line of its log matches.
    Line(Regex),
    /// Somebody of it listens on this port, or on any.
    Port(Option<u16>),
}

impl Sign {
    /// In words.
    pub(super) fn text(&self) -> String {
        match self {
            Sign::Exit => "its end".to_owned(),
            Sign::Idle(d) => format!("a rest of {}", humantime::format_duration(*d)),
            Sign::Port(Some(port)) => format!("anybody on port {port}"),
            Sign::Port(None) => "anybody on a port".to_owned(),
            Sign::Line(re) => format!("a line like {}", crate::process::describe::quote(re.as_str())),
        }
    }
}

/// Reads the words behind `--for`. Answers also the words that are no part of it: selectors, that clap took for one.
pub(super) fn read(words: &[String]) -> Result<(Sign, Option<String>)> {
    let wrong = |why: String| Error::usage(why).hint("pj wait --help");
    let second = words.get(1);
    match (words.first().map(String::as_str), second) {
        (None, _) => Ok((Sign::Exit, None)),
        (Some("exit"), rest) => Ok((Sign::Exit, rest.cloned())),
        (Some("idle"), Some(time)) => match crate::cli::wanted::time(time) {
            Ok(d) => Ok((Sign::Idle(d), None)),
            Err(e) => Err(wrong(format!("idle for how long? {e}"))),
        },
        (Some("log"), Some(pattern)) => match Regex::new(pattern) {
            Ok(re) => Ok((Sign::Line(re), None)),
            Err(e) => Err(wrong(format!("{} is no pattern: {e}", crate::process::describe::quote(pattern)))),
        },
        (Some("port"), Some(number)) => match number.strip_prefix(':').unwrap_or(number).parse() {
            Ok(port) if port > 0 => Ok((Sign::Port(Some(port)), None)),
            // A word that is no port is a selector.
            _ => Ok((Sign::Port(None), Some(number.clone()))),
        },
        (Some("port"), None) => Ok((Sign::Port(None), None)),
        (Some("idle"), None) => Err(wrong("idle for how long? such as --for idle 5s".to_owned())),
        (Some("log"), None) => Err(wrong("what is to be in the log? such as --for log ready".to_owned())),
        (Some(other), _) => Err(wrong(format!("{} is nothing to wait for", crate::process::describe::quote(other)))),
    }
}

/// One job, watched for a sign.
pub(super) enum Watch<'a> {
    Never,
    Port(Option<u16>),
    Idle(Duration),
    Line(Box<Lines<'a>>),
}

impl<'a> Watch<'a> {
    /// Begins to watch. A job whose output nobody keeps gives no such sign.
    pub(super) fn new(sign: &'a Sign, held: &Held<Job>, label: &str) -> Result<Watch<'a>> {
        let doing = || format!("wait for {label}");
        let keeps = || match held.record.is_background() || Reader::exists(&log_of(held)) {
            true => Ok(()),
            false => Err(Error::new(doing(), "what it writes is not kept").code(exit::REFUSED)),
        };
        Ok(match sign {
            Sign::Exit => Watch::Never,
            Sign::Port(port) => Watch::Port(*port),
            Sign::Idle(d) => {
                keeps()?;
                Watch::Idle(*d)
            }
            Sign::Line(pattern) => {
                keeps()?;
                let reader = Reader::open(&log_of(held)).map_err(|e| Error::new(doing(), crate::error::plain(&e)))?;
                let streams = [0; 2].map(|_| (Plain::new(false), Vec::new()));
                Watch::Line(Box::new(Lines { pattern, reader, streams }))
            }
        })
    }

    /// Has the sign been given by now?
    pub(super) fn is_given(&mut self, held: &Held<Job>) -> bool {
        match self {
            Watch::Never => false,
            Watch::Port(port) => listens(held, *port),
            Watch::Idle(d) => quiet(held).is_some_and(|q| q >= *d),
            Watch::Line(lines) => lines.any(),
        }
    }
}

/// Does somebody of this job listen on this port, or on any? Nobody's descriptors are read while nobody listens there.
fn listens(held: &Held<Job>, port: Option<u16>) -> bool {
    let found = port.map_or_else(ports::listeners, ports::on).unwrap_or_default();
    if found.is_empty() {
        return false;
    }
    // Its guard may be another by now.
    let job = store::job(&held.place, held.record.id).unwrap_or_else(|| held.record.clone());
    let members: Vec<Pid> = why::members(&held.place, &job, &[]).iter().map(|(stat, _)| stat.pid).collect();
    !ports::of(&members, &found).is_empty()
}

/// For how long nothing was written: since the newest change of the log, else since the job began. What is only packed is no
/// news.
fn quiet(held: &Held<Job>) -> Option<Duration> {
    let mut newest = held.record.started_at.as_ref().and_then(|at| humantime::parse_rfc3339_weak(at).ok());
    for entry in fs::read_dir(log_of(held)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("log") && !name.contains(".zst") {
            newest = newest.max(entry.metadata().and_then(|m| m.modified()).ok());
        }
    }
    SystemTime::now().duration_since(newest?).ok()
}

/// The lines of a log as a terminal would show them, from its begin on.
pub(super) struct Lines<'a> {
    pattern: &'a Regex,
    reader: Reader,
    /// What is shown of the line that is being written: of the terminal or standard output, and of standard error.
    streams: [(Plain, Vec<u8>); 2],
}

impl Lines<'_> {
    /// Does any line match that has come since we last looked? One that is not at its end yet may: a prompt has none.
    fn any(&mut self) -> bool {
        loop {
            match self.reader.read() {
                Ok(Next::Bytes { stream, bytes, .. }) => {
                    let (plain, text) = &mut self.streams[usize::from(stream == Stream::Err)];
                    plain.feed(bytes, text);
                    if matches(self.pattern, text) {
                        return true;
                    }
                }
                Ok(Next::Lost(_) | Next::Gone(_)) => {}
                Ok(Next::End) | Err(_) => break,
            }
        }
        self.streams.iter_mut().any(|(plain, text)| {
            plain.pause(text);
            matches(self.pattern, text)
        })
    }
}

/// Does a line of this match? Keeps the last one only, which may go on.
fn matches(pattern: &Regex, text: &mut Vec<u8>) -> bool {
    let found = text.split(|&b| b == b'\n').any(|line| pattern.is_match(&String::from_utf8_lossy(line)));
    let end = text.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    text.drain(..end);
    if text.len() > MOST {
        text.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_read_and_what_is_not_of_it_is_a_selector() {
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            read(&words).map(|(sign, rest)| (sign.text(), rest)).map_err(|e| e.exit_code())
        };
        assert_eq!(of(&[]), Ok(("its end".into(), None)));
        assert_eq!(of(&["exit", "web"]), Ok(("its end".into(), Some("web".into()))));
        assert_eq!(of(&["port", ":3000"]), Ok(("anybody on port 3000".into(), None)));
        assert_eq!(of(&["port", "web"]), Ok(("anybody on a port".into(), Some("web".into()))));
        assert_eq!(of(&["port"]), Ok(("anybody on a port".into(), None)));
        assert_eq!(of(&["idle", "2s"]), Ok(("a rest of 2s".into(), None)));
        assert_eq!(of(&["log", "a c"]), Ok(("a line like 'a c'".into(), None)));
        for wrong in [&["idle"][..], &["idle", "soon"], &["log"], &["log", "("], &["rain"], &["rain", "5"]] {
            assert_eq!(of(wrong), Err(exit::USAGE), "{wrong:?}");
        }
    }
}
