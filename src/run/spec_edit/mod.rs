//! Edits of a spec: loaded, changed, loaded again and compared. Nothing is written here.

mod edited;
mod registries;
mod rules;

pub use edited::EditedSpec;
pub use registries::{ImportedInto, import_into};
pub use rules::{GivenEntry, SpecEditRequest, edit_rules, list_wanted_rules};
