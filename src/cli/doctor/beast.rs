//! The selftest's creatures: processes that will not go. Each writes one line into the roster when it is as it says,
//! and ends by itself after a while whatever becomes of the test.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Doing, Result};
use crate::exit;
use crate::process::Identity;
use crate::sys::spawn::{self, Fork};
use crate::sys::{self, apart, file, signal};

/// No creature lives longer.
const LIFE: u32 = 30;

/// Which creature, and where it reports.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    kind: Kind,
    roster: PathBuf,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// Starts one of each kind below itself.
    Brood,
    /// Does nothing special.
    Plain,
    /// Ignores HUP, INT and TERM.
    Deaf,
    /// The same in a session of its own.
    Session,
    /// The same after two forks, without a terminal, a parent or an environment.
    Daemon,
    /// What `Daemon` becomes.
    Born,
}

impl Kind {
    /// Those that a brood starts.
    const MEMBERS: [Kind; 4] = [Kind::Plain, Kind::Deaf, Kind::Session, Kind::Daemon];

    fn word(self) -> &'static str {
        match self {
            Kind::Brood => "brood",
            Kind::Plain => "plain",
            Kind::Deaf => "deaf",
            Kind::Session => "session",
            Kind::Daemon => "daemon",
            Kind::Born => "born",
        }
    }

    /// For people; as it stands in the roster.
    fn title(self) -> &'static str {
        match self {
            Kind::Brood => "command",
            Kind::Plain => "plain",
            Kind::Deaf => "ignores-hup-int-term",
            Kind::Session => "own-session",
            Kind::Daemon | Kind::Born => "daemon-without-environment",
        }
    }
}

/// How many lines a whole brood writes.
pub(super) const BROOD: usize = 1 + Kind::MEMBERS.len();

/// Is that creature, until its end.
pub(in crate::cli) fn run(args: &Args) -> Result<i32> {
    apart::end_after(LIFE);
    let deaf = || [signal::HUP, signal::INT, signal::TERM].into_iter().try_for_each(signal::ignore);
    match args.kind {
        Kind::Brood => {
            for kind in Kind::MEMBERS {
                let _ = creature(kind, &args.roster)?.spawn().doing(|| format!("start a creature {}", kind.word()))?;
            }
        }
        Kind::Plain => {}
        Kind::Deaf => deaf().doing(|| "ignore signals".to_owned())?,
        Kind::Session => {
            // The spawned child of a brood leads no group.
            deaf().and_then(|()| apart::new_session()).doing(|| "leave the session".to_owned())?;
        }
        Kind::Daemon => return daemon(&args.roster),
        Kind::Born => deaf().doing(|| "ignore signals".to_owned())?,
    }
    report(args)?;
    apart::wait_for_the_end()
}

/// The command line of a creature; what it inherits is /dev/null.
pub(super) fn creature(kind: Kind, roster: &Path) -> Result<Command> {
    let exe = std::env::current_exe().doing(|| "find our own executable".to_owned())?;
    let mut command = Command::new(exe);
    command.arg("__beast").arg(kind.word()).arg(roster);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

/// Forks twice, out of the session and away from every parent, and is born anew with nothing.
fn daemon(roster: &Path) -> Result<i32> {
    let doing = || "become a daemon".to_owned();
    for leaves in [true, false] {
        if let Fork::Parent(_) = spawn::fork().doing(doing)? {
            spawn::leave(exit::DONE);
        }
        if leaves {
            apart::new_session().doing(doing)?;
        }
    }
    apart::end_after(LIFE);
    let e = creature(Kind::Born, roster)?.env_clear().current_dir("/").exec();
    Err(e).doing(doing)
}

fn report(args: &Args) -> Result<()> {
    let start = Identity::of(sys::pid()).map_or(0, |i| i.start);
    let line = format!("{} {start} {}\n", sys::pid(), args.kind.title());
    let doing = || format!("write to {}", args.roster.display());
    // One write, so that lines do not mix.
    file::append_private(&args.roster).and_then(|mut f| f.write_all(line.as_bytes())).doing(doing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn words_are_what_the_command_line_takes() {
        for kind in Kind::value_variants() {
            assert_eq!(Kind::from_str(kind.word(), false), Ok(*kind));
        }
    }
}
