//! What was written is read: every byte once, in order, whatever is rotated, packed, removed or restarted meanwhile.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::{Limits, Next, Position, Reader, Stream, Writer};

/// A directory that goes with the test.
pub(super) struct Dir(pub(super) PathBuf);

impl Dir {
    pub(super) fn new() -> Dir {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pj-log-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Dir(std::env::temp_dir().join(name))
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "log.room");
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// All that is there, of which stream and time each byte is, and how many bytes are said to be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) bytes: Vec<u8>,
    pub(super) of: Vec<(Stream, Option<u64>)>,
    pub(super) lost: u64,
    pub(super) gone: u64,
}

impl Read {
    pub(super) fn go_on(&mut self, reader: &mut Reader) {
        loop {
            match reader.read().unwrap() {
                Next::End => return,
                Next::Lost(n) => self.lost += n,
                Next::Gone(n) => self.gone += n.expect("an index says how many"),
                Next::Bytes { stream, epoch_ms, bytes } => {
                    self.bytes.extend(bytes);
                    self.of.extend(std::iter::repeat_n((stream, epoch_ms), bytes.len()));
                }
            }
        }
    }
}

pub(super) fn read(dir: &Path) -> Read {
    let mut read = Read::default();
    read.go_on(&mut Reader::open(dir).unwrap());
    read
}

pub(super) fn limits(max_size: u64, keep: u32) -> Limits {
    Limits { max_size, keep, compress: true }
}

#[derive(Clone, Debug)]
enum Step {
    Write(Stream, usize, u64),
    Work,
    Restart,
    Follow(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let stream = prop_oneof![Just(Stream::Out), Just(Stream::Err), Just(Stream::Terminal)];
    let step = prop_oneof![
        6 => (stream, 1usize..400, 0u64..150).prop_map(|(s, n, ms)| Step::Write(s, n, ms)),
        3 => Just(Step::Work),
        1 => Just(Step::Restart),
        3 => (0usize..2).prop_map(Step::Follow),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_is_read_once_and_in_order(steps in steps(), max in 50u64..3000, keep in 1u32..60, compress: bool) {
        let dir = Dir::new();
        let limits = Limits { max_size: max, keep, compress };
        let mut writer = Writer::new(&dir.0, limits);
        let mut followers = [(); 2].map(|()| (Reader::open(&dir.0).unwrap(), Read::default()));
        let (mut all, mut of, mut now) = (Vec::<u8>::new(), Vec::new(), 1_000_000);
        for step in steps {
            match step {
                Step::Write(stream, len, later) => {
                    now += later;
                    let bytes: Vec<u8> = (0..len).map(|n| (all.len() + n) as u8 ^ (n / 256) as u8).collect();
                    writer.write(stream, &bytes, now);
                    all.extend(bytes);
                    of.resize(all.len(), (stream, now));
                }
                Step::Work => writer.work(),
                Step::Restart => writer = Writer::new(&dir.0, limits),
                Step::Follow(who) => { let (reader, read) = &mut followers[who]; read.go_on(reader) }
            }
        }
        while writer.has_work() {
            writer.work();
        }
        prop_assert_eq!(writer.lost(), None);
        let whole = read(&dir.0);
        let there = all.len() - whole.bytes.len();
        prop_assert_eq!(&whole.bytes, &all[there..]);
        prop_assert!(there == 0 || whole.bytes.len() as u64 >= max * u64::from(keep));
        prop_assert!(whole.bytes.len() as u64 <= max * (u64::from(keep) + 1));
        for (found, real) in whole.of.iter().zip(&of[there..]) {
            let ms = found.1.expect("a time");
            prop_assert!(found.0 == real.0 && ms <= real.1 && real.1 < ms + 100, "{found:?} {real:?}");
        }
        for (mut reader, mut read) in followers {
            read.go_on(&mut reader);
            prop_assert_eq!(read.bytes.len() as u64 + read.gone, all.len() as u64);
            if read.gone == 0 {
                prop_assert_eq!(&read.bytes, &all);
            }
        }
    }

    #[test]
    fn the_last_lines_are_the_last_lines(
        lines in prop::collection::vec((0usize..90, any::<bool>()), 0..200),
        max in 50u64..4000, count in 0usize..250, ended: bool, only: bool,
    ) {
        let dir = Dir::new();
        let mut writer = Writer::new(&dir.0, limits(max, 1000));
        let mut all = String::new();
        let last = lines.len().saturating_sub(1);
        for (n, (len, is_err)) in lines.iter().enumerate() {
            let end = if n == last && !ended { "" } else { "\n" };
            let line = format!("{n}{}{end}", "x".repeat(*len));
            writer.write(if *is_err { Stream::Err } else { Stream::Out }, line.as_bytes(), 5);
            if !only || *is_err {
                all += &line;
            }
            writer.work();
        }
        let mut reader = Reader::open(&dir.0).unwrap();
        let wants = |stream| !only || stream == Stream::Err;
        reader.seek(reader.last_lines(count as u64, reader.end().unwrap(), wants).unwrap());
        let mut read = Read::default();
        read.go_on(&mut reader);
        let found: Vec<u8> = read.bytes.iter().zip(&read.of).filter(|(_, of)| wants(of.0)).map(|(b, _)| *b).collect();
        let found = String::from_utf8(found).unwrap();
        let lines: Vec<&str> = all.split_inclusive('\n').collect();
        prop_assert_eq!(found, lines[lines.len().saturating_sub(count)..].concat());
    }

    #[test]
    fn what_is_packed_comes_back(kinds in prop::collection::vec((0u8..5, 1usize..90_000, any::<u8>()), 1..5)) {
        let dir = Dir::new();
        let mut all = Vec::new();
        for (kind, len, seed) in kinds {
            let mut n = u32::from(seed);
            let mut random = || { n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); (n >> 24) as u8 };
            all.extend((0..len).map(|at| match kind {
                0 => random(),
                1 => random() % 3,
                2 => seed,
                3 => b"the same words, over and over\n"[at % 30],
                _ => if at % 977 == 0 { random() } else { (at % 251) as u8 & 0x5f },
            }));
        }
        let mut writer = Writer::new(&dir.0, limits(all.len() as u64, 5));
        writer.write(Stream::Terminal, &all, 1);
        writer.write(Stream::Terminal, b"!", 1);
        while writer.has_work() {
            writer.work();
        }
        all.push(b'!');
        prop_assert_eq!(dir.names(), ["log", "log.1.index", "log.1.zst", "log.2.index"]);
        prop_assert_eq!(read(&dir.0).bytes, all);
    }
}

#[test]
fn a_time_is_found_in_whichever_part_it_is() {
    let dir = Dir::new();
    let mut writer = Writer::new(&dir.0, limits(10, 20));
    for n in 0..50u64 {
        writer.write(Stream::Out, format!("{n:02} ").as_bytes(), n * 1000);
    }
    let mut reader = Reader::open(&dir.0).unwrap();
    for (ms, first) in [(0, "00 "), (1, "00 "), (17_000, "17 "), (16_500, "17 "), (49_000, "49 ")] {
        reader.seek(reader.since(ms).unwrap());
        let mut read = Read::default();
        read.go_on(&mut reader);
        assert!(String::from_utf8(read.bytes).unwrap().starts_with(first), "{ms}");
    }
    assert_eq!(reader.since(50_000).unwrap(), reader.end().unwrap());
}

#[test]
fn what_is_written_later_is_not_read_to_the_end_that_was() {
    let dir = Dir::new();
    let mut writer = Writer::new(&dir.0, limits(4, 9));
    writer.write(Stream::Out, b"abcdefg", 1);
    let mut reader = Reader::open(&dir.0).unwrap();
    reader.stop_at(reader.end().unwrap());
    writer.write(Stream::Out, b"hijklmnopq", 2);
    let mut read = Read::default();
    read.go_on(&mut reader);
    assert_eq!(read.bytes, b"abcdefg");
    assert_eq!(reader.position(), Position { part: 2, at: 3 });
}

#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    assert!(!Reader::exists(&dir.0));
    let mut writer = Writer::new(&dir.0, limits(3, 9));
    assert!(dir.names().is_empty(), "nothing before the first byte");
    writer.write(Stream::Out, b"secret", 1);
    while writer.has_work() {
        writer.work();
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.0), 0o700);
    assert_eq!(dir.names(), ["log", "log.1.index", "log.1.zst", "log.2.index"]);
    assert!(dir.names().iter().all(|name| mode(&dir.0.join(name)) == 0o600));
    assert!(Reader::exists(&dir.0));
}
