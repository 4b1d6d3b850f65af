//! Being built.

/// Entry point of the binary.
pub fn main() {}
