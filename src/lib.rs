//! Keeps the network access of Azure container registries as reviewed YAML.
//!
//! Data flows one way: `spec + live → plan → apply → report`. Planning never writes; applying never decides.

pub mod live;
pub mod model;
pub mod spec;
