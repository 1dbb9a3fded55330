//! Patterns that choose registries of a spec.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

use crate::model::RegistryId;

/// A name, a glob or a resource id. Names and ids are compared without case, as Azure does.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

/// A text that is not a glob.
#[derive(Debug, thiserror::Error)]
#[error("expected a name, a glob such as `prod*`, or the id of a registry")]
pub(crate) struct PatternError;

/// The meaning of case in a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// Makes a glob in which `*` may stand for several parts of an id.
pub(super) fn glob(text: &str, case: Case) -> Result<GlobMatcher, PatternError> {
    let glob = GlobBuilder::new(text)
        .case_insensitive(case == Case::Ignored)
        .literal_separator(false)
        .build();
    Ok(glob.map_err(|_| PatternError)?.compile_matcher())
}

impl Pattern {
    /// Returns true if the pattern fits the registry's name, or its id if the pattern has a slash.
    pub(crate) fn fits(&self, id: &RegistryId) -> bool {
        if self.text.contains('/') {
            self.matcher.is_match(id.as_str())
        } else {
            self.matcher.is_match(id.name())
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError);
        }
        Ok(Self {
            text: text.to_owned(),
            matcher: glob(text, Case::Ignored)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names_globs_and_ids() {
        let id = RegistryId::new("s1", "prod-rg", "ContosoProd").unwrap();
        for (text, fits) in [
            ("contosoprod", true),
            ("contoso", false),
            ("contoso*", true),
            ("contoso{dev,prod}", true),
            ("*dev", false),
            (id.as_str(), true),
            ("*/resourcegroups/prod-*/*", true),
            ("*/resourceGroups/dev-*/*", false),
        ] {
            let pattern: Pattern = text.parse().unwrap();
            assert_eq!(pattern.fits(&id), fits, "{text}");
        }
        for bad in ["", "a[", "{a"] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }
}
