//! Reading ahead: what costs a file each is read by other threads while this one makes something of it. For `pj`, which
//! may tell ten thousand; never in a guard or a sweep, which have one thread, and over before anything is told.

use std::num::NonZero;
use std::sync::mpsc::sync_channel;
use std::thread;

/// So many are read between two words from thread to thread.
const STEP: usize = 64;
/// Fewer are not worth a thread, which costs as much as some twenty files.
const LEAST: usize = 256;
/// One alone makes something of what these read.
const MOST: usize = 3;
/// How many steps one may be ahead.
const AHEAD: usize = 8;

/// Gives what `read` makes of all of it to `take`, in order and some at a time.
pub fn ahead<T: Sync, R: Send>(all: &[T], read: impl Fn(&[T]) -> R + Sync, mut take: impl FnMut(R)) {
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    let hands = if all.len() < LEAST { 0 } else { (processors() - 1).min(MOST) };
    if hands == 0 {
        return take(read(all));
    }
    thread::scope(|scope| {
        let read = &read;
        let begin = |hand| {
            let (to, from) = sync_channel(AHEAD);
            let mine = all.chunks(STEP).skip(hand).step_by(hands);
            // Nobody to send to: the one who takes has panicked.
            let work = move || mine.map(read).try_for_each(|part| to.send(part)).unwrap_or_default();
            thread::Builder::new().spawn_scoped(scope, work).ok().map(|_| from)
        };
        let others: Vec<_> = (0..hands).map(begin).collect();
        for (at, part) in all.chunks(STEP).enumerate() {
            // Where no thread could be had, its part is read here.
            let done = others[at % hands].as_ref().and_then(|from| from.recv().ok());
            take(done.unwrap_or_else(|| read(part)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_taken_once_and_in_order() {
        for many in [0, 1, LEAST - 1, LEAST, LEAST + 1, 9 * LEAST - 1] {
            let all: Vec<usize> = (0..many).collect();
            let mut taken = Vec::new();
            ahead(&all, <[usize]>::to_vec, |part| taken.extend(part));
            assert_eq!(taken, all);
        }
    }
}
