//! The table: every terminal in every way in which it is closed.

use crate::Times;
use crate::harness::{Shell, Term, World, needs};
use crate::seat::Seat;
use crate::stage::Stage;
use crate::window::{self, Window};
use crate::{screen, ssh, tmux};

/// One way to close one terminal.
pub(crate) struct Case {
    pub(crate) terminal: &'static str,
    pub(crate) close: &'static str,
    /// It types through the X server.
    pub(crate) window: bool,
    ready: fn() -> bool,
    open: fn(&World, Shell) -> Seat,
    /// What happens first and must kill nobody.
    before: Option<fn(&mut Stage)>,
    fault: fn(&mut Stage),
}

const fn window(
    terminal: &'static str,
    ready: fn() -> bool,
    open: fn(&World, Shell) -> Seat,
    close: &'static str,
    fault: fn(&mut Stage),
) -> Case {
    Case { terminal, close, window: true, ready, open, before: None, fault }
}

const fn inside(
    terminal: &'static str,
    ready: fn() -> bool,
    open: fn(&World, Shell) -> Seat,
    close: &'static str,
    fault: fn(&mut Stage),
) -> Case {
    Case { terminal, close, window: false, ready, open, before: None, fault }
}

pub(crate) const ALL: &[Case] = &[
    window("xterm", || windows("xterm"), xterm, "close button", close_button),
    window("xterm", || windows("xterm"), xterm, "xkill", xkill),
    window("kitty", || windows("kitty"), kitty, "close button", close_button),
    window("kitty", || windows("kitty"), kitty, "xkill", xkill),
    window("alacritty", || windows("alacritty"), alacritty, "close button", close_button),
    window("alacritty", || windows("alacritty"), alacritty, "xkill", xkill),
    inside("tmux", || needs("tmux"), tmux::with_pane, "kill-pane", tmux::kill_pane),
    inside("tmux", || needs("tmux"), tmux::with_session, "kill-session", tmux::kill_session),
    inside("tmux", || needs("tmux"), tmux::alone, "kill-server", tmux::kill_server),
    Case {
        before: Some(tmux::detach),
        ..inside("tmux", || needs("tmux"), tmux::alone, "detached, then the server SIGKILLed", tmux::server_killed)
    },
    inside("screen", || needs("screen"), screen::with_window, "kill", screen::kill),
    inside("screen", || needs("screen"), screen::alone, "quit", screen::quit),
    Case {
        before: Some(screen::detach),
        ..inside(
            "screen",
            || needs("screen"),
            screen::alone,
            "detached, then the server SIGKILLed",
            screen::server_killed,
        )
    },
    inside("ssh", ssh::ready, ssh::open, "client SIGKILLed", |stage| assert!(stage.seat.client().kill())),
    inside("ssh", ssh::ready, ssh::open, "the connection's sshd SIGKILLed", ssh::connection_killed),
    inside("node-pty", node_ready, node, "kill(), as VS Code closes", |stage| {
        assert!(stage.seat.client().signal(libc::SIGUSR2));
    }),
    inside("node-pty", node_ready, node, "pty host SIGKILLed", |stage| assert!(stage.seat.client().kill())),
    inside("login", || true, login, "hung up", |stage| stage.seat.the_term().close()),
];

/// Set the stage, and close its terminal; `None` where a program is missing.
pub(crate) fn run(case: &'static Case, shell: Shell) -> Option<Times> {
    if !needs(shell.name()) || !(case.ready)() {
        return None;
    }
    let mut stage = Stage::set(case.open, shell);
    if let Some(before) = case.before {
        before(&mut stage);
    }
    Some(stage.closed(case.fault))
}

pub(crate) fn windows(emulator: &str) -> bool {
    needs(emulator) && window::NEEDS.iter().all(|program| needs(program))
}

fn xterm(world: &World, shell: Shell) -> Seat {
    Seat::window(Window::xterm(world, shell))
}

fn kitty(world: &World, shell: Shell) -> Seat {
    Seat::window(Window::kitty(world, shell))
}

fn alacritty(world: &World, shell: Shell) -> Seat {
    Seat::window(Window::alacritty(world, shell))
}

fn close_button(stage: &mut Stage) {
    stage.seat.the_window().close_button();
}

fn xkill(stage: &mut Stage) {
    stage.seat.the_window().xkill();
}

/// The relay of VS Code's pty host: what is typed here goes there, and `kill()` is its way to close a terminal.
const RELAY: &str = r"
const pty = require(process.argv[2]).spawn(process.argv[3], process.argv.slice(4),
  { name: 'xterm-256color', cols: 80, rows: 24, cwd: process.env.HOME, env: process.env });
process.stdin.setRawMode(true);
process.stdin.on('data', (data) => pty.write(data));
pty.onData((data) => process.stdout.write(data));
process.on('SIGUSR2', () => pty.kill());
";

/// Where `tests/run` has installed it; no test downloads anything.
fn node_pty() -> std::path::PathBuf {
    let told = std::env::var_os("PJ_NODE_PTY").map(Into::into);
    told.unwrap_or_else(|| crate::harness::world::bin().join("../node-pty/node_modules/node-pty"))
}

fn node_ready() -> bool {
    let built = node_pty().join("build/Release/pty.node").is_file();
    needs("node") && (built || crate::harness::shells::skip("node-pty is not built (tests/run real does)"))
}

fn node(world: &World, shell: Shell) -> Seat {
    let relay = world.path("relay.js");
    std::fs::write(&relay, RELAY).expect("a script");
    let (relay, module) = (relay.to_string_lossy().into_owned(), node_pty().to_string_lossy().into_owned());
    Seat::term(Term::command(world, &[&["node", &relay, &module], shell.argv()].concat()))
}

/// As getty and sshd start one. The profile of the machine sets PATH anew; a user's own puts his directories into it and
/// sources the rest, which bash does not read otherwise.
fn login(world: &World, shell: Shell) -> Seat {
    let path = world.env().into_iter().find(|(name, _)| *name == "PATH").expect("a search path").1;
    let profile = format!("export PATH='{}'\n", path.to_string_lossy());
    std::fs::write(world.home().join(".bash_profile"), format!("{profile}. ~/.bashrc\n")).expect("a profile");
    std::fs::write(world.home().join(".zprofile"), profile).expect("a profile");
    Seat::term(Term::command(world, &[shell.name(), "-l"]))
}
