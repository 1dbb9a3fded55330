//! The growth of a list of rules by a change.

use std::collections::BTreeSet;

use crate::live::types::LiveRegistry;
use crate::model::{Rule, RuleTarget, SURE_RULES, Setting};
use crate::spec::{RegistrySpec, UnlistedRule};

/// Growth of one list: the spec's rules compared with the live ones.
pub(crate) struct ListGrowth<'a> {
    /// Rules of the spec, in its order.
    pub(crate) wanted: Vec<&'a Rule>,
    /// Wanted rules that the registry lacks.
    pub(crate) added: BTreeSet<&'a Rule>,
    /// Number of rules before the change.
    before: usize,
    /// Rules after the change.
    pub(crate) after: BTreeSet<&'a Rule>,
}

impl ListGrowth<'_> {
    /// Returns true if the list is not as the spec wants it.
    pub(crate) fn changes(&self) -> bool {
        !self.added.is_empty() || self.after.len() != self.before
    }

    /// Returns the number of rules after the change if the list grows past what every registry takes.
    pub(crate) fn past_sure_quota(&self) -> Option<u64> {
        let after = self.after.len();
        (after > self.before.max(SURE_RULES)).then_some(after as u64)
    }
}

/// Compares a list. Returns `None` if the spec does not manage it, or if the api-version does not show it.
pub(crate) fn compare<'a>(
    spec: &'a RegistrySpec,
    live: &'a LiveRegistry,
    list: Setting,
) -> Option<ListGrowth<'a>> {
    let listed = spec.settings.rules(list)?;
    let wanted: Vec<&Rule> = listed.iter().map(|listed| &listed.rule).collect();
    let mut added: BTreeSet<&Rule> = wanted.iter().copied().collect();
    let mut after = added.clone();
    let shown = live.settings.rules(list)?;
    let before = shown.iter().collect::<BTreeSet<_>>().len();
    for rule in shown {
        // A rule that is there already is not added.
        added.remove(rule);
        // An unparsed rule always stays.
        let unparsed = matches!(rule.target(), RuleTarget::Unparsed(_));
        if unparsed || spec.unlisted(rule) != UnlistedRule::Remove {
            after.insert(rule);
        }
    }
    Some(ListGrowth {
        wanted,
        added,
        before,
        after,
    })
}
