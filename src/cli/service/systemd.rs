//! A unit of systemd's user manager (`systemd.service(5)`), and a timer that sweeps besides, for the day when the daemon
//! cannot run.
//!
//! What is left out of what hardens a service, and why: PrivateTmp and whatever else makes a mount namespace (it would have
//! other files at the paths of the records and sockets, or none), ProtectProc and the PID namespace (it looks at other
//! processes), a filter of system calls (it signals through pidfds), MemoryDenyWriteExecute (`notify.command` may be anything).

use std::path::PathBuf;

use super::Plan;
use super::files::{MARK, Piece, Step};
use crate::config;
use crate::error::{Error, Result};

const DAEMON: &str = "pj-daemon.service";
const SWEEP: &str = "pj-sweep.service";
const TIMER: &str = "pj-sweep.timer";

/// All of it.
pub(super) fn files(plan: &Plan) -> Result<Vec<Piece>> {
    let home = config::home().ok_or_else(|| Error::new("find the units of this user", "HOME is not set"))?;
    let dir = home.join("systemd/user");
    let file = |name: &str, text: String| Piece { path: dir.join(name), text };
    Ok(vec![file(DAEMON, daemon(plan)), file(SWEEP, sweep(plan)), file(TIMER, timer())])
}

/// systemd takes every path for an argument, and not every one for a program.
pub(super) fn can_start(plan: &Plan) -> Result<()> {
    let programs = [&plan.pj, &plan.sweep[0]];
    match programs.into_iter().find(|path| path.contains(['"', '\'', '\\'])) {
        None => Ok(()),
        Some(path) => {
            let cause = format!("systemd starts no program with a quote or a backslash in its path: {path}");
            Err(Error::new("install the service", cause).hint("pj service install --cron"))
        }
    }
}

fn daemon(plan: &Plan) -> String {
    let (pj, env) = (quoted(&plan.pj), environment(plan));
    format!(
        "# {MARK}
[Unit]
Description=End what closed terminals left behind, at once
Documentation=man:pj(1)

[Service]
Type=exec
{env}ExecStart={pj} daemon run
ExecReload={pj} daemon reload
# What it has started or found is not its own to take along.
KillMode=process
Restart=on-failure
RestartSec=5s
# Wrong usage, and another daemon that runs already.
RestartPreventExitStatus=2 6
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
UMask=0077

[Install]
WantedBy=default.target
"
    )
}

fn sweep(plan: &Plan) -> String {
    let (program, rest) = plan.sweep.split_first().map_or(("", &[][..]), |(p, rest)| (p.as_str(), rest));
    let line = std::iter::once(quoted(program)).chain(rest.iter().cloned()).collect::<Vec<_>>().join(" ");
    let env = environment(plan);
    format!(
        "# {MARK}
[Unit]
Description=End what closed terminals left behind

[Service]
Type=oneshot
{env}ExecStart={line}
KillMode=process
NoNewPrivileges=yes
Nice=10
"
    )
}

fn timer() -> String {
    format!(
        "# {MARK}
[Unit]
Description=A sweep every five minutes, should the daemon be gone

[Timer]
OnStartupSec=1min
OnUnitInactiveSec=5min
AccuracySec=30s

[Install]
WantedBy=timers.target
"
    )
}

fn environment(plan: &Plan) -> String {
    let line = |(name, value): &(String, String)| format!("Environment={}\n", quoted(&format!("{name}={value}")));
    plan.env.iter().map(line).collect()
}

/// In quotes, with what means something to systemd there: `\`, `"`, and `%`. A program's own name is not looked through for
/// variables, and nor is what is set as one.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// What a unit starts, back from its text.
pub(super) fn program(text: &str) -> Option<PathBuf> {
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=\""))?;
    let (mut found, mut chars) = (String::new(), line.chars());
    loop {
        match chars.next()? {
            '"' => return Some(found.replace("%%", "%").into()),
            '\\' => found.push(chars.next()?),
            c => found.push(c),
        }
    }
}

/// After the files are there.
pub(super) fn begin() -> Vec<Step> {
    vec![
        Step::new(&["systemctl", "--user", "daemon-reload"], true),
        Step::new(&["systemctl", "--user", "enable", DAEMON, TIMER], true),
        Step::new(&["systemctl", "--user", "restart", DAEMON, TIMER], true),
    ]
}

/// Before they go, and after.
pub(super) fn end() -> Vec<Step> {
    vec![
        Step::new(&["systemctl", "--user", "disable", "--now", DAEMON, TIMER], true),
        Step::new(&["systemctl", "--user", "daemon-reload"], false),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_program_is_called_comes_back() {
        for pj in ["/usr/bin/pj", "/a b/pj", "/100%/pj", "/a\"b\\c$d&e/%%h/pj'"] {
            let plan = Plan { pj: pj.into(), sweep: vec!["/s".into()], env: vec![("A".into(), "b %c".into())] };
            let text = daemon(&plan);
            assert_eq!(program(&text), Some(pj.into()), "{text}");
            assert!(text.contains("Environment=\"A=b %%c\"\n"), "{text}");
        }
    }
}
