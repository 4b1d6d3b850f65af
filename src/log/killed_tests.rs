//! A writer that is killed between any two steps, a disk that is full, files that somebody has damaged: what is there is
//! read once, what is lost is told, and writing goes on.

use std::fs;
use std::path::Path;

use super::files::Files;
use super::log_tests::{Dir, Read, limits, read};
use super::pack::Packer;
use super::{Limits, Reader, Stream, Writer};

/// Ten bytes in parts of four: two rotated, and `ij` in `log`.
fn written(dir: &Path) -> Writer {
    let mut writer = Writer::new(dir, limits(4, 9));
    writer.write(Stream::Out, b"abcdefghij", 1);
    writer
}

#[test]
fn killed_between_any_two_steps_each_byte_is_there_once() {
    type Fault = fn(&Path);
    let faults: [(&str, Fault, &[u8]); 9] = [
        ("after the rename", |dir| fs::rename(dir.join("log"), dir.join("log.3")).unwrap(), b"abcdefghij"),
        ("log is there, its index is not", |dir| fs::remove_file(dir.join("log.3.index")).unwrap(), b"abcdefghij"),
        (
            "no index at all",
            |dir| (1..4).for_each(|n| fs::remove_file(dir.join(format!("log.{n}.index"))).unwrap()),
            b"abcdefghij",
        ),
        ("an index that was cut off", |dir| cut(&dir.join("log.3.index"), 7), b"abcdefghij"),
        ("an index with a record cut off", |dir| cut(&dir.join("log.2.index"), 21), b"abcdefghij"),
        ("half packed", |dir| fs::write(dir.join("log.2.zst.new"), "half").unwrap(), b"abcdefghij"),
        (
            "packed, and the raw one still there",
            |dir| {
                let raw = fs::read(dir.join("log.2")).unwrap();
                let files = Files::of(dir);
                let mut packer = Packer::start(&files, 2).unwrap();
                while !packer.step(&files).unwrap() {}
                fs::write(dir.join("log.2"), raw).unwrap();
            },
            b"abcdefghij",
        ),
        ("a part was taken away", |dir| fs::remove_file(dir.join("log.2")).unwrap(), b"abcdij"),
        (
            "strangers' files",
            |dir| {
                ["log.x", "log.01", "log.18446744073709551615", "logs"]
                    .iter()
                    .for_each(|name| fs::write(dir.join(name), "?").unwrap())
            },
            b"abcdefghij",
        ),
    ];
    for (what, fault, there) in faults {
        let dir = Dir::new();
        drop(written(&dir.0));
        fault(&dir.0);
        let before = read(&dir.0);
        assert_eq!(before.bytes, there, "{what}");
        assert_eq!(before.gone, 10 - there.len() as u64, "{what}");
        // Another guard goes on, and a reader with it.
        let mut follower = Reader::open(&dir.0).unwrap();
        let mut followed = Read::default();
        followed.go_on(&mut follower);
        let mut writer = Writer::new(&dir.0, limits(4, 9));
        writer.write(Stream::Err, b"klmno", 500);
        while writer.has_work() {
            writer.work();
        }
        followed.go_on(&mut follower);
        let all = [there, b"klmno"].concat();
        assert_eq!((&read(&dir.0).bytes, &followed.bytes), (&all, &all), "{what}");
        assert!(read(&dir.0).of[there.len()..].iter().all(|of| *of == (Stream::Err, Some(500))), "{what}");
        assert!(
            !dir.names().iter().any(|name| name == "log.2" || name == "log.2.zst.new"),
            "{what}: {:?}",
            dir.names()
        );
    }
}

fn cut(path: &Path, len: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

#[test]
fn what_cannot_be_written_is_lost_and_told_and_writing_goes_on() {
    let dir = Dir::new();
    let mut writer = Writer::new(&dir.0, limits(1000, 9));
    // Nothing can be opened for writing where a directory is.
    fs::create_dir_all(dir.0.join("log")).unwrap();
    writer.write(Stream::Out, b"never", 1);
    writer.write(Stream::Err, b"seen", 2);
    assert_eq!(writer.lost(), Some("is a directory"));
    assert_eq!(writer.written_at(), Some(2));
    fs::remove_dir(dir.0.join("log")).unwrap();
    writer.write(Stream::Err, b"there", 3);
    assert_eq!(writer.written_at(), Some(3));
    assert_eq!(writer.lost(), Some("is a directory"));
    let found = read(&dir.0);
    assert_eq!((&found.bytes[..], found.lost), (&b"there"[..], 9));
    assert!(found.of.iter().all(|of| *of == (Stream::Err, Some(3))));
}

#[test]
fn a_log_that_is_taken_away_costs_what_was_in_it() {
    let dir = Dir::new();
    let mut writer = written(&dir.0);
    fs::remove_file(dir.0.join("log")).unwrap();
    writer.write(Stream::Out, b"klmn", 2);
    assert_eq!(read(&dir.0).bytes, b"abcdefghmn");
    assert_eq!(writer.lost(), None);
    // And with its directory all that follows; nobody makes it again.
    fs::remove_dir_all(&dir.0).unwrap();
    writer.write(Stream::Out, b"opqrst", 3);
    assert_eq!(writer.lost(), Some("no such file or directory"));
    assert!(!dir.0.exists());
}

#[test]
fn a_reader_that_is_too_slow_is_told_how_much_is_gone() {
    let dir = Dir::new();
    let mut writer = Writer::new(&dir.0, limits(4, 2));
    writer.write(Stream::Out, b"abcde", 1);
    let (mut reader, mut found) = (Reader::open(&dir.0).unwrap(), Read::default());
    found.go_on(&mut reader);
    // It holds the part with e open: fgh is read though that part is removed.
    writer.write(Stream::Out, b"fghijklmnopqrstuvwx", 2);
    found.go_on(&mut reader);
    assert_eq!((&found.bytes[..], found.gone), (&b"abcdefghmnopqrstuvwx"[..], 4));
}

#[test]
fn damaged_files_are_an_error_or_a_loss_never_a_panic() {
    for (name, len) in [("log.1.zst", 0), ("log.1.zst", 8), ("log.1.zst", 40), ("log.1.index", 3), ("log", 0)] {
        let dir = Dir::new();
        let mut writer = Writer::new(&dir.0, Limits { max_size: 40_000, ..Limits::default() });
        writer.write(Stream::Out, &b"some text\n".repeat(5000), 1);
        while writer.has_work() {
            writer.work();
        }
        cut(&dir.0.join(name), len);
        let mut reader = Reader::open(&dir.0).unwrap();
        let mut read = 0;
        let said = loop {
            match reader.read() {
                Ok(super::Next::End) => break None,
                Ok(super::Next::Bytes { bytes, .. }) => read += bytes.len(),
                Ok(_) => {}
                Err(e) => break Some(e.to_string()),
            }
        };
        assert_eq!(said.is_some(), name.ends_with("zst"), "{name} {len}: {said:?}");
        assert!(read <= 50_000, "{name} {len}");
        let _ = reader.end().and_then(|end| reader.last_lines(3, end, |_| true));
    }
}
