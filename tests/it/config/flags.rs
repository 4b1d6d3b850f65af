//! What a flag says over the file: another one, how long to wait, how to list.

use super::write;
use crate::harness::World;
use crate::stage::{ANY, Stage};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Before the verb or after it; instead of the user's own, which does not come back where the other is not there.
#[test]
fn a_flag_names_another_file() {
    let world = World::new();
    write(&world, "[wrap]\ngrace = '1s'\n");
    let (other, none) = (world.path("other.toml"), world.text("none.toml"));
    fs::write(&other, "[wrap]\ngrace = '2s'\n").expect("a file");
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).expect("a mode");
    let named = other.to_str().expect("text");
    for words in [
        &["--config", named, "config", "get", "wrap.grace"][..],
        &["config", "get", "wrap.grace", "--config", named],
        &["config", &format!("--config={named}"), "get", "wrap.grace"],
    ] {
        world.pj(words).go().code(0).stdout("2s\n").stderr("");
    }
    let own = "echo \"$PJ_WRAP_CONFIG$PJ_CONFIG\"; cat \"$XDG_STATE_HOME\"/pj/jobs/*.json";
    for (file, grace, err) in [(named, 2000, ""), (none.as_str(), 5000, "No such file or directory")] {
        let said = world.wrap(&["--config", file, "sh", "-c", own]).go().code(0).says(err).text();
        assert!(said.starts_with('\n') && said.contains(&format!("\"grace_ms\":{grace}")), "{file}: {said}");
    }
    for words in [["--config", &none, "wrap"], ["wrap", "--config", &none]] {
        world.pj(&[&words[..], &["sh", "-c", "exit 7"]].concat()).go().code(7).says("none.toml: No such file");
    }
    fs::write(&other, "[sweep]\nmax_kills = 0\n").expect("a file");
    world.sweep(&["--config", named]).go().code(2).says("other.toml:2");
    world.pj(&["kill", "x", "--config", named]).go().code(2).says("other.toml:2");
    for verb in [&["list"][..], &["kill", "x"], &["config", "show"], &["sweep", "-n"]] {
        world.pj(&[&["--config", &none], verb].concat()).go().code(2).stdout("").says("none.toml: No such file");
    }
    world.sweep(&["-n", "--config", &none]).go().code(2).says("none.toml: No such file");
    world.pj(&["--config", &none, "config", "init"]).go().code(0).says("none.toml");
    world.pj(&["--config", &none, "list"]).go().code(0);
    world.no_guards();
}

/// Before the verb or behind it: rc 7, and the job is still on its way out.
#[test]
fn a_time_to_wait_is_said_on_either_side_of_the_verb() {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("deaf");
    for words in [["--timeout", "50ms", "stop", "subject"], ["stop", "subject", "--timeout", "50ms"]] {
        stage.world.pj(&words).go().code(7).says("it is still ending");
    }
    stage.world.pj(&["kill", "subject"]).go().code(0);
    job.record_gone();
}

/// `--format`, then `--json` and `--columns`, which ask for one, then the variable, the file, a table.
#[test]
fn a_list_is_listed_as_the_file_says_unless_a_flag_does() {
    let mut stage = Stage::set(ANY);
    let (job, _) = stage.start("plain");
    let list = |words: &[&str], variable: &str| {
        let words = [&["list"], words].concat();
        stage.world.pj(&words).env("PJ_OUTPUT_FORMAT", variable).go().code(0).stderr("").text()
    };
    let ids = list(&["--format", "ids"], "");
    write(&stage.world, "[output]\nformat = 'ids'\n");
    assert_eq!(list(&[], ""), ids);
    for (words, variable, begin) in [
        (&[][..], "table", "ID"),
        (&["--format", "jsonl"], "table", "{\"id\""),
        (&["--json"], "", "{"),
        (&["--columns", "name"], "", "NAME"),
    ] {
        let said = list(words, variable);
        assert!(said.starts_with(begin) && said != ids, "{words:?} {variable:?}: {said}");
    }
    stage.world.pj(&["kill", "subject"]).go().code(0);
    job.record_gone();
}
