//! Which session and window a tmux pane is in. Only the server knows, and it moves panes at will: it is asked, once for
//! all its panes, and never waited for longer than [`PATIENCE`].

use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::sys::clock;
use crate::sys::fd::{self, Ask};

/// A server answers in 3 ms; one that is stopped never does.
const PATIENCE: Duration = Duration::from_millis(300);
/// More than any number of panes needs.
const MOST: usize = 1 << 20;

/// `session:window.pane` of each pane (`%4`) of the server at this socket; nothing where it does not answer.
pub(super) fn panes(socket: &str) -> BTreeMap<String, String> {
    let format = "#{pane_id} #{session_name}:#{window_index}.#{pane_index}";
    let mut tmux = Command::new("tmux");
    tmux.args(["-S", socket, "list-panes", "-a", "-F", format]);
    let answer = ask(&mut tmux, clock::now() + PATIENCE).unwrap_or_default();
    answer.lines().filter_map(|l| l.split_once(' ')).map(|(id, at)| (id.to_owned(), at.to_owned())).collect()
}

/// What a program prints, if it is done before the deadline. It is our own child, and ended in any case.
fn ask(command: &mut Command, deadline: Instant) -> Option<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let text = child.stdout.take().and_then(|mut out| {
        let (mut text, mut part) = (Vec::new(), [0u8; 4096]);
        while text.len() < MOST {
            let ready = fd::poll(
                &[Ask { fd: Some(out.as_fd()), read: true, write: false }],
                clock::timeout_until(Some(deadline), clock::now()),
            );
            if !ready.is_ok_and(|r| r[0].readable || r[0].hung_up) {
                return None;
            }
            match out.read(&mut part) {
                Ok(0) => return Some(text),
                Ok(n) => text.extend_from_slice(&part[..n]),
                Err(_) => return None,
            }
        }
        None
    });
    // It has said all, or is late.
    let _ = child.kill();
    let _ = child.wait();
    String::from_utf8(text?).ok()
}
