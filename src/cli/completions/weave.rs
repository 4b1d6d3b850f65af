//! The records in the text that clap generates: where a word is a job's, the script asks `pj __complete`; where a command
//! begins, the command completes as if it stood alone. Text in, text out.

use super::table::{FLAGS, Verb};

/// bash: its own function is called first, and what it does not know comes after (`rest.bash`).
pub(super) fn bash(generated: &str, verbs: &[Verb]) -> String {
    let mut cases = String::new();
    for verb in verbs {
        if let Some((_, lists)) = &verb.takes {
            cases.push_str(&format!("        '{}') lists={lists} ;;\n", verb.words.join(" ")));
        }
    }
    let commands: Vec<String> = verbs.iter().filter(|v| v.command.is_some()).map(|v| v.words.join(" ")).collect();
    let mut valued: Vec<&str> = verbs.iter().flat_map(|v| &v.valued).map(String::as_str).collect();
    valued.sort_unstable();
    valued.dedup();
    format!(
        "{}\n# What the first word of a verb is, which verbs run a command, and which flags take a value.\n\
         _pj_takes() {{\n    case $1 in\n{cases}        *) lists= ;;\n    esac\n}}\n\
         _pj_runs=' {} '\n_pj_valued=' {} '\n",
        generated.replace("complete -F _pj -o", "complete -F _pj_all -o").trim_end(),
        commands.join(" "),
        valued.join(" ")
    )
}

/// fish: a flag's values in its own line; the words and commands of verbs in lines behind.
pub(super) fn fish(generated: &str, verbs: &[Verb]) -> String {
    let mut text = String::new();
    for line in generated.lines() {
        let list = FLAGS.iter().find(|(flag, _)| line.contains(&format!(" -l {flag} "))).map(|(_, list)| list);
        match (list, line.strip_suffix(" -r")) {
            (Some(list), Some(line)) => text.push_str(&format!("{line} -x -a '(__fish_pj_have {list})'\n")),
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    for verb in verbs {
        let seen = match &verb.words[..] {
            [verb, below] => format!("__fish_pj_using_subcommand {verb}; and __fish_seen_subcommand_from {below}"),
            words => format!("__fish_pj_using_subcommand {}", words.join(" ")),
        };
        if let Some((_, lists)) = &verb.takes {
            text.push_str(&format!("complete -c pj -n '{seen}' -f -a '(__fish_pj_have {lists})'\n"));
        }
        if verb.command.is_some() {
            // Its flags end where the command begins.
            let flags = verb.valued.join(" ");
            let before = format!("{seen}; and __fish_pj_begins 2 {flags}");
            text = text.replace(&format!("\"{seen}\""), &format!("\"{before}\""));
            let command = format!("(__fish_complete_subcommand --fcs-skip=2 -- {flags})");
            text.push_str(&format!("complete -c pj -n '{seen}' -x -a '{command}'\n"));
        }
    }
    text
}

/// zsh: another action in the specification of the flag or word, below the verb that its block is for.
pub(super) fn zsh(generated: &str, verbs: &[Verb]) -> String {
    let mut text = String::new();
    let mut path: Vec<&str> = Vec::new();
    for line in generated.lines() {
        let case = line.trim_start().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        if let Some(verb) = case.filter(|verb| verbs.iter().any(|v| v.words.iter().any(|w| w == verb))) {
            // What is below a verb stands deeper.
            path.truncate(usize::from(line.starts_with(' ') && !path.is_empty()));
            path.push(verb);
        }
        let verb = verbs.iter().find(|verb| verb.words == path);
        text.push_str(&line_of_zsh(line, verb).unwrap_or_else(|| line.to_owned()));
        text.push('\n');
    }
    text
}

fn line_of_zsh(line: &str, verb: Option<&Verb>) -> Option<String> {
    // With its help behind it, or without any.
    let is_of = |id: &str| {
        let rest = ["'*::", "'::", "':"].iter().find_map(|sign| line.strip_prefix(sign)?.strip_prefix(id));
        rest.is_some_and(|rest| rest.starts_with(" -- ") || rest.starts_with(':'))
    };
    let begin = line.strip_suffix(":_default' \\");
    for (flag, list) in FLAGS {
        if let Some(begin) = begin.filter(|begin| begin.contains(&format!("--{flag}=["))) {
            return Some(format!("{begin}: _pj_have {list}' \\"));
        }
    }
    let verb = verb?;
    if let Some((_, lists)) = verb.takes.as_ref().filter(|(id, _)| is_of(id)) {
        return Some(format!("{}: _pj_have {lists}' \\", begin?));
    }
    let command = verb.command.as_ref()?;
    if is_of(command) {
        return Some("'*:::command:_normal' \\".to_owned());
    }
    let options = "_arguments \"${_arguments_options[@]}\"";
    // Its flags end where the command begins.
    line.strip_prefix(options).map(|rest| format!("{options} -A '-*'{rest}"))
}
