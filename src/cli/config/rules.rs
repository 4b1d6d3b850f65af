//! The user's `[[strays.rule]]`s as `pj config` shows and explains them.

use serde::Serialize;

use crate::config::Rule;
use crate::config::rules::{RULE_KEYS, RuleKey};

/// One rule as JSON.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    name: &'a str,
    /// All that decides, in a line.
    text: String,
    line: usize,
    kill: bool,
}

pub(super) fn row(rule: &Rule) -> Row<'_> {
    Row { name: &rule.name, text: rule.text(), line: rule.line, kill: rule.kill }
}

/// One key of a rule as JSON.
#[derive(Serialize)]
pub(super) struct KeyRow {
    key: &'static str,
    takes: &'static str,
    default: &'static str,
    example: &'static str,
    about: &'static str,
}

pub(super) fn keys() -> Vec<KeyRow> {
    let row = |&RuleKey { name, takes, default, example, about, .. }: &RuleKey| KeyRow {
        key: name,
        takes: takes.word(),
        default,
        example,
        about,
    };
    RULE_KEYS.iter().map(row).collect()
}

/// For a file that explains everything: a rule that sets nothing.
pub(super) fn template() -> String {
    let mut text = String::from("\n# Whom you call a stray: a table for each rule, and all that it says must be so.\n");
    text.push_str("# [[strays.rule]]\n");
    for key in RULE_KEYS {
        text.push_str(&format!("#   {} [default: {}]\n", key.about, key.default.trim_matches(['(', ')'])));
        text.push_str(&format!("#   {} = {}\n", key.name, key.example));
    }
    text
}
