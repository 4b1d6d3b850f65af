//! What the release binaries may weigh, and what must not be in them. Runs where `PJ_RELEASE_DIR` names their directory.

use crate::harness::proc::contains;
use crate::harness::shells::skip;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

fn release(name: &str) -> Option<PathBuf> {
    let Some(dir) = std::env::var_os("PJ_RELEASE_DIR") else {
        // Not even CI must have one: building it is another step there.
        let _ = writeln!(std::io::stderr(), "SKIPPED budget: PJ_RELEASE_DIR names no directory with release binaries");
        return None;
    };
    let path = PathBuf::from(dir).join(name);
    assert!(path.is_file(), "{} is not there", path.display());
    Some(path)
}

#[test]
fn the_sweep_is_small_and_static() {
    let Some(path) = release("pj-sweep") else { return };
    let bytes = fs::read(&path).expect("a binary");
    assert!(bytes.len() <= 550 * 1024, "pj-sweep is {} KB", bytes.len() / 1024);
    for word in ["clap", "ratatui", "clap_complete", "toml_edit", "For more information, try", "PJ_TEST_AT"] {
        assert!(!contains(&bytes, word), "pj-sweep contains {word:?}");
    }
    let needed = Command::new("readelf").args(["-d"]).arg(&path).output();
    match needed {
        Ok(said) => assert!(!String::from_utf8_lossy(&said.stdout).contains("NEEDED"), "pj-sweep is not static"),
        Err(_) => {
            skip("readelf is not installed");
        }
    }
}

#[test]
fn the_wrap_knows_no_clap() {
    let Some(path) = release("pj-wrap") else { return };
    let bytes = fs::read(&path).expect("a binary");
    for word in ["ratatui", "clap_complete", "toml_edit", "For more information, try", "PJ_TEST_AT"] {
        assert!(!contains(&bytes, word), "pj-wrap contains {word:?}");
    }
}
