//! `pj init SHELL`: prints the hook, with the record of the shell that asked as a literal in it (SHELLS §2.3, §7). pj
//! makes the record; the shell writes it, because only the shell knows that it is interactive.
//!
//! What is printed is evaluated by somebody's shell at every start: it prints the whole hook or nothing, leaves with 0 but
//! for wrong usage, and never makes a shell's start slow. What is wrong it says once, on stderr.

mod install;
mod once;
mod register;
mod shell;

use std::ffi::OsString;

use super::out::Out;
use crate::config;
use crate::config::name::Name;
use crate::error::{Error, Result};
use crate::exit;
use crate::record::Session;
use crate::sys::Pid;
use install::Wish;
use shell::Shell;

/// For which shell, and with what.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// bash, zsh, fish, sh, elvish or nu [default with --install and --uninstall: the one that calls]
    #[arg(value_name = "SHELL", required_unless_present_any = ["install", "uninstall"])]
    shell: Option<String>,
    /// Add the line to the shell's rc file, after a yes
    #[arg(long, conflicts_with = "uninstall")]
    install: bool,
    /// Take that line out again
    #[arg(long, conflicts_with = "wrap")]
    uninstall: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Run these commands under pj-wrap when they are typed [default: wrap.auto of the config]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    wrap: Option<Vec<Name>>,
    /// Sweep in the background when the shell has ended (bash, zsh, fish)
    #[arg(long, conflicts_with = "uninstall")]
    exit_hook: bool,
    /// For the hook itself: register this shell, which must be an ancestor of ours
    #[arg(long, value_name = "PID", hide = true)]
    register: Option<Pid>,
}

impl Args {
    /// `pj init SHELL [--exit-hook] [--wrap NAMES]`, and nothing else: what runs at every start of a shell does not wait
    /// for the parser.
    pub(super) fn read(words: &[OsString]) -> Option<Args> {
        let words: Vec<&str> = words.iter().skip(1).map(|w| w.to_str()).collect::<Option<_>>()?;
        let ["init", shell, rest @ ..] = &words[..] else { return None };
        let (exit_hook, rest) = match rest {
            ["--exit-hook", rest @ ..] => (true, rest),
            _ => (false, rest),
        };
        let names = match rest {
            [] => None,
            ["--wrap", names] => Some(names),
            _ => return None,
        };
        let wrap = names.map(|names| names.split(',').map(Name::new).collect::<std::result::Result<_, _>>());
        let shell = Some(Shell::named(shell)?.name().to_owned());
        Some(Args { shell, wrap: wrap.transpose().ok()?, exit_hook, ..Args::default() })
    }
}

/// Prints the hook, or registers for it.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let names = || Shell::ALL.map(Shell::name).join(", ");
    let shell = match &args.shell {
        Some(name) => Shell::named(name)
            .ok_or_else(|| Error::usage(format!("no hook for the shell '{name}': there are {}", names()))),
        None => install::calling().ok_or_else(|| Error::usage(format!("which shell? there are {}", names()))),
    };
    let shell = shell.map_err(|e| e.hint("pj init bash"))?;
    shell.can(args.wrap.is_some(), args.exit_hook)?;
    if args.install || args.uninstall {
        let wish = if args.install { Wish::Install } else { Wish::Uninstall };
        let flags = install::flags(args.wrap.as_deref(), args.exit_hook);
        return install::run(wish, shell, &flags, args.yes, out);
    }
    if let Some(pid) = args.register {
        register::register(pid, shell);
        return Ok(exit::DONE);
    }
    let mut out = Told { shell: register::asked(shell), out };
    let hook = register::hook(shell, out.shell.as_ref().map(|(session, _)| session));
    let mut hook = hook.unwrap_or_else(|e| out.nothing(&e));
    let wrappers = match &args.wrap {
        Some(names) => shell.wrappers(names),
        None => {
            let loaded = config::load();
            loaded.wrong.first().into_iter().for_each(|e| drop(out.nothing(e)));
            shell.wrappers(&loaded.settings.wrap.auto)
        }
    };
    let exits = if args.exit_hook { shell.exit_hook() } else { Vec::new() };
    for part in [exits, wrappers].into_iter().filter(|part| !part.is_empty()) {
        if !hook.is_empty() {
            // Where lines are joined by blanks, the parts are commands of their own all the same.
            hook.pop();
            hook.extend_from_slice(b";\n");
        }
        hook.extend(part);
    }
    out.out.bytes(&hook);
    Ok(exit::DONE)
}

/// What goes wrong costs a part of the hook, never the shell's start.
struct Told<'a> {
    shell: Option<(Session, Pid)>,
    out: &'a mut Out,
}

impl Told<'_> {
    fn nothing(&mut self, e: &Error) -> Vec<u8> {
        once::warn(e, self.shell.as_ref().map(|(session, sid)| (session.identity.pid, *sid)), self.out);
        Vec::new()
    }
}
