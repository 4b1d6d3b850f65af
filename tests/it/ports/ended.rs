//! Who is ended by which words, and what is written about it.

use super::{Server, called, freed};
use crate::harness::World;
use serde_json::{Value, json};

#[test]
fn a_dry_run_tells_and_ends_nobody() {
    let world = World::new();
    let server = Server::start(&world, "server", "");
    let (port, pid) = (&server.port, server.pid());
    let said = format!("pj: port {port}: would be cleaned: would end beast ({pid})\n");
    world.pj(&["port", "-n", port]).go().code(0).stdout("").stderr(&said);
    let told = freed(world.pj(&["port", "--dry-run", "--json", port]), 0);
    assert_eq!((&told["status"], &told["still_listening"]), (&json!("cleaned"), &json!(true)));
    assert_eq!((&told["killed"], &told["remaining_pids"]), (&json!([pid]), &json!([pid])));
    assert!(server.is_alive());
    assert!(!world.state().join("events.jsonl").exists());
}

#[test]
fn whom_it_ended_is_an_event_with_the_socket_as_its_proof() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "");
    world.pj(&["port", &server.port]).go().code(0);
    server.loose.ended();
    let text = std::fs::read_to_string(world.state().join("events.jsonl")).expect("events");
    let event: Value = serde_json::from_str(text.lines().next().expect("one")).expect("JSON");
    let audit = &event["audit"];
    assert_eq!(
        (&event["kind"], &audit["by"], &audit["pid"]),
        (&json!("port.freed"), &json!("port"), &json!(server.pid()))
    );
    assert_eq!((&audit["signal"], &audit["result"]), (&json!("TERM"), &json!("ended")));
    assert_eq!(audit["rule"], format!("port {}", server.port));
    let proof = audit["proof"].as_str().expect("a proof");
    assert!(proof.starts_with("holds the listening socket (inode "), "{proof}");
    assert!(audit["command"].as_str().is_some_and(|line| line.contains("server")), "{audit}");
    assert!(audit["freed"].as_u64().is_some_and(|bytes| bytes > 0), "{audit}");
}

#[test]
fn what_is_no_port_is_wrong_usage_and_a_bad_config_ends_nobody() {
    let world = World::new();
    let server = Server::start(&world, "server", "");
    for word in ["0", "65536", "80a", "-1", "", "every"] {
        world.pj(&["port", "--", word]).go().code(2);
    }
    world.pj(&["port", "--list", "--force", &server.port]).go().code(2);
    world.pj(&["port", &server.port]).env("PJ_PORT_GRACE", "soon").go().code(2);
    assert!(server.is_alive());
    // The same number as a selector has it.
    world.pj(&["port", &format!(":{}", server.port)]).go().code(0);
    assert!(!server.is_alive());
}

/// A protected program, and one that is marked: only with a word more.
#[test]
fn who_is_protected_is_left_alone_without_force() {
    let world = World::new();
    called(&world, "ssh-agent");
    let roster = world.bystanders("agent");
    let (mut child, agent) = world.sh(&format!("exec ssh-agent {} server", roster.path().display())).start();
    roster.ready("server");
    let port = roster.events("server")[0].clone();
    let refused = freed(world.pj(&["port", "--json", &port]), 6);
    assert_eq!((&refused["status"], &refused["killed"]), (&json!("refused"), &json!([])));
    let said = format!(
        "pj: port {port}: refused; ssh-agent ({}) is left alone: it is protected: ssh-agent serves other terminals\n\
         hint: pj port --force {port}\n",
        agent.pid
    );
    world.pj(&["port", &port]).go().code(6).stdout("").stderr(&said);
    assert!(agent.alive());
    assert_eq!(freed(world.pj(&["port", "--force", "--json", &port]), 0)["killed"], json!([agent.pid]));
    let _ = child.wait();

    // What the user put under guard himself is protected by no name.
    let roster = world.roster("job");
    world.pj(&["run", "--", "ssh-agent", &roster.path().display().to_string(), "server"]).go().code(0);
    roster.ready("server");
    world.pj(&["port", &roster.events("server")[0]]).go().code(0);
    roster.gone();

    let roster = world.bystanders("kept");
    let (mut child, kept) =
        world.sh(&format!("exec beast {} server", roster.path().display())).env("PJ_KEEP", "1").start();
    roster.ready("server");
    let port = roster.events("server")[0].clone();
    assert_eq!(freed(world.pj(&["port", "--json", &port]), 6)["status"], "refused");
    assert!(kept.alive());
    world.pj(&["port", "--force", &port]).go().code(0);
    let _ = child.wait();
}

/// Where one who shares the port may not be ended, nobody is: it would not be free.
#[test]
fn one_who_is_refused_saves_the_others_of_his_port_and_of_no_other() {
    let world = World::new();
    let mut other = Server::start(&world, "other", "");
    let one = Server::start(&world, "one", "reuse");
    let roster = world.bystanders("kept");
    let at = format!("exec beast {} server reuse at=127.0.0.1:{}", roster.path().display(), one.port);
    let (_child, kept) = world.sh(&at).env("PJ_KEEP", "1").start();
    roster.ready("server");
    let all = world.pj(&["port", "--json", &one.port, &other.port]).go().code(6).json();
    assert_eq!((&all["ports"][0]["status"], &all["ports"][1]["status"]), (&json!("refused"), &json!("cleaned")));
    other.loose.ended();
    assert!(one.is_alive() && kept.alive());
    assert!(kept.kill());
}

/// He who has the socket from another keeps the port as well as that one does.
#[test]
fn an_heir_who_is_refused_saves_the_one_he_has_it_from() {
    let world = World::new();
    let mut server = Server::start(&world, "server", "kept-heir");
    let heir = server.loose.roster.ready("plain");
    let port = freed(world.pj(&["port", "--json", &server.port]), 6);
    assert_eq!((&port["status"], &port["killed"]), (&json!("refused"), &json!([])));
    assert!(port["diagnostics"][0].as_str().is_some_and(|why| why.contains(&format!("({})", heir.pid))), "{port}");
    assert!(server.is_alive() && heir.alive());
    assert_eq!(freed(world.pj(&["port", "--force", "--json", &server.port]), 0)["status"], "cleaned");
    server.loose.ended();
    assert!(!heir.alive());
}

/// Ourselves, and who started us, whatever is said.
#[test]
fn nobody_ends_who_asks() {
    let world = World::new();
    let script = "import socket,subprocess,sys\ns=socket.socket();s.bind(('127.0.0.1',0));s.listen()\n\
                  sys.exit(subprocess.call(['pj','port','--force',str(s.getsockname()[1])]))";
    if !crate::harness::needs("python3") {
        return;
    }
    let real = real_python(&world);
    crate::harness::Run::new(&world, &real, &["-c", script]).go().code(6).says("this command runs below it");
}

/// Not a shim that needs a home of its own.
fn real_python(world: &World) -> String {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let ask =
        crate::harness::Run::new(world, "python3", &["-c", "import sys; print(sys.executable)"]).env("HOME", home);
    String::from_utf8(ask.go().code(0).out).expect("a path").trim_end().to_owned()
}
