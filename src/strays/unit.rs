//! Is a process one of systemd's? Pure: the path of its unit.
//!
//! What a terminal leaves stays in the unit that the terminal was in: a login's, a terminal's or a tab's scope, an
//! application's of the desktop. Those say nothing. Any other unit was made on purpose for what is in it, and systemd
//! knows how to end it.

/// The unit that was made for this process, if it is in such a one.
pub fn made_for(path: Option<&str>, own: Option<&str>) -> Option<String> {
    let path = path.filter(|path| own.is_none_or(|own| own == "/" || own != *path))?;
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    let unit = path.split('/').rev().find(is_unit)?;
    (!is_a_terminals(unit)).then(|| unit.to_owned())
}

/// A unit in which terminals, or programs that have some, run.
fn is_a_terminals(unit: &str) -> bool {
    let is_one = |starts: &[&str]| starts.iter().any(|start| unit.starts_with(start));
    // A service that somebody has called session-x or app-x is his own: the desktop's have an instance's name.
    let is_session = unit.ends_with(".scope") && is_one(&["session-", "vte-spawn-", "tmux-spawn-", "app-"]);
    let is_app = unit.contains('@') && is_one(&["app-", "app@", "user@"]);
    // What the desktop starts at login, and keeps, is no terminal's.
    (is_session || is_app || is_one(&["gnome-terminal-server", "init.scope"])) && !unit.contains("@autostart")
}

/// What is to be typed instead, for a unit of this path.
pub fn stop(path: &str, unit: &str) -> String {
    let user = if path.contains("/user@") { "--user " } else { "" };
    format!("systemctl {user}stop {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminals_scope_says_nothing_and_a_service_is_spared() {
        let user = "/user.slice/user-1000.slice";
        for (path, unit) in [
            (format!("{user}/session-3.scope"), None),
            (format!("{user}/user@1000.service/app.slice/vte-spawn-0a.scope"), None),
            (format!("{user}/user@1000.service/app.slice/app-gnome-code-12.scope"), None),
            (format!("{user}/user@1000.service/app.slice/web.service"), Some("web.service")),
            (format!("{user}/user@1000.service/app.slice/run-u3.scope"), Some("run-u3.scope")),
            (format!("{user}/user@1000.service/app.slice/pj-01AB.scope/x"), Some("pj-01AB.scope")),
            (format!("{user}/user@1000.service/app.slice/app-x@autostart.service"), Some("app-x@autostart.service")),
            (format!("{user}/user@1000.service/app.slice/app-org.kde.konsole@0a.service"), None),
            (format!("{user}/user@1000.service/app.slice/app-server.service"), Some("app-server.service")),
            (format!("{user}/user@1000.service/session.slice/session-proxy.service"), Some("session-proxy.service")),
            ("/system.slice/cron.service".to_owned(), Some("cron.service")),
            ("/docker/0123".to_owned(), None),
            ("/".to_owned(), None),
        ] {
            assert_eq!(made_for(Some(&path), None).as_deref(), unit, "{path}");
        }
        assert_eq!(
            stop(&format!("{user}/user@1000.service/web.service"), "web.service"),
            "systemctl --user stop web.service"
        );
        assert_eq!(stop("/system.slice/web.service", "web.service"), "systemctl stop web.service");
        let own = "/user.slice/pj.service";
        assert_eq!((made_for(Some(own), Some(own)), made_for(None, Some(own))), (None, None));
        assert_eq!(made_for(Some("/x.service/a"), Some(own)).as_deref(), Some("x.service"));
    }
}
