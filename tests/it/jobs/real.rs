//! Programs that people run, in the background and through `pj attach`.

use super::run;
use crate::harness::{Term, World, holds, needs};
use std::fs;

fn attach(world: &World) -> Term {
    Term::command(world, &["pj", "attach", "subject"])
}

/// The screen shows this, in time.
fn shows(term: &Term, text: &str) {
    holds(&format!("the screen shows {text:?}, not\n{}", term.screen()), || term.screen().contains(text));
}

fn detach(mut term: Term) {
    term.type_("\x1d");
    term.expect("detached from");
    assert!(term.wait().success());
    assert!(!term.shows().0.alternate_screen(), "the full screen is left");
    assert!(!term.shows().0.hide_cursor());
}

#[test]
fn vim_is_attached_to_resized_left_and_found_again_from_another_terminal() {
    if !needs("vim") {
        return;
    }
    let world = World::new();
    let file = world.text("file");
    run(&world, &["vim", "-u", "NONE", "-N", "-c", "set ruler", &file]);
    let first = attach(&world);
    shows(&first, "~");
    first.type_("ihello from the first\x1b");
    shows(&first, "hello from the first");
    first.resize((40, 100, 0, 0));
    holds("vim has the new size", || first.screen().lines().count() == 40 && first.screen().contains("All"));
    detach(first);
    let second = attach(&world);
    shows(&second, "hello from the first");
    // One who only looks on sees it too.
    let watch = Term::command(&world, &["pj", "watch", "subject"]);
    shows(&watch, "hello from the first");
    second.type_("oand the second\x1b");
    shows(&second, "and the second");
    shows(&watch, "and the second");
    second.type_(":wq\r");
    let mut second = second;
    assert_eq!(second.wait().code(), Some(0));
    assert_eq!(fs::read_to_string(&file).expect("it was written"), "hello from the first\nand the second\n");
}

#[test]
fn vim_is_stopped_and_fetched_as_without_pj() {
    if !needs("vim") {
        return;
    }
    let world = World::new();
    run(&world, &["vim", "-u", "NONE", "-N"]);
    let mut term = Term::shell(&world, crate::harness::Shell::Bash, crate::harness::Hook::No);
    term.line("pj attach subject");
    shows(&term, "~");
    term.type_("itext\x1b");
    shows(&term, "text");
    term.type_("\x1a");
    term.expect("Stopped");
    holds("the shell's screen is back", || !term.shows().0.alternate_screen());
    term.line("fg");
    shows(&term, "text");
    term.type_(":q!\r");
    term.expect("has exited with 0");
    assert_eq!(term.run("true"), 0);
}

#[test]
fn bash_shows_its_prompt_again_and_hears_its_keys() {
    let world = World::new();
    fs::write(world.home().join(".bashrc"), "PS1='job> '\n").expect("an rc file");
    run(&world, &["bash", "-i"]);
    let first = attach(&world);
    shows(&first, "job>");
    first.type_("echo one$((1+1))\r");
    shows(&first, "one2");
    detach(first);
    let mut second = attach(&world);
    second.expect("job> ");
    shows(&second, "one2");
    second.type_("sleep 1000\r");
    let sleeps = |world: &World| world.ours().iter().any(|one| one.comm == "sleep");
    holds("it sleeps", || sleeps(&world));
    second.type_("\x03");
    holds("control-C has ended it", || !sleeps(&world));
    second.type_("echo $?.\r");
    second.expect("130.");
    second.type_("\x04");
    second.expect("has exited with 0");
    assert_eq!(second.wait().code(), Some(0));
}

#[test]
fn less_and_python_go_on_where_they_were_left() {
    let world = World::new();
    if needs("less") {
        fs::write(world.path("text"), (1..500).map(|n| format!("line {n}.\n")).collect::<String>()).expect("a file");
        run(&world, &["less", &world.text("text")]);
        let first = attach(&world);
        shows(&first, "line 1.");
        first.type_("300g");
        shows(&first, "line 300.");
        detach(first);
        let mut second = attach(&world);
        shows(&second, "line 300.");
        second.type_("q");
        assert_eq!(second.wait().code(), Some(0));
        world.pj(&["rm", "-q", "subject"]).go();
    }
    if needs("python3") {
        run(&world, &["python3", "-q"]);
        let mut first = attach(&world);
        first.expect(">>> ");
        first.line("kept = 40 + 2");
        first.expect(">>> ");
        detach(first);
        let mut second = attach(&world);
        shows(&second, ">>>");
        second.line("print(f'it is {kept}')");
        second.expect("it is 42");
        second.line("exit(3)");
        assert_eq!(second.wait().code(), Some(3));
    }
}

#[test]
fn what_was_written_while_nobody_looked_on_is_shown() {
    let world = World::new();
    run(&world, &["sh", "-c", "for i in $(seq 1 100); do echo row $i.; done; printf '\\007\\033[c> '; read x"]);
    holds("it has written", || world.pj(&["log", "subject"]).go().text().contains("row 100."));
    let mut term = attach(&world);
    term.expect("row 100.\r\n> ");
    assert!(term.saw("row 80.") && !term.saw("row 60."), "as many rows as the terminal has");
    assert!(!term.saw("\x07") && !term.saw("\x1b[c"), "nothing rings or asks a second time");
    term.type_("\r");
    assert_eq!(term.wait().code(), Some(0));
}
