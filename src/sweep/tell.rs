//! Who is told of what happened, as `[notify]` says: whatever is added to the events from here on. It reads the events and
//! nothing else, so that what guards have put down is told too.

use std::time::Instant;

use crate::config::Notify;
use crate::notify::{self, Telling};
use crate::process::describe::size;
use crate::record::Place;
use crate::record::event::{Event, Tail};

/// Tells, without waiting for anybody.
#[derive(Debug)]
pub struct Teller {
    how: Notify,
    tails: Vec<Tail>,
    telling: Vec<Telling>,
    /// What could not be started was said once.
    has_failed: bool,
}

impl Teller {
    /// From here on; `None` where nobody is to be told.
    pub fn new(how: &Notify) -> Option<Teller> {
        if !how.desktop && how.command.is_empty() {
            return None;
        }
        let tails = Place::all().iter().filter(|place| place.check().is_ok()).map(Tail::at_end).collect();
        Some(Teller { how: how.clone(), tails, telling: Vec::new(), has_failed: false })
    }

    /// Tells what was added since: all of it at once. Answers what could not be started, the first time.
    pub fn look(&mut self) -> Option<String> {
        let wanted = |event: &Event| self.how.kinds.contains(&event.kind);
        let events: Vec<Event> = self.tails.iter_mut().flat_map(Tail::read).filter(wanted).collect();
        if events.is_empty() {
            return None;
        }
        let mut failed = None;
        if self.how.desktop {
            let (title, body) = headline(&events);
            match notify::desktop(&title, &body, self.how.timeout) {
                Ok(one) => self.telling.push(one),
                Err(e) => failed = Some(format!("tell the desktop: {}", crate::error::plain(&e))),
            }
        }
        if !self.how.command.is_empty() {
            let lines: String =
                events.iter().filter_map(|e| serde_json::to_string(e).ok()).map(|line| line + "\n").collect();
            match notify::command(&self.how.command, lines.as_bytes(), self.how.timeout) {
                Ok(one) => self.telling.push(one),
                Err(e) => failed = Some(format!("run notify.command: {}", crate::error::plain(&e))),
            }
        }
        failed.filter(|_| !std::mem::replace(&mut self.has_failed, true))
    }

    /// Does what is due with those who are being told; answers when to come again.
    pub fn turn(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        self.telling.retain_mut(|one| {
            let at = one.turn(now);
            next = next.into_iter().chain(at).min();
            at.is_some()
        });
        next
    }

    /// Waits for them.
    pub fn finish(&mut self) {
        notify::finish(&mut self.telling);
    }
}

/// What happened in a line, and more of it below.
fn headline(events: &[Event]) -> (String, String) {
    let audits = || events.iter().filter_map(|e| e.audit.as_ref());
    let (ended, freed) = (audits().map(|a| a.ended).sum::<usize>(), audits().map(|a| a.freed).sum());
    let left = audits().filter(|a| a.result == "left").map(|a| a.left.len()).sum::<usize>();
    let mut title = match ended {
        0 => "pj".to_owned(),
        1 => format!("pj: 1 process ended, {} freed", size(freed)),
        n => format!("pj: {n} processes ended, {} freed", size(freed)),
    };
    if left > 0 {
        title += &format!(", {left} left");
    }
    let name = |e: &Event| match e.audit.as_ref().map(|a| a.command.chars().take(80).collect::<String>()) {
        Some(command) if !command.is_empty() => command,
        _ => e.text.clone(),
    };
    let mut body: Vec<String> = events.iter().take(5).map(name).collect();
    if events.len() > 5 {
        body.push(format!("and {} more", events.len() - 5));
    }
    (title, body.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Audit;

    #[test]
    fn a_headline_names_what_was_ended_and_how_much_was_freed() {
        let audit = Audit { command: "claude".into(), ended: 12, freed: 1_400_000 << 10, ..Audit::default() };
        let one = Event { audit: Some(audit), ..Event::new("job.ended", "12 ended") };
        assert_eq!(
            headline(std::slice::from_ref(&one)),
            ("pj: 12 processes ended, 1.3G freed".into(), "claude".into())
        );
        let many = vec![one; 7];
        assert!(headline(&many).0.starts_with("pj: 84 processes") && headline(&many).1.ends_with("and 2 more"));
        let stopped = Event::new("sweep.stopped", "3 more jobs are to be ended");
        assert_eq!(headline(&[stopped]), ("pj".into(), "3 more jobs are to be ended".into()));
    }
}
