//! A name means one living job. Never costs the command: one whose name is taken runs without it.

use super::args::Args;
use crate::error::Error;
use crate::record::living;

/// Takes away a name that a living job has, and says so. Only who gave a name pays for the look.
///
/// Two that begin in one instant may both have theirs: nothing here waits for a lock.
pub(super) fn give_up(args: &mut Args) -> Option<Error> {
    let id = args.name.as_deref().and_then(living::named)?;
    let name = args.name.take()?;
    let cause = format!("job {id} lives and is called that; this one goes without a name");
    Some(Error::new(format!("call it {name}"), cause))
}
