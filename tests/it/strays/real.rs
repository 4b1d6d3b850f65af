//! Processes as people leave them: what agents start, and what stands beside them and must be spared.

use super::scene::{RULE, Scene, executed, is};
use crate::harness::{Hook, Shell, Term, eventually, holds, needs};
use std::fs;

/// What somebody might write who is tired of them.
const RULES: &str = "[strays]\ngrace = '0s'\n\
    [[strays.rule]]\nname = 'mcp'\nexe = 'node'\n\
    argv = '.*/(mcp-server-[a-z]+|@modelcontextprotocol/server-[a-z]+/.*)'\nkill = true\n\
    [[strays.rule]]\nname = 'dev'\nexe = 'node'\nargv = '(.*/)?(vite|next)(\\.js)?'\nkill = true\n\
    [[strays.rule]]\nname = 'claude'\nexe = 'claude'\nkill = true\n";

/// A program of node's that does nothing for long.
fn script(scene: &Scene, path: &str) -> String {
    let path = scene.world.home().join(path);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(&path, "#!/usr/bin/env node\nprocess.on('SIGHUP', () => {}); setInterval(() => {}, 60000);\n")
        .expect("a script");
    path.to_string_lossy().into_owned()
}

#[test]
fn what_agents_leave_ends_and_what_stands_beside_it_does_not() {
    let Some(scene) = Scene::set(RULES) else { return };
    if !["node", "tmux", "python3", "ssh-agent"].iter().all(|program| needs(program)) {
        return;
    }
    let npx = script(&scene, ".npm/_npx/1/node_modules/@modelcontextprotocol/server-memory/dist/index.js");
    let (vite, claude) = (script(&scene, "web/node_modules/.bin/vite"), script(&scene, "bin/claude"));
    let title = "#!/usr/bin/env node\nprocess.title = 'claude'; process.on('SIGHUP', () => {}); setInterval(() => {}, 60000);\n";
    fs::write(&claude, title).expect("a script");
    fs::create_dir_all(scene.world.home().join("claudette")).expect("a home");
    fs::write(scene.world.home().join("backup.py"), "import time\ntime.sleep(600)\n").expect("a script");
    // A terminal without pj, closed; npx stands above its server.
    let mut term = Term::shell(&scene.world, Shell::Bash, Hook::No);
    term.line(&format!("(trap '' HUP; sh -c 'node {npx} /repo & echo $! > npx.pid; wait' npx-shell) &"));
    term.line(&format!("node {vite} --port 0 & echo $! > vite.pid"));
    term.line(&format!("node {claude} & echo $! > claude.pid"));
    term.line("nohup python3 backup.py claudette >/dev/null 2>&1 & echo $! > backup.pid");
    term.line("tmux -L pjt new -d -s claude-1 'exec sleep 600'; tmux -L pjt display -p '#{pid}' > tmux.pid; cd .");
    term.line("eval $(ssh-agent); echo $SSH_AGENT_PID > agent.pid; cd .");
    let strays = ["npx", "vite", "claude"].map(|name| scene.left(name));
    let spared = ["backup", "tmux", "agent"].map(|name| scene.left(name));
    strays.into_iter().chain(spared).for_each(executed);
    holds("claude is called so", || strays[2].stat().is_some_and(|one| one.comm == "claude"));
    // The same server in a session that lives.
    let living = Term::shell(&scene.world, Shell::Bash, Hook::No);
    living.line(&format!("node {npx} /other & echo $! > living.pid"));
    let other = scene.left("living");
    executed(other);
    for id in strays {
        assert_eq!(scene.verdict(id).1, "live-session");
    }
    term.close();
    holds("its shell has gone", || !term.id().alive());
    strays.iter().for_each(|id| assert_ne!(scene.verdict(*id).0, "leave"));
    assert_eq!(scene.verdict(other), is("leave", "live-session"));
    for id in spared {
        assert!(scene.row(id).is_none(), "no rule names it");
    }
    let said = scene.pj(&["scan", "--json"]).json();
    let servers = said["multiplexers"].as_array().expect("servers");
    assert!(servers.iter().any(|one| one["pid"] == spared[1].pid && one["terminals"] == 0), "{said}");
    scene.pj(&["clean", "--unattended", "-q"]).code(0).silent();
    assert!(strays.iter().all(|id| !id.alive()));
    assert!(spared.iter().all(|id| id.alive()) && other.alive());
    let mut rules: Vec<String> =
        scene.events("stray.ended").iter().map(|e| e["audit"]["rule"].as_str().expect("a rule").to_owned()).collect();
    rules.sort();
    assert_eq!(rules, ["claude", "dev", "mcp"]);
    spared.iter().for_each(|id| assert!(id.kill()));
}

/// Even where a rule names them.
#[test]
fn who_is_protected_or_a_jobs_or_has_such_a_one_below_is_spared() {
    let rules = format!("[strays]\ngrace = '0s'\n{RULE}{}", RULE.replace("strayling", "gpg-agent|tmux: server"));
    let Some(scene) = Scene::set(&rules) else { return };
    scene.leave("gpg-agent 600 & echo $! > agent.pid");
    scene.world.script("above", "#!/bin/sh\ngpg-agent 601 & echo $! > below.pid; wait\n");
    scene.settings(&format!("{rules}{}", RULE.replace("strayling", "above")));
    scene.leave("above & echo $! > above.pid");
    scene.leave("PJ_KEEP=1 strayling 600 & echo $! > kept.pid");
    scene
        .world
        .pj(&["run", "--name", "job", "sh", "-c", "trap '' HUP; echo $$ > run.pid; exec strayling 600"])
        .go()
        .code(0);
    let all = ["agent", "above", "below", "kept", "run"].map(|name| {
        let id = scene.left(name);
        executed(id);
        id
    });
    let whys = ["protected", "spared-below", "protected", "protected", "owned"];
    for _ in 0..2 {
        assert_eq!(all.map(|id| scene.verdict(id).1), whys);
    }
    scene.pj(&["clean", "--unattended"]).code(0);
    scene.pj(&["clean", "-y", "--pid", &all[1].pid.to_string()]).code(6).says("gpg-agent");
    assert!(all.iter().all(|id| id.alive()));
    let why = scene.pj(&["why", &all[1].pid.to_string()]).code(0).text();
    for word in
        ["session ", "its leader is dead", "adopted by", "rule 'ours' in line", "would leave it", "spared-below"]
    {
        assert!(why.contains(word), "{word}: {why}");
    }
    // A guard that is killed does not make a stray of what its record owns.
    scene.world.job("job").guard().kill();
    assert_eq!(scene.verdict(all[4]).1, "owned");
    scene.world.pj(&["kill", "job"]).go().code(0);
    for id in all {
        id.kill();
    }
}

/// Only one's own processes are ever ended: a superuser's signals would reach everybody.
#[test]
fn who_has_another_users_process_below_is_spared() {
    if !needs("setpriv") || !nix::unistd::geteuid().is_root() {
        return;
    }
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{}", RULE.replace("strayling", "above"))) else {
        return;
    };
    let other = "setpriv --reuid 65534 --clear-groups sleep 600";
    scene.world.script("above", &format!("#!/bin/sh\n{other} & echo $! > other.pid; wait\n"));
    scene.leave("above & echo $! > above.pid");
    let all = ["above", "other"].map(|name| scene.left(name));
    scene.orphan("above");
    holds("it is another user's", || all[1].stat().is_some_and(|one| one.comm == "sleep"));
    for _ in 0..2 {
        assert_eq!(scene.verdict(all[0]), is("leave", "spared-below"));
    }
    scene.pj(&["clean", "--unattended"]).code(0);
    for id in all {
        assert!(id.alive());
        id.kill();
    }
}

#[test]
fn why_tells_of_anybody_what_a_clean_would_do() {
    let Some(scene) = Scene::set(RULE) else { return };
    let stray = scene.stray();
    let said = scene.pj(&["why", &stray.pid.to_string(), "--json"]).code(0).json();
    assert_eq!(
        (&said["job"], &said["would"], &said["rule"]),
        (&serde_json::Value::Null, &"wait".into(), &"seen-once".into())
    );
    assert_eq!(said["stray_rule"], "ours");
    assert!(said["evidence"].to_string().contains("adopted by"), "{said}");
    assert!(said["says"].to_string().contains("pj clean would not yet end it"), "{said}");
    // Nobody's, and no rule's; ourselves; the first process.
    for (pid, word) in [(1, "first process"), (std::process::id().cast_signed(), "this runs in it")] {
        scene.pj(&["why", &pid.to_string()]).code(0).says(word).says("would  leave");
    }
    stray.kill();
}

/// What is left of a terminal may be a tmux server that nobody sees.
#[test]
fn a_scan_tells_of_tmux_servers_and_how_many_terminals_are_attached() {
    let Some(scene) = Scene::set(RULE) else { return };
    if !needs("tmux") {
        return;
    }
    let mut term = Term::command(&scene.world, &["tmux", "-L", "pjs", "new", "-s", "x", "exec sleep 600"]);
    let ask = "tmux -L pjs display -p '#{pid}'";
    let server: i32 = eventually("the server answers", || scene.world.sh(ask).go().text().trim().parse().ok());
    let attached = || {
        let said = scene.pj(&["scan", "--json"]).json();
        let all = said["multiplexers"].as_array().expect("servers").clone();
        all.iter().find(|one| one["pid"] == server).and_then(|one| one["terminals"].as_u64())
    };
    holds("one terminal is attached", || attached() == Some(1));
    term.close();
    holds("nobody is", || attached() == Some(0));
    scene.pj(&["scan"]).code(0).says(&format!("tmux server {server}: 0 terminals are attached; it is protected"));
    scene.world.sh("tmux -L pjs kill-server").go().code(0);
}
