//! Arguments that several commands share.

pub(crate) mod access;
pub(crate) mod around;
pub(crate) mod callers;
pub(crate) mod globals;
pub(crate) mod output;
pub(crate) mod policy;
pub(crate) mod repository;
pub(crate) mod rule;
pub(crate) mod spec;
pub(crate) mod spec_edit;
pub(crate) mod values;
pub(crate) mod write;
