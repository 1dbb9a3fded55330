//! Guards: what a plan may not do unless the caller says so.

mod expect;
mod fail_on;
mod own_address;
mod removals;

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fail_on::FailOn;
pub use own_address::OwnAddress;

pub(crate) use expect::broken as broken_expectations;

use super::{AccessChange, Basis, Change, Policy, Refusal, RegistryPlan, Setting, access};
use crate::model::{Access, Cidr};
use crate::spec::RegistrySpec;

/// A guard, by the name that `--override` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// More rules go out than the guardrails allow.
    Removals,
    /// The registry would be left under `Deny` without a single rule.
    LastRule,
    /// A new rule is wider than the guardrails allow.
    WidestRule,
    /// An expectation of the spec does not hold in the wanted state.
    Expect,
    /// An address that is to be protected would lose access, or may.
    OwnAddress,
}

impl Guard {
    /// Every guard, for help texts.
    pub const ALL: [Self; 5] = [
        Self::Removals,
        Self::LastRule,
        Self::WidestRule,
        Self::Expect,
        Self::OwnAddress,
    ];

    /// The name that `--override` takes; also the refusal's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removals => "removals",
            Self::LastRule => "last-rule",
            Self::WidestRule => "widest-rule",
            Self::Expect => "expect",
            Self::OwnAddress => "own-address",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the caller said about guards. A plan keeps it, so that whoever applies the plan later holds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Guards {
    /// Guards that were switched off.
    pub overrides: BTreeSet<Guard>,
    /// Kinds of change that were refused, whatever the spec says.
    pub fail_on: BTreeSet<FailOn>,
    /// Addresses and ranges that must not lose access, those that the registries named included.
    #[schemars(with = "BTreeSet<String>")]
    pub protect: BTreeSet<Cidr>,
    /// Whether the registries were asked for the address of the machine that planned.
    pub probed: bool,
}

/// A change, and what is there before and after it.
struct Case<'a> {
    plan: &'a RegistryPlan,
    /// What is there before.
    basis: &'a Basis,
    before: &'a Access,
    after: &'a Access,
    access: &'a AccessChange,
}

impl Case<'_> {
    fn change(&self, path: Setting) -> Option<&Change> {
        self.plan.change(path)
    }
}

/// Every guard that this plan breaks and that is not overridden.
pub(crate) fn refusals(
    wanted: &RegistrySpec,
    plan: &RegistryPlan,
    before: &Access,
    after: &Access,
    policy: &Policy,
) -> Vec<Refusal> {
    let (basis, access) = (&plan.basis, &plan.access);
    let case = Case {
        plan,
        basis,
        before,
        after,
        access,
    };
    let guards = policy.guards();
    let mut refusals = of_the_change(&case, &guards);
    if let Some(own) = &policy.own {
        refusals.extend(own_address::unknown(&case, own));
    }
    refusals.extend(expect::refusals(wanted, after));
    without(refusals, &guards)
}

/// The guards that need neither the spec nor the machine that planned, for a plan that comes back: on its own basis,
/// or on what the registry shows now.
pub fn judge(plan: &RegistryPlan, basis: &Basis, guards: &Guards) -> Vec<Refusal> {
    let before = access::of(basis);
    let after = access::after(&before, &plan.changes);
    let case = Case {
        plan,
        basis,
        access: &access::compare(&before, &after, &plan.changes),
        before: &before,
        after: &after,
    };
    without(of_the_change(&case, guards), guards)
}

fn of_the_change(case: &Case<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = removals::refusals(case);
    refusals.extend(own_address::lost(case, &guards.protect));
    refusals.extend(fail_on::refusals(case, &guards.fail_on));
    refusals
}

fn without(mut refusals: Vec<Refusal>, guards: &Guards) -> Vec<Refusal> {
    refusals.retain(|refusal| guards.overrides.iter().all(|guard| guard.name() != refusal.code));
    refusals
}

fn refusal(guard: Guard, message: String, measured: String, limit: String) -> Refusal {
    Refusal {
        code: guard.name().into(),
        message,
        measured: Some(measured),
        limit: Some(limit),
        override_flag: Some(format!("--override {guard}")),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::RegistryPlan;
    use crate::live::{Reading, parse};
    use crate::plan::{Policy, plan_registry};
    use crate::spec::{RegistrySpec, Sourced, WantedIp};

    /// The plan from a registry under `Deny` with these IP rules to those.
    pub(crate) fn planned(live: &[&str], wanted: &[&str], policy: &Policy) -> RegistryPlan {
        let rules: Vec<Value> = live.iter().map(|ip| json!({ "value": ip })).collect();
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "l",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []}},
        });
        let registry = parse::registry("v", body).unwrap();
        let wanted_ip = |ip: &&str| WantedIp {
            cidr: ip.parse().unwrap(),
            source: None,
            network: None,
            info: None,
        };
        let spec = RegistrySpec {
            ip_rules: Some(Sourced::unsourced(wanted.iter().map(wanted_ip).collect())),
            ..RegistrySpec::unmanaged(registry.id.clone())
        };
        let reading = Reading::of(registry);
        plan_registry(&spec, &reading, policy)
    }
}
