//! An agent of launchd's (`launchd.plist(5)`, macOS), and one that sweeps besides. The files are checked by a parser; no Mac
//! has read them yet.

use std::path::PathBuf;

use super::Plan;
use super::files::{MARK, Piece, Step};
use crate::error::{Error, Result};
use crate::sys::{self, file};

const DAEMON: &str = "pj.daemon";
const SWEEP: &str = "pj.sweep";

/// All of it.
pub(super) fn files(plan: &Plan) -> Result<Vec<Piece>> {
    let home = file::env_dir("HOME").ok_or_else(|| Error::new("find the agents of this user", "HOME is not set"))?;
    let dir = home.join("Library/LaunchAgents");
    let piece = |label: &str, text: String| Piece { path: dir.join(format!("{label}.plist")), text };
    let words = [&plan.pj, "daemon", "run"].map(str::to_owned);
    // Started again where it has failed, not where it was told to go; what it has started is not ended with it.
    let stays = "\t<key>RunAtLoad</key>\n\t<true/>\n\t<key>KeepAlive</key>\n\t<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t\
                 <false/>\n\t</dict>\n\t<key>ThrottleInterval</key>\n\t<integer>10</integer>\n";
    let now_and_then = "\t<key>StartInterval</key>\n\t<integer>300</integer>\n";
    Ok(vec![
        piece(DAEMON, agent(DAEMON, &words, plan, stays)),
        piece(SWEEP, agent(SWEEP, &plan.sweep, plan, now_and_then)),
    ])
}

fn agent(label: &str, words: &[String], plan: &Plan, when: &str) -> String {
    let words: String = words.iter().map(|word| format!("\t\t<string>{}</string>\n", escaped(word))).collect();
    let pair = |(name, value): &(String, String)| {
        format!("\t\t<key>{}</key>\n\t\t<string>{}</string>\n", escaped(name), escaped(value))
    };
    let env: String = plan.env.iter().map(pair).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<!-- {MARK} -->
<plist version=\"1.0\">
<dict>
\t<key>Label</key>
\t<string>{label}</string>
\t<key>ProgramArguments</key>
\t<array>
{words}\t</array>
\t<key>EnvironmentVariables</key>
\t<dict>
{env}\t</dict>
\t<key>ProcessType</key>
\t<string>Background</string>
\t<key>AbandonProcessGroup</key>
\t<true/>
{when}</dict>
</plist>
"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What an agent starts, back from its text.
pub(super) fn program(text: &str) -> Option<PathBuf> {
    let (_, rest) = text.split_once("<key>ProgramArguments</key>")?;
    let (_, rest) = rest.split_once("<string>")?;
    let (word, _) = rest.split_once("</string>")?;
    Some(word.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&").into())
}

/// The user's own domain.
fn domain() -> String {
    format!("gui/{}", sys::euid())
}

/// After the files are there. One that is there already is taken out first.
pub(super) fn begin(plan: &Plan) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = end();
    steps.iter_mut().for_each(|step| step.must = false);
    for piece in files(plan)? {
        steps.push(Step::new(&["launchctl", "bootstrap", &domain(), &piece.path.to_string_lossy()], true));
    }
    Ok(steps)
}

/// Before they go.
pub(super) fn end() -> Vec<Step> {
    [DAEMON, SWEEP].map(|label| Step::new(&["launchctl", "bootout", &format!("{}/{label}", domain())], true)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_program_is_called_comes_back() {
        for pj in ["/usr/bin/pj", "/a b/pj", "/<R&D>/\"100%\"/pj", "/&amp;/pj"] {
            let plan = Plan { pj: pj.into(), sweep: vec!["/s".into()], env: Vec::new() };
            assert_eq!(program(&agent(DAEMON, &[pj.to_owned()], &plan, "")), Some(pj.into()));
        }
    }
}
