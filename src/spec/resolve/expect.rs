//! Resolves `expect`: cases with their clients become one expectation for each client.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scope::{FileScope, ResolvedEntry};
use crate::model::Client;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::raw::{RawCase, RawExpect};
use crate::spec::types::{ExpectCase, Expectation};
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// The expectations of a registry, and their places in the same order.
#[derive(Default)]
pub(crate) struct ResolvedExpect {
    pub expectations: Vec<Expectation>,
    pub places: Vec<At>,
}

/// Resolves the value of `expect`.
pub(crate) fn expectations(
    loading: &mut Loading,
    scope: &FileScope,
    raw: Option<&RawExpect>,
) -> ResolvedExpect {
    let mut resolved = ResolvedExpect::default();
    match raw {
        None => {}
        Some(RawExpect::Detailed(raw)) => resolved.add(loading, scope, None, [&raw.allow, &raw.deny]),
        Some(RawExpect::Cases(cases)) => {
            check_names(loading, cases);
            for raw in cases {
                let case = ExpectCase {
                    name: raw.name.value.as_str().into(),
                    reason: raw.reason.as_deref().map(Arc::from),
                };
                resolved.add(loading, scope, Some(&Arc::new(case)), [&raw.allow, &raw.deny]);
            }
        }
    }
    resolved
}

impl ResolvedExpect {
    /// Adds the clients of one case: those to allow, and those to deny. A network of several ranges becomes several
    /// expectations.
    fn add(
        &mut self,
        loading: &mut Loading,
        scope: &FileScope,
        case: Option<&Arc<ExpectCase>>,
        [allow, deny]: [&[Spanned<String>]; 2],
    ) {
        for (allowed, entries) in [(true, allow), (false, deny)] {
            for entry in entries {
                // Messages show the text of the file, not the ranges behind a name.
                let written: Arc<str> = entry.value.as_str().into();
                for client in clients(loading, scope, entry) {
                    self.expectations.push(Expectation {
                        client,
                        allowed,
                        written: written.clone(),
                        case: case.cloned(),
                        source: Some(loading.files.source(entry.at)),
                    });
                    self.places.push(entry.at);
                }
            }
        }
    }
}

fn clients(loading: &mut Loading, scope: &FileScope, entry: &Spanned<String>) -> Vec<Client> {
    match scope.entry(loading, entry) {
        Some(ResolvedEntry::Ranges(ranges)) => ranges.into_iter().map(Client::Address).collect(),
        Some(ResolvedEntry::Subnet(id)) => vec![Client::Subnet(id)],
        None => Vec::new(),
    }
}

/// Reports a case without a name, and a name that two cases have: a finding would not tell which one is meant.
fn check_names(loading: &mut Loading, cases: &[RawCase]) {
    let mut seen: BTreeMap<&str, At> = BTreeMap::new();
    for RawCase { name, .. } in cases {
        if name.value.trim().is_empty() {
            let message = "the name of a case of `expect` is empty";
            let help = "say what must hold, such as `name: CI gets in`";
            loading.report(name.at, DiagnosticCode::BadName, message, help);
            continue;
        }
        let Some(first) = seen.get(name.value.as_str()) else {
            seen.insert(&name.value, name.at);
            continue;
        };
        let message = format!("two cases of `expect` have the name `{}`", short(&name.value));
        let help = "rename one of the two";
        let found = Diagnostic::new(DiagnosticCode::NameConflict, message, help);
        loading.report_with(found, name.at, *first, "the other case");
    }
}
