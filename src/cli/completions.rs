//! `pj completions SHELL`: what a shell needs to complete `pj`, `pj-wrap` and `pj-sweep`, in one text.
//!
//! clap generates pj's. The other two read their words by hand, and `pj-wrap` is a precommand as `nice` is: behind its
//! own flags the command completes as if it stood alone. Their parts are written by hand, in `completions/`. What is on
//! record the scripts ask for when they need it ([`candidates`]).

pub(super) mod candidates;
mod table;
mod weave;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::out::Out;
use crate::exit;

/// For whom.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    shell: Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    Bash,
    Zsh,
    Fish,
}

/// Prints it.
pub(super) fn run(args: &Args, out: &mut Out) -> i32 {
    out.text(&text(args.shell));
    exit::DONE
}

fn text(name: Name) -> String {
    of(name, visible())
}

fn of(name: Name, mut whole: Command) -> String {
    let mut generated = |shell| {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut whole, "pj", &mut text);
        let text = String::from_utf8_lossy(&text);
        // Some templates leave blanks at the ends of lines.
        text.lines().map(|l| l.trim_end().to_owned() + "\n").collect::<String>()
    };
    match name {
        Name::Bash => {
            weave::bash(&generated(Shell::Bash), &table::verbs(&whole)) + include_str!("completions/rest.bash")
        }
        Name::Fish => {
            weave::fish(&generated(Shell::Fish), &table::verbs(&whole)) + include_str!("completions/rest.fish")
        }
        Name::Zsh => zsh(&weave::zsh(&generated(Shell::Zsh), &table::verbs(&whole))),
    }
}

/// pj without the verbs that help does not show either: the generator would offer them.
fn visible() -> Command {
    let whole = super::Cli::command();
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned();
    Command::new("pj").version("").args(whole.get_arguments().cloned()).subcommands(verbs)
}

/// zsh loads the file `_pj` as the function `_pj`, for any of the three: the parts of the other two stand before it, and
/// its first line asks for whom it is.
fn zsh(generated: &str) -> String {
    let body = generated.strip_prefix("#compdef pj\n").unwrap_or(generated);
    let ask = "_pj() {\n    case $service in\n        pj-wrap) _pj_wrap; return ;;\n        pj-sweep) _pj_sweep; return ;;\n    esac\n    if [[ $words[2] == wrap ]] && (( CURRENT > 2 )); then\n        shift words\n        (( CURRENT -= 1 ))\n        _pj_wrap\n        return\n    fi\n";
    let body = body.replacen("_pj() {\n", ask, 1).replacen("compdef _pj pj\n", "compdef _pj pj pj-wrap pj-sweep\n", 1);
    format!(
        "#compdef pj pj-wrap pj-sweep\n\n{}\n{}\n",
        include_str!("completions/rest.zsh").trim_end(),
        body.trim_start()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// clap's text may change with its version; what is done to it must not be lost in silence.
    #[test]
    fn all_three_programs_are_in_each_text() {
        let zsh = text(Name::Zsh);
        assert!(zsh.starts_with("#compdef pj pj-wrap pj-sweep\n"));
        assert!(zsh.contains("pj-wrap) _pj_wrap; return") && zsh.contains("compdef _pj pj pj-wrap pj-sweep\n"));
        assert_eq!(zsh.matches("#compdef").count(), 1);
        for (name, wanted) in [(Name::Bash, "complete -F _pj_wrap "), (Name::Fish, "complete -c pj-wrap ")] {
            assert!(text(name).contains(wanted), "{name:?}");
            assert!(!text(name).contains("__beast"), "{name:?}");
        }
    }

    /// Of a verb that runs a command the flags end where the command begins.
    #[test]
    fn a_verb_that_runs_a_command_completes_it() {
        let run = || {
            let tag = clap::Arg::new("tag").long("tag").value_name("TAG");
            let command = clap::Arg::new("command").value_name("COMMAND").num_args(1..).trailing_var_arg(true);
            Command::new("pj").subcommand(Command::new("go").arg(tag).arg(command))
        };
        for (name, wanted) in [
            (Name::Bash, "_pj_runs=' go '"),
            (Name::Zsh, "'*:::command:_normal'"),
            (Name::Zsh, "_arguments \"${_arguments_options[@]}\" -A '-*' :"),
            (Name::Zsh, "TAG: _pj_have tags'"),
            (Name::Fish, "and __fish_pj_begins 2 --tag\" -l tag -x -a '(__fish_pj_have tags)'"),
            (Name::Fish, "-x -a '(__fish_complete_subcommand --fcs-skip=2 -- --tag)'"),
        ] {
            assert!(of(name, run()).contains(wanted), "{name:?}: {wanted}");
        }
    }

    /// The flags of `--help` and those written by hand are the same.
    #[test]
    fn every_flag_of_wrap_and_sweep_is_there() {
        let flags = |help: &str| -> Vec<String> {
            let words = help.lines().filter(|l| l.trim_start().starts_with('-')).flat_map(|l| l.split([' ', ',']));
            words.filter(|w| w.starts_with("--")).map(str::to_owned).collect()
        };
        for help in [crate::guard::args::HELP, crate::sweep::args::HELP] {
            for flag in flags(help) {
                for rest in [include_str!("completions/rest.bash"), include_str!("completions/rest.zsh")] {
                    assert!(rest.contains(&flag), "{flag}");
                }
                let long = format!("-l {}", &flag[2..]);
                assert!(include_str!("completions/rest.fish").contains(&long), "{flag}");
            }
        }
    }
}
