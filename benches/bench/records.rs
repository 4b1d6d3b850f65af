//! A thousand sessions and a thousand jobs on record, five thousand processes around: what a sweep and a list cost; and
//! the list over ten thousand jobs that have ended. In a pid namespace of its own, so that the processes go with it.

use std::fs;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use pj::process::Identity;
use pj::record::{Job, Place, Session, store};
use serde_json::json;

use super::peers::Bench;
use super::pty::{as_three, children, pipe, three};
use super::table::{Table, median, time};

const MS: u64 = 1_000_000;
/// Ten times as many jobs, which have ended, and no sessions.
const MANY: &str = "pj list over 10 times the jobs";

pub(crate) fn run(bench: &Bench, table: &mut Table) -> io::Result<()> {
    let Some(unshare) = bench.find("unshare") else { return Ok(()) };
    bench.skip("proc-janitor: skipped, not installable here");
    let (records, processes) = if bench.quick { (100, 500) } else { (1000, 5000) };
    let dir = bench.path("records").to_string_lossy().into_owned();
    let programs = ["pj-sweep", "pj"].map(|p| bench.ours(p));
    let words = ["records", &records.to_string(), &processes.to_string(), &dir, &programs[0], &programs[1]];
    let flags = ["--pid", "--fork", "--kill-child", "--mount-proc", "--"];
    let argv: Vec<String> = [unshare].into_iter().chain(flags.map(str::to_owned)).chain(bench.part(&words)).collect();
    let mut command = bench.command(&argv);
    let (mut answer, passed) = pipe()?;
    as_three(&mut command, &passed);
    let status = command.stdin(Stdio::null()).status()?;
    drop((command, passed));
    let mut text = String::new();
    answer.read_to_string(&mut text)?;
    if !status.success() {
        bench.skip("records: skipped, unshare may not make a pid namespace here");
        return Ok(());
    }
    let name = format!("{records} sessions, {records} jobs, {processes} processes");
    let times: Vec<(&str, Vec<u64>)> = text.lines().filter_map(|l| l.split_once('\t')).map(numbers).collect();
    let pgrep = times.iter().find(|(who, _)| *who == "pgrep -f").map_or(0, |(_, t)| median(t));
    for (who, times) in &times {
        let (took, least) = (median(times), times.iter().min().copied().unwrap_or(0));
        let value = format!("{} [{}]", time(took), time(least));
        let most = match *who {
            "pj-sweep -n" => 20,
            "pj-sweep -n, 10 jobs without guards" => 120,
            "pj list" => 20,
            MANY => 60,
            "pj-sweep, nothing to do" => 1,
            _ => 0,
        };
        let ratio = took as f64 / pgrep.max(1) as f64;
        match *who {
            "pj-sweep -n" if pgrep > 0 => {
                let said = format!("≤ 20 ms, ≤ 0.5 × pgrep -f (is {ratio:.2})");
                table.bar(&name, who, value, &said, took <= 20 * MS && ratio <= 0.5);
            }
            _ if most > 0 => table.bar(&name, who, value, &format!("≤ {most} ms"), took <= most * MS),
            _ => table.row(&name, who, value),
        }
    }
    Ok(())
}

fn numbers<'a>((who, text): (&'a str, &str)) -> (&'a str, Vec<u64>) {
    (who, text.split(' ').filter_map(|n| n.parse().ok()).collect())
}

/// In the namespace: makes the processes and the records, and runs each program in turn.
pub(crate) fn inner(records: usize, processes: usize, words: &[String]) -> io::Result<()> {
    let [dir, sweep, pj] = words else { return Err(io::ErrorKind::InvalidInput.into()) };
    let pids = children(processes, true);
    if pids.len() < processes {
        return Err(io::Error::other("no more processes"));
    }
    let (full, lost, empty) = (format!("{dir}/full"), format!("{dir}/lost"), format!("{dir}/empty"));
    write(&full, records, &pids, 0)?;
    write(&lost, records, &pids, 10.min(records))?;
    write(&empty, 0, &pids, 0)?;
    let many = format!("{dir}/many");
    write(&many, 10 * records, &pids, 10 * records)?;
    let rows: &[(&str, &str, &[&str])] = &[
        ("pj-sweep -n", &full, &[sweep, "-n"]),
        ("pj-sweep -n, 10 jobs without guards", &lost, &[sweep, "-n"]),
        ("pj-sweep, nothing to do", &empty, &[sweep]),
        ("pj list", &full, &[pj, "list"]),
        (MANY, &many, &[pj, "list"]),
        ("pj sessions", &full, &[pj, "sessions"]),
        ("ps -e", &full, &["ps", "-e"]),
        ("pgrep -f", &full, &["pgrep", "-f", "no-such-thing"]),
    ];
    tell_times(rows, 22)
}

/// Runs each of these, with what is on record there, in turn, and tells what each round took; the first one warms up.
pub(super) fn tell_times(rows: &[(&str, &str, &[&str])], rounds: usize) -> io::Result<()> {
    let mut times = vec![Vec::new(); rows.len()];
    for round in 0..rounds {
        for ((_, state, argv), times) in rows.iter().zip(&mut times) {
            let mut command = Command::new(argv[0]);
            command.args(&argv[1..]).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
            command.env("XDG_STATE_HOME", state).env("HOME", state);
            let from = Instant::now();
            if command.status().is_err() {
                continue;
            }
            if round > 0 {
                times.push(from.elapsed().as_nanos().to_string());
            }
        }
    }
    let lines = rows.iter().zip(&times).filter(|(_, t)| !t.is_empty());
    let text: Vec<String> = lines.map(|((who, ..), t)| format!("{who}\t{}", t.join(" "))).collect();
    three().write_all(text.join("\n").as_bytes())
}

/// `many` sessions and jobs of these processes, `lost` of the jobs without guards. Where all are lost they have ended, and
/// there are no sessions.
fn write(dir: &str, many: usize, pids: &[i32], lost: usize) -> io::Result<()> {
    let place = Place::at(format!("{dir}/pj"));
    fs::create_dir_all(dir)?;
    place.make().map_err(|e| io::Error::other(e.to_string()))?;
    let who = |at: usize| Identity::of(pids[at % pids.len()]).ok_or(io::ErrorKind::NotFound);
    for at in 0..many {
        let (guard, front, root, shell) = (who(at)?, who(many + at)?, who(2 * many + at)?, who(3 * many + at)?);
        let has_ended = lost == many;
        let gone = |i: Identity| if at < lost { Identity { start: i.start + 1, ino: None, ..i } } else { i };
        let (sid, tty) = (shell.pid, 0);
        let machine = pj::sys::os::machine_id();
        let uid = format!("01JBENCH{at:018}");
        let mut job = json!({
            "schema": "pj.job/1", "id": at + 1, "uid": uid, "machine": machine, "name": null, "tags": [], "groups": [],
            "kind": "wrap", "argv": ["claude", "--continue", "some words of a prompt"], "cwd": "/home/user/project",
            "exe": "/usr/bin/claude", "terminal": "pty", "keep": null, "cgroup": null, "unit": "/",
            "owner": {"session": shell, "sid": sid, "tty_dev": tty, "policy": "session"},
            "guard": gone(guard), "front": gone(front), "root": root, "marker": format!("{}.{uid}", at + 1),
            "state": "running", "grace_ms": 5000, "on_exit": "linger", "created_at": "2026-01-01T10:00:00Z",
            "started_at": "2026-01-01T10:00:00Z", "owner_died_at": null, "exit": null, "restarts": 0, "log": null,
        });
        if has_ended {
            job["state"] = json!("ended");
            job["exit"] = json!({"code": 0, "signal": null, "core": false, "at": "2026-01-01T11:00:00Z"});
            (job["guard"], job["front"]) = (json!(null), json!(null));
        }
        let job: Job = serde_json::from_value(job)?;
        store::put_job(&place, &job)?;
        if has_ended {
            continue;
        }
        let mut session = serde_json::to_value(&job.owner.session)?;
        let more = json!({
            "schema": "pj.session/1", "machine": machine, "shell": "zsh", "sid": sid, "tty_dev": tty,
            "tty": "/dev/pts/1", "registered_at": "2026-01-01T10:00:00Z",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            session[key] = value.clone();
        }
        let session: Session = serde_json::from_value(session)?;
        store::put_session(&place, &session)?;
    }
    Ok(())
}
