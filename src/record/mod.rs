//! Records: the files from which any later sweep can finish the work (DESIGN §3). They are read fully and validated, or
//! reported and never acted on (LAWS L54). Nothing here signals anybody.

pub mod event;
pub mod job;
pub mod labels;
pub mod living;
pub mod members;
pub mod place;
pub mod seen;
pub mod session;
pub mod store;

pub use job::Job;
pub use labels::Labels;
pub use place::Place;
pub use seen::Seen;
pub use session::Session;
