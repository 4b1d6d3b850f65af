//! Which terminal a shell sits in: an emulator, a pane of a multiplexer, the other end of a connection, a console.
//!
//! Pure. The chain of ancestors decides: the nearest program that gives terminals gave this one. The environment only
//! adds what the chain cannot tell (which pane, which peer), and only where the shell must have got it from that very
//! program. Alone it is a hint and said as one: daemons and multiplexers hand old values on for ever.

use serde::Serialize;

use crate::process::describe::base;
use crate::sys::Pid;

/// One process above the shell.
#[derive(Clone, Debug, Default)]
pub(super) struct Above {
    pub(super) pid: Pid,
    /// The kernel's short name: 15 bytes.
    pub(super) comm: String,
    pub(super) argv: Vec<String>,
    /// It sits on the shell's terminal itself, so it did not give it: an editor with `:!sh`.
    pub(super) is_on_it: bool,
}

/// How a terminal became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum From {
    /// A living ancestor gave it.
    Ancestor,
    /// The device itself is one of the machine's own.
    Device,
    /// The environment says so: a hint, it may be old.
    Environment,
}

/// What a shell sits in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Terminal {
    /// `kitty`, `tmux`, `ssh`, `VS Code`, `console` …
    pub(super) program: String,
    /// Where in it: a pane, a peer's address, a console's name.
    pub(super) place: Option<String>,
    /// The ancestor that gave it.
    pub(super) pid: Option<Pid>,
    pub(super) from: From,
}

impl Terminal {
    fn of(program: &str, from: From) -> Terminal {
        Terminal { program: program.to_owned(), place: None, pid: None, from }
    }

    fn at(self, place: Option<String>) -> Terminal {
        Terminal { place: place.filter(|p| !p.is_empty()), ..self }
    }

    /// For people; a mere hint ends in `?`.
    pub(super) fn text(&self) -> String {
        let place = self.place.as_ref().map(|p| format!(" {p}")).unwrap_or_default();
        let doubt = if self.from == From::Environment { "?" } else { "" };
        format!("{}{place}{doubt}", self.program)
    }
}

/// The environment of a shell, asked for by name.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Programs that give terminals, by the kernel's short name, and what people call them.
const GIVERS: &[(&str, &str)] = &[
    ("xterm", "xterm"),
    ("uxterm", "xterm"),
    ("kitty", "kitty"),
    ("alacritty", "alacritty"),
    ("wezterm-gui", "wezterm"),
    ("wezterm-mux-ser", "wezterm"),
    ("ghostty", "ghostty"),
    ("foot", "foot"),
    ("st", "st"),
    ("urxvt", "urxvt"),
    ("urxvtd", "urxvt"),
    ("rxvt", "rxvt"),
    ("gnome-terminal-", "gnome-terminal"),
    ("gnome-console", "gnome-console"),
    ("kgx", "gnome-console"),
    ("ptyxis-agent", "ptyxis"),
    ("konsole", "konsole"),
    ("yakuake", "yakuake"),
    ("xfce4-terminal", "xfce4-terminal"),
    ("mate-terminal", "mate-terminal"),
    ("lxterminal", "lxterminal"),
    ("qterminal", "qterminal"),
    ("terminator", "terminator"),
    ("tilix", "tilix"),
    ("guake", "guake"),
    ("rio", "rio"),
    ("hyper", "hyper"),
    ("warp", "warp"),
    ("Terminal", "Terminal"),
    ("iTerm2", "iTerm2"),
    ("iTermServer", "iTerm2"),
    ("code", "VS Code"),
    ("code-insiders", "VS Code"),
    ("Code Helper", "VS Code"),
    ("codium", "VSCodium"),
    ("cursor", "Cursor"),
    ("windsurf", "Windsurf"),
    ("nvim", "nvim"),
    ("vim", "vim"),
    ("emacs", "emacs"),
    ("mosh-server", "mosh"),
    ("dtach", "dtach"),
    ("abduco", "abduco"),
];

/// What a program leaves in the environment of its first shell, the innermost kinds first.
const HINTS: &[(&str, &str)] = &[
    ("TMUX", "tmux"),
    ("ZELLIJ", "zellij"),
    ("STY", "screen"),
    ("VSCODE_INJECTION", "VS Code"),
    ("SSH_CONNECTION", "ssh"),
    ("KITTY_WINDOW_ID", "kitty"),
    ("ALACRITTY_WINDOW_ID", "alacritty"),
    ("WEZTERM_PANE", "wezterm"),
    ("GHOSTTY_RESOURCES_DIR", "ghostty"),
    ("GNOME_TERMINAL_SCREEN", "gnome-terminal"),
    ("KONSOLE_DBUS_SESSION", "konsole"),
    ("ITERM_SESSION_ID", "iTerm2"),
    ("WT_SESSION", "Windows Terminal"),
    ("XTERM_VERSION", "xterm"),
];

/// `TERM_PROGRAM` as people call it.
const PROGRAMS: &[(&str, &str)] =
    &[("vscode", "VS Code"), ("Apple_Terminal", "Terminal"), ("iTerm.app", "iTerm2"), ("WezTerm", "wezterm")];

/// The terminal of a shell with these ancestors, nearest first, on the device `tty`.
pub(super) fn judge(above: &[Above], tty: Option<&str>, env: Env) -> Option<Terminal> {
    if let Some((giver, terminal)) = above.iter().filter(|a| !a.is_on_it).find_map(|a| Some((a, given_by(a, env)?))) {
        return Some(Terminal { pid: Some(giver.pid), ..terminal });
    }
    // `login` is on a console, and below some emulators too: those come first.
    let name = tty.unwrap_or_default().trim_start_matches("/dev/");
    if is_console(name) {
        return Some(Terminal::of("console", From::Device).at(Some(name.to_owned())));
    }
    hint(env)
}

/// `tty1`, `ttyS0`, `console`: a device of the machine, not one that a program made.
fn is_console(name: &str) -> bool {
    let numbered = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    name == "console"
        || ["tty", "ttyS", "ttyAMA", "ttyUSB", "hvc"].iter().any(|p| name.strip_prefix(p).is_some_and(numbered))
}

/// What this process gives to those below it, if it gives terminals at all.
fn given_by(a: &Above, env: Env) -> Option<Terminal> {
    let first = a.argv.first().map_or("", |w| base(w));
    let has = |word: &str| a.argv.iter().any(|w| w == word);
    let found = |program| Terminal::of(program, From::Ancestor);
    match a.comm.as_str() {
        "tmux: server" => Some(found("tmux").at(tmux(a.pid, env))),
        "zellij" if has("--server") => Some(found("zellij").at(zellij(a, env))),
        "screen" if first == "SCREEN" => Some(found("screen").at(screen(a.pid, env))),
        "shpool" if has("daemon") => Some(found("shpool").at(env("SHPOOL_SESSION_NAME"))),
        "sshd" | "sshd-session" => Some(found("ssh").at(peer(env))),
        "node" if a.argv.iter().any(|w| w == "--type=ptyHost" || w.contains("/.vscode-server/")) => {
            Some(found("VS Code").at(peer(env)))
        }
        comm => GIVERS.iter().find(|(name, _)| *name == comm).map(|(_, program)| found(program)),
    }
}

/// `TMUX=socket,pid,session` is this server's own when the pid agrees; then `TMUX_PANE` is too.
fn tmux(server: Pid, env: Env) -> Option<String> {
    env("TMUX").filter(|v| tmux_server(v).is_some_and(|(_, pid)| pid == server)).and_then(|_| env("TMUX_PANE"))
}

/// Socket and server of a `TMUX` variable.
pub(super) fn tmux_server(value: &str) -> Option<(&str, Pid)> {
    let mut parts = value.rsplitn(3, ',');
    let (_, pid, socket) = (parts.next()?, parts.next()?, parts.next()?);
    Some((socket, pid.parse().ok()?))
}

/// A zellij server's last argument is its socket, called as its session.
fn zellij(a: &Above, env: Env) -> Option<String> {
    let session = a.argv.iter().skip_while(|w| *w != "--server").nth(1).map(|socket| base(socket).to_owned())?;
    let same = env("ZELLIJ_SESSION_NAME").is_none_or(|name| name == session);
    let pane = env("ZELLIJ_PANE_ID").filter(|_| same).map(|p| format!(" pane {p}")).unwrap_or_default();
    Some(session + &pane)
}

/// `STY=pid.name` is this server's own when the pid agrees.
fn screen(server: Pid, env: Env) -> Option<String> {
    let sty = env("STY")?;
    let (pid, name) = sty.split_once('.')?;
    let window = env("WINDOW").map(|w| format!(" window {w}")).unwrap_or_default();
    (pid.parse() == Ok(server)).then(|| format!("{name}{window}"))
}

/// The peer's address.
fn peer(env: Env) -> Option<String> {
    env("SSH_CONNECTION")?.split(' ').next().map(str::to_owned)
}

fn hint(env: Env) -> Option<Terminal> {
    let found = |program: &str| Terminal::of(program, From::Environment);
    if let Some((_, program)) = HINTS.iter().find(|(name, _)| env(name).is_some_and(|v| !v.is_empty())) {
        return Some(found(program).at(if *program == "ssh" { peer(env) } else { None }));
    }
    if env("TERMINAL_EMULATOR").is_some_and(|v| v.starts_with("JetBrains")) {
        return Some(found("JetBrains"));
    }
    let program = env("TERM_PROGRAM").filter(|p| !p.is_empty())?;
    Some(found(PROGRAMS.iter().find(|(name, _)| *name == program).map_or(&program, |(_, said)| said)))
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
