//! How a session is, from what the kernel says now: alive, or how it died as far as that can be known.
//!
//! Pure, and never guesses: whether a shell left by itself or was killed, nobody can tell afterwards.

use crate::process::Table;
use crate::record::Session;
use crate::sys::os;

/// How a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Alive,
    /// Alive; a signal has stopped the shell.
    Stopped,
    /// The shell has ended.
    ShellGone,
    /// The shell has ended, and its terminal's device is not there any more.
    TerminalGone,
    /// The shell lives without a terminal: it was hung up.
    HungUp,
    /// The shell lives on another terminal than the one it registered with.
    Moved,
    /// The machine has been restarted since.
    Rebooted,
    /// Of another pid namespace, or nothing can be proven here: not ours to judge.
    Elsewhere,
}

impl Fate {
    /// The fate of a session; `has_device` says whether its terminal's device is there.
    pub(super) fn of(s: &Session, table: &Table, has_device: bool) -> Fate {
        let (who, boot) = (&s.identity, os::boot_id());
        if boot.is_empty() {
            return Fate::Elsewhere;
        }
        if who.boot != boot {
            return Fate::Rebooted;
        }
        if who.ns != os::pid_namespace() {
            return Fate::Elsewhere;
        }
        match table.get(who.pid).filter(|row| who.is(row) && !row.is_dead()) {
            None if s.tty.is_some() && !has_device => Fate::TerminalGone,
            None => Fate::ShellGone,
            Some(row) if row.tty_dev == s.tty_dev && row.is_stopped() => Fate::Stopped,
            Some(row) if row.tty_dev == s.tty_dev => Fate::Alive,
            Some(row) if row.tty_dev == 0 => Fate::HungUp,
            Some(_) => Fate::Moved,
        }
    }

    pub(super) fn is_alive(self) -> bool {
        matches!(self, Fate::Alive | Fate::Stopped)
    }

    /// `alive`, `over` or `elsewhere`.
    pub(super) fn state(self) -> &'static str {
        match self {
            Fate::Alive | Fate::Stopped => "alive",
            Fate::Elsewhere => "elsewhere",
            _ => "over",
        }
    }

    /// How it died, in words.
    pub(super) fn died(self) -> Option<&'static str> {
        Some(match self {
            Fate::Alive | Fate::Stopped | Fate::Elsewhere => return None,
            Fate::ShellGone => "shell gone",
            Fate::TerminalGone => "shell and terminal gone",
            Fate::HungUp => "terminal hung up",
            Fate::Moved => "on another terminal",
            Fate::Rebooted => "machine restarted",
        })
    }

    /// For a table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Fate::Stopped => "stopped",
            Fate::Elsewhere => "other namespace",
            _ => self.died().unwrap_or("alive"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Identity;
    use crate::sys::Stat;

    fn session(boot: &str, ns: u64) -> Session {
        let identity = Identity { pid: 50, start: 7, boot: boot.into(), ns, ino: None };
        Session {
            schema: String::new(),
            machine: String::new(),
            shell: "zsh".into(),
            identity,
            sid: 50,
            tty_dev: 9,
            tty: Some("/dev/pts/9".into()),
            registered_at: String::new(),
        }
    }

    fn row(start: u64, tty_dev: u64, state: u8) -> Table {
        Table::new(vec![Stat { tty_dev, state, start, ..Stat::made_up(50, 1) }])
    }

    #[test]
    fn a_death_is_told_as_far_as_it_can_be_known() {
        let here = session(os::boot_id(), os::pid_namespace());
        for (table, has_device, wanted) in [
            (row(7, 9, b'S'), true, Fate::Alive),
            (row(7, 9, b'T'), true, Fate::Stopped),
            (row(7, 0, b'S'), false, Fate::HungUp),
            (row(7, 3, b'S'), true, Fate::Moved),
            (row(8, 9, b'S'), true, Fate::ShellGone),
            (row(7, 9, b'Z'), true, Fate::ShellGone),
            (row(8, 9, b'S'), false, Fate::TerminalGone),
            (Table::default(), true, Fate::ShellGone),
        ] {
            assert_eq!(Fate::of(&here, &table, has_device), wanted);
        }
        let now = row(7, 9, b'S');
        assert_eq!(Fate::of(&session("another boot", os::pid_namespace()), &now, true), Fate::Rebooted);
        assert_eq!(Fate::of(&session(os::boot_id(), os::pid_namespace() + 1), &now, true), Fate::Elsewhere);
    }
}
