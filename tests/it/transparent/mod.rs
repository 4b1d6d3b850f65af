//! Each case with and without pj-wrap: the same output, the same code, the same of everything that a program is given.

/// What the command is given: arguments, environment, descriptors, signals.
mod given;
/// The window's size and the terminal's modes.
mod size;
/// Exit codes and deaths by signal.
mod status;
/// Bytes in and out, pipes, ends of file.
mod streams;
