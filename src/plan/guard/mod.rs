//! Guards: changes that a plan may not make unless the caller says so.

mod case;
mod drift;
mod expect;
mod expected_subnets;
mod fail_on;
mod left_out;
mod only_change;
mod own_address;
mod protect;
mod removals;

pub(crate) use expect::{JudgedAccess, broken as broken_expectations};
pub(crate) use expected_subnets::ExpectedSubnets;
pub(crate) use left_out::refusals as left_out;

use super::{Basis, FailOn, Guard, Guards, Policy, Refusal, RegistryPlan, access};
use crate::model::Access;
use crate::spec::RegistrySpec;
use case::GuardCase;

/// One check of a guard: it returns the refusals that the change gives.
type GuardCheck = fn(&GuardCase<'_>, &Guards) -> Vec<Refusal>;

/// The guards that need neither the spec nor the machine that planned.
const CHECKS: [(Guard, GuardCheck); 7] = [
    (Guard::Removals, removals::too_many),
    (Guard::Removals, removals::too_large_a_part),
    (Guard::LastRule, removals::last_rule),
    (Guard::WidestRule, removals::widest_rule),
    (Guard::OwnAddress, own_address::lost),
    (Guard::Protect, protect::changed),
    (Guard::OnlyChange, only_change::others),
];

/// Returns a refusal for every guard that this plan breaks and that is not overridden. `expected` are the subnets of the
/// spec's expectations.
pub(crate) fn refusals(
    wanted: &RegistrySpec,
    plan: &RegistryPlan,
    before: &Access,
    after: &Access,
    expected: &ExpectedSubnets,
    policy: &Policy,
) -> Vec<Refusal> {
    let case = GuardCase {
        plan,
        basis: &plan.basis,
        before,
        after,
        access: &plan.access,
    };
    let guards = policy.guards();
    let mut refusals = of_the_change(&case, &guards);
    // These three need the answers of the registries, the spec, or the records of earlier runs.
    if let Some(own) = &policy.own
        && !guards.overrides.contains(&Guard::OwnAddress)
    {
        refusals.extend(own_address::unknown(&case, own));
    }
    if !guards.overrides.contains(&Guard::Expect) {
        let lasting = access::lasting_sides(plan, &plan.basis).map(|(_, after)| after);
        let judged = JudgedAccess::new(expected, after, lasting.as_ref(), &plan.leases);
        refusals.extend(expect::refusals(wanted, &judged));
    }
    if guards.fail_on.contains(&FailOn::Drift) {
        refusals.extend(drift::drifted(wanted, plan, &policy.left));
    }
    refusals
}

/// Judges a plan again that was saved, on its own basis or on what the registry shows now. Only the guards are asked that
/// need neither the spec nor the machine that planned.
pub fn judge(plan: &RegistryPlan, basis: &Basis, guards: &Guards) -> Vec<Refusal> {
    // The basis may be newer than the plan, so both sides are worked out again.
    let (before, after) = access::sides(basis, &plan.changes, &plan.switched);
    let case = GuardCase {
        plan,
        basis,
        access: &access::compare(&before, &after, &plan.changes),
        before: &before,
        after: &after,
    };
    of_the_change(&case, guards)
}

fn of_the_change(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    // An overridden guard is not asked at all.
    for (guard, check) in CHECKS {
        if !guards.overrides.contains(&guard) {
            refusals.extend(check(case, guards));
        }
    }
    refusals.extend(fail_on::refusals(case, guards));
    refusals
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::RegistryPlan;
    use crate::live::{Reading, parse};
    use crate::model::{Rule, Setting};
    use crate::plan::{Policy, plan_registry};
    use crate::spec::{ListedRule, RegistrySpec};

    /// The plan from a registry under `Deny` with these IP rules to those.
    pub(crate) fn planned(live: &[&str], wanted: &[&str], policy: &Policy) -> RegistryPlan {
        let rules: Vec<Value> = live.iter().map(|ip| json!({ "value": ip })).collect();
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "l", "publicNetworkAccess": "Enabled",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []}},
        });
        let registry = parse::registry("v", body).unwrap();
        let mut spec = RegistrySpec::unmanaged(registry.id.clone());
        let rules: Vec<ListedRule> = wanted.iter().map(|ip| Rule::parse(ip).into()).collect();
        spec.settings.want_unsourced(Setting::IpRules, rules);
        let reading = Reading::of(registry);
        plan_registry(&spec, &reading, policy)
    }
}
