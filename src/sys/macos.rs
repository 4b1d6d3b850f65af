//! macOS: sysctl and libproc. `linux.rs` has the same names; `macos_handle`, `macos_inbox` and `macos_select` are parts
//! of this file that got their own, for length.
//!
//! **Nothing in these files has ever run.** It is type-checked on every CI run and written from XNU's published source
//! (`apple-oss-distributions/xnu`); each fact names its file there. `macos_tests.rs` is for the first Mac.
//!
//! What macOS has not: a subreaper, pidfds, signalfd, a process name that can be set. It has what Linux has not: a
//! number for every process that is never given twice in a boot (`p_uniqueid`). It stands for the pidfd's inode here.

use std::ffi::{CStr, OsStr, OsString, c_char, c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::OnceLock;

pub use super::macos_handle::{Handle, cpu_ms, is_in_namespace, lineage, terminals};
pub use super::macos_inbox::Inbox;
use super::{Dev, Pid, Stat};

fn sysctl(mib: &mut [c_int], buf: &mut [u8]) -> io::Result<usize> {
    let mut len = buf.len();
    // SAFETY: the name and the buffer live over the call; the kernel writes at most `len` bytes and says how many.
    let r = unsafe {
        libc::sysctl(mib.as_mut_ptr(), mib.len() as u32, buf.as_mut_ptr().cast(), &mut len, std::ptr::null_mut(), 0)
    };
    if r < 0 { Err(io::Error::last_os_error()) } else { Ok(len) }
}

/// This boot's id: `kern.bootsessionuuid`, 36 characters and a NUL, new at every boot (bsd/kern/kern_sysctl.c). Empty
/// when it cannot be read, and then nothing is ever proven.
pub fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let mut buf = [0u8; 64];
        let mut len = buf.len();
        // SAFETY: a NUL-terminated name; the kernel writes at most `len` bytes into `buf`.
        let r = unsafe {
            let name = c"kern.bootsessionuuid".as_ptr();
            libc::sysctlbyname(name, buf.as_mut_ptr().cast(), &mut len, std::ptr::null_mut(), 0)
        };
        let text = CStr::from_bytes_until_nul(&buf).map(|c| c.to_string_lossy().into_owned());
        if r < 0 { String::new() } else { text.unwrap_or_default() }
    })
}

/// There are no pid namespaces; 0 would mean "cannot be read".
pub fn pid_namespace() -> u64 {
    1
}

/// This machine's lasting name: `gethostuuid(2)`, the platform UUID. Not `kern.uuid`, which names the kernel's build
/// and is the same on every Mac that runs it.
pub fn machine_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let mut id = [0u8; 16];
        let wait = libc::timespec { tv_sec: 1, tv_nsec: 0 };
        // SAFETY: the kernel writes a uuid_t, 16 bytes, and reads one timespec.
        if unsafe { libc::gethostuuid(id.as_mut_ptr(), &wait) } == 0 {
            return id.iter().map(|b| format!("{b:02x}")).collect();
        }
        let mut name = [0u8; 256];
        // SAFETY: writes at most the given length; the last byte stays NUL.
        unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
        CStr::from_bytes_until_nul(&name).map(|c| c.to_string_lossy().into_owned()).unwrap_or_default()
    })
}

/// `struct kinfo_proc` of one process, any user's, zombies too: `kern.proc.pid` asks for no rights, where
/// `PROC_PIDTBSDINFO` refuses other users' (sysctl_prochandle in kern_sysctl.c, proc_info.c). Nobody: length 0.
struct Kinfo([u8; 648]);

/// Offsets in the 64-bit `struct kinfo_proc` (bsd/sys/sysctl.h, bsd/sys/proc.h); arm64 and x86_64 are alike.
/// `golang.org/x/sys/unix` (ztypes_darwin_arm64.go) and psutil rely on the same layout.
mod at {
    pub(super) const START: usize = 0; // p_starttime: tv_sec 64 bits, tv_usec 32
    pub(super) const FLAG: usize = 32; // p_flag
    pub(super) const STAT: usize = 36; // p_stat, one byte
    pub(super) const PID: usize = 40;
    pub(super) const SIGIGNORE: usize = 232;
    pub(super) const COMM: usize = 243; // 16 bytes and a NUL
    pub(super) const UID: usize = 420; // e_ucred.cr_uid, the effective one
    pub(super) const PPID: usize = 560;
    pub(super) const PGID: usize = 564;
    pub(super) const TDEV: usize = 572;
}

impl Kinfo {
    fn read(pid: Pid) -> Option<Kinfo> {
        let mut info = Kinfo([0; 648]);
        let len = sysctl(&mut [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, pid], &mut info.0).ok()?;
        (len == info.0.len() && info.int(at::PID) == pid).then_some(info)
    }

    fn int(&self, at: usize) -> i32 {
        let mut b = [0u8; 4];
        b.copy_from_slice(&self.0[at..at + 4]);
        i32::from_ne_bytes(b)
    }

    fn start(&self) -> u64 {
        let mut b = [0u8; 8];
        b.copy_from_slice(&self.0[at::START..at::START + 8]);
        u64::from_ne_bytes(b) * 1_000_000 + self.int(at::START + 8) as u64
    }
}

/// One process now; `None` when there is none of that number.
///
/// `start` is wall-clock time at the fork and is never changed afterwards. `threads` is always 1: this call does not
/// tell, and a zombie of XNU has no other threads. A process in `exit` that still drains its terminal (LAWS L17)
/// counts as alive.
pub fn stat(pid: Pid) -> Option<Stat> {
    const P_TRACED: i32 = 0x800;
    if pid <= 0 {
        return None;
    }
    let info = Kinfo::read(pid)?;
    let state = match u32::from(info.0[at::STAT]) {
        libc::SZOMB => b'Z',
        libc::SSTOP if info.int(at::FLAG) & P_TRACED != 0 => b't',
        libc::SSTOP => b'T',
        _ => b'S',
    };
    let mut comm = [0u8; 16];
    comm.copy_from_slice(&info.0[at::COMM..at::COMM + 16]);
    // SAFETY: getsid takes a number; it fails for zombies.
    let sid = unsafe { libc::getsid(pid) }.max(0);
    Some(Stat {
        pid,
        ppid: info.int(at::PPID),
        pgid: info.int(at::PGID),
        sid,
        // NODEV is -1.
        tty_dev: Some(info.int(at::TDEV)).filter(|&d| d != -1).map_or(0, |d| Dev::from(d as u32)),
        state,
        threads: 1,
        start: info.start(),
        comm,
        ignored: u64::from(info.int(at::SIGIGNORE) as u32),
        // Another call (PROC_PIDTASKINFO), which a walk need not pay for.
        rss: 0,
    })
}

/// Appends what a libproc list call gives: it fills the buffer and answers how many, or 0 for an error (libproc.c).
fn list(out: &mut Vec<Pid>, call: impl Fn(*mut c_void, c_int) -> c_int) -> usize {
    let from = out.len();
    let mut room = 256;
    loop {
        out.reserve(room);
        // SAFETY: `reserve` made room for `room` numbers after the first `from`.
        let n = unsafe { call(out.as_mut_ptr().add(from).cast(), (room * size_of::<Pid>()) as c_int) }.max(0) as usize;
        if n < room {
            // SAFETY: the call has written `n` numbers there.
            unsafe { out.set_len(from + n) };
            return n;
        }
        room *= 2;
    }
}

/// Adds the numbers of `pid`'s children, zombies too, to `out`. Orphans are not among them: they become launchd's,
/// and only `p_puniqueid` remembers who forked them (LAWS L82).
pub fn children(pid: Pid, _threads: u32, out: &mut Vec<Pid>) -> io::Result<()> {
    // SAFETY: `list` gives a buffer of that length.
    list(out, |buf, len| unsafe { libc::proc_listchildpids(pid, buf, len) });
    Ok(())
}

/// `children` always works here.
pub fn has_children_files() -> bool {
    true
}

/// Adds every process number that is in use to `out`.
pub fn all(out: &mut Vec<Pid>) -> io::Result<()> {
    // SAFETY: `list` gives a buffer of that length.
    if list(out, |buf, len| unsafe { libc::proc_listallpids(buf, len) }) == 0 {
        return Err(io::Error::last_os_error());
    }
    out.retain(|&pid| pid > 0);
    Ok(())
}

/// Nobody says so: whoever asks goes by the numbers alone.
pub fn newest() -> Option<Pid> {
    None
}

/// Number of arguments, and the strings after the executable's path: arguments, environment, an empty string or the
/// end. The buffer must hold it all, or the kernel gives the tail (sysctl_procargsx in kern_sysctl.c).
fn strings(pid: Pid) -> io::Result<(usize, Vec<u8>)> {
    let mut max = [0u8; 4];
    sysctl(&mut [libc::CTL_KERN, libc::KERN_ARGMAX], &mut max)?;
    let mut buf = vec![0u8; i32::from_ne_bytes(max).clamp(4096, 1 << 20) as usize];
    let len = sysctl(&mut [libc::CTL_KERN, libc::KERN_PROCARGS2, pid], &mut buf)?;
    let Some((argc, text)) = buf[..len].split_at_checked(4) else { return Err(io::ErrorKind::InvalidData.into()) };
    let argc = argc.iter().rev().fold(0usize, |n, &b| n << 8 | usize::from(b));
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    let pad = text[end..].iter().take_while(|&&b| b == 0).count();
    Ok((argc, text[end + pad..].to_vec()))
}

/// The arguments of a process; empty when it may not be read (another user's).
pub fn argv(pid: Pid) -> Vec<OsString> {
    let Ok((argc, text)) = strings(pid) else { return Vec::new() };
    text.split(|&b| b == 0).take(argc).map(|a| OsString::from_vec(a.to_vec())).collect()
}

/// The initial environment of a process, `NAME=value` with NULs between; an error when it may not be read. For
/// programs of Apple's the kernel cuts it off (LAWS L84: CS_RESTRICT, unless SIP is off): nothing at all after the
/// arguments, where every other process has at least the strings that dyld is given.
pub fn environ(pid: Pid) -> io::Result<Vec<u8>> {
    let (argc, text) = strings(pid)?;
    let args = text.split_inclusive(|&b| b == 0).take(argc).map(<[u8]>::len).sum();
    if args >= text.len() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let env = text[args..].split_inclusive(|&b| b == 0).take_while(|s| *s != b"\0");
    Ok(env.flatten().copied().collect())
}

/// The executable of a process (`proc_pidpath`; asks for no rights).
pub fn exe(pid: Pid) -> Option<PathBuf> {
    let mut buf = [0u8; libc::PROC_PIDPATHINFO_MAXSIZE as usize];
    // SAFETY: writes at most the given length.
    let n = unsafe { libc::proc_pidpath(pid, buf.as_mut_ptr().cast(), buf.len() as u32) };
    (n > 0).then(|| PathBuf::from(OsStr::from_bytes(&buf[..n as usize])))
}

/// One `proc_pidinfo` call.
///
/// # Safety
/// `T` is the C structure of this flavor: plain numbers, for which all zeroes are valid.
pub(super) unsafe fn info<T>(pid: Pid, flavor: c_int) -> io::Result<T> {
    // SAFETY: the caller's promise; the kernel writes at most the size of `T`, and answers that size when it did.
    unsafe {
        let mut t: T = std::mem::zeroed();
        let n = libc::proc_pidinfo(pid, flavor, 0, (&raw mut t).cast(), size_of::<T>() as c_int);
        match n as usize == size_of::<T>() {
            true => Ok(t),
            false if n == 0 => Err(io::Error::last_os_error()),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// The working directory of a process of ours.
pub fn cwd(pid: Pid) -> Option<PathBuf> {
    // SAFETY: the structure of this flavor.
    let dirs: libc::proc_vnodepathinfo = unsafe { info(pid, libc::PROC_PIDVNODEPATHINFO) }.ok()?;
    let path: Vec<u8> = dirs.pvi_cdir.vip_path.iter().flatten().map(|&c| c as u8).take_while(|&b| b != 0).collect();
    (!path.is_empty()).then(|| PathBuf::from(OsString::from_vec(path)))
}

/// Resident memory in bytes, of a process of ours.
pub fn resident(pid: Pid) -> Option<u64> {
    // SAFETY: the structure of this flavor.
    let task: libc::proc_taskinfo = unsafe { info(pid, libc::PROC_PIDTASKINFO) }.ok()?;
    Some(task.pti_resident_size)
}

/// Effective user of a process.
pub fn user(pid: Pid) -> Option<u32> {
    Some(Kinfo::read(pid)?.int(at::UID) as u32)
}

/// There are no units.
pub fn unit(_pid: Pid) -> Option<String> {
    None
}

/// Ours neither.
pub fn own_unit() -> Option<String> {
    None
}

/// Now, in the unit of `Stat::start`: microseconds since the epoch.
pub fn ticks_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64)
}

/// Milliseconds since a process with this start began; wrong by as much as the clock was set meanwhile.
pub fn age_ms(start: u64) -> u64 {
    ticks_now().saturating_sub(start) / 1000
}

/// There is none (LAWS L80): orphans become launchd's children.
pub fn become_subreaper() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nothing to do: cores go to files, and `RLIMIT_CORE` stops those.
pub fn no_core() {}

/// Gives this process another command line, as far as there is room, in place. `ps` and `pkill -f` read it from our own
/// memory. The short name cannot be changed without an exec, so `pkill pj-wrap` still finds us.
pub fn rename_self(_name: &str, title: &str) -> Option<Stat> {
    retitle(title);
    stat(super::pid())
}

fn retitle(title: &str) {
    // SAFETY: the start code's argc and argv; the strings lie in this process's own writable stack area, one after the
    // other (checked), and all arguments have been copied out before.
    unsafe {
        let (argc, argv) = (*libc::_NSGetArgc(), *libc::_NSGetArgv());
        if argc < 1 || argv.is_null() {
            return;
        }
        let count = argc as usize;
        let from = (*argv).cast::<u8>();
        let mut room = 0;
        for i in 0..count {
            let arg = *argv.add(i);
            if arg.is_null() || arg.cast::<u8>() != from.add(room) {
                return;
            }
            room += libc::strlen(arg) + 1;
        }
        // Still `argc` strings, so that whoever reads the environment after them still finds it: the title padded with
        // blanks, and empty ones.
        let text = room - count;
        let n = title.len().min(text);
        std::ptr::write_bytes(from.add(text), 0, count);
        std::ptr::write_bytes(from, b' ', text);
        std::ptr::copy_nonoverlapping(title.as_ptr(), from, n);
    }
}

/// Closes descriptors `from..=to`, open or not. Asks the kernel which are open, since the table may have room for a
/// million; a guarded one (`guarded_open_np`; only Apple's libraries have them) would kill us, and we open none.
pub fn close_range(from: RawFd, to: RawFd) {
    let one = size_of::<libc::proc_fdinfo>();
    let ask = |buf: *mut c_void, len: usize| {
        // SAFETY: writes at most `len` bytes; a null buffer asks for the size.
        let n = unsafe { libc::proc_pidinfo(super::pid(), libc::PROC_PIDLISTFDS, 0, buf, len as c_int) };
        n.max(0) as usize / one
    };
    let mut open: Vec<libc::proc_fdinfo> = Vec::with_capacity(ask(std::ptr::null_mut(), 0) + 32);
    let n = ask(open.as_mut_ptr().cast(), open.capacity() * one);
    // SAFETY: the kernel has written `n` entries.
    unsafe { open.set_len(n) };
    let close = |fd: RawFd| {
        // SAFETY: the caller owns this range (`fd::close_all_but`).
        unsafe { libc::close(fd) };
    };
    if n > 0 {
        open.iter().map(|f| f.proc_fd).filter(|fd| (from..=to).contains(fd)).for_each(close);
    } else {
        // SAFETY: getdtablesize takes nothing.
        (from..=to.min(unsafe { libc::getdtablesize() } - 1)).for_each(close);
    }
}

/// The path of our controlling terminal: `ttyname` of /dev/tty is /dev/tty, which has no kqueue filter (LAWS L21), so the
/// device number is looked up instead (`devname_r(3)`).
pub(super) fn controlling_terminal() -> Option<PathBuf> {
    let dev = stat(super::pid()).map(|s| s.tty_dev).filter(|&d| d != 0)?;
    terminal_path(dev).map(PathBuf::from).filter(|p| p.exists())
}

/// What a terminal of this number is called.
pub(super) fn terminal_path(dev: Dev) -> Option<String> {
    unsafe extern "C" {
        fn devname_r(dev: libc::dev_t, kind: libc::mode_t, buf: *mut c_char, len: c_int) -> *mut c_char;
    }
    let mut name = [0u8; 128];
    // SAFETY: writes at most the given length, NUL included; null when there is no such device.
    let found = unsafe { devname_r(dev as libc::dev_t, libc::S_IFCHR, name.as_mut_ptr().cast(), name.len() as c_int) };
    let name = CStr::from_bytes_until_nul(&name).ok().filter(|_| !found.is_null())?;
    Some(format!("/dev/{}", name.to_str().ok()?))
}

/// `TIOCPTYGNAME` (sys/ttycom.h, `_IOC(IOC_OUT, 't', 83, 128)`): only masters know it (ptyioctl in tty_dev.c).
pub(super) fn follower_name(master: BorrowedFd) -> io::Result<[u8; 128]> {
    let mut name = [0u8; 128];
    // SAFETY: the ioctl writes at most 128 bytes.
    let r = unsafe { libc::ioctl(master.as_raw_fd(), 0x4080_7453, name.as_mut_ptr()) };
    if r < 0 { Err(io::Error::last_os_error()) } else { Ok(name) }
}

/// Opens the follower of a master by name. Keep one open until the last output is read: when the session leader exits,
/// the terminal is revoked (LAWS L17).
pub fn open_follower(master: BorrowedFd) -> io::Result<OwnedFd> {
    let name = follower_name(master)?;
    let path = CStr::from_bytes_until_nul(&name).map_err(io::Error::other)?;
    // SAFETY: a NUL-terminated path that lives over the call.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: open has just returned this descriptor to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
