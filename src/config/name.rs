//! The name of a command that a shell's hook may wrap. It goes into shell code as it is, so it must have no meaning there.

/// A word that names a program, in no shell anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// What the shells themselves mean by a name: reserved words and builtins of bash, zsh and fish. To put a function in
/// the place of one breaks a shell. Ours too: a guard around a guard guards nothing.
const TAKEN: &str = " abbr alias and argparse autoload begin bg bind bindkey block break breakpoint builtin bye caller \
    case cd chdir command commandline compadd comparguments compcall compctl compdescribe compfiles compgen compgroups \
    complete compopt compquote compset comptags comptry compvalues contains continue coproc count declare dirs disable \
    disown do done echo echotc echoti elif else emit emulate enable end esac eval exec exit export false fc fg fi float \
    for foreach function functions getln getopts hash help history if in integer jobs kill let limit local log logout \
    mapfile math nocorrect noglob not or path pj pj-sweep pj-wrap popd print printf private pushd pushln pwd r random \
    read readarray readonly realpath rehash repeat return sched select set set_color setopt shift shopt source status \
    string suspend switch test then time times trap true ttyctl type typeset ulimit umask unalias unfunction unhash \
    unlimit unset unsetopt until vared wait whence where which while zcompile zformat zle zmodload zparseopts \
    zregexparse zstyle ";

impl Name {
    /// Checks it; the error says what is wrong.
    pub fn new(text: &str) -> Result<Name, String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
        if text.is_empty() || text.starts_with(['-', '.', '+']) || !text.bytes().all(plain) {
            return Err(format!("'{text}' is not the name of a command: letters, digits and ._+-"));
        }
        if TAKEN.contains(&format!(" {text} ")) || text.starts_with("pj_wrap") {
            return Err(format!("'{text}' cannot be wrapped: shells have it themselves, or it is pj's own"));
        }
        Ok(Name(text.to_owned()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Name, String> {
        Name::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_nothing_to_a_shell() {
        for good in ["claude", "claude-code", "g++", "node18.2", "_x", "7z", "cd2"] {
            assert_eq!(Name::new(good).map(|n| n.0), Ok(good.to_owned()));
        }
        for bad in ["", "-x", ".", "..", ".x", "+x", "a/b", "a b", "a;b", "a$b", "a'b", "é", "a\n", "a=b", "a*", "~"] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
        for taken in ["cd", "if", "test", "abbr", "zstyle", "pj", "pj-wrap", "pj_wrap", "pj_wrap_claude"] {
            assert!(Name::new(taken).is_err(), "{taken}");
        }
    }
}
