//! Freeing ports: heads first, and who has the socket from them only if that was not enough. Each is known by number and
//! start time and by the very socket that he holds, and is asked for all three before each signal (`grip.rs`).
//!
//! Whom it may end says its caller. Where one who holds a port may not be ended, nobody of that port is: it would not be
//! free. Never touches who took the port after the first look: he is told, with who started him.

use std::io;
use std::time::{Duration, Instant};

use super::grip::Grip;
use super::{Ghost, Holding, Listener, Proto, Survey};
use crate::kill::{Cause, Ending, Whom};
use crate::process::describe;
use crate::sys::signal::Signal;
use crate::sys::{Pid, Stat, clock, fd, os};

/// Between looks.
const STEP: Duration = Duration::from_millis(5);
/// How long one who has let go of his socket may take to end before it is said that he runs on.
const LEAVES: Duration = Duration::from_millis(500);
/// How long a free port is looked at where somebody stands above the dead who may start them again.
const SETTLE: Duration = Duration::from_millis(200);

/// May somebody be ended?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum May {
    /// He may; no name protects him beyond that.
    Yes,
    /// Not he.
    No(Refusal),
}

/// Why somebody is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For people.
    pub why: String,
    /// What to type instead.
    pub hint: Option<String>,
}

/// Who decides.
pub trait Judge {
    /// Decided for each before he is ever signalled.
    fn may(&mut self, who: &Holding) -> May;
    /// Never ended: ourselves and our ancestors.
    fn strangers(&self) -> Vec<(Pid, u64)>;
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Order {
    /// TCP or UDP.
    pub proto: Proto,
    /// Which ports.
    pub ports: Vec<u16>,
    /// From TERM to KILL.
    pub grace: Duration,
    /// All of it.
    pub timeout: Duration,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What is to be said of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody listened.
    Free,
    /// Nobody listens any more.
    Cleaned,
    /// Some are gone, some are not.
    Partial,
    /// Nobody whom we can see listens, yet somebody does.
    Ghost,
    /// It was tried, and somebody listens still or again.
    Stuck,
    /// Nobody was touched, for one of them may not be.
    Refused,
}

impl Status {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Free => "free",
            Status::Cleaned => "cleaned",
            Status::Partial => "partial",
            Status::Ghost => "ghost",
            Status::Stuck => "stuck",
            Status::Refused => "refused",
        }
    }
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// He has ended.
    Gone,
    /// He has closed the socket, and runs on.
    LetGo,
    /// He holds it still.
    Left(String),
    /// He would be ended.
    Would,
}

/// One who was ended, or should have been.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Who, and what he held.
    pub holding: Holding,
    /// His command line, escaped.
    pub command: String,
    /// He had the socket from another, and was ended since that was not enough.
    pub is_heir: bool,
    /// How long he had lived, in seconds.
    pub age: u64,
    /// The last signal that he was sent.
    pub signal: Option<Signal>,
    /// What became of him.
    pub fate: Fate,
}

/// All that was done.
#[derive(Debug)]
pub struct Freed {
    /// Who was ended, or should have been.
    pub tried: Vec<Tried>,
    /// Who may not be.
    pub refused: Vec<(Holding, Refusal)>,
    /// The ports of which therefore nobody was touched.
    pub blocked: Vec<u16>,
    /// Who listens now.
    pub after: Survey,
    /// The time was over while somebody still had his grace.
    pub late: bool,
    before: Vec<Listener>,
    dry_run: bool,
}

/// Frees them.
pub fn run(first: &Survey, order: &Order, judge: &mut dyn Judge) -> io::Result<Freed> {
    let before = first.listeners.clone();
    let (dry_run, after) = (order.dry_run, first.clone());
    let (tried, refused, blocked) = (Vec::new(), Vec::new(), Vec::new());
    let mut freed = Freed { tried, refused, blocked, after, late: false, before, dry_run };
    let deadline = clock::now() + order.timeout;
    let (heads, heirs): (Vec<&Holding>, Vec<&Holding>) = first.holders.iter().partition(|h| h.is_head());
    let mut chosen = freed.judge(heads.into_iter(), judge);
    // They may let go when their heads are gone; but one who may not be ended would keep the port if he did not.
    let _ = freed.judge(heirs.into_iter(), judge);
    freed.blocked = freed.refused.iter().flat_map(|(h, _)| h.sockets.iter().map(|s| s.listener.addr.port())).collect();
    chosen.retain(|h| h.sockets.iter().any(|s| s.from.is_none() && freed.is_ours(s.listener.addr.port())));
    if order.dry_run {
        freed.tried = chosen.into_iter().map(Tried::new).collect();
        return Ok(freed);
    }
    let (heads, mut grip) = (chosen.len(), Grip::new());
    while !chosen.is_empty() {
        freed.end(chosen, order, deadline, judge, &mut grip);
        freed.after = Survey::of(order.proto, &order.ports)?;
        chosen = if freed.late { Vec::new() } else { freed.rest(judge) };
    }
    freed.tried.iter_mut().skip(heads).for_each(|t| t.is_heir = true);
    if !freed.tried.is_empty() {
        freed.settle(order, judge)?;
    }
    Ok(freed)
}

impl Tried {
    fn new(holding: Holding) -> Tried {
        let stat = holding.chain.process();
        let command = describe::command_line(&describe::text_of(&os::argv(stat.pid)));
        let age = os::age_ms(stat.start) / 1000;
        Tried { holding, command, is_heir: false, age, signal: None, fate: Fate::Would }
    }

    fn has_gone(&self) -> bool {
        let (pid, start) = self.holding.who();
        os::stat(pid).is_none_or(|now| now.start != start || now.is_dead())
    }
}

impl Freed {
    /// Whoever may be ended.
    fn judge<'h>(&mut self, of: impl Iterator<Item = &'h Holding>, judge: &mut dyn Judge) -> Vec<Holding> {
        let mut chosen = Vec::new();
        for one in of {
            match judge.may(one) {
                May::Yes => chosen.push(one.clone()),
                May::No(why) => self.refused.push((one.clone(), why)),
            }
        }
        chosen
    }

    fn is_ours(&self, port: u16) -> bool {
        !self.blocked.contains(&port)
    }

    /// Who holds a socket of the first look still, now that the heads are gone: workers, who had it from one of them.
    fn rest(&mut self, judge: &mut dyn Judge) -> Vec<Holding> {
        let known = |h: &Holding| {
            let tried = self.tried.iter().any(|t| t.holding.who() == h.who());
            tried || self.refused.iter().any(|(other, _)| other.who() == h.who())
        };
        let is_first = |l: &Listener| self.before.contains(l) && self.is_ours(l.addr.port());
        let of = self.after.holders.iter().filter(|h| h.sockets.iter().any(|s| is_first(&s.listener)) && !known(h));
        let rest: Vec<Holding> = of.cloned().collect();
        self.judge(rest.iter(), judge)
    }

    /// Ends these at the same time, until each has gone or let go.
    fn end(&mut self, whom: Vec<Holding>, order: &Order, deadline: Instant, judge: &dyn Judge, grip: &mut Grip) {
        let mut under_way: Vec<One> = Vec::new();
        for holding in whom {
            grip.allow(&holding, &self.blocked);
            let (members, strangers) = (vec![holding.who()], judge.strangers());
            let whom = Whom { members, alone: true, strangers, grace: order.grace };
            // Whether a name protects him was his judge's to say, who knows more than names.
            let ending = Ending::insist(whom, Cause::Stop);
            under_way.push(One { ending, tried: Tried::new(holding), let_go: None, done: false });
        }
        loop {
            let now = clock::now();
            under_way.iter_mut().for_each(|one| one.turn(grip, now));
            if under_way.iter().all(|one| one.done) {
                break;
            }
            if now >= deadline {
                self.late |= under_way.iter().any(|one| !one.done && one.let_go.is_none());
                break;
            }
            wait(STEP);
        }
        self.tried.extend(under_way.into_iter().map(|one| one.result(grip)));
    }

    /// Somebody above the dead may start them again: such a port is not free yet, whatever is to be said of the others.
    /// What comes is in the last look.
    fn settle(&mut self, order: &Order, judge: &dyn Judge) -> io::Result<()> {
        let own = judge.strangers();
        let is_watched = |t: &&Tried| t.fate == Fate::Gone && may_start_again(t.holding.chain.line(), &own);
        let sockets = self.tried.iter().filter(is_watched).flat_map(|t| &t.holding.sockets);
        let ports: Vec<u16> = sockets.map(|held| held.listener.addr.port()).collect();
        let until = clock::now() + SETTLE;
        while ports.iter().any(|&port| !self.is_listening(port)) && clock::now() < until {
            wait(STEP * 2);
            self.after = Survey::of(order.proto, &order.ports)?;
        }
        Ok(())
    }

    /// What is to be said of a port.
    pub fn status(&self, port: u16) -> Status {
        let on = |l: &Listener| l.addr.port() == port;
        let tried: Vec<&Tried> = self.tried.iter().filter(|t| t.holding.is_on(port)).collect();
        if !self.before.iter().any(on) {
            return Status::Free;
        }
        if !self.is_ours(port) {
            return Status::Refused;
        }
        let has_ghosts = self.after.ghosts().iter().any(|g| on(&g.listener));
        if self.dry_run {
            return match (tried.is_empty(), has_ghosts) {
                (true, _) => Status::Ghost,
                (false, true) => Status::Partial,
                (false, false) => Status::Cleaned,
            };
        }
        if !self.after.listeners.iter().any(on) {
            return Status::Cleaned;
        }
        let has_ended = tried.iter().any(|t| matches!(t.fate, Fate::Gone | Fate::LetGo));
        match (tried.is_empty(), has_ended) {
            (true, _) => Status::Ghost,
            (false, true) if self.again(port).next().is_none() => Status::Partial,
            (false, _) => Status::Stuck,
        }
    }

    /// Who has taken the port since.
    pub fn again(&self, port: u16) -> impl Iterator<Item = &Holding> {
        let is_new = move |l: &Listener| l.addr.port() == port && !self.before.contains(l);
        self.after.holders.iter().filter(move |h| h.sockets.iter().any(|s| s.from.is_none() && is_new(&s.listener)))
    }

    /// Sockets of a port whose holders cannot be seen.
    pub fn ghosts(&self, port: u16) -> Vec<Ghost> {
        let mut ghosts = self.after.ghosts();
        ghosts.retain(|g| g.listener.addr.port() == port);
        ghosts
    }

    /// Was it only asked what would be done?
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Does anybody listen there now?
    pub fn is_listening(&self, port: u16) -> bool {
        self.after.listeners.iter().any(|l| l.addr.port() == port)
    }
}

/// One on his way out.
struct One {
    ending: Ending,
    tried: Tried,
    /// Since when he holds none of the sockets.
    let_go: Option<Instant>,
    done: bool,
}

impl One {
    fn turn(&mut self, grip: &mut Grip, now: Instant) {
        if self.done {
            return;
        }
        if self.tried.has_gone() {
            self.done = true;
        } else if !grip.holds(self.tried.holding.pid()) {
            let since = *self.let_go.get_or_insert(now);
            self.done = now >= since + LEAVES;
        } else {
            self.let_go = None;
            self.done = self.ending.turn(grip, now).is_none();
        }
    }

    fn result(self, grip: &Grip) -> Tried {
        let pid = self.tried.holding.pid();
        let fate = if self.tried.has_gone() {
            Fate::Gone
        } else if !grip.holds(pid) {
            Fate::LetGo
        } else {
            Fate::Left(self.reason(grip))
        };
        Tried { signal: grip.last(pid), fate, ..self.tried }
    }

    fn reason(&self, grip: &Grip) -> String {
        let told = self.ending.report().and_then(|r| r.kept.iter().chain(&r.survivors).next());
        match told {
            _ if grip.was_refused(self.tried.holding.pid()) => "the kernel refuses: not our user's".to_owned(),
            Some(left) => left.reason.clone(),
            None => "the time was over before its grace was".to_owned(),
        }
    }
}

/// Does somebody live above him who is no shell of a terminal, as its leader mostly is, and none of our own line?
fn may_start_again(line: &[Stat], own: &[(Pid, u64)]) -> bool {
    let Some(above) = line.get(1) else { return false };
    if above.pid <= 1 {
        return false;
    }
    // The guard of a job in the background leads the job's terminal, and may run it again.
    let leads_terminal = above.sid == above.pid && above.tty_dev != 0 && !above.name().starts_with("pj-");
    let is_there = os::stat(above.pid).is_some_and(|now| now.start == above.start && !now.is_dead());
    is_there && !leads_terminal && !own.contains(&(above.pid, above.start))
}

fn wait(time: Duration) {
    // Nothing to wait on but the clock: these are not our children.
    let _ = fd::poll::<0>(&[], i32::try_from(time.as_millis()).unwrap_or(i32::MAX).max(1));
}
