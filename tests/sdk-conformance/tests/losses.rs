//! Data that the generated crates lose. The product therefore reads and writes JSON with its own operations. If one of
//! these tests fails, review the reason in docs/dependencies.md.

use azure_mgmt_containerregistry::package_2023_11_preview::models::{
    IpRule, NetworkRuleSet, Registry, RegistryPropertiesUpdateParameters, RegistryUpdateParameters,
    network_rule_set,
};
use azure_mgmt_network::package_2024_03::models::Subnet;
use sdk_conformance::lab::{SUBSCRIPTION, registry_id, subnet_id};
use sdk_conformance::transport::{Answer, Oracle};
use serde_json::{Value, json};

/// A registry as 2026-09-01-preview shows it (keys recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09).
fn registry() -> Value {
    json!({
        "sku": {"name": "Premium", "tier": "Premium"},
        "id": registry_id().as_str(),
        "name": "contoso",
        "location": "eastus",
        "properties": {
            "provisioningState": "Succeeded",
            "networkRuleSet": {
                "defaultAction": "Deny",
                "ipRules": [{"action": "Allow", "value": "203.0.113.7"}],
                "virtualNetworkRules": [
                    {"action": "Allow", "virtualNetworkSubnetResourceId": subnet_id().as_str()},
                ],
            },
            "networkRuleBypassAllowedForTasks": true,
        },
    })
}

/// Reads `body` into the model `T` and writes it again.
fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(body: &Value) -> Value {
    let model: T = serde_json::from_value(body.clone()).unwrap();
    serde_json::to_value(model).unwrap()
}

fn rules(ips: &[&str]) -> RegistryUpdateParameters {
    let rules = NetworkRuleSet {
        ip_rules: ips.iter().map(|ip| IpRule::new((*ip).into())).collect(),
        ..NetworkRuleSet::new(network_rule_set::DefaultAction::Deny)
    };
    let properties = RegistryPropertiesUpdateParameters {
        network_rule_set: Some(rules),
        ..Default::default()
    };
    RegistryUpdateParameters {
        properties: Some(properties),
        ..Default::default()
    }
}

/// Returns the error of an update that gets these answers, and the number of its requests.
async fn refused(answers: &[Answer]) -> (String, usize) {
    let (oracle, transport) = Oracle::scripted(answers);
    let update = oracle
        .registries
        .update(SUBSCRIPTION, "rg", "contoso", rules(&[]));
    let error = update.await.unwrap_err();
    (error.to_string(), transport.sent().len())
}

#[test]
fn subnet_rules_are_lost_between_read_and_write() {
    let rules = &round_trip::<Registry>(&registry())["properties"]["networkRuleSet"];
    assert_eq!(rules["ipRules"][0]["value"], "203.0.113.7");
    assert_eq!(rules.get("virtualNetworkRules"), None);
}

#[test]
fn newer_settings_are_lost_between_read_and_write() {
    let properties = &round_trip::<Registry>(&registry())["properties"];
    assert_eq!(properties.get("networkRuleBypassAllowedForTasks"), None);
}

#[tokio::test]
async fn last_ip_rule_cannot_be_removed() {
    let text = registry().to_string();
    let answer: &'static str = Box::leak(text.into_boxed_str());
    let (oracle, transport) = Oracle::scripted(&[(200, vec![], answer)]);
    for (ips, sent) in [
        (
            &["203.0.113.7"][..],
            json!({"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7"}]}),
        ),
        (&[], json!({"defaultAction": "Deny"})),
    ] {
        oracle
            .registries
            .update(SUBSCRIPTION, "rg", "contoso", rules(ips))
            .await
            .unwrap();
        let body = transport.sent().last().unwrap().body.clone().unwrap();
        assert_eq!(body["properties"]["networkRuleSet"], sent);
    }
}

#[test]
fn subnet_loses_unknown_fields_and_empty_lists() {
    let subnet = json!({
        "id": subnet_id().as_str(),
        "name": "build",
        "properties": {
            "addressPrefix": "10.0.0.0/24",
            "delegations": [],
            "ipamPoolPrefixAllocations": [{"numberOfIpAddresses": "64"}],
            "serviceGateway": {"id": "/subscriptions/x"},
            "fromTheFuture": true,
        },
    });
    let properties = &round_trip::<Subnet>(&subnet)["properties"];
    assert_eq!(*properties, json!({"addressPrefix": "10.0.0.0/24"}));
}

#[tokio::test]
async fn accepted_update_with_an_empty_body_is_an_error() {
    let location = ("location", "https://127.0.0.1/subscriptions/s/operationResults/1");
    let (error, requests) = refused(&[(202, vec![location], "")]).await;
    assert!(error.contains("EOF while parsing"), "{error}");
    assert_eq!(requests, 1, "the operation is not followed");
}

#[tokio::test]
async fn failed_operation_has_no_code_or_message() {
    let link = (
        "azure-asyncoperation",
        "https://127.0.0.1/subscriptions/s/operationStatuses/1?api-version=x",
    );
    let failed = r#"{"status":"Failed","error":{"code":"SubnetGone","message":"the subnet is gone"}}"#;
    let (error, requests) = refused(&[(201, vec![link], "{}"), (200, vec![], failed)]).await;
    assert_eq!(error, "Long running operation failed");
    assert_eq!(requests, 2);
}
