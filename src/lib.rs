//! Keeps the network access of Azure container registries as reviewed YAML.
//!
//! Data flows one way: `spec + live → plan → apply → report`. Planning never writes; applying never decides.

pub mod apply;
pub mod audit;
pub mod azure;
pub mod cli;
pub mod error;
pub mod live;
mod local_file;
pub mod model;
pub mod plan;
pub mod render;
pub mod run;
pub mod sandbox;
pub mod spec;
