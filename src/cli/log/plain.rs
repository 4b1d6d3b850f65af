//! What a terminal would show of a job's output, as lines: nothing that moves a cursor or changes a terminal gets through,
//! however it is cut into pieces. Colours do where they are wanted. Reads and prints nothing.

/// A sequence or a line is not kept longer than this.
const MOST: usize = 64 << 10;
const RESET: &[u8] = b"\x1b[0m";

/// Where in the bytes we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// 0xc2: a letter, or one of the controls above 0x7f.
    Latin,
    Escape,
    /// Behind an escape's intermediate bytes.
    Between,
    Csi,
    /// A string that acts on the terminal; a title ends with its line, lest who forgot its end hides the rest.
    String {
        is_title: bool,
    },
    StringEscape,
}

/// One stream on its way.
#[derive(Debug)]
pub(in crate::cli) struct Plain {
    colors: bool,
    state: State,
    /// Bytes of a letter that are to come.
    letter: u8,
    sequence: Vec<u8>,
    /// What the line shows and is not out yet.
    line: Vec<u8>,
    /// Colours since the line began, or since they were last put back.
    pen: Vec<u8>,
    /// Somebody set colours and did not put them back.
    is_painting: bool,
    /// A carriage return: what is printed next is printed over the line.
    returned: bool,
    /// Some of the line is out, and has been printed over since.
    showing: bool,
    stale: bool,
    /// The line was printed over: it may be again, in a moment.
    moves: bool,
}

impl Plain {
    pub(in crate::cli) fn new(colors: bool) -> Plain {
        Plain {
            colors,
            state: State::Text,
            letter: 0,
            sequence: Vec::new(),
            line: Vec::new(),
            pen: Vec::new(),
            is_painting: false,
            returned: false,
            showing: false,
            stale: false,
            moves: false,
        }
    }

    /// Adds to `out` the lines that are whole.
    pub(in crate::cli) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            let run = rest.iter().take_while(|b| matches!(b, b' '..=b'~' | b'\t')).count();
            if self.state == State::Text && run > 0 {
                self.letter = 0;
                self.print(&rest[..run], out);
                rest = &rest[run..];
            } else {
                self.byte(first, out);
                rest = after;
            }
        }
    }

    /// Nothing more for now: adds what the line shows so far, as a question does. What is printed over again and again is
    /// not shown before it is whole.
    pub(in crate::cli) fn pause(&mut self, out: &mut Vec<u8>) {
        if !self.moves && !self.returned && !self.line.is_empty() {
            out.append(&mut self.line);
            self.showing = true;
        }
    }

    /// Nothing more at all.
    pub(in crate::cli) fn finish(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.line);
        if std::mem::take(&mut self.is_painting) {
            out.extend(RESET);
        }
    }

    fn byte(&mut self, b: u8, out: &mut Vec<u8>) {
        match (self.state, b) {
            (State::Text, _) => self.text(b, out),
            (State::Latin, 0x80..=0x9f) => self.state = begin(b - 0x40, &mut self.sequence),
            (State::Latin, 0xa0..=0xbf) => {
                self.state = State::Text;
                self.print(&[0xc2, b], out);
            }
            (State::Escape, b' '..=b'/') | (State::Between, b' '..=b'/') => self.state = State::Between,
            (State::Escape, 0x30..=0x7e) => self.state = begin(b, &mut self.sequence),
            (State::Between, 0x30..=0x7e) => self.state = State::Text,
            (State::Csi, b' '..=b'?') => {
                if self.sequence.len() < MOST {
                    self.sequence.push(b);
                }
            }
            (State::Csi, b'@'..=b'~') => {
                self.state = State::Text;
                self.control(b);
            }
            (State::String { .. }, 0x1b) => self.state = State::StringEscape,
            (State::String { .. }, 0x18 | 0x1a) | (State::String { is_title: true }, 0x07) => self.state = State::Text,
            (State::String { is_title: true }, b'\n') => self.again(State::Text, b, out),
            (State::String { .. }, _) => {}
            (State::StringEscape, b'\\') => self.state = State::Text,
            (State::StringEscape, _) => self.again(State::Escape, b, out),
            // Not what a sequence goes on with: it is over.
            (State::Latin | State::Escape | State::Between | State::Csi, _) => self.again(State::Text, b, out),
        }
    }

    fn again(&mut self, state: State, b: u8, out: &mut Vec<u8>) {
        self.state = state;
        self.byte(b, out);
    }

    fn text(&mut self, b: u8, out: &mut Vec<u8>) {
        let letter = std::mem::take(&mut self.letter);
        match b {
            b'\n' => self.end_line(out),
            b'\r' => self.returned = true,
            0x1b => self.state = State::Escape,
            0xc2 => self.state = State::Latin,
            b'\t' | b' '..=b'~' => self.print(&[b], out),
            0x80..=0xbf if letter > 0 => {
                self.letter = letter - 1;
                self.print(&[b], out);
            }
            // Letters of an older code.
            0xa0..=0xbf => self.print(&[b], out),
            0xc3..=0xf4 => {
                self.letter = 1 + u8::from(b >= 0xe0) + u8::from(b >= 0xf0);
                self.print(&[b], out);
            }
            _ => {}
        }
    }

    fn print(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.returned {
            self.erase();
        }
        if std::mem::take(&mut self.stale) {
            self.showing = false;
            out.push(b'\n');
        }
        self.line.extend(bytes);
        if self.line.len() > MOST {
            out.append(&mut self.line);
            self.showing = true;
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.line);
        out.push(b'\n');
        self.pen.clear();
        (self.returned, self.showing, self.stale, self.moves) = (false, false, false, false);
    }

    /// What the line shows is printed over, or erased.
    fn erase(&mut self) {
        self.moves |= self.showing || !self.line.is_empty();
        self.stale = self.showing;
        self.returned = false;
        self.line.clone_from(&self.pen);
    }

    /// A control sequence: a colour, the erasing of the line, or nothing of ours.
    fn control(&mut self, end: u8) {
        let sequence = std::mem::take(&mut self.sequence);
        match (end, &sequence[..]) {
            (b'K', b"2") => self.erase(),
            (b'K', b"" | b"0") if self.returned => self.erase(),
            (b'm', how) if self.colors && how.iter().all(|b| matches!(b, b'0'..=b'9' | b';' | b':')) => {
                self.is_painting = !matches!(how, b"" | b"0");
                if !self.is_painting || self.pen.len() > 256 {
                    self.pen.clear();
                }
                let from = self.line.len();
                self.line.extend(b"\x1b[");
                self.line.extend(how);
                self.line.push(b'm');
                self.pen.extend(&self.line[from..]);
            }
            _ => {}
        }
    }
}

/// What begins with this byte behind an escape, or with the control that means the same.
fn begin(b: u8, sequence: &mut Vec<u8>) -> State {
    match b {
        b'[' => {
            sequence.clear();
            State::Csi
        }
        b']' => State::String { is_title: true },
        b'P' | b'X' | b'^' | b'_' => State::String { is_title: false },
        _ => State::Text,
    }
}
