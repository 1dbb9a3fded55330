//! Selectors: the ways to choose registries of a spec.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use globset::GlobMatcher;
use serde_json::{Map, Value};

use super::pattern::{Case, Pattern, glob};
use crate::model::{Mode, RegistryId};

/// The revision of `changed` alone: the last commit.
const LAST_COMMIT: &str = "HEAD";

/// One way to choose registries, as the command line has it.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    kind: SelectorKind,
}

#[derive(Clone, Debug)]
enum SelectorKind {
    Registry(Pattern),
    Subscription(GlobMatcher),
    Group(GlobMatcher),
    /// Has the tag, with a value that fits if one is given.
    Tag {
        name: String,
        value: Option<GlobMatcher>,
    },
    /// Is in the access mode with this name now.
    Mode(&'static str),
    /// Differs from this revision of the spec.
    ChangedSince(String),
    /// Is one of those that differ from the revision.
    Changed(Arc<BTreeSet<RegistryId>>),
}

/// Live state of a registry that a selector can depend on.
#[derive(Clone, Debug)]
pub struct LiveFacts {
    pub tags: Map<String, Value>,
    /// The name of the access mode.
    pub mode: &'static str,
}

/// A text that is not a selector.
#[derive(Debug, thiserror::Error)]
pub enum SelectorError {
    #[error(
        "expected a name, a glob such as `prod*`, the id of a registry, or one of subscription:ID, group:NAME, \
         tag:NAME=VALUE, mode:MODE, changed:REVISION"
    )]
    Form,
    #[error("expected one of the modes {}", modes().join(", "))]
    Mode,
}

impl Selector {
    /// Returns true if the selector fits the registry, or `None` if that depends on its live state and `live` is not known.
    pub fn fits(&self, id: &RegistryId, live: Option<&LiveFacts>) -> Option<bool> {
        Some(match &self.kind {
            SelectorKind::Registry(pattern) => pattern.fits(id),
            SelectorKind::Subscription(glob) => glob.is_match(id.subscription()),
            SelectorKind::Group(glob) => glob.is_match(id.resource_group()),
            SelectorKind::Tag { name, value } => has_tag(&live?.tags, name, value.as_ref()),
            SelectorKind::Mode(mode) => live?.mode == *mode,
            // The spec has not been compared with the revision yet.
            SelectorKind::ChangedSince(_) => return None,
            SelectorKind::Changed(ids) => ids.contains(id),
        })
    }

    /// Returns true if the selector depends on live state.
    pub fn is_live(&self) -> bool {
        matches!(self.kind, SelectorKind::Tag { .. } | SelectorKind::Mode(_))
    }

    /// Returns true if a selector that fits no registry has a mistake. No registry may be open, or changed.
    pub fn must_fit(&self) -> bool {
        match self.kind {
            SelectorKind::Registry(_)
            | SelectorKind::Subscription(_)
            | SelectorKind::Group(_)
            | SelectorKind::Tag { .. } => true,
            SelectorKind::Mode(_) | SelectorKind::ChangedSince(_) | SelectorKind::Changed(_) => false,
        }
    }

    /// Returns the revision that the spec is to be compared with.
    pub fn revision(&self) -> Option<&str> {
        match &self.kind {
            SelectorKind::ChangedSince(revision) => Some(revision),
            _ => None,
        }
    }

    /// Returns the selector of the registries that differ from its revision.
    #[must_use]
    pub fn with_changed(&self, ids: BTreeSet<RegistryId>) -> Self {
        Self {
            text: self.text.clone(),
            kind: SelectorKind::Changed(Arc::new(ids)),
        }
    }

    /// Returns the word of a selector that fits none of these registries, and those that it may misspell, each once.
    pub fn meant_among<'a>(&'a self, ids: &[&'a RegistryId]) -> (&'a str, Vec<&'a str>) {
        let word = match self.kind {
            SelectorKind::Subscription(_) | SelectorKind::Group(_) => {
                self.text.split_once(':').map_or(&*self.text, |(_, word)| word)
            }
            _ => &self.text,
        };
        let known: BTreeSet<&str> = ids
            .iter()
            .map(|id| match self.kind {
                SelectorKind::Subscription(_) => id.subscription(),
                SelectorKind::Group(_) => id.resource_group(),
                _ => id.name(),
            })
            .collect();
        (word, known.into_iter().collect())
    }

    /// Returns the text of the selector.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Returns true if the tags have this one. Azure compares names of tags without case, and values with it (docs:
/// tag-resources).
fn has_tag(tags: &Map<String, Value>, name: &str, value: Option<&GlobMatcher>) -> bool {
    for (key, found) in tags {
        if key.eq_ignore_ascii_case(name) {
            return value.is_none_or(|glob| glob.is_match(found.as_str().unwrap_or_default()));
        }
    }
    false
}

/// Returns the names of the access modes, as one word each.
fn modes() -> Vec<String> {
    let mut words = Vec::new();
    for name in Mode::NAMES {
        words.push(name.replace(' ', "-"));
    }
    words
}

fn mode(word: &str) -> Result<SelectorKind, SelectorError> {
    for name in Mode::NAMES {
        if name.replace(' ', "-").eq_ignore_ascii_case(word) {
            return Ok(SelectorKind::Mode(name));
        }
    }
    Err(SelectorError::Mode)
}

fn tag(text: &str) -> Result<SelectorKind, SelectorError> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(SelectorError::Form);
    }
    let value = value.map(|value| glob(value, Case::Counts)).transpose();
    Ok(SelectorKind::Tag {
        name: name.to_owned(),
        value: value.map_err(|_| SelectorError::Form)?,
    })
}

/// Returns the glob of a subscription or group, which cannot be empty.
fn segment(text: &str) -> Result<GlobMatcher, SelectorError> {
    match glob(text, Case::Ignored) {
        Ok(glob) if !text.is_empty() => Ok(glob),
        _ => Err(SelectorError::Form),
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        // Names and ids of registries have no colon.
        let kind = match text.split_once(':') {
            None if text == "changed" => SelectorKind::ChangedSince(LAST_COMMIT.to_owned()),
            None => SelectorKind::Registry(text.parse().map_err(|_| SelectorError::Form)?),
            Some(("subscription", id)) => SelectorKind::Subscription(segment(id)?),
            Some(("group", name)) => SelectorKind::Group(segment(name)?),
            Some(("tag", tagged)) => tag(tagged)?,
            Some(("mode", word)) => mode(word)?,
            Some(("changed", revision)) if !revision.is_empty() => {
                SelectorKind::ChangedSince(revision.to_owned())
            }
            Some(_) => return Err(SelectorError::Form),
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Selector {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(text: &str, live: Option<&LiveFacts>) -> Option<bool> {
        let id = RegistryId::new("00aB", "prod-rg", "contoso").unwrap();
        text.parse::<Selector>().unwrap().fits(&id, live)
    }

    #[test]
    fn selectors_of_the_id_need_no_live_state() {
        for (text, expected) in [
            ("contoso", true),
            ("subscription:00AB", true),
            ("subscription:00ac", false),
            ("group:PROD-*", true),
            ("group:prod", false),
        ] {
            assert_eq!(fits(text, None), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_of_tags_ignore_case_and_values_do_not() {
        let tags = Map::from_iter([("Env".to_owned(), json!("Prod-1"))]);
        let live = LiveFacts {
            tags,
            mode: "selected networks",
        };
        for (text, expected) in [
            ("tag:env", true),
            ("tag:env=Prod-1", true),
            ("tag:ENV=Prod*", true),
            ("tag:env=prod*", false),
            ("tag:env=", false),
            ("tag:team", false),
            ("mode:selected-networks", true),
            ("mode:open", false),
        ] {
            assert_eq!(fits(text, None), None, "{text}");
            assert_eq!(fits(text, Some(&live)), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_of_another_form_is_refused() {
        for text in [
            "",
            "a[",
            "tag:",
            "tag:=x",
            "tag:a=[",
            "mode:",
            "mode:closed-off",
            "group:",
            "changed:",
            "owner:me",
        ] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn changed_means_since_the_last_commit() {
        for (text, revision) in [("changed", "HEAD"), ("changed:origin/main", "origin/main")] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector.revision(), Some(revision));
            let id = RegistryId::new("s", "g", "alpha").unwrap();
            let known = selector.with_changed(BTreeSet::from([id.clone()]));
            assert_eq!((known.fits(&id, None), known.revision()), (Some(true), None));
        }
    }
}
