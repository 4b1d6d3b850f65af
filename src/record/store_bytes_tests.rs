//! Files that nobody of ours has written: any bytes, and real records that were bent.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::members;
use super::understand_both;

fn identity(pid: i64) -> Value {
    json!({ "pid": pid, "start": 77, "boot": "b", "ns": 3, "ino": 9 })
}

/// A job's record as it stands on disk, and a session's: `jobs/12.json`, `sessions/40-77.json`.
fn whole() -> [(String, &'static str); 2] {
    let uid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let job = json!({
        "schema": "pj.job/1", "id": 12, "uid": uid, "machine": "m", "name": null, "tags": [], "groups": [],
        "kind": "wrap", "argv": ["claude"], "cwd": "/", "exe": null, "terminal": "pty",
        "owner": { "session": identity(40), "sid": 40, "tty_dev": 34816, "policy": "session" },
        "keep": null, "guard": identity(50), "front": identity(49), "root": identity(51), "cgroup": null,
        "unit": null, "marker": format!("12.{uid}"), "state": "running", "grace_ms": 5000, "on_exit": "linger",
        "created_at": "t", "started_at": null, "owner_died_at": null, "exit": null, "restarts": 0, "log": null,
    });
    let session = json!({
        "schema": "pj.session/1", "machine": "m", "shell": "bash", "pid": 40, "start": 77, "boot": "b", "ns": 3,
        "sid": 40, "tty_dev": 34816, "tty": "/dev/pts/0", "registered_at": "t",
    });
    [(job.to_string(), "12"), (session.to_string(), "40-77")]
}

/// Whatever came of these bytes: what was taken for a record names nobody of pid 1 or below, no boot that is empty, and
/// itself; what was not says why, in text that may be shown.
fn check(bytes: &[u8], stem: &str) -> std::result::Result<(), TestCaseError> {
    let (job, session) = understand_both(bytes, stem);
    if let Ok(job) = &job {
        prop_assert_eq!(job.id.to_string(), stem);
        prop_assert_eq!(&job.schema, "pj.job/1");
        for one in [&job.guard, &job.front, &job.root].into_iter().flatten() {
            prop_assert!(one.pid > 1 && !one.boot.is_empty());
        }
        prop_assert!(job.owner.session.as_ref().is_none_or(|s| !s.boot.is_empty()));
    }
    if let Ok(session) = &session {
        prop_assert_eq!(session.identity.key(), stem);
        prop_assert!(session.identity.pid > 0 && !session.identity.boot.is_empty());
    }
    for why in [job.err(), session.err()].into_iter().flatten() {
        prop_assert!(!why.is_empty() && !why.chars().any(char::is_control), "{:?}", why);
    }
    Ok(())
}

#[test]
fn whole_records_are_read_so_the_bent_ones_below_are_near_to_them() {
    let [(job, id), (session, key)] = whole();
    assert!(understand_both(job.as_bytes(), id).0.is_ok());
    assert!(understand_both(session.as_bytes(), key).1.is_ok());
    for (field, bad) in [("pid", json!(1)), ("pid", json!(0)), ("pid", json!(-7)), ("boot", json!(""))] {
        for who in ["guard", "front", "root"] {
            let mut bent: Value = serde_json::from_str(&job).expect("JSON");
            bent[who][field] = bad.clone();
            assert!(understand_both(bent.to_string().as_bytes(), id).0.is_err(), "{who} {field} {bad}");
        }
    }
    // A uid that leads out of the directory of sockets.
    let mut bent: Value = serde_json::from_str(&job).expect("JSON");
    let uid = "../../home/somebody/a-file";
    (bent["uid"], bent["marker"]) = (json!(uid), json!(format!("{id}.{uid}")));
    assert!(understand_both(bent.to_string().as_bytes(), id).0.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_no_record(bytes in prop::collection::vec(any::<u8>(), 0..300), stem in "[0-9-]{0,5}") {
        check(&bytes, &stem)?;
        prop_assert!(understand_both(&bytes, &stem).0.is_err());
    }

    /// Bytes changed, taken out, doubled; and one value replaced by another.
    #[test]
    fn a_bent_record_is_sound_or_a_finding(
        which in 0usize..2,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..4),
        value in prop_oneof!["-?[0-9]{1,25}", "\"[ -~]{0,8}\"", Just("null".to_owned()), Just("\"\\u001b[2J\"".to_owned())],
        at in any::<prop::sample::Index>(),
    ) {
        let (text, stem) = whole()[which].clone();
        let colons: Vec<usize> = text.match_indices(':').map(|(at, _)| at + 1).collect();
        let from = *at.get(&colons);
        let to = text[from..].find([',', '}']).map_or(text.len(), |len| from + len);
        check(format!("{}{value}{}", &text[..from], &text[to..]).as_bytes(), stem)?;
        let mut bytes = text.into_bytes();
        for (at, byte, how) in cuts {
            // Never empty, however much has been taken out.
            bytes.extend(bytes.is_empty().then_some(byte));
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        check(&bytes, stem)?;
    }

    /// A census of any text: nobody of pid 1 or below, and what was read is written and read as the same.
    #[test]
    fn any_census_names_members_or_nobody(
        lines in prop::collection::vec("(-?[0-9]{1,11} ){0,7}[01] [ -~]{0,9}|[ -~]{0,30}|\\PC{0,20}", 0..6),
    ) {
        let text = format!("pj.members/1 b 3\n{}\n", lines.join("\n"));
        let read = members::read(&text);
        for one in &read {
            prop_assert!(one.identity.pid > 1 && one.identity.boot == "b");
        }
        let again = members::read(&members::write("b", 3, &read));
        prop_assert_eq!(again.len(), read.len());
        for (a, b) in again.iter().zip(&read) {
            prop_assert_eq!(&a.identity, &b.identity);
            prop_assert_eq!((a.sid, a.pgid, a.marked), (b.sid, b.pgid, b.marked));
        }
        members::read(&lines.join("\n"));
    }
}
