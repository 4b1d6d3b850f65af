//! How a beast announces itself: one line appended to a file, atomically, with its pid and start time.
//! Everything here must work after fork, without descriptors and without an environment.

use std::fs::{self, OpenOptions};
use std::io::Write;

/// The file in which every beast of one tree writes itself down.
pub(crate) struct Roster {
    path: String,
}

impl Roster {
    pub(crate) fn at(path: &str) -> Roster {
        Roster { path: path.to_owned() }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// `member KIND PID START`: this process is in place.
    pub(crate) fn announce(&self, kind: &str) {
        self.line(&format!("member {kind} {} {}\n", std::process::id(), start("self")));
    }

    /// `event KIND WHAT PID`: something happened that a test wants to know.
    pub(crate) fn event(&self, kind: &str, what: &str) {
        self.line(&format!("event {kind} {what} {}\n", std::process::id()));
    }

    fn line(&self, text: &str) {
        if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(&self.path) {
            let _ = file.write_all(text.as_bytes());
        }
    }

    /// The pids announced under this kind.
    pub(crate) fn pids(&self, kind: &str) -> Vec<String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("member ")?.split_once(' '))
            .filter(|(name, _)| *name == kind)
            .filter_map(|(_, rest)| Some(rest.split(' ').next()?.to_owned()))
            .collect()
    }
}

/// The fields of `/proc/PID/stat` after the command's name; the first is the state, field 3 of the manual page.
pub(crate) fn stat(pid: &str) -> Vec<String> {
    let text = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().map(str::to_owned).collect()
}

fn start(pid: &str) -> String {
    stat(pid).get(19).cloned().unwrap_or_else(|| "0".to_owned())
}

/// The last resort: two minutes after this call the process ends, whatever it does. A fork clears it.
pub(crate) fn bound() {
    nix::unistd::alarm::set(120);
}

/// Wait for the end.
pub(crate) fn wait() -> ! {
    loop {
        nix::unistd::pause();
    }
}

/// Wait this long, or until a signal comes.
pub(crate) fn tick(ms: u16) {
    let _ = nix::poll::poll(&mut [], ms);
}
