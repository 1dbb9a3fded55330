//! The spec: YAML in, [`Spec`] out.
//!
//! A text goes through five steps:
//!
//! 1. `yaml` parses it into a tree in which every value has a place.
//! 2. `raw` checks the tree against the generated JSON Schema, and then deserializes it. The loader and an editor
//!    use the same schema, so they accept the same files.
//! 3. `load` reads the included files and merges what each file sees into one scope.
//! 4. `resolve` replaces names by their content and fills in the defaults.
//! 5. `check` looks for rules without effect and for expectations that cannot hold.
//!
//! No step stops at the first error. All diagnostics are returned together.

mod check;
mod correction;
mod diagnostic;
mod diagnostic_code;
mod diagnostics;
mod draft;
pub mod edit;
mod excerpt;
mod fingerprint;
mod help;
mod layout;
mod live_change;
mod load;
mod loading;
mod named;
mod posture_rule;
mod raw;
mod resolve;
mod selection;
mod suggest;
mod types;
mod yaml;

pub use correction::{Correction, corrected};
pub use diagnostic::{Diagnostic, InvalidSpec, Place, RelatedPlace};
pub use diagnostic_code::{DiagnosticCode, Severity};
pub use diagnostics::corrections;
pub use draft::{DraftRegistry, DraftSettings, DraftValue, SpecDraft};
pub use excerpt::Excerpt;
pub use layout::{LayoutError, formatted};
pub use live_change::LiveChange;
pub use load::files::LARGEST as LARGEST_FILE;
pub(crate) use load::include::{DEFAULT_SPEC, STDIN};
pub use load::{ChangedFile, LoadOptions, Loaded, RenamedFolder, files_of, load, load_str, load_with};
pub use posture_rule::PostureRule;
pub use raw::schema::schema;
pub use selection::choice::Choice;
pub use selection::part::SpecPart;
pub use selection::selector::{LiveFacts, Selector, SelectorError};
pub use selection::shard::{Shard, ShardError};
pub use suggest::suggest_name;
pub use types::{
    DeadSubnet, ExpectCase, Expectation, Guardrails, KnownNames, ListedRule, Origin, Ownership,
    RegistrySpec, RestoreHints, RuleInfo, ServiceEndpoints, Source, Sourced, Spec, SubnetEgress,
    Suppression, UnlistedRule, WantedSettings, WantedValue,
};
