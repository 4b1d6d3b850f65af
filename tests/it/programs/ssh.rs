//! `ssh` with a terminal, to an sshd of our own on loopback: the remote shell, a window's size on its way, and ssh's
//! escapes (`~?`, `~^Z`, `~C`, `~.`), which work on the terminal from ssh's own side.

use super::player::{Player, SCRIPT, Script, Step, WRAPS};
use crate::harness::{Id, World, holds, needs};
use Step::{Resize, See, Type};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Child;

const SSHD: &str = "/usr/sbin/sshd";

/// A running sshd. It writes its title over its environment, so that its world would not know it as its own.
struct Sshd {
    port: u16,
    child: Child,
    id: Id,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.id.kill();
        let _ = self.child.wait();
    }
}

/// An sshd that lets in whoever has this world's key.
fn serve(world: &World) -> Sshd {
    // A container has the package but not always this; sshd as root does not start without.
    let _ = fs::create_dir("/run/sshd");
    let keys = "umask 077; ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key";
    world.sh(keys).go().code(0);
    let port = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a free port").port();
    let home = world.text("home");
    let host = fs::read_to_string(world.home().join("host.pub")).expect("a host key");
    fs::write(world.home().join("known"), format!("[127.0.0.1]:{port} {host}")).expect("a known host");
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nAuthorizedKeysFile {home}/key.pub\nPidFile none\n\
         UsePAM no\nStrictModes no\nPrintMotd no\nPrintLastLog no\nPermitRootLogin yes\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nForceCommand cd {home}; exec env -i TERM=xterm-256color PATH=/usr/bin:/bin PS1='far> ' sh -i\n"
    );
    fs::write(world.home().join("sshd_config"), config).expect("a config");
    let (child, id) = world.sh(&format!("exec {SSHD} -D -f sshd_config")).start();
    let sshd = Sshd { port, child, id };
    holds("sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    sshd
}

/// Where something of ssh's own is done to the terminal, the far shell waits for a file meanwhile, and its word is the
/// sign that ssh has the terminal again: until then it is not read.
const STEPS: &[Step] = &[
    See("here> "),
    Type("far\r"),
    See("far> "),
    Type("echo one\r"),
    See("\none\nfar> "),
    Resize((30, 100, 1000, 600)),
    Type("until stty size | grep '30 100'; do sleep 0.02; done\r"),
    See("\n30 100\nfar> "),
    Type("\r~?"),
    See("immediately after newline.)"),
    Type("echo two\r"),
    See("\ntwo\nfar> "),
    Type("\r"),
    See("\nfar> \nfar> "),
    Type("echo wait''ing; until [ -e awake ]; do sleep 0.02; done; echo a''wake\r"),
    See("\nwaiting"),
    Type("~\x1a"),
    See("[suspend ssh]\n\n[1]+  Stopped                 far\nhere> "),
    Type("touch $FAR/awake; fg\r"),
    See("\nawake\nfar> "),
    Type("echo wait''ing again; until [ -e asked ]; do sleep 0.02; done; echo a''sked\r"),
    See("\nwaiting again"),
    Type("~C"),
    See("\nssh> "),
    Type("!touch $FAR/asked\r"),
    See("\nasked\nfar> "),
    Type("\r"),
    See("\nfar> \nfar> "),
    Type("~."),
    See("closed.\nhere> "),
    Type("exit\r"),
];

#[test]
fn ssh_and_its_escapes_show_the_same() {
    if !(needs("ssh") && needs(SSHD) && needs("bash")) {
        return;
    }
    let far = World::new();
    let sshd = serve(&far);
    let port = sshd.port;
    let keys = far.text("home");
    let players = WRAPS.map(|(name, wrap)| {
        let world = World::new();
        let options = "-t -F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o PermitLocalCommand=yes \
            -o IgnoreUnknown=EnableEscapeCommandline -o EnableEscapeCommandline=yes";
        let files = format!("-i {keys}/key -o UserKnownHostsFile={keys}/known");
        let text = format!("#!/bin/sh\nexec {} ssh {options} {files} -p {port} 127.0.0.1\n", wrap.join(" "));
        world.script("far", &text);
        // A shell around it, as there is when a person does it.
        let far = format!("FAR={keys}");
        Player::start((name, &[]), world, &["env", &far, "PS1=here> ", "bash", "--norc", "--noprofile", "-i"])
    });
    Script { argv: &["far"], steps: STEPS, ..SCRIPT }.play_with(players);
}
