use super::*;
use crate::config::Loaded;
use crate::config::rule_keys::RULE_KEYS;

/// Patterns are another's to check.
fn from_text(text: &str, path: &Path) -> Loaded {
    read_rules(|_| Ok(()));
    crate::config::load::from_text(text, path)
}

#[test]
fn a_directory_is_itself_and_what_is_below_it() {
    for (glob, dir, holds) in [
        ("/a/b", "/a/b", true),
        ("/a/b/", "/a/b/c", true),
        ("/a/b", "/a/bc", false),
        ("/a/b", "/a", false),
        ("/a/*/c", "/a/x/c/d", true),
        ("/a/x*z/c", "/a/xyyz/c", true),
        ("/a/x*z/c", "/a/xy/c", false),
        ("/a/*é", "/a/éé", true),
    ] {
        assert_eq!(Below::new(glob).unwrap().holds(Path::new(dir)), holds, "{glob} {dir}");
    }
    // There are more ways to share these letters out among the stars than anybody could try.
    let (stars, dir) = ("*x".repeat(20), format!("/a/{}", "x".repeat(250)));
    assert!(Below::new(&format!("/a/{stars}")).unwrap().holds(Path::new(&dir)));
    assert!(!Below::new(&format!("/a/{stars}*y")).unwrap().holds(Path::new(&dir)));
    for wrong in ["", "/", "a/b", "/a/../b", "/*", "/*/", "~x/a"] {
        assert!(Below::new(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn rules_are_read_and_what_is_wrong_with_one_has_its_line() {
    let own = format!("[[strays.rule]]\nexe = 'node'\nuid = {}\n", crate::sys::euid());
    let text = format!(
        "[strays]\ngrace = '1m'\n{own}argv = 'x.*'\ngrace = '5s'\n[[strays.rule]]\nname='two'\nargv=['a','b']\nkill=true\n\
         orphan = false\n[sweep]\nmax_kills = 3\n"
    );
    let all = from_text(&text, Path::new("/c")).sound().unwrap();
    let rules = &all.strays.rules;
    assert_eq!((rules.len(), all.strays.grace.as_secs(), all.sweep.max_kills), (2, 60, 3));
    assert_eq!((rules[0].name.as_str(), rules[0].line, rules[0].argv.len()), ("node", 3, 1));
    assert!(rules[0].orphan && !rules[0].kill && rules[0].grace == Some(Duration::from_secs(5)));
    assert_eq!((rules[1].name.as_str(), rules[1].argv.len(), rules[1].kill, rules[1].orphan), ("two", 2, true, false));
    assert_eq!(rules[1].text(), "argv a, argv b, orphan or not, kill");
    let other = crate::sys::euid() + 1;
    for (text, line, word) in [
        ("[[strays.rule]]\n".to_owned(), 1, "exe or argv is missing"),
        ("[[strays.rule]]\nexe = 'a'\n[wrap]\n[[strays.rule]]\nkill = true\n".to_owned(), 4, "exe or argv is missing"),
        ("[[strays.rule]]\nexe = 'a'\nagv = 'x'\n".to_owned(), 3, "no key agv in a rule; the nearest is argv"),
        ("[[strays.rule]]\nargv = ['a', '']\n".to_owned(), 2, "strays.rule.argv: '' is empty"),
        ("[[strays.rule]]\nexe = 1\n".to_owned(), 2, "strays.rule.exe: takes a text, not 1"),
        (format!("[[strays.rule]]\nexe = 'a'\n\nuid = {other}"), 4, "only your own"),
        ("[[strays.rule]]\nexe = 'a'\nmin_age = 'old'".to_owned(), 3, "strays.rule.min_age: takes a time"),
        ("[[strays.rule]]\nexe = 'a'\nexe = 'b'".to_owned(), 3, "there twice"),
        ("[[strays.rule]]\nexe.a = 'b'".to_owned(), 2, "no key exe.a in a rule"),
        ("[[strays.rules]]\nexe = 'a'".to_owned(), 1, "no table but [[strays.rule]]"),
        ("[strays.rule]\nexe = 'a'".to_owned(), 2, "each under [[strays.rule]]"),
        ("strays.rule = [{ exe = 'a' }]".to_owned(), 1, "each under [[strays.rule]]"),
    ] {
        let said = from_text(&text, Path::new("/c")).sound().unwrap_err().to_string();
        assert!(said.starts_with(&format!("cannot use /c:{line}: ")) && said.contains(word), "{text:?}: {said}");
    }
}

#[test]
fn every_key_takes_its_own_example() {
    for key in RULE_KEYS.iter().filter(|key| key.name != "uid") {
        let text = format!("[[strays.rule]]\nexe = 'x'\n{} = {}\n", key.name, key.example);
        let text = if key.name == "exe" { text.replacen("exe = 'x'\n", "", 1) } else { text };
        assert!(from_text(&text, Path::new("/c")).wrong.is_empty(), "{text}");
    }
}
