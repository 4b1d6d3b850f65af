//! The shells and programs that the tests need, and the cells of the table mode × shell.

use std::io::Write;
use std::path::Path;

/// The shells pj has hooks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// With or without a terminal of its own for the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Pty,
    Direct,
}

/// Whether the shell's rc file has the line `eval "$(pj init SHELL)"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    Yes,
    No,
}

/// One cell of the table in which a test runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) mode: Mode,
    pub(crate) shell: Shell,
}

impl Shell {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// The rc file below HOME, and what the tests put into it: a prompt to recognise, and nothing that disturbs.
    pub(crate) fn rc(self) -> (&'static str, &'static str) {
        match self {
            Shell::Bash => (".bashrc", "PS1='ready> '\nunset PROMPT_COMMAND HISTFILE\n"),
            Shell::Zsh => {
                (".zshrc", "PS1='ready> '\nunsetopt prompt_sp beep\nunset HISTFILE\nzstyle ':completion:*' menu no\n")
            }
            Shell::Fish => (
                ".config/fish/config.fish",
                "set -g fish_greeting\nfunction fish_prompt\n  builtin printf 'ready> '\nend\nfunction fish_title\nend\n",
            ),
        }
    }

    /// The line a person puts into it.
    pub(crate) fn hook(self) -> &'static str {
        match self {
            Shell::Bash => "eval \"$(pj init bash)\"\n",
            Shell::Zsh => "eval \"$(pj init zsh)\"\n",
            Shell::Fish => "pj init fish | source\n",
        }
    }

    pub(crate) fn argv(self) -> &'static [&'static str] {
        match self {
            Shell::Bash => &["bash", "-i"],
            Shell::Zsh => &["zsh", "-i"],
            Shell::Fish => &["fish", "-i"],
        }
    }

    /// Its word for a job that was stopped.
    pub(crate) fn stopped(self) -> &'static str {
        match self {
            Shell::Bash => "Stopped",
            Shell::Zsh => "suspended",
            Shell::Fish => "stopped",
        }
    }

    /// How this shell spells the last exit code.
    pub(crate) fn status(self) -> &'static str {
        if self == Shell::Fish { "$status" } else { "$?" }
    }
}

impl Mode {
    /// The flag, with a blank after it.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Mode::Pty => "",
            Mode::Direct => "--direct ",
        }
    }
}

/// Whether a program is there. A missing one skips the test with a loud line, and fails it in CI.
pub(crate) fn needs(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|dir| dir.join(program).is_file()) || Path::new(program).is_file() {
        return true;
    }
    skip(&format!("{program} is not installed"))
}

/// Skip loudly; in CI a skipped test is a failed one. Returns false for use as a condition.
pub(crate) fn skip(why: &str) -> bool {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    assert!(!matches!(std::env::var("CI").as_deref(), Ok("1" | "true")), "{name}: {why}, and CI skips nothing");
    // Not a macro: what those print in a passing test, the test harness swallows.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
    false
}

/// One `#[test]` for each mode and shell, in a module of the function's name.
macro_rules! everywhere {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        mod $name {
            use $crate::harness::{Cell, Mode, Shell};
            $crate::harness::shells::cells! { $name:
                pty_bash Pty Bash, pty_zsh Pty Zsh, pty_fish Pty Fish,
                direct_bash Direct Bash, direct_zsh Direct Zsh, direct_fish Direct Fish,
            }
        }
    )*};
}

macro_rules! cells {
    ($name:ident: $($test:ident $mode:ident $shell:ident,)*) => {$(
        #[test]
        fn $test() {
            if $crate::harness::needs(Shell::$shell.name()) {
                super::$name(Cell { mode: Mode::$mode, shell: Shell::$shell });
            }
        }
    )*};
}

pub(crate) use {cells, everywhere};
