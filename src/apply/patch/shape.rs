//! The shapes that the PATCH of a registry can have, and which one to try after a refusal.

use crate::azure::ArmError;
use crate::live::{LiveRegistry, SubnetIdKey};
use crate::model::Setting;
use crate::plan::{Deviation, Lists, RegistryPlan, RowPath};

/// The lists that a PATCH carries, and how it spells the id of a new subnet rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The rule lists that it carries.
    pub(crate) lists: Lists,
    /// True for the spelling that the registry does not show.
    other_key: bool,
    /// True without the new rules of subnets that a restore could not check.
    pub(crate) leaves_out: bool,
}

impl Shape {
    /// The recorded shape, which is tried first.
    pub(crate) const RECORDED: Self = Self {
        lists: Lists::Both,
        other_key: false,
        leaves_out: false,
    };

    /// Returns what is being done, for progress.
    pub(crate) fn progress(self) -> &'static str {
        match self {
            Self::RECORDED => "writing the registry",
            Self { leaves_out: true, .. } => {
                "a list was refused: leaving out the rules of subnets that cannot be read"
            }
            Self { other_key: true, .. } => {
                "subnet rule refused or missing: trying the other spelling of its id"
            }
            Self { .. } => "an unchanged list was refused: sending only the list that changes",
        }
    }

    /// Returns the spelling of this registry and its api-version. With `other_key` it is the other one of the two.
    pub(crate) fn key(self, live: &LiveRegistry) -> SubnetIdKey {
        let key = SubnetIdKey::of_new_rule(live);
        if self.other_key { key.other() } else { key }
    }

    /// Returns the same shape with the other spelling, or `None` if that has been tried.
    pub(crate) fn respelled(self) -> Option<Self> {
        (!self.other_key && !self.leaves_out).then_some(Self {
            other_key: true,
            ..self
        })
    }

    /// Returns the shape that avoids the reason of this refusal, if there is one that has not been tried.
    pub(crate) fn after(
        self,
        error: &ArmError,
        plan: &RegistryPlan,
        live: &LiveRegistry,
    ) -> Option<Self> {
        if self.leaves_out {
            return None;
        }
        // A list that does not change can be left out, and with it what Azure refuses in it.
        if self == Self::RECORDED && concerns_unchanged_list(error, plan, live) {
            return Some(Self {
                lists: Lists::ChangedOnly,
                ..self
            });
        }
        // The other spelling is tried with both lists again.
        if spelling_may_differ(error, plan) && !self.other_key {
            return Some(Self {
                other_key: true,
                ..Self::RECORDED
            });
        }
        // Last, the rules that nothing is known of.
        let may_leave_out = plan.changes.without_new(&plan.may_leave_out).is_some();
        (refuses_the_list(error) && may_leave_out).then_some(Self {
            leaves_out: true,
            ..Self::RECORDED
        })
    }
}

/// Returns true if the service does not take what the body asks for. It is not a matter of rights.
fn refuses_the_list(error: &ArmError) -> bool {
    is_validation_error(error) || matches!(error.status(), Some(400 | 501))
}

/// Returns true if the error may come from a list that the body carries only because the other one changes.
fn concerns_unchanged_list(error: &ArmError, plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    for (list, other) in [
        (Setting::VirtualNetworkRules, Setting::IpRules),
        (Setting::IpRules, Setting::VirtualNetworkRules),
    ] {
        let rules = live.settings.rules(list).unwrap_or_default();
        if rules.is_empty() || plan.change(list).is_some() || plan.change(other).is_none() {
            continue;
        }
        // Rights and validation errors are about subnets. Any other 400 may be about either list.
        let about_subnets = error.may_not_join_subnet() || is_validation_error(error);
        return if about_subnets {
            list == Setting::VirtualNetworkRules
        } else {
            error.status() == Some(400)
        };
    }
    false
}

/// Returns true if the service names a subnet that a rule cannot rest on.
pub(crate) fn is_validation_error(error: &ArmError) -> bool {
    error.code() == "NetworkRuleValidationError"
}

/// Returns true if the plan adds a subnet rule.
pub(crate) fn adds_subnets(plan: &RegistryPlan) -> bool {
    !plan.changes.added(Setting::VirtualNetworkRules).is_empty()
}

/// Returns true if the error may come from the spelling of a subnet id. Which of the two spellings a version takes on
/// write is disputed (Azure/azure-cli#33685). A validation error names the subnet, so there the spelling was understood. 501
/// is the answer of a service that does not know the key.
fn spelling_may_differ(error: &ArmError, plan: &RegistryPlan) -> bool {
    let not_understood = matches!(error.status(), Some(400 | 501));
    adds_subnets(plan) && not_understood && !is_validation_error(error)
}

/// Returns true if a subnet rule was accepted and is missing, as an unknown spelling would end.
pub(crate) fn lost_a_subnet(deviations: &[Deviation], plan: &RegistryPlan) -> bool {
    adds_subnets(plan)
        && deviations.iter().any(|deviation| {
            deviation.path == RowPath::Setting(Setting::VirtualNetworkRules)
                && deviation.lacks_added_rule()
        })
}
