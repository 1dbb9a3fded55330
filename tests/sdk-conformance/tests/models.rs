//! Every recorded answer, read by the generated models and by ringfence: fields that both have are equal.

use std::collections::BTreeSet;

use azure_mgmt_containerregistry::package_2023_11_preview::models::{Registry, RegistryUsageListResult};
use azure_mgmt_network::package_2024_03::models::Subnet;
use ringfence::live::parse;
use ringfence::model::Setting;
use sdk_conformance::recordings::{Recorded, resources, usages};
use serde::Serialize;

/// Returns the name of a generated enum on the wire.
fn wire(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value).unwrap().as_str().map(str::to_owned)
}

fn place(recorded: &Recorded) -> String {
    format!("{} at {}", recorded.recording, recorded.api_version)
}

/// Recorded registries that the generated model cannot read at all: its enums are closed, and the service answers
/// `userAssigned` where the specification says `UserAssigned`.
const UNREADABLE: [(&str, &str); 1] = [(
    "acr_cmk_patch_lro_201_2020-11-01-preview.json",
    "unknown variant `userAssigned`",
)];

fn check_registry(recorded: &Recorded, theirs: Registry) {
    let at = place(recorded);
    let ours = parse::registry(&recorded.api_version, recorded.body.clone())
        .unwrap_or_else(|e| panic!("{at}: {e}"));
    let properties = theirs.properties.unwrap();
    let rules = properties.network_rule_set;
    let policies = properties.policies.and_then(|policies| policies.export_policy);
    let modified = theirs.resource.system_data.and_then(|data| data.last_modified_by);
    let ip_rules = rules.iter().flat_map(|rules| &rules.ip_rules);
    assert_eq!(Some(ours.id.as_str()), theirs.resource.id.as_deref(), "{at}");
    assert_eq!(ours.location, theirs.resource.location, "{at}");
    assert_eq!(Some(ours.sku), wire(theirs.sku.name), "{at}");
    assert_eq!(
        Some(ours.provisioning_state),
        wire(properties.provisioning_state),
        "{at}"
    );
    assert_eq!(Some(ours.login_server), properties.login_server, "{at}");
    assert_eq!(
        ours.settings
            .word(Setting::PublicNetworkAccess)
            .map(str::to_owned),
        wire(properties.public_network_access),
        "{at}"
    );
    assert_eq!(
        ours.settings.word(Setting::DefaultAction).map(str::to_owned),
        wire(rules.as_ref().map(|rules| &rules.default_action)),
        "{at}"
    );
    assert_eq!(
        ours.settings
            .rules(Setting::IpRules)
            .unwrap_or_default()
            .iter()
            .map(|rule| rule.as_str())
            .collect::<Vec<_>>(),
        ip_rules.map(|rule| rule.value.as_str()).collect::<Vec<_>>(),
        "{at}"
    );
    assert_eq!(
        ours.settings
            .word(Setting::NetworkRuleBypassOptions)
            .map(str::to_owned),
        wire(properties.network_rule_bypass_options),
        "{at}"
    );
    assert_eq!(
        ours.settings.flag(Setting::DataEndpointEnabled),
        properties.data_endpoint_enabled,
        "{at}"
    );
    assert_eq!(
        ours.private_endpoint_connections,
        properties.private_endpoint_connections.len(),
        "{at}"
    );
    assert_eq!(
        ours.export_policy,
        wire(policies.and_then(|policy| policy.status)),
        "{at}"
    );
    assert_eq!(ours.last_modified.map(|modified| modified.by), modified, "{at}");
}

#[test]
fn registries_agree_with_the_generated_models() {
    let Some(all) = resources("Microsoft.ContainerRegistry/registries") else {
        return;
    };
    let (mut rules, mut unreadable) = (0, BTreeSet::new());
    for recorded in &all {
        let list = &recorded.body["properties"]["networkRuleSet"]["ipRules"];
        rules += list.as_array().map_or(0, Vec::len);
        match serde_json::from_value(recorded.body.clone()) {
            Ok(theirs) => check_registry(recorded, theirs),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(", expected").next().unwrap_or_default();
                unreadable.insert((recorded.recording.clone(), reason.to_owned()));
            }
        }
    }
    assert_eq!(
        unreadable,
        UNREADABLE
            .map(|(file, reason)| (file.to_owned(), reason.to_owned()))
            .into()
    );
    assert!(rules > 0, "no IP rule in {} recorded registries", all.len());
}

fn check_subnet(recorded: &Recorded) {
    let at = place(recorded);
    let theirs: Subnet =
        serde_json::from_value(recorded.body.clone()).unwrap_or_else(|e| panic!("{at}: {e}"));
    let etag = recorded.body["etag"].as_str().map(str::to_owned);
    let ours = parse::subnet(&recorded.api_version, etag, recorded.body.clone()).unwrap();
    let properties = theirs.properties.unwrap();
    let services = properties
        .service_endpoints
        .iter()
        .filter_map(|endpoint| endpoint.service.as_deref());
    let delegations = properties
        .delegations
        .iter()
        .filter_map(|delegation| delegation.properties.as_ref());
    assert_eq!(ours.etag, theirs.etag, "{at}");
    assert_eq!(
        ours.has_endpoint || ours.endpoint_pending,
        services
            .into_iter()
            .any(|service| service.eq_ignore_ascii_case("Microsoft.ContainerRegistry")),
        "{at}"
    );
    assert_eq!(
        ours.delegations,
        delegations
            .filter_map(|delegation| delegation.service_name.clone())
            .collect::<Vec<_>>(),
        "{at}"
    );
}

#[test]
fn subnets_agree_with_the_generated_models() {
    let Some(all) = resources("Microsoft.Network/virtualNetworks/subnets") else {
        return;
    };
    all.iter().for_each(check_subnet);
    assert!(!all.is_empty(), "no subnet in the recordings");
}

/// ringfence's view holds the quotas that it knows; the recorded answers have none of them.
#[test]
fn usages_agree_with_the_generated_models() {
    let Some(all) = usages() else { return };
    for recorded in &all {
        let theirs: RegistryUsageListResult = serde_json::from_value(recorded.body.clone()).unwrap();
        let ours = parse::usages(&recorded.body).unwrap();
        let quota = |name: &str| {
            let usage = theirs
                .value
                .iter()
                .find(|usage| usage.name.as_deref() == Some(name))?;
            Some((
                usage.limit?.try_into().unwrap(),
                usage.current_value?.try_into().unwrap(),
            ))
        };
        assert_eq!(
            ours.ip_rules.map(|quota| (quota.limit, quota.current)),
            quota("IPRules")
        );
        assert_eq!(
            ours.subnet_rules.map(|quota| (quota.limit, quota.current)),
            quota("VNetRules")
        );
        assert_eq!(
            theirs.value.len(),
            recorded.body["value"].as_array().map_or(0, Vec::len)
        );
    }
    assert!(!all.is_empty(), "no usages in the recordings");
}
