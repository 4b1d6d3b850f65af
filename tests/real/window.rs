//! Windows on an X server of our own, with a window manager, so that a close button means what it means to people.

use crate::harness::eventually::eventually;
use crate::harness::{Id, Shell, World, raw};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// What every window needs.
pub(crate) const NEEDS: [&str; 4] = ["Xvfb", "openbox", "xdotool", "wmctrl"];
/// Every window's name: there is one at a time.
const NAME: &str = "pj-window";

/// The X server and its window manager.
struct Server {
    display: String,
    children: Vec<Child>,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

/// A program that the harness's keeper ends too, should we be killed half-way.
fn marked(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PJ_TEST", std::env::temp_dir().join(format!("pjt-{}-x", std::process::id())));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    raw::lead_session(&mut command, false);
    command
}

/// The display, started at the first call.
fn display() -> String {
    let mut server = SERVER.lock().expect("no panic");
    let server = server.get_or_insert_with(|| {
        let mut x = marked("Xvfb");
        // It begins anew when its last client leaves, and `wmctrl` may be that while openbox is still on its way.
        x.args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped());
        let mut x = x.spawn().expect("Xvfb starts");
        let mut number = String::new();
        let said = BufReader::new(x.stdout.take().expect("a pipe")).read_line(&mut number);
        assert!(said.is_ok_and(|n| n > 1), "Xvfb names its display");
        let display = format!(":{}", number.trim());
        let manager = marked("openbox").env("DISPLAY", &display).spawn().expect("openbox starts");
        let managed = || x_tool(&display, "wmctrl", &["-m"]).map(drop);
        eventually("openbox manages the screen", managed);
        Server { display, children: vec![manager, x] }
    });
    server.display.clone()
}

/// End the X server, which then takes its lock and socket away; nothing when there was none.
pub(crate) fn end_server() {
    let server = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    for mut child in server.into_iter().flat_map(|server| server.children) {
        let ended = Id::of(child.id().cast_signed())
            .is_none_or(|id| id.signal(libc::SIGTERM) && id.gone_within(Duration::from_secs(5)));
        if !ended {
            let _ = child.kill();
        }
        let _ = child.wait();
    }
}

/// What this program says to standard output when it succeeds.
fn x_tool(display: &str, program: &str, args: &[&str]) -> Option<String> {
    let done = Command::new(program).args(args).env("DISPLAY", display).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// A terminal emulator with its one window.
pub(crate) struct Window {
    display: String,
    window: String,
    emulator: Child,
    id: Id,
}

impl Window {
    pub(crate) fn xterm(world: &World, shell: Shell) -> Window {
        Window::open(world, &[&["xterm", "-name", NAME, "-e"], shell.argv()].concat())
    }

    /// It gives its command the home of the password file, so the world's must be said once more.
    pub(crate) fn alacritty(world: &World, shell: Shell) -> Window {
        let home = format!("HOME={}", world.text("home"));
        let start = ["alacritty", "--class", "pj-window,pj-window", "-e", "env", &home];
        Window::open(world, &[&start, shell.argv()].concat())
    }

    pub(crate) fn kitty(world: &World, shell: Shell) -> Window {
        Window::kitty_with(world, shell, "NONE")
    }

    /// kitty asks before it closes a window in which something runs, and has a shell integration of its own.
    pub(crate) fn kitty_with(world: &World, shell: Shell, config: &str) -> Window {
        let quiet = ["-o", "confirm_os_window_close=0", "-o", "shell_integration=disabled"];
        let start = ["kitty", "--config", config, "-o", "update_check_interval=0", "--name", NAME];
        Window::open(world, &[&start, &quiet[..], shell.argv()].concat())
    }

    fn open(world: &World, argv: &[&str]) -> Window {
        let display = display();
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).env_clear().envs(world.env()).current_dir(world.home());
        command.env("DISPLAY", &display).env("LIBGL_ALWAYS_SOFTWARE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        raw::lead_session(&mut command, false);
        let emulator = command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", argv[0]));
        let id = Id::of(emulator.id().cast_signed()).expect("the identity of our child");
        let find = || x_tool(&display, "xdotool", &["search", "--onlyvisible", "--classname", NAME]);
        let window = eventually(&format!("{} shows its window", argv[0]), find);
        let window = Window { display, window, emulator, id };
        window.tool("xdotool", &["windowfocus", "--sync", &window.window]);
        window
    }

    fn tool(&self, program: &str, args: &[&str]) {
        assert!(x_tool(&self.display, program, args).is_some(), "{program} {}", args.join(" "));
    }

    pub(crate) fn id(&self) -> Id {
        self.id
    }

    /// Type as a person does: the keys go to the window that has the focus.
    pub(crate) fn line(&self, text: &str) {
        self.tool("xdotool", &["type", "--delay", "2", text]);
        self.tool("xdotool", &["key", "Return"]);
    }

    /// The close button: the window is asked to go (`WM_DELETE_WINDOW`).
    pub(crate) fn close_button(&self) {
        self.tool("wmctrl", &["-i", "-c", &self.window]);
    }

    /// What xkill does: the server cuts the client off.
    pub(crate) fn xkill(&self) {
        self.tool("xdotool", &["windowkill", &self.window]);
    }

    pub(crate) fn told(&self) -> String {
        format!("window {} of pid {}", self.window, self.id.pid)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if self.emulator.try_wait().ok().flatten().is_none() {
            self.id.gone_within(Duration::from_secs(2));
            let _ = self.emulator.kill();
            let _ = self.emulator.wait();
        }
    }
}
