//! Linux: what the files of a process say of it, beside its stat (`proc_pid_cmdline(5)` and its neighbours).

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;

use super::ProcPath;
use crate::sys::{self, Pid};

/// The whole of a file of a process. Not by the standard library, which would ask for a length that the kernel has not;
/// and the kernel gives less than there is room for only at the end (fs/proc/base.c).
pub(super) fn slurp(pid: Pid, file: &str) -> io::Result<Vec<u8>> {
    let fd = ProcPath::new(pid, file).open(libc::O_RDONLY).ok_or_else(io::Error::last_os_error)?;
    let (mut text, mut buf) = (Vec::new(), [0; 4096]);
    loop {
        match sys::fd::read(fd.as_fd(), &mut buf) {
            Ok(n) => {
                text.extend_from_slice(&buf[..n]);
                if n < buf.len() {
                    return Ok(text);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// The arguments of a process; empty for kernel threads and when it may not be read.
pub fn argv(pid: Pid) -> Vec<OsString> {
    let Ok(text) = slurp(pid, "cmdline") else { return Vec::new() };
    // A title that was written in place leaves NULs behind it.
    let end = text.iter().rposition(|&b| b != 0).map_or(0, |at| at + 1);
    let text = if text[end..].len() > 1 { &text[..end] } else { text.strip_suffix(b"\0").unwrap_or(&text) };
    if text.is_empty() {
        return Vec::new();
    }
    text.split(|&b| b == 0).map(|a| OsString::from_vec(a.to_vec())).collect()
}

/// The initial environment of a process, `NAME=value` with NULs between; an error when it may not be read.
pub fn environ(pid: Pid) -> io::Result<Vec<u8>> {
    slurp(pid, "environ")
}

/// The executable of a process.
pub fn exe(pid: Pid) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// The working directory of a process.
pub fn cwd(pid: Pid) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// Resident memory in bytes (`statm` field 2).
pub fn resident(pid: Pid) -> Option<u64> {
    let text = slurp(pid, "statm").ok()?;
    let pages: u64 = std::str::from_utf8(&text).ok()?.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: sysconf takes a number.
    Some(pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(0) as u64)
}

/// Milliseconds of processor time that a process has used, its dead children's left out (fields 14 and 15 of
/// `proc_pid_stat(5)`).
pub fn cpu_ms(pid: Pid) -> Option<u64> {
    let text = slurp(pid, "stat").ok()?;
    let after = text.iter().rposition(|&b| b == b')')? + 1;
    let mut fields = std::str::from_utf8(&text[after..]).ok()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    // SAFETY: sysconf takes a number.
    let hz = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    Some((ticks()? + ticks()?) * 1000 / hz)
}

/// The terminals that a process holds open, by path; one that is gone has ` (deleted)` behind it.
pub fn terminals(pid: Pid) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let Ok(mut dir) = sys::file::Dir::open(std::path::Path::new(&format!("/proc/{pid}/fd"))) {
        dir.each_link(|link| {
            let is_one =
                link.starts_with("/dev/pts/") && !link.starts_with("/dev/pts/ptmx") || link.starts_with("/dev/tty");
            if is_one && !found.iter().any(|known| known == link) {
                found.push(link.to_owned());
            }
        });
    }
    found
}
