//! The job's own cgroup at the last rung: everybody in it ends in one stroke, which neither a fork bomb nor a walker can
//! outrun.
//!
//! Never, unless each of those in it may be ended and is provably the job's. It is frozen before that is decided, so that
//! nobody is born or moves meanwhile; and not even frozen where somebody in it is known to be left alone. Whoever has
//! left it was moved on purpose (LAWS L49), and is no more than any other member.

use super::Engine;
use crate::kill::{Kernel, Report, Roots, Survivor};
use crate::process::describe::escape;
use crate::sys::cgroup::Cgroup;
use crate::sys::{self, Pid, os};

/// Says of some of those in a cgroup that stands still who they are, by number and start time.
pub(super) type Proves<'a> = &'a mut dyn FnMut(&[Pid]) -> Vec<(Pid, u64)>;

impl Engine {
    /// Kills all that is in the cgroup, or touches nobody. Members are those of the tree, and whom `proves` names.
    pub(crate) fn strike(&mut self, kernel: &mut dyn Kernel, roots: &Roots, proves: Proves) -> bool {
        let Some(group) = self.group.take() else { return false };
        let (struck, again) = self.try_strike(&group, kernel, roots, proves);
        self.strikes &= again;
        self.group = Some(group);
        struck
    }

    /// Answers also whether it may be tried again.
    fn try_strike(&mut self, group: &Cgroup, kernel: &mut dyn Kernel, roots: &Roots, proves: Proves) -> (bool, bool) {
        if !self.strikes {
            return (false, false);
        }
        if self.tree.members.is_empty() {
            self.look(kernel, roots);
        }
        let Ok(inside) = group.inside() else { return (false, false) };
        if inside.is_empty() || group.has_others() || inside.iter().any(|&pid| self.spares(pid, kernel.me(), roots)) {
            return (false, true);
        }
        let Some(frozen) = group.freeze() else { return (false, false) };
        let Ok(inside) = group.inside() else { return (false, false) };
        let mut roots = roots.clone();
        for who in proves(&inside) {
            if !roots.members.contains(&who) {
                roots.members.push(who);
            }
        }
        self.look(kernel, &roots);
        if group.has_others() || !inside.iter().all(|&pid| self.is_for_the_stroke(pid, kernel)) {
            return (false, true);
        }
        if frozen.kill().is_err() {
            return (false, false);
        }
        for at in 0..self.tree.members.len() {
            if inside.contains(&self.tree.members[at].stat.pid) {
                self.known(at).frozen = true;
            }
        }
        (true, true)
    }

    /// Is it known, without a second look, that this one stays?
    fn spares(&self, pid: Pid, me: Pid, roots: &Roots) -> bool {
        // 0: whoever is outside our pid namespace.
        pid <= 1
            || pid == me
            || roots.strangers.iter().chain(&roots.reapers).any(|who| who.0 == pid)
            || self.tree.members.iter().any(|m| m.stat.pid == pid && m.shield.is_some())
    }

    fn is_for_the_stroke(&self, pid: Pid, kernel: &mut dyn Kernel) -> bool {
        match self.tree.members.iter().position(|m| m.stat.pid == pid) {
            // A signal of ours would be refused by another user's process; the stroke would not.
            Some(at) => self.tree.members[at].stat.is_dead() || (self.may_end(at) && is_our_users(pid)),
            None => kernel.stat(pid).is_none_or(|s| s.is_dead()),
        }
    }

    /// Tells who is in the cgroup and is no member: moved there by somebody.
    pub(super) fn tell_strangers(&self, kernel: &mut dyn Kernel, report: &mut Report) {
        let inside = self.group.as_ref().and_then(|group| group.inside().ok());
        for pid in inside.unwrap_or_default() {
            let is_member = self.tree.members.iter().any(|m| m.stat.pid == pid);
            if let Some(stat) = kernel.stat(pid).filter(|s| !is_member && !s.is_dead()) {
                let reason = "in the job's cgroup, but not provably born there".to_owned();
                let name = escape(&stat.name());
                report.kept.push(Survivor { pid, start: stat.start, name, reason });
            }
        }
    }
}

fn is_our_users(pid: Pid) -> bool {
    let me = sys::euid();
    me == 0 || os::user_and_ignored(pid).is_some_and(|(user, _)| user == me)
}
