//! The spec: YAML in, [`Spec`] out.
//!
//! Text becomes a tree in which every value knows its place (`yaml`); the tree is held against the generated
//! JSON Schema (`shape`), so the loader and an editor cannot disagree; what fits becomes typed (`raw`), names
//! are replaced by what they stand for (`names`, `resolve`), and the result is checked (`checks`, `expect`).
//! Nothing stops at the first error.

mod check;
mod context;
mod diagnostic;
mod load;
mod raw;
mod resolve;
mod suggest;
mod types;
mod yaml;

pub use diagnostic::{Also, Diagnostic, Excerpt, Invalid, Place, Severity};
pub use load::{Loaded, load, load_str};
pub use raw::schema::schema;
pub use types::{
    About, Expectation, Guardrails, Ignored, Ownership, RegistrySpec, ServiceEndpoints, Source, Sourced,
    Spec, Unlisted, WantedIp, WantedSubnet, WayBack,
};
