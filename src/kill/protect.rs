//! Who is left alone, with everything below it: one table, a reason each (DESIGN §5 "Never", SHELLS §6.26, LAWS L90).
//!
//! Shared daemons are born inside a tree and then serve others; ending them is the stranger's death that users report.

use std::sync::OnceLock;

/// What protection is decided on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The kernel's short name.
    pub comm: String,
    /// Base name of the executable.
    pub exe: String,
    /// Arguments.
    pub argv: Vec<String>,
    /// `PJ_KEEP=1` in its environment.
    pub keep: bool,
    /// Its systemd unit or cgroup.
    pub unit: Option<String>,
}

impl Traits {
    fn argv0(&self) -> &str {
        self.argv.first().map_or("", |a| crate::process::describe::base(a))
    }

    fn is_named(&self, name: &str) -> bool {
        // comm is cut at 15 bytes, be that inside a letter; and then read as we read it.
        let cut = String::from_utf8_lossy(&name.as_bytes()[..name.len().min(15)]);
        self.comm == cut || self.exe == name || self.argv0() == name
    }

    fn has_arg(&self, part: &str) -> bool {
        self.argv.iter().any(|a| a.contains(part))
    }

    fn has_word(&self, word: &str) -> bool {
        self.argv.iter().skip(1).any(|a| a == word)
    }
}

/// A row's test.
enum Test {
    /// Its comm, executable or argv[0] is one of these.
    Name(&'static [&'static str]),
    /// It has one of these names, and an argument that is exactly this word.
    Word(&'static [&'static str], &'static str),
    /// It has one of these names, and an argument (argv[0] too) contains this.
    Arg(&'static [&'static str], &'static str),
    /// comm begins so.
    Comm(&'static str),
    /// A program with windows of its own, unless something drives it.
    Desktop(&'static [&'static str]),
}

const CLAUDE: &[&str] = &["claude", "claude.exe"];

/// The table. A daemon that a client of the same name talks to is told from it by how the daemon calls itself.
const TABLE: &[(Test, &str)] = &[
    (Test::Comm("tmux: server"), "a tmux server holds other terminals' sessions"),
    (Test::Name(&["SCREEN"]), "a screen server holds other terminals' sessions"),
    (Test::Word(&["zellij"], "--server"), "a zellij server holds other terminals' sessions"),
    (Test::Word(&["shpool"], "daemon"), "shpool's daemon holds other terminals' sessions"),
    (Test::Name(&["abduco", "dtach"]), "abduco and dtach keep sessions on purpose"),
    (Test::Comm("pj-keeper"), "the guard of a background job that was started here, and ends with no session: pj stop"),
    (Test::Comm("pj-daemon"), "it sweeps what the sessions of this user leave behind: pj daemon stop"),
    (Test::Name(&["ssh-agent"]), "ssh-agent serves other terminals"),
    (Test::Name(&["gpg-agent", "dirmngr", "scdaemon", "keyboxd"]), "GnuPG's daemons serve other terminals"),
    (Test::Arg(&["ssh"], "[mux]"), "an ssh ControlPersist master serves other terminals"),
    (
        Test::Name(&["dbus-daemon", "dbus-broker", "dbus-launch", "gnome-keyring-daemon"]),
        "the desktop's bus and keyring",
    ),
    (Test::Name(&["systemd", "systemd-executor"]), "a service manager"),
    (
        Test::Name(&["dockerd", "containerd", "containerd-shim-runc-v2", "conmon", "rootlessport"]),
        "a container's supervisor",
    ),
    (
        Test::Word(&["codex", "node"], "app-server"),
        "codex's shared daemon serves all codex windows: codex app-server daemon stop",
    ),
    (Test::Word(CLAUDE, "--bg-pty-host"), "claude's background agents: claude stop ID"),
    (Test::Word(CLAUDE, "--bg-spare"), "claude's background agents: claude daemon stop"),
    (Test::Word(&["emacs"], "--daemon"), "an emacs server keeps buffers of other terminals"),
    (Test::Arg(&["java"], "org.gradle.launcher.daemon.bootstrap.GradleDaemon"), "a gradle daemon: gradle --stop"),
    (Test::Comm("bazel("), "a bazel server: bazel shutdown"),
    (Test::Arg(&["java"], "A-server.jar"), "a bazel server: bazel shutdown"),
    (Test::Name(&["watchman"]), "watchman serves other programs: watchman shutdown-server"),
    (Test::Name(&["sccache"]), "sccache's server serves other builds: sccache --stop-server"),
    (Test::Word(&["adb"], "fork-server"), "adb's server serves other programs: adb kill-server"),
    (
        Test::Desktop(&[
            "firefox",
            "firefox-esr",
            "librewolf",
            "chrome",
            "google-chrome",
            "chromium",
            "chromium-browser",
            "brave",
            "brave-browser",
            "vivaldi-bin",
            "opera",
            "msedge",
            "epiphany",
            "falkon",
            "Safari",
        ]),
        "a browser",
    ),
    (
        Test::Desktop(&[
            "code",
            "codium",
            "cursor",
            "zed-editor",
            "subl",
            "sublime_text",
            "gedit",
            "gnome-text-editor",
            "kate",
            "gvim",
        ]),
        "an editor's window",
    ),
    (Test::Desktop(&["nautilus", "dolphin", "thunar", "nemo", "pcmanfm", "caja"]), "a file manager"),
];

/// What drives a browser or an editor from inside the tree: then it is the tree's own tool.
const DRIVEN: &[&str] = &[
    "--headless",
    "-headless",
    "--remote-debugging-",
    "--enable-automation",
    "-marionette",
    "--marionette",
    "-juggler",
];

impl Test {
    fn hits(&self, t: &Traits) -> bool {
        let named = |names: &[&str]| names.iter().any(|n| t.is_named(n));
        match self {
            Test::Name(names) => named(names),
            Test::Word(names, word) => named(names) && t.has_word(word),
            Test::Arg(names, part) => named(names) && t.has_arg(part),
            Test::Comm(start) => t.comm.starts_with(start),
            Test::Desktop(names) => {
                named(names) && !t.argv.iter().skip(1).any(|a| DRIVEN.iter().any(|d| a.starts_with(d)))
            }
        }
    }
}

/// `claude daemon run`: two words in a row, not anywhere in a prompt.
fn is_claude_daemon(t: &Traits) -> bool {
    CLAUDE.iter().any(|n| t.is_named(n)) && t.argv.windows(2).take(3).any(|w| w[0] == "daemon" && w[1] == "run")
}

/// The table as the user has changed it.
#[derive(Clone, Debug, Default)]
pub struct Protect {
    /// Names, each with who added it.
    added: Vec<(String, &'static str)>,
    removed: Vec<String>,
}

/// What this process has read when it started.
static CHOSEN: OnceLock<Protect> = OnceLock::new();

impl Protect {
    /// Keeps for good what the user's settings say, and `PJ_PROTECT` above them: names to add, and with a `-` before
    /// them names that are not protected. Read once, at the start: a file that is edited later changes no tree.
    pub fn choose(add: &[String], remove: &[String]) {
        CHOSEN.get_or_init(|| {
            let mut chosen = Protect::default();
            chosen.added.extend(add.iter().map(|name| (name.clone(), "protect.add names it")));
            chosen.removed.extend_from_slice(remove);
            chosen.change(&std::env::var("PJ_PROTECT").unwrap_or_default());
            chosen
        });
    }

    /// What was chosen; where nobody has, what `PJ_PROTECT` says.
    pub fn chosen() -> Protect {
        Protect::choose(&[], &[]);
        CHOSEN.get().cloned().unwrap_or_default()
    }

    /// Reads `a,b,-c`.
    pub fn parse(text: &str) -> Protect {
        let mut p = Protect::default();
        p.change(text);
        p
    }

    fn change(&mut self, text: &str) {
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            match word.strip_prefix('-') {
                Some(name) => {
                    self.added.retain(|(added, _)| added != name);
                    self.removed.push(name.to_owned());
                }
                None => self.added.push((word.to_owned(), "PJ_PROTECT names it")),
            }
        }
    }

    /// Why this process is left alone, if it is. `home` is the unit that the job was started in (not the asker's: a
    /// sweep from cron is in another); `is_root`: the command itself, whom no name protects, since the user put it under
    /// guard.
    pub fn reason(&self, t: &Traits, home: Option<&str>, is_root: bool) -> Option<&'static str> {
        if is_root {
            return None;
        }
        if t.keep {
            return Some("PJ_KEEP=1 is in its environment");
        }
        if moved(t.unit.as_deref(), home) {
            return Some("another unit has adopted it");
        }
        if let Some((_, who)) = self.added.iter().find(|(n, _)| t.is_named(n)) {
            return Some(who);
        }
        if self.removed.iter().any(|n| t.is_named(n)) {
            return None;
        }
        if is_claude_daemon(t) {
            return Some("claude's background daemon: claude daemon stop");
        }
        TABLE.iter().find(|(test, _)| test.hits(t)).map(|(_, reason)| *reason)
    }
}

/// Has it been moved out of our unit (LAWS L49)? Below ours is ours.
fn moved(its: Option<&str>, home: Option<&str>) -> bool {
    match (its, home) {
        (Some(its), Some(home)) => {
            let home = home.trim_end_matches('/');
            its != home && !its.strip_prefix(home).is_some_and(|rest| rest.starts_with('/'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(comm: &str, argv: &[&str]) -> Traits {
        Traits { comm: comm.into(), argv: argv.iter().map(|a| (*a).into()).collect(), ..Traits::default() }
    }

    fn why(t: &Traits) -> Option<&'static str> {
        Protect::default().reason(t, None, false)
    }

    #[test]
    fn shared_daemons_are_left_alone_and_their_clients_are_not() {
        assert!(why(&traits("tmux: server", &["tmux", "new"])).is_some());
        assert!(why(&traits("tmux: client", &["tmux", "attach"])).is_none());
        assert!(why(&traits("ssh", &["ssh: /home/u/.ssh/c [mux]"])).is_some());
        assert!(why(&traits("ssh", &["ssh", "host"])).is_none());
        assert!(why(&traits("codex", &["codex", "app-server", "--managed-daemon"])).is_some());
        assert!(why(&traits("codex", &["codex"])).is_none());
        assert!(why(&traits("claude", &["claude", "daemon", "run"])).is_some());
        assert!(why(&traits("claude", &["claude", "-p", "how do I run a daemon run"])).is_none());
        assert!(why(&traits("node", &["node", "mcp-server.js"])).is_none());
    }

    #[test]
    fn a_browser_is_left_alone_unless_the_tree_drives_it() {
        assert!(why(&traits("firefox", &["firefox"])).is_some());
        assert!(why(&traits("chrome", &["/opt/chrome", "--headless=new", "--no-sandbox"])).is_none());
        assert!(why(&traits("chromium", &["chromium", "--remote-debugging-pipe"])).is_none());
    }

    #[test]
    fn the_command_itself_is_protected_by_no_name_and_the_user_may_change_the_table() {
        let t = traits("firefox", &["firefox"]);
        assert!(Protect::default().reason(&t, None, true).is_none());
        assert!(Protect::parse("-firefox").reason(&t, None, false).is_none());
        let own = traits("myd", &["myd"]);
        assert!(Protect::parse("myd").reason(&own, None, false).is_some());
        let long = "é".repeat(8);
        let cut = traits(&String::from_utf8_lossy(&long.as_bytes()[..15]), &["x"]);
        assert!(Protect::parse(&long).reason(&cut, None, false).is_some(), "the kernel has cut a letter in two");
        assert!(Protect::parse(&long).reason(&own, None, false).is_none());
        assert!(Protect::parse("myd,-myd").reason(&own, None, false).is_none(), "the last word counts");
    }

    #[test]
    fn another_unit_means_moved_on_purpose_and_below_ours_does_not() {
        assert!(moved(Some("/user/tmux-1.scope"), Some("/user/term.scope")));
        assert!(!moved(Some("/user/term.scope/pj-1"), Some("/user/term.scope")));
        assert!(moved(Some("/user/term.scopex"), Some("/user/term.scope")));
        assert!(!moved(Some("/a"), Some("/")));
        assert!(!moved(None, Some("/a")));
    }
}
