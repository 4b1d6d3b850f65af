//! The control protocol, spoken by hand: the examples of `docs/PROTOCOL.md`, and what is none of it.

use super::script;
use crate::harness::LONG;
use crate::harness::{Job, Term, World, holds, within};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Says what it hears, and exits with the digit in it.
const ECHO: &str = "stty -echo 2>/dev/null; echo up
while read x; do echo \"heard $x\"; case $x in [0-9]) exit $x;; esac; done";
const ATTACH: &[u8] = b"{\"pj\":1,\"do\":\"attach\",\"size\":{\"rows\":24,\"cols\":80}}\n";

/// A connection to a guard.
struct Caller {
    line: UnixStream,
    came: Vec<u8>,
    stream: Option<UnixStream>,
}

impl Caller {
    fn new(job: &Job) -> Caller {
        let path = job.json["socket"].as_str().expect("a socket in the record");
        let line = UnixStream::connect(path).expect("a guard that listens");
        line.set_read_timeout(Some(LONG)).expect("a timeout");
        Caller { line, came: Vec::new(), stream: None }
    }

    /// A guard that has closed the connection does not hear it, and has said why.
    fn say(&mut self, bytes: &[u8]) {
        let _ = self.line.write_all(bytes);
    }

    /// The next line; `None` at the end.
    fn hear(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.came.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.came.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).expect("a guard speaks JSON"));
            }
            let mut buf = [0; 4096];
            match pj::sys::peer::receive(self.line.as_fd(), &mut buf) {
                Ok((0, _)) | Err(_) => return None,
                Ok((n, passed)) => {
                    self.came.extend_from_slice(&buf[..n]);
                    if let Some(stream) = passed.map(UnixStream::from) {
                        stream.set_nonblocking(false).expect("a stream");
                        stream.set_read_timeout(Some(LONG)).expect("a timeout");
                        self.stream = Some(stream);
                    }
                }
            }
        }
    }

    fn attached(job: &Job) -> Caller {
        let mut caller = Caller::new(job);
        caller.say(ATTACH);
        assert_eq!(caller.hear().expect("an answer")["is"], "ok");
        assert!(caller.stream.is_some());
        caller
    }

    fn stream(&mut self) -> &mut UnixStream {
        self.stream.as_mut().expect("a stream")
    }

    /// Reads the stream until this has come.
    fn expect(&mut self, text: &str) {
        let (mut seen, mut buf) = (Vec::new(), [0; 4096]);
        while !seen.windows(text.len()).any(|w| w == text.as_bytes()) {
            match self.stream().read(&mut buf) {
                Ok(n @ 1..) => seen.extend_from_slice(&buf[..n]),
                other => panic!("{other:?}, and never {text:?}: {:?}", String::from_utf8_lossy(&seen)),
            }
        }
    }
}

/// The job goes on, and so does this one who is attached to it.
fn goes_on(attached: &mut Caller, word: &str) {
    writeln!(attached.stream(), "{word}").expect("it is heard");
    attached.expect(&format!("heard {word}"));
}

#[test]
fn the_document_is_what_a_guard_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROTOCOL.md");
    let text = fs::read_to_string(path).expect("the document");
    let blocks: Vec<&str> = text.split("```protocol\n").skip(1).map(|b| b.split("```").next().unwrap_or("")).collect();
    assert!(blocks.len() > 12);
    let world = World::lasting(Duration::from_secs(180));
    for block in blocks {
        let flags: &[&str] = if block.contains("of a job with pipes") { &["--pipe"] } else { &[] };
        play(&world, &script(&world, flags, ECHO), block);
        world.pj(&["stop", "-q", "subject"]).go();
        world.pj(&["rm", "-q", "--all", "*"]).go();
        holds("the name is free", || world.jobs().is_empty());
    }
}

/// One conversation on one connection.
fn play(world: &World, job: &Job, block: &str) {
    let mut caller = Caller::new(job);
    let root = job.identity("root").expect("a command");
    let mut other = None;
    for line in block.lines() {
        match line.split_at(2) {
            ("> ", said) => caller.say(format!("{said}\n").as_bytes()),
            ("< ", said) => {
                let mut want: Value = serde_json::from_str(said).expect("JSON in the document");
                if want.get("job").is_some() {
                    want["job"] = job.json["id"].clone();
                }
                assert_eq!(caller.hear().as_ref(), Some(&want), "{block}");
                if want["is"] == "error" || want["is"] == "detached" {
                    assert_eq!(caller.hear(), None, "and it is closed: {block}");
                }
            }
            ("* ", "of a job with pipes" | "nothing for a second") => {}
            ("* ", "another terminal attaches") => other = Some(Caller::attached(job)),
            ("* ", "the command is stopped") => {
                // Whoever attaches lets a stopped command go on: that is over when the guard hears the next.
                let mut next = Caller::new(job);
                next.say(b"{\"pj\":1,\"do\":\"ping\"}\n");
                assert_eq!(next.hear().expect("an answer")["is"], "ok");
                assert!(root.signal(libc::SIGTSTP));
            }
            ("* ", "the command is killed") => assert!(root.kill()),
            ("* ", "the command exits with 3") => {
                world.pj(&["send", "subject", "3", "--key", "Enter"]).go().code(0);
            }
            _ => panic!("what is {line:?}?"),
        }
    }
    drop(other);
}

#[test]
fn the_socket_is_ours_alone_and_goes_with_the_job() {
    let world = World::new();
    let job = script(&world, &[], ECHO);
    let path = std::path::PathBuf::from(job.json["socket"].as_str().expect("a socket"));
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
    world.pj(&["send", "subject", "0", "--key", "Enter"]).go().code(0);
    holds("the socket is gone", || !path.exists());
    // The record comes after it.
    holds("the record names none", || world.job("subject").json["socket"].is_null());
}

#[test]
fn what_was_typed_before_the_end_of_the_stream_is_taken_whole() {
    let world = World::new();
    let job = script(&world, &["--pipe"], "sleep 0.3; wc -c > $HOME/count");
    let mut caller = Caller::new(&job);
    caller.say(b"{\"pj\":1,\"do\":\"send\"}\n");
    assert_eq!(caller.hear().expect("an answer")["terminal"], false);
    caller.stream().write_all(&[b'x'; 500_000]).expect("it is taken");
    caller.stream().shutdown(Shutdown::Write).expect("the end");
    assert_eq!(caller.stream().read(&mut [0]).expect("the end of it"), 0);
    assert_eq!(caller.hear(), None);
    world.pj(&["send", "subject", "--eof"]).go().code(0);
    holds("all of it was taken", || fs::read(world.home().join("count")).is_ok_and(|n| n.starts_with(b"500000")));
}

#[test]
fn nonsense_costs_the_connection_and_never_the_job() {
    let world = World::lasting(Duration::from_secs(180));
    let job = script(&world, &[], ECHO);
    let mut attached = Caller::attached(&job);
    attached.expect("up");
    let long = [vec![b'['; 20_000], b"\n".to_vec()].concat();
    let nested = [vec![b'['; 16_000], b"\n".to_vec()].concat();
    let cases: [(&[u8], &str); 9] = [
        (&long, "a line is at most 16384 bytes long"),
        (&nested, "it is not understood"),
        (b"\n", "it is not understood"),
        (b"\xff\xfe\n", "it is not understood"),
        (b"{\"pj\":1}\n", "it is not understood: missing field `do`"),
        (b"{\"pj\":-1,\"do\":\"ping\"}\n", "it is not understood"),
        (b"{\"pj\":99999999999,\"do\":\"ping\"}\n", "it is not understood"),
        (b"{\"pj\":1,\"do\":\"attach\",\"size\":{\"rows\":70000,\"cols\":1}}\n", "it is not understood"),
        // Half a line, and no more.
        (b"{\"pj\":1,\"do\":\"pi", "nothing was asked for in time"),
    ];
    for (said, why) in cases {
        let mut caller = Caller::new(&job);
        caller.say(said);
        let answer = caller.hear().unwrap_or_else(|| panic!("no answer to {:?}", String::from_utf8_lossy(said)));
        assert_eq!(answer["is"], "error");
        assert!(answer["why"].as_str().is_some_and(|said| said.starts_with(why)), "{answer}: {why}");
        assert_eq!(caller.hear(), None);
    }
    goes_on(&mut attached, "cases");
    // Those who come and go, with a word or without.
    for n in 0..2000 {
        let mut caller = Caller::new(&job);
        if n % 2 == 0 {
            caller.say(b"{\"pj\":1,\"do\":\"watch\"}\n{\"pj");
        }
    }
    goes_on(&mut attached, "visitors");
    // One who asks and never listens, and one who asks and never stops.
    let mut deaf = Caller::new(&job);
    deaf.line.set_write_timeout(Some(Duration::from_secs(2))).expect("a timeout");
    deaf.say(&b"{\"pj\":1,\"do\":\"ping\"}\n".repeat(50_000));
    goes_on(&mut attached, "deaf");
    drop(deaf);
    assert_eq!(job.guard().state().map(|s| s != 'Z'), Some(true));
}

#[test]
fn random_bytes_cost_the_connection_and_never_the_job() {
    let world = World::lasting(Duration::from_secs(180));
    let job = script(&world, &[], ECHO);
    let mut attached = Caller::attached(&job);
    attached.expect("up");
    let word = prop_oneof![
        vec(any::<u8>(), 0..60),
        Just(b"{\"pj\":1,\"do\":\"ping\"}\n".to_vec()),
        Just(b"{\"pj\":1,\"do\":\"watch\"}\n".to_vec()),
        Just(b"{\"pj\":1,\"do\":\"send\"}\n".to_vec()),
        Just(b"{\"pj\":1,\"do\":\"resize\",\"size\":{\"rows\":1,\"cols\":0}}\n".to_vec()),
        Just(b"{\"pj\":1,\"do\":\"continue\"}\n".to_vec()),
        "\\{\"pj\":1,\"[a-z]{1,4}\":[0-9\"{}\\[]{1,9}\\}\n".prop_map(String::into_bytes),
    ];
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&vec(word, 1..6), |words| {
        let mut caller = Caller::new(&job);
        caller.say(&words.concat());
        caller.line.shutdown(Shutdown::Write).expect("the end");
        // It ends, whatever was said; and every line of the guard's is JSON.
        while let Some(answer) = caller.hear() {
            prop_assert_eq!(&answer["pj"], 1);
        }
        Ok(())
    });
    tried.expect("every connection ends");
    goes_on(&mut attached, "random");
}

#[test]
fn a_viewer_that_takes_nothing_is_let_go_of_and_the_job_goes_on() {
    let world = World::new();
    let job = script(&world, &[], "read x; yes; exit");
    let mut lazy = Caller::attached(&job);
    writeln!(lazy.stream(), "go").expect("it is heard");
    let began = Instant::now();
    let why = lazy.hear().expect("a word");
    assert_eq!((&why["is"], lazy.hear()), (&Value::from("detached"), None), "{why}");
    assert!(began.elapsed() > Duration::from_millis(900), "it had a second");
    let mut other = Term::command(&world, &["pj", "attach", "subject"]);
    other.expect("y\r\ny\r\ny\r\n");
    other.type_("\x1d");
    other.expect("detached from");
    assert!(other.wait().success());
    assert!(within(Duration::from_millis(1), || job.guard().alive().then_some(())).is_some());
}
