//! Where each point is passed: by which process, for the how-manieth time, and in which story.

use crate::cell::Cell;
use crate::harness::Mode;
use pj::sys::hooks::Fault;
use pj::sys::hooks::Point::{self, *};

/// The name of a process of pj's.
pub(crate) const FRONT: &str = "pj-wrap";
pub(crate) const GUARD: &str = "pj-guard";
pub(crate) const SWEEP: &str = "pj-sweep";
/// The sweep that stays.
pub(crate) const DAEMON: &str = "pj-daemon";
/// Whoever types `pj run`, or `pj stop`.
pub(crate) const CLIENT: &str = "pj";
/// The guard of a job that ends with no session; of one that does it is called as the others.
pub(crate) const KEEPER: &str = "pj-keeper";

/// What happens around a fault. With a wrapped command a terminal closes at the end, and one sweep runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// The command leaves with 7, what it started lingers, the terminal closes.
    Leaves,
    /// The terminal closes while the command runs.
    Closes,
    /// The guard is killed while the command runs.
    GuardLost,
    /// The front is killed while the command runs.
    FrontLost,
    /// Both are killed; the sweep with the fault is run in the same terminal.
    BothLost,
    /// The daemon with the fault runs, and both are killed.
    UnderDaemon,
    /// Both are stopped; the sweep with the fault is run in the same terminal, over every job.
    BothStopped,
    /// Both are killed; the sweep with the fault is run as an exit hook runs it, and the shell exits.
    AfterShell,
    /// `pj run` of a command that writes a line and leaves with 7.
    RunLeaves,
    /// The same of one that has its log rotated.
    RunLogs,
    /// The same of one that is run again when it has failed, once.
    RunAgain,
    /// `pj run`, then `pj stop`.
    RunStops,
    /// `pj run` in a session whose terminal closes.
    RunInSession,
    /// `pj run`, then the guard is killed; `pj stop` with the fault, or the sweep.
    RunLost,
}

impl Story {
    /// Is it of a job in the background?
    pub(crate) fn is_background(self) -> bool {
        use Story::*;
        matches!(self, RunLeaves | RunLogs | RunAgain | RunStops | RunInSession | RunLost)
    }
}

/// Who strikes a cgroup at the last rung, and takes it away.
const STRIKES: &[Passage] = &[
    (GUARD, 1, Story::Closes),
    (GUARD, 1, Story::FrontLost),
    (FRONT, 1, Story::GuardLost),
    (SWEEP, 1, Story::BothLost),
    (SWEEP, 1, Story::BothStopped),
];

/// One way to pass a point.
pub(crate) type Passage = (&'static str, u32, Story);

/// All ways to pass it that are tried.
pub(crate) fn passages(point: Point) -> impl Iterator<Item = Passage> {
    wrapped(point).iter().chain(background(point)).chain(daemon(point)).copied()
}

fn wrapped(point: Point) -> &'static [Passage] {
    use Story::*;
    match point {
        FrontBegun | StoreClaimed | PtyOpened | FrontRaw | FrontFinishes | FrontLeaves | FrontLeft => {
            &[(FRONT, 1, Leaves)]
        }
        ForkBefore | ForkParent | ForkChild => &[(FRONT, 1, Leaves), (GUARD, 1, Leaves), (SWEEP, 1, AfterShell)],
        CgroupMakes | CgroupMade | CgroupParent | CgroupChild => &[(GUARD, 1, Leaves)],
        CgroupFrozen | CgroupKills | CgroupKilled | CgroupRemoves | CgroupRemoved => STRIKES,
        LetGo => &[(FRONT, 1, Leaves), (GUARD, 1, Leaves)],
        GuardPublished | GuardWent | GuardSettled | GuardTellsExit | GuardToldExit => &[(GUARD, 1, Leaves)],
        CommandGo | CommandExecs => &[(GUARD, 1, Leaves)],
        GuardTakesTerminal => &[(GUARD, 1, FrontLost)],
        GuardFinishes | GuardConcluded => &[(GUARD, 1, Closes)],
        // The record, the census, the state of the job.
        StoreWrites | StoreWritten | StoreRenamed => &[(GUARD, 1, Leaves), (GUARD, 2, Leaves), (GUARD, 3, Leaves)],
        StoreRemoves | StoreRecordRemoved | StoreRemoved => {
            &[(GUARD, 1, Closes), (FRONT, 1, GuardLost), (SWEEP, 1, BothLost)]
        }
        CensusTakes | CensusTaken => &[(GUARD, 1, Leaves)],
        KillBegins => &[
            (GUARD, 1, Closes),
            (GUARD, 1, FrontLost),
            (FRONT, 1, GuardLost),
            (SWEEP, 1, BothLost),
            (SWEEP, 1, BothStopped),
        ],
        KillRound => &[
            (GUARD, 1, Closes),
            (GUARD, 2, Closes),
            (FRONT, 1, GuardLost),
            (SWEEP, 1, BothLost),
            (SWEEP, 1, BothStopped),
        ],
        KillTold | KillFrozen | KillKilled => {
            &[(GUARD, 1, Closes), (FRONT, 1, GuardLost), (SWEEP, 1, BothLost), (SWEEP, 1, BothStopped)]
        }
        SweepBegun => &[(SWEEP, 1, BothLost)],
        SweepViewed | SweepLocked | SweepTaskBegun | SweepWorked => &[(SWEEP, 1, BothLost), (SWEEP, 1, BothStopped)],
        SweepSeesOff => &[(SWEEP, 1, BothStopped), (SWEEP, 2, BothStopped)],
        ClientBegun | ClientTold | SocketMade | GuardTellsClient | GuardToldClient => &[],
        LogWritten | LogRotates | LogRotated => &[],
        GuardRests | GuardRunsAgain | GuardRanAgain | JobConcludes | JobConcluded => &[],
    }
}

/// Those of the daemon, at its second look: the first is over when it is ready.
fn daemon(point: Point) -> &'static [Passage] {
    match point {
        SweepViewed => &[(DAEMON, 2, Story::UnderDaemon), (DAEMON, 4, Story::UnderDaemon)],
        KillRound => &[(DAEMON, 1, Story::UnderDaemon), (DAEMON, 2, Story::UnderDaemon)],
        SweepLocked | SweepTaskBegun | SweepSeesOff | SweepWorked | KillBegins | KillTold | KillFrozen | KillKilled
        | CgroupFrozen | CgroupKills | CgroupKilled | CgroupRemoves | CgroupRemoved | StoreRemoves
        | StoreRecordRemoved | StoreRemoved => &[(DAEMON, 1, Story::UnderDaemon)],
        _ => &[],
    }
}

/// Those of jobs in the background: by whoever types `pj run`, by the guard, by the command, and by whoever ends it.
fn background(point: Point) -> &'static [Passage] {
    use Story::*;
    match point {
        ClientBegun | StoreClaimed | PtyOpened | ClientTold => &[(CLIENT, 1, RunLeaves)],
        ForkBefore | ForkParent => &[(CLIENT, 1, RunLeaves), (KEEPER, 1, RunLeaves), (KEEPER, 2, RunAgain)],
        ForkChild => &[(CLIENT, 1, RunLeaves), (KEEPER, 1, RunLeaves)],
        SocketMade | GuardPublished | GuardWent | GuardTellsClient | GuardToldClient => &[(KEEPER, 1, RunLeaves)],
        CgroupMakes | CgroupMade => &[(KEEPER, 1, RunLeaves)],
        CgroupParent => &[(KEEPER, 1, RunLeaves), (KEEPER, 2, RunAgain)],
        CgroupChild | CommandGo | CommandExecs => &[(KEEPER, 1, RunLeaves)],
        LetGo | CensusTaken | GuardToldExit | GuardConcluded => &[(KEEPER, 1, RunLeaves)],
        GuardSettled | GuardTellsExit => &[(KEEPER, 1, RunLeaves), (GUARD, 1, RunInSession)],
        // The record, the census, the state of the job, its end.
        StoreWrites => &[(KEEPER, 1, RunLeaves), (KEEPER, 3, RunLeaves)],
        StoreWritten => &[(KEEPER, 1, RunLeaves), (KEEPER, 2, RunLeaves), (KEEPER, 4, RunLeaves)],
        StoreRenamed => &[(KEEPER, 1, RunLeaves), (KEEPER, 3, RunLeaves)],
        LogWritten | LogRotates | LogRotated => &[(KEEPER, 1, RunLogs)],
        GuardRests | GuardRunsAgain | GuardRanAgain => &[(KEEPER, 1, RunAgain)],
        KillBegins => &[(KEEPER, 1, RunStops), (GUARD, 1, RunInSession), (CLIENT, 1, RunLost)],
        KillRound => &[(KEEPER, 1, RunStops), (GUARD, 1, RunInSession)],
        KillTold | KillFrozen | KillKilled | CgroupKills | CgroupKilled => {
            &[(KEEPER, 1, RunStops), (CLIENT, 1, RunLost)]
        }
        CgroupFrozen | CgroupRemoves | CgroupRemoved => &[(KEEPER, 1, RunStops)],
        GuardFinishes => &[(KEEPER, 1, RunStops), (GUARD, 1, RunInSession)],
        JobConcludes | JobConcluded => {
            &[(KEEPER, 1, RunStops), (GUARD, 1, RunInSession), (CLIENT, 1, RunLost), (SWEEP, 1, RunLost)]
        }
        _ => &[],
    }
}

/// Is the point passed where a job has a cgroup of its own, or only where it has none? The last rung is one or the other,
/// and so is the command's birth.
pub(crate) fn is_passed(point: Point, (process, ..): Passage, grouped: bool) -> bool {
    match point {
        CgroupMakes | CgroupMade | CgroupParent | CgroupChild | CgroupFrozen | CgroupKills | CgroupKilled
        | CgroupRemoves | CgroupRemoved => grouped,
        ForkBefore | ForkParent | ForkChild if matches!(process, GUARD | KEEPER) => !grouped,
        KillFrozen | KillKilled => !grouped,
        _ => true,
    }
}

/// Is it played? A background job has no cgroup where it has a terminal, and has one where it has none: each is tried, not
/// each with each. Those faults that leave everybody alive, and two of the stories, are tried with one of the two.
pub(crate) fn is_tried(cell: &Cell) -> bool {
    if cell.story == Story::UnderDaemon {
        // Whoever is not killed goes on, and sweeps.
        return cell.fault == Fault::Kill;
    }
    if !cell.story.is_background() {
        return cell.mode == Mode::Pty || !matches!(cell.point, PtyOpened | FrontRaw);
    }
    let fits = (cell.mode == Mode::Direct) == cell.grouped && !(cell.point == PtyOpened && cell.grouped);
    let both =
        [false, true].iter().all(|&grouped| is_passed(cell.point, (cell.process, cell.nth, cell.story), grouped));
    let dies =
        matches!(cell.fault, Fault::Kill | Fault::Stop) && !matches!(cell.story, Story::RunInSession | Story::RunLost);
    // Every other point with a terminal, every other without.
    fits && (dies || !both || cell.point == PtyOpened || (cell.point as usize).is_multiple_of(2) == cell.grouped)
}
