//! Which words of `pj` come from the records, and which begin a command: read from what clap knows of the verbs, so that a
//! new verb completes as the others do.

use clap::{Arg, Command};

/// A flag of this name takes one of this list.
pub(super) const FLAGS: &[(&str, &str)] = &[
    ("id", "ids"),
    ("name", "names"),
    ("tag", "tags"),
    ("tag-all", "tags"),
    ("group", "groups"),
    ("group-all", "groups"),
];

/// One verb, or a verb and what follows it (`sessions show`).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verb {
    pub(super) words: Vec<String>,
    /// Its first word that is no flag: clap's id, and the lists that it is of.
    pub(super) takes: Option<(String, &'static str)>,
    /// It takes a command with all that follows: clap's id.
    pub(super) command: Option<String>,
    /// Its flags that take a value.
    pub(super) valued: Vec<String>,
}

/// All of them, but for those that are hidden.
pub(super) fn verbs(whole: &Command) -> Vec<Verb> {
    let mut found = Vec::new();
    let global: Vec<String> = valued(whole);
    for verb in whole.get_subcommands() {
        found.push(read(vec![verb.get_name().to_owned()], verb, &global));
        for below in verb.get_subcommands() {
            found.push(read(vec![verb.get_name().to_owned(), below.get_name().to_owned()], below, &global));
        }
    }
    found
}

fn read(words: Vec<String>, verb: &Command, global: &[String]) -> Verb {
    let first = verb.get_positionals().next();
    let named = |arg: &Arg| arg.get_value_names().and_then(|names| names.first().map(|name| name.to_string()));
    let name = first.and_then(named).unwrap_or_default();
    let lists = match (name.as_str(), words[0].as_str()) {
        ("SELECTOR", _) => Some("selectors"),
        ("NAME|SELECTOR", "tag") => Some("tags,selectors"),
        ("NAME|SELECTOR", _) => Some("groups,selectors"),
        ("ID", "sessions") => Some("sessions"),
        _ => None,
    };
    let id = || first.map(|arg| arg.get_id().to_string());
    let command = verb.get_positionals().find(|arg| matches!(named(arg).as_deref(), Some("COMMAND" | "CMD")));
    let mut flags = valued(verb);
    flags.extend(global.iter().filter(|flag| !flags.contains(flag)).cloned().collect::<Vec<_>>());
    Verb {
        takes: lists.and_then(|lists| Some((id()?, lists))),
        command: command.map(|arg| arg.get_id().to_string()),
        valued: flags,
        words,
    }
}

fn valued(command: &Command) -> Vec<String> {
    let flags = command.get_arguments().filter(|arg| !arg.is_positional() && arg.get_action().takes_values());
    let spelt = |arg: &Arg| {
        let long = arg.get_long().map(|long| format!("--{long}"));
        long.into_iter().chain(arg.get_short().map(|short| format!("-{short}"))).collect::<Vec<_>>()
    };
    flags.flat_map(spelt).collect()
}
