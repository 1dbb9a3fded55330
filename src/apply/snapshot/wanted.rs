//! The way back from a snapshot, as something to want.

use super::own_change::OwnChange;
use super::{Snapshot, SnapshotError};
use crate::model::{Client, DefaultAction, PublicNetworkAccess, SubnetId};
use crate::plan::Setting;
use crate::spec::{
    Guardrails, Ownership, RegistrySpec, ServiceEndpoints, Sourced, WantedIp, WantedSubnet,
};

/// Wants the own change taken back, and leaves everything else to the others.
fn take_back(own: &OwnChange, spec: &mut RegistrySpec) {
    let changes = |path: Setting| own.settings.contains(&path);
    let (ips, subnets) = (own.remove.iter(), own.remove.iter());
    spec.ownership = Ownership::Additive;
    spec.ip_rules =
        changes(Setting::IpRules).then(|| Sourced::unsourced(ips.filter_map(|v| ip(v)).collect()));
    spec.subnets = changes(Setting::VirtualNetworkRules)
        .then(|| Sourced::unsourced(subnets.filter_map(|v| subnet(v)).collect()));
    spec.restore_hints.remove = own.add.iter().filter_map(|value| client(value)).collect();
}

fn client(value: &str) -> Option<Client> {
    let address = value.parse().ok().map(Client::Address);
    address.or_else(|| SubnetId::parse(value).ok().map(Client::Subnet))
}

impl Snapshot {
    /// What is wanted to have this state again; where others share the lists, to take back the own change and nothing
    /// else. A setting that the snapshot does not show stays unmanaged, but for the default action: where the answer has
    /// none the registry is open (container-registry-access-selected-networks: all networks is the default), so `Allow`
    /// is what comes back. Rules that cannot be wanted stay where they are still there, and come back from nowhere.
    pub fn wanted(&self) -> Result<RegistrySpec, SnapshotError> {
        let mut spec = self.single_values()?;
        match &self.own {
            Some(own) => take_back(own, &mut spec),
            None => self.lists(&mut spec),
        }
        dedup(&mut spec);
        Ok(spec)
    }

    fn single_values(&self) -> Result<RegistrySpec, SnapshotError> {
        let state = &self.state;
        let changed = |path: Setting| self.own.as_ref().is_none_or(|own| own.settings.contains(&path));
        let of = |path: Setting, value: &Option<String>| value.clone().filter(|_| changed(path));
        let flag = |path: Setting, value: Option<bool>| value.filter(|_| changed(path));
        let shown = state.default_action.clone().unwrap_or_else(|| "Allow".to_owned());
        let trusted_services = of(
            Setting::NetworkRuleBypassOptions,
            &state.network_rule_bypass_options,
        );
        let tasks = flag(
            Setting::NetworkRuleBypassAllowedForTasks,
            state.network_rule_bypass_allowed_for_tasks,
        );
        let data_endpoint = flag(Setting::DataEndpointEnabled, state.data_endpoint_enabled);
        Ok(RegistrySpec {
            guardrails: Guardrails {
                widest_rule: 0,
                ..Guardrails::default()
            },
            public_network_access: of(Setting::PublicNetworkAccess, &state.public_network_access)
                .map(|value| public(&value))
                .transpose()?,
            default_action: of(Setting::DefaultAction, &Some(shown))
                .map(|value| action(&value))
                .transpose()?,
            trusted_services: trusted_services.map(|value| trusted(&value)).transpose()?,
            tasks_bypass: tasks.map(Sourced::unsourced),
            data_endpoint: data_endpoint.map(Sourced::unsourced),
            // A rule that comes back had its endpoint, and an apply turns none off: the subnet is left alone.
            service_endpoints: ServiceEndpoints::Assume,
            ..RegistrySpec::unmanaged(self.id.clone())
        })
    }

    /// Both lists as they were.
    fn lists(&self, spec: &mut RegistrySpec) {
        let (ips, subnets) = (&self.state.ip_rules, &self.state.virtual_network_rules);
        spec.ip_rules = Some(Sourced::unsourced(ips.iter().filter_map(|v| ip(v)).collect()));
        spec.subnets = subnets
            .as_ref()
            .map(|rules| Sourced::unsourced(rules.iter().filter_map(|v| subnet(v)).collect()));
        let odd_ips = ips.iter().filter(|value| ip(value).is_none());
        let odd_subnets = subnets.iter().flatten().filter(|value| subnet(value).is_none());
        spec.restore_hints.keep = odd_ips.chain(odd_subnets).cloned().collect();
    }
}

/// A registry may list a rule twice; it is wanted once.
fn dedup(spec: &mut RegistrySpec) {
    if let Some(ips) = &mut spec.ip_rules {
        ips.value.sort_by_key(|ip| ip.cidr);
        ips.value.dedup_by_key(|ip| ip.cidr);
    }
    if let Some(subnets) = &mut spec.subnets {
        subnets.value.sort_by(|a, b| a.id.cmp(&b.id));
        subnets.value.dedup_by(|a, b| a.id == b.id);
    }
}

fn unwanted(setting: &'static str, value: &str) -> SnapshotError {
    SnapshotError::Unwanted {
        setting,
        value: value.to_owned(),
    }
}

/// ARM's enumerations compare without case.
fn word<T>(
    setting: &'static str,
    value: &str,
    words: [(&str, T); 2],
) -> Result<Sourced<T>, SnapshotError> {
    let found = words
        .into_iter()
        .find(|(word, _)| value.eq_ignore_ascii_case(word));
    found
        .map(|(_, meaning)| Sourced::unsourced(meaning))
        .ok_or_else(|| unwanted(setting, value))
}

fn public(value: &str) -> Result<Sourced<PublicNetworkAccess>, SnapshotError> {
    use PublicNetworkAccess::{Disabled, Enabled};
    word(
        "publicNetworkAccess",
        value,
        [("Enabled", Enabled), ("Disabled", Disabled)],
    )
}

fn action(value: &str) -> Result<Sourced<DefaultAction>, SnapshotError> {
    use DefaultAction::{Allow, Deny};
    word(
        "networkRuleSet.defaultAction",
        value,
        [("Allow", Allow), ("Deny", Deny)],
    )
}

fn trusted(value: &str) -> Result<Sourced<bool>, SnapshotError> {
    word(
        "networkRuleBypassOptions",
        value,
        [("AzureServices", true), ("None", false)],
    )
}

/// `None` where no spec can want it.
fn ip(value: &str) -> Option<WantedIp> {
    Some(WantedIp {
        cidr: value.parse().ok()?,
        source: None,
        network: None,
        info: None,
    })
}

/// `None` where no spec can want it.
fn subnet(value: &str) -> Option<WantedSubnet> {
    Some(WantedSubnet {
        id: SubnetId::parse(value).ok()?,
        source: None,
        name: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{LiveRegistry, Reading, parse};
    use crate::plan::{Policy, RegistryPlan, plan_registry};

    /// A registry with this `networkRuleSet`.
    fn live(rules: &Value) -> LiveRegistry {
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "l", "networkRuleSet": rules},
        });
        parse::registry("v", body).unwrap()
    }

    /// The plan from `live` to these IP rules.
    fn plan(live: &LiveRegistry, ips: &[&str], ownership: Ownership) -> RegistryPlan {
        let spec = RegistrySpec {
            default_action: Some(Sourced::unsourced(DefaultAction::Deny)),
            ip_rules: Some(Sourced::unsourced(ips.iter().filter_map(|v| ip(v)).collect())),
            ownership,
            ..RegistrySpec::unmanaged(live.id.clone())
        };
        planned(&spec, live)
    }

    fn planned(spec: &RegistrySpec, live: &LiveRegistry) -> RegistryPlan {
        let reading = Reading::of(live.clone());
        plan_registry(spec, &reading, &Policy::default())
    }

    fn kept(live: &LiveRegistry, plan: &RegistryPlan) -> RegistrySpec {
        let kept = Snapshot::of(
            live,
            plan,
            "sandbox".to_owned(),
            "sha256:00",
            "2026-11-21T03:00:00Z",
        );
        let text = serde_json::to_vec(&kept).unwrap();
        Snapshot::from_json(text).unwrap().wanted().unwrap()
    }

    fn with_ips(action: &str, ips: &[&str]) -> LiveRegistry {
        let ips: Vec<Value> = ips.iter().map(|ip| json!({ "value": ip })).collect();
        live(&json!({"defaultAction": action, "ipRules": ips, "virtualNetworkRules": []}))
    }

    fn rules(plan: &RegistryPlan, goes: bool) -> Vec<&str> {
        let change = plan.change(Setting::IpRules);
        let rules = change.map_or(&[][..], |change| if goes { &change.remove } else { &change.add });
        rules.iter().map(|rule| &*rule.value).collect()
    }

    #[test]
    fn shared_lists_only_take_back_the_own_change() {
        let before = with_ips("Allow", &["203.0.113.1", "203.0.113.2"]);
        let apply = plan(&before, &["203.0.113.2", "203.0.113.3"], Ownership::Additive);
        let wanted = kept(&before, &apply);
        // A rival has added one rule since and taken out another one.
        let now = with_ips("Deny", &["203.0.113.2", "203.0.113.3", "198.51.100.77"]);
        let back = planned(&wanted, &now);
        assert_eq!(
            (rules(&back, true), rules(&back, false)),
            (vec!["203.0.113.3"], vec![])
        );
        assert_eq!(back.mode.after, "open (2 dormant rules)");
        assert_eq!(back.managed, [Setting::DefaultAction, Setting::IpRules]);
        let exact = kept(&before, &plan(&before, &["203.0.113.3"], Ownership::Exact));
        let back = planned(&exact, &now);
        assert_eq!(rules(&back, true), ["198.51.100.77", "203.0.113.3"]);
        assert_eq!(rules(&back, false), ["203.0.113.1"]);
    }

    #[test]
    fn restore_keeps_unparsable_rules_and_names_missing_ones() {
        let odd = ["203.0.113.7/24", "2001:db8::/32"];
        let before = with_ips("Deny", &[odd[0], odd[1], "203.0.113.1"]);
        let wanted = kept(&before, &plan(&before, &["203.0.113.1"], Ownership::Exact));
        let now = with_ips("Deny", &[odd[1], "203.0.113.2"]);
        let back = planned(&wanted, &now);
        assert_eq!(
            (rules(&back, true), rules(&back, false)),
            (vec!["203.0.113.2"], vec!["203.0.113.1"])
        );
        let named: Vec<_> = back
            .notes
            .iter()
            .filter(|note| note.code == "not-restored")
            .collect();
        assert_eq!(named.len(), 1);
        assert!(named[0].message.contains(odd[0]) && !named[0].message.contains(odd[1]));
    }

    #[test]
    fn a_missing_default_action_is_restored_as_allow() {
        for (shown, back) in [
            (Value::Null, DefaultAction::Allow),
            (json!("Allow"), DefaultAction::Allow),
            (json!("Deny"), DefaultAction::Deny),
        ] {
            let live = live(&json!({"defaultAction": shown, "ipRules": [], "virtualNetworkRules": []}));
            let wanted = kept(&live, &plan(&live, &["203.0.113.1"], Ownership::Exact));
            assert_eq!(wanted.default_action.unwrap().value, back, "{shown}");
        }
    }
}
