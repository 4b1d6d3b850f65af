//! `pj port diagnose`: all that there is about a port, and a sentence on what to do. Ends nobody.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::gather::Books;
use super::super::out::Out;
use super::super::table::Tone;
use super::list::{self, Row, Unseen};
use super::whose::Judgement;
use super::{look, number};
use crate::error::{Doing, Result};
use crate::exit;
use crate::kill::real;
use crate::ports::around::{self, Client, Range};
use crate::ports::free::{Judge, May};
use crate::ports::redirects::{self, Redirects};
use crate::ports::{self, Listener, Proto, Survey, units};
use crate::sys::Pid;

/// Which ports.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The ports
    #[arg(value_name = "PORT", required = true, value_parser = number)]
    ports: Vec<u16>,
    /// UDP instead of TCP
    #[arg(long)]
    udp: bool,
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    ports: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    port: u16,
    proto: &'static str,
    listeners: Vec<Row>,
    inheritors: Vec<Row>,
    ghosts: Vec<Unseen>,
    /// Connections whose local port it is, by state.
    states: BTreeMap<&'static str, usize>,
    clients: Vec<Connected>,
    containers: Vec<String>,
    units: Vec<Unit>,
    namespaces: Vec<Elsewhere>,
    range: Limits,
    redirects: Vec<String>,
    /// What could not be looked at, and why.
    unknown: Vec<String>,
    advice: String,
}

#[derive(Serialize)]
struct Connected {
    pid: Option<Pid>,
    name: String,
    local: String,
    remote: String,
}

#[derive(Serialize)]
struct Unit {
    name: String,
    file: String,
    stop: String,
}

#[derive(Serialize)]
struct Elsewhere {
    namespace: u64,
    pid: Pid,
    name: String,
    addresses: Vec<String>,
}

#[derive(Serialize)]
struct Limits {
    ephemeral: Option<(u16, u16)>,
    is_ephemeral: bool,
    is_reserved: bool,
    unprivileged_from: Option<u16>,
}

/// Explains them.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let books = Books::read().kept();
    books.tell_findings(out);
    let proto = if args.udp { Proto::Udp } else { Proto::Tcp };
    let mut judgement = Judgement::new(books, false);
    let mut ports = Vec::new();
    for &port in &args.ports {
        let found = find(proto, port, &mut judgement)?;
        if out.json {
            ports.push(found);
        } else {
            words(&found, out);
        }
    }
    if out.json {
        out.value(&Answer { schema: "pj.port.diagnose/1", ports });
    }
    Ok(exit::DONE)
}

fn find(proto: Proto, port: u16, judgement: &mut Judgement) -> Result<Found> {
    let doing = || format!("look at port {port}");
    let survey = look(proto, &[port])?;
    let (listeners, inheritors) = list::rows(&survey, judgement).into_iter().partition(|row| row.from.is_none());
    let connections = around::connections(proto, port).doing(doing)?;
    let units = units::of_port(port);
    let (redirects, mut unknown) = match redirects::of(port) {
        Redirects::Known(rules) => (rules, Vec::new()),
        Redirects::Unknown(why) => (Vec::new(), vec![format!("redirects of the packet filter: {why}")]),
    };
    if redirects::has_old_tables() {
        unknown.push(format!("redirects of the old iptables: iptables-legacy -t nat -S | grep {port}"));
    }
    if redirects::is_wsl() {
        unknown.push("port proxies of Windows: netsh.exe interface portproxy show all".to_owned());
    }
    let elsewhere = around::elsewhere(proto, port).doing(doing)?;
    let Range { ephemeral, is_ephemeral, is_reserved, unprivileged } = around::range(port);
    let mut found = Found {
        port,
        proto: proto.name(),
        listeners,
        inheritors,
        ghosts: list::unseen(&survey),
        states: connections.states,
        clients: clients(&connections.clients),
        containers: containers(&survey),
        units: units
            .iter()
            .map(|u| Unit { name: u.name.clone(), file: u.path.display().to_string(), stop: u.stop() })
            .collect(),
        namespaces: elsewhere.into_iter().map(named).collect(),
        range: Limits { ephemeral, is_ephemeral, is_reserved, unprivileged_from: unprivileged },
        redirects,
        unknown,
        advice: String::new(),
    };
    found.advice = advice(&found, &survey, judgement);
    Ok(found)
}

fn named(e: around::Elsewhere) -> Elsewhere {
    let addresses = e.listeners.iter().map(|l| l.addr.to_string()).collect();
    Elsewhere { namespace: e.namespace, pid: e.pid, name: e.name, addresses }
}

/// Who is connected to it, as far as we may see.
fn clients(all: &[Client]) -> Vec<Connected> {
    // A socket's number finds its holder, whatever its state.
    let sockets: Vec<Listener> =
        all.iter().map(|c| Listener { proto: Proto::Tcp, addr: c.local, inode: c.inode, uid: 0 }).collect();
    let holders = ports::holders(&sockets).unwrap_or_default();
    let one = |c: &Client| {
        let holder = holders.iter().find(|h| h.listener.inode == c.inode).map(|h| h.pid);
        let name = holder.and_then(crate::sys::os::stat).map(|s| s.name()).unwrap_or_default();
        Connected { pid: holder, name, local: c.local.to_string(), remote: c.remote.to_string() }
    };
    all.iter().map(one).collect()
}

fn containers(survey: &Survey) -> Vec<String> {
    let port = |h: &ports::Holding| h.sockets.iter().map(|s| s.listener.addr.port()).collect::<Vec<_>>();
    let proxies = survey.holders.iter().filter_map(|h| Some((h, around::proxy(&real::traits(h.pid()))?)));
    proxies.map(|(h, proxy)| format!("{}: {}: {}", h.label(), proxy.what, proxy.hint(port(h).into_iter()))).collect()
}

/// One sentence, from the nearest reason to the farthest.
fn advice(found: &Found, survey: &Survey, judgement: &mut Judgement) -> String {
    let port = found.port;
    for head in survey.holders.iter().filter(|h| h.is_head()) {
        if let May::No(refusal) = judgement.may(head) {
            let hint = refusal.hint.map(|hint| format!(": {hint}")).unwrap_or_default();
            return format!("{} would be left alone, for {}{hint}", head.label(), refusal.why);
        }
    }
    if let Some(job) = found.listeners.iter().find_map(|row| row.job) {
        return format!("job {job} listens: pj stop {job} ends all of it, pj port {port} who listens alone");
    }
    if !survey.holders.is_empty() {
        return format!("pj port {port} ends who listens");
    }
    if !found.ghosts.is_empty() {
        let unit = found.units.first().map(|unit| format!("; its socket unit may be it: {}", unit.stop));
        return format!(
            "who listens cannot be seen from here: sudo pj port diagnose {port}{}",
            unit.unwrap_or_default()
        );
    }
    if let Some(rule) = found.redirects.first() {
        return format!("nobody listens here, but the packet filter sends it elsewhere ({rule}): that rule decides");
    }
    if let Some(other) = found.namespaces.first() {
        return format!(
            "it is free here; {} ({}) listens in another network namespace, which takes nothing from us",
            other.name, other.pid
        );
    }
    if let Some(count) = found.states.get("TIME_WAIT") {
        return format!(
            "nobody listens; {count} connections are in TIME_WAIT for a minute: a server that sets SO_REUSEADDR can listen now"
        );
    }
    if !found.states.is_empty() {
        return "nobody listens; what is left are connections that have the number, which end with their programs"
            .to_owned();
    }
    if found.range.is_ephemeral {
        return "it is free; the kernel may give it to any client meanwhile, for it is one of the ports that it gives out".to_owned();
    }
    "it is free".to_owned()
}

fn words(f: &Found, out: &mut Out) {
    let plain = |out: &mut Out, text: &str| out.line(Tone::Plain, text);
    out.line(Tone::Head, &format!("port {} ({})", f.port, f.proto));
    let whose = |row: &Row| {
        let job = row.job.map(|id| format!(", job {id}")).unwrap_or_default();
        let session = row.session.as_ref().map(|key| format!(", session {key}")).unwrap_or_default();
        format!("{job}{session}")
    };
    for row in f.listeners.iter().filter(|row| row.pid.is_some()) {
        let pid = row.pid.unwrap_or_default();
        plain(out, &format!("listens    {} {pid}: {}{}", row.local_addr, row.cmd, whose(row)));
    }
    for row in &f.inheritors {
        let (pid, from) = (row.pid.unwrap_or_default(), row.from.unwrap_or_default());
        plain(out, &format!("inherited  {} {pid} from {from}: {}", row.local_addr, row.cmd));
    }
    f.ghosts.iter().for_each(|g| plain(out, &format!("ghost      {}", g.text())));
    if f.listeners.is_empty() {
        plain(out, "listens    nobody");
    }
    let states: Vec<String> = f.states.iter().map(|(name, n)| format!("{n} {name}")).collect();
    if !states.is_empty() {
        plain(out, &format!("states     {}", states.join(", ")));
    }
    for c in f.clients.iter().take(10) {
        let who = c.pid.map_or_else(|| "somebody".to_owned(), |pid| format!("{} ({pid})", c.name));
        plain(out, &format!("client     {who}: {} to {}", c.local, c.remote));
    }
    if f.clients.len() > 10 {
        plain(out, &format!("client     and {} more", f.clients.len() - 10));
    }
    f.containers.iter().for_each(|c| plain(out, &format!("container  {c}")));
    f.units.iter().for_each(|u| plain(out, &format!("unit       {} ({}): {}", u.name, u.file, u.stop)));
    for e in &f.namespaces {
        plain(
            out,
            &format!(
                "elsewhere  {} ({}) in network namespace {}: {}",
                e.name,
                e.pid,
                e.namespace,
                e.addresses.join(", ")
            ),
        );
    }
    limits(f, out);
    f.redirects.iter().for_each(|r| plain(out, &format!("redirect   {r}")));
    f.unknown.iter().for_each(|u| plain(out, &format!("not seen   {u}")));
    plain(out, &format!("so         {}", f.advice));
}

fn limits(f: &Found, out: &mut Out) {
    let mut line = |text: String| out.line(Tone::Plain, &format!("range      {text}"));
    if let Some((first, last)) = f.range.ephemeral.filter(|_| f.range.is_ephemeral) {
        line(format!("the kernel gives ports {first} to {last} to clients: reserve it in ip_local_reserved_ports"));
    }
    if f.range.is_reserved {
        line("the kernel gives it to no client (ip_local_reserved_ports)".to_owned());
    }
    if let Some(first) = f.range.unprivileged_from.filter(|first| f.port < *first) {
        line(format!("below {first}: only root may listen there"));
    }
}
