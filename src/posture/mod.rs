//! Posture: is the network access of a registry any good, whatever its spec says?
//!
//! Each rule is a file below `rules`, with one row in [`POSTURE_CHECKS`]. A rule is a pure function of one [`Subject`]: a
//! registry as it was read, with or without its spec, or a spec alone.

mod articles;
mod check;
mod facts;
mod finding;
mod judge;
mod policies;
mod precedence;
mod remedy;
mod rules;
mod subject;

pub use check::{Judges, PostureCheck};
pub use facts::{Moment, RunFacts};
pub use finding::{AcceptedFinding, PostureCount, PostureFinding};
pub use judge::{judge, judge_live, judge_spec};
pub use policies::{AzurePolicy, Controls};
pub use precedence::{Accepted, Extent, PRECEDENCE, Precedence};
pub use rules::POSTURE_CHECKS;
pub use subject::Subject;
