//! `pj send`: text, files, keys and the end of it, in order and whole.

use super::{run, script};
use crate::harness::{World, holds};
use std::fs;

#[test]
fn text_file_keys_and_end_arrive_in_this_order() {
    let world = World::new();
    let out = world.text("out");
    for (flags, enter, end) in [(&[][..], "\r", "\x04"), (&["--pipe"][..], "\n", "")] {
        let raw = if flags.is_empty() { "stty raw -echo; " } else { "" };
        let script = format!("{raw}echo ready; exec cat > $1");
        run(&world, &[flags, &["sh", "-c", &script, "-", &out]].concat());
        let log = || fs::read(&out).unwrap_or_default();
        holds("it reads", || world.pj(&["log", "subject"]).go().text().contains("ready"));
        fs::write(world.path("file"), "a\tfile\u{e9}\0").expect("a file");
        let file = world.text("file");
        let send = ["send", "subject", "-n text", "--file", &file, "--key", "Enter", "--key", "C-a", "--key", "Up"];
        // A text that looks like a flag needs the usual word.
        world.pj(&["send", "subject", "-n text"]).go().code(2);
        let send = [&send[..2], &send[3..], &["--eof", "--", "-n text"]].concat();
        world.pj(&send).go().code(0).silent();
        let want = format!("-n texta\tfile\u{e9}\0{enter}\x01\x1b[A{end}");
        holds("all of it arrives in order", || log() == want.as_bytes());
        let input = "x".repeat(300_000);
        if flags.is_empty() {
            world.pj(&["send", "subject", "--file", "-"]).input(input.as_bytes()).go().code(0).silent();
            holds("standard input arrives whole", || log().len() == want.len() + input.len());
        } else {
            holds("the end was the end", || world.job("subject").json["state"] == "exited");
            world.pj(&["send", "subject", "more"]).go().code(3).says("has exited with 0").says("hint: pj log");
        }
        world.pj(&["stop", "-q", "subject"]).go();
        world.pj(&["rm", "-q", "subject"]).go();
    }
}

#[test]
fn what_is_not_taken_in_time_is_said() {
    let world = World::new();
    script(&world, &[], "stty raw -echo; echo ready; exec sleep 1000");
    holds("it sleeps", || world.pj(&["log", "subject"]).go().text().contains("ready"));
    let much = "x".repeat(2_000_000);
    let done = world.pj(&["send", "--timeout", "300ms", "subject", "--file", "-"]).input(much.as_bytes()).go();
    done.code(7).says("it has not taken all in time").says("of 2000000 bytes");
    world.pj(&["send", "subject"]).go().code(2).says("send what?");
    world.pj(&["send", "subject", "--key", "Hyper"]).go().code(2);
    world.pj(&["send", "nobody", "x"]).go().code(3);
    world.pj(&["send", "subject", "--file", "/nowhere"]).go().code(1).one_line();
    assert!(world.job("subject").guard().alive());
}
