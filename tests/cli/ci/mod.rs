//! The scripts of `ci/`, in the variables of each system, against the sandbox.

mod azure_pipelines;
mod github;
mod gitlab;
mod kubernetes;
mod post;
mod script;
