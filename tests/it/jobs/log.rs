//! `pj log`: what is shown of a log, in which order, and when following ends. The log is written by the library's writer in
//! the place of a living guard's.

use crate::harness::{Job, World, holds};
use pj::log::{Limits, Stream, Writer};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// A job that lives, and the log that its guard would write.
struct Logged {
    front: Child,
    job: Job,
    writer: Writer,
}

const SMALL: Limits = Limits { max_size: 40, keep: 50, compress: true };

fn logged(world: &World, name: &str, limits: Limits) -> Logged {
    let (front, _) = world.wrap(&["--name", name, "sleep", "1000"]).start();
    let job = world.job(name);
    let writer = Writer::new(&job.dir(), limits);
    Logged { front, job, writer }
}

impl Logged {
    fn pack(&mut self) {
        while self.writer.has_work() {
            self.writer.work();
        }
    }

    fn end(mut self, world: &World) {
        world.pj(&["stop", &self.job.id().to_string(), "-q"]).go().code(0);
        let _ = self.front.wait();
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis() as u64
}

#[test]
fn a_log_is_shown_as_a_terminal_would_show_it() {
    let world = World::new();
    let mut web = logged(&world, "web", SMALL);
    let hour = 3_600_000;
    web.writer.write(Stream::Out, b"\x1b]0;title\x07one\r\n10%\r100%\n", now() - hour);
    web.writer.write(Stream::Err, b"\x1b[31mtwo\x1b[0m\x1b[2J\n", now() - hour);
    web.writer.write(Stream::Out, b"three\nfour \xff\n", now());
    web.pack();
    let parts = |end: &str| web.job.dir().join(format!("log.1{end}")).exists();
    assert!(parts(".zst") && !parts(""), "rotated and packed");
    let raw = "\x1b]0;title\x07one\r\n10%\r100%\n\x1b[31mtwo\x1b[0m\x1b[2J\nthree\nfour \u{fffd}\n";
    let id = web.job.id().to_string();
    let cases: [(&[&str], &str); 13] = [
        (&["web"], "one\n100%\ntwo\nthree\nfour \n"),
        (&[], "one\n100%\ntwo\nthree\nfour \n"),
        (&[&id, "--raw"], raw),
        (&["web", "--color", "always", "--stderr"], "\x1b[31mtwo\x1b[0m\n"),
        (&["web", "--stderr", "--raw"], "\x1b[31mtwo\x1b[0m\x1b[2J\n"),
        (&["web", "--stdout"], "one\n100%\nthree\nfour \n"),
        (&["web", "-n", "2"], "three\nfour \n"),
        (&["web", "-n", "0"], ""),
        (&["web", "-n", "3", "--stdout"], "100%\nthree\nfour \n"),
        (&["web", "-n1", "--stderr"], "two\n"),
        (&["web", "--since", "10m"], "three\nfour \n"),
        (&["web", "--since", "2h", "-n", "4"], "100%\ntwo\nthree\nfour \n"),
        (&["web", "--since", "2000-01-01T00:00:00Z", "--stderr"], "two\n"),
    ];
    for (words, shown) in cases {
        let words = [&["log"], words].concat();
        world.pj(&words).go().code(0).stdout(shown).stderr("");
    }
    let rows = world.pj(&["log", "web", "--json", "-n", "3"]).go().code(0).stderr("");
    let rows: Vec<serde_json::Value> =
        String::from_utf8_lossy(&rows.out).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = rows.iter().map(|r| (r["job"].as_u64(), r["stream"].as_str(), r["text"].as_str())).collect();
    let row = |stream, text| (Some(web.job.id()), Some(stream), Some(text));
    assert_eq!(told, [row("stderr", "two"), row("stdout", "three"), row("stdout", "four ")]);
    assert!(rows[0]["at"].as_str() < rows[1]["at"].as_str());
    web.end(&world);
}

#[test]
fn several_logs_are_told_apart_in_the_order_of_their_times() {
    let world = World::new();
    let mut web = logged(&world, "web", SMALL);
    let mut worker = logged(&world, "worker", SMALL);
    for n in 0..4u64 {
        web.writer.write(Stream::Terminal, format!("{n} one\n").as_bytes(), 1_000_000 + n * 1000);
        worker.writer.write(Stream::Err, format!("{n} \x1b[1mtwo\n").as_bytes(), 1_000_500 + n * 1000);
    }
    let all: String = (0..4).map(|n| format!("web    | {n} one\nworker | {n} two\n")).collect();
    world.pj(&["log", "w*"]).go().code(0).stdout(&all).stderr("");
    let last = "web    | 3 one\nworker | 3 \x1b[1mtwo\x1b[0m\n";
    world.pj(&["log", "web", "worker", "-n1", "--color", "always"]).go().code(0).stdout(last).stderr("");
    world.pj(&["log"]).go().code(2).stdout("").says("2 jobs with a log live");
    web.end(&world);
    worker.end(&world);
}

#[test]
fn what_has_no_log_is_nothing_and_wrong_words_are_wrong_usage() {
    let world = World::new();
    let bare = logged(&world, "bare", SMALL);
    world.pj(&["log", "bare"]).go().code(3).stdout("").says("has no log");
    world.pj(&["log", "nobody"]).go().code(3).stdout("").says("no job matches nobody");
    world.pj(&["log"]).go().code(2).stdout("").says("0 jobs");
    world.pj(&["log", "bare", "--since", "soon"]).go().code(2).stdout("").says("10m");
    world.pj(&["log", "bare", "--stdout", "--stderr"]).go().code(2).stdout("");
    bare.end(&world);
}

/// A follower, its output read by a thread.
pub(super) fn follow(world: &World, words: &[&str]) -> (Child, std::thread::JoinHandle<Vec<u8>>) {
    let words = [&["log", "-f"], words].concat();
    let mut run = world.pj(&words);
    let command = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("pj");
    let mut from = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe");
        bytes
    });
    (child, reader)
}

#[test]
fn two_followers_read_every_byte_once_while_it_is_rotated_and_packed() {
    let world = World::new();
    let mut web = logged(&world, "web", Limits { max_size: 1 << 20, keep: 1000, compress: true });
    web.writer.write(Stream::Terminal, b"begin\n", now());
    let mut all = b"begin\n".to_vec();
    let followers = [follow(&world, &["web", "--raw"]), follow(&world, &["web"])];
    for n in 0..200_000 {
        let line = format!("{n} some line that a program writes about what it does\n");
        web.writer.write(Stream::Terminal, line.as_bytes(), now());
        all.extend(line.as_bytes());
        if n % 200 == 0 && web.writer.has_work() {
            web.writer.work();
        }
    }
    assert!(web.job.dir().join("log.1.zst").exists() && web.job.dir().join("log.8.index").exists());
    // The record goes with a wrapped job, and its directory: what a follower is to read, it has open by then.
    let held: Vec<u32> = followers.iter().map(|(child, _)| child.id()).collect();
    let log = web.job.dir().join("log");
    let is_open = |pid: &u32| {
        let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        fds.filter_map(|fd| std::fs::read_link(fd.path()).ok()).any(|path| path == log)
    };
    holds("both have come to the newest part", || held.iter().all(is_open));
    web.end(&world);
    for (mut child, reader) in followers {
        let read = reader.join().expect("no panic");
        assert!(read == all, "{} of {} bytes", read.len(), all.len());
        assert_eq!(child.wait().expect("a child").code(), Some(0));
    }
}

#[test]
fn following_ends_with_the_job_and_with_its_reader() {
    let world = World::new();
    let mut web = logged(&world, "web", SMALL);
    web.writer.write(Stream::Terminal, b"line\nname? ", now());
    // Whoever reads has seen enough, and the job goes on.
    let mut enough = world.pj(&["log", "-f", "web"]);
    let mut enough =
        enough.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pj");
    let mut out = BufReader::new(enough.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert_eq!(line, "line\n");
    drop(out);
    holds("it ends without a reader", || enough.try_wait().expect("a child").is_some());
    let mut said = String::new();
    enough.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!((enough.wait().expect("a child").code(), said.as_str()), (Some(0), ""));
    // A question is shown before it is answered.
    let (mut child, mut out) = {
        let mut run = world.pj(&["log", "-f", "web", "-n1"]);
        let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("pj");
        let out = child.stdout.take().expect("a pipe");
        (child, out)
    };
    let mut asked = [0; 6];
    out.read_exact(&mut asked).expect("what is asked");
    assert_eq!(&asked, b"name? ");
    web.writer.write(Stream::Terminal, b"me\nbye\n", now());
    let mut rest = String::new();
    let mut lines = BufReader::new(out);
    lines.read_line(&mut rest).expect("a line");
    lines.read_line(&mut rest).expect("a line");
    web.end(&world);
    lines.read_to_string(&mut rest).expect("text");
    assert_eq!((rest.as_str(), child.wait().expect("a child").code()), ("me\nbye\n", Some(0)));
}
