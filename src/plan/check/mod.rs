//! Checks of a planned change: what Azure would refuse, and what the user should know.

pub(crate) mod notes;
pub(crate) mod preflight;
