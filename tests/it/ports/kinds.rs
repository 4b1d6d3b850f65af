//! Servers as they are: of v6 alone or of both, sharing a port, with workers, started again and again, slow to end.

use super::{Server, freed, is_free, stuck};
use crate::harness::{World, eventually, holds};
use crate::registry::Loose;
use serde_json::json;

#[test]
fn v6_alone_and_both_at_once_are_freed() {
    let world = World::new();
    for (n, (words, addr)) in
        [("at=[::1]:0", "::1"), ("dual at=[::]:0", "::"), ("at=0.0.0.0:0", "0.0.0.0")].into_iter().enumerate()
    {
        let mut server = Server::start(&world, &format!("server{n}"), words);
        let port = freed(world.pj(&["port", "--json", &server.port]), 0);
        assert_eq!(port["status"], "cleaned", "{words}");
        let l = &port["listeners"][0];
        assert_eq!((&l["proto"], &l["local_addr"]), (&json!("tcp"), &json!(addr)));
        assert_eq!(l["pid"], json!(server.pid()));
        let keys: Vec<&String> = l.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["cmd", "job", "local_addr", "local_port", "pid", "proto", "session"]);
        server.loose.ended();
    }
}

/// A server that forked its workers before: they are its own, and go after it.
#[test]
fn workers_go_after_the_one_who_forked_them() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "workers=3");
    let all = || server.loose.roster.members();
    holds("all are in place", || all().len() == 4);
    let list = world.pj(&["port", "--list", "--json", &server.port]).go().code(0).json();
    assert_eq!(list["inheritors"].as_array().map(Vec::len), Some(3));
    let port = freed(world.pj(&["port", "--json", &server.port]), 0);
    let killed = port["killed"].as_array().expect("pids");
    assert_eq!((killed.len(), &killed[0]), (4, &json!(server.pid())), "{port}");
    server.loose.roster.gone();
    server.loose.ended();
    assert!(is_free(&server.port));
}

/// Two programs on one port, v4 and v6 on one number: all of them go.
#[test]
fn all_who_share_a_port_are_ended() {
    let world = World::new();
    let mut one = Server::start(&world, "one", "reuse");
    let mut two = Server::start(&world, "two", &format!("reuse at=127.0.0.1:{}", one.port));
    let mut six = Server::start(&world, "six", &format!("at=[::1]:{}", one.port));
    let port = freed(world.pj(&["port", "--json", &one.port]), 0);
    let mut wanted = [one.pid(), two.pid(), six.pid()];
    wanted.sort_unstable();
    assert_eq!((&port["status"], &port["killed"]), (&json!("cleaned"), &json!(wanted)));
    [&mut one, &mut two, &mut six].into_iter().for_each(|server| server.loose.ended());
    assert!(is_free(&one.port));
}

/// Who has closed the socket is not pursued: it may be busy with what it still owes to others.
#[test]
fn who_lets_go_of_the_port_is_not_killed() {
    let world = World::new();
    let server = Server::start(&world, "server", "lets-go");
    let port = freed(world.pj(&["port", "--grace", "200ms", "--json", &server.port]), 0);
    assert_eq!((&port["status"], &port["killed"]), (&json!("cleaned"), &json!([])));
    assert!(port["diagnostics"][0].as_str().is_some_and(|text| text.contains("let go")), "{port}");
    assert!(server.is_alive() && server.loose.roster.happened("server", "closed"));
    assert!(is_free(&server.port));
}

/// Who comes back is not fought: it is told who starts him.
#[test]
fn a_server_that_is_started_again_is_stuck_and_its_supervisor_named() {
    let world = World::new();
    let addr = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        free.local_addr().expect("it is bound").to_string()
    };
    let supervisor = Loose::start(&world, "supervisor", &format!("supervisor at={addr}"));
    let first = supervisor.roster.ready("server");
    let (_, number) = addr.rsplit_once(':').expect("a port");
    let port = stuck(&world, number);
    assert_eq!(port["still_listening"], true);
    assert!(!first.alive() && supervisor.id.alive());
    let told = port["diagnostics"].to_string();
    let wanted = format!("has taken it again, started by beast ({}): end that first", supervisor.pid());
    assert!(told.contains(&wanted), "{told}");
    let again = port["remaining_pids"][0].as_i64().expect("somebody is there again");
    assert_ne!(json!([again]), port["killed"]);
    assert!(supervisor.id.kill());
    holds("nobody starts it any more", || !supervisor.id.alive());
    world.pj(&["port", number]).go().code(0);
    assert!(is_free(number));
}

/// The same beside another port, on which somebody stays: nobody has looked away from the first one for that.
#[test]
fn a_server_that_is_started_again_is_waited_for_beside_a_port_that_is_refused() {
    let world = World::new();
    let kept = world.bystanders("kept");
    let words = format!("exec beast {} server", kept.path().display());
    let (_child, stays) = world.sh(&words).env("PJ_KEEP", "1").start();
    kept.ready("server");
    let other = kept.events("server")[0].clone();
    let addr = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        free.local_addr().expect("it is bound").to_string()
    };
    let again = world.bystanders("again");
    let server = format!("beast {} server at={addr}", again.path().display());
    // Not in the instant in which the last one has ended: a first look finds nobody.
    let (_child, supervisor) = world.sh(&format!("while :; do {server}; sleep 0.05; done")).start();
    again.ready("server");
    let (_, number) = addr.rsplit_once(':').expect("a port");
    eventually("it is taken again in a moment", || {
        let told = world.pj(&["port", "--json", number, &other]).go().json();
        assert_eq!(told["ports"][1]["status"], "refused");
        (told["ports"][0]["status"] == "stuck").then_some(())
    });
    assert!(supervisor.kill() && stays.kill());
    holds("nobody starts it any more", || !supervisor.alive());
    world.pj(&["port", number]).go().code(0);
}

/// Only what was there when it was looked: the time is over while the grace is not.
#[test]
fn a_timeout_before_the_grace_kills_nobody() {
    let world = World::new();
    let server = Server::start(&world, "server", "deaf");
    let port = freed(world.pj(&["port", "--timeout", "200ms", "--grace", "1m", "--json", &server.port]), 7);
    assert_eq!((&port["status"], &port["failed"]), (&json!("stuck"), &json!([server.pid()])));
    assert_eq!(port["remaining_pids"], json!([server.pid()]));
    assert!(server.is_alive());
}
