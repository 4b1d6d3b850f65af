//! The job's own cgroup at the last rung: everybody in it ends in one stroke, which neither a fork bomb nor a walker can
//! outrun.
//!
//! Never, unless each of those in it may be ended and is provably the job's. It is frozen before that is decided, so that
//! nobody is born or moves meanwhile; and not even frozen where somebody in it is known to be left alone. Whoever has
//! left it was moved on purpose (LAWS L49), and is no more than any other member.

use super::Engine;
use crate::kill::{Kernel, Report, Roots, Survivor};
use crate::process::describe::escape;
use crate::sys::Pid;
use crate::sys::cgroup::Cgroup;

/// Says of some of those in a cgroup that stands still who they are, by number and start time.
pub(super) type Proves<'a> = &'a mut dyn FnMut(&[Pid]) -> Vec<(Pid, u64)>;

impl Engine {
    /// Kills all that is in the cgroup, or touches nobody. Members are those of the tree, and whom `proves` names.
    pub(crate) fn strike(&mut self, kernel: &mut dyn Kernel, roots: &Roots, proves: Proves) -> bool {
        let Some(group) = self.group.take() else { return false };
        let (struck, again) = self.try_strike(&group, kernel, roots, proves);
        self.strikes &= again;
        self.has_struck |= struck;
        self.group = Some(group);
        struck
    }

    /// Answers also whether it may be tried again.
    fn try_strike(&mut self, group: &Cgroup, kernel: &mut dyn Kernel, roots: &Roots, proves: Proves) -> (bool, bool) {
        if !self.strikes {
            return (false, false);
        }
        let Ok(inside) = group.inside() else { return (false, false) };
        if group.has_others() || inside.iter().any(|&pid| self.spares(pid, kernel.me(), roots)) {
            return (false, true);
        }
        if inside.iter().all(|&pid| self.was_struck(pid)) {
            return (false, true);
        }
        let Some(frozen) = group.freeze() else { return (false, false) };
        let Ok(inside) = group.inside() else { return (false, false) };
        // Whoever was a member once and was judged then, is one; the others are looked for.
        if !inside.iter().all(|&pid| self.is_for_the_stroke(pid, kernel)) {
            let mut roots = roots.clone();
            for who in proves(&inside) {
                roots.add(who);
            }
            self.look(kernel, &roots, None);
            if !inside.iter().all(|&pid| self.is_for_the_stroke(pid, kernel)) {
                return (false, true);
            }
        }
        if group.has_others() {
            return (false, true);
        }
        if frozen.kill().is_err() {
            return (false, false);
        }
        for pid in inside {
            let those = self.of_number(pid);
            self.known[those].iter_mut().for_each(|k| (k.frozen, k.struck) = (true, true));
        }
        (true, true)
    }

    /// All that ever had this number.
    fn of_number(&self, pid: Pid) -> std::ops::Range<usize> {
        let from = self.known.partition_point(|k| k.pid < pid);
        from..from + self.known[from..].iter().take_while(|k| k.pid == pid).count()
    }

    fn was_struck(&self, pid: Pid) -> bool {
        self.known[self.of_number(pid)].last().is_some_and(|k| k.struck)
    }

    /// Is it known, without a second look, that this one stays?
    fn spares(&self, pid: Pid, me: Pid, roots: &Roots) -> bool {
        // 0: whoever is outside our pid namespace.
        pid <= 1
            || pid == me
            || roots.strangers.iter().chain(&roots.reapers).any(|who| who.0 == pid)
            || self.shields.iter().any(|shield| shield.pid == pid)
    }

    fn is_for_the_stroke(&self, pid: Pid, kernel: &mut dyn Kernel) -> bool {
        let judged = self.known[self.of_number(pid)].last().filter(|known| known.judged);
        // A signal of ours would be refused by another user's process; the stroke would not.
        let is_member = judged.is_some_and(|known| kernel.reaches(pid, known.start));
        (is_member && !self.shields.iter().any(|shield| shield.pid == pid))
            || kernel.stat(pid).is_none_or(|stat| stat.is_dead())
    }

    /// Who is in the cgroup in which the job's unit is to be found, sorted: nobody of them was moved out of that unit.
    pub(super) fn at_home(&self) -> Vec<Pid> {
        let home = self.home.as_deref().and_then(|home| home.rsplit('/').next());
        let group = self
            .group
            .as_ref()
            .filter(|group| group.path().file_name().is_some_and(|name| Some(name) == home.map(AsRef::as_ref)));
        let mut inside = group.and_then(|group| group.inside().ok()).unwrap_or_default();
        inside.sort_unstable();
        inside
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
