//! What a program arms, asks and sends, one feature after another: each byte reaches the terminal, and each byte that
//! the terminal answers reaches the program, in both modes as without pj. Nothing here is drawn; it is all about bytes.

use super::player::{Player, WRAPS};
use crate::harness::World;
use crate::harness::eventually::{LONG, within};
use std::fs;

/// What the program writes, what the terminal then types, what the program writes before it leaves.
struct Feature {
    name: &'static str,
    says: Vec<u8>,
    hears: Vec<u8>,
    ends: &'static str,
}

fn feature(name: &'static str, says: &str, hears: &str, ends: &'static str) -> Feature {
    Feature { name, says: says.into(), hears: hears.into(), ends }
}

/// Long enough to fill every buffer between the two several times.
const LENGTH: usize = 256 * 1024;

fn long() -> String {
    (0..LENGTH).map(|n| char::from(b'0' + (n % 71) as u8)).collect()
}

/// The same with lines, tabs, what control keys send, and UTF-8.
fn paste() -> String {
    let text =
        "a line of the paste\twith a tab\rand \u{65e5}\u{672c}\u{8a9e}, \u{1f980}, \x03\x04\x11\x13\x1a\x1c\x7f\n";
    text.repeat(LENGTH.div_ceil(text.len()))
}

fn features() -> Vec<Feature> {
    vec![
        feature("kitty keyboard", "\x1b[>31u\x1b[?u", "\x1b[?31u\x1b[97;5;97u\x1b[97;1:3u\x1b[57442;5u", "\x1b[<u"),
        feature("kitty keyboard, set", "\x1b[=5;1u", "\x1b[27u\x1b[122;5u\x1b[99;5u", "\x1b[=0;1u"),
        feature("modifyOtherKeys", "\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m\x1b[27;5;105~\x1b[27;6;9~", "\x1b[>4;0m"),
        feature("mouse 1000", "\x1b[?1000h", "\x1b[M !!\x1b[M#!!\x1b[M\x60\u{7f}~", "\x1b[?1000l"),
        feature(
            "mouse 1002",
            "\x1b[?1002h\x1b[?1006h",
            "\x1b[<0;5;6M\x1b[<32;6;6M\x1b[<0;6;6m",
            "\x1b[?1006l\x1b[?1002l",
        ),
        feature("mouse 1003", "\x1b[?1003;1006h", "\x1b[<35;1;1M\x1b[<64;300;2M\x1b[<65;3;400M", "\x1b[?1003;1006l"),
        feature("mouse in pixels", "\x1b[?1003h\x1b[?1016h", "\x1b[<35;799;479M", "\x1b[?1016l\x1b[?1003l"),
        feature("focus", "\x1b[?1004h", "\x1b[I\x1b[O\x1b[I", "\x1b[?1004l"),
        feature("paste", "\x1b[?2004h", &format!("\x1b[200~{}\x1b[201~", paste()), "\x1b[?2004l"),
        feature("a paste without brackets", "ready", &paste(), ""),
        feature("synchronized output", "\x1b[?2026$p\x1b[?2026hone frame\x1b[?2026l", "\x1b[?2026;2$y", ""),
        feature("OSC 8", "\x1b]8;id=1;https://example.org/a?b=c;d\x1b\\link\x1b]8;;\x07", "", ""),
        feature("OSC 52", &format!("\x1b]52;c;{}\x07\x1b]52;c;?\x1b\\", long()), "\x1b]52;c;dGV4dA==\x1b\\", ""),
        feature("sixel", &format!("\x1bP0;1;0q\"1;1;80;60#1;2;0;0;0{}\x1b\\", long()), "", ""),
        feature(
            "OSC 7, 133, 9;4",
            "\x1b]7;file://host/a%20b\x1b\\\x1b]133;A\x07$ \x1b]133;D;1\x07\x1b]9;4;1;50\x1b\\",
            "",
            "\x1b]9;4;0\x1b\\",
        ),
        feature(
            "OSC 0, 1, 2, 22, 777",
            "\x1b]0;both\x07\x1b]1;icon\x07\x1b]2;title\x1b\\\x1b]22;>pointer\x07\x1b]777;notify;a;b\x07",
            "",
            "",
        ),
        feature(
            "kitty graphics",
            &format!("\x1b_Gf=24,s=10,v=10,m=1;{}\x1b\\\x1b_Gm=0;\x1b\\", long()),
            "\x1b_Gi=31;OK\x1b\\",
            "",
        ),
        feature("alternate screen", "\x1b[22;0;0t\x1b[?1049h\x1b[2J\x1b[Hon it", "q", "\x1b[?1049l\x1b[23;0;0t"),
        feature("cursor shape", "\x1b[5 q\x1bP$q q\x1b\\", "\x1bP1$r5 q\x1b\\", "\x1b[0 q"),
        feature(
            "who are you",
            "\x1b[c\x1b[>c\x1b[=c\x1b[>q",
            "\x1b[?62;4;22c\x1b[>1;4000;42c\x1bP!|00000000\x1b\\\x1bP>|term(1.2)\x1b\\",
            "",
        ),
        feature("where is the cursor", "\x1b[5n\x1b[6n\x1b[?6n", "\x1b[0n\x1b[12;34R\x1b[?12;34;1R", ""),
        feature("which modes are on", "\x1b[?2004$p\x1b[4$p", "\x1b[?2004;1$y\x1b[4;2$y", ""),
        feature(
            "colours",
            "\x1b]10;?\x1b\\\x1b]11;?\x07\x1b]4;1;?\x07\x1b[?996n\x1b[?2031h",
            "\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[?997;1n",
            "\x1b[?2031l",
        ),
        feature(
            "the window",
            "\x1b[14t\x1b[16t\x1b[18t\x1b[?2048h",
            "\x1b[4;480;800t\x1b[6;20;10t\x1b[8;24;80t\x1b[48;24;80;480;800t",
            "\x1b[?2048l",
        ),
        feature("capabilities", "\x1bP+q544e;524742\x1b\\", "\x1bP1+r544e=787465726d\x1b\\", ""),
        feature(
            "all controls",
            "\x00\x05\x07\x08\x0e\x0f\u{84}\u{9b}1m\x7f\x1b#8\x1b(0q\x1b(B",
            "\x00\x03\x04\x0d\x0f\x11\x12\x13\x16\x1a\x1c\x7f",
            "",
        ),
    ]
}

/// Raw mode; says the one, hears as many bytes as the other has, says the last.
const TALK: &str =
    "stty raw -echo\ncat says\nhead -c \"$1\" > heard.part\nmv heard.part heard\ncat ends\nstty -raw echo\n";

/// Runs the feature's program until it has ended; everything that the terminal got.
fn talk(wrap: (&'static str, &'static [&'static str]), feature: &Feature) -> Vec<u8> {
    let world = World::new();
    // Read, not executed: a child that is being started beside us may still hold it open for writing (ETXTBSY).
    fs::write(world.home().join("talk"), TALK).expect("a script");
    for (name, bytes) in [("says", &feature.says[..]), ("ends", feature.ends.as_bytes())] {
        fs::write(world.home().join(name), bytes).expect("a file");
    }
    let mut player = Player::start(wrap, world, &["sh", "talk", &feature.hears.len().to_string()]);
    let what = format!("{}, {}", player.name, feature.name);
    // What it says it says in raw mode.
    let is_said = within(LONG, || player.term.raw().starts_with(&feature.says).then_some(())).is_some();
    assert!(is_said, "{what}: the terminal got {}", start(&player.term.raw()));
    player.term.send(&feature.hears);
    assert!(player.term.wait().success(), "{what}");
    assert!(player.term.ended_within(LONG), "{what}: somebody holds the terminal");
    let heard = fs::read(player.world.home().join("heard")).expect("what was heard");
    assert!(heard == feature.hears, "{what}: the program heard {}", start(&heard));
    player.term.raw()
}

fn start(bytes: &[u8]) -> String {
    format!("{} bytes, {:?}", bytes.len(), String::from_utf8_lossy(&bytes[..bytes.len().min(300)]))
}

/// Those of the table whose number has this remainder, so that several tests share it.
fn part(remainder: usize) {
    for feature in features().iter().skip(remainder).step_by(4) {
        let [bare, pty, direct] = std::thread::scope(|scope| {
            WRAPS.map(|wrap| scope.spawn(move || talk(wrap, feature))).map(|one| one.join().expect("a talk"))
        });
        let whole = [&feature.says, feature.ends.as_bytes()].concat();
        assert!(bare == whole, "{}: bare, the terminal got {}", feature.name, start(&bare));
        for (name, other) in [("pj-wrap", pty), ("pj-wrap --direct", direct)] {
            assert!(other == bare, "{name}, {}: the terminal got {}", feature.name, start(&other));
        }
    }
}

#[test]
fn every_feature_is_the_programs_own_first_quarter() {
    part(0);
}

#[test]
fn every_feature_is_the_programs_own_second_quarter() {
    part(1);
}

#[test]
fn every_feature_is_the_programs_own_third_quarter() {
    part(2);
}

#[test]
fn every_feature_is_the_programs_own_last_quarter() {
    part(3);
}
