//! `:PORT`: the job of which somebody listens there, for every verb; and what is said where nobody's does.

use super::Loose;
use crate::harness::{Roster, World, holds};
use crate::stage::{ANY, Stage};

/// The port of the listener that announced itself there.
fn port(roster: &Roster) -> String {
    roster.ready("listener");
    format!(":{}", roster.events("listener")[0])
}

fn ids(world: &World, word: &str) -> String {
    world.pj(&["list", "--format", "ids", word]).go().code(0).stderr("").text().trim_end().to_owned()
}

/// The command itself, and one that has left everything but the job: session, parent, group.
#[test]
fn a_port_names_the_job_that_listens_there() {
    for how in ["exec beast {} listener", "beast {} listener daemon; exec beast {} plain"] {
        let stage = Stage::set(ANY);
        let script = stage.world.script("serve", &how.replace("{}", &stage.roster.path().display().to_string()));
        stage.term.line(&format!("pj-wrap --name subject {}", script.display()));
        let port = port(&stage.roster);
        let (job, world) = (stage.world.job("subject"), &stage.world);
        assert_eq!(ids(world, &port), job.id().to_string(), "{how}");
        // Who is connected to it has a port too, and does not listen there.
        let client = std::net::TcpStream::connect(format!("127.0.0.1{port}")).expect("it listens");
        let other = format!(":{}", client.local_addr().expect("it is bound").port());
        world
            .pj(&["list", &other])
            .go()
            .code(3)
            .stdout("")
            .stderr(&format!("pj: no job matches {other}\nhint: pj list\n"));
        world.pj(&["ping", &port]).go().code(0);
        world.pj(&["tag", &port, "+served"]).go().code(0);
        world.pj(&["list", &port, "+served"]).go().code(0);
        world.pj(&["list", &port, "+other"]).go().code(3);
        world.pj(&["stop", &port]).go().code(0);
        stage.roster.gone();
        job.record_gone();
        world.pj(&["stop", &port]).go().code(3);
    }
}

/// An adopted process alone is its own; of a tree, who was below it still is when the process has gone.
#[test]
fn an_adopted_job_listens_by_whoever_is_its_own() {
    for (flags, alone) in [(&["--tree"][..], "1"), (&[], "")] {
        let world = World::new();
        let (roster, root) = (world.bystanders("one"), world.bystanders("root"));
        let (one, above) = (roster.path().display(), root.path().display());
        let (mut child, id) = world.sh(&format!("beast {one} listener & exec beast {above} plain")).start();
        root.ready("plain");
        let port = port(&roster);
        let pid = id.pid.to_string();
        world.pj(&[&["add", &pid], flags].concat()).go().code(0);
        let found = |wanted: &str| {
            let done = world.pj(&["list", "--format", "ids", &port]).go().code(if wanted.is_empty() { 3 } else { 0 });
            assert_eq!(String::from_utf8_lossy(&done.out).trim_end(), wanted, "{flags:?}");
        };
        found(alone);
        assert!(id.kill());
        let _ = child.wait();
        found(alone);
        assert!(roster.ready("listener").kill());
        holds("nobody listens", || world.pj(&["list", &port]).go().status.code() == Some(3));
    }
    let world = World::new();
    let one = Loose::start(&world, "one", "listener");
    world.pj(&["add", &one.pid(), "--name", "web"]).go().code(0);
    assert_eq!(ids(&world, &port(&one.roster)), "1");
}

/// Nothing is done, and it is said who stands in the way.
#[test]
fn a_port_that_is_no_jobs_says_whose_it_is() {
    let world = World::new();
    let (one, other) = (Loose::start(&world, "one", "listener"), Loose::start(&world, "other", "plain"));
    world.pj(&["add", &other.pid()]).go().code(0);
    let port = port(&one.roster);
    for verb in ["list", "stop", "kill", "rm", "ping"] {
        let said = format!("process {} (beast) listens on port {}, which is no job's", one.pid(), &port[1..]);
        world
            .pj(&[verb, &port])
            .go()
            .code(3)
            .stdout("")
            .stderr(&format!("pj: no job matches {port}: {said}\nhint: pj why {}\n", one.pid()));
    }
    assert!(one.id.alive());
    // A port that a job listens on, and something else that it is not: it is no stranger's.
    world.pj(&["add", &one.pid()]).go().code(0);
    world
        .pj(&["list", &port, "+nobody"])
        .go()
        .code(3)
        .stderr(&format!("pj: no job matches {port} +nobody\nhint: pj list\n"));
}
