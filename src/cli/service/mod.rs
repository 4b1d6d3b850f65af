//! `pj service`: has the system start the daemon, by what there is: a systemd user unit, a launchd agent, a line for cron.
//!
//! Never: overwrites or takes away a file or a line that it has not written itself; writes for anybody but this user.

mod cron;
mod files;
mod launchd;
mod run;
mod systemd;

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::doctor::beside;
use super::out::Out;
use super::table::Tone;
use crate::config;
use crate::error::{Error, Result};
use crate::exit;
use crate::guard::scope;
use crate::record::Place;
use crate::sweep::daemon::{Found, find, own_exe};
use crate::sys::file;

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have the system start the daemon from now on, and start it
    Install(How),
    /// Take away what install has written, and end the daemon
    Uninstall(How),
    /// Tell what is installed, whether it starts this binary, and whether the daemon runs
    Status(Which),
}

#[derive(Debug, clap::Args)]
struct How {
    #[command(flatten)]
    which: Which,
    /// Show the files and commands; write and run nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, clap::Args)]
#[group(multiple = false)]
struct Which {
    /// A unit of systemd's user manager, and a timer that sweeps besides
    #[arg(long)]
    systemd: bool,
    /// An agent of launchd's (macOS), and one that sweeps besides
    #[arg(long)]
    launchd: bool,
    /// A line in the crontab: each minute, if the daemon does not run it is started
    #[arg(long)]
    cron: bool,
}

/// Who starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Systemd,
    Launchd,
    Cron,
}

impl Which {
    fn said(self) -> Option<Kind> {
        let said = [(self.systemd, Kind::Systemd), (self.launchd, Kind::Launchd), (self.cron, Kind::Cron)];
        said.into_iter().find_map(|(is, kind)| is.then_some(kind))
    }
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Systemd, Kind::Launchd, Kind::Cron];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Systemd => "systemd",
            Kind::Launchd => "launchd",
            Kind::Cron => "cron",
        }
    }

    /// What this machine has.
    fn of_here() -> Result<Kind> {
        if cfg!(target_os = "macos") {
            return Ok(Kind::Launchd);
        }
        if run::has("systemctl") && scope::answers().is_ok() {
            return Ok(Kind::Systemd);
        }
        if run::has("crontab") {
            return Ok(Kind::Cron);
        }
        let cause = "no user manager of systemd answers, and there is no crontab command";
        Err(Error::new("install the service", cause).hint("pj daemon start"))
    }

    /// Is anything of ours there, and does it start this binary?
    pub(super) fn look(self, plan: &Plan) -> Result<Look> {
        match self {
            Kind::Systemd => Ok(files::look(&systemd::files(plan)?, systemd::program)),
            Kind::Launchd => Ok(files::look(&launchd::files(plan)?, launchd::program)),
            Kind::Cron if !run::has("crontab") => Ok(Look::Nothing),
            Kind::Cron => cron::look(plan),
        }
    }
}

/// What is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing of ours.
    Nothing,
    /// What would be written now.
    Same,
    /// Something else of ours: another program, an older pj's, or a part of it.
    Other {
        /// What it starts.
        program: Option<PathBuf>,
    },
}

/// What is to be started.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pj: String,
    sweep: Vec<String>,
    /// What cron, systemd and launchd would not know.
    env: Vec<(String, String)>,
}

impl Plan {
    /// This binary, as it stands now.
    pub(super) fn new() -> Result<Plan> {
        let doing = || "install the service".to_owned();
        let text = |path: PathBuf| match path.to_str() {
            Some(text) if path.is_absolute() && !text.contains(char::is_control) => Ok(text.to_owned()),
            _ => Err(Error::new(doing(), format!("{} is no path that can be written down", path.display()))),
        };
        let pj = text(own_exe())?;
        let sweep = match beside("pj-sweep") {
            Some(path) => vec![text(path)?, "-q".into()],
            None => vec![pj.clone(), "sweep".into(), "-q".into()],
        };
        let known = |name: &str| file::env_dir(name).map(|dir| Ok((name.to_owned(), text(dir)?)));
        let env = ["XDG_STATE_HOME", "XDG_CONFIG_HOME"].into_iter().filter_map(known).collect::<Result<_>>()?;
        Ok(Plan { pj, sweep, env })
    }
}

/// Does it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let plan = Plan::new()?;
    match &args.verb {
        Verb::Install(how) => {
            let kind = how.which.said().map_or_else(Kind::of_here, Ok)?;
            install(kind, &plan, how.dry_run, out)
        }
        Verb::Uninstall(how) => uninstall(how, &plan, out),
        Verb::Status(which) => status(*which, &plan, out),
    }
}

fn install(kind: Kind, plan: &Plan, dry: bool, out: &mut Out) -> Result<i32> {
    if !dry {
        // Nobody is ended on settings that are not understood, and a service that does nothing is none.
        config::load().sound()?;
    }
    let code = match kind {
        Kind::Systemd => {
            systemd::can_start(plan)?;
            files::install(&systemd::files(plan)?, &systemd::begin(), dry, out)?
        }
        Kind::Launchd => files::install(&launchd::files(plan)?, &launchd::begin(plan)?, dry, out)?,
        Kind::Cron => cron::install(plan, dry, out)?,
    };
    if !dry && kind == Kind::Systemd && !lingers() {
        out.note("it ends with your last login\nhint: loginctl enable-linger");
    }
    Ok(code)
}

fn uninstall(how: &How, plan: &Plan, out: &mut Out) -> Result<i32> {
    let mut found = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| how.which.said().is_none_or(|said| said == *kind)) {
        if kind.look(plan)? == Look::Nothing {
            continue;
        }
        found += 1;
        match kind {
            Kind::Systemd => files::uninstall(&systemd::files(plan)?, &systemd::end(), how.dry_run, out)?,
            Kind::Launchd => files::uninstall(&launchd::files(plan)?, &launchd::end(), how.dry_run, out)?,
            Kind::Cron => cron::uninstall(how.dry_run, out)?,
        }
    }
    if found == 0 {
        out.note("nothing is installed");
        return Ok(exit::NOTHING);
    }
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct Status {
    schema: &'static str,
    services: Vec<Installed>,
    running: bool,
    lingers: Option<bool>,
}

#[derive(Serialize)]
struct Installed {
    kind: Kind,
    /// What it starts, where that can be read.
    program: Option<PathBuf>,
    /// That is this binary, as it would be installed now.
    is_this: bool,
    /// The program is where it is looked for.
    is_there: bool,
}

/// What is installed of these.
fn installed(which: Option<Kind>, plan: &Plan) -> Result<Vec<Installed>> {
    let mut found = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| which.is_none_or(|said| said == *kind)) {
        let (program, is_this) = match kind.look(plan)? {
            Look::Nothing => continue,
            Look::Same => (Some(PathBuf::from(&plan.pj)), true),
            Look::Other { program } => (program, false),
        };
        let is_there = program.as_ref().is_some_and(|path| path.is_file());
        found.push(Installed { kind, program, is_this, is_there });
    }
    Ok(found)
}

fn status(which: Which, plan: &Plan, out: &mut Out) -> Result<i32> {
    let services = installed(which.said(), plan)?;
    let running = Place::current().is_ok_and(|place| matches!(find(&place), Found::Runs(_)));
    let lingers = services.iter().any(|s| s.kind == Kind::Systemd).then(lingers);
    let is_sound = running && services.iter().all(|s| s.is_this);
    let code = match services.len() {
        0 => exit::NOTHING,
        _ if is_sound => exit::DONE,
        _ => exit::PARTLY,
    };
    let status = Status { schema: "pj.service/1", services, running, lingers };
    if out.json {
        out.value(&status);
        return Ok(code);
    }
    if status.services.is_empty() {
        out.line(Tone::Plain, "nothing is installed");
    }
    for s in &status.services {
        let program = s.program.as_ref().map_or_else(|| "an unknown program".to_owned(), |p| p.display().to_string());
        let what = match (s.is_this, s.is_there) {
            (true, _) => "this binary",
            (false, true) => "not as this binary would be installed",
            (false, false) => "which is not there: it has moved",
        };
        out.line(Tone::Plain, &format!("{}: starts {program}, {what}", s.kind.name()));
        if !s.is_this {
            out.note(&format!("the service starts another program\nhint: pj service install --{}", s.kind.name()));
        }
    }
    out.line(Tone::Plain, if running { "the daemon runs" } else { "the daemon does not run" });
    if status.lingers == Some(false) {
        out.note("it ends with your last login\nhint: loginctl enable-linger");
    }
    Ok(code)
}

/// Does this user's manager run without a login (loginctl(1), enable-linger)?
pub(super) fn lingers() -> bool {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_ours = |l: &&str| l.split(':').nth(2).and_then(|uid| uid.parse().ok()) == Some(crate::sys::euid());
    let by_id = users.lines().find(is_ours);
    let name = by_id.and_then(|l| l.split(':').next()).map(str::to_owned).or_else(|| std::env::var("USER").ok());
    name.is_some_and(|name| !name.contains('/') && PathBuf::from("/var/lib/systemd/linger").join(name).exists())
}
