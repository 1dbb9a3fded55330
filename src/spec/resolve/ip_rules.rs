//! `ipRules`: each range once, expired ranges apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::PlacedInfo;
use super::scope::FileScope;
use super::values::bad_range;
use crate::model::{Cidr, Rule};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::RawIpRule;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::types::ListedRule;
use crate::spec::yaml::place::At;

/// A wanted range and its place.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRange {
    pub at: At,
    pub cidr: Cidr,
    /// First day on which it is no longer wanted.
    pub expires: Option<jiff::civil::Date>,
}

/// The IP rules of one registry, with names replaced by their ranges.
#[derive(Debug, Default)]
pub(crate) struct ResolvedIpRules {
    pub wanted: Vec<ListedRule>,
    /// The places of `wanted`, in the same order.
    pub ranges: Vec<PlacedRange>,
    /// Ranges that the file lists and whose `expires` day has come.
    pub expired: Vec<ListedRule>,
}

/// Resolves the entries of `ipRules`. Reports invalid entries and leaves them out.
pub(crate) fn ip_rules(
    loading: &mut Loading,
    scope: &FileScope,
    entries: &[Spanned<RawIpRule>],
) -> ResolvedIpRules {
    let mut list = RuleList::default();
    for entry in entries {
        match &entry.value {
            RawIpRule::Text(text) => list.add_text(loading, scope, entry.at, text),
            RawIpRule::Detailed(raw) => {
                let words = [&raw.owner, &raw.reason, &raw.ticket];
                let info = PlacedInfo::read(loading, words, raw.expires.as_ref());
                match raw.cidr.value.parse() {
                    Ok(cidr) => list.add(loading, raw.cidr.at, cidr, None, &info),
                    Err(error) => bad_range(loading, raw.cidr.at, &error),
                }
            }
        }
    }
    list.finish()
}

/// Collects rules and the first place of each range.
#[derive(Default)]
struct RuleList {
    found: ResolvedIpRules,
    first: BTreeMap<Cidr, At>,
}

impl RuleList {
    /// Adds the ranges of a named network, or the one range that the text is.
    fn add_text(&mut self, loading: &mut Loading, scope: &FileScope, at: At, text: &str) {
        if let Some(network) = scope.network(text) {
            // A network counts with all its ranges for each registry that lists it.
            if !loading.spend(at, network.ranges.len()) {
                return;
            }
            let name = Some(&network.name.value);
            for range in &network.ranges {
                self.add(loading, range.at, range.value, name, &network.info);
            }
            return;
        }
        match text.parse() {
            Ok(cidr) => self.add(loading, at, cidr, None, &PlacedInfo::default()),
            Err(error) => scope.report_range(loading, at, text, &error),
        }
    }

    fn add(
        &mut self,
        loading: &mut Loading,
        at: At,
        cidr: Cidr,
        network: Option<&Arc<str>>,
        info: &PlacedInfo,
    ) {
        let wanted = ListedRule {
            rule: Rule::from(cidr),
            source: Some(loading.files.source(at)),
            name: network.cloned(),
            info: info.info.clone(),
        };
        // Expired rules are kept apart: the plan removes them and says why.
        if info.expired(loading.today) {
            warn_expired(loading, info, at);
            self.found.expired.push(wanted);
        } else if let Some(first) = self.first.get(&cidr) {
            warn_duplicate(loading, cidr, at, *first);
        } else {
            self.first.insert(cidr, at);
            self.found.ranges.push(PlacedRange {
                at,
                cidr,
                expires: info.expires(),
            });
            self.found.wanted.push(wanted);
        }
    }

    fn finish(mut self) -> ResolvedIpRules {
        // These stay as long as the run. Ten thousand lists with room to grow would take a half more.
        self.found.wanted.shrink_to_fit();
        // A range that another entry still wants has not expired. An expired range is kept once.
        let mut kept = BTreeSet::new();
        self.found.expired.retain(|expired| {
            let range = expired.rule.cidr();
            range.is_none_or(|range| !self.first.contains_key(&range) && kept.insert(range))
        });
        self.found
    }
}

fn warn_expired(loading: &mut Loading, info: &PlacedInfo, at: At) {
    let Some(day) = info.expires() else { return };
    let at = info.expires_at.unwrap_or(at);
    let message = format!("expired on {day}: the rule is no longer wanted and will be removed");
    let help = "apply the spec, which removes the rule, and then remove the entry; or change the date";
    loading.report(at, DiagnosticCode::Expired, message, help);
}

fn warn_duplicate(loading: &mut Loading, cidr: Cidr, at: At, first: At) {
    let message = format!("`{cidr}` is listed twice");
    let help = "remove one of the two";
    let found = Diagnostic::new(DiagnosticCode::DuplicateRule, message, help);
    loading.report_with(found, at, first, "first listed here");
}
