//! What a port is besides who listens, and what to do about it.

use super::Server;
use crate::harness::{Run, World};
use crate::registry::Loose;
use serde_json::{Value, json};

fn found(world: &World, port: &str) -> Value {
    let all = world.pj(&["port", "diagnose", "--json", port]).go().code(0).stderr("").json();
    assert_eq!(all["schema"], "pj.port.diagnose/1");
    all["ports"][0].clone()
}

#[test]
fn clients_and_states_are_told_beside_the_listener() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "");
    let client = Loose::start(&world, "client", &format!("client to=127.0.0.1:{}", server.port));
    let told = found(&world, &server.port);
    assert_eq!(told["listeners"][0]["pid"], json!(server.pid()));
    assert_eq!(told["states"]["ESTABLISHED"], 1, "not accepted yet, and connected all the same: {told}");
    assert_eq!((&told["clients"][0]["pid"], &told["clients"][0]["name"]), (&json!(client.id.pid), &json!("beast")));
    assert_eq!(told["advice"], format!("pj port {} ends who listens", server.port));
    world
        .pj(&["port", "diagnose", &server.port])
        .go()
        .code(0)
        .stderr("")
        .says("ESTABLISHED")
        .says("so         pj port");
    world.pj(&["port", &server.port]).go().code(0);
    server.loose.ended();
    let told = found(&world, &server.port);
    assert_eq!(told["listeners"], json!([]));
    assert!(client.id.alive());
}

/// A server that closed connections itself leaves them to the kernel for a minute.
#[test]
fn a_port_in_time_wait_is_free_to_who_says_so() {
    let world = World::new();
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = server.local_addr().expect("it is bound");
    let client = std::net::TcpStream::connect(addr).expect("it listens");
    drop(server.accept().expect("a client"));
    drop(client);
    drop(server);
    let port = addr.port().to_string();
    let told = crate::harness::eventually("it is in TIME_WAIT", || {
        let told = found(&world, &port);
        (told["states"]["TIME_WAIT"] == 1).then_some(told)
    });
    assert!(told["advice"].as_str().is_some_and(|text| text.contains("SO_REUSEADDR")), "{told}");
}

/// A redirect is read from `nft`, where that is there; that it is not is told, and one that hangs is not waited for.
#[test]
fn the_packet_filter_is_asked_and_not_waited_for() {
    let world = World::new();
    let rule = r#"{"nftables":[{"rule":{"family":"ip","table":"nat","chain":"pre","expr":[
        {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":4}},{"redirect":{"port":5}}]}}]}"#;
    let script = format!("#!/bin/sh\ncat <<'X'\n{rule}\nX\n");
    world.script("nft", &script);
    let told = found(&world, "4");
    assert_eq!(told["redirects"], json!(["ip nat pre: redirect to port 5"]));
    assert!(told["advice"].as_str().is_some_and(|text| text.contains("packet filter sends it elsewhere")), "{told}");
    world.script("nft", "#!/bin/sh\nexec sleep 100\n");
    let done = world.pj(&["port", "diagnose", "--json", "4"]).go().code(0);
    assert!(done.json()["ports"][0]["unknown"].to_string().contains("nft took longer"));
    world.script("nft", "#!/bin/sh\nexit 1\n");
    assert!(found(&world, "4")["unknown"].to_string().contains("without root"));
}

/// A container's proxy is not the server: its container is what to stop.
#[test]
fn a_containers_proxy_is_named_and_refused() {
    let world = World::new();
    std::fs::copy(crate::harness::world::beast(), world.path("bin/docker-proxy")).expect("a beast of another name");
    let roster = world.bystanders("proxy");
    let (mut child, proxy) = world.sh(&format!("exec docker-proxy {} server", roster.path().display())).start();
    roster.ready("server");
    let port = roster.events("server")[0].clone();
    let told = found(&world, &port);
    assert!(told["containers"][0].as_str().is_some_and(|text| text.ends_with(&format!("publish={port}"))), "{told}");
    let wanted = format!("it passes a container's port on: docker ps --filter publish={port}");
    world.pj(&["port", &port]).go().code(6).says(&wanted);
    assert!(proxy.alive() && proxy.kill());
    let _ = child.wait();
}

#[test]
fn ranges_are_the_kernels() {
    let world = World::new();
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").expect("a range");
    let first = range.split_whitespace().next().expect("a number");
    assert_eq!(found(&world, first)["range"]["is_ephemeral"], true);
    assert_eq!(found(&world, "9")["range"]["is_ephemeral"], false);
    Run::new(&world, "pj", &["port", "diagnose"]).go().code(2);
}
