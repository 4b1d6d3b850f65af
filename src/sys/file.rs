//! Files of records: claim, publish, lock, ownership. No knowledge of what is in them.

use std::ffi::{CString, OsStr};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag};
use nix::sys::stat::Mode;

/// Makes a directory and what is missing above it, all 0700.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes exactly this directory, 0700; `AlreadyExists` when somebody has it: an atomic claim.
pub fn claim_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes exactly this file, empty, 0600; `AlreadyExists` when somebody has it: an atomic claim.
pub fn claim_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Owner and permission bits of what is at `path`, links not followed at its end.
pub fn owner_and_mode(path: &Path) -> io::Result<(u32, u32)> {
    let meta = std::fs::symlink_metadata(path)?;
    Ok((meta.uid(), meta.mode()))
}

/// A directory held open: files are opened by their names in it, so that its own path is walked once.
#[derive(Debug)]
pub struct Dir(nix::dir::Dir);

impl Dir {
    /// Opens it for reading.
    pub fn open(path: &Path) -> io::Result<Dir> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Dir(nix::dir::Dir::from_fd(open_at(AT_FDCWD, path, flags)?)?))
    }

    /// Calls `f` with each name in it, as far as it can be read. Allocates nothing.
    pub fn each_name(&mut self, mut f: impl FnMut(&OsStr)) {
        for entry in self.0.iter().map_while(Result::ok) {
            f(OsStr::from_bytes(entry.file_name().to_bytes()));
        }
    }

    /// Calls `f` with what each link in it says, as far as that is text.
    pub fn each_link(&mut self, mut f: impl FnMut(&str)) {
        let dir = self.0.as_raw_fd();
        let mut buf = [0; 64];
        for entry in self.0.iter().map_while(Result::ok) {
            // SAFETY: a NUL-terminated name, a directory that lives over the call, at most the given length is written.
            let len = unsafe {
                let name = entry.file_name().as_ptr();
                libc::readlinkat(dir, name, buf.as_mut_ptr().cast(), buf.len())
            };
            let link = buf.get(..usize::try_from(len).unwrap_or(0)).and_then(|link| std::str::from_utf8(link).ok());
            link.filter(|link| !link.is_empty()).into_iter().for_each(&mut f);
        }
    }

    /// What opens the files in it, for several threads at once.
    pub fn opener(&self) -> Opener<'_> {
        Opener(self.0.as_fd())
    }
}

/// The files of a directory that is held open.
#[derive(Clone, Copy, Debug)]
pub struct Opener<'d>(BorrowedFd<'d>);

impl Opener<'_> {
    /// Opens a regular file in it for reading, as [`Own::open`] does.
    pub fn open_own(&self, name: &OsStr) -> io::Result<Own> {
        Own::open_at(self.0, Path::new(name))
    }
}

/// An open regular file, and what was known of it then.
#[derive(Debug)]
pub struct Own {
    file: File,
    /// Who owns it.
    pub uid: u32,
    /// Its type and permission bits.
    pub mode: u32,
    len: u64,
}

impl Own {
    /// Opens a regular file for reading without following a link at its end.
    pub fn open(path: &Path) -> io::Result<Own> {
        Own::open_at(AT_FDCWD, path)
    }

    /// The same through a link: a person's own settings are often one.
    pub fn open_through(path: &Path) -> io::Result<Own> {
        Own::open_as(AT_FDCWD, path, OFlag::empty())
    }

    fn open_at(dir: BorrowedFd, path: &Path) -> io::Result<Own> {
        Own::open_as(dir, path, OFlag::O_NOFOLLOW)
    }

    fn open_as(dir: BorrowedFd, path: &Path, how: OFlag) -> io::Result<Own> {
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | how;
        let file = File::from(open_at(dir, path, flags)?);
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Own { uid: meta.uid(), mode: meta.mode(), len: meta.len(), file })
    }

    /// All that is in it, `most` bytes at most, in `buf`: with one read where it is as long as it was.
    pub fn read<'a>(&mut self, buf: &'a mut Vec<u8>, most: usize) -> io::Result<&'a [u8]> {
        let wanted = usize::try_from(self.len).unwrap_or(most).saturating_add(1).min(most);
        let mut len = 0;
        loop {
            if buf.len() < wanted.max(len + 1) {
                buf.resize(wanted.max(2 * len).min(most), 0);
            }
            let room = buf.len().min(most);
            match self.file.read(&mut buf[len..room]) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            if len == most || (len < room && len as u64 == self.len) {
                break;
            }
        }
        Ok(&buf[..len])
    }

    /// The open file, for who goes on reading it.
    pub fn into_file(self) -> File {
        self.file
    }

    /// When it was last written to.
    pub fn modified(&self) -> io::Result<SystemTime> {
        self.file.metadata()?.modified()
    }
}

fn open_at(dir: BorrowedFd, path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
    loop {
        match nix::fcntl::openat(dir, path, flags, Mode::empty()) {
            Err(Errno::EINTR) => {}
            done => return Ok(done?),
        }
    }
}

/// Opens a file of the kernel's for reading; nothing is asked of it.
pub fn open_plain(path: &Path) -> io::Result<OwnedFd> {
    open_at(AT_FDCWD, path, OFlag::O_RDONLY | OFlag::O_CLOEXEC)
}

/// Creates (or empties) a file readable by us alone.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens and empties a file that is there.
pub fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a file for reading and appending, 0600 when new.
pub fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a file for reading and writing as it is, 0600 when new.
pub fn update_private(path: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Takes the exclusive lock on an open file; `Ok(false)` when another process has it and `wait` is false.
pub fn lock(file: &File, wait: bool) -> io::Result<bool> {
    let op = libc::LOCK_EX | if wait { 0 } else { libc::LOCK_NB };
    loop {
        // SAFETY: flock on a descriptor that `file` keeps open.
        if unsafe { libc::flock(file.as_raw_fd(), op) } == 0 {
            return Ok(true);
        }
        let e = io::Error::last_os_error();
        match e.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EWOULDBLOCK) if !wait => return Ok(false),
            _ => return Err(e),
        }
    }
}

/// Takes the record lock on a whole file (`fcntl(2)`, F_SETLK): the kernel knows who has it, no child inherits it, and it
/// goes with its holder. `Ok(false)` when another process has it. Whoever has it must open the file no second time.
pub fn hold(file: &File) -> io::Result<bool> {
    match nix::fcntl::fcntl(file.as_fd(), FcntlArg::F_SETLK(&whole_file())) {
        Ok(_) => Ok(true),
        Err(Errno::EACCES | Errno::EAGAIN) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Who holds that lock: the kernel's word, 0 for one in a pid namespace that we cannot see.
pub fn holder(file: &File) -> io::Result<Option<super::Pid>> {
    let (mut lock, asked) = (whole_file(), whole_file());
    nix::fcntl::fcntl(file.as_fd(), FcntlArg::F_GETLK(&mut lock))?;
    // Nobody has it: it comes back as F_UNLCK. Nobody takes it but as we do.
    Ok((lock.l_type == asked.l_type).then_some(lock.l_pid))
}

fn whole_file() -> libc::flock {
    // SAFETY: an all-zero flock is a valid value: from the file's beginning to its end.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    (lock.l_type, lock.l_whence) = (libc::F_WRLCK as _, libc::SEEK_SET as _);
    lock
}

/// Fills `buf` with the kernel's random bytes.
pub fn random(buf: &mut [u8]) -> io::Result<()> {
    // SAFETY: getrandom writes at most the given length into `buf`; so few bytes come all at once (`getrandom(2)`).
    #[cfg(target_os = "linux")]
    if unsafe { libc::getrandom(buf.as_mut_ptr().cast(), buf.len(), 0) } == buf.len() as isize {
        return Ok(());
    }
    File::open("/dev/urandom")?.read_exact(buf)
}

/// May we (really) write below `path`? Asks the kernel with the effective ids (`faccessat(2)`).
pub fn is_writable(path: &Path) -> bool {
    let Ok(c) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: a NUL-terminated path that lives over the call.
    unsafe { libc::faccessat(libc::AT_FDCWD, c.as_ptr(), libc::W_OK | libc::X_OK, libc::AT_EACCESS) == 0 }
}

/// The directory that a variable names. A relative path is to be ignored (XDG base directories), for any of them.
pub fn env_dir(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(name)?);
    path.is_absolute().then_some(path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_however_long_it_says_it_is() {
        let open = |path| Own::open(Path::new(path)).unwrap();
        // Of no length, for the kernel writes it while it is read; and one with a length.
        for path in ["/proc/version", "/proc/self/auxv", file!()] {
            let whole = std::fs::read(path).unwrap();
            let mut buf = b"of the file before".to_vec();
            assert_eq!(open(path).read(&mut buf, whole.len() + 1).unwrap(), whole, "{path}");
            assert_eq!(open(path).read(&mut buf, 7).unwrap(), &whole[..7], "{path}");
        }
    }
}
