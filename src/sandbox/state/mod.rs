//! The state on disk and in memory: subscriptions and resources, in the form of GET answers.

pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod json;
pub(crate) mod open;
pub(crate) mod registrations;
pub(crate) mod store;
pub(crate) mod subscription;
pub(crate) mod types;
pub(crate) mod undo_log;
