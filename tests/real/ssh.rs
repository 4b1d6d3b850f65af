//! sshd on loopback: our own configuration, a free port, keys that are thrown away.

use crate::harness::eventually::{eventually, holds};
use crate::harness::shells::skip;
use crate::harness::{Id, Run, Shell, Term, World, needs, proc};
use crate::seat::Seat;
use crate::stage::Stage;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

const SSHD: &str = "/usr/sbin/sshd";

pub(crate) fn ready() -> bool {
    // The privileged sshd will not start without the directory that its package's service makes.
    let home = Path::new("/run/sshd").is_dir() || !nix::unistd::geteuid().is_root();
    needs(SSHD) && needs("ssh") && needs("ssh-keygen") && (home || skip("/run/sshd is missing"))
}

/// A server that knows one key and one command: the shell, in this world's environment.
fn serve(world: &World, shell: Shell) -> u16 {
    for key in ["host", "user"] {
        let path = world.text(key);
        Run::new(world, "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &path]).go().code(0);
    }
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let environment: Vec<String> =
        world.env().iter().map(|(name, value)| format!("'{name}={}'", value.to_string_lossy())).collect();
    let session = format!("#!/bin/sh\nexec env -i {} {}\n", environment.join(" "), shell.argv().join(" "));
    let session = world.script("session", &session);
    let config = format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog no\n\
         PermitRootLogin yes\nPermitUserRC no\nForceCommand exec {}\n",
        world.text("host"),
        world.text("user.pub"),
        session.display()
    );
    std::fs::write(world.path("sshd_config"), config).expect("a configuration");
    Run::new(world, SSHD, &["-f", &world.text("sshd_config"), "-E", &world.text("sshd.log")]).go().code(0);
    holds("sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    port
}

/// The command line of a client that logs in, to a server that listens.
pub(crate) fn client(world: &World, shell: Shell) -> Vec<String> {
    let port = serve(world, shell).to_string();
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten().expect("a user").name;
    let (key, target) = (world.text("user"), format!("{user}@127.0.0.1"));
    let known = format!("UserKnownHostsFile={}", world.text("known"));
    let options = ["-F", "/dev/null", "-i", &key, "-o", &known, "-o", "StrictHostKeyChecking=no", "-tt"];
    [&["ssh", "-p", &port], &options[..], &[&target]].concat().into_iter().map(str::to_owned).collect()
}

/// A client in a terminal, logged in.
pub(crate) fn open(world: &World, shell: Shell) -> Seat {
    let line = client(world, shell);
    Seat::term(Term::command(world, &line.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The process that holds the shell's terminal: the nearest sshd above the shell.
pub(crate) fn connection_killed(stage: &mut Stage) {
    let mut one = stage.shell;
    let found = eventually("an sshd above the shell", || {
        one = proc::stat(one.stat()?.ppid)?.id();
        one.stat().filter(|stat| stat.comm.starts_with("sshd")).map(|_| one)
    });
    assert!(Id::kill(found));
}
