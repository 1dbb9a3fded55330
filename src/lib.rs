//! Manages Azure Container Registry firewalls as code that people review.
//!
//! Data flows one way: `spec + live → plan → apply → report`. Planning never writes. Applying never decides.
//!
//! | value | made by | holds |
//! |---|---|---|
//! | [`spec::Spec`] | [`spec`] | the wanted state, each value with its place in the YAML |
//! | [`live::Live`] | [`live`], over [`azure`] | what Azure returned |
//! | [`plan::Plan`] | [`plan`] | changes, steps, who gains and loses access, notes, refusals |
//! | [`spec_diff::SpecDiff`] | [`spec_diff`] | who gets in by one spec and by another |
//! | [`doctor::Diagnosis`] | [`doctor`], over [`probe`] | the causes of what probes saw, and of what a client printed |
//! | [`apply::Report`] | [`apply`] | the outcome of each step and change, and the undo command |
//! | [`az::AzRegistry`] | [`run`] | a registry and its rules, as the Azure CLI prints them |
//! | [`merge::MergedReport`] | [`merge`] | the reports of several shards as one |
//! | text | [`render`] | any of these in one output format |
//!
//! [`model`] has the nouns that all of them share: ids, rules, and the table of settings. [`run`] joins the parts to
//! the pipeline of a command, [`cli`] parses arguments and talks to the terminal, and [`sandbox`] is a local Azure
//! Resource Manager for tests and rehearsals.
//!
//! `docs/architecture.md` follows one run through these parts. `CONTRIBUTING.md` lists the files to touch for a new
//! setting, check, endpoint, command or report format.

pub mod apply;
pub mod audit;
pub mod az;
pub mod azure;
pub mod cli;
pub mod doctor;
pub mod endpoints;
pub mod error;
pub mod explain;
pub mod import;
pub mod lease;
pub mod live;
mod local_file;
pub mod merge;
pub mod model;
pub mod plan;
pub mod posture;
pub mod probe;
pub mod render;
pub mod run;
pub mod sandbox;
pub mod spec;
pub mod spec_diff;
