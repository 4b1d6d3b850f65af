//! When the sessions' terminals were last used. Asks the kernel for each once, and opens none.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use crate::sys::file::Dir;
use crate::sys::{Dev, tty};

/// Where Linux has its pseudo terminals, called by their numbers.
const PTYS: &str = "/dev/pts/";

/// The terminals of this machine.
pub(super) struct Devices {
    /// The pseudo terminals that there are. Most sessions on record may be over, and to look for a device that is not
    /// there costs as much as to list them all.
    ptys: Option<BTreeSet<u32>>,
}

impl Devices {
    pub(super) fn list() -> Devices {
        let ptys = Dir::open(Path::new(PTYS)).ok().map(|mut dir| {
            let mut found = BTreeSet::new();
            dir.each_name(|name| found.extend(name.to_str().and_then(number)));
            found
        });
        Devices { ptys }
    }

    /// When the terminal at this path was last used; `None` where it is not there, or is another device.
    pub(super) fn last_used(&self, path: &str, device: Dev) -> Option<SystemTime> {
        if let (Some(number), Some(there)) = (path.strip_prefix(PTYS).and_then(number), &self.ptys)
            && !there.contains(&number)
        {
            return None;
        }
        tty::last_used(path).filter(|(found, _)| *found == device).map(|(_, at)| at)
    }
}

fn number(name: &str) -> Option<u32> {
    name.parse().ok()
}
