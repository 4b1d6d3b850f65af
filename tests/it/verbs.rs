//! The verbs of `pj` as a person or an agent types them: what they print, how they end.

use crate::harness::{World, holds};
use crate::stage::{ANY, Stage};

#[test]
fn list_says_what_runs() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let table = stage.world.pj(&["list"]).go().code(0).stderr("").text();
    assert!(table.contains("subject") && table.contains("beast"), "{table}");
    let listed = stage.world.pj(&["list", "--json"]).go().code(0).stderr("").json();
    assert!(listed["schema"].as_str().is_some_and(|schema| schema.starts_with("pj.")), "{listed}");
    assert!(listed.to_string().contains("\"subject\""), "{listed}");
    let nothing = stage.world.pj(&["list", "nosuchjob"]).go();
    assert_eq!(nothing.status.code(), Some(3), "{}", nothing.text());
    beast.kill();
    job.record_gone();
}

#[test]
fn stop_lets_it_finish_and_kill_does_not() {
    for (verb, least, most) in [("stop", 700, 4000), ("kill", 0, 900)] {
        let mut stage = Stage::set(ANY);
        let (job, _) = stage.start("brood --only plain,deaf,setsid,daemon-env");
        let done = stage.world.pj(&[verb, "subject"]).go().code(0);
        stage.roster.gone();
        let took = done.took.as_millis();
        assert!((least..most).contains(&took), "{verb} took {took} ms");
        job.record_gone();
        assert_eq!(stage.term.run("true"), 0, "the shell goes on");
    }
}

/// By number too; a name that nothing has is 3, several are 4 and nobody is touched. A name is one living job's: the
/// second runs all the same, without it.
#[test]
fn selectors() {
    let mut stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    let start = format!("pj-wrap --name twin --tag pair beast {path} deaf &");
    assert_eq!(stage.term.run(&start), 0);
    let first = stage.world.job("twin").id();
    assert_eq!(stage.term.run(&start), 0);
    // It may come before the shell says that it has started the second, or after that.
    let told = format!("pj: cannot call it twin: job {first} lives and is called that; this one goes without a");
    holds("the second is told that the name is taken", || stage.term.saw(&told));
    holds("two jobs run", || stage.roster.members().len() == 2 && stage.world.jobs().len() == 2);
    stage.world.pj(&["stop", "nosuchjob"]).go().code(3).stdout("").says("nosuchjob");
    stage.world.pj(&["stop", "+pair"]).go().code(4);
    stage.world.pj(&["stop"]).go().code(2);
    assert_eq!(stage.roster.alive().len(), 2, "nobody was touched");
    let names = stage.world.pj(&["list", "--format", "ids", "twin"]).go().code(0).text();
    assert_eq!(names, format!("{first}\n"));
    for job in stage.world.jobs() {
        stage.world.pj(&["kill", &job.id().to_string()]).go().code(0);
        job.record_gone();
    }
    stage.roster.gone();
}

#[test]
fn why_tells_whose_a_process_is() {
    let mut stage = Stage::set(ANY);
    let (job, beast) = stage.start("plain");
    let said = stage.world.pj(&["why", &beast.pid.to_string()]).go().code(0).stderr("").text();
    assert!(said.contains("subject") || said.contains(&job.id().to_string()), "{said}");
    assert!(said.contains("proven"), "{said}");
    let said = stage.world.pj(&["why", "1"]).go().text();
    assert!(!said.contains("proven"), "{said}");
    let json = stage.world.pj(&["why", &beast.pid.to_string(), "--json"]).go().code(0).json();
    assert!(json["schema"].is_string(), "{json}");
    beast.kill();
    job.record_gone();
}

/// On a terminal a table fits its width, whatever the command's line.
#[test]
fn tables_fit_the_terminal() {
    let mut stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    stage.term.line(&format!("pj-wrap --name subject beast {path} plain {} &", "long".repeat(40)));
    let beast = stage.roster.ready("plain");
    assert_eq!(stage.term.run("clear"), 0);
    assert_eq!(stage.term.run("pj list"), 0);
    let screen = stage.term.screen();
    let row = screen.lines().position(|line| line.contains("subject")).unwrap_or_else(|| panic!("no table:\n{screen}"));
    assert!(!screen.lines().nth(row + 1).is_some_and(|next| next.contains("long")), "a row is wrapped:\n{screen}");
    beast.kill();
    stage.world.no_guards();
}

/// The main job on a real tree, in one command.
#[test]
fn doctor_tests_itself() {
    let world = World::new();
    let said = world.pj(&["doctor"]).go().code(0).text();
    assert!(said.contains("subreaper"), "which lines of defence hold: {said}");
    let done = world.pj(&["doctor", "--selftest"]).go();
    assert_eq!(done.status.code(), Some(0), "{}", done.text());
    world.no_guards();
    assert!(world.ours().is_empty(), "the selftest left {:?}", world.ours());
}

#[test]
fn help_and_versions() {
    let world = World::new();
    for (program, word) in [("pj", "Usage"), ("pj-wrap", "pj-wrap"), ("pj-sweep", "pj-sweep")] {
        let run = |flag: &str| crate::harness::Run::new(&world, program, &[flag]).go().code(0).stderr("");
        assert!(run("--help").text().contains(word));
        assert!(run("--version").text().contains(env!("CARGO_PKG_VERSION")));
    }
    world.pj(&["no-such-verb"]).go().code(2).stdout("");
    world.sweep(&["--no-such-flag"]).go().code(2).stdout("");
}

/// A broken pipe is a quiet exit; what other people's argv holds is escaped.
#[test]
fn hostile_output() {
    let stage = Stage::set(ANY);
    let path = stage.roster.path().display().to_string();
    stage.term.line(&format!("pj-wrap --name subject beast {path} plain $'\\e[31mred\\a'"));
    let beast = stage.roster.ready("plain");
    let job = stage.world.job("subject");
    let table = stage.world.pj(&["list"]).go().code(0).text();
    assert!(!table.contains('\x1b') && !table.contains('\x07'), "{table:?}");
    stage.world.sh("pj list --json | true; pj list | head -c1 >/dev/null").go().code(0).stderr("");
    beast.kill();
    job.record_gone();
}
