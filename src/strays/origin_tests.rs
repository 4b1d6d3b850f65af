use super::*;

/// A process of this session and terminal.
fn one(pid: Pid, ppid: Pid, sid: Pid, tty_dev: u64, name: &str) -> Stat {
    let mut comm = [0; 16];
    comm[..name.len()].copy_from_slice(name.as_bytes());
    Stat { sid, tty_dev, comm, ..Stat::made_up(pid, ppid) }
}

/// Is 50 an orphan, with these above and beside it?
fn judge(rows: &[Stat]) -> (bool, bool, String) {
    let table = Table::new(rows.to_vec());
    let origin = origin(&table, table.get(50).unwrap());
    (origin.is_orphan, origin.live.is_some(), origin.evidence.join("; "))
}

#[test]
fn an_orphan_is_known_by_its_session_its_terminal_and_its_adopter_wherever_it_is() {
    let init = one(1, 0, 1, 0, "systemd");
    let orphan = one(50, 1, 40, 0, "node");
    for (what, rows, is_orphan, live) in [
        ("under init", vec![init, orphan], true, false),
        ("an init that never made a session", vec![one(1, 0, 0, 0, "init"), orphan], true, false),
        ("under systemd --user", vec![init, one(9, 1, 9, 0, "systemd"), one(50, 9, 40, 0, "node")], true, false),
        (
            "under one whom an init without a session has started",
            vec![
                one(1, 0, 0, 0, "init"),
                one(8, 1, 0, 0, "agent"),
                one(9, 8, 9, 0, "super"),
                one(50, 9, 40, 0, "node"),
            ],
            true,
            false,
        ),
        (
            "in WSL2",
            vec![
                one(1, 0, 0, 0, "init"),
                one(8, 1, 8, 0, "SessionLeader"),
                one(9, 8, 8, 0, "Relay(10)"),
                one(50, 9, 40, 0, "node"),
            ],
            true,
            false,
        ),
        ("under any subreaper", vec![init, one(9, 1, 9, 0, "super"), one(50, 9, 40, 0, "node")], true, false),
        (
            "its parent has left their session itself",
            vec![init, one(45, 1, 45, 0, "daemon"), one(50, 45, 40, 0, "node")],
            false,
            false,
        ),
        (
            "under a subreaper of before the numbers began anew",
            vec![init, one(90, 1, 90, 0, "super"), one(50, 90, 40, 0, "node")],
            true,
            false,
        ),
        ("below another orphan", vec![init, one(45, 1, 40, 0, "sh"), one(50, 45, 40, 0, "node")], true, false),
        ("a subreaper on a terminal", vec![init, one(9, 1, 9, 3, "claude"), one(50, 9, 40, 0, "node")], false, true),
        (
            "a subreaper below a terminal",
            vec![init, one(8, 1, 8, 3, "bash"), one(9, 8, 9, 0, "super"), one(50, 9, 40, 0, "node")],
            false,
            true,
        ),
        ("a container's shell is its init", vec![one(1, 0, 0, 3, "bash"), orphan], false, true),
        ("its leader lives", vec![init, one(40, 1, 40, 3, "bash"), orphan], false, true),
        ("its leader lives without a terminal", vec![init, one(40, 1, 40, 0, "sh"), orphan], false, false),
        ("it leads itself", vec![init, one(50, 1, 50, 0, "node")], false, false),
        ("a child of init", vec![one(1, 0, 1, 0, "sh"), one(50, 1, 1, 0, "node")], false, false),
        (
            "another leads on its terminal",
            vec![init, one(41, 1, 41, 7, "bash"), one(50, 1, 40, 7, "node")],
            false,
            true,
        ),
        ("its terminal is nobody's", vec![init, one(50, 1, 40, 7, "node")], true, false),
        ("its leader cannot be seen", vec![init, one(50, 0, 0, 0, "node")], false, false),
        ("its leader is outside, on a terminal", vec![init, one(50, 0, 0, 7, "node")], false, true),
        ("the one above has just gone", vec![init, one(50, 9, 40, 0, "node")], false, false),
        ("a zombie leads nothing", vec![init, Stat { state: b'Z', ..one(40, 1, 40, 3, "bash") }, orphan], true, false),
        (
            "a younger one has the number",
            vec![init, Stat { start: 99, ..one(40, 1, 40, 3, "bash") }, orphan],
            true,
            false,
        ),
    ] {
        let (found, alive, says) = judge(&rows);
        assert_eq!((found, alive), (is_orphan, live), "{what}: {says}");
        assert!(says.contains("session") && says.contains("terminal"), "{what}: {says}");
    }
    let (.., says) = judge(&[init, one(9, 1, 9, 0, "systemd"), one(45, 9, 40, 0, "sh"), one(50, 45, 40, 0, "node")]);
    assert!(says.contains("sh (45) above it adopted by systemd (9), a service manager outside any session"), "{says}");
}
