//! The crowd: strangers on every process number that comes free, who write down each signal that they get.
//!
//! `beast LOG crowd ROOM PROGRAM…` is meant as pid 1 of a pid namespace of its own. It makes the namespace's numbers few,
//! runs PROGRAM, and keeps strangers coming and going beside it for as long as that runs: plain ones, leaders of groups
//! and of sessions, each with a child in it, and orphans, who have the same parent as the orphans of a job. A stranger
//! blocks all signals and reads them; KILL and STOP, which nobody can read, are seen by whoever waits for him. At the
//! end one line says what there was. It must never signal anybody itself.

use crate::roster::Roster;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// The kernel begins anew here when the numbers have run out (RESERVED_PIDS, kernel/pid.c).
const FIRST: i32 = 300;
/// Strangers forked by pid 1 at one time; most of them have a child.
const AT_ONCE: usize = 36;
/// More numbers than a namespace of the crowd's has.
const NUMBERS: usize = 65_536;

/// Where strangers stand: a byte for each number, in memory that all of them share.
struct Marks(&'static [AtomicU8]);

const NOBODY: u8 = 0;
const STRANGER: u8 = 1;

impl Marks {
    fn new() -> Marks {
        // SAFETY: fresh memory of the kernel's, all zeros, never given back.
        let all = unsafe {
            let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
            let at = libc::mmap(std::ptr::null_mut(), NUMBERS, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert!(at != libc::MAP_FAILED, "no memory to share");
            std::slice::from_raw_parts(at.cast::<AtomicU8>(), NUMBERS)
        };
        Marks(all)
    }

    fn of(&self, pid: i32) -> &AtomicU8 {
        &self.0[usize::try_from(pid).unwrap_or(0) % NUMBERS]
    }
}

/// What there was.
#[derive(Default)]
struct Count {
    born: u64,
    ended: u64,
    /// Times from one stranger's birth to the next one's on the same number, in microseconds.
    again: Vec<u64>,
    wrong: u64,
}

struct Crowd<'a> {
    log: &'a Roster,
    marks: Marks,
    room: i32,
    /// Numbers that the kernel does not keep few by itself: steered by `ns_last_pid`.
    steered: bool,
    /// Our own children among the strangers.
    here: HashMap<i32, Instant>,
    last: HashMap<i32, Instant>,
    count: Count,
}

/// Run the program in the crowd; leaves with its code, or 99 when a stranger was touched.
pub(crate) fn run(log: &Roster, options: &[String]) {
    nix::unistd::alarm::cancel();
    let [room, program, args @ ..] = options else { return };
    let room: i32 = room.parse().expect("how many numbers there are");
    let most = FIRST + room;
    let steered = std::fs::write("/proc/sys/kernel/pid_max", most.to_string()).is_err();
    let child = std::process::Command::new(program).args(args).spawn().expect("the program starts");
    let marks = Marks::new();
    let (here, last) = (HashMap::new(), HashMap::new());
    let mut crowd = Crowd { log, marks, room, steered, here, last, count: Count::default() };
    let code = crowd.play(child.id().cast_signed());
    crowd.tell();
    std::process::exit(if crowd.count.wrong > 0 { 99 } else { code });
}

impl Crowd<'_> {
    /// Until the program has ended and the last stranger has gone.
    fn play(&mut self, program: i32) -> i32 {
        let mut code = None;
        let mut until = Instant::now();
        loop {
            while code.is_none() && self.here.len() < AT_ONCE && self.bear() {}
            let (pid, status, marked) = self.wait(code.is_some());
            if pid == program && !libc::WIFSTOPPED(status) {
                code = Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 98 });
                until = Instant::now() + Duration::from_secs(2);
            } else if pid > 0 {
                self.ended(pid, status, marked);
            }
            match code {
                Some(code) if pid < 0 => return code,
                Some(code) if Instant::now() > until => {
                    self.wrong("somebody of a job's lives on, or a stranger does not leave");
                    return code;
                }
                Some(_) if pid == 0 => crate::roster::tick(5),
                _ => {}
            }
        }
    }

    /// Who has ended or was stopped, and whether the mark of a stranger is on him. That is asked before he is reaped: from
    /// then on his number may be another's, who sets a mark of his own.
    fn wait(&self, over: bool) -> (i32, i32, bool) {
        let (mut status, what) = (0, libc::WEXITED | libc::WSTOPPED | libc::WNOWAIT | self.hurry(over));
        // SAFETY: information and status are ours.
        unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            if libc::waitid(libc::P_ALL, 0, &raw mut info, what) < 0 {
                return (-1, 0, false);
            }
            let pid = info.si_pid();
            if pid == 0 {
                return (0, 0, false);
            }
            let marked = self.marks.of(pid).load(Ordering::SeqCst) == STRANGER;
            if marked && info.si_code != libc::CLD_STOPPED {
                self.marks.of(pid).store(NOBODY, Ordering::SeqCst);
            }
            (libc::waitpid(pid, &raw mut status, libc::WUNTRACED | libc::WNOHANG), status, marked)
        }
    }

    /// Nothing to wait for without end once the program has gone: somebody may have stayed.
    fn hurry(&self, over: bool) -> i32 {
        if over { libc::WNOHANG } else { 0 }
    }

    /// One more stranger; false where there is no number left.
    fn bear(&mut self) -> bool {
        let (kind, life) = (self.count.born % 4, 4 + (self.count.born * 7 % 23) as i64);
        // SAFETY: one thread; the child calls only what is safe after a fork.
        let pid = unsafe { libc::fork() };
        match pid {
            0 => stranger(self.log, &self.marks, kind, life),
            1.. => {
                let now = Instant::now();
                self.count.born += 1;
                self.here.insert(pid, now);
                if let Some(before) = self.last.insert(pid, now) {
                    self.count.again.push((now - before).as_micros() as u64);
                }
                if self.steered && pid >= FIRST + self.room {
                    next_is(FIRST);
                }
                true
            }
            _ => false,
        }
    }

    /// Somebody has ended, or was stopped: a stranger of ours, a stranger's orphan, or an orphan of a job.
    fn ended(&mut self, pid: i32, status: i32, marked: bool) {
        if libc::WIFSTOPPED(status) {
            // An orphan of a job that a sweep has stopped is none of ours.
            if marked || self.here.contains_key(&pid) {
                self.wrong(&format!("stranger {pid} was stopped"));
            }
            return;
        }
        let ours = self.here.remove(&pid).is_some();
        if ours || marked {
            self.count.ended += 1;
            if libc::WIFSIGNALED(status) {
                self.wrong(&format!("stranger {pid} died of signal {}", libc::WTERMSIG(status)));
            } else if libc::WEXITSTATUS(status) != 0 {
                self.wrong(&format!("stranger {pid} or a child of his was touched"));
            }
        } else if next_is(pid) {
            // A job's orphan, whom a sweep may just be looking at: his number is a stranger's at once.
            self.bear();
        }
    }

    fn wrong(&mut self, what: &str) {
        self.count.wrong += 1;
        self.log.event("wrong", what);
    }

    fn tell(&mut self) {
        let again = &mut self.count.again;
        again.sort_unstable();
        let at = |part: usize| again.get(again.len() * part / 100).copied().unwrap_or(0);
        let told = format!("born {} again-p10-us {} again-p50-us {}", self.count.born, at(10), at(50));
        let steered = if self.steered { "ns_last_pid" } else { "pid_max" };
        self.log.event("crowd", &format!("{told} wrong {} by {steered}", self.count.wrong));
    }
}

/// The next process of this namespace gets this number, or the first free one after it; whether that could be said.
fn next_is(pid: i32) -> bool {
    std::fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).is_ok()
}

/// A stranger's whole life: in place, deaf to nothing, and gone after so many milliseconds. His code is 0 if nobody
/// touched him or his child.
fn stranger(log: &Roster, marks: &Marks, kind: u64, life: i64) -> ! {
    // SAFETY: numbers and a set on this frame.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
        marks.of(libc::getpid()).store(STRANGER, Ordering::SeqCst);
        match kind {
            1 => drop(libc::setsid()),
            2 => drop(libc::setpgid(0, 0)),
            _ => {}
        }
        let child = if kind == 0 { -1 } else { libc::fork() };
        if child == 0 {
            marks.of(libc::getpid()).store(STRANGER, Ordering::SeqCst);
            leave(log, marks, &all, life, false);
        }
        // The third kind leaves his child to pid 1.
        let touched = if kind == 3 { false } else { stay(log, &all, life) };
        let child_touched = kind != 3 && child > 0 && touched_child(log, child);
        marks.of(libc::getpid()).store(NOBODY, Ordering::SeqCst);
        libc::_exit(i32::from(touched || child_touched));
    }
}

fn leave(log: &Roster, marks: &Marks, all: &libc::sigset_t, life: i64, touched: bool) -> ! {
    let touched = touched | stay(log, all, life);
    // SAFETY: numbers only.
    unsafe {
        marks.of(libc::getpid()).store(if touched { STRANGER } else { NOBODY }, Ordering::SeqCst);
        libc::_exit(i32::from(touched))
    }
}

/// Wait the time out; whether any signal came. SIGCHLD is of one's own child.
fn stay(log: &Roster, all: &libc::sigset_t, life: i64) -> bool {
    let until = Instant::now() + Duration::from_millis(life.unsigned_abs());
    let mut touched = false;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let time = libc::timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
        // SAFETY: all three live as long as the call.
        let (signal, from) = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let signal = libc::sigtimedwait(all, &raw mut info, &raw const time);
            (signal, info.si_pid())
        };
        if signal > 0 && signal != libc::SIGCHLD {
            touched = true;
            log.event("wrong", &format!("signal {signal} from {from} came to stranger"));
        } else if signal < 0 && left.is_zero() {
            return touched;
        }
    }
}

/// Reap one's child; whether it was touched.
fn touched_child(log: &Roster, child: i32) -> bool {
    let mut status = 0;
    // SAFETY: the status is ours.
    let done = unsafe { libc::waitpid(child, &raw mut status, libc::WUNTRACED) };
    let what = match () {
        () if done != child => return false,
        () if libc::WIFSTOPPED(status) => "was stopped".to_owned(),
        () if libc::WIFSIGNALED(status) => format!("died of signal {}", libc::WTERMSIG(status)),
        () => return libc::WEXITSTATUS(status) != 0,
    };
    log.event("wrong", &format!("a stranger's child {what}"));
    true
}
