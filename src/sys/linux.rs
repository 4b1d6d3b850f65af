//! Linux: `/proc`, pidfds, subreaper, signalfd. `macos.rs` has the same names.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use super::{Dev, Pid, Stat};

#[path = "linux_files.rs"]
mod files;
#[path = "linux_handle.rs"]
mod handle;
#[path = "linux_unit.rs"]
mod unit;

use files::slurp;
pub use files::{argv, cpu_ms, cwd, environ, exe, resident, terminals};
pub use handle::{Handle, Inbox, parse_status};
pub(super) use unit::own_cgroups;
pub use unit::{own_unit, unit};

/// This boot's id (`random(4)`, boot_id); empty when `/proc` is not there, and then nothing is ever proven.
pub fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| line(c"/proc/sys/kernel/random/boot_id"))
}

/// Our pid namespace's number, 0 when it cannot be read.
pub fn pid_namespace() -> u64 {
    static NS: OnceLock<u64> = OnceLock::new();
    *NS.get_or_init(|| namespace("/proc/self/ns/pid"))
}

fn namespace(link: &str) -> u64 {
    let link = std::fs::read_link(link).unwrap_or_default();
    link.to_string_lossy().trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// Is this process in our pid namespace? Who may not be asked is in another.
pub fn is_in_namespace(pid: Pid) -> bool {
    let its = namespace(&format!("/proc/{pid}/ns/pid"));
    its != 0 && its == pid_namespace()
}

/// This machine's lasting name: `/etc/machine-id` (machine-id(5)), else the host name.
pub fn machine_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let id = line(c"/etc/machine-id");
        if id.is_empty() { line(c"/proc/sys/kernel/hostname") } else { id }
    })
}

/// What a pseudo terminal of this number is called where there is one `/dev/pts`: the low byte of a minor number, then its
/// higher bits above the major's (`new_encode_dev`, linux/kdev_t.h).
pub(super) fn terminal_path(dev: Dev) -> Option<String> {
    (136..144).contains(&(dev >> 8 & 0xfff)).then(|| format!("/dev/pts/{}", dev & 0xff | (dev >> 12) & 0xfff00))
}

/// `/proc/PID/FILE` as a C string on the stack: nothing is allocated in the kill loop.
struct ProcPath([u8; 64]);

impl ProcPath {
    fn new(pid: Pid, file: &str) -> ProcPath {
        let mut p = ProcPath([0; 64]);
        let mut at = 0;
        let mut digits = [0u8; 12];
        for part in ["/proc/".as_bytes(), decimal(pid, &mut digits), b"/", file.as_bytes()] {
            p.0[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        p
    }

    fn task(pid: Pid, tid: Pid) -> ProcPath {
        let mut file = [0u8; 40];
        let mut digits = [0u8; 12];
        let mut at = 0;
        for part in [b"task/".as_slice(), decimal(tid, &mut digits), b"/children"] {
            file[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        ProcPath::new(pid, std::str::from_utf8(&file[..at]).unwrap_or(""))
    }

    fn open(&self, flags: i32) -> Option<OwnedFd> {
        open(CStr::from_bytes_until_nul(&self.0).ok()?, flags)
    }
}

fn open(path: &CStr, flags: i32) -> Option<OwnedFd> {
    // Not open: musl's follows it by an fcntl, for kernels older than the flag.
    // SAFETY: a NUL-terminated path that lives over the call.
    let fd = unsafe { libc::openat(libc::AT_FDCWD, path.as_ptr(), flags | libc::O_CLOEXEC) };
    // SAFETY: open has just returned this descriptor to us alone.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The only line of a short file, in one read; empty when there is none.
fn line(path: &CStr) -> String {
    let mut buf = [0; 256];
    let len = open(path, libc::O_RDONLY).map_or(0, |file| read_once(&file, &mut buf));
    String::from_utf8_lossy(&buf[..len]).trim().to_owned()
}

fn decimal(n: Pid, buf: &mut [u8; 12]) -> &[u8] {
    let mut n = n.unsigned_abs();
    let mut at = buf.len();
    loop {
        at -= 1;
        buf[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return &buf[at..];
        }
    }
}

/// For a file of one line: the kernel gives it whole to one read that has room for it (fs/proc/base.c, single_open).
fn read_once(fd: &OwnedFd, buf: &mut [u8]) -> usize {
    loop {
        match super::fd::read(fd.as_fd(), buf) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => return done.unwrap_or(0),
        }
    }
}

fn read_to(fd: &OwnedFd, buf: &mut [u8]) -> usize {
    let mut len = 0;
    while len < buf.len() {
        match super::fd::read(fd.as_fd(), &mut buf[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    len
}

/// One process now; `None` when there is none of that number or `/proc` does not tell.
pub fn stat(pid: Pid) -> Option<Stat> {
    if pid <= 0 {
        return None;
    }
    let fd = ProcPath::new(pid, "stat").open(libc::O_RDONLY)?;
    let mut buf = [0u8; 1024];
    let len = read_once(&fd, &mut buf);
    parse_stat(&buf[..len])
}

/// Reads `proc_pid_stat(5)`. The name may hold anything: fields are counted after the last `)` (LAWS L34).
pub fn parse_stat(text: &[u8]) -> Option<Stat> {
    let open = text.iter().position(|&b| b == b'(')?;
    let close = text.iter().rposition(|&b| b == b')')?;
    if close < open {
        return None;
    }
    let pid = number(&text[..open])?;
    let mut comm = [0u8; 16];
    let name = &text[open + 1..close];
    let n = name.len().min(15);
    comm[..n].copy_from_slice(&name[..n]);
    let mut fields = text[close + 1..].split(|&b| b == b' ').filter(|f| !f.is_empty());
    let state = *fields.next()?.first()?;
    let ppid = number(fields.next()?)?;
    let pgid = number(fields.next()?)?;
    let sid = number(fields.next()?)?;
    let tty = number(fields.next()?)?;
    // Fields 8–19 are skipped on the way to 20 (threads) and 22 (start).
    let threads = number(fields.nth(12)?)?;
    let start = number(fields.nth(1)?)?;
    // 24, in pages.
    let rss = fields.nth(1).and_then(number).unwrap_or(0);
    // 33, the ignored ones of the first 31.
    let ignored = fields.nth(8).and_then(number).unwrap_or(0);
    Some(Stat {
        pid: pid as Pid,
        ppid: ppid as Pid,
        pgid: pgid as Pid,
        sid: sid as Pid,
        tty_dev: u64::from(tty as u32) as Dev,
        state,
        threads: threads as u32,
        start: start as u64,
        comm,
        ignored: ignored as u64,
        // SAFETY: sysconf takes a number.
        rss: (rss.max(0) as u64).saturating_mul(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(0) as u64),
    })
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// Adds the numbers of `pid`'s children (of all its threads) to `out`. An error when the kernel has no `children`
/// files (LAWS L34); a process that has gone has no children.
pub fn children(pid: Pid, threads: u32, out: &mut Vec<Pid>) -> io::Result<()> {
    if threads <= 1 {
        return task_children(pid, pid, out);
    }
    let Some(dir) = ProcPath::new(pid, "task").open(libc::O_RDONLY | libc::O_DIRECTORY) else { return Ok(()) };
    let mut result = Ok(());
    each_number(&dir, |tid| {
        if result.is_ok() {
            result = task_children(pid, tid, out);
        }
    });
    result
}

fn task_children(pid: Pid, tid: Pid, out: &mut Vec<Pid>) -> io::Result<()> {
    let Some(fd) = ProcPath::task(pid, tid).open(libc::O_RDONLY) else {
        return if has_children_files() { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) };
    };
    super::fd::numbers(fd.as_fd(), out);
    Ok(())
}

/// Does this kernel have `/proc/PID/task/TID/children` (CONFIG_PROC_CHILDREN)?
pub fn has_children_files() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| ProcPath::task(super::pid(), super::pid()).open(libc::O_RDONLY).is_some())
}

/// Adds every process number that is in use to `out`.
pub fn all(out: &mut Vec<Pid>) -> io::Result<()> {
    // SAFETY: opens a constant path.
    let fd = unsafe { libc::open(c"/proc".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: open has just returned this descriptor to us alone.
    let dir = unsafe { OwnedFd::from_raw_fd(fd) };
    each_number(&dir, |pid| out.push(pid));
    Ok(())
}

/// The number that was given out last: the ones above it are older than all below it. Threads have numbers too.
pub fn newest() -> Option<Pid> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next_back()?.parse().ok()
}

/// Calls `f` for each entry of a directory whose name is a number, by `getdents64(2)`: no allocation.
fn each_number(dir: &OwnedFd, mut f: impl FnMut(Pid)) {
    #[repr(align(8))]
    struct Buf([u8; 8192]);
    let mut buf = Buf([0; 8192]);
    loop {
        // SAFETY: the kernel writes at most the given length into `buf`.
        let n = unsafe { libc::syscall(libc::SYS_getdents64, dir.as_raw_fd(), buf.0.as_mut_ptr(), buf.0.len()) };
        if n <= 0 {
            return;
        }
        let mut at = 0usize;
        while at + 19 < n as usize {
            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            let len = u16::from_ne_bytes([buf.0[at + 16], buf.0[at + 17]]) as usize;
            if len < 20 {
                return;
            }
            let name = &buf.0[at + 19..(at + len).min(n as usize)];
            let name = &name[..name.iter().position(|&b| b == 0).unwrap_or(name.len())];
            if !name.is_empty() && name.iter().all(u8::is_ascii_digit) && name.len() < 10 {
                f(name.iter().fold(0, |v, &b| v * 10 + Pid::from(b - b'0')));
            }
            at += len;
        }
    }
}

/// Effective user of a process, from `proc_pid_status(5)`.
pub fn user(pid: Pid) -> Option<u32> {
    let fd = ProcPath::new(pid, "status").open(libc::O_RDONLY)?;
    let mut buf = [0u8; 4096];
    let len = read_to(&fd, &mut buf);
    parse_status(&buf[..len])
}

/// How long ago the machine started, in the unit of `Stat::start`.
pub fn ticks_now() -> u64 {
    // SAFETY: an all-zero timespec is a valid value, and clock_gettime writes one.
    unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &mut t);
        let hz = libc::sysconf(libc::_SC_CLK_TCK).max(1) as u64;
        t.tv_sec as u64 * hz + t.tv_nsec as u64 * hz / 1_000_000_000
    }
}

/// Milliseconds since a process with this start began.
pub fn age_ms(start: u64) -> u64 {
    // SAFETY: sysconf takes a number.
    let hz = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    ticks_now().saturating_sub(start) * 1000 / hz
}

/// Becomes the one to whom orphans below us come (`PR_SET_CHILD_SUBREAPER`, LAWS L30).
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: prctl takes numbers.
    if unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// No core file of ourselves, even where one is piped to a program.
pub fn no_core() {
    // SAFETY: prctl takes numbers.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
}

/// Gives this process another name and, as far as there is room, another command line, in place (no second exec).
/// Answers what the kernel says of us, which it must be asked for that.
pub fn rename_self(name: &str, title: &str) -> Option<Stat> {
    let mut comm = [0u8; 16];
    let n = name.len().min(15);
    comm[..n].copy_from_slice(&name.as_bytes()[..n]);
    // SAFETY: PR_SET_NAME reads at most 16 bytes, NUL-terminated here.
    unsafe { libc::prctl(libc::PR_SET_NAME, comm.as_ptr(), 0, 0, 0) };
    let mut buf = [0u8; 1024];
    let file = ProcPath::new(super::pid(), "stat").open(libc::O_RDONLY)?;
    let len = read_once(&file, &mut buf);
    let text = &buf[..len];
    let me = parse_stat(text);
    let close = text.iter().rposition(|&b| b == b')')?;
    // Fields 48 and 49, arg_start and arg_end: 45 and 46 after the name.
    let mut fields = text[close + 1..].split(|&b| b == b' ').filter(|f| !f.is_empty()).skip(45);
    let (Some(from), Some(to)) = (fields.next().and_then(number), fields.next().and_then(number)) else { return me };
    let (from, to) = (from as usize, to as usize);
    if from == 0 || to <= from {
        return me;
    }
    let room = to - from;
    let n = title.len().min(room - 1);
    // SAFETY: the kernel says that [arg_start, arg_end) is this process's own argument memory, writable and outside
    // every Rust object; all arguments have been copied out before.
    unsafe {
        std::ptr::write_bytes(from as *mut u8, 0, room);
        std::ptr::copy_nonoverlapping(title.as_ptr(), from as *mut u8, n);
    }
    me
}

/// Closes descriptors `from..=to`, open or not (`close_range(2)`, Linux 5.9).
pub fn close_range(from: RawFd, to: RawFd) {
    // SAFETY: the caller owns this range (`fd::close_all_but`).
    unsafe { libc::syscall(libc::SYS_close_range, from as libc::c_uint, to as libc::c_uint, 0) };
}

/// Opens the follower of a master by the master itself, whatever is mounted on /dev/pts (`TIOCGPTPEER`).
pub fn open_follower(master: BorrowedFd) -> io::Result<OwnedFd> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: TIOCGPTPEER takes open flags and returns a descriptor.
    let fd = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER as _, flags) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the ioctl has just returned this descriptor to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
