//! Linux: what the service manager and the kernel's cgroups call the place that a process is in (`cgroups(7)`).

use std::sync::OnceLock;

use super::slurp;
use crate::sys::{self, Pid};

/// The systemd unit's path of a process: its v2 cgroup, else that of systemd's v1 hierarchy.
pub fn unit(pid: Pid) -> Option<String> {
    unit_in(&String::from_utf8(slurp(pid, "cgroup").ok()?).ok()?)
}

/// Ours.
pub fn own_unit() -> Option<String> {
    unit_in(own_cgroups()).filter(|_| !own_cgroups().is_empty())
}

/// The cgroups that we were in when this was first asked (`cgroups(7)`); empty when that is not to be read.
pub(in crate::sys) fn own_cgroups() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| slurp(sys::pid(), "cgroup").ok().and_then(|t| String::from_utf8(t).ok()).unwrap_or_default())
}

fn unit_in(text: &str) -> Option<String> {
    let find =
        |prefix: &str| text.lines().find_map(|l| l.split_once(prefix).map(|(_, p)| p.to_owned())).filter(|p| p != "/");
    find(":name=systemd:").or_else(|| find("0::")).or(Some("/".to_owned()))
}
