//! A mount namespace of our own, and a small disk in it that can be full. Nobody else sees either, and both end with us.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::path::Path;

/// Before any thread: what is mounted from here on is ours alone.
pub(crate) fn leave_the_others() -> io::Result<()> {
    // SAFETY: takes numbers.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        return Err(io::Error::last_os_error());
    }
    mount("none", Path::new("/"), libc::MS_REC | libc::MS_PRIVATE, "")
}

/// A file system of 64 KB and 64 files.
pub(crate) struct Disk(CString);

impl Disk {
    pub(crate) fn at(path: &Path) -> io::Result<Disk> {
        mount("tmpfs", path, 0, "size=64k,nr_inodes=64,mode=700")?;
        Ok(Disk(CString::new(path.as_os_str().as_encoded_bytes())?))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // SAFETY: a NUL-terminated path that lives over the call.
        unsafe { libc::umount2(self.0.as_ptr(), libc::MNT_DETACH) };
    }
}

fn mount(kind: &str, path: &Path, flags: libc::c_ulong, options: &str) -> io::Result<()> {
    let (kind, options) = (CString::new(kind)?, CString::new(options)?);
    let path = CString::new(path.as_os_str().as_encoded_bytes())?;
    // SAFETY: NUL-terminated strings that live over the call.
    let done = unsafe { libc::mount(kind.as_ptr(), path.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
