//! Edits that a person has to make by hand.

use std::fmt;

use jiff::civil::Date;

use crate::spec::types::Source;

/// Most registries that a message names.
const MOST_NAMED: usize = 5;

/// The reason why a spec was not edited. Nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct EditError {
    /// The name of the registry.
    pub registry: String,
    pub kind: EditErrorKind,
    /// The line to write by hand, as YAML. For registries that are imported, their ids.
    pub by_hand: String,
}

/// The reason for an [`EditError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditErrorKind {
    /// With the key, a plan removes every live rule that it does not list.
    #[error("the spec does not manage `{key}` of this registry ({})", shown(place))]
    Unmanaged { key: &'static str, place: Source },
    /// The list comes from `defaults`, an anchor or a merge key.
    #[error(
        "this registry has no `{key}` of its own: they are those at {}{}",
        shown(place),
        shared_by(others)
    )]
    Shared {
        key: &'static str,
        place: Source,
        /// Other registries that have this list.
        others: Vec<String>,
    },
    /// The list is written in the mapping of the registry, and others have it by an alias or a merge key.
    #[error(
        "the `{key}` of this registry at {} are repeated{}",
        shown(place),
        repeated_by(others)
    )]
    RepeatedBy {
        key: &'static str,
        place: Source,
        /// The registries that have this list too.
        others: Vec<String>,
    },
    /// The rule comes from a named network.
    #[error(
        "`{rule}` is in the network `{network}` at {}{}",
        shown(place),
        shared_by(others)
    )]
    InNetwork {
        rule: String,
        network: String,
        place: Source,
        /// Other registries that list the network.
        others: Vec<String>,
    },
    /// The rule is listed, but not by an entry that can be changed for this registry alone.
    #[error(
        "`{rule}` is listed already, at {}, by an entry that cannot be changed for this registry alone",
        shown(place)
    )]
    ListedElsewhere {
        rule: String,
        place: Source,
        /// The named network that has the entry.
        network: Option<String>,
    },
    /// The rule is listed by an entry that has expired.
    #[error("`{rule}` is listed at {}, and the entry expired on {day}", shown(place))]
    Expired {
        rule: String,
        place: Source,
        day: Date,
        /// The named network that has the entry.
        network: Option<String>,
    },
    /// The registry is not a mapping in the list `registries`.
    #[error(
        "the registry is not written in the list `registries` itself, but at {}",
        shown(place)
    )]
    NotInList { place: Source },
    /// The rule is wider than the guardrails of the spec allow.
    #[error("`{rule}` is wider than `/{widest}`, the `widestRule` of the spec")]
    TooWide { rule: String, widest: u8 },
    /// The spec protects the registry.
    #[error("the spec protects this registry (`protect: true`)")]
    Protected,
    /// An expectation would no longer hold.
    #[error("{found} ({})", shown(place))]
    BreaksExpect { found: String, place: Source },
    /// An alias repeats the list or an entry of it, so that the change would reach another place.
    #[error(
        "a list of the registry at {}, or an entry of one, has an anchor, and what repeats it would change too",
        shown(place)
    )]
    Repeated { place: Source },
    /// The file does not have a name, which another file of the spec has.
    #[error("{found} ({})", shown(place))]
    UnknownName { found: String, place: Source },
    /// The `defaults` of the spec would change a registry that is imported.
    #[error("{found} ({})", shown(place))]
    Defaults {
        found: String,
        place: Source,
        /// False if other registries of the same import could be added.
        are_all: bool,
    },
    /// The file has no list with a registry on each line, to which new ones can be added.
    #[error(
        "the registries cannot be added without changing more than that ({})",
        shown(place)
    )]
    NotAdded { place: Source },
    /// The changed text would not mean what was asked for, or more than that.
    #[error(
        "the change cannot be made without changing more than that ({})",
        shown(place)
    )]
    OtherMeaning { place: Source },
}

impl EditError {
    /// Returns the next step.
    pub fn help(&self) -> String {
        let Self {
            registry,
            kind,
            by_hand,
        } = self;
        match kind {
            EditErrorKind::Unmanaged { .. } => format!(
                "a plan removes every live rule that the key does not list. Give `{registry}` the whole list, such as \
                 `{by_hand}`, or set `ownership: additive` first"
            ),
            EditErrorKind::Shared { place, .. } => format!(
                "change the list at {} by hand, for all that have it; or give `{registry}` its own: `{by_hand}`",
                shown(place)
            ),
            EditErrorKind::RepeatedBy { place, others, .. } => repeated(place, others, by_hand),
            EditErrorKind::InNetwork { place, .. } => format!(
                "change the network at {} by hand, for all that list it; or give `{registry}` the rest: `{by_hand}`",
                shown(place)
            ),
            EditErrorKind::ListedElsewhere { network, place, .. } => {
                listed_elsewhere(network.as_deref(), place, by_hand)
            }
            EditErrorKind::TooWide { .. } => {
                "give narrower ranges; --override widest-rule allows it".to_owned()
            }
            EditErrorKind::Protected => {
                "--override protect allows it, and `plan` and `apply` will ask for it too".to_owned()
            }
            EditErrorKind::BreaksExpect { .. } => {
                "leave the rules as they are, or change `expect` first".to_owned()
            }
            EditErrorKind::Expired {
                network: Some(network),
                place,
                ..
            } => format!(
                "give it a new day in the network `{network}`, at {}, for all that list it",
                shown(place)
            ),
            EditErrorKind::Expired { .. } => "give it a new day: --expires YYYY-MM-DD".to_owned(),
            EditErrorKind::Repeated { .. } => {
                "write the values out where an alias (`*name`) repeats them, and run the command again"
                    .to_owned()
            }
            EditErrorKind::UnknownName { place, .. } => format!(
                "another file of the spec has the name: add that file to `include` of `{}`, or give the addresses",
                place.file
            ),
            EditErrorKind::Defaults { are_all, .. } => {
                let others = match are_all {
                    true => "",
                    false => "; --except adds the others without them",
                };
                format!(
                    "`ringfence import {by_hand}` prints what they have: add that by hand, with a value of its own for each \
                     key of `defaults` that differs{others}"
                )
            }
            EditErrorKind::NotAdded { .. } => {
                format!("`ringfence import {by_hand}` prints what they have: add that by hand")
            }
            EditErrorKind::NotInList { place } | EditErrorKind::OtherMeaning { place } => {
                format!(
                    "write it by hand for `{registry}`, at {}: `{by_hand}`",
                    shown(place)
                )
            }
        }
    }
}

/// Returns the next step for a list that others repeat. `by_hand` is the list that they have now.
fn repeated(place: &Source, others: &[String], by_hand: &str) -> String {
    let whose = match others {
        [other] => format!("`{other}`"),
        _ => "each of the others".to_owned(),
    };
    format!(
        "change the list at {} by hand, for all that have it; or give {whose} a list of its own, which keeps what it has, and \
         run the command again: `{by_hand}`",
        shown(place)
    )
}

/// Returns the next step for a rule that another entry lists. A network has the information itself, and its list has ranges
/// alone.
fn listed_elsewhere(network: Option<&str>, place: &Source, by_hand: &str) -> String {
    let place = shown(place);
    match network {
        Some(network) => {
            format!(
                "give the network `{network}`, at {place}, {by_hand} beside its `cidrs`, for all that list it"
            )
        }
        None => format!("change {place} by hand, for all that have it: `{by_hand}`"),
    }
}

/// Returns a place as messages show it.
fn shown(place: &Source) -> impl fmt::Display {
    format!("{}:{}", place.file, place.line)
}

/// Returns the end of a message that names registries; empty without any.
fn shared_by(others: &[String]) -> String {
    match named(others) {
        Some(names) => format!(", as {names} too"),
        None => String::new(),
    }
}

/// The same for registries that repeat what another one has.
fn repeated_by(others: &[String]) -> String {
    named(others).map_or(String::new(), |names| format!(" by {names}"))
}

/// Names the first few registries. Returns `None` without any.
fn named(others: &[String]) -> Option<String> {
    let mut names = Vec::new();
    for other in others.iter().take(MOST_NAMED) {
        names.push(format!("`{other}`"));
    }
    if others.len() > MOST_NAMED {
        names.push(format!("{} more", others.len() - MOST_NAMED));
    }
    (!names.is_empty()).then(|| names.join(", "))
}
