//! A line in the crontab (`crontab(5)`): each minute the daemon is started, if it does not run.
//!
//! Never: touches another line; takes a crontab that cannot be read for an empty one.

use std::path::PathBuf;

use super::super::out::Out;
use super::{Look, Plan, run};
use crate::cli::daemon;
use crate::error::{Error, Result};
use crate::exit;

/// Ends our line: a comment to the shell that runs it.
const MARK: &str = " # pj service";

/// The whole line.
fn line(plan: &Plan) -> String {
    let env: String = plan.env.iter().map(|(name, value)| format!("{name}={} ", quoted(value))).collect();
    let command = format!("{env}{} -q daemon start", quoted(&plan.pj));
    // To cron a % is the end of the line, wherever it stands.
    format!("* * * * * {}{MARK}", command.replace('%', "\\%"))
}

/// In single quotes, whatever it is: the shell's simplest rule.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What our line starts, back from it.
fn program(line: &str) -> Option<PathBuf> {
    let command = line.strip_suffix(MARK)?.strip_suffix(" -q daemon start")?.replace("\\%", "%");
    // The last word, which is in quotes: values of variables stand before it.
    let inner = command.strip_suffix('\'')?.replace("'\\''", "\u{0}");
    let (_, path) = inner.rsplit_once('\'')?;
    Some(path.replace('\u{0}', "'").into())
}

/// Every line without ours, byte for byte, and ours.
fn split(table: &[u8]) -> (Vec<u8>, Vec<String>) {
    let (mut rest, mut ours) = (Vec::new(), Vec::new());
    for one in table.split_inclusive(|&b| b == b'\n') {
        match std::str::from_utf8(one).map(|text| text.trim_end_matches('\n')) {
            Ok(text) if text.ends_with(MARK) => ours.push(text.to_owned()),
            _ => rest.extend_from_slice(one),
        }
    }
    (rest, ours)
}

fn words(word: &str) -> [String; 2] {
    ["crontab".into(), word.into()]
}

/// The crontab as it is. That there is none is told in these words by all that are in use.
fn read() -> Result<Vec<u8>> {
    let said = run::ask(&words("-l"), b"")?;
    let none = ["no crontab for", "No such file or directory"];
    match said.is_done || none.iter().any(|text| said.err.contains(text)) {
        true => Ok(said.out),
        false => Err(Error::new("read the crontab", said.err)),
    }
}

fn write(table: &[u8]) -> Result<()> {
    // An empty one is none.
    let word = if table.is_empty() { "-r" } else { "-" };
    let said = run::ask(&words(word), table)?;
    if said.is_done { Ok(()) } else { Err(Error::new("write the crontab", said.err)) }
}

/// Is it there, and is it what would be written now?
pub(super) fn look(plan: &Plan) -> Result<Look> {
    let (_, ours) = split(&read()?);
    Ok(match ours.as_slice() {
        [] => Look::Nothing,
        [one] if *one == line(plan) => Look::Same,
        [one, ..] => Look::Other { program: program(one) },
    })
}

/// Puts it behind all others, once, and starts the daemon.
pub(super) fn install(plan: &Plan, dry: bool, out: &mut Out) -> Result<i32> {
    if dry {
        out.text(&(line(plan) + "\n"));
        return Ok(exit::DONE);
    }
    if !run::has("crontab") {
        let e = Error::new("install the service", "there is no crontab command").hint("pj daemon start");
        return Err(e);
    }
    let (mut table, ours) = split(&read()?);
    if ours != [line(plan)] {
        if table.last().is_some_and(|&b| b != b'\n') {
            table.push(b'\n');
        }
        table.extend_from_slice((line(plan) + "\n").as_bytes());
        write(&table)?;
    }
    out.note(&format!("in the crontab: {}", line(plan)));
    // This one, not whichever was there.
    daemon::make_way()?;
    daemon::begin(out)
}

/// Takes it out, and ends the daemon.
pub(super) fn uninstall(dry: bool, out: &mut Out) -> Result<()> {
    let (rest, ours) = split(&read()?);
    for one in &ours {
        out.note(&format!("{} the crontab: {one}", if dry { "to be taken out of" } else { "taken out of" }));
    }
    if dry {
        return Ok(());
    }
    write(&rest)?;
    daemon::make_way()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_program_is_called_comes_back_and_other_lines_stay() {
        for pj in ["/usr/bin/pj", "/a b/pj", "/100%/it's/pj", "/a\"b\\c$d&e/pj'"] {
            for env in [Vec::new(), vec![("XDG_STATE_HOME".to_owned(), "/it's %".to_owned())]] {
                let plan = Plan { pj: pj.into(), sweep: vec![], env };
                let line = line(&plan);
                assert_eq!(program(&line), Some(pj.into()), "{line}");
                let others = b"# mine # pj services\n\xff * *\t\n\nlast";
                let table = [&others[..], b"\n", line.as_bytes(), b"\n"].concat();
                let (rest, ours) = split(&table);
                assert_eq!((rest, ours), ([&others[..], b"\n"].concat(), vec![line]));
                assert_eq!(split(others), (others.to_vec(), Vec::new()));
            }
        }
    }
}
