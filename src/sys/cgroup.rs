//! A cgroup (version 2) of a job's own: made below the one that we are in (or by the
//! service manager, where it likes), entered at birth, frozen, listed, killed
//! (`cgroups(7)`, Documentation/admin-guide/cgroup-v2.rst).
//!
//! Never: one that is not held open and was not made under the name that is asked for; the hierarchy's root; one beside
//! ours, which would leave the unit that the service manager gave us. Where anything of it is not to be had the answer
//! is an error or `None`, and the caller does without.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, fstatfs};

use super::spawn::Fork;
use super::{Pid, clock, fd, os};

/// Where a version 2 hierarchy is mounted: alone, or beside version 1.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
/// What each name begins with.
const PREFIX: &[u8] = b"pj-";
/// What the name ends with of one that the service manager made for us.
const SCOPE: &[u8] = b".scope";
/// How long a cgroup may take to freeze: each in it must have its turn first, and who is in uninterruptible sleep never
/// has.
const FREEZING: Duration = Duration::from_millis(500);
/// How long the last process may take to leave it after it was reaped, in looks of so many milliseconds each.
const LEAVING: [i32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// Whoever has made one has entered it by then. Less than the age of a claim that nobody will use any more.
const YOUNG: Duration = Duration::from_secs(30);

/// One cgroup, held open: whatever becomes of its name, this is still the one that was meant.
#[derive(Debug)]
pub struct Cgroup {
    dir: OwnedFd,
    path: PathBuf,
    id: u64,
}

/// Ours, where there is a version 2 hierarchy in one of the usual places, and what the kernel calls it.
fn own() -> io::Result<(OwnedFd, PathBuf, String)> {
    named(super::os::own_cgroups())
}

/// The version 2 one of these, as `/proc/PID/cgroup` has them.
fn named(text: &str) -> io::Result<(OwnedFd, PathBuf, String)> {
    let name = text.lines().find_map(|line| line.strip_prefix("0::"));
    // One that lies outside of our cgroup namespace is shown with `..`.
    let name = name.filter(|name| !name.contains("/..")).ok_or(io::ErrorKind::Unsupported)?;
    // Where there is no other hierarchy it is mounted alone.
    let beside = usize::from(!text.starts_with("0::"));
    for mount in [MOUNTS[beside], MOUNTS[1 - beside]] {
        let path = PathBuf::from(format!("{mount}{}", name.trim_end_matches('/')));
        if let Ok(dir) = open_dir(AT_FDCWD, &path) {
            return Ok((dir, path, name.to_owned()));
        }
    }
    Err(io::ErrorKind::Unsupported.into())
}

/// A directory of a version 2 hierarchy, links not followed at its end.
fn open_dir(at: BorrowedFd, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let dir = nix::fcntl::openat(at, path, flags, Mode::empty())?;
    if fstatfs(&dir)?.filesystem_type() != CGROUP2_SUPER_MAGIC {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(dir)
}

fn is_name(name: &[u8]) -> bool {
    let name = name.strip_suffix(SCOPE).unwrap_or(name);
    name.starts_with(PREFIX) && name.len() == PREFIX.len() + 26
}

/// Is this a path that [`Cgroup::make`] or [`Cgroup::of`] gives?
pub fn is_path(path: &Path) -> bool {
    path.is_absolute() && path.file_name().is_some_and(|name| is_name(name.as_bytes()))
}

impl Cgroup {
    /// Makes one in ours for the job of this ULID; answers also what the kernel calls ours.
    pub fn make(uid: &str) -> io::Result<(Cgroup, String)> {
        super::hook!(CgroupMakes);
        let (parent, above, unit) = own()?;
        let name = format!("pj-{uid}");
        if !is_name(name.as_bytes()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        nix::sys::stat::mkdirat(&parent, name.as_str(), Mode::from_bits_truncate(0o755))?;
        super::hook!(CgroupMade);
        let path = above.join(&name);
        let opened = open_dir(parent.as_fd(), Path::new(&name)).and_then(|dir| Cgroup::new(dir, path.clone()));
        opened.map(|cgroup| (cgroup, unit)).inspect_err(|_| {
            remove(&path);
        })
    }

    /// The one that a process is in, if it has this name, one of ours, wherever the service manager looks too.
    pub fn of(pid: Pid, name: &str) -> Option<Cgroup> {
        let (dir, path, _) = named(&std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?).ok()?;
        let bears = |path: &Path| path.file_name().is_some_and(|last| last == name) && is_path(path);
        // Beside version 1 it is moved there last.
        let is_there = bears(&path) && bears(Path::new(&os::unit(pid)?));
        if is_there { Cgroup::new(dir, path).ok() } else { None }
    }

    /// The one of this path, if it is still the one that had this number, which is never given twice in one boot.
    pub fn open(path: &Path, id: u64) -> Option<Cgroup> {
        let dir = open_dir(AT_FDCWD, path).ok().filter(|_| is_path(path))?;
        Cgroup::new(dir, path.to_owned()).ok().filter(|cgroup| cgroup.id == id)
    }

    fn new(dir: OwnedFd, path: PathBuf) -> io::Result<Cgroup> {
        let id = nix::sys::stat::fstat(&dir)?.st_ino;
        Ok(Cgroup { dir, path, id })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Forks; the child is born in it (`clone3(2)`, CLONE_INTO_CGROUP, Linux 5.7). As [`super::spawn::fork`].
    pub fn fork(&self) -> io::Result<Fork> {
        const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
        // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        // set_tid_size, cgroup.
        let mut args = [0u64; 11];
        args[0] = CLONE_INTO_CGROUP;
        args[4] = libc::SIGCHLD as u64;
        args[10] = self.dir.as_raw_fd() as u64;
        // SAFETY: without CLONE_VM the child has a copy of everything, as after fork; there is one thread, which holds
        // no lock of libc's.
        match unsafe { libc::syscall(libc::SYS_clone3, args.as_ptr(), size_of_val(&args)) } {
            0 => {
                super::hook!(CgroupChild);
                Ok(Fork::Child)
            }
            pid if pid > 0 => {
                super::hook!(CgroupParent);
                Ok(Fork::Parent(pid as Pid))
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn file(&self, name: &str, flags: OFlag) -> io::Result<OwnedFd> {
        Ok(nix::fcntl::openat(&self.dir, name, flags | OFlag::O_CLOEXEC, Mode::empty())?)
    }

    fn write(&self, name: &str, text: &[u8]) -> io::Result<()> {
        fd::write_all(self.file(name, OFlag::O_WRONLY)?.as_fd(), text)
    }

    /// Does cgroup.events say this?
    fn says(&self, line: &str) -> bool {
        let mut buf = [0; 256];
        let read = |file: OwnedFd| fd::read(file.as_fd(), &mut buf);
        let len = self.file("cgroup.events", OFlag::O_RDONLY).and_then(read).unwrap_or(0);
        buf[..len].split(|&b| b == b'\n').any(|l| l == line.as_bytes())
    }

    /// Who is in it; 0 for each whom our pid namespace hides. An error when it is not to be told.
    pub fn inside(&self) -> io::Result<Vec<Pid>> {
        let mut found = Vec::new();
        fd::numbers(self.file("cgroup.procs", OFlag::O_RDONLY)?.as_fd(), &mut found);
        Ok(found)
    }

    /// Are there cgroups in it? What is done to it is done to them too.
    pub fn has_others(&self) -> bool {
        nix::sys::stat::fstat(&self.dir).map_or(true, |s| s.st_nlink != 2)
    }

    /// Nobody in it takes a step until the answer is dropped. `None`: somebody still does, and nobody was held.
    pub fn freeze(&self) -> Option<Frozen<'_>> {
        let frozen = Frozen(self);
        let events = self.file("cgroup.events", OFlag::O_RDONLY).ok()?;
        self.write("cgroup.freeze", b"1").ok()?;
        let until = clock::now() + FREEZING;
        while !self.says("frozen 1") {
            let now = clock::now();
            if now >= until {
                return None;
            }
            // The kernel tells a change as an error on the file. A millisecond, should it tell it to another.
            let ask = [fd::Ask { fd: Some(events.as_fd()), read: false, write: false }];
            let _ = fd::poll(&ask, 1);
        }
        super::hook!(CgroupFrozen);
        Some(frozen)
    }

    /// Takes a freeze back that somebody did not live to take back.
    pub fn thaw(&self) {
        if self.says("frozen 1") {
            let _ = self.write("cgroup.freeze", b"0");
        }
    }
}

/// A cgroup that stands still.
#[derive(Debug)]
pub struct Frozen<'a>(&'a Cgroup);

impl Frozen<'_> {
    /// SIGKILL to everybody in it, and to whoever is being born in it (Linux 5.14).
    pub fn kill(&self) -> io::Result<()> {
        super::hook!(CgroupKills);
        let done = self.0.write("cgroup.kill", b"1");
        super::hook!(CgroupKilled);
        done
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        let _ = self.0.write("cgroup.freeze", b"0");
    }
}

/// Takes one of ours away, if nobody is in it; the kernel sees to that. Answers whether it is gone. A scope is only looked
/// at: the manager takes an empty one away, and would take it for alive if it did not see it become empty.
pub fn remove(path: &Path) -> bool {
    if !is_path(path) {
        return true;
    }
    super::hook!(CgroupRemoves);
    let is_scope = path.as_os_str().as_bytes().ends_with(SCOPE);
    for wait in LEAVING {
        let gone = if is_scope { is_left(path) } else { std::fs::remove_dir(path) };
        match gone.map_err(|e| e.raw_os_error()) {
            Err(Some(libc::EBUSY)) => {}
            Ok(()) | Err(Some(libc::ENOENT | libc::ENODEV)) => {
                super::hook!(CgroupRemoved);
                return true;
            }
            Err(_) => return false,
        }
        if !std::fs::read(path.join("cgroup.procs")).is_ok_and(|text| text.is_empty()) {
            return false;
        }
        let _ = fd::poll::<0>(&[], wait);
    }
    false
}

/// Is nobody in it, or in one below it?
fn is_left(path: &Path) -> io::Result<()> {
    let events = std::fs::read_to_string(path.join("cgroup.events"))?;
    if events.contains("populated 0") { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EBUSY)) }
}

/// Takes away what was made in ours for the job of this ULID.
pub fn remove_of(uid: &str) {
    if let Ok((_, path, _)) = own() {
        remove(&path.join(format!("pj-{uid}")));
    }
}

/// Takes away what was made in ours and never entered, since whoever made it was killed.
pub fn remove_unused() {
    let Ok((_, path, _)) = own() else { return };
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let made = entry.metadata().and_then(|m| m.modified()).unwrap_or_else(|_| SystemTime::now());
        if is_name(entry.file_name().as_bytes()) && made.elapsed().is_ok_and(|age| age > YOUNG) {
            remove(&entry.path());
        }
    }
}
