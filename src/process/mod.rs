//! Processes as facts: who is who, one snapshot of all, what a person calls them. Never signals anybody.

pub mod describe;
pub mod identity;
pub mod select;
pub mod table;

pub use identity::{Identity, Life};
pub use table::Table;
