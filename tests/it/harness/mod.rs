//! The house in which every test lives: real shells on real ptys, real signals, and `/proc` as the witness.
//!
//! Nothing here waits for time to pass but [`eventually`]; nothing here signals by name or by bare number.

pub(crate) mod cmd;
pub(crate) mod deaths;
pub(crate) mod display;
pub(crate) mod eventually;
pub(crate) mod job;
pub(crate) mod proc;
pub(crate) mod raw;
pub(crate) mod roster;
pub(crate) mod shells;
pub(crate) mod term;
pub(crate) mod world;

pub(crate) use cmd::Run;
pub(crate) use eventually::{LONG, eventually, holds, within};
pub(crate) use job::Job;
pub(crate) use proc::Id;
pub(crate) use roster::Roster;
pub(crate) use shells::{Cell, Hook, Mode, Shell, needs};
pub(crate) use term::Term;
pub(crate) use world::World;
