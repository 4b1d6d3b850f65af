//! What the files in `contrib/` promise, run as they are.

/// Name, whether it has a window, the check.
pub(crate) const ALL: &[(&str, bool, fn())] = &[];
