//! Files of git revisions.

mod program;
pub(crate) mod revision;
