//! Who listens where, and for which job and session; nobody is ended.

use super::Server;
use crate::harness::World;
use crate::registry::Loose;
use crate::stage::{ANY, Stage};
use serde_json::json;

#[test]
fn a_list_tells_job_and_session_of_each_listener() {
    let stage = Stage::set(ANY);
    let roster = stage.roster.path().display().to_string();
    stage.term.line(&format!("pj-wrap --name subject beast {roster} server heir"));
    let (server, heir) = (stage.roster.ready("server"), stage.roster.ready("heir"));
    let port = stage.roster.events("server")[0].clone();
    let (world, shell) = (&stage.world, stage.term.id());
    let list = world.pj(&["port", "--list", "--json", &port]).go().code(0).stderr("").json();
    let (listener, inherited) = (&list["listeners"][0], &list["inheritors"][0]);
    assert_eq!(list["schema"], "pj.port.list/1");
    assert_eq!((&listener["pid"], &listener["job"]), (&json!(server.pid), &json!(1)));
    assert_eq!(listener["session"], format!("{}-{}", shell.pid, shell.start));
    assert_eq!((&inherited["pid"], &inherited["job"]), (&json!(heir.pid), &json!(1)));
    let text = String::from_utf8(world.pj(&["port", "--list", &port]).go().code(0).out).expect("text");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["PROTO", "ADDRESS", "PORT", "PID", "FROM", "JOB", "SESSION", "COMMAND"]);
    assert_eq!(rows[1][..4], ["tcp", "127.0.0.1", &port, &server.pid.to_string()]);
    assert_eq!(rows[2][3..5], [heir.pid.to_string(), server.pid.to_string()]);
    assert!(server.alive() && heir.alive());
    world.pj(&["stop", "subject"]).go().code(0);
    stage.roster.gone();
}

/// All of them where none is named; UDP by its own word; clients never.
#[test]
fn a_list_is_of_what_is_asked_for() {
    let world = World::new();
    let (one, two) = (Server::start(&world, "one", ""), Server::start(&world, "two", "at=[::1]:0"));
    let udp = Server::start(&world, "udp", "udp");
    let client = Loose::start(&world, "client", &format!("client to=127.0.0.1:{}", one.port));
    let own = client.roster.events("client")[0].clone();
    let listed = |words: &[&str]| -> Vec<i64> {
        let list = world.pj(&[&["port", "--list", "--json"], words].concat()).go().code(0).json();
        list["listeners"].as_array().expect("listeners").iter().filter_map(|row| row["pid"].as_i64()).collect()
    };
    assert_eq!(listed(&[&one.port]), [one.pid()]);
    assert_eq!(listed(&[&one.port, &two.port]).len(), 2);
    let all = listed(&[]);
    assert!(all.contains(&one.pid()) && all.contains(&two.pid()) && !all.contains(&udp.pid()));
    assert!(listed(&["--udp"]).contains(&udp.pid()));
    assert_eq!(listed(&[&own]), [0i64; 0]);
    world.pj(&["port", "--list", &own]).go().code(0).stdout("").stderr("pj: nobody listens there\n");
}
