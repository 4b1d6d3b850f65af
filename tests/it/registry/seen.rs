//! `last_seen`: noted by whoever looks, at most now and then, and never at the cost of the look.

use super::Loose;
use crate::harness::World;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

fn listed(world: &World) -> Vec<Value> {
    world.pj(&["list", "--json"]).go().code(0).stderr("").json()["jobs"].as_array().expect("jobs").clone()
}

fn note(world: &World) -> Value {
    serde_json::from_slice(&fs::read(world.state().join("seen")).expect("a note")).expect("JSON")
}

#[test]
fn a_look_at_a_living_job_is_noted_and_a_second_one_is_not() {
    let world = World::new();
    let mut them = ["one", "two"].map(|name| Loose::start(&world, name, "plain"));
    for one in &them {
        world.pj(&["add", &one.pid()]).go().code(0);
    }
    let path = world.state().join("seen");
    // Who is not asked about is not looked at.
    world.pj(&["list", "1"]).go().code(0);
    let first = fs::metadata(&path).expect("a note");
    assert_eq!((first.mode() & 0o777, note(&world)["schema"].as_str()), (0o600, Some("pj.seen/1")));
    assert_eq!(note(&world)["jobs"].as_object().map(|all| all.len()), Some(1));
    let both = listed(&world);
    let second = fs::metadata(&path).expect("a note").ino();
    assert!(both.iter().all(|job| job["last_seen"].is_string()) && second != first.ino());
    assert_eq!(listed(&world), both);
    world.pj(&["list", "--columns", "id,last_seen"]).go().code(0).says(both[1]["last_seen"].as_str().expect("a date"));
    assert_eq!(fs::metadata(&path).expect("a note").ino(), second, "it was written again");
    // A minute ago; one has ended since.
    let mut old = note(&world);
    let noted = old["jobs"].as_object_mut().expect("jobs");
    noted.values_mut().for_each(|at| *at = json!(at.as_u64().expect("a time") - 60_000));
    fs::write(&path, old.to_string()).expect("a note");
    assert!(them[0].id.kill());
    them[0].ended();
    let after = listed(&world);
    assert!(after[0]["last_seen"].as_str() < both[0]["last_seen"].as_str(), "{after:?}");
    assert!(after[1]["last_seen"].as_str() >= both[1]["last_seen"].as_str(), "{after:?}");
    // Forgotten is forgotten.
    world.pj(&["rm", "1"]).go().code(0);
    fs::write(&path, old.to_string()).expect("a note");
    listed(&world);
    assert_eq!(note(&world)["jobs"].as_object().map(|all| all.len()), Some(1));
}

/// A broken note is begun anew, one that another writes is left to him, and where nothing can be written nothing is.
#[test]
fn a_note_that_cannot_be_had_costs_nothing_else() {
    let world = World::new();
    let one = Loose::start(&world, "one", "plain");
    world.pj(&["add", &one.pid()]).go().code(0);
    let (path, beside) = (world.state().join("seen"), world.state().join("seen.new"));
    fs::write(&path, "{\"schema\":\"pj.seen/2\"").expect("a broken note");
    fs::write(&beside, "half").expect("another's");
    assert_eq!(listed(&world)[0]["last_seen"].as_str().map(str::len), Some("2026-01-01T10:00:00Z".len()));
    assert_eq!(fs::read_to_string(&beside).expect("another's"), "half");
    fs::remove_file(&beside).expect("another's");
    listed(&world);
    assert_eq!(note(&world)["jobs"].as_object().map(|all| all.len()), Some(1));
    fs::remove_file(&path).expect("a note");
    let mode = |mode| fs::set_permissions(world.state(), fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o500);
    let job = &listed(&world)[0];
    assert_eq!((&job["alive"], job["last_seen"].is_string()), (&json!(true), true));
    mode(0o700);
}
