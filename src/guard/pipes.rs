//! What a background job without a terminal reads from and writes to: three pipes, so that what it says and what it
//! complains of are told apart.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::log::Stream;
use crate::sys::fd;

/// The guard's ends; `None` once the other side is closed.
#[derive(Debug)]
pub struct Pipes {
    /// Of its standard input.
    pub input: Option<OwnedFd>,
    /// Of its standard output.
    pub out: Option<OwnedFd>,
    /// Of its standard error.
    pub err: Option<OwnedFd>,
}

/// The command's ends.
#[derive(Debug)]
pub struct Theirs([OwnedFd; 3]);

impl Pipes {
    /// Opens them. Ours never block.
    pub fn open() -> io::Result<(Pipes, Theirs)> {
        let ((stdin, input), (out, stdout), (err, stderr)) = (fd::pipe()?, fd::pipe()?, fd::pipe()?);
        for ours in [&input, &out, &err] {
            fd::set_nonblocking(ours.as_fd())?;
        }
        Ok((Pipes { input: Some(input), out: Some(out), err: Some(err) }, Theirs([stdin, stdout, stderr])))
    }

    /// Ours that are open.
    pub fn numbers(&self) -> impl Iterator<Item = i32> {
        [&self.input, &self.out, &self.err].into_iter().flatten().map(AsRawFd::as_raw_fd)
    }

    /// Reads what is there from both, once; `false` when nothing was.
    pub fn read(&mut self, mut take: impl FnMut(Stream, &[u8])) -> bool {
        let mut buf = [0; 16 * 1024];
        let mut any = false;
        for (stream, end) in [(Stream::Out, &mut self.out), (Stream::Err, &mut self.err)] {
            let Some(from) = end else { continue };
            match fd::read(from.as_fd(), &mut buf) {
                Ok(0) => *end = None,
                Ok(n) => {
                    any = true;
                    take(stream, &buf[..n]);
                }
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(_) => *end = None,
            }
        }
        any
    }
}

impl Theirs {
    /// Puts them on 0, 1 and 2.
    pub fn onto_std(&self) -> io::Result<()> {
        fd::onto_each_std(self.0.each_ref().map(|end| -> BorrowedFd<'_> { end.as_fd() }))
    }
}
