//! The daemon, and whether the system starts it.

use super::{Check, Holds, check};
use crate::cli::service::{Kind, Look, Plan, lingers};
use crate::record::Place;
use crate::sweep::daemon::{Found, find, own_exe};

/// The daemon, the service, and for how long that stays.
pub(super) fn all() -> Vec<Check> {
    let plan = Plan::new().ok();
    let looks = |kind: &Kind| plan.as_ref().and_then(|plan| kind.look(plan).ok()).filter(|look| *look != Look::Nothing);
    let installed: Vec<(Kind, Look)> =
        Kind::ALL.iter().filter_map(|kind| looks(kind).map(|look| (*kind, look))).collect();
    let mut found = vec![daemon(installed.first().map(|(kind, _)| *kind))];
    found.extend(installed.iter().map(|(kind, look)| service(*kind, look)));
    if installed.iter().any(|(kind, _)| *kind == Kind::Systemd) {
        found.push(match lingers() {
            true => check("linger", Holds::Yes, "your user manager runs without a login"),
            false => check("linger", Holds::No, "your user manager, and the daemon with it, ends with your last login")
                .hint("loginctl enable-linger"),
        });
    }
    found
}

fn daemon(installed: Option<Kind>) -> Check {
    let found = Place::current().map_or(Found::Nobody, |place| find(&place));
    match (found, installed) {
        (Found::Runs(sign), _) if sign.version != env!("CARGO_PKG_VERSION") || sign.exe != own_exe() => {
            let says = format!("process {} is of {}, version {}", sign.who.pid, sign.exe.display(), sign.version);
            check("daemon", Holds::No, says).hint("pj daemon restart")
        }
        (Found::Runs(sign), _) => {
            check("daemon", Holds::Yes, format!("process {} sweeps at once what outlives its guards", sign.who.pid))
        }
        (Found::Somebody { pid }, _) => {
            let says = format!("process {pid} holds its lock, and is not who the file names");
            check("daemon", Holds::No, says).hint("pj daemon status")
        }
        (Found::Nobody, Some(kind)) => {
            let says = format!("{} is to start it, and it does not run", kind.name());
            check("daemon", Holds::Broken, says).hint(format!("pj service install --{}", kind.name()))
        }
        (Found::Nobody, None) => {
            let says = "none runs: what is left when both guards were killed waits for the next pj sweep";
            check("daemon", Holds::Note, says).hint("pj service install")
        }
    }
}

fn service(kind: Kind, look: &Look) -> Check {
    let again = format!("pj service install --{}", kind.name());
    match look {
        Look::Other { program: Some(program) } if !program.is_file() => {
            let says = format!("{} starts {}, which is not there", kind.name(), program.display());
            check("service", Holds::Broken, says).hint(again)
        }
        Look::Other { program } => {
            let what = program.as_ref().map_or_else(|| "an unknown program".to_owned(), |p| p.display().to_string());
            check("service", Holds::No, format!("{} starts {what}, not as this pj would", kind.name())).hint(again)
        }
        Look::Same | Look::Nothing => check("service", Holds::Yes, format!("{} starts this binary", kind.name())),
    }
}
