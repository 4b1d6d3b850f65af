//! What a background job has written: raw bytes on disk, when and to which stream, rotated and packed. The guard writes
//! ([`Writer`]), `pj log` reads ([`Reader`]). It must never cost the job anything: whatever fails here, some of the log is
//! lost and that is told; nothing waits, nothing panics. One guard is the one writer; readers take no lock.
//!
//! # The files, in `jobs/<id>/`
//!
//! | file | |
//! |---|---|
//! | `log` | the newest bytes, as they were written. Its number is one above the newest rotated part's |
//! | `log.N` | a rotated part: `log` was renamed once it had `max_size` bytes. Numbers count from 1 and never mean another part; the oldest go when there are more than `keep` |
//! | `log.N.zst` | the same packed: frames of 64 KiB, each whole by itself, and the seek table of zstd's "seekable format" behind them, which other readers pass over. It appears by a rename, then `log.N` goes |
//! | `log.N.zst.new` | a packed part in the making; worth nothing |
//! | `log.N.index` | when and to which stream the bytes of part N were written. Made before the part's first byte, never renamed: `log`'s own is the newest |
//! | `log.room` | 16 KiB of nothing while a guard writes. A full disk costs the log, and this is given back: the job's record must be writable |
//!
//! The one step of a rotation is the rename of `log`: a guard that is killed at any instant leaves each byte once.
//! Nothing is synced: a power cut may cost what the kernel had not written.
//!
//! # The index
//!
//! Records of 16 bytes, numbers little endian. The first is `pj.log/1` and, in 8 bytes, how many bytes of the log came
//! before this part. Each other one:
//!
//! | bytes | |
//! |---|---|
//! | 0–5 | milliseconds since the epoch |
//! | 6 | kind: 0 terminal, 1 stdout, 2 stderr, 3 lost |
//! | 7 | the other fifteen XORed, and 0x5a |
//! | 8–15 | kinds 0–2: from this byte of the part on, what follows is this stream's and was written at this time or within the 100 ms after it. Kind 3: so many bytes were lost here; a record of another kind follows and says where |
//!
//! A record is written before the bytes that it is about, at most every 100 ms unless the stream changes. Of two that
//! contradict each other the later is right; one that is cut off or whose check fails is passed over. Without an index
//! each byte can still be read; only times and streams are unknown.

mod files;
mod index;
mod pack;
mod part;
mod reader;
mod tail;
mod writer;

#[cfg(test)]
mod killed_tests;
#[cfg(test)]
mod log_tests;

pub use reader::{Next, Position, Reader};
pub use writer::Writer;

/// Where a byte was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// The job's terminal: stdout and stderr are one.
    Terminal,
    /// Its stdout, a pipe.
    Out,
    /// Its stderr, a pipe.
    Err,
}

/// How much of a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of `log` at which it is rotated.
    pub max_size: u64,
    /// Rotated parts that are kept; at least one is.
    pub keep: u32,
    /// Pack rotated parts.
    pub compress: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_size: 10 << 20, keep: 5, compress: true }
    }
}
