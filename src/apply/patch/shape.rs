//! Which of its possible shapes the PATCH of a registry has.

use crate::azure::ArmError;
use crate::live::{LiveRegistry, SubnetKey, SubnetRules};
use crate::plan::{Deviation, Lists, RegistryPlan, Setting};

/// The lists that a PATCH carries, and how it spells the id of a new subnet rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) lists: Lists,
    other_key: bool,
}

impl Shape {
    /// The shape that is recorded.
    pub(crate) const RECORDED: Self = Self {
        lists: Lists::Both,
        other_key: false,
    };

    /// What is being done, for progress.
    pub(crate) fn say(self) -> &'static str {
        match self {
            Self::RECORDED => "writing the registry",
            Self { other_key: true, .. } => {
                "refused or not there: trying the other spelling of the subnet id"
            }
            Self { .. } => "may not join an unchanged subnet: sending the IP rules alone",
        }
    }

    /// The spelling that this api-version shows; the new one where it shows no rule. Or else the other one.
    pub(crate) fn key(self, live: &LiveRegistry) -> SubnetKey {
        let shown = match &live.subnet_rules {
            SubnetRules::Shown(rules) => rules.first().map(|rule| rule.key),
            SubnetRules::Hidden | SubnetRules::Unsupported => None,
        }
        .unwrap_or(SubnetKey::VirtualNetworkSubnetResourceId);
        if self.other_key { shown.other() } else { shown }
    }

    /// With the other spelling, where that has not been tried.
    pub(crate) fn respelled(self) -> Option<Self> {
        (!self.other_key).then_some(Self {
            other_key: true,
            ..self
        })
    }

    /// The shape that avoids the reason of this refusal.
    pub(crate) fn after(
        self,
        error: &ArmError,
        plan: &RegistryPlan,
        live: &LiveRegistry,
    ) -> Option<Self> {
        if spelling_may_differ(error, plan) {
            return self.respelled();
        }
        let without = Self {
            lists: Lists::ChangedOnly,
            ..self
        };
        (may_not_join(error) && sends_unchanged_subnets(plan, live) && self != without)
            .then_some(without)
    }
}

/// Every subnet of a list that is sent is checked with the caller's rights, unchanged ones too
/// (Azure/azure-cli#14596).
fn may_not_join(error: &ArmError) -> bool {
    let message = error.message().to_ascii_lowercase();
    let joins = message.contains("joinviaserviceendpoint") || message.contains("join/action");
    error.is_forbidden() && (joins || error.code().eq_ignore_ascii_case("LinkedAuthorizationFailed"))
}

/// Whether the body carries subnets only because the IP rules change.
fn sends_unchanged_subnets(plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    let listed = matches!(&live.subnet_rules, SubnetRules::Shown(rules) if !rules.is_empty());
    listed
        && plan.change(Setting::IpRules).is_some()
        && plan.change(Setting::VirtualNetworkRules).is_none()
}

fn adds_subnets(plan: &RegistryPlan) -> bool {
    plan.change(Setting::VirtualNetworkRules)
        .is_some_and(|change| !change.add.is_empty())
}

/// Which of the two spellings of a subnet id a version takes on write is disputed (Azure/azure-cli#33685). A
/// validation error names the subnet, so there the spelling was understood.
fn spelling_may_differ(error: &ArmError, plan: &RegistryPlan) -> bool {
    adds_subnets(plan) && error.status() == Some(400) && error.code() != "NetworkRuleValidationError"
}

/// Whether a subnet rule was accepted and is not there, as an unknown spelling would end.
pub(crate) fn lost_a_subnet(deviations: &[Deviation], plan: &RegistryPlan) -> bool {
    adds_subnets(plan)
        && deviations
            .iter()
            .any(|d| d.path == Setting::VirtualNetworkRules && d.lacks_added_rule())
}
