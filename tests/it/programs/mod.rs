//! Programs that use all that a terminal can do show the same, and hear the same, in a wrap as without one.

mod features;
mod picture;
mod player;
mod shows;
