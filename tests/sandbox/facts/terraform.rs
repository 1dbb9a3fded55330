//! Requests of Terraform's azurerm 5.2 and azapi 2.12.

use reqwest::Method;
use ringfence::sandbox::{Conditions, HiddenRules, Options, State};
use serde_json::{Value, json};

use crate::arm_requests::{NEWEST, SUB, ip, registry, rule_set, subnet, vnet_rule};
use crate::sandbox_client::Arm;

const NEW_KEY: &str = "virtualNetworkSubnetResourceId";
/// The api-version of azurerm 5.2. It hides subnet rules.
const AZURERM: &str = "2025-11-01";

/// A registry with a rule of each kind.
async fn ruled(hidden_subnet_rules: HiddenRules) -> Arm {
    let seed = State::empty()
        .with_registry(&registry("contoso"))
        .with_endpoint(&subnet("build"));
    let conditions = Conditions {
        hidden_subnet_rules,
        ..Conditions::default()
    };
    let arm = Arm::start(Options {
        seed,
        conditions,
        ..Options::default()
    })
    .await;
    let patched = arm
        .patch(
            registry("contoso").as_str(),
            NEWEST,
            &rule_set(rules(&["203.0.113.7"], true)),
        )
        .await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    arm
}

fn rules(addresses: &[&str], with_subnet: bool) -> Value {
    let addresses: Vec<Value> = addresses.iter().map(|address| ip(address)).collect();
    let subnets = if with_subnet {
        vec![vnet_rule(NEW_KEY, &subnet("build"))]
    } else {
        Vec::new()
    };
    json!({"defaultAction": "Deny", "virtualNetworkRules": subnets, "ipRules": addresses})
}

/// azapi writes the whole registry as it read it, with its changes. Azure/bicep-registry-modules deploys its test `max`
/// twice, with an IP rule.
#[tokio::test]
async fn put_over_a_registry_takes_a_whole_rule_set() {
    let arm = ruled(HiddenRules::Kept).await;
    let id = registry("contoso");
    let mut body = arm.get(id.as_str(), NEWEST).await.body;
    body.as_object_mut()
        .unwrap()
        .retain(|key, _| ["location", "sku", "tags", "properties"].contains(&key.as_str()));
    for set in [
        rules(&["203.0.113.7"], true),
        rules(&["203.0.113.7", "198.51.100.7"], true),
        rules(&["198.51.100.7"], false),
        json!({"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []}),
    ] {
        body["properties"]["networkRuleSet"] = set.clone();
        let put = arm.put(id.as_str(), NEWEST, &body).await;
        assert_eq!((put.status.as_u16(), put.rules()), (200, &set), "{}", put.body);
    }
}

/// No source shows what becomes of a list that the body leaves out or the version hides.
#[tokio::test]
async fn put_that_leaves_a_list_open_is_501() {
    let arm = ruled(HiddenRules::Kept).await;
    let id = registry("contoso");
    let rows = [
        (NEWEST, json!({"defaultAction": "Deny", "ipRules": []})),
        (
            NEWEST,
            json!({"defaultAction": "Deny", "virtualNetworkRules": []}),
        ),
        (AZURERM, json!({"defaultAction": "Deny", "ipRules": []})),
    ];
    for (version, set) in rows {
        let body = json!({"location": "eastus", "sku": {"name": "Premium"}, "properties": {"networkRuleSet": set}});
        let put = arm.put(id.as_str(), version, &body).await;
        assert_eq!(
            (put.status.as_u16(), put.code()),
            (501, "NotEstablished"),
            "{version} {set}"
        );
    }
    // Without subnet rules, the IP rules are the whole set at such a version.
    let cleared = rule_set(rules(&["203.0.113.7"], false));
    arm.patch(id.as_str(), NEWEST, &cleared).await;
    let body = json!({
        "location": "eastus", "sku": {"name": "Premium"},
        "properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": [ip("198.51.100.7")]}},
    });
    let put = arm.put(id.as_str(), AZURERM, &body).await;
    assert_eq!(put.status, 200, "{}", put.body);
}

/// Inferred: a PATCH without either list keeps hidden rules.
#[tokio::test]
async fn hidden_subnet_rules_stay_or_go_by_condition() {
    for (condition, stays) in [(HiddenRules::Kept, true), (HiddenRules::Cleared, false)] {
        let arm = ruled(condition).await;
        let id = registry("contoso");
        let set = json!({"defaultAction": "Deny", "ipRules": [ip("198.51.100.7")]});
        let patched = arm.patch(id.as_str(), AZURERM, &rule_set(set.clone())).await;
        assert_eq!((patched.status.as_u16(), patched.rules()), (200, &set));
        let live = arm.get(id.as_str(), NEWEST).await;
        assert_eq!(live.rules(), &rules(&["198.51.100.7"], stays), "{condition:?}");
        let other = rule_set(json!({"defaultAction": "Allow"}));
        assert_eq!(arm.patch(id.as_str(), AZURERM, &other).await.status, 200);
        let live = arm.get(id.as_str(), NEWEST).await;
        let left = live.rules()["virtualNetworkRules"].as_array().unwrap().len();
        assert_eq!(left == 1, stays);
    }
}

/// Recorded: azure-sdk-for-net ContainerRegistryCoreScenario, 2022-08.
#[tokio::test]
async fn admin_user_has_two_passwords() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let post = |action: &str, body: Value| {
        let (arm, path) = (&arm, format!("{id}/{action}?api-version={AZURERM}"));
        async move { arm.send(Method::POST, &path, Some(&body), &[]).await }
    };
    let off = post("listCredentials", json!({})).await;
    assert_eq!(
        (off.status.as_u16(), off.code()),
        (400, "UnAuthorizedForCredentialOperations")
    );
    let on = json!({"properties": {"adminUserEnabled": true}});
    arm.patch(id.as_str(), NEWEST, &on).await;
    let first = post("listCredentials", json!({})).await.body;
    assert_eq!(first["username"], "contoso");
    let names: Vec<&Value> = first["passwords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| &known["name"])
        .collect();
    assert_eq!(names, ["password", "password2"]);
    assert_eq!(post("listCredentials", json!({})).await.body, first);
    let changed = post("regenerateCredential", json!({"name": "password2"}))
        .await
        .body;
    assert_eq!(changed["passwords"][0], first["passwords"][0]);
    assert_ne!(changed["passwords"][1], first["passwords"][1]);
    let third = post("regenerateCredential", json!({"name": "password3"})).await;
    assert_eq!(third.status, 400, "{}", third.body);
}

/// Specification: Management Locks.
#[tokio::test]
async fn lock_is_made_read_and_deleted_by_name() {
    let arm = Arm::contoso().await;
    let id = registry("contoso");
    let lock = format!("{id}/providers/Microsoft.Authorization/locks/keep");
    let version = "2020-05-01";
    let missing = arm.get(&lock, version).await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "LockNotFound"));
    let body = json!({"properties": {"level": "ReadOnly", "notes": "audit"}});
    for status in [201, 200] {
        let put = arm.put(&lock, version, &body).await;
        assert_eq!(
            (put.status.as_u16(), &put.body["properties"]),
            (status, &body["properties"])
        );
    }
    assert_eq!(arm.get(&lock, version).await.body["name"], "keep");
    let refused = arm.patch(id.as_str(), NEWEST, &json!({"tags": {}})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "ScopeLocked"));
    for status in [200, 204] {
        let path = format!("{lock}?api-version={version}");
        let deleted = arm.send(Method::DELETE, &path, None, &[]).await;
        assert_eq!(deleted.status, status);
    }
    assert_eq!(
        arm.patch(id.as_str(), NEWEST, &json!({"tags": {}})).await.status,
        200
    );
    let nowhere = format!(
        "{}/providers/Microsoft.Authorization/locks/keep",
        registry("fabrikam")
    );
    assert_eq!(arm.put(&nowhere, version, &body).await.status, 501);
    let wrong = json!({"properties": {"level": "Soft"}});
    assert_eq!(arm.put(&lock, version, &wrong).await.status, 400);
}

#[tokio::test]
async fn provider_has_no_preview_features() {
    let arm = Arm::contoso().await;
    let path = |namespace: &str| {
        format!("/subscriptions/{SUB}/providers/Microsoft.Features/providers/{namespace}/features")
    };
    let listed = arm.get(&path("Microsoft.ContainerRegistry"), "2021-07-01").await;
    assert_eq!((listed.status.as_u16(), listed.body), (200, json!({"value": []})));
    assert_eq!(
        arm.get(&path("Microsoft.Compute"), "2021-07-01").await.status,
        501
    );
}
