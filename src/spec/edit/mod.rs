//! Edits of a spec's text that keep every other byte.
//!
//! An edit works on the bytes that the parser gives for each value. So comments, order, quotes, anchors and line ends stay as
//! they are, and new text takes the style of its neighbours.
//!
//! 1. `source_tree` parses the text, with aliases and merge keys as they are written.
//! 2. `rules` finds the list that the registry has for itself, and refuses what would change others.
//! 3. `block_list`, `flow_list` and `map` turn the change into bytes to replace.
//! 4. `meaning` compares the spec before and after: only what was asked for may differ.

mod block_list;
mod error;
mod flow_list;
mod lines;
mod map;
mod meaning;
mod new_item;
mod own_list;
mod registries;
mod registry_text;
mod report;
mod rule_edit;
mod rules;
mod source_tree;

pub use error::{EditError, EditErrorKind};
pub use meaning::{has_gained, is_edited};
pub use new_item::is_json;
pub use own_list::is_repeated;
pub use registries::add_registries;
pub use report::{EditReport, EditedEntry, EntryOutcome, FORMAT, LineChange, TextEdit};
pub use rule_edit::{EditAction, ListEntry, RuleEdit};
pub use rules::{by_hand, edit_rules};
