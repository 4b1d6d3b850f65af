//! The shells that have a hook, and the text of it. Everything that is filled in is quoted for the shell that reads it.

use crate::config::name::Name;
use crate::error::{Error, Result};
use crate::sys::Pid;

/// A shell that has a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    /// dash, ash, ksh93, mksh, yash.
    Sh,
    Elvish,
    Nu,
}

impl Shell {
    pub(super) const ALL: [Shell; 6] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Sh, Shell::Elvish, Shell::Nu];

    pub(super) fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Sh => "sh",
            Shell::Elvish => "elvish",
            Shell::Nu => "nu",
        }
    }

    pub(super) fn named(name: &str) -> Option<Shell> {
        Shell::ALL.into_iter().find(|s| s.name() == name)
    }

    fn registers(self) -> &'static str {
        match self {
            Shell::Bash => include_str!("../../../shell/pj.bash"),
            Shell::Zsh => include_str!("../../../shell/pj.zsh"),
            Shell::Fish => include_str!("../../../shell/pj.fish"),
            Shell::Sh => include_str!("../../../shell/pj.sh"),
            Shell::Elvish => include_str!("../../../shell/pj.elv"),
            Shell::Nu => include_str!("../../../shell/pj.nu"),
        }
    }

    /// Where a name can be a command that is run when it is typed, and nowhere else.
    fn wraps(self) -> Option<&'static str> {
        match self {
            Shell::Bash => Some(include_str!("../../../shell/wrap.bash")),
            Shell::Zsh => Some(include_str!("../../../shell/wrap.zsh")),
            Shell::Fish => Some(include_str!("../../../shell/wrap.fish")),
            Shell::Sh => Some(include_str!("../../../shell/wrap.sh")),
            Shell::Elvish | Shell::Nu => None,
        }
    }

    /// Where a shell that loses its terminal runs something of ours at its end.
    fn exits(self) -> Option<&'static str> {
        match self {
            Shell::Bash => Some(include_str!("../../../shell/exit.bash")),
            Shell::Zsh => Some(include_str!("../../../shell/exit.zsh")),
            Shell::Fish => Some(include_str!("../../../shell/exit.fish")),
            Shell::Sh | Shell::Elvish | Shell::Nu => None,
        }
    }

    /// Whether its hook can do this; an error that names the shell and the flag where not.
    pub(super) fn can(self, wrap: bool, exit_hook: bool) -> Result<()> {
        let missing =
            [("--wrap", wrap && self.wraps().is_none()), ("--exit-hook", exit_hook && self.exits().is_none())];
        match missing.iter().find(|(_, is)| *is) {
            Some((flag, _)) => Err(Error::usage(format!("there is no {flag} for {}", self.name()))),
            None => Ok(()),
        }
    }

    /// Text for between two single quotes.
    fn quoted(self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for &b in text {
            match (self, b) {
                (Shell::Bash | Shell::Zsh | Shell::Sh, b'\'') => out.extend_from_slice(br"'\''"),
                (Shell::Fish, b'\'' | b'\\') => out.extend_from_slice(&[b'\\', b]),
                (Shell::Elvish, b'\'') => out.extend_from_slice(b"''"),
                _ => out.push(b),
            }
        }
        out
    }

    /// The hook that has a shell write this record to this path.
    pub(super) fn hook(self, pid: Pid, path: &[u8], record: &str) -> Vec<u8> {
        // What `echo` makes of a backslash is each shell's own: then no shell has the number, and it registers by name.
        let pid = if self == Shell::Sh && record.contains('\\') { 0 } else { pid };
        let pid = pid.to_string();
        let dir = path.iter().rposition(|&b| b == b'/').map_or(path, |end| &path[..end]);
        let fill = [("@PID@", pid.as_bytes()), ("@DIR@", dir), ("@FILE@", path), ("@RECORD@", record.as_bytes())];
        self.filled(self.registers(), &fill)
    }

    /// The wrappers of these commands; nothing for none.
    pub(super) fn wrappers(self, names: &[Name]) -> Vec<u8> {
        let Some(wraps) = self.wraps().filter(|_| !names.is_empty()) else { return Vec::new() };
        let words = names.iter().map(Name::as_str).collect::<Vec<_>>().join(" ");
        self.filled(wraps, &[("@NAMES@", words.as_bytes())])
    }

    /// What has the shell sweep when it ends.
    pub(super) fn exit_hook(self) -> Vec<u8> {
        self.exits().map_or_else(Vec::new, |text| self.filled(text, &[]))
    }

    /// A template without its comments, placeholders filled in, once.
    fn filled(self, template: &str, fill: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        for line in template.lines().filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty()) {
            let mut rest = line.as_bytes();
            while let Some(at) = rest.iter().position(|&b| b == b'@') {
                out.extend_from_slice(&rest[..at]);
                match fill.iter().find(|(mark, _)| rest[at..].starts_with(mark.as_bytes())) {
                    Some((mark, text)) => {
                        out.extend(self.quoted(text));
                        rest = &rest[at + mark.len()..];
                    }
                    None => {
                        out.push(b'@');
                        rest = &rest[at + 1..];
                    }
                }
            }
            out.extend_from_slice(rest);
            out.push(b'\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_each_shell_s_own() {
        let text = br"it's a \ 'x'";
        assert_eq!(Shell::Bash.quoted(text), br"it'\''s a \ '\''x'\''");
        assert_eq!(Shell::Zsh.quoted(text), Shell::Bash.quoted(text));
        assert_eq!(Shell::Fish.quoted(text), br"it\'s a \\ \'x\'");
        assert_eq!(Shell::Elvish.quoted(text), br"it''s a \ ''x''");
    }

    #[test]
    fn a_hook_is_filled_once_and_has_no_comments() {
        for shell in Shell::ALL.into_iter().filter(|&shell| shell != Shell::Nu) {
            let hook = shell.hook(4242, b"/home/o'brien/@PID@/\xff.json", r#"{"a":"@FILE@"}"#);
            let text = String::from_utf8_lossy(&hook);
            assert!(text.contains("4242") && !text.lines().any(|l| l.trim_start().starts_with('#')), "{text}");
            assert!(text.contains("/@PID@/") && text.contains(r#"{"a":"@FILE@"}"#) && !text.contains("@RECORD@"));
            assert!(hook.windows(6).any(|w| w == b"/\xff.jso"), "bytes pass as they are");
            assert!(hook.len() < 1500, "{}: {}", shell.name(), hook.len());
        }
    }

    #[test]
    fn wrappers_are_printed_for_names_only() {
        let names = ["claude", "g++"].map(|n| Name::new(n).unwrap());
        for shell in Shell::ALL {
            assert!(shell.wrappers(&[]).is_empty());
            assert_eq!(shell.can(true, false).is_err(), shell.wrappers(&names).is_empty());
            assert_eq!(shell.can(false, true).is_err(), shell.exit_hook().is_empty());
            if shell.wraps().is_none() {
                continue;
            }
            let text = String::from_utf8(shell.wrappers(&names)).unwrap();
            assert!(text.contains("pj_wrap_add claude g++") && !text.contains("@NAMES@"), "{text}");
        }
    }
}
