//! The census of a job: who was seen in its tree. One line a member, so that a torn line costs itself only.
//!
//! `pid start inode session group first-seen-ms marked name`, after a head line `pj.members/1 BOOT NS`.

use std::fmt::Write;

use crate::process::Identity;
use crate::sys::Pid;

/// The head of the file.
pub const SCHEMA: &str = "pj.members/1";

/// One process seen in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub identity: Identity,
    /// Its kernel session when last seen.
    pub sid: Pid,
    /// Its process group when last seen.
    pub pgid: Pid,
    /// Milliseconds since the epoch.
    pub first_seen: u64,
    /// Whether its environment carried the job's marker.
    pub marked: bool,
    /// The kernel's short name, escaped, without blanks.
    pub name: String,
}

/// The whole file's text.
pub fn write(boot: &str, ns: u64, members: &[Member]) -> String {
    let mut out = format!("{SCHEMA} {boot} {ns}\n");
    for m in members {
        let name: String = m.name.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
        let ino = m.identity.ino.unwrap_or(0);
        let i = &m.identity;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} {} {ino} {} {} {} {} {name}",
            i.pid,
            i.start,
            m.sid,
            m.pgid,
            m.first_seen,
            u8::from(m.marked)
        );
    }
    out
}

/// Reads it back. A file with another head has no members; a line that is not whole is left out.
pub fn read(text: &str) -> Vec<Member> {
    let mut lines = text.split_inclusive('\n').filter_map(|l| l.strip_suffix('\n'));
    let Some(head) = lines.next() else { return Vec::new() };
    let mut words = head.split(' ');
    let (Some(SCHEMA), Some(boot), Some(Ok(ns))) = (words.next(), words.next(), words.next().map(str::parse::<u64>))
    else {
        return Vec::new();
    };
    lines.filter_map(|l| member(l, boot, ns)).collect()
}

fn member(line: &str, boot: &str, ns: u64) -> Option<Member> {
    let mut w = line.splitn(8, ' ');
    let pid: Pid = w.next()?.parse().ok()?;
    let start = w.next()?.parse().ok()?;
    let ino: u64 = w.next()?.parse().ok()?;
    let sid = w.next()?.parse().ok()?;
    let pgid = w.next()?.parse().ok()?;
    let first_seen = w.next()?.parse().ok()?;
    let marked = w.next()? == "1";
    let name = w.next()?.to_owned();
    if pid <= 1 || boot.is_empty() {
        return None;
    }
    let identity = Identity { pid, start, boot: boot.to_owned(), ns, ino: (ino != 0).then_some(ino) };
    Some(Member { identity, sid, pgid, first_seen, marked, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_comes_back_and_a_torn_line_costs_itself_only() {
        let identity = Identity { pid: 42, start: 7, boot: "b".into(), ns: 3, ino: Some(9) };
        let m = Member { identity, sid: 42, pgid: 42, first_seen: 5, marked: true, name: "a b\n".into() };
        let mut text = write("b", 3, std::slice::from_ref(&m));
        let back = read(&text);
        assert_eq!(back, [Member { name: "a_b_".into(), ..m }]);
        text.push_str("43 8 9 1");
        assert_eq!(read(&text).len(), 1);
        text.push_str("\n1 8 9 1 1 1 1 init\n");
        assert_eq!(read(&text).len(), 1, "pid 1 is never a member");
        assert!(read("pj.members/2 b 3\n42 7 9 42 42 5 1 x\n").is_empty());
        assert!(read("").is_empty());
    }
}
