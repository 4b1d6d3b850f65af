//! What the programs say of themselves with `--help`, taken apart. clap's text and the two that are written by hand have
//! the same shape: a line about it, `Usage:`, and headed lists of terms with what they mean behind two blanks.

use crate::harness::{Run, World};

/// One program's or verb's help.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) about: String,
    /// In as many lines as there are ways.
    pub(super) usage: String,
    /// Heading, and its items.
    pub(super) lists: Vec<(String, Vec<(String, String)>)>,
    /// What stands below the lists.
    pub(super) after: String,
}

impl Said {
    pub(super) fn of(world: &World, words: &[&str]) -> Said {
        let words = [words, &["--help"]].concat();
        let done = Run::new(world, words[0], &words[1..]).go().code(0).stderr("");
        Said::read(&String::from_utf8_lossy(&done.out))
    }

    fn read(text: &str) -> Said {
        let mut said = Said {
            text: text.trim_end().to_owned(),
            about: String::new(),
            usage: String::new(),
            lists: Vec::new(),
            after: String::new(),
        };
        for line in text.lines() {
            if let Some(usage) = line.strip_prefix("Usage: ") {
                said.usage = usage.to_owned();
            } else if said.lists.is_empty() && !said.usage.is_empty() && line.starts_with("       ") {
                said.usage.push('\n');
                said.usage.push_str(line.trim());
            } else if let Some(head) = line.strip_suffix(':').filter(|head| !head.contains(' ') && !head.is_empty()) {
                said.lists.push((head.to_owned(), Vec::new()));
            } else if let Some(item) = line.strip_prefix("  ") {
                let (term, about) = item.trim().split_once("  ").unwrap_or((item.trim(), ""));
                let list = said.lists.last_mut().unwrap_or_else(|| panic!("no heading above {line:?}"));
                list.1.push((term.to_owned(), about.trim().to_owned()));
            } else {
                let text = if said.lists.is_empty() { &mut said.about } else { &mut said.after };
                text.push_str(line);
                text.push('\n');
            }
        }
        (said.about, said.after) = (said.about.trim().to_owned(), said.after.trim().to_owned());
        said
    }

    /// The verbs below it that are clap's own, but for `help`.
    pub(super) fn verbs(&self) -> Vec<String> {
        let lists = self.lists.iter().filter(|(head, _)| head == "Commands");
        lists.flat_map(|(_, verbs)| verbs).map(|(verb, _)| verb.clone()).filter(|verb| verb != "help").collect()
    }

    /// Is it another program's, to which the verb passes its words on?
    pub(super) fn is_anothers(&self) -> bool {
        self.usage.starts_with("pj-")
    }
}

/// `pj`, and every verb, and every verb below one, in the order of its help.
pub(super) fn pj(world: &World) -> Vec<(String, Said)> {
    let mut all = vec![("pj".to_owned(), Said::of(world, &["pj"]))];
    let mut at = 0;
    while at < all.len() {
        let (name, said) = &all[at];
        let below: Vec<String> = said.verbs().iter().map(|verb| format!("{name} {verb}")).collect();
        let read = |name: String| {
            let said = Said::of(world, &name.split(' ').collect::<Vec<_>>());
            (name, said)
        };
        let found: Vec<_> = below.into_iter().map(read).filter(|(_, said)| !said.is_anothers()).collect();
        at += 1;
        all.splice(at..at, found);
    }
    all
}
