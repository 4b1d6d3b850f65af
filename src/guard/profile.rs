//! How long a known program may take to end by itself where nobody said: one table, a reason and a measured time each.
//!
//! Found by the name that was typed, never by looking into the program. `--grace` wins over it; what is not in the
//! table has the default. No row is below the default: processes that stay deaf cost their user nothing but a wait that
//! nobody watches, a session that was not saved costs work.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// For everybody else.
const DEFAULT: Duration = Duration::from_secs(5);

/// A program and its grace.
struct Profile {
    name: &'static str,
    grace: Duration,
}

/// The times are from the close to the end of the last that had something to save, by `just agents` on two cores. The
/// grace is well above the longest: terminals are often closed all at once, and then everybody is slow.
const TABLE: &[Profile] = &[
    // 2.3 s, 3.4 s under a tmux server: it ends its tool servers one by one, INT, TERM and KILL with a pause after
    // each, and runs its user's SessionEnd hooks.
    Profile { name: "claude", grace: Duration::from_secs(8) },
    // 0.2 to 1.0 s, its user's SessionEnd hooks included. All is saved then, but its exit waits for node, which after
    // the first shell command optimises the shell's parser: two seconds of work, 5 to 8 s on a busy machine. A KILL
    // would cost nothing there. Its launcher ignores HUP and TERM and leaves when it does.
    Profile { name: "gemini", grace: Duration::from_secs(8) },
    // 0.1 s: it dies of HUP as it is, and its daemon, which is protected, writes what there is to save.
    Profile { name: "codex", grace: DEFAULT },
];

/// The grace of this command line, which begins with the command.
pub fn grace(command: &[OsString]) -> Duration {
    let name = command.first().and_then(|word| Path::new(word).file_name());
    let row = TABLE.iter().find(|row| name.is_some_and(|name| name == row.name));
    row.map_or(DEFAULT, |row| row.grace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_program_is_found_by_the_name_that_was_typed() {
        let of = |words: &[&str]| grace(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(of(&["claude"]) > DEFAULT);
        assert_eq!(of(&["/opt/bin/claude", "-p", "hi"]), of(&["claude"]));
        assert_eq!(of(&["sleep", "claude"]), DEFAULT);
        assert_eq!(of(&["claude-code"]), DEFAULT);
        assert!(TABLE.iter().all(|row| row.grace >= DEFAULT), "never less than for a stranger");
    }
}
