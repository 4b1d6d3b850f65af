//! A shell's terminal as its user has it: something to type on, and what else there is to know in order to close it.

use crate::harness::{Id, Roster, Term};
use crate::window::Window;

/// Where the keys go.
pub(crate) enum Keyboard {
    Term(Box<Term>),
    Window(Window),
}

/// One terminal with a shell in it.
pub(crate) struct Seat {
    pub(crate) keyboard: Keyboard,
    /// Wrapped trees in the same server that the close does not mean.
    pub(crate) neighbours: Vec<Roster>,
}

impl Seat {
    pub(crate) fn term(term: Term) -> Seat {
        Seat { keyboard: Keyboard::Term(Box::new(term)), neighbours: Vec::new() }
    }

    pub(crate) fn window(window: Window) -> Seat {
        Seat { keyboard: Keyboard::Window(window), neighbours: Vec::new() }
    }

    pub(crate) fn line(&self, text: &str) {
        match &self.keyboard {
            Keyboard::Term(term) => term.line(text),
            Keyboard::Window(window) => window.line(text),
        }
    }

    /// Wait for the prompt, where it can be seen.
    pub(crate) fn prompt(&mut self) {
        if let Keyboard::Term(term) = &mut self.keyboard {
            term.expect("ready> ");
        }
    }

    /// What the user sees, for a message.
    pub(crate) fn screen(&self) -> String {
        match &self.keyboard {
            Keyboard::Term(term) => term.screen(),
            Keyboard::Window(window) => window.told(),
        }
    }

    /// The program that shows the terminal: the emulator, or the client of a server.
    pub(crate) fn client(&self) -> Id {
        match &self.keyboard {
            Keyboard::Term(term) => term.id(),
            Keyboard::Window(window) => window.id(),
        }
    }

    pub(crate) fn the_term(&mut self) -> &mut Term {
        match &mut self.keyboard {
            Keyboard::Term(term) => term,
            Keyboard::Window(_) => panic!("a window is no pty of ours"),
        }
    }

    pub(crate) fn the_window(&self) -> &Window {
        match &self.keyboard {
            Keyboard::Window(window) => window,
            Keyboard::Term(_) => panic!("a pty of ours has no window"),
        }
    }
}
