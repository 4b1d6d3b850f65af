//! npm's kill-port by its words, and the commands that agents are given.

use super::Server;
use crate::harness::World;
use std::path::Path;

#[test]
fn kill_ports_words_mean_the_same_ports() {
    let world = World::new();
    let udp_word = ["--method", "udp"];
    for words in [&["A", "B"][..], &["A,B"], &["--port", "A,B"], &["-p", "A", "-p", "B"], &["--port=A", "--port", "B"]]
    {
        let (mut a, mut b) = (Server::start(&world, "a", ""), Server::start(&world, "b", ""));
        let put = |word: &&str| word.replace('A', &a.port).replace('B', &b.port);
        let words: Vec<String> = words.iter().map(put).collect();
        let words: Vec<&str> = std::iter::once("kill-port").chain(words.iter().map(String::as_str)).collect();
        world.pj(&words).go().code(0);
        a.loose.ended();
        b.loose.ended();
    }
    let mut udp = Server::start(&world, "udp", "udp");
    world.pj(&["kill-port", &udp.port]).go().code(0);
    assert!(udp.is_alive(), "TCP is meant where nothing is said");
    world.pj(&[&["kill-port", &udp.port], &udp_word[..]].concat()).go().code(0);
    udp.loose.ended();
    for wrong in [&["kill-port"][..], &["kill-port", "web"], &["kill-port", "-m", "sctp", "1"]] {
        world.pj(wrong).go().code(2);
    }
}

/// What a port named by the flag says about other words: they are not looked at, as there.
#[test]
fn a_flag_names_the_ports_alone() {
    let world = World::new();
    let (mut a, b) = (Server::start(&world, "a", ""), Server::start(&world, "b", ""));
    world.pj(&["kill-port", "--port", &a.port, &b.port]).go().code(0);
    a.loose.ended();
    assert!(b.is_alive());
}

fn contrib(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Claude Code's: a frontmatter that allows `pj port` and nothing else, and a body that passes the words on.
#[test]
fn claudes_command_may_run_pj_port_and_nothing_else() {
    let text = contrib(".claude/commands/kill-port.md");
    let (head, body) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("a frontmatter");
    let of = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).map(str::trim);
    assert_eq!(of("allowed-tools"), Some("Bash(pj port:*)"));
    assert!(of("description").is_some_and(|text| !text.is_empty()) && of("argument-hint").is_some());
    let commands: Vec<&str> = body.split("!`").skip(1).filter_map(|rest| rest.split('`').next()).collect();
    assert!(!commands.is_empty() && commands.iter().all(|line| line.starts_with("pj port ")), "{commands:?}");
    assert!(body.contains("$ARGUMENTS"));
    assert!(!body.contains("--force $"), "whoever is refused is told, not forced");
}

/// Gemini's: TOML with a prompt; its shell parts are `pj port`.
#[test]
fn geminis_command_is_toml_and_runs_pj_port() {
    let text = contrib(".gemini/commands/kill-port.toml");
    let doc: toml_edit::DocumentMut = text.parse().expect("TOML");
    let prompt = doc["prompt"].as_str().expect("a prompt");
    assert!(doc["description"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(doc.iter().all(|(key, _)| key == "prompt" || key == "description"));
    let commands: Vec<&str> = prompt.split("!{").skip(1).filter_map(|rest| rest.split("}\n").next()).collect();
    assert_eq!(commands, ["pj port --list"], "there {{args}} would be quoted as one word");
    assert!(prompt.contains("`pj port --json {{args}}`"));
}
