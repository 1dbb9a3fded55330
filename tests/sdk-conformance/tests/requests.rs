//! ringfence sends the same methods and paths to ARM as the generated crates. Both talk to the sandbox, which therefore
//! also works for a client that its authors did not write.

use azure_mgmt_containerregistry::package_2023_11_preview::models::{
    IpRule, NetworkRuleSet, RegistryPropertiesUpdateParameters, RegistryUpdateParameters,
    network_rule_set,
};
use azure_mgmt_network::package_2024_03::models::{ServiceEndpointPropertiesFormat, Subnet};
use ringfence::azure::{CONTAINER_REGISTRY, subnet_with_endpoint};
use ringfence::live::{LiveRegistry, parse};
use ringfence::model::Setting;
use sdk_conformance::lab::{Lab, SUBSCRIPTION, registry_id, subnet_id};
use sdk_conformance::transport::Sent;
use sdk_conformance::{REGISTRIES, SUBNETS};
use serde_json::json;

/// Returns method and path of each request, without the ids of operations.
fn asked(sent: &[Sent]) -> Vec<String> {
    let path = |sent: &Sent| match sent.path.split_once("/operations/") {
        Some((before, _)) => format!("{before}/operations/…"),
        None => sent.path.clone(),
    };
    sent.iter()
        .map(|sent| format!("{} {}", sent.method, path(sent)))
        .collect()
}

fn update(rules: NetworkRuleSet) -> RegistryUpdateParameters {
    let properties = RegistryPropertiesUpdateParameters {
        network_rule_set: Some(rules),
        ..Default::default()
    };
    RegistryUpdateParameters {
        properties: Some(properties),
        ..Default::default()
    }
}

async fn live(lab: &Lab) -> LiveRegistry {
    let fetched = lab.ours.registry(&registry_id()).await.unwrap();
    parse::registry(&fetched.api_version, fetched.body).unwrap()
}

#[tokio::test]
async fn registries_are_read_and_changed_with_the_same_requests() {
    let lab = Lab::start().await;
    let (id, version) = (registry_id(), "2026-09-01-preview");
    lab.ours.registry(&id).await.unwrap();
    let body = json!({"properties": {"networkRuleSet": {"defaultAction": "Deny"}}});
    lab.ours.patch_registry(&id, version, &body).await.unwrap();
    lab.ours.usages(&id, version).await.unwrap();
    let ours = lab.seen();

    let registries = &lab.oracle.registries;
    registries.get(SUBSCRIPTION, "rg", "contoso").await.unwrap();
    let rules = NetworkRuleSet::new(network_rule_set::DefaultAction::Deny);
    registries
        .update(SUBSCRIPTION, "rg", "contoso", update(rules))
        .await
        .unwrap();
    registries
        .list_usages(SUBSCRIPTION, "rg", "contoso")
        .await
        .unwrap();
    let theirs = lab.seen();

    assert_eq!(theirs.len(), 3);
    assert_eq!(asked(&ours), asked(&theirs));
    assert_eq!(ours[1].body, theirs[1].body);
    assert!(
        theirs
            .iter()
            .all(|sent| sent.api_version.as_deref() == Some(REGISTRIES))
    );
}

#[tokio::test]
async fn subnets_are_read_and_written_with_the_same_requests() {
    let lab = Lab::start().await;
    let id = subnet_id();
    let fetched = lab.ours.subnet(&id).await.unwrap();
    let body = subnet_with_endpoint(&fetched.body);
    let version = fetched.api_version.as_str();
    lab.ours
        .put_subnet(&id, version, &body, fetched.etag.as_deref())
        .await
        .unwrap();
    let ours = lab.seen();

    let subnets = lab.oracle.networks.subnets_client();
    let mut subnet: Subnet = subnets.get("rg", "hub", "build", SUBSCRIPTION).await.unwrap();
    subnet.properties.as_mut().unwrap().service_endpoints = Vec::new();
    subnets
        .create_or_update("rg", "hub", "build", subnet, SUBSCRIPTION)
        .await
        .unwrap();
    let theirs = lab.seen();

    assert_eq!(asked(&ours)[..3], asked(&theirs)[..3]);
    assert!(asked(&theirs)[2].ends_with("/operations/…"), "{theirs:?}");
    assert!(
        theirs
            .iter()
            .all(|sent| sent.api_version.as_deref() == Some(SUBNETS)),
        "{theirs:?}"
    );
}

#[tokio::test]
async fn ringfence_reads_writes_of_the_generated_crates() {
    let lab = Lab::start().await;
    let rules = NetworkRuleSet {
        ip_rules: vec![IpRule::new("203.0.113.0/24".into())],
        ..NetworkRuleSet::new(network_rule_set::DefaultAction::Deny)
    };
    let registries = &lab.oracle.registries;
    registries
        .update(SUBSCRIPTION, "rg", "contoso", update(rules))
        .await
        .unwrap();
    let live = live(&lab).await;
    assert_eq!(live.settings.word(Setting::DefaultAction), Some("Deny"));
    assert_eq!(
        live.settings
            .rules(Setting::IpRules)
            .unwrap()
            .iter()
            .map(|rule| rule.as_str())
            .collect::<Vec<_>>(),
        ["203.0.113.0/24"]
    );

    let subnets = lab.oracle.networks.subnets_client();
    let mut subnet: Subnet = subnets.get("rg", "hub", "build", SUBSCRIPTION).await.unwrap();
    subnet.properties.as_mut().unwrap().service_endpoints = vec![ServiceEndpointPropertiesFormat {
        service: Some(CONTAINER_REGISTRY.into()),
        ..Default::default()
    }];
    subnets
        .create_or_update("rg", "hub", "build", subnet, SUBSCRIPTION)
        .await
        .unwrap();
    let fetched = lab.ours.subnet(&subnet_id()).await.unwrap();
    assert!(
        parse::subnet(&fetched.api_version, fetched.etag, fetched.body)
            .unwrap()
            .has_endpoint
    );
}

#[tokio::test]
async fn generated_crates_read_writes_of_ringfence() {
    let lab = Lab::start().await;
    let body = json!({"properties": {
        "publicNetworkAccess": "Enabled",
        "networkRuleSet": {
            "defaultAction": "Deny",
            "ipRules": [{"action": "Allow", "value": "198.51.100.7"}],
            "virtualNetworkRules": [],
        },
    }});
    lab.ours
        .patch_registry(&registry_id(), "2026-09-01-preview", &body)
        .await
        .unwrap();
    let registry = lab
        .oracle
        .registries
        .get(SUBSCRIPTION, "rg", "contoso")
        .await
        .unwrap();
    let rules = registry.properties.unwrap().network_rule_set.unwrap();
    assert_eq!(rules.default_action, network_rule_set::DefaultAction::Deny);
    assert_eq!(
        rules
            .ip_rules
            .iter()
            .map(|rule| rule.value.as_str())
            .collect::<Vec<_>>(),
        ["198.51.100.7"]
    );
}
