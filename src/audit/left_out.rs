//! What drift does not look at: it is counted, so that silence does not read as "in sync".

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Rule, RuleTarget, Setting, is_zero};
use crate::plan::RegistryPlan;
use crate::spec::Ownership;

/// Live rules and settings of one registry that drift leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Live rules that `ignore` leaves to others.
    #[serde(skip_serializing_if = "is_zero")]
    pub ignored: usize,
    /// Rules, public access and default actions that stay as an `open` or `with-access` has set them, until it is closed.
    #[serde(skip_serializing_if = "is_zero")]
    pub leased: usize,
    /// Live rules that the spec does not list and that `ownership: additive` keeps.
    #[serde(skip_serializing_if = "is_zero")]
    pub kept: usize,
    /// Settings that the registry shows and the spec does not manage.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<Setting>,
}

/// The note of a plan about a setting that stays as a lease has set it.
const LEASED_ACCESS: &str = "leased-access";

impl LeftOut {
    /// Returns what the plan of a registry leaves alone.
    pub(super) fn of(registry: &RegistryPlan) -> Self {
        let mut left = Self {
            leased: registry
                .notes
                .iter()
                .filter(|note| note.code == LEASED_ACCESS)
                .count(),
            ..Self::default()
        };
        for setting in Setting::ALL.iter().copied() {
            let managed = registry.managed.contains(&setting);
            if !managed && registry.basis.settings.get(setting).is_some() {
                left.unmanaged.push(setting);
            }
            if !managed || !setting.is_list() {
                continue;
            }
            for rule in registry.basis.settings.rules(setting).unwrap_or_default() {
                let leased = registry.leased.contains(rule);
                left.leased += usize::from(leased);
                left.ignored += usize::from(!leased && registry.ignores(rule));
                left.kept += usize::from(is_kept(registry, setting, rule));
            }
        }
        left
    }
}

/// Returns true for a rule of others in a list that the spec shares with them.
fn is_kept(registry: &RegistryPlan, list: Setting, rule: &Rule) -> bool {
    let removed = registry.changes.removed(list);
    registry.ownership == Ownership::Additive
        && !matches!(rule.target(), RuleTarget::Unparsed(_))
        && !registry.ignores(rule)
        && !registry.listed.contains(rule)
        && !removed.iter().any(|listed| listed.rule == *rule)
}
