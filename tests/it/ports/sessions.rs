//! Whose port is not to be taken: what belongs to a session that lives is that session's (N11), and who runs in a job
//! reaches no further than `pj stop` does.

use super::{Server, freed};
use crate::harness::{World, holds};
use crate::stage::{ANY, Stage};
use serde_json::json;

/// A server typed at a registered shell, wrapped or not.
#[test]
fn a_listener_of_a_live_session_is_refused_to_others_and_not_to_its_own() {
    for wrap in ["", "pj-wrap --name web "] {
        let mut stage = Stage::set(ANY);
        let roster = stage.world.bystanders("web");
        let serve = format!("{wrap}beast {} server &", roster.path().display());
        stage.term.line(&serve);
        let server = roster.ready("server");
        let port = roster.events("server")[0].clone();
        let world = &stage.world;
        let shell = stage.term.id();
        let key = format!("{}-{}", shell.pid, shell.start);
        let refused = freed(world.pj(&["port", "--json", &port]), 6);
        assert_eq!((&refused["status"], &refused["killed"]), (&json!("refused"), &json!([])), "{wrap}");
        assert_eq!(refused["listeners"][0]["session"], json!(key));
        let job = if wrap.is_empty() { json!(null) } else { json!(1) };
        assert_eq!(refused["listeners"][0]["job"], job);
        let said = world.pj(&["port", &port]).go().code(6).says(&format!("it belongs to session {key}, which lives"));
        said.says(&format!("hint: pj port --force {port}"));
        assert!(server.alive());
        // Whoever owns it may.
        assert_eq!(stage.term.run(&format!("pj port {port}")), 0);
        holds("it is gone", || !server.alive());
    }
}

#[test]
fn a_listener_of_a_live_session_is_ended_by_force() {
    let stage = Stage::set(ANY);
    let roster = stage.world.bystanders("web");
    stage.term.line(&format!("beast {} server &", roster.path().display()));
    let server = roster.ready("server");
    let port = roster.events("server")[0].clone();
    stage.world.pj(&["port", "--force", &port]).go().code(0);
    holds("it is gone", || !server.alive());
    assert!(stage.term.id().alive());
}

/// What is left of a session that is over is nobody's: that is what a port is mostly held by.
#[test]
fn what_a_dead_session_left_behind_is_ended() {
    let mut stage = Stage::set(ANY);
    let roster = stage.world.bystanders("web");
    stage.term.line(&format!("(setsid beast {} server deaf &)", roster.path().display()));
    let server = roster.ready("server");
    let port = roster.events("server")[0].clone();
    stage.term.close();
    let _ = stage.term.wait();
    assert!(server.alive());
    let told = freed(stage.world.pj(&["port", "--grace", "200ms", "--json", &port]), 0);
    assert_eq!(told["killed"], json!([server.pid]));
}

/// An agent in a job: its own servers and nobody's, not another job's of another session.
#[test]
fn who_runs_in_a_job_is_held_to_what_is_its_own() {
    let stage = Stage::set(ANY);
    let world = &stage.world;
    let mut nobodys = Server::start(world, "nobodys", "");
    // A job in the background, of no session.
    let other = world.roster("other");
    let other_path = other.path().display().to_string();
    world.pj(&["run", "--name", "api", "--", "beast", &other_path, "server"]).go().code(0);
    let api = other.ready("server");
    let api_port = other.events("server")[0].clone();
    let own = world.roster("own");
    let told = world.text("told");
    let script = world.script(
        "agent",
        &format!(
            "#!/bin/sh\nbeast {} server &\nwhile ! grep -q '^member server' {0}; do :; done\n\
             own=$(sed -n 's/^event server \\([0-9]*\\) .*/\\1/p' {0})\n\
             pj port $own; echo own $? >> {told}\npj port {}; echo nobodys $? >> {told}\n\
             pj port {api_port}; echo api $? >> {told}\necho over >> {told}\n",
            own.path().display(),
            nobodys.port,
        ),
    );
    stage.term.line(&format!("pj-wrap --name claude {}", script.display()));
    let read = || std::fs::read_to_string(&told).unwrap_or_default();
    holds("the agent is through", || read().ends_with("over\n"));
    assert_eq!(read(), "own 0\nnobodys 0\napi 6\nover\n");
    own.gone();
    nobodys.loose.ended();
    assert!(api.alive());
    // Typed by a person it is the port's, and the hint of a job that runs again names the job.
    assert_eq!(freed(world.pj(&["port", "--json", &api_port]), 0)["listeners"][0]["job"], json!(1));
    other.gone();
}

/// A job that runs again whenever it ends: the port is taken again, and the job is what to stop.
#[test]
fn a_job_that_is_run_again_is_named() {
    let world = World::new();
    let addr = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        free.local_addr().expect("it is bound").to_string()
    };
    let roster = world.roster("web");
    let path = roster.path().display().to_string();
    let run = ["run", "--name", "web", "--restart", "always", "--backoff", "10ms", "--", "beast", &path, "server"];
    world.pj(&[&run[..], &[&format!("at={addr}")]].concat()).go().code(0);
    roster.ready("server");
    let (_, number) = addr.rsplit_once(':').expect("a port");
    let port = freed(world.pj(&["port", "--json", number]), 5);
    assert_eq!(port["status"], "stuck");
    let told = port["diagnostics"].to_string();
    assert!(told.contains("has taken it again: job 1, which is run again whenever it ends: pj stop 1"), "{told}");
    world.pj(&["stop", "1"]).go().code(0);
    roster.gone();
    assert_eq!(freed(world.pj(&["port", "--json", number]), 0)["status"], "free");
}
