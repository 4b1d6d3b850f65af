//! `pj run` alone: half of what it takes would be clap's table of all the other verbs.
//!
//! Never: says anything else than the whole table would.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::{Cli, Global, Verb, run};

#[derive(Debug, Parser)]
#[command(name = "pj", version)]
struct Short {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: ShortVerb,
}

#[derive(Debug, Subcommand)]
enum ShortVerb {
    Run(Box<run::Args>),
}

impl Cli {
    /// What the words say; the long way where the short one does not understand them, so that both say the same.
    pub(super) fn read(words: &[OsString]) -> std::result::Result<Cli, clap::Error> {
        let short = words.get(1).filter(|verb| *verb == "run").and_then(|_| Short::try_parse_from(words).ok());
        match short {
            Some(Short { global, verb: ShortVerb::Run(args) }) => Ok(Cli { global, verb: Verb::Run(args) }),
            None => Cli::try_parse_from(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::misread::usage;
    use super::*;

    #[test]
    fn run_is_read_the_short_way_as_it_is_the_long_way() {
        let lines: [&[&str]; 6] = [
            &["pj", "run", "-q", "--name", "a", "--size", "80x24", "sh", "-c", "exit 3", "--wait"],
            &["pj", "run", "--json", "--config", "/x", "--timeout", "3s", "--restart", "always", "--", "--x"],
            &["pj", "run"],
            &["pj", "run", "--help"],
            &["pj", "run", "--pip", "true"],
            &["pj", "run", "--size", "1", "true"],
        ];
        for line in lines {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            let (short, long) = (Cli::read(&words), Cli::try_parse_from(&words));
            match (short, long) {
                (Ok(short), Ok(long)) => assert_eq!(format!("{short:?}"), format!("{long:?}"), "{line:?}"),
                (Err(short), Err(long)) => {
                    assert_eq!(usage(&short, &words).to_string(), usage(&long, &words).to_string())
                }
                _ => panic!("{line:?}"),
            }
        }
    }
}
