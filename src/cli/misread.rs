//! A command line that clap does not take: help and version, or wrong usage in our own words. Runs nothing.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;
use super::out::{Color, Out};
use crate::error::Error;
use crate::exit;

/// Help and version are data; anything else is wrong usage, said in our own words.
pub(super) fn tell(e: &clap::Error, words: &[OsString]) -> i32 {
    let mut out = Out::new(false, false, Color::Auto);
    let text = e.render().to_string();
    match e.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            out.text(&text);
            out.finish(exit::DONE)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            out.talk(&text);
            exit::USAGE
        }
        _ => {
            out.error(&usage(e, words));
            exit::USAGE
        }
    }
}

/// clap's report as one of ours: its first paragraph, and what to type instead.
pub(super) fn usage(e: &clap::Error, words: &[OsString]) -> Error {
    let text = e.render().to_string();
    let body = text.strip_prefix("error: ").unwrap_or(&text);
    let first: Vec<&str> = body.lines().take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
    let said = words.iter().skip(1).filter_map(|w| w.to_str()).find(|w| !w.starts_with('-'));
    let verb = said.filter(|said| Cli::command().find_subcommand(said).is_some());
    let begin = verb.map_or_else(|| "pj".to_owned(), |verb| format!("pj {verb}"));
    let better: Vec<String> = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .filter_map(|kind| e.get(kind))
        .flat_map(|value| match value {
            ContextValue::String(one) => vec![one.clone()],
            ContextValue::Strings(several) => several.clone(),
            _ => Vec::new(),
        })
        .map(|word| format!("{begin} {word}"))
        .collect();
    let hint = if better.is_empty() { format!("{begin} --help") } else { better.join(", ") };
    Error::usage(first.join(" ")).hint(hint)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn misreading(words: &[&str]) -> String {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        usage(&Cli::try_parse_from(&words).unwrap_err(), &words).to_string()
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_one_line_and_a_hint() {
        assert_eq!(misreading(&["pj", "docter"]), "unrecognized subcommand 'docter'\nhint: pj doctor");
        assert_eq!(misreading(&["pj", "xyz"]), "unrecognized subcommand 'xyz'\nhint: pj --help");
        assert!(misreading(&["pj", "stop", "--timeout", "soon", "x"]).ends_with("\nhint: pj stop --help"));
        assert!(misreading(&["pj", "stop", "--al", "x"]).ends_with("\nhint: pj stop --all"));
        assert_eq!(misreading(&["pj", "stop", "--nope"]), "unexpected argument '--nope' found\nhint: pj stop --help");
        assert!(misreading(&["pj", "why"]).starts_with("the following required arguments were not provided: <PID>"));
    }
}
