//! `pj list`: every selector, every format, columns and order; and `--watch`.

use super::Loose;
use crate::harness::{World, holds};
use serde_json::Value;
use std::fs;
use std::process::Stdio;

/// Three adopted processes, the third of which has ended: ids 1 to 3.
fn three(world: &World) -> [Loose; 3] {
    let mut them = ["one", "two", "three"].map(|name| Loose::start(world, name, "plain"));
    let flags: [&[&str]; 3] = [
        &["--name", "web", "--tag", "a", "--tag", "b", "--group", "g"],
        &["--name", "web-2", "--tag", "a", "--group", "g", "--group", "h"],
        &["--name", "api", "--tag", "7"],
    ];
    for (one, flags) in them.iter().zip(flags) {
        world.pj(&[&["add", &one.pid()], flags].concat()).go().code(0);
    }
    assert!(them[2].id.kill());
    them[2].ended();
    them
}

/// Different kinds AND, repeats of one kind OR; of `-all` flags all.
#[test]
fn selectors_and_flags_say_the_same_for_every_verb() {
    let world = World::new();
    let them = three(&world);
    let (pid, by_pid) = (them[1].pid(), format!("pid:{}", them[1].pid()));
    let table: &[(&[&str], &str)] = &[
        (&[], "1 2 3"),
        (&["2"], "2"),
        (&["2", "web"], "1 2"),
        (&["--id", "2", "--name", "web"], "1 2"),
        (&["web*"], "1 2"),
        (&["--name", "web*"], "1 2"),
        (&["+a"], "1 2"),
        (&["+b", "+7"], "1 3"),
        (&["--tag", "b", "--tag", "7"], "1 3"),
        (&["--tag-all", "a", "--tag-all", "b"], "1"),
        (&["%h"], "2"),
        (&["%g", "+b"], "1"),
        (&["--group", "g", "--tag", "a"], "1 2"),
        (&["--group-all", "g", "--group-all", "h"], "2"),
        (&[&by_pid], "2"),
        (&["--pid", &pid], "2"),
        (&["/two.roster plain$/"], "2"),
        (&["/^api$/"], "3"),
        (&["--search", "one.roster"], "1"),
        (&["--match", "^web"], "1 2"),
        (&["--match", "^api$", "--match", "one.roster plain$"], "1 3"),
        (&["--match", "^web", "/two/"], "1 2"),
        (&["--state", "running"], "1 2"),
        (&["--state", "ended"], "3"),
        (&["--state", "ended", "--state", "running"], "1 2 3"),
        (&["--state", "lost"], ""),
        (&["--state", "running", "web-2"], "2"),
        (&["--alive"], "1 2"),
        (&["--dead"], "3"),
        (&["web*", "--dead"], ""),
        (&["+nobody"], ""),
        (&["@self"], ""),
    ];
    for (words, wanted) in table {
        let code = if wanted.is_empty() { 3 } else { 0 };
        let done = world.pj(&[&["list", "--format", "ids"], *words].concat()).go().code(code);
        let ids: Vec<String> = String::from_utf8_lossy(&done.out).lines().map(str::to_owned).collect();
        assert_eq!(ids.join(" "), *wanted, "{words:?}");
        // A writing verb means the same by them, and several need a word.
        let several = wanted.contains(' ');
        let done = world.pj(&[&["kill", "--signal", "WINCH"], *words].concat()).go();
        let code = if words.is_empty() {
            2
        } else if several {
            4
        } else {
            code
        };
        if *wanted != "3" {
            done.code(code);
        }
    }
    for bad in ["/(/", ":0", ":x", "pid:x", "+", "%", "@"] {
        world.pj(&["list", bad]).go().code(2).stdout("");
    }
    for bad in [["--alive", "--dead"], ["--state", "nonsense"], ["--match", "("]] {
        world.pj(&[&["list"][..], &bad].concat()).go().code(2).stdout("");
    }
}

#[test]
fn every_format_says_the_same_jobs() {
    let world = World::new();
    let them = three(&world);
    let roster = |at: usize| them[at].roster.path().display().to_string();
    let line = |at: usize, rest: &str, labels: &str| {
        format!("[id={}] pid={} {rest} cmd=beast {} plain {labels}\n", at + 1, them[at].pid(), roster(at))
    };
    let lines = [
        line(0, "name=web alive=true", "tags=[a,b] groups=[g]"),
        line(1, "name=web-2 alive=true", "tags=[a] groups=[g,h]"),
        line(2, "name=api alive=false", "tags=[7] groups=[]"),
    ];
    world.pj(&["list", "--format", "line"]).go().code(0).stdout(&lines.concat()).stderr("");
    world.pj(&["list", "--format", "ids"]).go().code(0).stdout("1\n2\n3\n").stderr("");
    let whole = world.pj(&["list", "--format", "json"]).go().code(0).json();
    assert_eq!(whole, world.pj(&["list", "--json"]).go().code(0).json());
    assert_eq!(whole["schema"], "pj.list/1");
    let each = world.pj(&["list", "--format", "jsonl"]).go().code(0).text();
    let each: Vec<Value> = each.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(whole["jobs"], Value::Array(each.clone()));
    assert_eq!(
        (&each[0]["kind"], &each[0]["guard"], &each[2]["state"]),
        (&"add".into(), &Value::Null, &"ended".into())
    );
    let rows = "id\tname\talive\ttags\tkeep\n1\tweb\tyes\ta,b\t\n2\tweb-2\tyes\ta\t\n3\tapi\tno\t7\t\n";
    world.pj(&["list", "--format", "tsv", "--columns", "id,name,alive,tags,keep"]).go().code(0).stdout(rows).stderr("");
    let whole = world.pj(&["list", "--format", "tsv"]).go().code(0).text();
    assert!(whole.lines().count() == 4 && whole.lines().all(|l| l.split('\t').count() == 12), "{whole}");
    // Nobody's name: a dash, as ever.
    let nameless = Loose::start(&world, "four", "plain");
    world.pj(&["add", &nameless.pid()]).go().code(0);
    world.pj(&["list", "4", "--format", "line"]).go().code(0).says(" name=- alive=true ").says(" tags=[] groups=[]\n");
}

#[test]
fn columns_and_order() {
    let world = World::new();
    let them = three(&world);
    let table = world.pj(&["list", "--columns", "name,tags,alive,id"]).go().code(0);
    let text = String::from_utf8_lossy(&table.out).into_owned();
    let words: Vec<Vec<&str>> = text.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["NAME", "TAGS", "ALIVE", "ID"]);
    assert_eq!(words[1..], [["web", "a,b", "yes", "1"], ["web-2", "a", "yes", "2"], ["api", "7", "no", "3"]]);
    for (order, wanted) in [
        ("id", "1 2 3"),
        ("-id", "3 2 1"),
        ("name", "3 1 2"),
        ("-state", "1 2 3"),
        ("alive", "3 1 2"),
        ("command", "1 3 2"),
    ] {
        let ids = world.pj(&["list", "--format", "ids", "--sort", order]).go().code(0).text();
        assert_eq!(ids.split_whitespace().collect::<Vec<_>>().join(" "), wanted, "by {order}");
    }
    let mut pids: Vec<(i32, u64)> = them.iter().zip(1..).map(|(one, id)| (one.id.pid, id)).collect();
    pids.sort_unstable();
    let wanted: Vec<String> = pids.iter().map(|(_, id)| id.to_string()).collect();
    let ids = world.pj(&["list", "--format", "ids", "--sort", "pid"]).go().code(0).text();
    assert_eq!(ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), wanted);
    for bad in [&["--columns", "nonsense"][..], &["--sort", "nonsense"], &["--format", "nonsense"]] {
        world.pj(&[&["list"], bad].concat()).go().code(2).stdout("");
    }
}

/// Says it anew when something has changed, and ends when nobody reads it.
#[test]
fn a_watched_list_tells_what_changes() {
    let world = World::new();
    let mut one = Loose::start(&world, "one", "plain");
    world.pj(&["add", &one.pid(), "--name", "web"]).go().code(0);
    let path = world.path("watched");
    let mut run = world.pj(&["list", "--watch", "--format", "line"]);
    let out = fs::File::create(&path).expect("a file");
    let mut child = run.command.stdin(Stdio::null()).stdout(out).stderr(Stdio::null()).spawn().expect("it starts");
    let text = || fs::read_to_string(&path).unwrap_or_default();
    holds("it tells what is there", || text().contains("alive=true"));
    assert!(one.id.kill());
    one.ended();
    holds("it tells what has changed", || text().contains("alive=false"));
    assert_eq!(text().lines().count(), 2, "{}", text());
    let id = crate::harness::Id::of(child.id().cast_signed()).expect("a child");
    assert!(id.alive() && id.kill());
    let _ = child.wait();
    world.sh("pj list --watch --format line | head -n1").go().code(0).says("name=web").stderr("");
}

/// What other people's argv holds prints inert in each format.
#[test]
fn hostile_text_is_inert_in_every_format() {
    let world = World::new();
    let roster = world.bystanders("one");
    let (mut child, id) = world
        .sh(&format!("exec beast {} plain \"$(printf '\\033[31mred\\nnext\\007')\"", roster.path().display()))
        .start();
    roster.ready("plain");
    world.pj(&["add", &id.pid.to_string()]).go().code(0);
    for format in ["table", "line", "json", "jsonl", "tsv"] {
        let done = world.pj(&["list", "--format", format]).go().code(0);
        assert!(!done.out.iter().any(|b| matches!(b, 0x1b | 7)), "{format}: {:?}", done.text());
        let lines = String::from_utf8_lossy(&done.out).lines().count();
        assert!(
            format == "json" || lines == if matches!(format, "table" | "tsv") { 2 } else { 1 },
            "{format}: {:?}",
            done.text()
        );
    }
    id.kill();
    let _ = child.wait();
}
