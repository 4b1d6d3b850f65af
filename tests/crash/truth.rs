//! What must come of a cell besides "nothing is left": the command's code as the shell tells it, and whether it ran. Where
//! a promise has an edge it stands here, with its reason.

use crate::cell::{Cell, Outcome};
use crate::points::{FRONT, GUARD, Story};
use pj::sys::hooks::Fault;
use pj::sys::hooks::Point::*;

/// The command's own code in the story in which it leaves.
pub(crate) const OWN: i32 = 7;
/// Of SIGHUP: the tree was ended, the front lives to say so.
const HUNG_UP: i32 = 129;
/// Of SIGABRT: Rust ends a process that gets no memory.
const ABORTED: i32 = 134;
const KILLED: i32 = 137;
const STOPPED: i32 = 147;
/// pj-wrap's own word: the command was not started.
const NOT_STARTED: i32 = 125;

/// Panics where an outcome is not one that the cell may have.
pub(crate) fn check(cell: Cell, outcome: &Outcome) {
    let codes = codes(cell);
    assert!(fits(&codes, outcome.code), "the shell said {:?}, and not one of {codes:?}", outcome.code);
    if cell.story == Story::Leaves {
        assert!(outcome.ran || outcome.code != Some(OWN), "the command's own code without the command");
        let dies = matches!(cell.fault, Fault::Kill | Fault::Stop);
        assert!(!(dies && is_unborn(cell) && outcome.ran), "it ran before a record could tell of it");
    } else {
        assert!(outcome.ran);
    }
    assert!(!outcome.unguarded || may_be_unguarded(cell), "it ran without a guard");
}

fn fits(codes: &[Option<i32>], code: Option<i32>) -> bool {
    codes.contains(&code)
}

/// The codes that the shell may tell; none where it waits for somebody who is stopped.
fn codes(cell: Cell) -> Vec<Option<i32>> {
    let some = |codes: &[i32]| codes.iter().map(|&code| Some(code)).collect::<Vec<_>>();
    match (cell.story, cell.fault) {
        (Story::Leaves, _) => leaves(cell),
        (Story::Closes, _) => vec![None],
        (Story::GuardLost, Fault::Kill) => some(&[KILLED]),
        (Story::GuardLost, Fault::Stop) => some(&[STOPPED]),
        (Story::GuardLost, Fault::NoSpace | Fault::Denied) => some(&[HUNG_UP]),
        (Story::GuardLost, Fault::NoMemory) => some(&[HUNG_UP, ABORTED]),
        // A front that sees nobody does not wait for him: the sweep ends the tree, and the command's status is lost.
        (Story::GuardLost, Fault::NoFiles) => some(&[HUNG_UP, KILLED]),
        // The shell waits for the rest of the job's group, of which the guard is one by then.
        (Story::FrontLost, Fault::Stop) => vec![Some(KILLED), None],
        (Story::FrontLost, _) => some(&[KILLED]),
        // Stopped first, so that neither sees the other's end.
        (Story::BothLost | Story::AfterShell | Story::UnderDaemon, _) => some(&[KILLED, STOPPED]),
        (Story::BothStopped, _) => some(&[STOPPED]),
        // Told by `background.rs`.
        _ => Vec::new(),
    }
}

/// The command leaves with its own code, and that is what the shell is told, unless pj was killed or stopped meanwhile.
fn leaves(cell: Cell) -> Vec<Option<i32>> {
    let newborn = cell.point == ForkChild && cell.process == FRONT;
    let front = cell.process == FRONT && !newborn;
    match cell.fault {
        Fault::NoSpace | Fault::Denied | Fault::NoFiles => vec![Some(OWN)],
        Fault::NoMemory if front => vec![Some(OWN), Some(ABORTED)],
        Fault::NoMemory => {
            let mut codes = killed(cell, newborn);
            // It ends where it next needs memory, perhaps when it alone has heard the command's status.
            codes.extend([Some(OWN), Some(NOT_STARTED), Some(HUNG_UP), Some(KILLED)]);
            codes
        }
        Fault::Kill if front => vec![Some(KILLED)],
        Fault::Kill => killed(cell, newborn),
        Fault::Stop if front => vec![Some(STOPPED)],
        // Nobody can tell the shell before the terminal closes.
        Fault::Stop if newborn || is_unborn(cell) && !is_command(cell) => vec![None],
        // What was told before stands; a command that stops is a stopped job.
        Fault::Stop if is_command(cell) => vec![None, Some(STOPPED)],
        Fault::Stop => vec![None, Some(OWN)],
    }
}

/// The guard or the unborn command was killed.
fn killed(cell: Cell, newborn: bool) -> Vec<Option<i32>> {
    if is_command(cell) {
        vec![Some(KILLED)]
    } else if newborn || is_unborn(cell) || cell.point == GuardWent {
        vec![Some(NOT_STARTED)]
    } else if cell.point == GuardToldExit {
        vec![Some(OWN)]
    } else {
        // The front ends the tree; or the command has left, and the guard alone had heard its status.
        vec![Some(HUNG_UP), Some(KILLED), Some(OWN)]
    }
}

/// Between the fork of the command and its exec.
fn is_command(cell: Cell) -> bool {
    cell.process == GUARD && matches!(cell.point, ForkChild | CgroupChild | CommandGo | CommandExecs)
}

/// Before the command was let go: whoever dies here takes it along, having run nothing.
fn is_unborn(cell: Cell) -> bool {
    match cell.point {
        FrontBegun | StoreClaimed | PtyOpened | ForkBefore | GuardPublished => true,
        CgroupMakes | CgroupMade | CgroupParent => true,
        ForkParent => cell.process == GUARD,
        StoreWrites | StoreWritten | StoreRenamed => cell.nth == 1,
        _ => is_command(cell),
    }
}

/// Without descriptors for a guard the command runs all the same, as it would without pj, and one line says so: what it
/// leaves behind is left.
pub(crate) fn may_be_unguarded(cell: Cell) -> bool {
    cell.fault == Fault::NoFiles && matches!(cell.point, FrontBegun | StoreClaimed | PtyOpened)
}

/// A guard that is stopped after it has taken its record away has nobody below it, and nothing names it any more. The
/// record must go last but one: after it only the guard's own end is left.
pub(crate) fn may_leave_a_stopped_guard(cell: Cell) -> bool {
    cell.fault == Fault::Stop
        && cell.process == GUARD
        && matches!(cell.point, StoreRecordRemoved | StoreRemoved | GuardConcluded)
}

/// Between its making and the record nothing names a cgroup, and no sweep waits for whoever is in it. Its guard takes it
/// away, or the front of a killed one; where that is denied, a sweep does, once it is as old as a claim that nobody will use.
pub(crate) fn may_leave_an_unnamed_cgroup(cell: Cell) -> bool {
    cell.fault == Fault::Denied && cell.process == GUARD && is_unborn(cell)
}

/// A stopped front cannot restore its terminal. Where front and guard are both gone, or stopped, nobody is left who could:
/// a shell's line editor does.
pub(crate) fn leaves_the_terminal(cell: Cell) -> bool {
    let goes = matches!(cell.fault, Fault::Kill | Fault::Stop | Fault::NoMemory);
    match cell.story {
        Story::Leaves => cell.fault == Fault::Stop && cell.process == FRONT,
        Story::GuardLost => goes,
        Story::FrontLost => goes && cell.point == GuardTakesTerminal,
        // By the test's own hand.
        Story::BothLost | Story::BothStopped | Story::AfterShell | Story::UnderDaemon => true,
        _ => false,
    }
}
