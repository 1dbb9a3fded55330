//! Entries of a spec: a named network with all its ranges, or a range of its own.

use std::collections::BTreeMap;

use crate::posture::subject::Subject;
use crate::spec::ListedRule;

/// Returns the entries for the IP rules of a list, each with its first rule, by what messages call them.
pub(super) fn entries(rules: &[ListedRule]) -> BTreeMap<String, &ListedRule> {
    let mut entries = BTreeMap::new();
    for listed in rules {
        // Subnets have neither owner nor end.
        if listed.rule.cidr().is_some() {
            entries.entry(called(listed)).or_insert(listed);
        }
    }
    entries
}

/// Returns the name of the network, or the range.
fn called(listed: &ListedRule) -> String {
    match &listed.name {
        Some(name) => format!("`{name}`"),
        None => format!("`{}`", listed.rule),
    }
}

/// Returns the IP rules that a spec lists.
pub(super) fn listed<'a>(subject: &Subject<'a>) -> &'a [ListedRule] {
    let spec = subject.spec;
    let rules = spec.and_then(|spec| spec.settings.rules(crate::model::Setting::IpRules));
    rules.unwrap_or_default()
}
