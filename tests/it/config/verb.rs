//! `pj config show|get|set|edit|check|path|init`.

use super::{path, write};
use crate::harness::World;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

#[test]
fn show_names_who_said_it() {
    let world = World::new();
    write(&world, "\n[wrap]\ngrace = '3s'\nauto = ['claude']\n");
    let show = |world: &World, json: bool| {
        let words: &[&str] = if json { &["config", "show", "--json"] } else { &["config", "show"] };
        world.pj(words).env("PJ_PROTECT_ADD", "a,b").go().code(0).stderr("")
    };
    let table = show(&world, false).text();
    for (key, value, origin) in [
        ("wrap.grace", "\"3s\"", "config.toml:3"),
        ("wrap.auto", "[\"claude\"]", "config.toml:4"),
        ("protect.add", "[\"a\", \"b\"]", "PJ_PROTECT_ADD"),
        ("sweep.max_kills", "20", "default"),
        ("sweep.grace", "(each job's own)", "default"),
    ] {
        let line = table.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {table}"));
        assert!(line.contains(value) && line.trim_end().ends_with(origin), "{line}");
    }
    let json = show(&world, true).json();
    assert_eq!(json["schema"], "pj.config/1");
    let row = |key: &str| json["keys"].as_array().expect("keys").iter().find(|row| row["key"] == key).expect("a row");
    assert_eq!((&row("wrap.grace")["origin"], &row("wrap.grace")["line"]), (&"file".into(), &3.into()));
    assert_eq!(
        (&row("protect.add")["origin"], row("protect.add")["value"][1].as_str()),
        (&"variable".into(), Some("b"))
    );
    assert_eq!((&row("sweep.grace")["origin"], row("sweep.grace")["value"].is_null()), (&"default".into(), true));
    assert_eq!(world.pj(&["config", "path"]).go().code(0).text().trim(), path(&world).to_string_lossy());
}

#[test]
fn get_prints_what_set_has_written() {
    let world = World::new();
    for (key, words, got) in [
        ("wrap.grace", &["8s"][..], "8s\n"),
        ("wrap.auto", &["claude", "codex"], "claude,codex\n"),
        ("wrap.direct", &["true"], "true\n"),
        ("sweep.max_kills", &["7"], "7\n"),
        ("log.max_size", &["500KB"], "500KB\n"),
        ("log.keep", &["0"], "0\n"),
        ("attach.detach", &["^A"], "^A\n"),
    ] {
        let set = [&["config", "set", key][..], words].concat();
        world.pj(&set).go().code(0).silent();
        world.pj(&["config", "get", key]).go().code(0).stdout(got).stderr("");
        world.pj(&["config", "set", key, "--default"]).go().code(0).silent();
    }
    world.pj(&["config", "get", "wrap.grace"]).go().code(3).stdout("").says("default: 5s");
    world.pj(&["config", "get", "sweep.max_kills"]).go().code(0).stdout("20\n");
    world.pj(&["config", "set", "wrap.grace", "1s"]).env("PJ_WRAP_GRACE", "2s").go().code(0).says("PJ_WRAP_GRACE");
}

#[test]
fn what_is_refused_leaves_every_byte() {
    let world = World::new();
    let text = "# mine\n[wrap]\ngrace = '3s' # why\n";
    let file = write(&world, text);
    for (words, word) in [
        (&["set", "wrap.grase", "1s"][..], "no key wrap.grase; the nearest is wrap.grace"),
        (&["get", "grace"], "the nearest is wrap.grace"),
        (&["set", "wrap.grace", "soon"], "takes a time"),
        (&["set", "wrap.auto", "cd"], "'cd' cannot be wrapped"),
        (&["set", "output.color", "red"], "pj config set output.color never"),
        (&["set", "log.max_size", "1KiB"], "takes a size from 65536 bytes on"),
        (&["set", "log.retention", "11y"], "3650 days"),
        (&["set", "attach.detach", "x"], "pj config set attach.detach ^A"),
        (&["set", "outputs.format", "ids"], "the nearest is output.format"),
        (&["set", "wrap.grace"], "VALUE"),
    ] {
        world.pj(&[&["config"], words].concat()).go().code(2).stdout("").says(word);
    }
    world.pj(&["config", "init"]).go().code(1).says("it is there already");
    assert_eq!(fs::read_to_string(&file).expect("the file"), text);
    write(&world, "[wrap\n");
    world.pj(&["config", "set", "wrap.grace", "1s"]).go().code(2).says("config.toml:1");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "[wrap\n");
}

/// A dotfile that is a link stays one; mode and comments stay; nothing is left beside it.
#[test]
fn a_set_replaces_the_file_where_it_really_is() {
    let world = World::new();
    let link = path(&world);
    let real = world.path("dotfiles.toml");
    fs::write(&real, "# mine\n[wrap]\ngrace = '3s' # why\n").expect("a file");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    fs::create_dir_all(link.parent().expect("a directory")).expect("a directory");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    world.pj(&["config", "set", "wrap.grace", "4s"]).go().code(0).silent();
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("the file"), "# mine\n[wrap]\ngrace = \"4s\" # why\n");
    assert_eq!(fs::metadata(&real).expect("the file").mode() & 0o777, 0o640);
    let beside = |of: &std::path::Path| {
        let dir = fs::read_dir(of.parent().expect("a directory")).expect("a directory");
        dir.flatten().filter(|one| one.file_name().to_string_lossy().starts_with(".config.")).count()
    };
    assert_eq!((beside(&link), beside(&real)), (0, 0));
    fs::remove_file(&link).expect("the link");
    world.pj(&["config", "init"]).go().code(0).says("wrote ");
    assert_eq!(fs::metadata(&link).expect("the file").mode() & 0o777, 0o600);
    world.pj(&["config", "check"]).go().code(0).stdout("");
    fs::remove_file(&link).expect("the file");
    std::os::unix::fs::symlink("/no/such/file", &link).expect("a link");
    world.pj(&["config", "set", "wrap.grace", "4s"]).go().code(1).says("leads nowhere");
}

#[test]
fn an_edit_is_checked_before_it_replaces() {
    let world = World::new();
    let before = "[wrap]\ngrace = '3s'\n";
    let file = write(&world, before);
    world
        .script("editor", "#!/bin/sh\n[ \"$1\" = \"--flag\" ] && [ -n \"$NEW\" ] || exit 4\nprintf \"$NEW\" >\"$2\"\n");
    for (new, code, says, after) in [
        ("[wrap]\\ngrase = 1\\n", 2, ":2: there is no key wrap.grase; the nearest is wrap.grace", before),
        ("[wrap]\\ngrace = '3s'\\n", 0, "nothing has been changed", before),
        ("", 1, "editor --flag failed", before),
        ("[wrap]\\ngrace = '9s'\\n", 0, "", "[wrap]\ngrace = '9s'\n"),
    ] {
        let run = world.pj(&["config", "edit"]).env("EDITOR", "false").env("VISUAL", "editor --flag").env("NEW", new);
        run.go().code(code).stdout("").says(says);
        assert_eq!(fs::read_to_string(&file).expect("the file"), after, "{new:?}");
    }
    let kept = fs::read_dir(file.parent().expect("a directory")).expect("a directory").flatten();
    let kept: Vec<_> = kept.filter(|one| one.file_name().to_string_lossy().starts_with(".config.")).collect();
    assert_eq!(kept.len(), 1, "what was wrong is kept, nothing else: {kept:?}");
    assert!(fs::read_to_string(kept[0].path()).expect("the copy").contains("grase"));
}

/// Whether all is understood, and what to type where it is not.
#[test]
fn doctor_says_whether_the_settings_are_understood() {
    let world = World::new();
    let line = |code: i32, grace: &str| {
        let said = world.pj(&["doctor", "--json"]).env("PJ_WRAP_GRACE", grace).go().code(code).stderr("").json();
        let checks = said["checks"].as_array().expect("checks");
        let check = checks.iter().find(|check| check["name"] == "config").expect("a check");
        format!("{} {} {}", check["holds"], check["says"], check["hint"]).replace('"', "")
    };
    let found = line(0, "");
    assert!(found.starts_with("yes no file, all defaults (") && found.ends_with(") null"), "{found}");
    let file = write(&world, "[wrap]\ngrace = '3s'\n");
    assert_eq!(line(0, ""), format!("yes {}: all of it is understood null", file.display()));
    let found = line(1, "soon");
    assert!(
        found.starts_with("broken cannot use PJ_WRAP_GRACE: ") && found.ends_with("unset PJ_WRAP_GRACE"),
        "{found}"
    );
    write(&world, "[wrap]\ngrase = '3s'\n");
    let found = line(1, "soon");
    for word in ["config.toml:2: there is no key wrap.grase", "and 1 more; nobody is ended", " pj config edit"] {
        assert!(found.contains(word), "{found}");
    }
}
