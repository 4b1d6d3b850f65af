//! `pj port`: whom it ends and whom never, what it says of a port, who listens. Ports are chosen by the kernel, and where
//! a number must be known before, in a network namespace of its own.

/// What a port is besides.
mod diagnose;
/// Who is ended by which words, and what is written about it.
mod ended;
/// Those who cannot be seen.
mod ghosts;
/// The words of npm's kill-port, and what agents are given.
mod kill_port;
/// Servers as they are.
mod kinds;
/// Who listens, for whom.
mod list;
/// The six cases in which tools of this kind differ.
mod peers;
/// Whose port is not to be taken.
mod sessions;

use crate::harness::{Run, World, needs};
use crate::registry::Loose;
use serde_json::Value;
use std::net::TcpListener;

/// Somebody who holds a port of the kernel's choice: a bystander, unless the test ends him.
pub(crate) struct Server {
    pub(crate) loose: Loose,
    pub(crate) port: String,
}

impl Server {
    /// `words`: `udp`, `deaf`, `heir` … (tests/it/beast/server.rs).
    pub(crate) fn start(world: &World, name: &str, words: &str) -> Server {
        let loose = Loose::start(world, name, &format!("server {words}"));
        let port = loose.roster.events("server")[0].clone();
        Server { loose, port }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.loose.id.alive()
    }

    pub(crate) fn pid(&self) -> i64 {
        i64::from(self.loose.id.pid)
    }
}

/// What `pj port --json` says of its only port, with this exit code.
pub(crate) fn freed(run: Run, code: i32) -> Value {
    let all = run.go().code(code).stderr("").json();
    assert_eq!(all["schema"], "pj.port/1");
    assert_eq!(all["ports"].as_array().expect("ports").len(), 1, "{all}");
    all["ports"][0].clone()
}

/// May we listen there, as a server does that has been started again?
pub(crate) fn is_free(port: &str) -> bool {
    TcpListener::bind(format!("127.0.0.1:{port}")).is_ok()
}

/// A network namespace of its own, held by a bystander; `None`, with a word, where we may make none.
pub(crate) struct Network {
    pid: String,
    _holder: Loose,
}

impl Network {
    pub(crate) fn new(world: &World, name: &str) -> Option<Network> {
        if !needs("unshare") || !needs("nsenter") {
            return None;
        }
        let may = Run::new(world, "unshare", &["-n", "true"]).go().status.success();
        if !may {
            eprintln!("skipped: unshare may not make a network namespace here");
            return None;
        }
        let holder = Loose::start_under(world, name, "unshare -n --", "plain");
        Some(Network { pid: holder.pid(), _holder: holder })
    }

    /// Starts a beast in it.
    pub(crate) fn start(&self, world: &World, name: &str, words: &str) -> Loose {
        Loose::start_under(world, name, &format!("nsenter -t {} -n --", self.pid), words)
    }

    /// `pj` in it.
    pub(crate) fn pj(&self, world: &World, args: &[&str]) -> Run {
        Run::new(world, "nsenter", &[&["-t", &self.pid, "-n", "--", "pj"], args].concat())
    }
}
