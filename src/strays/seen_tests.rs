use super::*;

fn now(pid: Pid, is_stray: bool, cpu: u64) -> Now {
    Now { pid, start: 1, rule: "r".into(), is_stray, cpu }
}

#[test]
fn the_first_sighting_stays_the_first_and_who_is_gone_is_forgotten() {
    let mut s = Sightings::default();
    s.pass(100, &[now(1, true, 5), now(2, false, 0)]);
    s.pass(200, &[now(1, true, 5), now(2, true, 0)]);
    let one = s.of(1, 1, "r").unwrap();
    assert_eq!((one.first, one.passes, one.still, one.last), (Some(100), 2, 100, 200));
    assert_eq!(s.of(2, 1, "r").map(|s| (s.first, s.passes, s.still)), Some((Some(200), 1, 100)));
    s.pass(300, &[now(1, true, 6)]);
    assert_eq!(s.of(1, 1, "r").map(|s| (s.first, s.passes, s.still)), Some((Some(100), 3, 300)));
    assert_eq!(s.seen.len(), 1);
    s.pass(400, &[now(1, false, 6)]);
    assert_eq!(s.of(1, 1, "r").map(|s| (s.first, s.passes)), Some((None, 0)), "it is none any more");
    let other = Now { rule: "changed".into(), ..now(1, true, 6) };
    s.pass(500, &[other]);
    assert_eq!((s.of(1, 1, "changed").map(|s| (s.first, s.passes)), s.of(1, 1, "r")), (Some((Some(500), 1)), None));
    let again = Now { start: 2, rule: "changed".into(), ..now(1, true, 6) };
    s.pass(600, &[again]);
    assert_eq!(s.of(1, 2, "changed").map(|s| s.first), Some(Some(600)), "another process of the same number");
    // The clock was set back.
    s.pass(50, &[Now { start: 2, rule: "changed".into(), ..now(1, true, 6) }]);
    assert_eq!(s.of(1, 2, "changed").map(|s| (s.first, s.still)), Some((Some(50), 50)));
}

#[test]
fn what_cannot_be_read_is_a_finding_and_stays_as_it_is() {
    let dir = std::env::temp_dir().join(format!("pj-strays-{}", sys::pid()));
    file::make_private_dir(&dir).unwrap();
    let place = Place::at(&dir);
    assert_eq!(Sightings::read(&place).unwrap(), Sightings::blank());
    Sightings::change(&place, |s| s.pass(1, &[now(1, true, 0)])).unwrap();
    assert_eq!(Sightings::read(&place).unwrap().seen.len(), 1);
    let text = std::fs::read_to_string(place.strays()).unwrap();
    let other_boot = text.replace(os::boot_id(), "00000000-0000-0000-0000-000000000000");
    std::fs::write(place.strays(), other_boot).unwrap();
    assert_eq!(Sightings::read(&place).unwrap(), Sightings::blank());
    for bad in ["", "{", "{}", &text.replace(SCHEMA, "pj.strays.seen/2"), &text[..text.len() / 2]] {
        std::fs::write(place.strays(), bad).unwrap();
        assert!(Sightings::read(&place).is_err(), "{bad}");
        assert!(Sightings::change(&place, |s| s.pass(1, &[])).is_err());
        assert_eq!(std::fs::read_to_string(place.strays()).unwrap(), bad);
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn what_is_written_can_be_read_again_however_long_the_arguments_are() {
    let dir = std::env::temp_dir().join(format!("pj-strays-long-{}", sys::pid()));
    file::make_private_dir(&dir).unwrap();
    let place = Place::at(&dir);
    let long = Ended { argv: vec!["x".repeat(MOST)], ..Ended::default() };
    let seen = |s: &mut Sightings| (s.seen.len(), s.ended.len());
    Sightings::change(&place, |s| s.pass(1, &[now(1, true, 0)])).unwrap();
    Sightings::change(&place, |s| s.ended.push(long)).unwrap();
    assert_eq!(Sightings::change(&place, seen).unwrap(), (1, 0));
    let rule = Now { rule: "r".repeat(MOST), ..now(2, true, 0) };
    assert!(Sightings::change(&place, |s| s.pass(2, &[rule])).is_err());
    assert_eq!(Sightings::change(&place, seen).unwrap(), (1, 0));
    std::fs::remove_dir_all(dir).unwrap();
}
