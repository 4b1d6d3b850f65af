//! Listeners whose holders cannot be seen, or are no business of ours: other users', other namespaces', a service
//! manager's.

use super::{Network, Server, freed};
use crate::harness::{Run, World, needs, shells};
use serde_json::json;

/// Another user sees that somebody listens, and who made it, and no more.
#[test]
fn another_users_listener_is_a_ghost() {
    if !needs("setpriv") || !nix::unistd::geteuid().is_root() {
        shells::skip("only root may become somebody else");
        return;
    }
    let world = World::new();
    let mut server = Server::start(&world, "server", "");
    // Our directories are closed to others: it gets a copy of its own, and no records.
    let pj = std::env::temp_dir().join(format!("pj-of-nobody-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_pj"), &pj).expect("a copy");
    let words = ["--reuid=65534", "--regid=65534", "--clear-groups", &pj.display().to_string(), "port", "--json"];
    let ask = |last: &[&str]| {
        let mut run = Run::new(&world, "setpriv", &[&words[..], last].concat());
        run.command.current_dir("/").env("HOME", "/nonexistent").env("XDG_STATE_HOME", "/nonexistent");
        run.command.env("XDG_RUNTIME_DIR", "/nonexistent").env("TMPDIR", "/tmp");
        run
    };
    let port = freed(ask(&[&server.port]), 6);
    assert_eq!((&port["status"], &port["killed"]), (&json!("ghost"), &json!([])));
    assert_eq!((&port["still_listening"], &port["remaining_pids"]), (&json!(true), &json!([])));
    let ghost = &port["ghost"][0];
    assert_eq!((&ghost["local_addr"], &ghost["proto"]), (&json!("127.0.0.1"), &json!("tcp")));
    assert!(ghost["reason"].as_str().is_some_and(|why| why.starts_with("user 0 made it")), "{ghost}");
    assert_eq!(port["listeners"][0]["pid"], json!(null));
    let list = ask(&["--list", &server.port]).go().code(0).json();
    assert_eq!(list["ghosts"][0]["local_addr"], "127.0.0.1");
    std::fs::remove_file(&pj).expect("our copy");
    assert!(server.is_alive());
    // Root sees all.
    world.pj(&["port", &server.port]).go().code(0);
    server.loose.ended();
}

/// A socket on its way from one to another: the kernel alone has it.
#[test]
fn what_no_process_holds_is_a_ghost() {
    use std::os::fd::AsRawFd;
    let world = World::new();
    let (one, _two) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = socket.local_addr().expect("it is bound").port().to_string();
    let fds = [socket.as_raw_fd()];
    let message = [nix::sys::socket::ControlMessage::ScmRights(&fds)];
    let text = [std::io::IoSlice::new(b"x")];
    let flags = nix::sys::socket::MsgFlags::empty();
    nix::sys::socket::sendmsg::<()>(one.as_raw_fd(), &text, &message, flags, None).expect("it is sent");
    drop(socket);
    let told = freed(world.pj(&["port", "--json", &port]), 6);
    assert_eq!(told["status"], "ghost");
    assert!(told["ghost"][0]["reason"].as_str().is_some_and(|why| why.contains("on its way")), "{told}");
}

/// Another network namespace's port of the same number is another port.
#[test]
fn another_network_namespace_is_not_touched() {
    let world = World::new();
    let Some(network) = Network::new(&world, "holder") else { return };
    let mut ours = Server::start(&world, "ours", "");
    let theirs = network.start(&world, "theirs", &format!("server at=0.0.0.0:{}", ours.port));
    let told = freed(world.pj(&["port", "--json", &ours.port]), 0);
    assert_eq!(told["killed"], json!([ours.pid()]));
    ours.loose.ended();
    assert!(theirs.id.alive());
    assert_eq!(freed(world.pj(&["port", "--json", &ours.port]), 0)["status"], "free");
    let found = world.pj(&["port", "diagnose", "--json", &ours.port]).go().code(0).json();
    let elsewhere = &found["ports"][0]["namespaces"][0];
    assert_eq!(elsewhere["addresses"], json!([format!("0.0.0.0:{}", ours.port)]));
    assert!(theirs.id.alive());
}

/// A service manager that listens for a unit is never ended: its unit is what to stop.
#[test]
fn a_service_managers_socket_names_its_unit() {
    let world = World::new();
    let path = world.path("bin/systemd");
    std::fs::copy(crate::harness::world::beast(), path).expect("a beast of another name");
    let roster = world.bystanders("manager");
    let (mut child, manager) = world.sh(&format!("exec systemd {} server", roster.path().display())).start();
    roster.ready("server");
    let port = roster.events("server")[0].clone();
    let units = world.home().join(".config/systemd/user");
    std::fs::create_dir_all(&units).expect("a directory");
    std::fs::write(units.join("web.socket"), format!("[Socket]\nListenStream=127.0.0.1:{port}\n")).expect("a unit");
    for words in [&["port", "--json", &port][..], &["port", "--json", "--force", &port]] {
        let told = freed(world.pj(words), 6);
        assert_eq!(told["status"], "refused");
        assert!(told["diagnostics"].to_string().contains("web.socket: systemctl --user stop web.socket"), "{told}");
    }
    let found = world.pj(&["port", "diagnose", "--json", &port]).go().code(0).json();
    assert_eq!(found["ports"][0]["units"][0]["name"], "web.socket");
    assert!(manager.alive() && manager.kill());
    let _ = child.wait();
}
