//! Time. Deadlines are monotonic and stand still while the machine sleeps (LAWS L53); dates are for people only.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock that all deadlines use.
pub fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since the epoch: for records and people, never for a deadline.
pub fn epoch_ms() -> u64 {
    // By the call itself: what the kernel maps to do without (`vdso(7)`) costs a process that asks once three pages and a
    // look-up, and every command's start is such a process, twice.
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: clock_gettime writes one timespec.
        if unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &mut at) } == 0 {
            return at.tv_sec as u64 * 1000 + at.tv_nsec as u64 / 1_000_000;
        }
    }
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

/// How long the machine has been suspended since it was started: by so much a time of day may have gone on while nobody
/// could do anything. `clock_gettime(2)`; on macOS `clock_gettime(3)`, where the continuous clock is the raw one.
pub fn suspended() -> Duration {
    #[cfg(target_os = "linux")]
    let (whole, awake) = (libc::CLOCK_BOOTTIME, libc::CLOCK_MONOTONIC);
    #[cfg(target_os = "macos")]
    let (whole, awake) = (libc::CLOCK_MONOTONIC_RAW, libc::CLOCK_UPTIME_RAW);
    let read = |clock| {
        let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: clock_gettime writes one timespec.
        let is_read = unsafe { libc::clock_gettime(clock, &mut at) } == 0;
        is_read.then(|| Duration::new(at.tv_sec.max(0) as u64, at.tv_nsec.max(0) as u32))
    };
    // The awake one first: what goes by between the two counts as suspended, not as awake.
    let (awake, whole) = (read(awake), read(whole));
    whole.zip(awake).map_or(Duration::MAX, |(whole, awake)| whole.saturating_sub(awake))
}

/// `poll(2)`'s timeout for a deadline: milliseconds rounded up, -1 for none.
pub fn timeout_until(deadline: Option<Instant>, now: Instant) -> i32 {
    match deadline {
        None => -1,
        Some(d) => {
            let left = d.saturating_duration_since(now);
            let up = left + Duration::from_micros(999);
            i32::try_from(up.as_millis()).unwrap_or(i32::MAX)
        }
    }
}
