//! One file for each command.

pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod restore;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod validate;
