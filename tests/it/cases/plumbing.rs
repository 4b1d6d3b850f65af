//! Slow readers, pagers, other terminals: what is between the command and its user besides us.

use super::seen::{WAYS, same, see};
use crate::harness::{Shell, World, holds, proc, raw};
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

#[test]
fn case_63_every_key_reaches_the_pager_that_a_wrapped_command_feeds() {
    if !crate::harness::needs("less") {
        return;
    }
    same(|play| {
        play.begin("W seq 900 | LESS= less -X");
        play.term.expect("23\r\n:");
        play.term.type_("/888\r");
        play.term.expect("900");
        play.term.type_("q");
        play.code();
    });
}

/// Endless, to the terminal and past it: it flows until Ctrl-C, which ends all of the pipeline.
#[test]
fn case_74_an_endless_pipe_into_w_flows_and_ctrl_c_ends_it() {
    for way in WAYS {
        let seen = see(Shell::Bash, way, |play| {
            for line in ["yes | W cat", "yes | W cat | W cat", "W yes"] {
                play.line(line);
                play.term.expect(&"y\r\n".repeat(2000));
                play.term.type_("\x03");
                play.run("[ $? = 130 ]");
            }
        });
        assert_eq!(seen.codes, [0; 3], "{way:?}");
    }
}

/// A terminal that is not ours is a file like any other: the command has it as it is, and there is no terminal between.
#[test]
fn case_66_a_different_terminal_as_output_is_inherited() {
    same(|play| {
        let (master, follower) = raw::pty().expect("another pty");
        let name = fs::read_link(format!("/proc/self/fd/{}", follower.as_raw_fd())).expect("its name");
        let link = play.world.home().join("other");
        let _ = fs::remove_file(&link);
        symlink(&name, link).expect("a link");
        play.run("W sh -c 'tty <&1 >/dev/null && echo there' > other");
        let mut bytes = [0; 64];
        let n = File::from(master).read(&mut bytes).expect("what was written");
        assert_eq!(&bytes[..n], b"there\r\n");
    });
}

/// Nobody reads the terminal: the command is made to wait, nothing is lost, and we hold no more than a few buffers.
#[test]
fn case_79_a_slow_terminal_slows_the_child_and_loses_nothing() {
    const COUNT: usize = 2_000_000;
    for flags in [&[][..], &["--direct"]] {
        let world = World::new();
        let (master, follower) = raw::pty().expect("a pty");
        raw::resize(master.as_fd(), crate::harness::term::SIZE).expect("a size");
        let mut command = Command::new(crate::harness::world::bin().join("pj-wrap"));
        command.args(flags).args(["--name", "subject", "beast", "-", "spew", &COUNT.to_string()]);
        let copy = || Stdio::from(follower.try_clone().expect("a copy"));
        command.stdin(copy()).stdout(copy()).stderr(copy()).env_clear().envs(world.env());
        raw::lead_session(&mut command, true);
        let mut child = command.spawn().expect("pj-wrap starts");
        drop((command, follower));
        let job = world.job("subject");
        let written = || {
            let io = String::from_utf8_lossy(&proc::file(job.front().pid, "io")).into_owned();
            (io, proc::stat(job.identity("root").expect("a command").pid).map(|one| one.state))
        };
        let mut before = written();
        holds("the command waits", || {
            let now = written();
            now == std::mem::replace(&mut before, now.clone()) && now.1 == Some('S')
        });
        let status = String::from_utf8_lossy(&proc::file(job.front().pid, "status")).into_owned();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a high-water mark");
        let most: u32 = most.trim().trim_end_matches(" kB").parse().expect("a number");
        assert!(most < 32_000, "the front holds {most} kB");
        let mut master = File::from(master);
        let (mut got, mut bytes) = (0, vec![0; 65536]);
        // Each line gets a carriage return.
        let lines = COUNT.div_ceil(64);
        holds("all of it comes", || {
            while let Ok(n @ 1..) = master.read(&mut bytes) {
                got += n;
            }
            got >= COUNT + lines
        });
        assert_eq!(got, COUNT + lines);
        assert!(crate::harness::cmd::wait(&mut child, "pj-wrap").success());
        world.no_guards();
    }
}
