//! Questions on a terminal.

pub(crate) mod ask;
pub(crate) mod confirm;
