//! What a guard does when its machine says so: no decisions here, and no error is a way out.

use std::os::fd::AsFd;
use std::time::Duration;

use super::Guard;
use crate::guard::clients::Clients;

use crate::guard::control::Frame;
use crate::guard::machine::{Action, At};
use crate::guard::screen::Screen;
use crate::guard::{Why, conclude, tell_ended};
use crate::kill::protect::Protect;
use crate::kill::{Cause, Engine, Report, Subject};
use crate::process::Identity;
use crate::record::job::State;
use crate::record::{Place, event, job, store};
use crate::sys::{self, cgroup, clock, os, signal, spawn};

impl Guard {
    /// Carries one action out.
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::TellStopped(sig) => {
                // A front without a terminal has nobody who would let it go on.
                if !self.desk.is_taken {
                    self.line.tell(&Frame::Stopped { sig, nth: self.stops });
                }
                self.tell_stopped(sig);
            }
            Action::TellExited(change) => {
                crate::sys::hook!(GuardTellsExit);
                self.line.tell(&Frame::Exited(change));
                crate::sys::hook!(GuardToldExit);
                if self.machine.at() == At::Lingering && self.is_wide() {
                    self.drain();
                    self.tell_clients_exit();
                }
            }
            Action::Census => {
                if let Some(census) = &mut self.census {
                    census.take(&mut self.kernel, &self.roots, clock::now());
                }
            }
            Action::Forward(sig, group) => {
                let _ = if group && self.screen.is_some() {
                    signal::send_child_group(self.command, sig)
                } else {
                    signal::send_child(self.command, sig)
                };
            }
            Action::Continue(foreground) => self.go_on(foreground),
            Action::End(cause) => self.begin(cause),
            Action::TakeTerminal => self.take_terminal(),
            Action::DropWatch => self.drop_watch(),
            Action::WakeFront => {
                if let Some(front) = &self.front {
                    let _ = front.send(signal::CONT);
                }
            }
            Action::Record(state) => self.record(state),
            Action::Offer => self.offer(),
            Action::HoldOffer => self.hold_offer(),
            Action::Rest(nth) => self.rest(nth),
            Action::Run => self.run_again(),
            Action::Finish => self.finish(),
        }
    }

    fn go_on(&mut self, foreground: bool) {
        match &self.screen {
            Some(screen) => {
                screen.give_foreground(if foreground { self.command } else { sys::pgid() });
                let _ = signal::send_child_group(self.command, signal::CONT);
            }
            // The shell's CONT went to the whole job; only a command that is still stopped needs ours (LAWS L38).
            None if os::stat(self.command).is_some_and(|s| s.is_stopped()) => {
                let _ = signal::send_child(self.command, signal::CONT);
            }
            None => {}
        }
    }

    fn begin(&mut self, cause: Cause) {
        if cause == Cause::SessionOver {
            self.screen.iter().for_each(Screen::end_job_control);
        }
        let now = clock::now();
        let grace = Duration::from_millis(self.job.grace_ms);
        let root = self.job.root.as_ref().map(|r| (r.pid, r.start));
        let group = self.job.open_cgroup();
        let subject = Subject {
            protect: Protect::chosen(),
            root,
            home: self.job.unit.clone(),
            group,
            stop: self.job.stop_signal(),
        };
        self.why = Why { rule: self.rule(cause), cause, stop: self.job.stop_signal() };
        let engine = Engine::new(cause, now, grace, subject);
        if let Some(census) = &self.census {
            self.kernel.trust(census.seen());
        }
        // What a job in the background still has to say is for its log, and it may run again on the same terminal.
        self.half = self.screen.as_ref().filter(|_| self.back.is_none()).map(|_| now + grace / 2);
        self.engine = Some(engine);
        self.blind_signal(if cause == Cause::SessionOver { signal::HUP } else { self.job.stop_signal() });
        self.run_round(now);
    }

    /// The rule by which the tree ends, in one word. Asked of the kernel again: a front may be killed in a session that
    /// lives.
    fn rule(&self, cause: Cause) -> &'static str {
        let owner = &self.job.owner;
        let lives = |shell: &Identity| os::stat(shell.pid).is_some_and(|s| shell.is(&s) && s.tty_dev == owner.tty_dev);
        match cause {
            Cause::Stop if self.job.exit.is_some() => "on-exit",
            Cause::Stop | Cause::Kill => "asked",
            Cause::SessionOver if owner.session.as_ref().is_some_and(lives) => "front-gone",
            Cause::SessionOver => "session-over",
        }
    }

    /// Without `/proc`, or a descriptor to read it by, nobody can be found; the command itself is our child, and that much can be signalled safely.
    pub(super) fn blind_signal(&self, sig: signal::Signal) {
        if os::stat(sys::pid()).is_none() && self.job.exit.is_none() {
            let _ = if self.screen.is_some() {
                signal::send_child_group(self.command, sig)
            } else {
                signal::send_child(self.command, sig)
            };
        }
    }

    fn take_terminal(&mut self) {
        crate::sys::hook!(GuardTakesTerminal);
        match &mut self.screen {
            Some(s) => s.restore(self.watch.as_ref().map(AsFd::as_fd)),
            // The shell's job counts as orphaned now, as it would without us, so that no member of it is stopped for
            // touching the terminal while it cleans up.
            None => {
                let _ = sys::set_group(0, self.group);
            }
        }
    }

    fn drop_watch(&mut self) {
        // For whoever takes the job back its terminal goes on.
        if self.job.keep.is_none() && !self.machine.waits() {
            self.screen.iter().for_each(Screen::end_job_control);
        }
        self.owner = None;
        self.parent = None;
        self.watch = None;
        self.job.owner_died_at = Some(event::now());
    }

    pub(super) fn record(&mut self, state: State) {
        self.job.state = state;
        if state != State::Detached {
            self.job.waits_until = None;
        }
        if let Some(place) = &self.place {
            // Lost on a full disk: the record that is there says enough for a sweep.
            let _ = store::renew_job(place, &self.job);
        }
    }

    /// Takes back what the command left armed, tells what could not be ended, and leaves.
    fn finish(&mut self) -> ! {
        crate::sys::hook!(GuardFinishes);
        let report = match &mut self.engine {
            Some(engine) => engine.report(&mut self.kernel, &self.roots),
            None => Report::default(),
        };
        let is_theirs = self.back.is_none() && !self.machine.has_front();
        let user = self.watch.as_ref().filter(|_| is_theirs).map(AsFd::as_fd);
        if let (Some(screen), Some(user)) = (&mut self.screen, user) {
            screen.last_words(user);
            if self.engine.is_some() {
                screen.disarm(user);
            }
        }
        if let Some(place) = &self.place {
            tell_ended(place, &self.job, "guard", self.why, &report);
        }
        match (&self.place, &self.job.cgroup) {
            (Some(place), _) if self.back.is_some() => self.conclude_background(&place.clone(), &report),
            (Some(place), group) if !conclude(place, self.job.id, group.as_deref(), &report) => {
                self.record(State::Ended);
            }
            (None, Some(group)) => drop(cgroup::remove(job::group(group).0)),
            _ => {}
        }
        self.screen.iter().for_each(|s| s.give_foreground(sys::pgid()));
        self.line.flush();
        self.leave_clients();
        crate::sys::hook!(GuardConcluded);
        spawn::leave(0)
    }

    /// The record stays for the exit that is in it; of what it named nothing is left, or it says so.
    fn conclude_background(&mut self, place: &Place, report: &Report) {
        self.drain();
        self.finish_log();
        self.tell_clients_exit();
        // The record last: a sweep looks at nothing of a job that is said to be over.
        self.desk.clients.iter().for_each(Clients::forget);
        self.job.socket = None;
        if let Some(exit) = self.job.exit.as_ref().filter(|_| report.is_silent()) {
            event::add(place, "job.exited", Some(self.job.id), exit.text());
        }
        if report.survivors.is_empty() {
            if let Some(group) = self.job.cgroup.take() {
                store::remove_cgroup(place, &group);
            }
            self.job.state = State::Exited;
            store::remove_census(place, self.job.id);
        } else {
            self.job.state = State::Ended;
        }
        self.job.waits_until = None;
        store::conclude_job(place, &self.job);
    }
}
