//! Named points at which a test makes this process die, stop, or lose what it needs: fault injection for `tests/crash/`.
//! Only with the feature `test-hooks`; without it a point is nothing at all, and this file is not compiled.
//!
//! `PJ_TEST_AT=PROCESS:POINT:NTH:FAULT:FILE`: the process with this name (`pj-wrap`, `pj-guard`, `pj-sweep`, `pj`, …), as it comes
//! by this point for the so-manieth time, creates the file and does the fault. Whoever finds the file there goes on: it
//! acts once, in one process. The variable is taken out of the environment at the first point that is passed, so the
//! command never sees it. Never: acts on anybody but the process itself and the file system of `XDG_STATE_HOME`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

macro_rules! points {
    ($($point:ident $name:literal,)*) => {
        /// Where a fault can be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Point { $($point,)* }

        impl Point {
            /// All of them.
            pub const ALL: &[Point] = &[$(Point::$point,)*];

            /// As the variable has it.
            pub fn name(self) -> &'static str {
                match self { $(Point::$point => $name,)* }
            }
        }
    };
}

points! {
    FrontBegun "front.begun",
    ClientBegun "client.begun",
    ClientTold "client.told",
    StoreClaimed "store.claimed",
    PtyOpened "pty.opened",
    ForkBefore "fork.before",
    ForkParent "fork.parent",
    ForkChild "fork.child",
    CgroupMakes "cgroup.makes",
    CgroupMade "cgroup.made",
    CgroupParent "cgroup.parent",
    CgroupChild "cgroup.child",
    LetGo "let-go",
    FrontRaw "front.raw",
    FrontFinishes "front.finishes",
    FrontLeaves "front.leaves",
    FrontLeft "front.left",
    SocketMade "socket.made",
    GuardPublished "guard.published",
    GuardWent "guard.went",
    GuardTellsClient "guard.tells-client",
    GuardToldClient "guard.told-client",
    GuardSettled "guard.settled",
    GuardTellsExit "guard.tells-exit",
    GuardToldExit "guard.told-exit",
    GuardTakesTerminal "guard.takes-terminal",
    LogWritten "log.written",
    LogRotates "log.rotates",
    LogRotated "log.rotated",
    GuardRests "guard.rests",
    GuardRunsAgain "guard.runs-again",
    GuardRanAgain "guard.ran-again",
    GuardFinishes "guard.finishes",
    JobConcludes "job.concludes",
    JobConcluded "job.concluded",
    GuardConcluded "guard.concluded",
    CommandGo "command.go",
    CommandExecs "command.execs",
    StoreWrites "store.writes",
    StoreWritten "store.written",
    StoreRenamed "store.renamed",
    StoreRemoves "store.removes",
    StoreRecordRemoved "store.record-removed",
    StoreRemoved "store.removed",
    CensusTakes "census.takes",
    CensusTaken "census.taken",
    KillBegins "kill.begins",
    KillRound "kill.round",
    KillTold "kill.told",
    KillFrozen "kill.frozen",
    KillKilled "kill.killed",
    CgroupFrozen "cgroup.frozen",
    CgroupKills "cgroup.kills",
    CgroupKilled "cgroup.killed",
    CgroupRemoves "cgroup.removes",
    CgroupRemoved "cgroup.removed",
    SweepBegun "sweep.begun",
    SweepViewed "sweep.viewed",
    SweepLocked "sweep.locked",
    SweepTaskBegun "sweep.task-begun",
    SweepSeesOff "sweep.sees-off",
    SweepWorked "sweep.worked",
}

/// What happens there. All but the first two last as long as the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL.
    Kill,
    /// SIGSTOP.
    Stop,
    /// The file system of the state directory is full: no byte and no inode is left.
    NoSpace,
    /// Files are looked at with nobody's eyes: whatever is ours alone is refused. Needs root.
    Denied,
    /// Every descriptor that the limit allows is taken.
    NoFiles,
    /// The address space may not grow.
    NoMemory,
}

impl Fault {
    /// All of them.
    pub const ALL: &[Fault] =
        &[Fault::Kill, Fault::Stop, Fault::NoSpace, Fault::Denied, Fault::NoFiles, Fault::NoMemory];

    /// As the variable has it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Kill => "SIGKILL",
            Fault::Stop => "SIGSTOP",
            Fault::NoSpace => "ENOSPC",
            Fault::Denied => "EACCES",
            Fault::NoFiles => "EMFILE",
            Fault::NoMemory => "ENOMEM",
        }
    }
}

/// What the variable asks for.
#[derive(Debug)]
struct Plan {
    process: String,
    point: Point,
    nth: u32,
    fault: Fault,
    file: PathBuf,
    state: Option<PathBuf>,
}

static PASSED: AtomicU32 = AtomicU32::new(0);

/// This process is at this point.
pub fn pass(point: Point) {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    let Some(plan) = PLAN.get_or_init(take) else { return };
    if plan.point == point && own_name() == plan.process && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == plan.nth {
        act(plan);
    }
    if point == Point::CommandExecs && plan.fault == Fault::NoMemory {
        // The limit is ours, not the command's.
        limit_memory(libc::RLIM_INFINITY);
    }
}

fn take() -> Option<Plan> {
    let text = std::env::var("PJ_TEST_AT").ok()?;
    // SAFETY: pj has one thread.
    unsafe { std::env::remove_var("PJ_TEST_AT") };
    let mut words = text.splitn(5, ':');
    let process = words.next()?.to_owned();
    let name = words.next()?;
    let point = *Point::ALL.iter().find(|point| point.name() == name)?;
    let nth = words.next()?.parse().ok()?;
    let name = words.next()?;
    let fault = *Fault::ALL.iter().find(|fault| fault.name() == name)?;
    let file = words.next()?.into();
    Some(Plan { process, point, nth, fault, file, state: super::file::env_dir("XDG_STATE_HOME") })
}

fn own_name() -> String {
    let mut name = [0u8; 16];
    // SAFETY: PR_GET_NAME writes at most 16 bytes.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name.iter().take_while(|&&b| b != 0).map(|&b| char::from(b)).collect()
}

fn act(plan: &Plan) {
    let Ok(mut file) = OpenOptions::new().write(true).create_new(true).open(&plan.file) else { return };
    let _ = file.write_all(format!("{}\n", super::pid()).as_bytes());
    drop(file);
    match plan.fault {
        // SAFETY: signals to ourselves.
        Fault::Kill => unsafe { libc::kill(super::pid(), libc::SIGKILL) },
        // SAFETY: the same.
        Fault::Stop => unsafe { libc::kill(super::pid(), libc::SIGSTOP) },
        Fault::NoSpace => plan.state.as_deref().map_or(0, fill),
        // SAFETY: takes a number. An exec takes it back.
        Fault::Denied => unsafe { libc::setfsuid(65534) },
        Fault::NoFiles => take_descriptors(),
        Fault::NoMemory => limit_memory(1 << 16),
    };
}

/// First the bytes, then the inodes.
fn fill(dir: &Path) -> i32 {
    if let Ok(mut f) = OpenOptions::new().append(true).create(true).open(dir.join("fill")) {
        while f.write_all(&[0; 4096]).is_ok() {}
    }
    (0..).take_while(|n| std::fs::File::create_new(dir.join(format!("fill-{n}"))).is_ok()).count() as i32
}

fn take_descriptors() -> i32 {
    // SAFETY: a constant path; nobody else has the numbers, and nobody closes them.
    while unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) } >= 0 {}
    0
}

fn limit_memory(bytes: libc::rlim_t) -> i32 {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure lives as long as the call.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }
}
