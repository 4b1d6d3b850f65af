//! Many like things at once: what costs a file each is shared out over the processors. For `pj`, which may tell ten
//! thousand; never in a guard or a sweep, which have one thread, and over before anything is started or told.

use std::num::NonZero;
use std::thread;

/// As many of the things as are worth a thread, which costs as much as some twenty files.
const LEAST: usize = 256;
/// More would wait for each other's memory.
const MOST: usize = 4;

/// What `work` makes of all of it, in the order of the things: a part for each hand. Few are one part, made here.
pub fn share<T: Sync, R: Send>(all: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let wanted = (all.len() / LEAST).min(MOST);
    let hands = if wanted < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get).min(wanted) };
    if hands < 2 {
        return vec![work(all)];
    }
    let mut parts = all.chunks(all.len().div_ceil(hands));
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let work = &work;
        let begin = |part| (part, thread::Builder::new().spawn_scoped(scope, move || work(part)));
        let others: Vec<_> = parts.map(begin).collect();
        let first = work(own);
        // Where no thread can be had, its part is done here; what panicked there would have panicked here.
        let done = others.into_iter().map(|(part, hand)| match hand {
            Ok(hand) => hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => work(part),
        });
        std::iter::once(first).chain(done).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_done_once_and_in_order() {
        for many in [0, 1, LEAST, 2 * LEAST, 2 * LEAST + 1, 9 * LEAST - 1] {
            let all: Vec<usize> = (0..many).collect();
            let parts = share(&all, <[usize]>::to_vec);
            assert!(parts.len() <= MOST && (many >= 2 * LEAST || parts.len() == 1));
            assert_eq!(parts.concat(), all);
        }
    }
}
