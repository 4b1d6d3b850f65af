//! The shells that have a hook, and the text of it. Everything that is filled in is quoted for the shell that reads it.

use crate::config::name::Name;
use crate::sys::Pid;

/// A shell that has a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub(super) const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    pub(super) fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
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
        }
    }

    fn wraps(self) -> &'static str {
        match self {
            Shell::Bash => include_str!("../../../shell/wrap.bash"),
            Shell::Zsh => include_str!("../../../shell/wrap.zsh"),
            Shell::Fish => include_str!("../../../shell/wrap.fish"),
        }
    }

    /// Text for between two single quotes.
    fn quoted(self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for &b in text {
            match (self, b) {
                (Shell::Bash | Shell::Zsh, b'\'') => out.extend_from_slice(br"'\''"),
                (Shell::Fish, b'\'' | b'\\') => out.extend_from_slice(&[b'\\', b]),
                _ => out.push(b),
            }
        }
        out
    }

    /// The hook that has a shell write this record to this path.
    pub(super) fn hook(self, pid: Pid, path: &[u8], record: &str) -> Vec<u8> {
        let pid = pid.to_string();
        let dir = path.iter().rposition(|&b| b == b'/').map_or(path, |end| &path[..end]);
        let fill = [("@PID@", pid.as_bytes()), ("@DIR@", dir), ("@FILE@", path), ("@RECORD@", record.as_bytes())];
        self.filled(self.registers(), &fill)
    }

    /// The wrappers of these commands; nothing for none.
    pub(super) fn wrappers(self, names: &[Name]) -> Vec<u8> {
        if names.is_empty() {
            return Vec::new();
        }
        let words = names.iter().map(Name::as_str).collect::<Vec<_>>().join(" ");
        self.filled(self.wraps(), &[("@NAMES@", words.as_bytes())])
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
    }

    #[test]
    fn a_hook_is_filled_once_and_has_no_comments() {
        for shell in Shell::ALL {
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
            let text = String::from_utf8(shell.wrappers(&names)).unwrap();
            assert!(text.contains("pj_wrap_add claude g++") && !text.contains("@NAMES@"), "{text}");
        }
    }
}
