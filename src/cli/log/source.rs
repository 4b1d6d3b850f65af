//! The log of one job, and whether more will come. Tells once what is missing of it.

use std::io;

use crate::cli::gather::{Health, Held};
use crate::cli::out::Out;
use crate::cli::pick;
use crate::error::{Error, plain};
use crate::log::{Next, Reader, Stream};
use crate::process::Identity;
use crate::record::{Job, store};
use crate::sys::os::Handle;

/// What a look has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Something,
    Nothing,
}

/// Which bytes are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) lines: Option<u64>,
    pub(super) since: Option<u64>,
    /// One stream alone; of a terminal all is stdout.
    pub(super) only: Option<Stream>,
    pub(super) follow: bool,
}

impl Wish {
    fn wants(&self, stream: Stream) -> bool {
        let as_pipe = if stream == Stream::Terminal { Stream::Out } else { stream };
        self.only.is_none_or(|only| only == as_pipe)
    }
}

/// One job's log.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) held: &'a Held<Job>,
    wish: Wish,
    reader: Reader,
    guard: Option<(Identity, Option<Handle>)>,
    /// Nothing more will come; what is there is to be read.
    is_over: bool,
    /// It could not be read.
    pub(super) has_failed: bool,
}

impl<'a> Source<'a> {
    pub(super) fn open(held: &'a Held<Job>, wish: Wish) -> io::Result<Source<'a>> {
        let mut reader = Reader::open(&held.place.job_dir(held.record.id))?;
        let end = reader.end()?;
        let mut begin = reader.position();
        if let Some(since) = wish.since {
            begin = begin.max(reader.since(since)?);
        }
        if let Some(lines) = wish.lines {
            begin = begin.max(reader.last_lines(lines, end, |stream| wish.wants(stream))?);
        }
        reader.seek(begin);
        if !wish.follow {
            reader.stop_at(end);
        }
        let guard = held.record.guard.clone().map(with_handle);
        Ok(Source { held, wish, reader, guard, is_over: !wish.follow, has_failed: false })
    }

    /// Gives the next bytes to `take`, if they are wanted.
    pub(super) fn read(&mut self, out: &mut Out, mut take: impl FnMut(Stream, Option<u64>, &[u8])) -> Came {
        if self.has_failed {
            return Came::Nothing;
        }
        let label = || pick::label(&self.held.record);
        match self.reader.read() {
            Ok(Next::End) => return Came::Nothing,
            Ok(Next::Bytes { stream, epoch_ms, bytes }) => {
                if self.wish.wants(stream) {
                    take(stream, epoch_ms, bytes);
                }
            }
            Ok(Next::Lost(n)) => out.warn(&format!("{n} bytes of the log of {} could not be written", label())),
            Ok(Next::Gone(n)) => {
                let how_many = n.map_or_else(|| "some".to_owned(), |n| n.to_string());
                out.warn(&format!("{how_many} bytes of the log of {} were removed before they were read", label()));
            }
            Err(e) => {
                out.error(&Error::new(format!("read the log of {}", label()), plain(&e)));
                (self.has_failed, self.is_over) = (true, true);
            }
        }
        Came::Something
    }

    /// Will nothing more be written? To be asked before the last read. A guard that is gone may have a successor.
    pub(super) fn is_over(&mut self) -> bool {
        while !self.is_over {
            let Some((identity, handle)) = &self.guard else {
                self.is_over = true;
                break;
            };
            let is_gone = match handle {
                Some(handle) => handle.has_ended(),
                None => Health::of(identity) == Health::Gone,
            };
            let now =
                || store::job(&self.held.place, self.held.record.id).filter(|now| now.uid == self.held.record.uid);
            if !is_gone {
                // Who cannot be judged is over when nobody knows of him any more.
                self.is_over = handle.is_none() && now().is_none();
                break;
            }
            let next = now().and_then(|now| now.guard).filter(|g| g != identity && Health::of(g) != Health::Gone);
            self.guard = next.map(with_handle);
        }
        self.is_over
    }

    /// Readable when the guard ends.
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.guard.as_ref().filter(|_| !self.is_over).and_then(|(_, handle)| handle.as_ref())
    }
}

fn with_handle(guard: Identity) -> (Identity, Option<Handle>) {
    let handle = guard.life().handle();
    (guard, handle)
}
