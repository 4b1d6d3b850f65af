//! A real terminal: a pty whose other end is the controlling terminal of a real shell, and a screen that is kept.

use super::display::{Display, Told};
use super::eventually::{LONG, holds};
use super::proc::{Id, wait_readable};
use super::raw::{self, Size};
use super::shells::{Hook, Shell};
use super::world::World;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the terminal has seen.
struct Seen {
    raw: Vec<u8>,
    display: Display,
    ended: bool,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// A terminal with one program in it that leads the session.
pub(crate) struct Term {
    master: Option<OwnedFd>,
    wake: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    seen: Shared,
    mark: usize,
    child: Child,
    id: Id,
    shell: Option<Shell>,
}

static MARKER: AtomicU32 = AtomicU32::new(100);

/// The size of a new terminal, pixels included.
pub(crate) const SIZE: Size = (24, 80, 800, 480);

impl Term {
    /// An interactive shell with its prompt.
    pub(crate) fn shell(world: &World, shell: Shell, hook: Hook) -> Term {
        Term::shell_with(world, shell, if hook == Hook::Yes { shell.hook() } else { "" })
    }

    /// The same with these lines at the end of its rc file.
    pub(crate) fn shell_with(world: &World, shell: Shell, lines: &str) -> Term {
        let (file, text) = shell.rc();
        fs::write(world.home().join(file), format!("{text}{lines}")).expect("an rc file");
        let mut term = Term::command(world, shell.argv());
        term.shell = Some(shell);
        term.expect("ready> ");
        term
    }

    /// Any program as the terminal's own command.
    pub(crate) fn command(world: &World, argv: &[&str]) -> Term {
        let (master, follower) = raw::pty().expect("a pty");
        raw::resize(master.as_fd(), SIZE).expect("a size");
        let program = argv.first().expect("a program");
        let own = super::world::bin().join(program);
        let mut command = if own.is_file() { Command::new(own) } else { Command::new(program) };
        command.args(&argv[1..]).env_clear().envs(world.env()).current_dir(world.home());
        let copy = || Stdio::from(follower.try_clone().expect("a copy"));
        command.stdin(copy()).stdout(copy()).stderr(copy());
        raw::lead_session(&mut command, true);
        let child = command.spawn().unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        drop((command, follower));
        let id = Id::of(child.id().cast_signed()).expect("the identity of our child");
        let display = Display::new(SIZE.0, SIZE.1);
        let seen: Shared = Arc::new((Mutex::new(Seen { raw: Vec::new(), display, ended: false }), Condvar::new()));
        let (stop, wake) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).expect("a pipe");
        let reading = master.try_clone().expect("a copy of the master");
        let reader = std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || read(&reading, &stop, &seen)
        });
        let (master, wake, reader) = (Some(master), Some(wake), Some(reader));
        Term { master, wake, reader, seen, mark: 0, child, id, shell: None }
    }

    /// The program's identity.
    pub(crate) fn id(&self) -> Id {
        self.id
    }

    pub(crate) fn kind(&self) -> Shell {
        self.shell.expect("a terminal with a shell")
    }

    pub(crate) fn master(&self) -> &OwnedFd {
        self.master.as_ref().expect("an open terminal")
    }

    /// Type these characters; `\r` is Enter.
    pub(crate) fn type_(&self, text: &str) {
        self.send(text.as_bytes());
    }

    /// The same for bytes that are no text.
    pub(crate) fn send(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match nix::unistd::write(self.master(), bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(nix::Error::EAGAIN) => {
                    let mut one = [PollFd::new(self.master().as_fd(), PollFlags::POLLOUT)];
                    let ready = poll(&mut one, PollTimeout::from(5000u16));
                    assert!(matches!(ready, Ok(1)), "the terminal takes no more input:\n{}", self.screen());
                }
                Err(error) => panic!("cannot type: {error}"),
            }
        }
    }

    /// Type a line.
    pub(crate) fn line(&self, text: &str) {
        self.type_(&format!("{text}\r"));
    }

    /// Wait until the terminal shows this after whatever was expected before.
    pub(crate) fn expect(&mut self, text: &str) {
        let found =
            self.wait_for(LONG, |raw, mark| find(&raw[mark..], text.as_bytes()).map(|at| mark + at + text.len()));
        match found {
            Some(end) => self.mark = end,
            None => panic!("the terminal never showed {text:?}; it shows\n{}\nraw: {:?}", self.screen(), self.tail()),
        }
    }

    /// What the terminal shows between these two, the first after whatever was expected before.
    pub(crate) fn expect_until(&mut self, start: &str, end: &str) -> String {
        self.expect(start);
        let from = self.mark;
        self.expect(end);
        String::from_utf8_lossy(&self.raw()[from..self.mark - end.len()]).into_owned()
    }

    /// Run a command line in the shell and wait for it; its exit code. What is typed while another program has the
    /// terminal is that program's, so the shell must have it first.
    pub(crate) fn run(&mut self, line: &str) -> i32 {
        let own = self.id.pid;
        let back = || self.id.stat().is_some_and(|shell| shell.tpgid == own);
        holds(&format!("the shell has its terminal back:\n{}", self.screen()), back);
        self.run_inside(line)
    }

    /// The same in whatever shell reads the terminal now.
    pub(crate) fn run_inside(&mut self, line: &str) -> i32 {
        let marker = format!("<{}:", MARKER.fetch_add(1, Ordering::Relaxed));
        let then = if line.ends_with('&') { "" } else { ";" };
        self.line(&format!(
            "{line}{then} printf '<%s:%d>\\n' {} {}",
            &marker[1..marker.len() - 1],
            self.kind().status()
        ));
        self.expect_until(&marker, ">").parse().expect("an exit code")
    }

    /// `stty -a` as a command of the shell sees it.
    pub(crate) fn stty(&mut self, world: &World) -> String {
        let file = world.text("stty");
        assert_eq!(self.run(&format!("stty -a > {file}")), 0);
        fs::read_to_string(file).expect("what stty said")
    }

    /// `stty -a` asked through the master: needs no shell.
    pub(crate) fn modes(&self) -> String {
        let master = self.master().try_clone().expect("a copy of the master");
        let said = Command::new("stty").arg("-a").stdin(Stdio::from(master)).output().expect("stty runs");
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    pub(crate) fn screen(&self) -> String {
        self.seen.0.lock().expect("no panic").display.screen().contents()
    }

    /// What it shows, every attribute included, and what it was told beside the text.
    pub(crate) fn shows(&self) -> (vt100::Screen, Told) {
        let seen = self.seen.0.lock().expect("no panic");
        assert!(!seen.display.broke, "the vt100 crate failed: there is no picture to compare");
        (seen.display.screen().clone(), seen.display.told().clone())
    }

    /// Everything that ever came.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().expect("no panic").raw.clone()
    }

    /// Whether these bytes ever came.
    pub(crate) fn saw(&self, text: &str) -> bool {
        find(&self.raw(), text.as_bytes()).is_some()
    }

    fn tail(&self) -> String {
        let raw = self.raw();
        String::from_utf8_lossy(&raw[raw.len().saturating_sub(400)..]).into_owned()
    }

    /// One step for the reader: nothing drawn for the new size meets a screen of the old one.
    pub(crate) fn resize(&self, size: Size) {
        let mut seen = self.seen.0.lock().expect("no panic");
        raw::resize(self.master().as_fd(), size).expect("a new size");
        seen.display.resize(size.0, size.1);
    }

    /// Close the terminal, as its window does.
    pub(crate) fn close(&mut self) {
        drop(self.wake.take());
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        drop(self.master.take());
    }

    /// Whether the master has had its end of file: nobody holds the terminal any more.
    pub(crate) fn ended_within(&self, most: Duration) -> bool {
        self.wait_for(most, |_, _| None::<()>);
        self.seen.0.lock().expect("no panic").ended
    }

    /// Wait for the program's own end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        super::cmd::wait(&mut self.child, "the terminal's command")
    }

    /// Look after each piece of output until there is an answer, the end, or the deadline.
    fn wait_for<T>(&self, most: Duration, look: impl Fn(&[u8], usize) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + most;
        let mut seen = self.seen.0.lock().expect("no panic");
        loop {
            let answer = look(&seen.raw, self.mark);
            let left = deadline.saturating_duration_since(Instant::now());
            if answer.is_some() || seen.ended || left.is_zero() {
                return answer;
            }
            seen = self.seen.1.wait_timeout(seen, left).expect("no panic").0;
        }
    }
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len().max(1)).position(|part| part == text)
}

/// The reader: takes everything the master gives until it ends or the terminal is closed.
fn read(master: &OwnedFd, stop: &OwnedFd, shared: &Shared) {
    let mut bytes = [0; 65536];
    loop {
        let mut both = [PollFd::new(master.as_fd(), PollFlags::POLLIN), PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut both, PollTimeout::NONE);
        if both[1].any() == Some(true) {
            break;
        }
        let got = nix::unistd::read(master, &mut bytes);
        let mut seen = shared.0.lock().expect("no panic");
        match got {
            Ok(n) if n > 0 => {
                seen.raw.extend_from_slice(&bytes[..n]);
                seen.display.process(&bytes[..n]);
            }
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => {}
            _ => seen.ended = true,
        }
        shared.1.notify_all();
        if seen.ended {
            break;
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.close();
        if self.child.try_wait().ok().flatten().is_none_or(|status| status.stopped_signal().is_some()) {
            if let Ok(fd) = raw::pidfd(self.id.pid)
                && !wait_readable(&fd, Duration::from_secs(1))
            {
                self.id.kill();
            }
            let _ = self.child.wait();
        }
    }
}
