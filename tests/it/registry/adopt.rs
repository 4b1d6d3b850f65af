//! `pj add`: who is taken on record and who is refused, and that adoption alone ends nobody.

use super::Loose;
use crate::harness::{Hook, Id, Shell, Term, World, holds};
use crate::stage::{ANY, Stage};
use serde_json::{Value, json};
use std::fs;

/// The record of the only adopted job.
fn record(world: &World) -> (std::path::PathBuf, Value) {
    let job = world.jobs().into_iter().find(|job| job.json["kind"] == "add").expect("an adopted job's record");
    (job.path, job.json)
}

fn rewrite(world: &World, change: impl FnOnce(&mut Value)) {
    let (path, mut json) = record(world);
    change(&mut json);
    fs::write(path, json.to_string()).expect("a record");
}

#[test]
fn adopting_records_who_it_is_and_ends_nobody() {
    let world = World::new();
    let mut one = Loose::start(&world, "one", "brood --only plain,deaf,setsid");
    let (plain, deaf) = (one.roster.ready("plain"), one.roster.ready("deaf"));
    let said = world.pj(&["add", &one.pid(), "--name", "web", "--tag", "a", "--tag", "b", "--group", "g"]).go().code(0);
    assert_eq!(said.text(), format!("Process {} registered with id 1\n", one.pid()));
    let (_, json) = record(&world);
    assert_eq!(
        (json["root"]["pid"].as_i64(), json["root"]["start"].as_u64()),
        (Some(one.id.pid.into()), Some(one.id.start))
    );
    assert_eq!(
        (&json["guard"], &json["front"], &json["owner"]["policy"]),
        (&Value::Null, &Value::Null, &json!("none"))
    );
    // Neither a sweep, nor one for a session that is over, nor the end of a terminal.
    for words in [&[][..], &["-n"], &["--session", "1-1"]] {
        world.sweep(words).go().code(0);
    }
    assert!(one.id.alive() && plain.alive() && deaf.alive(), "adoption has ended somebody");
    world.pj(&["list", "--format", "line"]).go().code(0).says(&format!(
        "[id=1] pid={} name=web alive=true cmd=beast {} brood --only plain,deaf,setsid tags=[a,b] groups=[g]\n",
        one.pid(),
        one.roster.path().display()
    ));
    // It is one process: whoever is below it is not it.
    world.pj(&["stop", "web"]).go().code(0);
    one.ended();
    assert!(plain.alive() && deaf.alive(), "somebody below it was ended");
    assert!(world.jobs().is_empty());
}

#[test]
fn a_tree_ends_with_everything_that_was_below_it() {
    for verb in ["stop", "kill"] {
        let world = World::new();
        let mut one = Loose::start(&world, "one", "brood --only plain,deaf,setsid,daemon");
        let stranger = Loose::start(&world, "other", "plain");
        for kind in ["plain", "deaf", "setsid", "daemon"] {
            one.roster.ready(kind);
        }
        world.pj(&["add", "--tree", &one.pid(), "-q"]).go().code(0).stdout("1\n");
        world.sweep(&[]).go().code(0).silent();
        assert!(one.id.alive());
        world.pj(&[verb, "1"]).go().code(0);
        one.ended();
        // The daemon had left the tree before it was adopted: nothing proves whose it is.
        let left: Vec<String> = one.roster.alive().into_iter().map(|m| m.kind).filter(|k| k != "daemon").collect();
        assert!(left.is_empty(), "{verb} left {left:?}");
        assert!(stranger.id.alive());
    }
}

/// What a tree had below it is proven by the census when its top is gone; what was born beside it is not its own.
#[test]
fn a_tree_whose_top_is_gone_is_still_its_own() {
    let world = World::new();
    let mut one = Loose::start(&world, "one", "brood --only plain,deaf,setsid");
    let below = ["plain", "deaf", "setsid"].map(|kind| one.roster.ready(kind));
    world.pj(&["add", "--tree", &one.pid()]).go().code(0);
    assert!(one.id.kill());
    one.ended();
    world.pj(&["list", "--format", "jsonl"]).go().code(0).says("\"state\":\"lingering\"").says("\"alive\":true");
    world.pj(&["kill", "1"]).go().code(0);
    assert!(below.iter().all(|id| !id.alive()), "the census proves them");
}

#[test]
fn whom_nobody_may_adopt() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let world = &stage.world;
    let shell = stage.term.id();
    let copy = world.path("bin/gpg-agent");
    fs::copy("/bin/sleep", &copy).expect("a copy");
    let (mut daemon, protected) = crate::harness::Run::new(world, copy.to_str().expect("text"), &["60"]).start();
    let above = Id::of(std::process::id().cast_signed()).expect("ourselves");
    let table = [
        ("1".to_owned(), 6, "first process"),
        (above.pid.to_string(), 6, "this runs in it"),
        (shell.pid.to_string(), 6, "the shell of session"),
        (job.guard().pid.to_string(), 6, "the guard of job"),
        (job.front().pid.to_string(), 6, "the guard of job"),
        (protected.pid.to_string(), 6, "it is protected"),
        (beast.pid.to_string(), 6, "on record already as job 1"),
        ("4194399".to_owned(), 3, "no such process"),
        ("0".to_owned(), 2, "0"),
        ("-5".to_owned(), 2, "-5"),
        ("twelve".to_owned(), 2, "twelve"),
    ];
    for (pid, code, why) in table {
        world.pj(&["add", &pid]).go().code(code).says(why);
        assert_eq!(world.jobs().len(), 1, "{pid} is on record");
    }
    let said = world.pj(&["add", "--tree", &above.pid.to_string()]).go().code(6);
    assert!(said.err.contains("hint: "), "{}", said.err);
    protected.kill();
    let _ = daemon.wait();
    beast.kill();
    job.record_gone();
}

/// One that is refused keeps the others off record, too.
#[test]
fn all_of_them_or_none() {
    let world = World::new();
    let one = Loose::start(&world, "one", "plain");
    world.pj(&["add", &one.pid(), "1"]).go().code(6);
    assert!(world.jobs().is_empty());
    assert!(one.id.alive());
}

#[test]
fn who_is_on_record_already_keeps_his_id() {
    let world = World::new();
    let one = Loose::start(&world, "one", "plain");
    let two = Loose::start(&world, "two", "plain");
    world.pj(&["add", &one.pid()]).go().code(0);
    world.pj(&["add", &one.pid()]).go().code(6).says("job 1").says("hint: pj add --or-existing");
    world.pj(&["add", "-q", "--or-existing", &one.pid()]).go().code(0).stdout("1\n");
    let both = world.pj(&["add", "--json", "--or-existing", &one.pid(), &two.pid()]).go().code(0).json();
    let mut found: Vec<_> = both["jobs"].as_array().expect("jobs").clone();
    found.sort_by_key(|job| job["id"].as_u64());
    assert_eq!((&found[0]["existed"], &found[1]["existed"]), (&json!(true), &json!(false)), "{both}");
    assert_eq!(world.jobs().len(), 2);
}

/// Ten at once, from ten processes: ten ids, ten records; and one process is on record once.
#[test]
fn ids_are_never_given_twice() {
    let world = World::new();
    let them: Vec<Loose> = (0..10).map(|n| Loose::start(&world, &format!("n{n}"), "plain")).collect();
    let runs = them.iter().chain(&them).map(|one| world.pj(&["add", "-q", "--or-existing", &one.pid()]));
    let threads: Vec<_> = runs.map(|run| std::thread::spawn(move || run.go().code(0).text())).collect();
    let mut ids: Vec<u64> =
        threads.into_iter().map(|t| t.join().expect("it ends").trim().parse().expect("an id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10, "{ids:?}");
    assert_eq!(world.jobs().len(), 10);
    // What is gone does not give its id to the next.
    world.pj(&["kill", "--all", "*"]).go().code(0);
    let next = Loose::start(&world, "next", "plain");
    let id: u64 = world.pj(&["add", "-q", &next.pid()]).go().code(0).text().trim().parse().expect("an id");
    assert!(id > ids[9], "{id} was given before");
}

#[test]
fn a_name_is_one_living_jobs() {
    let world = World::new();
    let mut one = Loose::start(&world, "one", "plain");
    let mut two = Loose::start(&world, "two", "plain");
    let three = Loose::start(&world, "three", "plain");
    world.pj(&["add", "--name", "web", &one.pid()]).go().code(0);
    world.pj(&["add", "--name", "web", &two.pid()]).go().code(6).says("job 1").says("--replace");
    assert!(one.id.alive());
    world.pj(&["add", "--name", "web", "--replace", &two.pid()]).go().code(0);
    one.ended();
    assert!(two.id.kill());
    two.ended();
    world.pj(&["add", "--name", "web", &three.pid()]).go().code(0);
    world.pj(&["add", "--name", "12", &three.pid()]).go().code(2);
    world.pj(&["add", "--name", "x", &three.pid(), &one.pid()]).go().code(2);
}

/// Given to a session, it ends with that: exactly it, or with a tree what was below it.
#[test]
fn one_that_was_given_to_a_session_ends_with_it() {
    for tree in [false, true] {
        let world = World::new();
        let mut one = Loose::start(&world, "one", "brood --only plain,deaf,setsid");
        let below = ["plain", "deaf", "setsid"].map(|kind| one.roster.ready(kind));
        let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
        let flag = if tree { "--tree" } else { "" };
        assert_eq!(term.run(&format!("pj add --owner session {flag} {}", one.pid())), 0);
        world.sweep(&[]).go().code(0).silent();
        assert!(one.id.alive(), "its session lives");
        let shell = term.id();
        term.close();
        holds("the shell is gone", || !shell.alive());
        world.sweep(&[]).go();
        one.ended();
        assert_eq!(below.iter().any(|id| id.alive()), !tree, "below it, tree: {tree}");
        assert!(world.jobs().is_empty());
    }
    let world = World::new();
    let one = Loose::start(&world, "one", "plain");
    world.pj(&["add", "--owner", "session", &one.pid()]).go().code(3).says("registered session");
}

/// `--keep` is the wish to stay.
#[test]
fn a_kept_one_stays() {
    let world = World::new();
    let one = Loose::start(&world, "one", "plain");
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    assert_eq!(term.run(&format!("pj add --owner session --keep {}", one.pid())), 0);
    let shell = term.id();
    term.close();
    holds("the shell is gone", || !shell.alive());
    world.sweep(&[]).go().code(0);
    assert!(one.id.alive());
}

/// A change to a record that names this process.
type Forge = fn(&mut Value, Id);

/// The file edited so that it names a stranger: another start time, another boot, another namespace, a guard it never had.
#[test]
fn a_record_forged_onto_a_stranger_touches_nobody() {
    const ZERO: &str = "00000000-0000-4000-8000-000000000000";
    let table: [(&str, Forge); 4] = [
        ("start", |json, id| json["root"]["start"] = json!(id.start - 3)),
        ("no inode", |json, id| {
            json["root"]["start"] = json!(id.start - 3);
            json["root"]["ino"] = Value::Null;
        }),
        ("boot", |json, _| json["root"]["boot"] = json!(ZERO)),
        ("guard", |json, id| {
            json["guard"] = json["root"].clone();
            json["guard"]["start"] = json!(id.start - 3);
        }),
    ];
    for (what, forge) in table {
        for tree in [false, true] {
            let world = World::new();
            let mut one = Loose::start(&world, "one", "plain");
            let stranger = Loose::start(&world, "stranger", "plain");
            let flag = if tree { "--tree" } else { "--keep" };
            world.pj(&["add", flag, &one.pid()]).go().code(0);
            assert!(one.id.kill());
            one.ended();
            rewrite(&world, |json| {
                json["root"]["pid"] = json!(stranger.id.pid);
                forge(json, stranger.id);
            });
            if tree {
                // The census too.
                let members = record(&world).0.with_extension("").join("members");
                let text = fs::read_to_string(&members).expect("a census");
                // Never the stranger's own start: two that began in the same tick have the same.
                let real = format!("\n{} {} ", one.id.pid, one.id.start);
                let forged = text.replace(&real, &format!("\n{} {} ", stranger.id.pid, stranger.id.start - 3));
                assert_ne!(text, forged);
                fs::write(&members, forged).expect("a census");
            }
            let listed = world.pj(&["list", "--json"]).go().code(0).json();
            for job in listed["jobs"].as_array().expect("jobs") {
                assert_eq!(job["alive"], json!(false), "{what}: {job}");
            }
            world.pj(&["list", "1", "--alive"]).go().code(3);
            for words in [&["stop", "1"][..], &["kill", "1"], &["kill", "--signal", "KILL", "1"], &["rm", "1"]] {
                world.pj(words).go();
                assert!(stranger.id.alive(), "{what}: {words:?} has ended a stranger");
            }
            world.sweep(&["--all", "--yes"]).go();
            assert!(stranger.id.alive(), "{what}: a sweep has ended a stranger");
        }
    }
}

/// Nobody of it lives: nobody is asked, and the record stays until it is removed.
#[test]
fn one_that_is_gone_is_not_running() {
    let world = World::new();
    let mut one = Loose::start(&world, "one", "plain");
    world.pj(&["add", &one.pid()]).go().code(0);
    assert!(one.id.kill());
    holds("it has ended, and nobody has waited for it", || !one.id.alive());
    // A zombie is dead.
    world.pj(&["list", "1", "--dead"]).go().code(0).says("ended");
    one.ended();
    for words in [&["stop", "1"][..], &["kill", "1"]] {
        world.pj(words).go().code(3).says("not running").says("hint: pj rm 1");
    }
    assert_eq!(world.jobs().len(), 1);
    world.sweep(&[]).go().code(0).silent();
    assert_eq!(world.jobs().len(), 1, "a sweep has nothing to do with it");
}
