//! Rules about the settings of the registry. Most are notes: they stop other clients, or other work.

use super::cross_check::public_access_disabled;
use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{
    BUSY, LC7, N7, N8, NX2, NX8, S1, S2, S3, S4, S6, S7, S15, S16, S17, S23, THROTTLED,
};
use crate::doctor::delegation::unsupported;
use crate::doctor::facts::{LookupOutcome, Observations, PrivateEndpoints, RegistryView};
use crate::explain::Facts;
use crate::live::{LiveSubnet, PresentSubnet, Reading};
use crate::model::{Access, FailureKind, Mode, Rule, Setting, SubnetId, shell_word};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: N7,
        find: unreadable,
        steps: &[],
    },
    CauseRule {
        cause: THROTTLED,
        find: throttled,
        steps: &[],
    },
    CauseRule {
        cause: BUSY,
        find: busy,
        steps: &[],
    },
    CauseRule {
        cause: N8,
        find: changes_are_forbidden,
        steps: &[],
    },
    CauseRule {
        cause: LC7,
        find: abac_mode,
        steps: &[],
    },
    CauseRule {
        cause: S3,
        find: without_rules,
        steps: &[],
    },
    CauseRule {
        cause: S17,
        find: dormant_rules,
        steps: &[],
    },
    CauseRule {
        cause: S16,
        find: unparsable_rules,
        steps: &[],
    },
    CauseRule {
        cause: S23,
        find: hidden_subnet_rules,
        steps: &[],
    },
    CauseRule {
        cause: S1,
        find: full,
        steps: &[],
    },
    CauseRule {
        cause: S15,
        find: subnet_without_endpoint,
        steps: &[],
    },
    CauseRule {
        cause: S6,
        find: delegated_subnet,
        steps: &[],
    },
    CauseRule {
        cause: NX8,
        find: unregistered,
        steps: &[],
    },
    CauseRule {
        cause: S7,
        find: cloud_without_endpoints,
        steps: &[],
    },
    CauseRule {
        cause: S2,
        find: private_endpoints_and_subnets,
        steps: &[],
    },
    CauseRule {
        cause: NX2,
        find: private_endpoints_and_addresses,
        steps: &[],
    },
    CauseRule {
        cause: S4,
        find: subnet_rules,
        steps: &[],
    },
];

/// The code of ARM for a subscription without the provider (wire: 409).
const UNREGISTERED: &str = "MissingSubscriptionRegistration";

/// Finds a registry that exists and that the account may not see.
fn unreadable(facts: &Observations) -> Option<Evidence> {
    let RegistryView::Unread(failure) = &facts.registry else {
        return None;
    };
    let lookup = facts
        .login_server
        .as_ref()
        .map(|endpoint| &endpoint.lookup.outcome);
    let refused = match failure.kind {
        FailureKind::Forbidden => true,
        FailureKind::NotFound => lookup == Some(&LookupOutcome::Answered),
        _ => false,
    };
    let mut found = Evidence::note().fact("Azure", &failure.message);
    if facts.name_is_free == Some(false) {
        found = found.fact(
            "name check",
            "a registry has the name, which this account does not see",
        );
    }
    refused.then_some(found)
}

/// Finds that Azure Resource Manager asked to slow down.
fn throttled(facts: &Observations) -> Option<Evidence> {
    let RegistryView::Unread(failure) = &facts.registry else {
        return None;
    };
    let mut found = Evidence::note().fact("Azure", &failure.message);
    if let Some(help) = &failure.help {
        found = found.remedy(help.clone()).only_these();
    }
    (failure.kind == FailureKind::Throttled).then_some(found)
}

fn busy(facts: &Observations) -> Option<Evidence> {
    let state = &facts.reading()?.registry.provisioning_state;
    let done = state.eq_ignore_ascii_case("Succeeded");
    (!done).then(|| Evidence::note().fact("provisioning state", state))
}

/// Finds what keeps changes from being made: a lock, and the export policy, which keeps public access from being enabled
/// (Azure-Samples/holiday-peak-hub#732).
fn changes_are_forbidden(facts: &Observations) -> Option<Evidence> {
    let (mut found, mut any) = (Evidence::note(), false);
    for lock in facts.surroundings.locks.iter().flatten().flatten() {
        // The other level forbids deletions alone.
        if lock.level.eq_ignore_ascii_case("ReadOnly") {
            let lift = format!("az lock delete --ids {}", shell_word(lock.id.as_str()));
            any = true;
            found = found.fact("ReadOnly lock", &lock.id).remedy(format!(
                "ask the owner of the lock to lift it for the change, and to make it again: `{lift}`"
            ));
        }
    }
    let policy = facts
        .reading()?
        .registry
        .export_policy
        .as_deref()
        .unwrap_or_default();
    if policy.eq_ignore_ascii_case("disabled") && public_access_disabled(facts) {
        any = true;
        found = found.fact("exportPolicy", policy).remedy(
            "enable exports before public network access: `exportPolicy.status` of the registry",
        );
    }
    any.then(|| found.only_these())
}

fn abac_mode(facts: &Observations) -> Option<Evidence> {
    facts
        .is_abac()
        .then(|| Evidence::note().fact("role assignment mode", "AbacRepositoryPermissions"))
}

fn without_rules(facts: &Observations) -> Option<Evidence> {
    let registry = &facts.reading()?.registry;
    (!registry.is_premium()).then(|| Evidence::note().fact("tier", &registry.sku))
}

fn dormant_rules(facts: &Observations) -> Option<Evidence> {
    match access(facts)?.mode() {
        Mode::Open { dormant } if dormant > 0 => Some(Evidence::note().fact("dormant rules", dormant)),
        _ => None,
    }
}

/// Returns who gets in by the settings.
pub(super) fn access(facts: &Observations) -> Option<Access> {
    Some(Facts::live(facts.reading()?).access)
}

fn unparsable_rules(facts: &Observations) -> Option<Evidence> {
    let rules = rules(facts, Setting::VirtualNetworkRules);
    let other = rules.iter().find(|rule| rule.subnet().is_none())?;
    Some(Evidence::note().fact("rule that is not a subnet id", other))
}

fn rules(facts: &Observations, list: Setting) -> &[Rule] {
    let reading = facts.reading();
    let rules = reading.and_then(|reading| reading.registry.settings.rules(list));
    rules.unwrap_or_default()
}

fn hidden_subnet_rules(facts: &Observations) -> Option<Evidence> {
    let registry = &facts.reading()?.registry;
    let hidden = registry.is_premium() && registry.hides_subnet_rules();
    hidden.then(|| Evidence::note().fact("api-version", &registry.api_version))
}

fn full(facts: &Observations) -> Option<Evidence> {
    let usages = facts.reading()?.usages.as_ref()?;
    for (what, quota) in [
        ("IP rules", &usages.ip_rules),
        ("subnet rules", &usages.subnet_rules),
    ] {
        if let Some(quota) = quota
            && quota.current >= quota.limit
        {
            return Some(Evidence::note().fact(what, format!("{} of {}", quota.current, quota.limit)));
        }
    }
    None
}

/// Returns the first subnet of the rules that is present and fits.
fn subnet_with(
    reading: &Reading,
    fits: fn(&PresentSubnet) -> bool,
) -> Option<(&SubnetId, &PresentSubnet)> {
    for (id, subnet) in &reading.subnets {
        match subnet {
            LiveSubnet::Present(present) if fits(present) => return Some((id, present)),
            LiveSubnet::Present(_) | LiveSubnet::Unreadable(_) => {}
        }
    }
    None
}

fn lacks_endpoint(subnet: &PresentSubnet) -> bool {
    !subnet.has_endpoint
}

fn is_delegated(subnet: &PresentSubnet) -> bool {
    unsupported(&subnet.delegations).is_some()
}

fn subnet_without_endpoint(facts: &Observations) -> Option<Evidence> {
    let (id, _) = subnet_with(facts.reading()?, lacks_endpoint)?;
    Some(Evidence::note().fact("subnet of a rule", id))
}

fn delegated_subnet(facts: &Observations) -> Option<Evidence> {
    let (id, subnet) = subnet_with(facts.reading()?, is_delegated)?;
    let found = Evidence::note().fact("subnet of a rule", id);
    Some(found.fact("delegated to", subnet.delegations.join(", ")))
}

fn unregistered(facts: &Observations) -> Option<Evidence> {
    if let RegistryView::Unread(failure) = &facts.registry
        && failure.code == UNREGISTERED
    {
        return Some(Evidence::note().fact("Azure", &failure.message));
    }
    for (subscription, state) in &facts.reading()?.registrations {
        if !state.eq_ignore_ascii_case("Registered") {
            let found = Evidence::note()
                .fact("subscription", subscription)
                .fact("registration", state);
            return Some(found.remedy(registering(subscription)).only_these());
        }
    }
    None
}

/// Returns the command that registers the provider in a subscription.
pub(super) fn registering(subscription: &str) -> String {
    format!(
        "register it: `az provider register --namespace Microsoft.ContainerRegistry --subscription {subscription}`"
    )
}

fn cloud_without_endpoints(facts: &Observations) -> Option<Evidence> {
    let subnets = rules(facts, Setting::VirtualNetworkRules).len();
    let unsupported = !facts.reading()?.service_endpoints_supported;
    (unsupported && subnets > 0).then(|| Evidence::note().fact("subnet rules", subnets))
}

fn private_endpoints_and_subnets(facts: &Observations) -> Option<Evidence> {
    private_endpoints_and(facts, Setting::VirtualNetworkRules, "subnet rules")
}

fn private_endpoints_and_addresses(facts: &Observations) -> Option<Evidence> {
    private_endpoints_and(facts, Setting::IpRules, "IP rules")
}

fn private_endpoints_and(facts: &Observations, list: Setting, name: &str) -> Option<Evidence> {
    let (private, rules) = (PrivateEndpoints::of(facts), rules(facts, list).len());
    if private.total == 0 || rules == 0 {
        return None;
    }
    let found = Evidence::note().fact("private endpoint connections", private.in_words());
    Some(found.fact(name, rules))
}

fn subnet_rules(facts: &Observations) -> Option<Evidence> {
    let subnets = rules(facts, Setting::VirtualNetworkRules).len();
    (subnets > 0).then(|| Evidence::note().fact("subnet rules", subnets))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::doctor::facts::AskedName;
    use crate::live::parse_registry;
    use crate::model::RegistryId;

    /// Returns what is seen of a registry with these properties at an api-version.
    fn seen(api_version: &str, properties: &Value) -> Observations {
        let id = RegistryId::new("s", "rg", "contoso").unwrap();
        let body = json!({
            "id": id.as_str(), "location": "eastus", "sku": {"name": "Premium"}, "properties": properties,
        });
        let registry = parse_registry(&id, api_version, body).unwrap();
        let name = AskedName::parse("contoso").unwrap();
        let mut facts = Observations::new(Timestamp::UNIX_EPOCH, name);
        facts.registry = RegistryView::Read(Box::new(Reading::of(registry)));
        facts
    }

    #[test]
    fn hidden_and_odd_rules_and_running_changes_are_noted() {
        let shown = json!({
            "provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
        });
        let facts = seen("2026-09-01-preview", &shown);
        for rule in [hidden_subnet_rules, unparsable_rules, busy] {
            assert!(rule(&facts).is_none());
        }
        let mut odd = shown.clone();
        odd["networkRuleSet"]["virtualNetworkRules"] =
            json!([{"action": "Allow", "virtualNetworkSubnetResourceId": "hub/build"}]);
        assert!(unparsable_rules(&seen("2026-09-01-preview", &odd)).is_some());
        let mut hidden = shown.clone();
        hidden["networkRuleSet"]
            .as_object_mut()
            .unwrap()
            .remove("virtualNetworkRules");
        assert!(hidden_subnet_rules(&seen("2023-07-01", &hidden)).is_some());
        let mut updating = shown;
        updating["provisioningState"] = json!("Updating");
        assert!(busy(&seen("2026-09-01-preview", &updating)).is_some());
    }
}
