//! The key that somebody meant who made a typing error. Knows the names and nothing else.

use super::keys::{Key, keys};

/// What somebody meant who wrote `name`: the key that is the fewest letters away.
pub(super) fn nearest(name: &str) -> &'static str {
    let last = |n: &str| n.rsplit('.').next().unwrap_or_default().to_owned();
    let far = |key: &&Key| distance(key.name, name).min(distance(&last(key.name), &last(name)) + 2);
    keys().min_by_key(far).map_or("", |key| key.name)
}

/// The same among these names.
pub(super) fn of(name: &str, among: impl Iterator<Item = &'static str>) -> &'static str {
    among.min_by_key(|one| distance(one, name)).unwrap_or_default()
}

/// Letters to add, to drop or to change.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (i, y) in b.bytes().take(64).enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, x) in a.bytes().enumerate() {
            let cost = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row[a.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_key() {
        for (typed, key) in [
            ("wrap.autos", "wrap.auto"),
            ("warp.grace", "wrap.grace"),
            ("sweep.maxkills", "sweep.max_kills"),
            ("colour", "output.color"),
            ("output.colour", "output.color"),
            ("protect.ad", "protect.add"),
            ("log.maxsize", "log.max_size"),
            ("lod.keep", "log.keep"),
            ("watch.lastseen", "watch.last_seen"),
            ("attach.dettach", "attach.detach"),
        ] {
            assert_eq!(nearest(typed), key, "{typed}");
        }
    }
}
