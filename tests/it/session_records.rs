//! What `pj sessions` makes of the files in its directory: each is listed, told or passed over, whatever stands beside.

use crate::harness::World;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A record of a shell that is gone: above every pid that there can be.
fn record(pid: u64, start: u64) -> Value {
    let read = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let machine = [read("/etc/machine-id"), read("/proc/sys/kernel/hostname")].into_iter().find(|id| !id.is_empty());
    let ns = fs::read_link("/proc/self/ns/pid").expect("/proc").to_string_lossy().into_owned();
    json!({
        "schema": "pj.session/1", "machine": machine, "shell": "zsh", "pid": pid, "start": start,
        "boot": read("/proc/sys/kernel/random/boot_id"), "sid": pid, "tty_dev": 34816, "tty": "/dev/pts/5000000",
        "ns": ns.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().expect("a number"),
        "registered_at": "2026-01-01T10:00:00Z",
    })
}

/// The same with one field that is another.
fn but(pid: u64, start: u64, field: &str, value: Value) -> String {
    let mut json = record(pid, start);
    json[field] = value;
    json.to_string()
}

/// Lays out what no registering shell would.
fn lay_out(dir: &Path) {
    fs::create_dir_all(dir).expect("a directory");
    let write = |name: &str, text: &[u8]| fs::write(dir.join(name), text).expect("a file");
    let good = |pid: u64, start: u64| record(pid, start).to_string();
    // Usable: oldest first by number, not by letter; a long one and short ones after it; fields of a later version.
    write("5000001-100.json", good(5000001, 100).as_bytes());
    write("5000002-9.json", but(5000002, 9, "later", "x".repeat(100_000).into()).as_bytes());
    write("5000003-20.json", good(5000003, 20).as_bytes());
    write("5000004-20.json", but(5000004, 20, "tty", Value::Null).as_bytes());
    // Nothing to say: not written yet, of another machine, not a record's name.
    write("5000005-1.json", b"");
    write("5000006-1.json", but(5000006, 1, "machine", "another".into()).as_bytes());
    write("5000007-1.new", b"{");
    write(".json", b"{");
    // Told: half, called otherwise, of a later version, not text, not a file.
    write("5000010-1.json", &good(5000010, 1).as_bytes()[..100]);
    write("5000011-01.json", good(5000011, 1).as_bytes());
    write("5000012-1.json", but(5000012, 1, "schema", "pj.session/2".into()).as_bytes());
    write("5000013-1.json", &[b"{\"later\":\"\xff\",", &good(5000013, 1).as_bytes()[1..]].concat());
    write("5000014-1.json", but(5000014, 1, "boot", "".into()).as_bytes());
    write("5000015-1.json", but(5000015, 1, "pid", "5000015".into()).as_bytes());
    symlink("5000001-100.json", dir.join("5000016-1.json")).expect("a link");
    fs::create_dir(dir.join("5000017-1.json")).expect("a directory");
}

#[test]
fn a_session_s_record_is_listed_told_or_passed_over_whatever_stands_beside_it() {
    let world = World::new();
    let dir = world.state().join("sessions");
    lay_out(&dir);
    let listed = world.pj(&["sessions", "--json"]).go().code(0);
    let said = listed.json();
    let rows: Vec<(&str, &str)> = said["sessions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|s| (s["id"].as_str().expect("an id"), s["died"].as_str().expect("it is dead")))
        .collect();
    let gone = "shell and terminal gone";
    assert_eq!(rows, [("5000002-9", gone), ("5000003-20", gone), ("5000004-20", "shell gone"), ("5000001-100", gone)]);
    let told = world.pj(&["sessions"]).go().code(0).text();
    for (name, why) in [
        ("5000010-1", "not a whole record"),
        ("5000011-01", "its shell is not its file's name"),
        ("5000012-1", "its schema is 'pj.session/2'"),
        ("5000013-1", "not UTF-8"),
        ("5000014-1", "its shell is not its file's name"),
        ("5000015-1", "not a whole record"),
        ("5000016-1", "it cannot be opened"),
        ("5000017-1", "it cannot be opened"),
    ] {
        let line = told.lines().find(|line| line.contains(&format!("/sessions/{name}.json: ")));
        assert!(line.is_some_and(|line| line.contains(why)), "{name}: {told}");
    }
    // A head, four sessions, and these.
    assert_eq!(told.lines().count(), 1 + 4 + 8, "{told}");
}
