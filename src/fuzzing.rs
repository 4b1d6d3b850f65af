//! Readers that are nobody's business but ours, opened for `fuzz/` alone: each takes any bytes and panics when a promise
//! is broken. It must never be in a build that is shipped: `cfg(fuzzing)` is cargo-fuzz's own.

use crate::config::{keys::Key, load, read};
use crate::guard::control;
use crate::guard::protocol::{self, Answer, Request};
use crate::process::describe::escape;
use crate::process::select::Selector;
use crate::record::{members, store};
use crate::sys::os;

/// A job's or a session's record: sound and what its name says, or a reason that may be shown.
pub fn record(bytes: &[u8]) {
    // The name is a part of what is read: the fuzzer cannot know it, so the text's own is as good.
    for stem in ["12", "40-77"] {
        let (job, session) = store::understand_both(bytes, stem);
        if let Ok(job) = &job {
            assert_eq!(job.id.to_string(), stem);
            assert!([&job.guard, &job.front, &job.root].into_iter().flatten().all(|i| i.pid > 1 && !i.boot.is_empty()));
        }
        if let Ok(session) = &session {
            assert_eq!(session.identity.key(), stem);
            assert!(session.identity.pid > 0);
        }
        for why in [job.err(), session.err()].into_iter().flatten() {
            assert!(!why.chars().any(char::is_control), "{why:?}");
        }
    }
}

/// A census: nobody of pid 1 or below.
pub fn census(bytes: &[u8]) {
    let read = members::read(&String::from_utf8_lossy(bytes));
    assert!(read.iter().all(|m| m.identity.pid > 1 && !m.identity.boot.is_empty()));
}

/// `/proc/PID/stat` and `status`.
pub fn proc_files(bytes: &[u8]) {
    if let Some(stat) = os::parse_stat(bytes) {
        assert_eq!(stat.comm[15], 0);
        assert!(!escape(&stat.name()).chars().any(char::is_control));
    }
    os::parse_status(bytes);
}

/// A selector reads as itself when it is printed.
pub fn selector(bytes: &[u8]) {
    let Ok(word) = std::str::from_utf8(bytes) else { return };
    if let Ok(read) = Selector::parse(word) {
        assert_eq!(Selector::parse(&read.to_string()), Ok(read.clone()));
        read.matches(12, Some("web-1"));
        read.matches(12, Some(word));
    }
    assert!(!escape(word).chars().any(char::is_control));
}

/// A frame that is understood is written as one that is understood in the same way.
pub fn frame(bytes: &[u8]) {
    for one in bytes.chunks_exact(control::LEN) {
        let Ok(one) = one.try_into() else { continue };
        if let Some(frame) = control::Frame::decode(one) {
            assert_eq!(control::Frame::decode(&frame.encode()), Some(frame));
        }
    }
}

/// A file of settings: what is understood reads as itself when it is written, and what is wrong may be shown.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let loaded = load::from_text(text, std::path::Path::new("/c.toml"));
    for (key, value, _) in &loaded.said {
        assert!(Key::named(key.name).is_some_and(|named| named.name == key.name));
        let again = read::read(&format!("x = {}", value.toml()));
        assert_eq!(again.expect("what was read before")[0].value, *value);
    }
    for why in &loaded.wrong {
        let why = why.to_string();
        assert!(!why.replacen('\n', "", 1).chars().any(char::is_control), "{why:?}");
    }
}

/// A line of the control protocol that is understood is written as one that is understood in the same way; why one is not
/// fits into a line.
pub fn line(bytes: &[u8]) {
    let request = protocol::understand::<Request>(bytes);
    if let Ok(request) = &request {
        let again = serde_json::to_vec(request).unwrap_or_default();
        assert_eq!(protocol::understand(&again).as_ref(), Ok(request));
    }
    let answer = protocol::understand::<Answer>(bytes);
    if let Ok(answer) = &answer {
        let again = serde_json::to_vec(answer).unwrap_or_default();
        assert_eq!(protocol::understand(&again).as_ref(), Ok(answer));
    }
    for why in [request.err(), answer.err()].into_iter().flatten() {
        assert!(serde_json::to_vec(&why).is_ok_and(|text| text.len() < protocol::MOST), "{why:?}");
    }
}
