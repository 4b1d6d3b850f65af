//! The import rule of the house, read from the source: arrows run downwards only, third parties stay behind their
//! fences, only one file prints, nobody sleeps, files stay short.

mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use tokens::tokens;

/// Bottom to top. A module may import from the rows below its own; those of one row never import each other.
const ROWS: &[&[&str]] = &[
    &["exit"],
    &["error"],
    &["sys"],
    &["process"],
    &["kill", "record", "log", "config", "notify"],
    &["guard", "sweep", "jobs", "ports", "strays", "watch"],
    &["tui"],
    &["cli"],
    &["bin", "lib", "fuzzing"],
];

/// Crates that may be named below one directory only.
const FENCES: &[(&str, &str)] = &[
    ("libc", "sys"),
    ("nix", "sys"),
    ("signal_hook", "sys"),
    ("clap", "cli"),
    ("toml_parser", "config"),
    ("toml_edit", "cli"),
    ("ruzstd", "log"),
    ("ratatui", "tui"),
    ("crossterm", "tui"),
];

/// One source file: where it is below its root, its words and signs, its length.
struct Source {
    path: PathBuf,
    tokens: Vec<String>,
    lines: usize,
}

fn sources(below: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let (mut found, mut dirs) = (Vec::new(), vec![root.clone()]);
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).expect("a directory of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                let path = path.strip_prefix(&root).expect("below the root").to_owned();
                found.push(Source { path, tokens: tokens(&text), lines: text.lines().count() });
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

impl Source {
    /// The module below the crate's root that this file belongs to.
    fn module(&self) -> String {
        let first = self.path.iter().next().expect("a path").to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    }

    /// How far below the crate's root: `error.rs` and `sys/mod.rs` are one, `sys/fd.rs` is two.
    fn depth(&self) -> usize {
        self.path.iter().count() - usize::from(self.path.ends_with("mod.rs"))
    }

    fn is(&self, i: usize, token: &str) -> bool {
        self.tokens.get(i).is_some_and(|one| one == token)
    }

    /// The modules at the crate's root that are named here: `crate::x`, `pj::x`, `crate::{x, y::z}`, `super::x`.
    fn imports(&self) -> Vec<String> {
        let mut found = Vec::new();
        for i in 0..self.tokens.len() {
            let rooted = self.is(i, "crate") || (self.is(i, "pj") && self.module() == "bin");
            let after = if rooted { i + 1 } else { self.past_supers(i) };
            if after > i && self.is(after, "::") {
                self.heads(after + 1, &mut found);
            }
        }
        found
    }

    /// Behind `super::super` that reaches the root from this file; `i` itself when it does not.
    fn past_supers(&self, i: usize) -> usize {
        if !self.is(i, "super") || (i > 0 && self.is(i - 1, "::")) {
            return i;
        }
        let mut end = i + 1;
        while self.is(end, "::") && self.is(end + 1, "super") {
            end += 2;
        }
        let count = (end - i).div_ceil(2);
        if count >= self.depth() { end } else { i }
    }

    /// One name, or the first names of a braced list.
    fn heads(&self, i: usize, found: &mut Vec<String>) {
        if !self.is(i, "{") {
            found.extend(self.tokens.get(i).cloned());
            return;
        }
        let (mut depth, mut at) = (1, i + 1);
        while depth > 0 && at < self.tokens.len() {
            match self.tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                word if depth == 1 && (self.is(at - 1, "{") || self.is(at - 1, ",")) => found.push(word.to_owned()),
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether this crate is named: `x::…`, `use x`.
    fn names(&self, krate: &str) -> bool {
        (0..self.tokens.len()).any(|i| {
            let path = self.is(i + 1, "::") && !(i > 0 && self.is(i - 1, "::"));
            self.is(i, krate) && (path || (i > 0 && self.is(i - 1, "use")))
        })
    }

    fn calls(&self, name: &str, sign: &str) -> bool {
        (0..self.tokens.len()).any(|i| self.is(i, name) && self.is(i + 1, sign))
    }
}

fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

#[test]
fn imports_run_downwards() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let from = source.module();
        let Some(own) = row(&from) else {
            wrong.push(format!("{}: {from} has no row in the house", source.path.display()));
            continue;
        };
        for to in source.imports() {
            if let Some(other) = row(&to).filter(|other| to != from && *other >= own && from != "lib") {
                let how = if other == own { "sideways" } else { "upwards" };
                wrong.push(format!("{}: {from} imports {to}, {how}", source.path.display()));
            }
        }
    }
    none("imports against the order of the house", &wrong);
}

#[test]
fn third_parties_stay_behind_their_fences() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (krate, home) in FENCES {
            if source.module() != *home && source.names(krate) {
                wrong.push(format!("{}: {krate} outside src/{home}", source.path.display()));
            }
        }
        if source.module() != "sys" && source.tokens.iter().any(|token| token == "unsafe" || token == "unsafe_code") {
            wrong.push(format!("{}: unsafe outside src/sys", source.path.display()));
        }
    }
    none("outside their fence", &wrong);
}

#[test]
fn one_file_prints_and_nobody_sleeps() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let prints = ["println", "eprintln", "print", "eprint", "dbg"].iter().find(|name| source.calls(name, "!"));
        if let Some(name) = prints.filter(|_| source.path != Path::new("cli/out.rs")) {
            wrong.push(format!("{}: {name}! outside cli/out.rs", source.path.display()));
        }
        if source.calls("sleep", "(") {
            wrong.push(format!("{}: sleeps", source.path.display()));
        }
    }
    for source in sources("tests") {
        if source.path != Path::new("it/harness/eventually.rs") && source.calls("sleep", "(") {
            wrong.push(format!("tests/{}: sleeps outside harness/eventually.rs", source.path.display()));
        }
    }
    none("prints or sleeps where it must not", &wrong);
}

#[test]
fn files_stay_short() {
    let mut wrong = Vec::new();
    for (below, most) in [("src", 400), ("tests", 300)] {
        for source in sources(below).iter().filter(|source| source.lines > most) {
            wrong.push(format!("{below}/{}: {} lines, {most} at most", source.path.display(), source.lines));
        }
    }
    none("too long", &wrong);
}

#[test]
fn the_reader_of_sources_reads() {
    let read = |path: &str, text: &str| Source { path: path.into(), tokens: tokens(text), lines: 1 };
    let imports = |path, text| read(path, text).imports();
    assert_eq!(imports("kill/plan.rs", "use crate::{sys::{self, x}, guard::y}; // crate::cli"), ["sys", "guard"]);
    assert_eq!(
        imports("kill/plan.rs", r##"let s = "crate::cli"; let r = r#"crate::tui"#; 'a: crate::record::x"##),
        ["record"]
    );
    assert_eq!(
        imports("kill/plan.rs", "use super::super::guard; use super::engine; '\\''; crate::sys"),
        ["guard", "sys"]
    );
    assert!(read("a.rs", "fn f() { std::thread::sleep(x) }").calls("sleep", "("));
    assert!(read("a.rs", "use libc; nix::x()").names("nix") && !read("a.rs", "let libc = 1;").names("libc"));
}
