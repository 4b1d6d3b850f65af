//! Chains and environments as they are seen in the wild, one a line.

use super::*;

/// `10|comm|arg|arg`: one ancestor; `10=` where it sits on the same terminal.
fn above(lines: &[&str]) -> Vec<Above> {
    let one = |line: &&str| {
        let mut words = line.split('|').map(str::to_owned);
        let pid = words.next().unwrap();
        let (is_on_it, pid) = (pid.ends_with('='), pid.trim_end_matches('=').parse().unwrap());
        let comm = words.next().unwrap();
        Above { pid, comm, argv: words.collect(), is_on_it }
    };
    lines.iter().map(one).collect()
}

fn judged(lines: &[&str], tty: &str, env: &[(&str, &str)]) -> String {
    let ask = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    judge(&above(lines), Some(tty), &ask).map_or_else(String::new, |t| t.text())
}

const PTS: &str = "/dev/pts/3";

#[test]
fn the_nearest_ancestor_that_gives_terminals_gave_this_one() {
    for (lines, wanted) in [
        (&["50|xterm|xterm", "20|i3|i3", "1|systemd|init"][..], "xterm"),
        (&["50|kitty|kitty"], "kitty"),
        (&["50|alacritty|alacritty"], "alacritty"),
        (&["50|gnome-terminal-|/usr/libexec/gnome-terminal-server", "9|systemd|systemd|--user"], "gnome-terminal"),
        (&["50|wezterm-gui|wezterm-gui"], "wezterm"),
        (&["50|ghostty|/usr/bin/ghostty"], "ghostty"),
        (&["50|konsole|konsole"], "konsole"),
        (&["50|mosh-server|mosh-server|new", "1|init|init"], "mosh"),
        (&["50|code|/usr/share/code/code|--type=utility"], "VS Code"),
        (&["50|node|/home/u/.vscode-server/bin/x/node|out/bootstrap-fork|--type=ptyHost"], "VS Code"),
        // Login on macOS, a nested shell, su and a wrap stand between: they give none.
        (&["51|login|login", "50|Terminal|Terminal"], "Terminal"),
        (&["52|su|su", "51|bash|bash", "50|kitty|kitty"], "kitty"),
        (&["52|pj-guard 3|pj-guard 3", "51|pj-wrap|pj-wrap", "50|foot|foot"], "foot"),
        // A terminal inside a terminal.
        (&["52|nvim|nvim", "51|zsh|zsh", "50|kitty|kitty"], "nvim"),
        (&["52|xterm|xterm", "51|bash|bash", "50|tmux: server|tmux"], "xterm"),
        (&["52=|nvim|nvim", "51=|zsh|zsh", "50|kitty|kitty"], "kitty"),
        // A client is not a server; a node program is not an editor.
        (&["52|tmux: client|tmux|a", "50|kitty|kitty"], "kitty"),
        (&["52|screen|screen|-r", "50|xterm|xterm"], "xterm"),
        (&["52|node|node|server.js"], ""),
    ] {
        assert_eq!(judged(lines, PTS, &[]), wanted, "{lines:?}");
    }
}

#[test]
fn the_environment_tells_the_pane_only_when_it_is_that_program_s() {
    let tmux = ["50|tmux: server|tmux|new", "1|systemd|init"];
    let pane = |server: &str| judged(&tmux, PTS, &[("TMUX", &format!("/tmp/t,a/x,{server},0")), ("TMUX_PANE", "%4")]);
    assert_eq!(pane("50"), "tmux %4");
    assert_eq!(pane("51"), "tmux", "another server's pane");
    assert_eq!(tmux_server("/tmp/t,a/x,50,0"), Some(("/tmp/t,a/x", 50)));
    assert_eq!(tmux_server("nonsense"), None);
    let screen = ["50|screen|SCREEN|-S|work"];
    assert_eq!(judged(&screen, PTS, &[("STY", "50.work"), ("WINDOW", "2")]), "screen work window 2");
    assert_eq!(judged(&screen, PTS, &[("STY", "77.old"), ("WINDOW", "2")]), "screen");
    let zellij = ["50|zellij|/usr/bin/zellij|--server|/run/user/1/zellij/0.41/work"];
    assert_eq!(judged(&zellij, PTS, &[("ZELLIJ_SESSION_NAME", "work"), ("ZELLIJ_PANE_ID", "7")]), "zellij work pane 7");
    assert_eq!(judged(&zellij, PTS, &[("ZELLIJ_SESSION_NAME", "old"), ("ZELLIJ_PANE_ID", "7")]), "zellij work");
    let ssh = [("SSH_CONNECTION", "10.0.0.5 50022 10.0.0.9 22")];
    assert_eq!(judged(&["50|sshd|sshd: u@pts/3", "40|sshd|sshd: u"], PTS, &ssh), "ssh 10.0.0.5");
    assert_eq!(judged(&["50|sshd-session|sshd-session: u@pts/3"], PTS, &ssh), "ssh 10.0.0.5");
    // A local emulator below a shell that once came by ssh is no connection.
    assert_eq!(judged(&["50|xterm|xterm"], PTS, &ssh), "xterm");
}

#[test]
fn a_console_is_told_by_its_device_and_the_rest_is_a_hint() {
    assert_eq!(judged(&["50|login|login", "1|systemd|init"], "/dev/tty1", &[]), "console tty1");
    assert_eq!(judged(&["1|systemd|init"], "/dev/ttyS0", &[("TMUX", "/x,1,0")]), "console ttyS0");
    assert_eq!(judged(&[], "/dev/tty", &[]), "");
    for (name, value, wanted) in [
        ("TMUX", "/tmp/x,50,0", "tmux?"),
        ("SSH_CONNECTION", "10.0.0.5 1 2 3", "ssh 10.0.0.5?"),
        ("KITTY_WINDOW_ID", "1", "kitty?"),
        ("TERM_PROGRAM", "vscode", "VS Code?"),
        ("TERM_PROGRAM", "ghostty", "ghostty?"),
        ("TERMINAL_EMULATOR", "JetBrains-JediTerm", "JetBrains?"),
        ("TERM_PROGRAM", "", ""),
        ("TERM", "xterm", ""),
    ] {
        assert_eq!(judged(&["1|systemd|init"], PTS, &[(name, value)]), wanted);
    }
}
