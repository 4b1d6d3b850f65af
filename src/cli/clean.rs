//! `pj clean`: ends strays. On a terminal it shows them and asks; where nobody is there to say yes it ends only those whose
//! rule says `kill = true`, after their grace, and only whom an earlier run has seen too.
//!
//! Never: ends anybody while a record or the sightings cannot be read, whom no rule names, or more than `strays.max_kills`
//! at once without a yes.

mod end;

use std::time::Duration;

use regex_lite::Regex;

use super::out::Out;
use super::strays::{Scene, Shown, sort, table, total};
use super::table::Tone;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::exit;
use crate::process::describe::escape;
use crate::strays::{Act, Row, act};
use crate::sys::Pid;
use end::{Answer, Way};

/// Whom to end.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// This process
    #[arg(long, value_name = "PID")]
    pid: Option<Pid>,
    /// Those whose command line this regular expression finds something in
    #[arg(long = "match", value_name = "RE", value_parser = regex)]
    matches: Option<Regex>,
    /// Those that have lived for longer than this
    #[arg(long, value_name = "TIME", value_parser = crate::cli::wanted::time)]
    older_than: Option<Duration>,
    /// No more than so many, the oldest first
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Ask for each
    #[arg(short, long, conflicts_with_all = ["yes", "unattended"])]
    interactive: bool,
    /// On a terminal: do not ask. Elsewhere only kill = true is a yes
    #[arg(short, long, conflicts_with = "unattended")]
    yes: bool,
    /// Show whom, and end nobody
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// As the service does it: ask nobody, and end only whom a rule with kill = true names
    #[arg(long)]
    unattended: bool,
    #[arg(skip)]
    settings: Settings,
}

fn regex(text: &str) -> std::result::Result<Regex, String> {
    Regex::new(text).map_err(|e| e.to_string())
}

impl Args {
    pub(super) fn fill(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Is this row asked for?
    fn wants(&self, row: &Row) -> bool {
        self.pid.is_none_or(|pid| pid == row.stat.pid)
            && self.matches.as_ref().is_none_or(|re| re.is_match(&row.argv.join(" ")))
            && self.older_than.is_none_or(|age| row.age > age)
    }
}

/// Ends them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let scene = Scene::read(&args.settings)?;
    let mut rows = scene.look()?.rows();
    let unusable = scene.tell_findings(out);
    if unusable == exit::DONE && !args.dry_run {
        if let Err(f) = scene.record(&rows) {
            out.warn(&format!("cannot use {}: {}", f.path.display(), f.why));
            return Ok(exit::PARTLY);
        }
        end::tell_of_returners(&scene, &rows);
    }
    if let Some(pid) = args.pid {
        is_one(pid, &scene, &rows)?;
    }
    rows.retain(|row| args.wants(row));
    sort(&mut rows);
    let is_asked = !args.unattended && (out.can_ask() || (args.dry_run && args.yes));
    let may: fn(&Row) -> bool = match is_asked {
        true => |row| row.verdict.act.is_stray(),
        false => |row| row.verdict.act == Act::End,
    };
    let (all, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(may);
    let mut chosen = act::tops(all);
    let (most, found) = (scene.settings.max_kills, chosen.len());
    chosen.truncate(args.limit.unwrap_or(usize::MAX));
    if !is_asked {
        chosen.truncate(most);
    }
    let stopped = !is_asked && args.limit.unwrap_or(usize::MAX) > most && found > most;
    if chosen.is_empty() || args.dry_run {
        show(args, &chosen, &others, out);
        let code = if unusable != exit::DONE { unusable } else { why_nobody(args, &chosen, &others, out)? };
        return Ok(code);
    }
    if unusable != exit::DONE {
        out.warn("nobody is ended while it is not known what all records own");
        return Ok(unusable);
    }
    if is_asked {
        chosen = ask(args, chosen, out);
        if chosen.is_empty() {
            return Ok(exit::REFUSED);
        }
    }
    let left = if stopped { found - most } else { 0 };
    let way = Way { settings: &args.settings, may, left, tells: !args.unattended };
    end::end(chosen, &way, out)
}

/// A process that was named must be a stray; who is none is refused with the reason.
fn is_one(pid: Pid, scene: &Scene, rows: &[Row]) -> Result<()> {
    let doing = || format!("end process {pid}");
    let hint = format!("pj why {pid}");
    if let Some(row) = rows.iter().find(|row| row.stat.pid == pid) {
        return match row.verdict.act.is_stray() {
            true => Ok(()),
            false => Err(Error::new(doing(), &row.verdict.reason).hint(hint).code(exit::REFUSED)),
        };
    }
    match scene.look()?.one(pid) {
        None => Err(Error::new(doing(), "there is no such process").code(exit::NOTHING)),
        Some(row) => Err(Error::new(doing(), &row.verdict.reason).hint(hint).code(exit::REFUSED)),
    }
}

/// Whom it would be, and whom not.
fn show(args: &Args, chosen: &[Row], others: &[Row], out: &mut Out) {
    if out.json {
        let rows: Vec<Shown> = chosen.iter().chain(others).map(Shown::of).collect();
        let mut answer = Answer::of(args.dry_run, 0, Vec::new());
        answer.rows = rows;
        out.value(&answer);
    } else if !args.unattended && !chosen.is_empty() {
        out.table(&table(&chosen.iter().collect::<Vec<_>>()));
        out.line(Tone::Plain, &total(&chosen.iter().collect::<Vec<_>>()));
    }
}

/// The exit code where nobody is ended, and why.
fn why_nobody(args: &Args, chosen: &[Row], others: &[Row], out: &mut Out) -> Result<i32> {
    if !chosen.is_empty() || args.unattended {
        return Ok(exit::DONE);
    }
    let count = |act| others.iter().filter(|row| row.verdict.act == act).count();
    let (reported, waiting) = (count(Act::Report), count(Act::Wait));
    if reported > 0 {
        let cause = format!("{reported} would need a yes, and nobody is there to ask");
        return Err(Error::new("end strays", cause).hint("pj scan, or kill = true in their rule").code(exit::REFUSED));
    }
    if waiting > 0 {
        out.note(&format!("nobody is ended yet: {waiting} in their grace, or seen once"));
        return Ok(exit::DONE);
    }
    out.note("no strays");
    Ok(exit::NOTHING)
}

/// Asks for all of them, or for each.
fn ask(args: &Args, chosen: Vec<Row>, out: &mut Out) -> Vec<Row> {
    if args.yes {
        return chosen;
    }
    let refs: Vec<&Row> = chosen.iter().collect();
    if !args.interactive {
        if !out.json {
            out.table(&table(&refs));
        }
        let question = format!("{}; end {}?", total(&refs), if refs.len() == 1 { "it" } else { "them" });
        return if out.ask(&question) { chosen } else { Vec::new() };
    }
    let mut agreed = Vec::new();
    for row in chosen {
        row.evidence.iter().for_each(|line| out.talk(&format!("  {}\n", escape(line))));
        let question = format!("{} ({}), {}: end it?", super::strays::title(&row), row.stat.pid, row.verdict.reason);
        if out.ask(&question) {
            agreed.push(row);
        }
    }
    agreed
}
