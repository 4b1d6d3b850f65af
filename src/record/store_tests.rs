//! Claims: an id is one job's, whoever comes in between.

use std::time::Duration;

use std::path::PathBuf;

use super::*;
use crate::record::job;
use crate::sys::{self, os};

/// A place of this test's own, taken away at its end.
struct Own(Place, PathBuf);

impl Own {
    fn new(name: &str) -> Own {
        let dir = std::env::temp_dir().join(format!("pj-store-{}-{name}", sys::pid()));
        let place = Place::at(dir.join("pj"));
        place.make().unwrap();
        Own(place, dir)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn job(id: u64) -> Job {
    let uid = job::new_uid(1, [7; 10]);
    let text = format!(
        r#"{{"schema":"{}","id":{id},"uid":"{uid}","machine":"{}","name":null,"tags":[],"groups":[],"kind":"wrap",
        "argv":["true"],"cwd":null,"exe":null,"terminal":"pty","keep":null,"guard":null,"front":null,"root":null,
        "owner":{{"session":null,"sid":0,"tty_dev":0,"policy":"none"}},"cgroup":null,"marker":"{id}.{uid}",
        "state":"running","grace_ms":1,"on_exit":"end","created_at":"","started_at":null,"owner_died_at":null,
        "exit":null,"restarts":0}}"#,
        job::SCHEMA,
        os::machine_id()
    );
    serde_json::from_str(&text).unwrap()
}

fn names(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.jobs()).unwrap().flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn an_id_is_nobody_elses_from_its_claim_to_its_last_file() {
    let own = Own::new("claim");
    let place = &own.0;
    assert_eq!(claim_id(place).unwrap(), 1);
    assert_eq!(claim_id(place).unwrap(), 2, "a claim");
    assert!(jobs(place).good.is_empty() && jobs(place).findings.is_empty(), "a claim is no record");
    publish_job(place, &job(1)).unwrap();
    assert_eq!(names(place), ["1.json", "2.claim"]);
    assert_eq!(claim_id(place).unwrap(), 3, "a record and a claim");
    // A removal that was cut short: the census is another job's, and must not become the next one's.
    put_members(place, 1, "old").unwrap();
    std::fs::remove_file(place.job(1)).unwrap();
    assert_eq!(claim_id(place).unwrap(), 4, "a census");
    for id in 1..=4 {
        remove_job(place, id);
    }
    assert_eq!(names(place), [""; 0]);
    assert_eq!(claim_id(place).unwrap(), 1);
}

#[test]
fn a_claim_that_a_sweep_took_away_becomes_no_record() {
    let own = Own::new("swept");
    let place = &own.0;
    let id = claim_id(place).unwrap();
    forget_claims(place);
    assert_eq!(names(place), ["1.claim"], "it is young");
    remove_job(place, id);
    assert!(publish_job(place, &job(id)).is_err());
    assert_eq!(names(place), [""; 0]);
}

#[test]
fn what_is_old_and_of_no_record_is_swept_and_what_is_of_one_stays() {
    let own = Own::new("old");
    let place = &own.0;
    claim_id(place).unwrap();
    publish_job(place, &job(1)).unwrap();
    put_job(place, &job(1)).unwrap();
    put_members(place, 1, "text").unwrap();
    // Killed between claim and record, while writing a record anew, and while taking a job away.
    std::fs::write(place.claim(2), "").unwrap();
    std::fs::write(place.job(1).with_extension("new"), "half").unwrap();
    std::fs::create_dir(place.job_dir(4)).unwrap();
    let old = std::time::SystemTime::now() - Duration::from_secs(90);
    for name in names(place) {
        File::open(place.jobs().join(name)).unwrap().set_modified(old).unwrap();
    }
    forget_claims(place);
    assert_eq!(names(place), ["1", "1.json"]);
}

#[test]
fn what_was_said_of_a_job_is_said_of_no_later_one() {
    let own = Own::new("keep");
    let place = &own.0;
    let first = job(1);
    assert_eq!(kept(place, &first), None);
    for on in [true, false, true] {
        put_keep(place, &first, on).unwrap();
        assert_eq!(kept(place, &first), Some(on));
    }
    let (_, mode) = file::owner_and_mode(&place.keep(1)).unwrap();
    assert_eq!(mode & 0o777, 0o600);
    let mut later = job(1);
    later.uid = job::new_uid(2, [7; 10]);
    assert_eq!(kept(place, &later), None, "it has another uid");
    std::fs::write(place.keep(1), format!("{}\nperhaps\n", first.uid)).unwrap();
    assert_eq!(kept(place, &first), None);
    remove_job(place, 1);
    assert_eq!(names(place), [""; 0], "a removal takes it away");
}

#[test]
fn a_log_outlives_its_record_until_it_is_taken_away() {
    let own = Own::new("logs");
    let place = &own.0;
    publish_job(place, &{
        std::fs::write(place.claim(1), "").unwrap();
        job(1)
    })
    .unwrap();
    put_members(place, 1, "somebody").unwrap();
    for name in ["log", "log.idx", "log.1.zst"] {
        std::fs::write(place.job_dir(1).join(name), "x").unwrap();
    }
    remove_job(place, 1);
    assert_eq!(names(place), ["1"]);
    assert_eq!(claim_id(place).unwrap(), 2, "its number is its log's");
    assert_eq!((remove_logs(place, 1), remove_logs(place, 1)), (3, 0));
    assert_eq!(names(place), ["2.claim"]);
}
