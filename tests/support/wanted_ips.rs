//! Wanted IP rules.

use ringfence::model::Rule;
use ringfence::spec::ListedRule;

/// Wanted IP rules, without a source.
pub(crate) fn wanted_ips(cidrs: &[&str]) -> Vec<ListedRule> {
    cidrs.iter().map(|text| Rule::parse(text).into()).collect()
}
