//! `pj sessions`: real shells in real terminals, what is told of them, and whom `end` and `forget` touch.

use crate::harness::{Hook, Id, Mode, Shell, Term, World, eventually, holds, needs};
use crate::stage::{ANY, Stage};
use serde_json::Value;
use std::process::Command;

fn listed(world: &World) -> Vec<Value> {
    let said = world.pj(&["sessions", "--json"]).go().code(0).stderr("").json();
    assert_eq!(said["schema"], "pj.sessions/1");
    said["sessions"].as_array().expect("a list").clone()
}

fn one(world: &World, shell: Id) -> Value {
    let found = listed(world).into_iter().find(|s| s["pid"] == shell.pid && s["start"] == shell.start);
    found.unwrap_or_else(|| panic!("{shell:?} is not listed"))
}

fn key(shell: Id) -> String {
    format!("{}-{}", shell.pid, shell.start)
}

#[test]
fn a_session_is_listed_with_its_terminal_place_memory_and_jobs() {
    let mut stage = Stage::set(ANY);
    let home = stage.world.home();
    let (job, beast) = stage.start("plain");
    let shell = stage.term.id();
    let row = one(&stage.world, shell);
    for (field, wanted) in [
        ("id", Value::from(key(shell))),
        ("state", "alive".into()),
        ("died", Value::Null),
        ("self", false.into()),
        ("shell", "bash".into()),
        ("cwd", home.to_string_lossy().into()),
        ("jobs", 1.into()),
    ] {
        assert_eq!(row[field], wanted, "{field}: {row}");
    }
    assert!(row["idle_seconds"].as_u64().is_some_and(|s| s < 60), "{row}");
    // The front, the guard and the beast at least.
    assert!(row["processes"].as_u64().is_some_and(|n| n >= 3), "{row}");
    assert!(row["memory"].as_u64().is_some_and(|n| n > 100 << 10), "{row}");
    let shown = stage.world.pj(&["sessions", "show", &shell.pid.to_string(), "--json"]).go().code(0).stderr("").json();
    assert_eq!((&shown["schema"], &shown["session"]["id"]), (&"pj.sessions.show/1".into(), &row["id"]));
    assert_eq!(shown["jobs"][0]["name"], "subject");
    let names: Vec<i64> =
        shown["processes"].as_array().expect("a list").iter().filter_map(|p| p["pid"].as_i64()).collect();
    assert!(names.contains(&beast.pid.into()) && !names.contains(&shell.pid.into()), "{names:?}");
    let text = stage.world.pj(&["sessions", "show", &key(shell)]).go().code(0).stderr("").text();
    assert!(text.contains("state     alive\n") && text.contains("subject") && text.contains("beast"), "{text}");
    beast.kill();
    job.record_gone();
}

#[test]
fn self_is_the_session_we_are_in() {
    for mode in [Mode::Pty, Mode::Direct] {
        let mut stage = Stage::set(crate::harness::Cell { mode, ..ANY });
        let other = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
        let (own, file) = (key(stage.term.id()), stage.world.text("said"));
        let flag = mode.flag();
        // At the prompt, in a job, in a session of its own in a job; with an environment that lies.
        for (line, wanted) in [
            (format!("pj sessions show @self > {file}"), 0),
            (format!("PJ_SESSION={} pj sessions show @self > {file}", key(other.id())), 0),
            (format!("pj-wrap {flag}--name me sh -c 'pj sessions show @self > {file}'"), 0),
            (format!("pj-wrap {flag}--name me sh -c 'setsid -w pj sessions show @self > {file}'"), 0),
            (format!("pj-wrap {flag}--name me sh -c 'pj list @self > {file}'"), 0),
            (format!("pj list @{} 2> {file}", other.id().pid), 3),
        ] {
            assert_eq!(stage.term.run(&line), wanted, "{line}: {}", stage.term.screen());
            let said = std::fs::read_to_string(&file).expect("what it said");
            let found = if line.contains("list") { wanted == 3 || said.contains("me") } else { said.contains(&own) };
            assert!(found, "{line}: {said}");
        }
        stage.world.pj(&["sessions", "show", "@self"]).go().code(3).says("not inside a registered session");
        assert_eq!(stage.term.run(&format!("pj sessions > {file}")), 0);
        let table = std::fs::read_to_string(&file).expect("a table");
        assert_eq!(table.matches("@self").count(), 1, "{table}");
        let line = table.lines().find(|l| l.contains("@self")).expect("our line");
        assert!(line.starts_with(&stage.term.id().pid.to_string()), "{table}");
    }
}

#[test]
fn dead_sessions_say_how_they_died_until_they_are_swept() {
    let world = World::new();
    let mut closed = Term::shell(&world, Shell::Bash, Hook::Yes);
    let killed = Term::shell(&world, Shell::Bash, Hook::Yes);
    let (a, b) = (closed.id(), killed.id());
    // Its hook has no time to sweep.
    assert!(a.kill() && b.kill());
    closed.wait();
    closed.close();
    holds("both are gone", || !a.alive() && !b.alive());
    let gone = |id: Id| one(&world, id)["died"].as_str().unwrap_or("").to_owned();
    // Its terminal's number may be another's by now, and then nothing is claimed; one that nobody can have is gone.
    assert!(gone(a).starts_with("shell "), "{}", gone(a));
    let path = world.state().join(format!("sessions/{}.json", key(a)));
    let mut record: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a record")).expect("JSON");
    record["tty"] = "/dev/pts/99999999".into();
    std::fs::write(&path, record.to_string()).expect("a record");
    assert_eq!(gone(a), "shell and terminal gone");
    assert_eq!(gone(b), "shell gone");
    // Another boot, another namespace: told from the record alone.
    let path = world.state().join(format!("sessions/{}.json", key(b)));
    let text = std::fs::read_to_string(&path).expect("a record");
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot id");
    std::fs::write(&path, text.replace(boot.trim(), "another-boot")).expect("a record");
    assert_eq!(gone(b), "machine restarted");
    world.pj(&["sessions", "end", &key(b)]).go().code(3).says("machine restarted");
    let row = |ns: &str| {
        let mut record: Value = serde_json::from_str(&text).expect("JSON");
        record["ns"] = record["ns"].as_u64().map(|n| n + 1).expect(ns).into();
        std::fs::write(&path, record.to_string()).expect("a record");
        one(&world, b)
    };
    assert_eq!(row("a namespace")["state"], "elsewhere");
    world.pj(&["sessions", "end", &key(b)]).go().code(6).says("another pid namespace");
    world.pj(&["sessions", "forget", &key(b)]).go().code(6);
    std::fs::write(&path, text).expect("a record");
    world.sweep(&[]).go().code(0);
    assert!(listed(&world).is_empty());
}

#[test]
fn end_stops_the_jobs_then_the_shell_and_nobody_else() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        if !needs(shell.name()) {
            continue;
        }
        let stage = Stage::set(crate::harness::Cell { shell, ..ANY });
        let path = stage.roster.path().display().to_string();
        let other = Term::shell(&stage.world, shell, Hook::Yes);
        let others = stage.world.bystanders("others");
        other.line(&format!("pj-wrap --name other beast {} plain &", others.path().display()));
        let bystander = others.ready("plain");
        stage.term.line(&format!("pj-wrap --name a --grace 1s beast {path} brood --only plain,deaf,setsid &"));
        holds("the brood is there", || stage.roster.members().len() >= 3);
        stage.world.job("a");
        let own = stage.term.id();
        let done = stage.world.pj(&["sessions", "end", &key(own)]).go().code(0).stdout("");
        assert!(done.text().contains("1 of its jobs stopped, its shell has gone"), "{}", done.text());
        assert!(!own.alive(), "{}: the shell lives", shell.name());
        stage.roster.gone();
        assert!(bystander.alive() && other.id().alive(), "{}: a bystander was touched", shell.name());
        let left = listed(&stage.world);
        assert!(left.len() == 1 && left[0]["pid"] == other.id().pid, "{left:?}");
        let job = stage.world.job("other");
        assert!(bystander.kill());
        job.record_gone();
    }
}

#[test]
fn end_wakes_a_stopped_shell_and_times_out_on_one_that_stays() {
    let world = World::new();
    let stopped = Term::shell(&world, Shell::Bash, Hook::Yes);
    // In its read: a bash that is hung up between prompt and read may miss it until the next key.
    holds("it waits for a line", || stopped.id().state() == Some('S'));
    assert!(stopped.id().signal(libc::SIGSTOP));
    holds("it is stopped", || stopped.id().state() == Some('T'));
    assert_eq!(one(&world, stopped.id())["stopped"], true);
    world.pj(&["sessions", "end", &stopped.id().pid.to_string()]).go().code(0);
    assert!(!stopped.id().alive());
    let mut deaf = Term::shell(&world, Shell::Bash, Hook::Yes);
    assert_eq!(deaf.run("trap '' HUP"), 0);
    let done = world.pj(&["sessions", "end", "--timeout", "100ms", &deaf.id().pid.to_string()]).go().code(7);
    assert!(done.text().contains("still there"), "{}", done.text());
    assert!(deaf.id().alive());
    assert_eq!(one(&world, deaf.id())["state"], "alive");
}

/// What runs in a session does not end it without a word, and what runs in a job ends no other session.
#[test]
fn end_refuses_its_own_session_and_from_a_job_any_other() {
    let mut stage = Stage::set(ANY);
    let other = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
    let pid = other.id().pid;
    for line in [
        "pj sessions end @self < /dev/null".to_owned(),
        "pj-wrap --name me sh -c 'pj sessions end @self < /dev/null'".to_owned(),
        format!("pj-wrap --name me pj sessions end {pid}"),
    ] {
        assert_eq!(stage.term.run(&line), 6, "{line}: {}", stage.term.screen());
        assert!(other.id().alive() && stage.term.id().alive(), "{line}");
    }
    assert_eq!(stage.term.run(&format!("pj-wrap --name me pj sessions end --any-session {pid}")), 0);
    assert!(!other.id().alive());
    stage.term.line("pj sessions end -y @self");
    assert!(stage.term.ended_within(crate::harness::LONG));
    holds("its record is gone", || stage.world.sessions().is_empty());
}

#[test]
fn a_kept_job_outlives_the_end_of_its_session() {
    let stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    stage.term.line(&format!("pj-wrap --keep --name stay beast {path} plain &"));
    let beast = stage.roster.ready("plain");
    let job = stage.world.job("stay");
    let done = stage.world.pj(&["sessions", "end", &stage.term.id().pid.to_string()]).go().code(0);
    assert!(done.text().contains("(stay) is left alone"), "{}", done.text());
    assert!(beast.alive() && !stage.term.id().alive());
    stage.world.pj(&["stop", "stay"]).go().code(0);
    job.record_gone();
}

#[test]
fn forget_takes_a_record_and_nothing_else() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let id = key(stage.term.id());
    stage.world.pj(&["sessions", "forget", &id]).go().code(6).says("it is alive");
    assert_eq!(stage.world.sessions().len(), 1);
    stage.world.pj(&["sessions", "forget", "--force", &id]).go().code(0).says("its job keeps its record");
    assert!(stage.world.sessions().is_empty());
    assert!(beast.alive() && stage.term.id().alive() && job.again().is_some());
    stage.world.pj(&["sessions", "forget", &id]).go().code(3);
    assert!(beast.kill());
    job.record_gone();
    let dead = Term::shell(&stage.world, Shell::Bash, Hook::Yes);
    assert!(dead.id().kill());
    holds("it is gone", || !dead.id().alive());
    stage.world.pj(&["sessions", "forget", &dead.id().pid.to_string()]).go().code(0);
    assert!(stage.world.sessions().is_empty());
}

/// A server of its own; asked where its pane is, also after the pane was moved, and never waited for when it is stopped.
#[test]
fn a_tmux_pane_is_told_by_the_server_that_has_it() {
    if !needs("tmux") {
        return;
    }
    let world = World::new();
    std::fs::write(world.home().join(".bashrc"), format!("PS1='ready> '\n{}", Shell::Bash.hook())).expect("an rc file");
    let tmux = |words: &[&str]| {
        let mut command = Command::new("tmux");
        command.args(["-L", "sessions", "-f", "/dev/null"]).args(words).env_clear().envs(world.env());
        // A lie from an outer tmux: every pane's own value replaces it.
        let done = command.env("TMUX_PANE", "%77").current_dir(world.home()).output().expect("tmux runs");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    };
    tmux(&["new-session", "-d", "-s", "work", "-x", "80", "-y", "24", "bash -i"]);
    tmux(&["new-window", "-t", "work:", "bash -i"]);
    holds("both shells have registered", || world.sessions().len() == 2);
    let server = Id::of(tmux(&["display", "-p", "#{pid}"]).parse().expect("a pid")).expect("the server");
    let places = || {
        let mut all: Vec<String> = listed(&world)
            .iter()
            .map(|s| {
                assert_eq!((&s["terminal"]["pid"], &s["terminal"]["from"]), (&server.pid.into(), &"ancestor".into()));
                format!(
                    "{} {}",
                    s["terminal"]["program"].as_str().unwrap_or(""),
                    s["terminal"]["place"].as_str().unwrap_or("")
                )
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(places(), ["tmux work:0.0", "tmux work:1.0"]);
    tmux(&["rename-session", "-t", "work", "play"]);
    assert_eq!(places(), ["tmux play:0.0", "tmux play:1.0"]);
    assert!(server.signal(libc::SIGSTOP));
    holds("it is stopped", || server.state() == Some('T'));
    assert_eq!(places(), ["tmux %0", "tmux %1"]);
    assert!(server.signal(libc::SIGCONT));
    let first = listed(&world)[0]["id"].as_str().expect("an id").to_owned();
    world.pj(&["sessions", "end", &first]).go().code(0);
    eventually("one pane is left", || (tmux(&["list-panes", "-a"]).lines().count() == 1).then_some(()));
    tmux(&["kill-server"]);
    holds("the server is gone", || !server.alive());
}

/// What does not fit is left out or cut; a row is never wrapped, and what matters stays.
#[test]
fn the_table_fits_80_columns_and_40() {
    let mut stage = Stage::set(ANY);
    let deep = stage.world.home().join("a-rather-long-directory-name/and-another-one-below-it");
    std::fs::create_dir_all(&deep).expect("directories");
    assert_eq!(stage.term.run(&format!("cd {}", deep.display())), 0);
    for cols in [80, 40] {
        stage.term.resize((24, cols, 0, 0));
        assert_eq!(stage.term.run("clear; pj sessions"), 0);
        let screen = stage.term.screen();
        let pid = stage.term.id().pid.to_string();
        let rows: Vec<&str> = screen.lines().skip_while(|l| !l.starts_with(&pid)).collect();
        let row = rows.first().unwrap_or_else(|| panic!("{cols}: no row:\n{screen}"));
        assert!(
            rows.get(1).is_some_and(|next| next.starts_with("<") || next.starts_with("ready")),
            "{cols}:\n{screen}"
        );
        assert!(row.contains("bash") && row.contains('…') && row.contains("@self"), "{cols}:\n{screen}");
    }
}
