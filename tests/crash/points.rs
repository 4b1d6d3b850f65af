//! Where each point is passed: by which process, for the how-manieth time, and in which story.

use pj::sys::hooks::Point::{self, *};

/// The name of a process of pj's.
pub(crate) const FRONT: &str = "pj-wrap";
pub(crate) const GUARD: &str = "pj-guard";
pub(crate) const SWEEP: &str = "pj-sweep";

/// What happens around a fault. In each of them a terminal closes at the end, and one sweep runs.
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
    /// Both are stopped; the sweep with the fault is run in the same terminal, over every job.
    BothStopped,
    /// Both are killed; the sweep with the fault is run as an exit hook runs it, and the shell exits.
    AfterShell,
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
pub(crate) fn passages(point: Point) -> &'static [Passage] {
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
    }
}

/// Is the point passed where a job has a cgroup of its own, or only where it has none? The last rung is one or the other,
/// and so is the command's birth.
pub(crate) fn is_passed(point: Point, (process, ..): Passage, grouped: bool) -> bool {
    match point {
        CgroupMakes | CgroupMade | CgroupParent | CgroupChild | CgroupFrozen | CgroupKills | CgroupKilled
        | CgroupRemoves | CgroupRemoved => grouped,
        ForkBefore | ForkParent | ForkChild if process == GUARD => !grouped,
        KillFrozen | KillKilled => !grouped,
        _ => true,
    }
}
