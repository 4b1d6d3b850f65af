//! Telling somebody outside: a notification on the desktop, and a command with lines on its standard input. Each is a child
//! of ours, bounded in time, and nobody waits for it but who wants to. Knows nothing of events.
//!
//! It never tells through a shell: what others have called their processes is an argument, or a line of input.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::sys::signal::{self, Mask};
use crate::sys::spawn::{self, Fork, Prepared};
use crate::sys::{Pid, apart, clock, fd};

/// What a pipe takes without a reader, mostly (`pipe(7)`). One of a user who has a thousand takes far less.
const MOST: usize = 60_000;
/// After KILL.
const GOES: Duration = Duration::from_secs(1);
/// Between two looks at who is being told.
const STEP: Duration = Duration::from_millis(10);

/// Somebody who is being told.
#[derive(Debug)]
pub struct Telling {
    child: Pid,
    until: Instant,
}

/// Shows a few words on the desktop.
pub fn desktop(title: &str, body: &str, most: Duration) -> io::Result<Telling> {
    let words: &[&str] = if cfg!(target_os = "macos") {
        let show = "display notification (item 2 of argv) with title (item 1 of argv)";
        &["osascript", "-e", "on run argv", "-e", show, "-e", "end run", title, body]
    } else {
        &["notify-send", "--app-name=pj", "--", title, body]
    };
    start(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>(), b"", most)
}

/// Starts a command and gives it these lines.
pub fn command(words: &[String], lines: &[u8], most: Duration) -> io::Result<Telling> {
    start(words, lines, most)
}

fn start(words: &[String], input: &[u8], most: Duration) -> io::Result<Telling> {
    if words.is_empty() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let argv: Vec<OsString> = words.iter().map(OsString::from).collect();
    let prepared = Prepared::new(&argv, std::env::var_os("PATH").as_deref())?;
    prepared.resolved().ok_or(io::ErrorKind::NotFound)?;
    let env = spawn::environ();
    let (read, write) = fd::pipe()?;
    // Above the three that the child is given.
    let (read, write) = (fd::above_std(read)?, fd::above_std(write)?);
    match spawn::fork()? {
        Fork::Child => {
            // Over the exec, too: it ends even if we are gone, or have executed ourselves anew and know nothing of it.
            apart::end_after(u32::try_from(most.as_secs()).unwrap_or(u32::MAX - 1) + 2);
            let given = fd::onto_each_std([read.as_fd(); 3]).and_then(|()| fd::null_std(&[1, 2]));
            if given.and_then(|()| spawn::dispositions(false, &Mask::none())).is_ok() {
                let _ = prepared.exec(&env);
            }
            spawn::leave(crate::exit::NOT_FOUND)
        }
        Fork::Parent(child) => {
            drop(read);
            give(write.as_fd(), input);
            Ok(Telling { child, until: clock::now() + most })
        }
    }
}

/// Whole lines, as many as fit: who never reads does not stop us, and who has left already wants none.
fn give(write: BorrowedFd, input: &[u8]) {
    let fits = input.len() <= MOST;
    let end = if fits { Some(input.len()) } else { input[..MOST].iter().rposition(|&b| b == b'\n').map(|at| at + 1) };
    if fd::set_nonblocking(write).is_err() {
        return;
    }
    for line in input[..end.unwrap_or(0)].split_inclusive(|&b| b == b'\n') {
        // One that is no longer than a page is written whole or not at all.
        if fd::write_all(write, line).is_err() {
            return;
        }
    }
}

impl Telling {
    /// Answers when to come again; `None` when it is over. Who takes too long is killed: it is our own child, which nobody
    /// has reaped, so that the number is nobody else's.
    pub fn turn(&mut self, now: Instant) -> Option<Instant> {
        if spawn::has_ended(self.child) {
            return None;
        }
        if now < self.until {
            return Some((now + STEP).min(self.until));
        }
        let _ = signal::send_child(self.child, signal::KILL);
        // Who has become another user meanwhile does not go for that, and who is in the kernel not yet.
        (now < self.until + GOES).then_some(now + STEP)
    }
}

/// Waits until all have been told, or given up.
pub fn finish(telling: &mut Vec<Telling>) {
    loop {
        let now = clock::now();
        telling.retain_mut(|one| one.turn(now).is_some());
        if telling.is_empty() {
            return;
        }
        let _ = fd::poll::<0>(&[], STEP.as_millis() as i32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn a_command_has_whole_lines_and_no_more_time_than_it_was_given() {
        let file = std::env::temp_dir().join(format!("pj-notify-{}", crate::sys::pid()));
        let lines = b"{\"a\":1}\n".repeat(20_000);
        let cat = words(&["sh", "-c", "cat > \"$0\"", &file.to_string_lossy()]);
        let mut all = vec![command(&cat, &lines, Duration::from_secs(20)).unwrap()];
        let deaf = words(&["sleep", "1000"]);
        all.push(command(&deaf, &lines, Duration::from_millis(50)).unwrap());
        let sleeper = all[1].child;
        finish(&mut all);
        let came = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(came.len() > MOST - 10 && came.len() <= MOST && lines.starts_with(&came) && came.ends_with(b"}\n"));
        assert!(crate::sys::os::stat(sleeper).is_none_or(|s| s.is_dead()));
        // A pipe that takes nothing any more.
        let (full, _reader) = std::os::unix::net::UnixStream::pair().unwrap();
        full.set_nonblocking(true).unwrap();
        while std::io::Write::write(&mut &full, &lines).is_ok() {}
        full.set_nonblocking(false).unwrap();
        give(full.as_fd(), &lines);
        assert!(command(&words(&["/no/such/program"]), b"", STEP).is_err() && command(&[], b"", STEP).is_err());
    }
}
