//! `pj-sweep`: finishes what no guard can any more, says why, and touches nothing that a record does not prove.

use crate::harness::{Cell, Hook, Id, Job, Mode, Roster, Shell, Term, World, cmd, holds};
use crate::stage::{ANY, Stage};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A job whose front and guard were killed; the shell and its terminal live. Direct, since the kernel hangs up the
/// job's own terminal when its guard dies, and nobody but the sweep shall end anybody here.
fn abandoned() -> (Stage, Job) {
    let mut stage = Stage::set(Cell { mode: Mode::Direct, ..ANY });
    let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon");
    stage.kill_both(&job);
    (stage, job)
}

/// Somebody with no part in anything, and a record on disk that names him.
fn stranger(world: &World) -> (Id, Roster) {
    let roster = world.bystanders("stranger");
    let path = roster.path().to_string_lossy().into_owned();
    world.sh(&format!("exec beast {path} plain")).start();
    (roster.ready("plain"), roster)
}

/// A copy of a real record under another number, changed; its file.
fn forge(world: &World, real: &Job, number: u64, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut json = real.json.clone();
    json["id"] = json!(number);
    json["name"] = json!("forged");
    json["marker"] = json!(format!("{number}.{}", json["uid"].as_str().expect("a uid")));
    change(&mut json);
    write(world, number, json.to_string().as_bytes())
}

fn write(world: &World, number: u64, bytes: &[u8]) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = world.state().join("jobs").join(format!("{number}.json"));
    fs::write(&path, bytes).expect("a record");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("0600");
    path
}

fn set_identity(json: &mut Value, field: &str, id: Id) {
    json[field]["pid"] = json!(id.pid);
    json[field]["start"] = json!(id.start);
}

#[test]
fn nothing_to_do_is_silent() {
    let world = World::new();
    world.sweep(&[]).go().code(0).silent();
    assert!(!world.state().exists(), "and leaves no trace");
    world.sweep(&["-n"]).go().code(0);
    let term = Term::shell(&world, Shell::Bash, Hook::Yes);
    world.sweep(&[]).go().code(0).silent();
    assert!(term.id().alive());
}

/// A job with living guards is nobody else's business.
#[test]
fn a_living_job_is_left_alone() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    stage.world.sweep(&[]).go().code(0).silent();
    assert!(beast.alive() && job.guards().len() == 2);
    beast.kill();
    stage.world.no_guards();
    job.record_gone();
}

#[test]
fn a_dry_run_ends_nobody_and_names_the_rule() {
    let (stage, job) = abandoned();
    let before = stage.roster.alive();
    let done = stage.world.sweep(&["-n"]).go();
    assert_eq!(stage.roster.alive(), before, "somebody was ended");
    let text = done.text();
    assert!(text.contains("subject") && text.contains("guards-gone"), "the job and the rule are named: {text}");
    let table = stage.world.sweep(&["-n", "--json"]).go().json();
    assert!(table.to_string().contains("guards-gone"), "{table}");
    assert!(job.path.exists());
    stage.world.sweep(&[]).go().code(0);
    stage.roster.gone();
}

#[test]
fn two_at_once() {
    let (stage, _) = abandoned();
    let run = stage.world.sweep(&[]);
    let first = std::thread::spawn(move || run.go());
    holds("the first one has begun", || !stage.roster.ready("plain").alive());
    let second = stage.world.sweep(&[]).go().code(0);
    assert!(!second.text().is_empty(), "the second one says that another works");
    first.join().expect("the first one ends").code(0);
    stage.roster.gone();
}

/// Whoever has the lock and is stopped keeps every later sweep from its work: the next one continues him.
#[test]
fn one_that_was_stopped_at_work() {
    let (stage, _) = abandoned();
    let (mut child, first) = stage.world.sweep(&[]).start();
    holds("the first one has begun", || !stage.roster.ready("plain").alive());
    assert!(first.signal(libc::SIGSTOP));
    holds("it is stopped", || first.state() == Some('T'));
    assert!(stage.roster.ready("deaf").alive(), "it had not ended yet");
    let second = stage.world.sweep(&[]).go().code(0);
    assert!(second.text().contains("was stopped, and goes on now"), "{}", second.text());
    assert!(cmd::wait(&mut child, "the first one").success());
    stage.roster.gone();
}

/// Orphans do not come to pid 1 on every machine: a service manager or a container's init adopts them.
#[test]
fn orphans_that_somebody_adopts() {
    let world = World::new();
    let term = Term::command(&world, &["beast", "-", "adopter", "sh"]);
    let roster = world.roster("roster");
    term.line(&format!("pj-wrap --name subject --grace 1s beast {} brood", roster.path().display()));
    roster.ready("brood");
    let stage = Stage { term, roster, cell: ANY, world };
    let job = stage.world.job("subject");
    stage.kill_both(&job);
    // As a timer of that service manager does it: the adopter is above the sweep, too.
    stage.term.type_("pj-sweep\n");
    stage.roster.gone();
    job.record_gone();
}

/// For exit and close hooks: that session is over, whatever it looks like.
#[test]
fn a_session_named_as_over() {
    let mut stage = Stage::set(ANY);
    let other = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
    let untouched = stage.world.bystanders("other");
    other.line(&format!("pj-wrap --name other beast {} deaf", untouched.path().display()));
    let bystander = untouched.ready("deaf");
    let (job, _) = stage.start("brood --only plain,deaf,setsid");
    let shell = stage.term.id();
    stage.world.sweep(&["--session", &format!("{}-{}", shell.pid, shell.start)]).go().code(0);
    stage.roster.gone();
    job.record_gone();
    assert!(shell.alive() && bystander.alive());
    assert_eq!(stage.term.run("true"), 0);
}

/// What cannot be read is told, and left as it is; a quiet sweep tells it once a day.
#[test]
fn records_that_cannot_be_trusted() {
    use std::os::unix::fs::chown;
    let (stage, job) = abandoned();
    let world = &stage.world;
    let (stranger, _roster) = stranger(world);
    let whole = serde_json::to_vec(&job.json).expect("text");
    let truncated = write(world, 901, &whole[..whole.len() / 2]);
    let newer = forge(world, &job, 902, |json| {
        json["schema"] = json!("pj.job/99");
        set_identity(json, "root", stranger);
    });
    let mut bad = vec![truncated, newer];
    let foreign = forge(world, &job, 903, |json| set_identity(json, "root", stranger));
    if chown(&foreign, Some(54321), None).is_ok() {
        bad.push(foreign);
    } else {
        fs::remove_file(foreign).expect("our own file");
    }
    let before: Vec<Vec<u8>> = bad.iter().map(|path| fs::read(path).expect("a record")).collect();
    let done = world.sweep(&[]).go().code(5);
    for path in &bad {
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(done.text().contains(&*name), "{name} is not named: {}", done.text());
    }
    stage.roster.gone();
    let after: Vec<Vec<u8>> = bad.iter().map(|path| fs::read(path).expect("still there")).collect();
    assert_eq!(before, after, "a bad record was rewritten");
    assert!(stranger.alive(), "a stranger was signalled");
    let second = world.sweep(&["-q"]).go();
    assert!(second.text().is_empty(), "told twice in a day: {}", second.text());
    assert_eq!(fs::read(&bad[0]).expect("still there"), before[0]);
}

/// A record that is whole, ours, and names a stranger's pid with another start time, in every place it can.
#[test]
fn a_record_forged_onto_a_stranger() {
    let (stage, job) = abandoned();
    let (stranger, _roster) = stranger(&stage.world);
    let wrong = Id { start: stranger.start.wrapping_sub(3), ..stranger };
    forge(&stage.world, &job, 901, |json| {
        for field in ["front", "guard", "root"] {
            set_identity(json, field, wrong);
        }
    });
    let members = fs::read_to_string(job.dir().join("members")).expect("a census");
    let dir = stage.world.state().join("jobs/901");
    fs::create_dir(&dir).expect("a directory");
    let line = members.lines().nth(1).expect("a member").to_owned();
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    (words[0], words[1], words[2]) = (wrong.pid.to_string(), wrong.start.to_string(), "0".to_owned());
    let head = members.lines().next().expect("a head");
    fs::write(dir.join("members"), format!("{head}\n{}\n", words.join(" "))).expect("a census");
    stage.world.sweep(&[]).go();
    stage.roster.gone();
    assert!(stranger.alive(), "a stranger was signalled");
}

/// Same machine, other boot: pruned without a word, and nobody is signalled, even where pid and start time fit.
#[test]
fn records_of_another_boot() {
    let (stage, job) = abandoned();
    let (stranger, _roster) = stranger(&stage.world);
    let forged = forge(&stage.world, &job, 901, |json| {
        for field in ["front", "guard", "root"] {
            set_identity(json, field, stranger);
            json[field]["boot"] = json!("00000000-0000-4000-8000-000000000000");
        }
        if let Some(owner) = json["owner"]["session"].as_object_mut() {
            owner.insert("boot".to_owned(), json!("00000000-0000-4000-8000-000000000000"));
        }
    });
    stage.world.sweep(&[]).go().code(0).never_says("forged").never_says("901");
    stage.roster.gone();
    assert!(stranger.alive(), "a stranger was signalled");
    holds("the record is pruned", || !forged.exists());
}

/// Another pid namespace is not ours to judge.
#[test]
fn records_of_another_namespace() {
    let (stage, job) = abandoned();
    let (stranger, _roster) = stranger(&stage.world);
    let forged = forge(&stage.world, &job, 901, |json| {
        for field in ["front", "guard", "root"] {
            set_identity(json, field, stranger);
            json[field]["ns"] = json!(1);
        }
    });
    stage.world.sweep(&[]).go();
    stage.roster.gone();
    assert!(stranger.alive() && forged.exists());
}

/// `keep` is the wish to stay, guards or not.
#[test]
fn a_kept_job_stays() {
    let world = World::new();
    let roster = world.bystanders("kept");
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    term.line(&format!("pj-wrap --keep --name kept beast {} deaf", roster.path().display()));
    let beast = roster.ready("deaf");
    let job = world.job("kept");
    assert!(job.json["keep"].is_string(), "{}", job.json["keep"]);
    job.kill_guards();
    world.sweep(&[]).go();
    term.close();
    world.sweep(&[]).go();
    assert!(beast.alive());
}

/// Without a guard a kept job goes on; asked to end, it ends wholly, not as soon as the command has.
#[test]
fn a_kept_job_without_a_guard_ends_when_asked() {
    let world = World::new();
    let roster = world.roster("kept");
    let term = Term::shell(&world, Shell::Bash, Hook::Yes);
    let brood = format!("beast {} brood --only plain,deaf,setsid", roster.path().display());
    term.line(&format!("pj-wrap --direct --keep --grace 300ms --name kept {brood}"));
    roster.ready("brood");
    let (all, job) = (roster.steady().len(), world.job("kept"));
    assert!(job.guard().kill());
    holds("the guard is gone, and nobody else", || job.guards().len() == 1 && roster.alive().len() == all);
    assert!(job.front().signal(libc::SIGTERM));
    roster.gone();
    job.record_gone();
}

/// A job started under nohup is kept, and the record says why.
#[test]
fn nohup_is_keep() {
    let world = World::new();
    let roster = world.bystanders("kept");
    let mut term = Term::shell(&world, Shell::Bash, Hook::Yes);
    term.line(&format!(
        "nohup pj-wrap --name kept beast {} deaf > {} 2>&1",
        roster.path().display(),
        world.text("out")
    ));
    let (beast, job) = (roster.ready("deaf"), world.job("kept"));
    assert!(job.json["keep"].as_str().is_some_and(|why| why.contains("nohup")), "{}", job.json["keep"]);
    let shell = term.id();
    term.close();
    holds("the shell is gone", || !shell.alive());
    world.sweep(&[]).go();
    assert!(!beast.gone_within(std::time::Duration::from_millis(400)), "nohup means to stay");
}
