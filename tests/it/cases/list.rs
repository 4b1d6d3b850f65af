//! The list in `docs/TERMINAL.md` and the tests name the same cases: none is promised that no test asserts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every function of the integration tests: `(file, name)`.
fn functions(below: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(below).expect("the tests").flatten() {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let file = path.to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a test");
            let names = text.lines().filter_map(|line| line.split_once("fn ")?.1.split_once('('));
            found.extend(names.map(|(name, _)| (file.clone(), name.to_owned())));
        }
    }
}

/// The numbers with which a test's name begins: `case_25_26_…`.
fn numbers(name: &str) -> Vec<u32> {
    let words = name.strip_prefix("case_").unwrap_or_default().split('_');
    words.map_while(|word| word.parse().ok()).collect()
}

#[test]
fn every_case_in_the_list_has_its_test_and_every_test_its_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    functions(&root.join("tests/it"), &mut all);
    let text = fs::read_to_string(root.join("docs/TERMINAL.md")).expect("docs/TERMINAL.md");
    let mut listed = BTreeSet::new();
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (Some(Ok(number)), Some(last)) = (cells.first().map(|cell| cell.parse::<u32>()), cells.last()) else {
            continue;
        };
        assert!(listed.insert(number), "{number} is listed twice");
        if last.starts_with("none: ") {
            continue;
        }
        match last.split('`').nth(1) {
            Some("case") => assert!(all.iter().any(|(_, name)| numbers(name).contains(&number)), "no test: {row}"),
            Some(test) => {
                let (file, name) = test.rsplit_once("::").expect("file::name");
                let there = |(at, one): &(String, String)| at.ends_with(&format!("/{file}.rs")) && one == name;
                assert!(all.iter().any(there), "no such test: {row}");
            }
            None => panic!("neither a test nor a reason: {row}"),
        }
    }
    let unlisted: Vec<_> = all.iter().filter(|(_, name)| numbers(name).iter().any(|n| !listed.contains(n))).collect();
    assert!(unlisted.is_empty() && listed.len() > 90, "{} listed; not in the list: {unlisted:?}", listed.len());
}
