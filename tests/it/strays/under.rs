//! The same leftover under every kind of adopter: what counts is that its session is over, never its parent's number.

use super::scene::{RULE, Scene, executed, is};
use crate::cgroup::scope::Manager;
use crate::harness::{Hook, Id, Run, Shell, Term, World, eventually, holds, needs};
use std::fs;

/// Left by a session without a terminal, and by one whose terminal has closed.
const LEFT: [&str; 2] = [
    "strayling 600 & echo $! > stray.pid",
    "exec script -qfc 'trap \"\" HUP; strayling 600 & echo $! > stray.pid' /dev/null >/dev/null 2>&1",
];

/// Has it one open that is still there?
fn holds_a_terminal(id: Id) -> bool {
    let fds = fs::read_dir(format!("/proc/{}/fd", id.pid)).into_iter().flatten().flatten();
    let to: Vec<String> = fds.filter_map(|fd| Some(fs::read_link(fd.path()).ok()?.display().to_string())).collect();
    to.iter().any(|path| path.starts_with("/dev/pts/") && !path.ends_with(" (deleted)"))
}

#[test]
fn a_leftover_is_a_stray_under_whoever_has_adopted_it() {
    for (adopters, kind) in [
        (&[][..], ""),
        (&["super"], "a subreaper outside any session"),
        (&["systemd"], "a service manager outside any session"),
        (&["init", "Relay(9)"], "a subreaper outside any session"),
    ] {
        for script in LEFT {
            let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
            if script.contains("script -") && !needs("script") {
                continue;
            }
            scene.leave_under(adopters, script);
            let stray = scene.orphan("stray");
            holds("its terminal is gone", || !holds_a_terminal(stray));
            assert_eq!(scene.verdict(stray), is("wait", "seen-once"), "{adopters:?}");
            let row = scene.row(stray).expect("a row");
            assert_eq!((&row["verdict"], &row["orphan"]), (&"end".into(), &true.into()), "{row}");
            let evidence = row["evidence"].to_string();
            assert!(evidence.contains("its leader is dead") && evidence.contains("terminal: none"), "{evidence}");
            assert!(evidence.contains("adopted by") && evidence.contains(kind), "{evidence}");
            assert_eq!(evidence.contains("nohup"), script.contains("trap"), "{evidence}");
            scene.pj(&["clean", "--unattended", "-q"]).code(0).silent();
            assert!(!stray.alive(), "{adopters:?}");
            let ended = scene.events("stray.ended");
            let audit = &ended[0]["audit"];
            assert_eq!((ended.len(), &audit["by"], &audit["rule"]), (1, &"clean".into(), &"ours".into()));
            assert_eq!(
                (&audit["result"], &audit["ended"], &audit["pid"]),
                (&"ended".into(), &1.into(), &stray.pid.into())
            );
            assert!(audit["freed"].as_u64() > Some(0) && audit["proof"].to_string().contains("adopted by"), "{audit}");
        }
    }
}

/// An agent that adopts what its tools leave is in a session that lives, and so is what it has adopted.
#[test]
fn whom_an_adopter_on_a_terminal_has_adopted_is_none() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
    let inner = scene.world.script("inner", &format!("#!/bin/sh\n{}\n", LEFT[0]));
    let mut term = Term::command(&scene.world, &["beast", "-", "adopter", "setsid", inner.to_str().expect("a path")]);
    let stray = scene.orphan("stray");
    for _ in 0..2 {
        assert_eq!(scene.verdict(stray), is("leave", "live-session"));
    }
    scene.pj(&["clean", "--unattended"]).code(0);
    assert!(stray.alive());
    term.close();
    stray.kill();
}

#[test]
fn who_is_in_a_session_that_lives_or_leads_one_is_none() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
    let mut term = Term::shell(&scene.world, Shell::Bash, Hook::Yes);
    assert_eq!(term.run("strayling 600 & echo $! > inside.pid"), 0);
    // In a session of its own, below the shell; and one that its shell's end has orphaned, which still names the session.
    assert_eq!(term.run("(setsid sh -c 'echo $$ > below.pid; exec strayling 600' & wait) & echo"), 0);
    assert_eq!(term.run("(setsid sh -c 'strayling 600 & echo $! > named.pid' &)"), 0);
    // A daemon by its own will.
    scene.leave("echo $$ > daemon.pid; exec strayling 600");
    let all = ["inside", "below", "daemon"].map(|name| {
        let id = scene.left(name);
        executed(id);
        id
    });
    let named = scene.orphan("named");
    for _ in 0..2 {
        assert_eq!(scene.verdict(all[0]), is("leave", "owned"), "below the registered shell");
        assert_eq!(scene.verdict(all[1]), is("leave", "owned"));
        assert_eq!(scene.verdict(all[2]), is("leave", "not-orphan"));
        assert_eq!(scene.verdict(named), is("leave", "live-session"));
    }
    scene.pj(&["clean", "--unattended"]).code(0);
    assert!(all.iter().all(|id| id.alive()) && named.alive());
    // The user says that this program is one wherever it comes from; in a session that lives it still is none.
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}orphan = false\n"));
    scene.row(all[2]);
    assert_eq!(scene.verdict(all[2]), is("end", "stray"));
    assert_eq!(scene.verdict(all[0]), is("leave", "owned"));
    scene.pj(&["clean", "--unattended"]).code(0);
    assert!(all[0].alive() && all[1].alive() && named.alive() && !all[2].alive());
    // The shell without the hook: its session is the kernel's word.
    let mut bare = Term::shell(&scene.world, Shell::Bash, Hook::No);
    assert_eq!(bare.run("strayling 600 & echo $! > bare.pid"), 0);
    executed(scene.left("bare"));
    assert_eq!(scene.verdict(scene.left("bare")), is("leave", "live-session"));
    // The shell is gone, and its terminal is there: somebody may still read what it writes.
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}"));
    term.line("exit");
    term.wait();
    crate::harness::holds("its session is over", || scene.verdict(named).1 != "live-session");
    for _ in 0..2 {
        assert_eq!(scene.verdict(named), is("leave", "not-orphan"));
    }
    term.close();
    crate::harness::holds("its terminal is gone", || scene.verdict(named).0 != "leave");
    named.kill();
}

/// In a container the first process is no system's, and numbers outside mean nothing.
#[test]
fn a_container_has_strays_of_its_own_and_outside_nobody_touches_them() {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let probe = World::new();
    if !needs("unshare")
        || Run::new(&probe, unshare[0], &[&unshare[1..], &["true"]].concat()).go().status.code() != Some(0)
    {
        return;
    }
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
    let first = scene.world.script(
        "first",
        "#!/bin/sh\nsetsid sh -c 'strayling 600 & echo $! > stray.pid; exit'\n\
         until grep -q strayling /proc/$(cat stray.pid)/comm; do sleep 0.01; done\n\
         pj scan --json > one.json; pj scan --json > two.json; pj clean --unattended; pj scan --json > three.json\n\
         strayling 600 & pj scan --json > own.json; : > done; wait\n",
    );
    let line = unshare[1..].iter().copied().chain([first.to_str().expect("a path")]).collect::<Vec<_>>();
    let (mut child, id) = Run::new(&scene.world, unshare[0], &line).start();
    let read = |name: &str| {
        let text = fs::read_to_string(scene.world.home().join(name)).expect("what a scan said");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    };
    eventually("the container has scanned", || scene.world.home().join("done").exists().then_some(()));
    let verdict = |name: &str| read(name)["rows"][0]["verdict"].clone();
    assert_eq!((verdict("one.json"), verdict("two.json")), ("wait".into(), "end".into()), "{}", read("two.json"));
    assert!(read("two.json")["rows"][0]["evidence"].to_string().contains("(1), init outside any session"));
    assert_eq!(read("three.json")["rows"].as_array().map(Vec::len), Some(0));
    // A child of its first process has a session that is led, though nobody there has a terminal.
    assert_eq!(read("own.json")["rows"][0]["verdict"], "leave");
    // From outside.
    let seen = scene.pj(&["scan", "--json"]).json();
    let whys: Vec<_> = seen["rows"].as_array().expect("rows").iter().map(|row| row["why"].clone()).collect();
    assert_eq!(whys, ["elsewhere"], "{seen}");
    id.kill();
    let _ = child.wait();
}

/// A real user manager's service: it looks like an orphan, and systemd knows how to end it.
#[test]
fn who_is_in_a_unit_of_systemds_is_spared() {
    let Some(scene) = Scene::set(&format!("[strays]\ngrace = '0s'\n{RULE}")) else { return };
    let Some(manager) = Manager::start(&scene.world) else { return };
    let (home, program) = (scene.world.text("home"), scene.world.text("bin/strayling"));
    let unit = format!(
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=forking\nWorkingDirectory={home}\n\
         ExecStart=/bin/sh -c '{program} 600 & echo $! > {home}/stray.pid'\n"
    );
    fs::write(scene.world.path("units/web.service").to_string_lossy().as_ref(), unit).expect("a unit");
    scene.world.sh("within systemctl --user daemon-reload; within systemctl --user start web").go().code(0);
    let stray = scene.orphan("stray");
    for _ in 0..2 {
        let row = scene.row(stray).expect("a row");
        assert_eq!((&row["why"], &row["orphan"]), (&"unit".into(), &true.into()), "{row}");
        assert!(row["reason"].to_string().contains("systemctl stop web.service"), "{row}");
        assert!(row["evidence"].to_string().contains("a service manager outside any session"), "{row}");
    }
    // Nor does anybody above it take it along, whose own place says nothing.
    scene.world.script("above", "#!/bin/sh\nstrayling 601 & echo $! > below.pid; wait\n");
    scene.settings(&format!("[strays]\ngrace = '0s'\n{RULE}{}", RULE.replace("strayling", "above")));
    scene.leave("above & echo $! > above.pid");
    let (above, below) = (scene.orphan("above"), scene.left("below"));
    executed(below);
    let unit = fs::read_to_string(format!("/proc/{}/cgroup", stray.pid)).expect("a cgroup");
    let unit = unit.lines().find_map(|line| line.strip_prefix("0::/")).expect("a version 2 cgroup");
    let procs = |mount: &str| std::path::Path::new(mount).join(unit).join("cgroup.procs");
    let procs = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].map(procs).into_iter().find(|path| path.exists());
    fs::write(procs.expect("a cgroup"), below.pid.to_string()).expect("it is moved");
    for _ in 0..2 {
        assert_eq!((scene.verdict(above), scene.verdict(below)), (is("leave", "spared-below"), is("leave", "unit")));
    }
    scene.pj(&["clean", "--unattended"]).code(0);
    for id in [above, below, stray] {
        assert!(id.alive());
        id.kill();
    }
    drop(manager);
}
