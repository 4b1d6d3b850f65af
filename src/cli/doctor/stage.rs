//! Where a selftest plays: a private directory that is home and state, a pseudo terminal, a session leader on it that
//! runs `pj-wrap`. It touches none of the user's records, and takes everything away again.

use std::ffi::{CString, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::beast;
use crate::error::{Doing, Error, Result};
use crate::exit;
use crate::process::Identity;
use crate::record::{Job, Place, members, store};
use crate::sys::fd::{self, Ask};
use crate::sys::pty::{self, Pty};
use crate::sys::spawn::{self, Fork, Prepared};
use crate::sys::tty::{self, Size};
use crate::sys::{self, Pid, clock, file, signal};

/// How long a tree may take to end by itself.
pub(super) const GRACE: &str = "500ms";
/// Between looks at a file.
const LOOK: Duration = Duration::from_millis(5);

/// A private directory; gone when dropped.
#[derive(Debug)]
pub(super) struct Stage {
    dir: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Stage {
    pub(super) fn new() -> Result<Stage> {
        let mut random = [0u8; 8];
        let dir = file::random(&mut random).and_then(|()| {
            let dir = std::env::temp_dir().join(format!("pj-selftest-{:016x}", u64::from_ne_bytes(random)));
            file::claim_dir(&dir).map(|()| dir)
        });
        Ok(Stage { dir: dir.doing(|| format!("make a directory in {}", std::env::temp_dir().display()))? })
    }

    /// The only place of records here.
    pub(super) fn place(&self) -> Place {
        Place::at(self.dir.join(".local/state/pj"))
    }

    /// Our environment without anything of pj's, at home here.
    pub(super) fn env(&self) -> Vec<(OsString, OsString)> {
        let ours = |name: &OsString| {
            let name = name.as_bytes();
            name.starts_with(b"PJ_") || name == b"HOME" || name == b"XDG_STATE_HOME"
        };
        let mut env: Vec<(OsString, OsString)> = std::env::vars_os().filter(|(name, _)| !ours(name)).collect();
        env.push(("HOME".into(), self.dir.clone().into()));
        env.push(("XDG_STATE_HOME".into(), self.dir.join(".local/state").into()));
        env
    }

    fn c_env(&self) -> Vec<CString> {
        let line =
            |(name, value): (OsString, OsString)| CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).ok();
        self.env().into_iter().filter_map(line).collect()
    }

    /// Starts a wrapped brood on a terminal of its own, and waits until it is complete.
    pub(super) fn play(&self, wrap: &Path, name: &str, flags: &[&str]) -> Result<Scene> {
        let roster = self.dir.join(format!("{name}.roster"));
        let exe = std::env::current_exe().doing(|| "find our own executable".to_owned())?;
        let mut argv: Vec<OsString> = vec![wrap.into(), "--grace".into(), GRACE.into(), "--name".into(), name.into()];
        argv.extend(flags.iter().map(OsString::from));
        argv.extend([exe.into(), "__beast".into(), "brood".into(), roster.clone().into()]);
        let prepared = Prepared::new(&argv, None).doing(|| format!("run {}", wrap.display()))?;
        let size = Size { rows: 24, cols: 80, ..Size::default() };
        let (pty, follower) = Pty::open(size).doing(|| "open a pseudo terminal".to_owned())?;
        let env = self.c_env();
        let leader = match spawn::fork().doing(|| "start a session leader".to_owned())? {
            Fork::Child => lead(pty, &follower, &prepared, &env),
            Fork::Parent(pid) => pid,
        };
        drop(follower);
        let mut scene = Scene { pty, leader, name: name.to_owned(), roster, said: Vec::new(), place: self.place() };
        match scene.complete() {
            Ok(()) => Ok(scene),
            Err(e) => {
                scene.abandon();
                Err(e)
            }
        }
    }
}

/// The session leader: as a shell, it runs a job in a group of its own in the foreground, and waits for it.
fn lead(pty: Pty, follower: &OwnedFd, prepared: &Prepared, env: &[CString]) -> ! {
    let ready = pty::lead_session(follower.as_fd()).and_then(|()| fd::onto_std(follower.as_fd()));
    // The master must not live on in here, or closing it would hang up nothing.
    std::mem::forget(pty);
    fd::close_all_but(&mut []);
    if ready.is_err() {
        spawn::leave(exit::FAILED);
    }
    for sig in [signal::HUP, signal::INT, signal::QUIT, signal::TERM, signal::PIPE, signal::CHLD, signal::TSTP] {
        let _ = signal::default(sig);
    }
    match spawn::fork() {
        Ok(Fork::Child) => {
            let _ = sys::set_group(0, 0);
            if let Ok(mask) = signal::block_all() {
                let _ = tty::set_foreground(tty::std_fd(0), sys::pid());
                let _ = signal::set_mask(&mask);
            }
            let e = prepared.exec(env);
            let _ = fd::write(tty::std_fd(2), crate::error::plain(&e).as_bytes());
            spawn::leave(exit::FAILED)
        }
        Ok(Fork::Parent(job)) => {
            let _ = sys::set_group(job, job);
            let _ = spawn::wait_for(job);
            spawn::leave(exit::DONE)
        }
        Err(_) => spawn::leave(exit::FAILED),
    }
}

/// A wrapped brood on its terminal.
pub(super) struct Scene {
    pty: Pty,
    /// Our child, the session leader.
    pub(super) leader: Pid,
    name: String,
    roster: PathBuf,
    /// What came out of the terminal.
    said: Vec<u8>,
    place: Place,
}

impl Scene {
    /// Waits for a condition, reading what the terminal says meanwhile.
    fn until(&mut self, deadline: Instant, mut is: impl FnMut(&Scene) -> bool) -> bool {
        let mut open = true;
        loop {
            if is(self) {
                return true;
            }
            let now = clock::now();
            if now >= deadline {
                return false;
            }
            let ask = [Ask { fd: open.then(|| self.pty.fd()), read: true, write: false }];
            let timeout = clock::timeout_until(Some(deadline.min(now + LOOK)), now);
            let [ready] = fd::poll(&ask, timeout).unwrap_or_default();
            if ready.readable || ready.hung_up {
                let mut buf = [0u8; 1024];
                match fd::read(self.pty.fd(), &mut buf) {
                    Ok(n) if n > 0 => self.said.extend_from_slice(&buf[..n]),
                    _ => open = !ready.hung_up,
                }
            }
        }
    }

    /// The whole brood has reported and is on record.
    fn complete(&mut self) -> Result<()> {
        let is_complete = |s: &Scene| s.creatures().len() == beast::BROOD && s.job().is_some();
        if self.until(clock::now() + Duration::from_secs(5), is_complete) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&self.said).trim().replace("\r\n", "; ");
        let record = if self.job().is_some() { "" } else { ", and there is no record" };
        let found = format!("{} of {} reported in 5 s{record}", self.creatures().len(), beast::BROOD);
        let cause = if said.is_empty() { found } else { format!("{found}; it said: {said}") };
        Err(Error::new("start a wrapped tree", cause))
    }

    /// Waits until the census knows the whole brood.
    pub(super) fn census(&mut self) -> bool {
        let creatures = self.creatures();
        self.until(clock::now() + Duration::from_secs(3), |s| {
            let seen = s.members();
            creatures.iter().all(|(_, c)| seen.iter().any(|m| m.pid == c.pid && m.start == c.start))
        })
    }

    /// The job's record.
    pub(super) fn job(&self) -> Option<Job> {
        store::jobs(&self.place).good.into_iter().find(|j| j.name.as_deref() == Some(&self.name))
    }

    fn members(&self) -> Vec<Identity> {
        let text = self.job().and_then(|j| std::fs::read_to_string(self.place.members(j.id)).ok());
        members::read(&text.unwrap_or_default()).into_iter().map(|m| m.identity).collect()
    }

    /// Those of the brood that have reported and live: kind and identity, proven to be the one that reported.
    fn creatures(&self) -> Vec<(String, Identity)> {
        let text = std::fs::read_to_string(&self.roster).unwrap_or_default();
        text.split_inclusive('\n').filter_map(|l| creature(l.strip_suffix('\n')?)).collect()
    }

    /// Everybody who must be gone in the end, each once, by name.
    pub(super) fn everybody(&self) -> Vec<(String, Identity)> {
        let mut found = self.creatures();
        let mut add = |name: &str, who: Option<Identity>| {
            if let Some(who) = who.filter(|w| !found.iter().any(|(_, f)| f.pid == w.pid && f.start == w.start)) {
                found.push((name.to_owned(), who));
            }
        };
        let members = self.members();
        if let Some(job) = self.job() {
            add("guard", job.guard);
            add("front", job.front);
            add("command", job.root);
        }
        members.into_iter().for_each(|m| add("member", Some(m)));
        add("shell", Identity::of(self.leader));
        found
    }

    /// Closes the terminal.
    pub(super) fn close(&mut self) {
        self.pty.close();
    }

    /// After a start that failed: whoever is there goes, by identity.
    fn abandon(&mut self) {
        for (_, who) in self.everybody() {
            super::selftest::kill(&who);
        }
        self.close();
        self.reap();
    }

    /// The session leader is our child: ended if it is still there, and reaped.
    pub(super) fn reap(&self) {
        let _ = signal::send_child(self.leader, signal::KILL);
        let _ = spawn::wait_for(self.leader);
    }
}

/// `PID START KIND`
fn creature(line: &str) -> Option<(String, Identity)> {
    let mut words = line.split(' ');
    let (pid, start): (Pid, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let kind = words.next()?.to_owned();
    let who = Identity::of(pid).filter(|w| w.start == start)?;
    Some((kind, who))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_private_and_goes() {
        let stage = Stage::new().unwrap();
        let dir = stage.dir.clone();
        assert_eq!(file::owner_and_mode(&dir).unwrap().1 & 0o777, 0o700);
        let env = stage.env();
        assert!(env.iter().filter(|(n, _)| n == "HOME").all(|(_, v)| v == dir.as_os_str()));
        assert!(!env.iter().any(|(n, _)| n == "PJ_JOB"));
        drop(stage);
        assert!(!dir.exists());
    }

    #[test]
    fn a_roster_line_is_proven() {
        let me = Identity::of(sys::pid()).unwrap();
        assert_eq!(creature(&format!("{} {} plain", me.pid, me.start)).map(|(k, _)| k).as_deref(), Some("plain"));
        assert!(creature(&format!("{} {} plain", me.pid, me.start + 1)).is_none());
        assert!(creature("x").is_none());
    }
}
