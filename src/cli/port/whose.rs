//! Whose a listener is, and whether he may be ended (DESIGN §5 "Never", and N11: nobody takes a live session's port).
//!
//! Never, whatever is insisted on: ourselves and our ancestors, a guard, pid 1 and other service managers. Without
//! `--force`: a protected name, `PJ_KEEP=1`, a container's proxy, a registered shell, and a listener of another session
//! that lives, or of a job that `pj stop` would not reach from here.

use super::super::gather::{Books, Held, same};
use super::super::{listening, pick, sessions};
use crate::kill::{own_line, protect::Protect, real};
use crate::ports::free::{Judge, May, Refusal};
use crate::ports::{Chain, Holding, around, units};
use crate::process::{Identity, Look, Looks};
use crate::record::{Job, Session};
use crate::sys::{Pid, Stat};

/// What is on record, and who asks.
pub(super) struct Judgement<'b> {
    books: &'b Books,
    own: Option<Identity>,
    line: Vec<(Pid, u64)>,
    above: Vec<Stat>,
    force: bool,
    /// Sessions whose shell lives on its terminal.
    living: Vec<&'b Session>,
}

/// Whose somebody is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whose<'b> {
    pub(super) job: Option<&'b Held<Job>>,
    /// The session that it ends with, alive or not.
    pub(super) session: Option<&'b Identity>,
}

impl<'b> Judgement<'b> {
    pub(super) fn new(books: &'b Books, force: bool) -> Judgement<'b> {
        let mut looks = Looks::default();
        let mut living: Vec<&Session> = books.sessions.iter().map(|held| &held.record).collect();
        living.retain(|s| matches!(looks.at(&s.identity), Look::Lives(stat) if stat.tty_dev == s.tty_dev));
        let above = pick::ancestors().collect();
        Judgement { books, own: sessions::choose::own(books), line: own_line(), above, force, living }
    }

    /// By the kernel's line of parents; who has left that, by the kernel session that he is still in.
    pub(super) fn whose(&self, chain: &Chain) -> Whose<'b> {
        let job = listening::heir(chain, self.books);
        if let Some(held) = job {
            return Whose { job, session: held.record.owner.session.as_ref() };
        }
        let here = |s: &&&Session| chain.line().iter().any(|stat| s.identity.is_here(stat));
        let left = |s: &&&Session| {
            let now = chain.process();
            (s.sid, s.tty_dev) == (now.sid, now.tty_dev) && now.tty_dev != 0
        };
        let found = self.living.iter().find(here).or_else(|| self.living.iter().find(left));
        Whose { job: None, session: found.map(|s| &s.identity) }
    }

    fn is_living(&self, session: &Identity) -> bool {
        self.living.iter().any(|s| same(&s.identity, session))
    }

    fn is_own(&self, session: &Identity) -> bool {
        self.own.as_ref().is_some_and(|own| same(own, session))
    }

    /// Of those whom nothing makes us end.
    fn never(&self, who: &Holding) -> Option<Refusal> {
        let stat = who.chain.process();
        let no = |why: &str, hint: Option<String>| Some(Refusal { why: why.to_owned(), hint });
        if stat.pid <= 1 || matches!(stat.name().as_str(), "systemd" | "launchd") {
            let ports = who.sockets.iter().map(|held| held.listener.addr.port());
            let unit = ports.flat_map(units::of_port).next();
            let (why, hint) = match &unit {
                Some(unit) => (format!("the service manager listens for {}", unit.name), unit.stop()),
                None => ("the service manager listens for one of its units".into(), "systemctl list-sockets".into()),
            };
            return no(&why, Some(hint));
        }
        if self.line.contains(&(stat.pid, stat.start)) {
            return no("this command runs below it", Some("run it from another terminal".to_owned()));
        }
        let guards = |held: &&Held<Job>| held.record.guard.iter().chain(&held.record.front).any(|g| g.is_here(stat));
        let job = &self.books.jobs.iter().find(guards)?.record;
        no(&format!("it guards job {}", pick::label(job)), Some(format!("pj stop {}", job.id)))
    }

    /// Of those whom only `--force` ends.
    fn not_lightly(&self, who: &Holding) -> Option<String> {
        let stat = who.chain.process();
        if self.living.iter().any(|s| s.identity.is_here(stat)) {
            return Some("it is the shell of a session".to_owned());
        }
        let whose = self.whose(&who.chain);
        let is_root = whose.job.is_some_and(|held| held.record.root.as_ref().is_some_and(|root| root.is_here(stat)));
        let traits = real::traits(stat.pid);
        if let Some(reason) = Protect::chosen().reason(&traits, None, is_root) {
            return Some(format!("it is protected: {reason}"));
        }
        if let Some(proxy) = around::proxy(&traits) {
            return Some(format!("{}: {}", proxy.what, proxy.hint(who.sockets.iter().map(|s| s.listener.addr.port()))));
        }
        if let Some(session) = whose.session.filter(|s| self.is_living(s) && !self.is_own(s)) {
            return Some(format!("it belongs to session {}, which lives", session.key()));
        }
        let job = whose.job.filter(|held| !pick::is_in_reach(&held.record, self.books, &self.above))?;
        Some(format!("it belongs to job {}, which this one did not start", pick::label(&job.record)))
    }
}

impl Judge for Judgement<'_> {
    fn may(&mut self, who: &Holding) -> May {
        if let Some(refusal) = self.never(who) {
            return May::No(refusal);
        }
        match self.not_lightly(who) {
            None => May::Yes,
            Some(_) if self.force => May::Insist,
            Some(why) => {
                let hint = format!("pj port --force {}", who.sockets[0].listener.addr.port());
                May::No(Refusal { why, hint: Some(hint) })
            }
        }
    }

    fn strangers(&self) -> Vec<(Pid, u64)> {
        self.line.clone()
    }
}
