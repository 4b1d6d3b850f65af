//! What a person sees and does, once bare and once in each mode of `pj-wrap`, and compared: the first screen cell by
//! cell, resize, Ctrl-Z and `fg`, a large paste, Ctrl-C twice.

use crate::agent::Agent;
use crate::desk::{Desk, How, Seat};
use crate::harness::raw::Size;
use crate::harness::term::SIZE;
use crate::harness::{Shell, holds};
use crate::mock;

/// What the window is resized to.
const SMALL: Size = (20, 72, 720, 400);

/// What one run was like.
#[derive(PartialEq, Eq, Debug)]
struct Felt {
    first: Vec<String>,
    small: String,
    back: String,
    resumed: String,
    stopped_modes: String,
    code: i32,
    modes: String,
}

/// Every cell with its colours and attributes, a line of text each, so that a difference can be read.
fn cells(seat: &Seat) -> Vec<String> {
    let mut screen = vt100::Parser::new(SIZE.0, SIZE.1, 0);
    screen.process(&seat.term.raw());
    let screen = screen.screen();
    let mut all = vec![format!("cursor {:?} hidden {}", screen.cursor_position(), screen.hide_cursor())];
    for row in 0..SIZE.0 {
        for column in 0..SIZE.1 {
            let cell = screen.cell(row, column).expect("a cell of the screen");
            let looks = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse(), cell.is_wide()];
            let (text, ink, paper) = (cell.contents(), cell.fgcolor(), cell.bgcolor());
            all.push(format!("{row},{column} {text:?} {ink:?} on {paper:?} {looks:?}"));
        }
    }
    all
}

/// 10 KB in lines, none like another.
fn paste() -> String {
    (0..200).map(|line| format!("line {line:03} of what was pasted, no other is like it\n")).collect()
}

/// Ctrl-Z, the shell's turn, `fg`: the shell's modes meanwhile, and the screen afterwards.
fn suspend(desk: &Desk, seat: &mut Seat, how: How) -> (String, String) {
    seat.insist("\x1a", desk.agent.again_to_stop);
    seat.see(Shell::Bash.stopped());
    if how != How::Bare {
        let job = desk.job(how);
        holds("the command is stopped", || job.identity("root").and_then(|id| id.state()) == Some('T'));
        holds("the front is stopped", || job.front().state() == Some('T'));
    }
    let modes = seat.term.stty(&desk.world);
    seat.term.line("clear; fg");
    seat.see(desk.agent.ready);
    seat.settle();
    // The shell says what it fetches.
    (modes, seat.term.screen().replace(how.prefix(), ""))
}

/// One run from the shell's prompt to the shell's prompt.
fn run(desk: &Desk, how: How) -> Felt {
    let mut seat = desk.sit();
    let before = seat.term.stty(&desk.world);
    desk.start(&mut seat, how);
    seat.settle();
    let first = cells(&seat);
    seat.term.resize(SMALL);
    seat.settle();
    let small = seat.term.screen();
    seat.term.resize(SIZE);
    seat.settle();
    let back = seat.term.screen();
    let (stopped_modes, resumed) = suspend(desk, &mut seat, how);
    seat.ask(mock::GREET, mock::HELLO);
    let pasted = paste();
    seat.term.type_(&format!("\x1b[200~{pasted}\x1b[201~"));
    seat.settle();
    seat.term.type_("\r");
    holds("the model is told the whole paste", || desk.mock.heard(pasted.trim_end()));
    seat.settle();
    seat.insist("\x03", desk.agent.again);
    seat.see("ready>");
    let code = seat.term.run("(exit $?)");
    let modes = seat.term.stty(&desk.world);
    desk.end_leftovers(&seat);
    assert_eq!(modes, before, "{how:?}: the terminal is as it was");
    assert_eq!(stopped_modes, before, "{how:?}: the terminal is the shell's while the agent is stopped");
    Felt { first, small, back, resumed, stopped_modes, code, modes }
}

pub(crate) fn same(agent: &'static Agent) {
    let desk = Desk::new(agent);
    let bare = run(&desk, How::Bare);
    for how in [How::Pty, How::Direct] {
        let wrapped = run(&desk, how);
        let differ: Vec<_> = bare.first.iter().zip(&wrapped.first).filter(|(one, other)| one != other).collect();
        assert!(differ.is_empty(), "{how:?}: the first screen differs: {differ:?}");
        assert_eq!((&bare.small, &bare.back), (&wrapped.small, &wrapped.back), "{how:?}: after a resize");
        assert_eq!(bare.resumed, wrapped.resumed, "{how:?}: after Ctrl-Z and fg");
        assert_eq!(bare, wrapped, "{how:?}");
    }
    eprintln!("{}: {} cells equal in both modes, code {}", agent.name, bare.first.len() - 1, bare.code);
}
