//! Rules of the kernel's packet filter that send a port somewhere else. The only place where another program is asked:
//! `nft`, for a short time, where it is installed and we may. Whatever it does not say is said to be unknown.

use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::describe::escape;
use crate::sys::fd::{self, Ask};
use crate::sys::{clock, os};

/// How long it may take.
const MOST: Duration = Duration::from_secs(2);
/// What it may say at most.
const MOST_TEXT: usize = 16 << 20;

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// These rules send the port elsewhere.
    Known(Vec<String>),
    /// It could not be looked at, and why.
    Unknown(String),
}

/// Asks for the rules of a port.
pub fn of(port: u16) -> Redirects {
    match ask("nft", &["-j", "list", "ruleset"]) {
        Ok(text) => match serde_json::from_str::<Value>(&text) {
            Ok(all) => Redirects::Known(rules(&all, port)),
            Err(_) => Redirects::Unknown("nft says what cannot be read".to_owned()),
        },
        Err(why) => Redirects::Unknown(why),
    }
}

/// Tables of the old `iptables`, which `nft` does not show; their names are the kernel's.
pub fn has_old_tables() -> bool {
    let names = std::fs::read_to_string("/proc/net/ip_tables_names").unwrap_or_default();
    names.lines().any(|name| name == "nat")
}

/// The rules for a destination port that end in a redirect or another destination.
fn rules(all: &Value, port: u16) -> Vec<String> {
    let items = all["nftables"].as_array().into_iter().flatten();
    let rules = items.map(|item| &item["rule"]).filter(|rule| is_for(&rule["expr"], port));
    let text = |rule: &Value, key: &str| rule[key].as_str().unwrap_or("?").to_owned();
    rules
        .filter_map(|rule| {
            let to = rule["expr"].as_array()?.iter().find_map(target)?;
            Some(escape(&format!("{} {} {}: {to}", text(rule, "family"), text(rule, "table"), text(rule, "chain"))))
        })
        .collect()
}

/// `{"match": {"left": {"payload": {"field": "dport"}}, "right": 8000}}`, or a set or range with the port in it.
fn is_for(expr: &Value, port: u16) -> bool {
    let matches = expr.as_array().into_iter().flatten().map(|one| &one["match"]);
    let mut of_ports = matches.filter(|m| m["left"]["payload"]["field"] == "dport" && m["op"] != "!=");
    of_ports.any(|m| has(&m["right"], port))
}

fn has(value: &Value, port: u16) -> bool {
    let number = |v: &Value| v.as_u64().and_then(|n| u16::try_from(n).ok());
    if let Some(set) = value["set"].as_array() {
        return set.iter().any(|one| has(one, port));
    }
    if let [from, to] = value["range"].as_array().map_or(&[][..], Vec::as_slice) {
        return number(from).zip(number(to)).is_some_and(|(from, to)| (from..=to).contains(&port));
    }
    number(value) == Some(port)
}

fn target(one: &Value) -> Option<String> {
    let to = |v: &Value| match (v["addr"].as_str(), &v["port"]) {
        (Some(addr), Value::Null) => addr.to_owned(),
        (Some(addr), port) => format!("{addr}:{port}"),
        (None, port) => format!("port {port}"),
    };
    if let Some(redirect) = one.get("redirect") {
        return Some(format!("redirect to {}", to(redirect)));
    }
    if let Some(dnat) = one.get("dnat") {
        return Some(format!("dnat to {}", to(dnat)));
    }
    let kind = &one["xt"]["name"];
    (kind == "DNAT" || kind == "REDIRECT").then(|| format!("an iptables rule ({})", kind.as_str().unwrap_or("?")))
}

/// What a program says, if it says it in time and means it.
fn ask(program: &str, words: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    let command = command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|_| format!("{program} is not installed"))?;
    let text = listen(&mut child, clock::now() + MOST);
    // Our own child: whoever has not said all by now is not waited for.
    if text.is_none() {
        let _ = child.kill();
    }
    let ended = child.wait();
    match (text, ended) {
        (None, _) => Err(format!("{program} took longer than {} s", MOST.as_secs())),
        (Some(text), Ok(status)) if status.success() => Ok(text),
        _ => Err(format!("{program} may not be asked without root")),
    }
}

fn listen(child: &mut Child, deadline: Instant) -> Option<String> {
    let mut from = child.stdout.take()?;
    let (mut text, mut buf) = (Vec::new(), [0; 16 << 10]);
    loop {
        let ask = [Ask { fd: Some(from.as_fd()), read: true, write: false }];
        let ready = fd::poll(&ask, clock::timeout_until(Some(deadline), clock::now())).ok()?;
        if !ready[0].readable && clock::now() >= deadline {
            return None;
        }
        match from.read(&mut buf).ok()? {
            0 => break,
            n => text.extend_from_slice(&buf[..n]),
        }
        if text.len() > MOST_TEXT || clock::now() >= deadline {
            return None;
        }
    }
    // Its output is over; that it is, too, is waited for as long.
    while clock::now() < deadline {
        if child.try_wait().ok()?.is_some() {
            return String::from_utf8(text).ok();
        }
        let _ = fd::poll::<0>(&[], 5);
    }
    None
}

/// Is this a Linux below Windows, which passes ports on by rules of its own?
pub fn is_wsl() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    !os::boot_id().is_empty() && release.to_ascii_lowercase().contains("microsoft")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_send_a_port_elsewhere_are_found_and_others_are_not() {
        let text = r#"{"nftables": [
            {"metainfo": {"version": "1.0.6"}},
            {"rule": {"family": "ip", "table": "nat", "chain": "prerouting", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 8000}},
                {"redirect": {"port": 3000}}]}},
            {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                 "right": {"set": [22, {"range": [8000, 8010]}]}}},
                {"dnat": {"addr": "172.17.0.2", "port": 80}}]}},
            {"rule": {"family": "ip", "table": "filter", "chain": "input", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 8000}},
                {"drop": null}]}},
            {"rule": {"family": "ip", "table": "nat", "chain": "source", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": 8000}},
                {"redirect": {"port": 3000}}]}}]}"#;
        let all = serde_json::from_str(text).unwrap();
        let found = rules(&all, 8000);
        assert_eq!(found, ["ip nat prerouting: redirect to port 3000", "ip nat DOCKER: dnat to 172.17.0.2:80"]);
        assert_eq!(rules(&all, 8005), ["ip nat DOCKER: dnat to 172.17.0.2:80"]);
        assert_eq!(rules(&all, 18000), Vec::<String>::new());
        assert_eq!(rules(&Value::Null, 8000), Vec::<String>::new());
    }

    #[test]
    fn a_program_that_is_not_there_or_fails_or_hangs_is_not_waited_for() {
        assert_eq!(ask("sh", &["-c", "echo so"]), Ok("so\n".to_owned()));
        assert!(ask("no-such-program", &[]).unwrap_err().contains("not installed"));
        assert!(ask("sh", &["-c", "exit 1"]).unwrap_err().contains("root"));
        assert!(ask("sh", &["-c", "exec sleep 60"]).unwrap_err().contains("longer"));
        assert!(ask("sh", &["-c", "exec >&-; exec sleep 60"]).unwrap_err().contains("longer"));
    }
}
