//! Six cases in which tools that kill by port differ (killport, kill-port, fkill): pj is right in each.

use super::{Network, Server, freed, is_free};
use crate::harness::World;
use crate::registry::Loose;
use serde_json::json;

/// A client's own port is no listener's, and who is connected to a server is not that server.
#[test]
fn a_client_is_never_ended() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "");
    let client = Loose::start(&world, "client", &format!("client to=127.0.0.1:{}", server.port));
    let own = client.roster.events("client")[0].clone();
    let port = freed(world.pj(&["port", "--json", &own]), 0);
    assert_eq!((&port["status"], &port["killed"]), (&json!("free"), &json!([])));
    assert!(client.id.alive() && server.is_alive());
    let port = freed(world.pj(&["port", "--json", &server.port]), 0);
    assert_eq!((&port["status"], &port["killed"]), (&json!("cleaned"), &json!([server.pid()])));
    server.loose.ended();
    assert!(client.id.alive(), "it was connected to the server, and listened nowhere");
    assert!(is_free(&server.port));
}

/// Each by its own word, where both have the same number.
#[test]
fn udp_is_asked_for_by_name() {
    let world = World::new();
    let mut tcp = Server::start(&world, "tcp", "");
    let mut udp = Server::start(&world, "udp", &format!("udp at=127.0.0.1:{}", tcp.port));
    assert_eq!(freed(world.pj(&["port", "--udp", "--json", &tcp.port]), 0)["killed"], json!([udp.pid()]));
    udp.loose.ended();
    assert!(tcp.is_alive());
    assert_eq!(freed(world.pj(&["port", "--udp", "--json", &tcp.port]), 0)["status"], "free");
    assert_eq!(freed(world.pj(&["port", "--json", &tcp.port]), 0)["status"], "cleaned");
    tcp.loose.ended();
    // One who is connected to a peer serves nobody.
    let other = Server::start(&world, "other", "udp");
    let client = Loose::start(&world, "client", &format!("client udp to=127.0.0.1:{}", other.port));
    let own = client.roster.events("client")[0].clone();
    assert_eq!(freed(world.pj(&["port", "--udp", "--json", &own]), 0)["status"], "free");
    assert!(client.id.alive());
    assert_eq!(freed(world.pj(&["port", "--json", &other.port]), 0)["status"], "free", "TCP alone is meant");
    assert!(other.is_alive());
}

/// Asked first, killed when its grace is over, and that is told.
#[test]
fn who_ignores_term_is_killed_after_its_grace() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "deaf");
    let done = world.pj(&["port", "--grace", "300ms", &server.port]).go().code(0);
    assert!(done.took.as_millis() >= 300, "{:?}", done.took);
    let said = format!("pj: port {}: cleaned: ended beast ({}) by KILL\n", server.port, server.pid());
    done.stdout("").stderr(&said);
    server.loose.ended();
    assert!(is_free(&server.port));
}

/// A number is the whole number.
#[test]
fn port_1808_is_not_port_18080() {
    let world = World::new();
    let Some(network) = Network::new(&world, "holder") else { return };
    let mut other = network.start(&world, "other", "server at=0.0.0.0:18080");
    let mut six = network.start(&world, "six", "server at=[::]:1808");
    let port = freed(network.pj(&world, &["port", "--json", "1808"]), 0);
    assert_eq!((&port["status"], &port["killed"]), (&json!("cleaned"), &json!([six.id.pid])));
    six.ended();
    assert_eq!(freed(network.pj(&world, &["port", "--json", "1808"]), 0)["status"], "free");
    assert!(other.id.alive());
    // Nobody named is 8000, all is three of them.
    let mut own = network.start(&world, "own", "server at=0.0.0.0:8000");
    let mut third = network.start(&world, "third", "server at=0.0.0.0:3000");
    network.pj(&world, &["port"]).go().code(0);
    own.ended();
    assert!(third.id.alive());
    network.pj(&world, &["port", "all"]).go().code(0);
    third.ended();
    assert!(other.id.alive());
    let mine = [("PJ_PORT_DEFAULT", "18080")];
    mine.iter().fold(network.pj(&world, &["port"]), |run, (name, value)| run.env(name, value)).go().code(0);
    other.ended();
}

/// The head first; who has it from him only since the port is held still; each is told apart.
#[test]
fn an_inherited_descriptor_keeps_no_port() {
    for (words, heir) in [("heir", "heir"), ("deaf-heir", "deaf-heir")] {
        let world = World::new();
        let mut server = Server::start(&world, "server", words);
        let heir = server.loose.roster.ready(heir);
        let list = world.pj(&["port", "--list", "--json", &server.port]).go().code(0).json();
        assert_eq!(list["listeners"][0]["pid"], json!(server.pid()));
        assert_eq!(list["inheritors"][0]["pid"], json!(heir.pid));
        let port = freed(world.pj(&["port", "--grace", "300ms", "--json", &server.port]), 0);
        assert_eq!(port["status"], "cleaned");
        assert_eq!(port["killed"], json!([server.pid(), heir.pid]));
        assert_eq!(port["listeners"].as_array().expect("listeners").len(), 1, "the head alone: {port}");
        assert!(port["diagnostics"][0].as_str().is_some_and(|text| text.contains("inherited")), "{port}");
        server.loose.ended();
        assert!(is_free(&server.port));
    }
}

#[test]
fn a_port_where_nobody_listens_is_free_and_that_is_no_error() {
    let world = World::new();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        free.local_addr().expect("it is bound").port().to_string()
    };
    world.pj(&["port", &port]).go().code(0).stdout("").stderr(&format!("pj: port {port}: free\n"));
    world.pj(&["port", "-q", &port]).go().code(0).silent();
    let told = freed(world.pj(&["port", "--json", &port]), 0);
    let wanted = json!({
        "port": port.parse::<u16>().expect("a port"), "status": "free", "killed": [], "failed": [], "ghost": [],
        "still_listening": false, "remaining_pids": [], "diagnostics": [], "listeners": []
    });
    assert_eq!(told, wanted);
    assert!(!world.state().join("events.jsonl").exists(), "nobody was ended");
}
