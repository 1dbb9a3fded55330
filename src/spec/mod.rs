//! The spec: YAML in, [`Spec`] out.
//!
//! Text becomes a tree in which every value knows its place (`yaml`); the tree is held against the generated
//! JSON Schema (`shape`), so the loader and an editor cannot disagree; what fits becomes typed (`raw`), names
//! are replaced by what they stand for (`names`, `resolve`), and the result is checked (`checks`, `expect`).
//! Nothing stops at the first error.

mod check;
mod diagnostic;
mod load;
mod loading;
mod raw;
mod resolve;
mod suggest;
mod types;
mod yaml;

pub use diagnostic::{Diagnostic, Excerpt, InvalidSpec, Place, RelatedPlace, Severity};
pub use load::{Loaded, load, load_str};
pub use raw::schema::schema;
pub use types::{
    Expectation, Guardrails, ListedRule, Ownership, RegistrySpec, RestoreHints, RuleInfo,
    ServiceEndpoints, Source, Sourced, Spec, UnlistedRule, WantedSettings, WantedValue,
};
