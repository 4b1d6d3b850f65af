//! Strays: what no record owns and the user's own rules name (DESIGN §1, issue 6 §1). [`facts`] asks the kernel,
//! [`judge`] decides, [`act`] ends; [`seen`] is what is on record between two looks, [`again`] who comes back.
//!
//! Never: takes a parent's number for a proof (under a service manager, in a container, under any subreaper it is not 1
//! and means nothing); touches anybody of a session that lives, of a job, of another user, protected, or of systemd's
//! units; ends anybody on one look alone where nobody is there to say yes. Knows no records: a caller tells whom they own.

pub mod act;
pub mod again;
pub mod facts;
pub mod judge;
pub mod origin;
pub mod rule;
pub mod seen;
pub mod unit;

pub use facts::{Look, Owned, Row};
pub use judge::{Act, Facts, Verdict, judge};
pub use seen::Sightings;
