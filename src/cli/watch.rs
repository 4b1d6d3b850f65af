//! `pj watch`: sees what a job writes and types nothing. On a terminal as `pj attach` does, else byte for byte.

use std::os::fd::{AsFd, OwnedFd};

use super::attach::view::End;
use super::attach::{self, Leaving};
use super::connect::{self, Line};
use super::gather::Books;
use super::out::Out;
use crate::error::Result;
use crate::exit;
use crate::guard::protocol::{Answer, Ask as Want, Heard, Request, Said};
use crate::record::job::Exit;
use crate::sys::fd::{self, Ask};
use crate::sys::tty;

/// What to watch.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The job: its id or name, or another selector that means one
    #[arg(value_name = "SELECTOR")]
    job: String,
    #[command(flatten)]
    key: Leaving,
}

/// Watches until it is over.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    look(&args.job, &args.key, out)
}

/// The same for `pj attach --watch`.
pub(super) fn look(selector: &str, key: &Leaving, out: &mut Out) -> Result<i32> {
    let books = Books::read();
    let held = connect::one("watch", selector, &books)?;
    if tty::is_controlling(tty::std_fd(1)) {
        return attach::on_terminal("watch", held, key.key(), out);
    }
    let mut line = connect::ask("watch", held, &Request::new(Want::Watch), None, out)?;
    let Some(stream) = line.stream.take() else { return Err(attach::without_stream("watch", held)) };
    match copy(&mut line, &stream, out) {
        Some(end) => Ok(attach::tell("watch", &held.record, end, out)),
        // The reader has gone, as readers do.
        None => Ok(exit::DONE),
    }
}

/// Copies all that comes, until it is over or nobody reads it any more.
fn copy(line: &mut Line, stream: &OwnedFd, out: &mut Out) -> Option<End> {
    let mut buf = vec![0; 64 * 1024];
    // Reads all that is there. What comes before a word on the wire is there when the word is.
    let mut drain = |out: &mut Out| {
        while let Ok(n @ 1..) = fd::read(stream.as_fd(), &mut buf) {
            out.bytes(&buf[..n]);
        }
    };
    loop {
        let asks = [
            Ask { fd: line.wire.fd(), read: true, write: line.wire.wants_write() },
            Ask { fd: Some(stream.as_fd()), read: true, write: false },
        ];
        let _ = fd::poll(&asks, -1);
        let heard = line.wire.hear::<Answer>();
        drain(out);
        if out.is_broken() {
            return None;
        }
        match heard {
            Heard::Line(Answer { is: Said::Exited, code, signal, core, .. }, _) => {
                return Some(End::Exited(Exit { code, signal, core: core == Some(true), at: String::new() }));
            }
            Heard::Line(Answer { is: Said::Detached | Said::Error, why, .. }, _) => {
                return Some(End::Sent(why.unwrap_or_default()));
            }
            Heard::Line(..) | Heard::Nothing => {}
            Heard::Broken(why) => return Some(End::Sent(format!("what its guard says is odd: {why}"))),
            Heard::Gone => return Some(End::Gone),
        }
    }
}
