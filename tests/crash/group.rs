//! A cgroup for each cell that plays in one: the shell and the sweep are in it, and the job's own is made in it, so that
//! whatever is left there is of this cell and of no other.
//!
//! Never: touches one that it did not make.

use crate::harness::World;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use std::{fs, io};

/// One of ours, and those that pj has made in it.
pub(crate) struct Group(PathBuf);

/// Can a job have one here? Asked of the kernel, not of pj; and is it to have one?
pub(crate) fn is_possible() -> bool {
    std::env::var_os("PJ_WRAP_CGROUP").is_none()
        && Group::named("probe").is_ok_and(|group| group.0.join("cgroup.kill").exists())
}

impl Group {
    pub(crate) fn make(world: &World) -> io::Result<Group> {
        let name = world.home().parent().and_then(|dir| dir.file_name()?.to_str().map(str::to_owned));
        Group::named(&name.expect("a name"))
    }

    /// In the one that we are in, wherever version 2 is mounted.
    fn named(name: &str) -> io::Result<Group> {
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let own = own.lines().find_map(|line| line.strip_prefix("0::")).ok_or(io::ErrorKind::Unsupported)?;
        let mut made = Err(io::ErrorKind::Unsupported.into());
        for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            let above = PathBuf::from(format!("{mount}{own}"));
            if above.join("cgroup.procs").exists() {
                let path = above.join(format!("crash-{}-{name}", std::process::id()));
                made = fs::create_dir(&path).map(|()| Group(path));
            }
        }
        made
    }

    /// The shell's words to enter it.
    pub(crate) fn enter(&self) -> String {
        format!("echo 0 > {}/cgroup.procs", self.0.display())
    }

    fn inside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    }

    /// Makes those of the job's as old as those that nobody will enter any more.
    pub(crate) fn age(&self) {
        let old = SystemTime::now() - Duration::from_secs(120);
        for path in self.inside() {
            let _ = fs::File::open(path).and_then(|dir| dir.set_modified(old));
        }
    }

    /// Those of the job's that are still there, with what they say.
    pub(crate) fn left(&self) -> Vec<String> {
        let told = |path: PathBuf| {
            let events = fs::read_to_string(path.join("cgroup.events")).unwrap_or_default().replace('\n', " ");
            format!("{}: {events}", path.display())
        };
        self.inside().into_iter().map(told).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for path in self.inside() {
            let _ = fs::remove_dir(path);
        }
        let gone = || (fs::remove_dir(&self.0).is_ok()).then_some(());
        let _ = crate::harness::eventually::within(Duration::from_secs(2), gone);
    }
}
