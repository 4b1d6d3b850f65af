//! `pj config import proc-janitor`, and what `pj config` makes of rules.

use crate::harness::World;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const THEIRS: &str = "scan_interval = 5\ngrace_period = 30\nsigterm_timeout = 5\n\
    targets = ['node.*claude', 'claude', 'python.*-m\\s+http']\nwhitelist = ['node.*server', 'pm2']\n\
    [logging]\nenabled = true\npath = '/x'\nretention_days = 7\n";

fn put(world: &World, name: &str, text: &str) -> std::path::PathBuf {
    let path = world.home().join(".config").join(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    path
}

#[test]
fn what_proc_janitor_was_told_is_taken_over_made_safe_and_comments_stay() {
    let world = World::new();
    world.pj(&["config", "import", "proc-janitor"]).go().code(3).says("No such file");
    world.pj(&["config", "import", "pm2"]).go().code(2);
    put(&world, "proc-janitor/config.toml", THEIRS);
    let before = "# mine\n[protect] # p\nadd = ['a'] # b\n# end\n";
    let own = put(&world, "pj/config.toml", before);
    let said = world.pj(&["config", "import", "proc-janitor"]).go().code(5);
    for word in [
        "target 'node.*claude': unsafe",
        "it became exe 'node', argv '(.*[/@-])?(claude)([-/.].*)?'",
        "target 'python.*-m\\s+http': unsafe, and not taken over",
        "whitelist 'node.*server': not taken over",
        "whitelist 'pm2': now in protect.add",
        "only report",
    ] {
        assert!(said.text().contains(word), "{word}: {}", said.text());
    }
    let after = fs::read_to_string(&own).expect("the file");
    for kept in ["# mine", "[protect] # p", "# b", "# end", "[[strays.rule]]", "kill = false"] {
        assert!(after.contains(kept), "{kept}: {after}");
    }
    world.pj(&["config", "check"]).go().code(0);
    let shown = world.pj(&["config", "show", "--json"]).go().code(0).json();
    let rules = shown["rules"].as_array().expect("rules");
    assert!(rules.len() == 3 && rules.iter().all(|rule| rule["kill"] == false), "{shown}");
    world
        .pj(&["config", "show"])
        .go()
        .code(0)
        .says("strays.rule proc-janitor claude")
        .says("exe claude, orphan, report");
    world.pj(&["config", "get", "protect.add"]).go().code(0).stdout("a,pm2\n");
    // Once more changes nothing.
    world.pj(&["config", "import", "proc-janitor"]).go().code(5).says("is there already");
    assert_eq!(fs::read_to_string(&own).expect("the file"), after);
    // From another file, into none; what is wrong is not written over.
    let other = put(&world, "theirs.toml", "targets = ['claude']\n");
    fs::remove_file(&own).expect("the file");
    world.pj(&["config", "import", "proc-janitor", other.to_str().expect("a path")]).go().code(0);
    world.pj(&["config", "check"]).go().code(0);
    put(&world, "pj/config.toml", "[[strays.rule]]\n");
    world.pj(&["config", "import", "proc-janitor"]).go().code(2).says("config.toml:1: ");
    for (text, code) in [("targets = 1\n", 2), ("targets = [\n", 2), ("", 0)] {
        put(&world, "pj/config.toml", "");
        put(&world, "theirs.toml", text);
        world.pj(&["config", "import", "proc-janitor", other.to_str().expect("a path")]).go().code(code);
    }
}

#[test]
fn rules_are_changed_in_the_file_and_other_settings_beside_them() {
    let world = World::new();
    let own = put(&world, "pj/config.toml", "[[strays.rule]] # r\nexe = 'x' # c\n");
    for verb in [&["get", "strays.rule"][..], &["set", "strays.rule", "x"], &["set", "strays.rule.exe", "x"]] {
        world.pj(&[&["config"][..], verb].concat()).go().code(2).says("[[strays.rule]]").says("hint: pj config edit");
    }
    world.pj(&["config", "set", "strays.grace", "3s"]).go().code(0);
    let text = fs::read_to_string(&own).expect("the file");
    assert!(text.contains("[[strays.rule]] # r\nexe = 'x' # c\n") && text.contains("grace = \"3s\""), "{text}");
    world.pj(&["config", "get", "strays.grace"]).go().code(0).stdout("3s\n");
    fs::remove_file(&own).expect("the file");
    world.pj(&["config", "init"]).go().code(0);
    world.pj(&["config", "check"]).go().code(0);
    assert!(fs::read_to_string(&own).expect("the file").contains("# [[strays.rule]]"));
}
